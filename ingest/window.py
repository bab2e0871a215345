"""A window that moves over a stream: what the cutters of records look through. Knows nothing of formats."""

import codecs
from typing import Protocol

from ingest.errors import SourceError

BLOCK = 1 << 20
_WIDE = (
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"), (b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"), (b"{\0", "utf-16-le"),
    (b"\0{", "utf-16-be"), (b"[\0", "utf-16-le"), (b"\0[", "utf-16-be"),
)  # fmt: skip


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
        """Whether another block could be had: then what lies before `at` is dropped, and `at` becomes 0."""
        block = b"" if self._is_over else self._read()
        if not block:
            self._is_over = True
            return False
        self._lines += self.data.count(b"\n", 0, self.at)
        newline = self.data.rfind(b"\n", 0, self.at)
        if newline >= 0:
            self._line_start = self._dropped + newline + 1
        self._dropped += self.at
        self.data = self.data[self.at :] + block
        self.at = 0
        return True

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


def narrowed(stream: Readable) -> Window:
    """A window on *stream* with its first block read, in an encoding that agrees with ASCII.

    UTF-16 and UTF-32, by their byte order mark or by how markup looks in them, become UTF-8.
    """
    window = Window(stream)
    window.more()
    for start, encoding in _WIDE:
        if window.data.startswith(start):
            window = Window(_Narrowed(window.data, stream, encoding))
            window.more()
            break
    return window


class _Narrowed:
    """A UTF-16 or UTF-32 stream as UTF-8."""

    def __init__(self, head: bytes, rest: Readable, encoding: str) -> None:
        self._head = head
        self._rest = rest
        self._decoder = codecs.getincrementaldecoder(encoding)()

    def read(self, size: int) -> bytes:
        """The next piece, of about *size* bytes; b"" at the end. Raises UnicodeDecodeError."""
        while True:
            block = self._head or self._rest.read(size)
            self._head = b""
            text = self._decoder.decode(block, final=not block)
            if text or not block:
                return text.encode()
