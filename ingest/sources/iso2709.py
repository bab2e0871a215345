"""ISO 2709, the exchange format of MARC 21, UNIMARC and CNMARC: files with records end to end.

A record: a leader of 24 characters, a directory (tag, length and start of each field), the fields, and
a terminator. Lengths lie more often than terminators do, so terminators lead and lengths are evidence.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from ingest import encodings, marc
from ingest.directory import placed
from ingest.model import Claim, Field, Raw, Record, Rejected
from ingest.window import Window

FIELD_END, SUBFIELD, RECORD_END = "\x1e", "\x1f", b"\x1d"
LEADER_LENGTH = 24

_LEADER = re.compile(rb"[ \d]{5}[a-zA-Z\d |#^_-].{3}.{3}[\d |#^_-]{5}", re.DOTALL)
_JUNK = b"\r\n\t \x00\x1a\xef\xbb\xbf"
_JUNK_RUN = re.compile(b"[%b]*" % re.escape(_JUNK))
_SHOWN = 4_096


class Iso2709:
    """Reads files of ISO 2709 records."""

    def __init__(self, *, max_record_bytes: int = 16_000_000) -> None:
        self._limit = max_record_bytes

    def claims(self, head: bytes, name: str) -> Claim | None:
        """Sure where the file begins with a leader and a directory."""
        start = head.lstrip(_JUNK)
        if not _LEADER.match(start):
            return None
        directory = start[LEADER_LENGTH : start.find(b"\x1e")]
        if b"\x1e" not in start or not directory.isalnum():
            return Claim(0.3, "begins like the leader of an ISO 2709 record, but no directory follows")
        return Claim(0.99, "begins with the leader and the directory of an ISO 2709 (MARC) record")

    def split(self, stream: BinaryIO) -> Iterator[Raw | Rejected]:
        """The records of *stream*, cut at record terminators; a length that knows better is believed."""
        window = Window(stream)
        count, place = 0, 0
        while True:
            end = window.data.find(RECORD_END, window.at + place)
            if end >= 0 and (end := _believed(window, end)) >= 0:
                for found in _cut(window.data[window.at : end + 1], window.offset):
                    count += 1
                    yield found
                window.at, place = end + 1, 0
            elif window.held > self._limit:
                yield self._left_out(window)
                count, place = count + 1, 0
            else:
                # What has been searched is not searched again, so a long field costs its length once.
                place = window.held if end == -1 else 0
                if not window.more():
                    break
        yield from _last(window, count)

    def read(self, raw: Raw) -> Record | Rejected:
        """The record in *raw*, its encoding told by its bytes."""
        data = raw.data
        base = data.find(b"\x1e", LEADER_LENGTH) + 1
        if base == 0 or not _LEADER.match(data):
            return Rejected(raw, "parse", _no_record(data))
        body = data[base:-1] if data[-1:] == RECORD_END else data[base:]
        head = data[: base - 1].decode("latin-1")
        leader, directory = head[:LEADER_LENGTH], head[LEADER_LENGTH:]
        where = placed(directory, body)
        if isinstance(where, str):
            return Rejected(raw, "parse", where)
        reading = encodings.read(body, leader[9])
        if reading.confidence < encodings.ENOUGH:
            return Rejected(raw, "decode", _undecoded(reading))
        texts = reading.text.split(FIELD_END)
        if where.order:
            texts = [" ".join(texts[first:last]) for first, last in where.order]
        fields = [marc.control(marc.LEADER, leader)]
        fields += [_field(tag, text) for tag, text in zip(where.tags, texts, strict=False)]
        return marc.record(
            fields, raw, encoding=reading.encoding, confidence=reading.confidence,
            warnings=(*where.warnings, *reading.warnings),
        )  # fmt: skip

    def _left_out(self, window: Window) -> Rejected:
        """The record that is too long, refused with its beginning; its rest is read past."""
        start, offset = window.data[window.at : window.at + _SHOWN], window.offset
        while True:
            end = window.data.find(RECORD_END, window.at)
            window.at = end + 1 if end >= 0 else len(window.data)
            if end >= 0 or not window.more():
                break
        length = window.offset - offset
        reason = f"{length:,} bytes to the next end of record; at most {self._limit:,} are taken here"
        return Rejected(Raw(start, offset), "split", reason)


def _field(tag: str, text: str) -> Field:
    if SUBFIELD not in text:
        return Field(tag, (("", text),))
    marks, *parts = text.split(SUBFIELD)
    # Without indicators the subfields still say what they say (a real fault of real records).
    if len(marks) != 2:
        marks = f"{marks:2.2}"
    if text.isascii():
        return Field(tag, tuple([(part[0], part[1:]) for part in parts if part]), marks)
    return Field(tag, tuple([marc.part(part) for part in parts if part]), marks)


def _believed(window: Window, end: int) -> int:
    """The end of the record at the place of reading: the terminator at *end*, or a later one that the
    leader's length points at when what follows *end* is no record; -2 where more must be read to tell.
    """
    data, start = window.data, window.at
    length = data[start : start + 5]
    if not length.isdigit() or start + int(length) == end + 1:
        return end
    following = _JUNK_RUN.match(data, end + 1)
    after = following.end() if following else end + 1
    promised = start + int(length) - 1
    if promised < end or _LEADER.match(data, after):
        return end
    if promised + LEADER_LENGTH >= len(data) and window.more():
        return -2
    # Moving the window has moved the indices; that case has returned.
    return promised if data[promised : promised + 1] == RECORD_END else end


def _cut(chunk: bytes, offset: int) -> Iterator[Raw | Rejected]:
    """The records in *chunk*, which ends in a terminator: one, unless one before it lacks its own."""
    kept = chunk.lstrip(_JUNK)
    # Blanks before a record are nothing, but a leader may have blanks for the length.
    if len(kept) < len(chunk) and not (_LEADER.match(chunk) and not kept[:5].isdigit()):
        chunk, offset = kept, offset + len(chunk) - len(kept)
    if chunk[:5].isdigit() and int(chunk[:5]) == len(chunk):
        yield Raw(chunk, offset)
        return
    found = _LEADER.search(chunk)
    if found and found.start() and found.end() < len(chunk):
        junk = Raw(chunk[: found.start()], offset)
        yield Rejected(junk, "split", f"{found.start()} bytes that are no record")
        chunk, offset = chunk[found.start() :], offset + found.start()
    # Less one: the length counts the terminator that is missing.
    end = int(chunk[:5]) - 1 if chunk[:5].isdigit() else 0
    if chunk[end - 1 : end] == b"\x1e" and _LEADER.match(chunk, end):
        yield Raw(chunk[:end], offset)
        yield from _cut(chunk[end:], offset + end)
    elif chunk.strip(_JUNK + RECORD_END):
        yield Raw(chunk, offset)


def _last(window: Window, count: int) -> Iterator[Raw | Rejected]:
    """What is left at the end of the file: a record without its terminator, or nothing."""
    rest = window.data[window.at :]
    if rest.strip(_JUNK):
        yield from _cut(rest, window.offset)
    elif not count and not window.fault:
        yield Rejected(Raw(b"", 0), "split", "the file is empty")
    if window.fault:
        end = Raw(b"", window.offset + len(rest))
        yield Rejected(end, "split", f"the file cannot be read further: {window.fault}")


def _no_record(data: bytes) -> str:
    if not _LEADER.match(data):
        return f"no ISO 2709 record: begins with {data[:24]!r}, no leader such as '00714cam a2200205 a 4500'"
    return "no field terminator (1E) after the leader and the directory"


def _undecoded(reading: encodings.Reading) -> str:
    why = f": {reading.warnings[0]}" if reading.warnings else ""
    return f"encoding not certain: {reading.encoding} with a confidence of {reading.confidence:.2f}{why}"
