"""Frames: the statements of changes, compressed in pieces small enough to read one graph quickly.

The frame of a small change lies in the journal's table; those of a larger one follow each other in a
file `chunks/{number}.nq.zst` beside it, which any zstd tool unpacks to N-Quads.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, TypeAlias

from zstandard import ZstdCompressor, ZstdDecompressor

from kg.border import guarded
from kg.errors import StoreError
from kg.folder import sync

FRAME_BYTES = 96 * 1024
"""Unpacked size from which a frame is closed. One graph never spans two frames."""
_INLINE_BYTES = 256 * 1024
"""Packed size up to which a single frame lies in the table."""
_CACHED = 64

Row: TypeAlias = tuple[int, int, int, int, bytes | None]
"""A frame as its table keeps it: id, change, start and length in the chunk file, or the bytes themselves."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the statements of an edit lie: a frame, and the bytes within it once unpacked."""

    frame: int
    start: int
    length: int


def chunk(folder: Path, number: int) -> Path:
    """The chunk file of change *number*."""
    return folder / f"{number:09d}.nq.zst"


class Writer:
    """Packs the statements of one change. The change counts only once close() has returned its rows."""

    def __init__(self, folder: Path | None, number: int, first: int, *, level: int = 3) -> None:
        self._folder, self._number, self._next = folder, number, first
        self._compress = ZstdCompressor(level=level, write_checksum=True).compress
        self._open = bytearray()
        self._rows: list[Row] = []
        self._file: IO[bytes] | None = None

    def add(self, nquads: bytes | memoryview) -> Place:
        """Takes the statements of one edit."""
        if self._open and len(self._open) + len(nquads) > FRAME_BYTES:
            self._close_frame()
        place = Place(self._next, len(self._open), len(nquads))
        self._open += nquads
        return place

    def close(self) -> list[Row]:
        """The rows of all frames; where there is a chunk file, it is on disk for good."""
        if self._open:
            self._close_frame()
        if self._file and self._folder:
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            sync(self._folder)
        return self._rows

    def discard(self) -> None:
        """Leaves nothing behind."""
        if self._file and self._folder:
            self._file.close()
            chunk(self._folder, self._number).unlink(missing_ok=True)

    def _close_frame(self) -> None:
        packed = self._compress(self._open)
        is_small = not self._rows and len(packed) <= _INLINE_BYTES
        if self._folder and not self._file and not is_small:
            self._file = open(chunk(self._folder, self._number), "wb")  # noqa: SIM115  (closed by close or discard)
            self._rows = [self._filed(row[0], row[4] or b"") for row in self._rows]
        self._rows.append(
            self._filed(self._next, packed)
            if self._file
            else (self._next, self._number, 0, len(packed), packed)
        )
        self._next += 1
        self._open = bytearray()

    def _filed(self, frame: int, packed: bytes) -> Row:
        if self._file is None:
            raise ValueError("no chunk file is open")
        start = self._file.tell()
        self._file.write(packed)
        return frame, self._number, start, len(packed), None


class Reader:
    """Unpacks statements; keeps the frames read last."""

    def __init__(self, folder: Path | None, row: Callable[[int], Row]) -> None:
        self._folder, self._row = folder, row
        self._frame = lru_cache(_CACHED)(self._unpack)

    def read(self, place: Place) -> str:
        """The N-Quads lines at *place*. Raises StoreError where the chunk is missing or damaged."""
        if not place.length:
            return ""
        return self._frame(place.frame)[place.start : place.start + place.length].decode()

    def unpacked(self, frame: int) -> bytes:
        """All of a frame."""
        return self._frame(frame)

    def _unpack(self, frame: int) -> bytes:
        _, number, start, length, packed = self._row(frame)
        if packed is None:
            packed = self._from_chunk(number, start, length)
        with guarded(f"the journal's record of change {number}"):
            # A decompressor is not shared between threads.
            return ZstdDecompressor().decompress(packed)

    def _from_chunk(self, number: int, start: int, length: int) -> bytes:
        if self._folder is None:
            raise ValueError("a journal in memory has no chunk files")
        place = chunk(self._folder, number)
        with guarded(f"journal chunk {str(place)!r}"), open(place, "rb") as file:
            file.seek(start)
            packed = file.read(length)
        if len(packed) < length:
            raise StoreError(f"journal chunk {str(place)!r} is cut short", hint="restore it from a backup")
        return packed
