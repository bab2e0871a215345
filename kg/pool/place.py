"""Where a task runs, inside a worker: the generation it reads, and the output it writes."""

import os
import time
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import orjson

from kg.pool.frames import DATA, END, HEAD, HEADER

if TYPE_CHECKING:
    from pyoxigraph import Store

CHUNK = 65_536
"""Bytes after which a chunk goes out."""
PROMPT = 0.1
"""Seconds after which it goes out in any case, once the task writes again."""


class Place:
    """What a task finds. path: the folder of the generation. base_iri: of the library."""

    def __init__(self, path: Path | None, base_iri: str, engine: "Store | None" = None) -> None:
        self.path, self.base_iri = path, base_iri
        if engine is not None:
            self.engine = engine

    @cached_property
    def engine(self) -> "Store":
        """The engine on the generation, read only; opened when it is first wanted, and kept."""
        from pyoxigraph import Store

        if self.path is None:
            raise LookupError("this task has no generation")
        return Store.read_only(str(self.path))


class Out(Protocol):
    """Takes what a task gives. rows: how many that are, told by the task."""

    rows: int

    def begin(self, head: Mapping[str, object]) -> None:
        """Says what comes; once, before the first bytes."""

    def write(self, data: bytes) -> int:
        """Takes the next bytes."""


class Sent:
    """An output to the pool: chunks of about 64 KB go out as they are full, the head with the first."""

    def __init__(self, number: int) -> None:
        self.rows = 0
        self.bytes = 0
        self._number = number
        self._waiting: list[bytes] = []
        self._size = 0
        self._head: bytes | None = None
        self._sent = time.monotonic()

    def begin(self, head: Mapping[str, object]) -> None:
        """Says what comes; once, before the first bytes. Goes out together with them."""
        self._head = orjson.dumps(head)

    def write(self, data: bytes) -> int:
        """Takes the next bytes."""
        if len(data) > CHUNK:
            for start in range(0, len(data), CHUNK):
                self.write(data[start : start + CHUNK])
            return len(data)
        self._waiting.append(data)
        self._size += len(data)
        if self._size >= CHUNK or time.monotonic() - self._sent > PROMPT:
            self.flush()
        return len(data)

    def flush(self) -> None:
        """Sends what was taken so far."""
        self._send(self._pending())

    def end(self, **cost: float) -> None:
        """Sends the rest, and that it is all."""
        parts = self._pending()
        self._send([*parts, *_frame(END, orjson.dumps({**cost, "bytes": self.bytes, "rows": self.rows}))])

    def _pending(self) -> list[bytes]:
        parts: list[bytes] = []
        if self._head is not None:
            parts += _frame(HEAD, self._head)
            self._head = None
        if self._size:
            parts += [HEADER.pack(DATA, 0, self._size), *self._waiting]
            self.bytes += self._size
            self._waiting, self._size = [], 0
        return parts

    def _send(self, parts: list[bytes]) -> None:
        if parts:
            send(self._number, b"".join(parts))
        self._sent = time.monotonic()


def send(number: int, data: bytes) -> None:
    """Writes all of *data* to the open file of that number. Not send(): that is denied by then."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(number, rest) :]


def _frame(kind: int, head: bytes) -> list[bytes]:
    return [HEADER.pack(kind, len(head), 0), head]
