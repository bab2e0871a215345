"""Text files: in which encoding they are, and cut into records where a pattern begins one."""

import re
from collections.abc import Iterator

from ingest import encodings
from ingest.encodings import Reading
from ingest.model import Raw, Rejected
from ingest.window import Readable, Window, narrowed

MAX_BYTES = 4_000_000
_KEPT = 64_000
_SAMPLE = 40_000
_WESTERN = ("marc-8", "iso-5426", "latin-1", "windows-1252", "ascii")
"""What a catalogue's reader calls Western text; in a text file that is the Windows code page."""


def encoding_of(head: bytes) -> str:
    """The encoding of a file that begins with *head*: that of most of its lines beyond ASCII.

    UTF-8 where they are that, else one of China, Japan or Russia as the bytes show, else Windows-1252.
    """
    lines = [
        line
        for line in head[:_SAMPLE].split(b"\n")[: None if len(head) < _SAMPLE else -1]
        if not line.isascii()
    ]
    others = [line for line in lines if not _is_utf8(line)]
    if len(others) * 2 <= len(lines):
        return "utf-8"
    found = encodings.read(b"\n".join(others)).encoding
    return "cp1252" if found in (*_WESTERN, "utf-8") else found


def read(data: bytes, encoding: str) -> Reading | None:
    """*data* as text: in *encoding*, that of the file, else in the one its bytes show; None if in none.

    Files put together from several sources change their encoding on the way.
    """
    expected = "utf-8" if encoding == "cp1252" and _is_utf8(data) else encoding
    try:
        return Reading(data.decode(expected), expected)
    except (UnicodeDecodeError, LookupError):
        found = encodings.read(data)
    if found.confidence < encodings.ENOUGH or found.encoding in _WESTERN:
        return None
    warning = f"read as {found.encoding}, though the file is {encoding}"
    return Reading(found.text, found.encoding, found.confidence, (*found.warnings, warning))


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


def undecodable(raw: Raw, encoding: str) -> Rejected:
    """The rejection of a record whose bytes are no text in *encoding* nor in any other that can be told."""
    try:
        raw.data.decode(encoding)
        why = "unknown encoding"
    except (UnicodeDecodeError, LookupError) as error:
        why = str(error)
    return Rejected(raw, "decode", f"not {encoding}, as the rest of the file is: {why}")


def split_at(
    stream: Readable, start: re.Pattern[bytes], *, what: str, max_bytes: int = MAX_BYTES
) -> Iterator[Raw | Rejected]:
    """The stretches of *stream* from each match of *start* to the next; Raw.context is the encoding.

    what: what a record is called in messages. Text before the first match is passed over. A stretch
    longer than *max_bytes* is Rejected, and cutting goes on behind it. One Rejected for a file without any.
    """
    window = narrowed(stream)
    context = encoding_of(window.data).encode()
    found = _to_start(window, start)
    count = 0
    while found:
        count += 1
        place, offset = window.place(), window.offset
        size = _size(window, start, max_bytes)
        if size > max_bytes:
            head = Raw(window.data[window.at : window.at + _KEPT], offset, context)
            yield Rejected(head, "split", f"the {what} at {place} is longer than {max_bytes:,} bytes")
        else:
            yield Raw(window.data[window.at : window.at + size].rstrip(), offset, context)
        window.at += size
        found = _to_start(window, start)
    if window.fault:
        reason = f"the file cannot be read beyond {window.place()}: {window.fault}"
        yield Rejected(Raw(b"", window.offset, context), "split", reason)
    elif not count:
        yield Rejected(Raw(window.data[:1000], 0, context), "split", f"no {what} in it")


def _to_start(window: Window, start: re.Pattern[bytes]) -> bool:
    """Moves to the next match of *start*, which begins a line; False at the end of the file."""
    while (found := _search(window, start)) is None:
        line = window.data.rfind(b"\n", window.at)
        # Of a line that goes on and on, no more is kept than tells that it has no start.
        window.at = (
            len(window.data) - 1 if max(line, window.at) < len(window.data) - _KEPT else max(line, window.at)
        )
        if not window.more():
            window.at = len(window.data)
            return False
    window.at = found.start()
    return True


def _search(window: Window, start: re.Pattern[bytes]) -> re.Match[bytes] | None:
    # Where no line begins there is nothing to find, and the pattern is slow to say so.
    begins = window.offset == 0 or window.data.find(b"\n", max(0, window.at - 1)) >= 0
    return start.search(window.data, window.at) if begins else None


def _size(window: Window, start: re.Pattern[bytes], limit: int) -> int:
    """How long the stretch at the window is: to the next match of *start*, or the end; or over *limit*."""
    searched = 1
    while (found := start.search(window.data, window.at + searched)) is None or found.end() == len(
        window.data
    ):
        searched = max(1, window.held - 200)
        if window.held > limit:
            return window.held
        if not window.more():
            return found.start() - window.at if found else window.held
    return found.start() - window.at
