"""JSON: files cut into records by byte offset in bounded memory, and records flattened into fields.

Reads JSON Lines, arrays, values one after another, and answers of web services whose records stand in
a list inside an envelope.
"""

import re
from collections.abc import Collection, Iterator
from typing import Any, BinaryIO, TypeAlias

import orjson

from ingest.model import Field, Part, Raw, Rejected
from ingest.window import Window, narrowed

MAX_BYTES = 16_000_000
MAX_DEPTH = 24
"""Levels of a record that are read into fields: no format in use here has half as many."""

Json: TypeAlias = dict[str, Any]

_KEPT = 64_000
_DEEPEST = 500
_STRING = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_TOKEN = re.compile(rb'[\[\]{}"]')
_COLON = re.compile(rb"\s*:")
_BLANK = re.compile(rb"[\s,\x1e\xef\xbb\xbf]*")
_NAME = re.compile(rb'"([^"\\\n]{1,80})"\s*:')
_NEXT = re.compile(rb"\n[ \t]*\{")


def split_values(
    stream: BinaryIO, *, lists: Collection[str] = (), max_bytes: int = MAX_BYTES
) -> Iterator[Raw | Rejected]:
    """The JSON objects of *stream*: one a line, the members of an array, or one after another.

    lists: dotted paths of the lists that hold the records of an envelope ("message.items"); an object
    without such a list is a record itself. What is no JSON object, is longer than *max_bytes* or is cut
    short is Rejected with its place, and cutting goes on at the next line.
    """
    window = narrowed(stream)
    cutter = _Cutter(window, frozenset(lists), max_bytes)
    count = 0
    while cutter.to_value():
        if (found := cutter.value()) is not None:
            count += 1
            yield found
    if window.fault or not count:
        reason = f"the file cannot be read beyond {window.place()}: {window.fault}"
        yield Rejected(Raw(b"", window.offset), "split", reason if window.fault else "no JSON object in it")


def parse_value(raw: Raw) -> Json | Rejected:
    """The JSON object that *raw* holds; Rejected with the reason if it is broken or no object."""
    try:
        value = orjson.loads(raw.data)
    except orjson.JSONDecodeError as error:
        return Rejected(raw, "parse", f"not JSON: {error}{_advice(raw.data)}")
    return value if isinstance(value, dict) else Rejected(raw, "parse", "not a JSON object: no {…}")


def flatten(value: Json) -> tuple[Field, ...]:
    """An object as fields: a field for each member of a list, a part for each value inside one.

    {"author": [{"name": {"family": "Li"}}]} gives the field "author" with the part "name-family"; a plain
    value is the part "a".
    Empty values are left out, and so is what lies more than MAX_DEPTH levels deep.
    """
    return tuple(
        Field(name, parts)
        for name, content in value.items()
        for member in (content if isinstance(content, list) else [content])
        if (parts := tuple(_parts("", member, 0)))
    )


def keys_in(head: bytes) -> frozenset[str]:
    """The names of fields in the beginning of a file; empty where it does not begin like JSON."""
    # Without the zero bytes UTF-16 looks as UTF-8 does.
    head = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if head[:1] not in (b"{", b"["):
        return frozenset()
    return frozenset(found.decode(errors="replace") for found in _NAME.findall(head))


def texts(value: object) -> list[str]:
    """The non-empty texts and numbers of a value that may be one, a list of them, or null."""
    members = value if isinstance(value, list) else [value]
    return [text for member in members if (text := scalar(member))]


def members(value: object) -> list[Json]:
    """The objects of a value that may be one, a list of them, or null."""
    found = value if isinstance(value, list) else [value]
    return [member for member in found if isinstance(member, dict)]


