"""The frames between the pool and its workers: kind, length of head, length of body; a head is JSON.

Shared by both ends. No pickles: what a worker that was taken over sends can only be data.
"""

from collections.abc import Iterator
from struct import Struct
from typing import TypeAlias

HEADER = Struct("<BII")

HELLO, TASK, HEAD, DATA, END, ERROR = range(6)
"""HELLO: a worker is ready. TASK goes to a worker; HEAD, DATA ..., END or ERROR come from it."""

MOST = 1 << 26
"""Bytes that a frame from a worker may have. A longer one means that the worker is not itself any more."""

Frame: TypeAlias = tuple[int, bytes, bytes]


class Reader:
    """Cuts a stream of bytes into frames. most: bytes that one may have."""

    def __init__(self, most: int = MOST) -> None:
        self._rest = bytearray()
        self._most = most

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that *data* completes. Raises ValueError for what cannot be one."""
        rest = self._rest
        rest += data
        start, size = 0, HEADER.size
        while len(rest) - start >= size:
            kind, head, body = HEADER.unpack_from(rest, start)
            if kind > ERROR or head + body > self._most:
                raise ValueError("what came is no frame")
            end = start + size + head + body
            if len(rest) < end:
                break
            middle = start + size + head
            yield kind, bytes(rest[start + size : middle]), bytes(rest[middle:end])
            start = end
        del rest[:start]
