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
_WESTERN = ("marc-8", "iso-5426", "latin-1", "ascii")
"""What a catalogue's reader calls Western text; in a text file that is the Windows code page."""


def encoding_of(head: bytes) -> str:
    """The encoding of a file that begins with *head*: UTF-8, else one of China, else Windows-1252."""
    sample = head[:_SAMPLE]
    # The last line may be cut in the middle of a character.
    sample = sample[: sample.rfind(b"\n") + 1] or sample
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError:
        found = encodings.read(sample).encoding
        return "cp1252" if found in _WESTERN or found == "utf-8" else found
    return "utf-8"


def read(data: bytes, encoding: str) -> Reading | None:
    """*data* as text: in *encoding*, that of the file, else in the one its bytes show; None if in none.

    Files put together from several sources change their encoding on the way.
    """
    try:
        return Reading(data.decode(encoding), encoding)
    except (UnicodeDecodeError, LookupError):
        found = encodings.read(data)
    if found.confidence < encodings.ENOUGH or found.encoding in _WESTERN:
        return None
    warning = f"read as {found.encoding}, though the file is {encoding}"
    return Reading(found.text, found.encoding, found.confidence, (*found.warnings, warning))


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
    found = _to_start(window, start, 0)
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
        found = _to_start(window, start, 0)
    if window.fault:
        reason = f"the file cannot be read beyond {window.place()}: {window.fault}"
        yield Rejected(Raw(b"", window.offset, context), "split", reason)
    elif not count:
        yield Rejected(Raw(window.data[:1000], 0, context), "split", f"no {what} in it")


def _to_start(window: Window, start: re.Pattern[bytes], ahead: int) -> bool:
    """Moves to the next match of *start*; False at the end of the file."""
    window.at += ahead
    while (found := start.search(window.data, window.at)) is None:
        window.at = max(window.at, window.data.rfind(b"\n", window.at))
        if window.held > _KEPT:
            window.at = len(window.data) - 1
        if not window.more():
            window.at = len(window.data)
            return False
    window.at = found.start()
    return True


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