def scalar(value: object) -> str:
    """A text, number or truth value as text; "" for null, lists and objects."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else ""


def _parts(path: str, value: object, depth: int) -> Iterator[Part]:
    if depth > MAX_DEPTH:
        return
    if isinstance(value, dict):
        for name, content in value.items():
            yield from _parts(f"{path}-{name}" if path else name, content, depth + 1)
    elif isinstance(value, list):
        for member in value:
            yield from _parts(path, member, depth + 1)
    elif written := scalar(value):
        yield path or "a", written


def _advice(data: bytes) -> str:
    """What to do about bytes that are not UTF-8."""
    try:
        data.decode()
    except UnicodeDecodeError:
        return ". JSON is UTF-8 (RFC 8259, § 8.1); convert the file: iconv -f GB18030 -t UTF-8 FILE"
    return ""


class _Cutter:
    """Cuts one file. At a value, it takes the line if that is one object, else follows brackets."""

    def __init__(self, window: Window, lists: frozenset[str], limit: int) -> None:
        self.window = window
        self.lists = lists
        self.limit = limit
        self.is_new_line = True
        self.envelope: list[str] = []
        """Where reading stands inside a list of records: the keys that lead there from the top."""
        self.marks = [b'"%b"' % path.rpartition(".")[2].encode() for path in lists]

    def to_value(self) -> bool:
        """Moves to the first byte of the next value; False at the end of the file."""
        window = self.window
        self.is_new_line = window.offset == 0
        while True:
            start, window.at = window.at, _after_blanks(window.data, window.at)
            self.is_new_line |= window.data.find(b"\n", start, window.at) >= 0
            if window.at < len(window.data):
                return True
            if not window.more():
                return False

    def value(self) -> Raw | Rejected | None:
        """The value at the window, None for one that only holds or ends others; moves beyond it."""
        window = self.window
        first = window.data[window.at : window.at + 1]
        if first == b"{":
            return (self._line() if self.is_new_line else None) or self._follow([""])
        if first in (b"[", b"]"):
            window.at += 1
            # The list of records in an envelope has ended: what follows in the envelope is passed over.
            rest = self.envelope[:-1] if first == b"]" else []
            self.envelope = self.envelope if first == b"[" else []
            return self._follow(rest, is_tail=True) if rest else None
        return self._refused(f"no JSON object at {window.place()}")

    def _line(self) -> Raw | Rejected | None:
        """The line, where it is one object, or a broken one; None where only following brackets can tell."""
        window = self.window
        while (end := window.data.find(b"\n", window.at)) < 0:
            if window.held > self.limit or not window.more():
                end = len(window.data)
                break
        line = window.data[window.at : end].rstrip(b" \t\r,")
        beyond = _after_blanks(window.data, end)
        after = window.data[beyond : beyond + 1]
        is_envelope = any(mark in line for mark in self.marks)
        if len(line) > self.limit or after not in (b"", b"{", b"]") or is_envelope:
            return None
        if line.endswith(b"}"):
            raw = Raw(line, window.offset)
            window.at += len(line)
            return raw
        if after == b"{" and line[-1:] not in b"{[:":
            return self._refused(f"the line breaks off: no }} at the end of the object at {window.place()}")
        return None

    def _follow(self, path: list[str], *, is_tail: bool = False) -> Raw | Rejected | None:
        """The object at the window, by its brackets; None at the start of a list of records in it.

        path: the keys of what is open; is_tail: the start of the object has been passed already.
        """
        window, size, key = self.window, 0 if is_tail else 1, ""
        while path:
            token = _TOKEN.search(window.data, window.at + size)
            whole = token and (_STRING.match(window.data, token.start()) if token[0] == b'"' else token)
            if token is None or whole is None or window.held - (whole.end() - window.at) < 8:
                size = (token.start() if token else len(window.data)) - window.at
                if window.held > self.limit and not is_tail:
                    return self._refused(f"longer than {self.limit:,} bytes: the object at {window.place()}")
                if is_tail:
                    window.at, size = window.at + size, 0
                if window.more():
                    continue
                if token is None or whole is None:
                    return self._refused(f"cut short? the file ends inside the object at {window.place()}")
            size = whole.end() - window.at
            if token[0] == b'"':
                key = _key(whole[0]) if len(path) <= 3 and _COLON.match(window.data, whole.end()) else ""
            elif token[0] in b"}]":
                path.pop()
            elif len(path) >= _DEEPEST:
                return self._refused(f"more than {_DEEPEST} levels in the object at {window.place()}")
            else:
                path.append(key)
                if token[0] == b"[" and not self.envelope and ".".join(path[1:]) in self.lists:
                    self.envelope = path
                    window.at += size
                    return None
        if size > self.limit and not is_tail:
            return self._refused(f"longer than {self.limit:,} bytes: the object at {window.place()}")
        raw = None if is_tail else Raw(window.data[window.at : window.at + size], window.offset)
        window.at += size
        return raw

    def _refused(self, reason: str) -> Rejected:
        """What stands at the window, rejected; moves on to the next line that begins an object."""
        window = self.window
        rejected = Rejected(Raw(window.data[window.at : window.at + _KEPT], window.offset), "split", reason)
        while (found := _NEXT.search(window.data, window.at)) is None:
            window.at = max(window.at, len(window.data) - 100)
            if not window.more():
                window.at = len(window.data)
                return rejected
        window.at = found.end() - 1
        return rejected


def _after_blanks(data: bytes, at: int) -> int:
    """The index of the first byte from *at* on that is neither white space nor a comma between values."""
    found = _BLANK.match(data, at)
    return found.end() if found else at


def _key(written: bytes) -> str:
    return written[1:-1].decode(errors="replace")
