"""A window that moves over a stream: what the cutters of records look through. Knows nothing of formats."""

from typing import Protocol

from ingest.errors import SourceError

BLOCK = 1 << 20


class Readable(Protocol):
    """Whatever gives bytes in pieces."""

    def read(self, size: int, /) -> bytes:
        """At most *size* bytes or so; b"" at the end."""


class Window:
    """The stretch of a stream that is in memory, and the place in it where reading stands.

    data: the bytes held. at: the index in *data* of the token or record being read; what lies before
    may be dropped. fault: why the stream could not be read to its end, "" if it could.
    """

    def __init__(self, stream: Readable) -> None:
        self.data = b""
        self.at = 0
        self.fault = ""
        self._stream = stream
        self._dropped = 0
        self._lines = 0
        self._line_start = 0
        self._is_over = False

    @property
    def offset(self) -> int:
        """How far from the beginning of the stream the reading stands, in bytes."""
        return self._dropped + self.at

    @property
    def held(self) -> int:
        """How many bytes lie between the place of reading and the end of what is held."""
        return len(self.data) - self.at

    def more(self) -> bool:
        """Whether another block could be had. What lies before `at` is dropped, and `at` becomes 0."""
        if self._is_over:
            return False
        block = self._read()
        self._lines += self.data.count(b"\n", 0, self.at)
        newline = self.data.rfind(b"\n", 0, self.at)
        if newline >= 0:
            self._line_start = self._dropped + newline + 1
        self._dropped += self.at
        self.data = self.data[self.at :] + block
        self.at = 0
        self._is_over = not block
        return not self._is_over

    def place(self, ahead: int = 0) -> str:
        """Line and column, both from 1, and offset of the byte *ahead* of the place of reading."""
        index = self.at + ahead
        line = self._lines + self.data.count(b"\n", 0, index) + 1
        newline = self.data.rfind(b"\n", 0, index)
        start = self._line_start if newline < 0 else self._dropped + newline + 1
        return f"line {line}, column {self._dropped + index - start + 1}, byte {self._dropped + index}"

    def _read(self) -> bytes:
        # A damaged archive or a foreign encoding shows only here; what was read before it still counts.
        try:
            return self._stream.read(BLOCK)
        except (SourceError, UnicodeDecodeError) as error:
            self.fault = str(error)
            return b""
