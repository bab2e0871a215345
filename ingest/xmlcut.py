"""The cutter of XML files: finds where wanted elements begin and end. Parses nothing.

Markup is found with regular expressions over bytes, since in XML a "<" outside comments, CDATA and
instructions always begins a tag. All encodings that agree with ASCII (UTF-8, GB18030, Latin-1, ...) are
cut as they are, so offsets are those of the file; UTF-16 and UTF-32 are turned into UTF-8 first.
"""

import codecs
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ingest.model import Raw, Rejected
from ingest.window import narrowed

MAX_BYTES = 16_000_000
MAX_DEPTH = 256

WRAPPERS = (
    "http://www.openarchives.org/OAI/2.0/",
    "http://www.loc.gov/zing/srw/",
    "http://docs.oasis-open.org/ns/search-ws/sruResponse",
)
"""Namespaces of protocols: their <record> is an envelope, and the record is what lies inside."""

_CARRIERS = (b"recordData", b"metadata", b"payload")
"""Elements of SRU and OAI-PMH under which a record of the same name may stand inside another."""

_KEPT = 64_000
"""How much of a record that is too long is kept for people to look at."""

_ENDS = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
_MARK = re.compile(rb"<(?:!--|!\[CDATA\[|\?|!DOCTYPE|/?[^\s<>/!?=\"'])")
_TAG = re.compile(rb"<(/?)([^\s<>/]++)((?:[^<>\"'/]++|\"[^\"<]*+\"|'[^'<]*+'|/(?!>))*+)(/?)>")
_WHOLE = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>|" + _TAG.pattern, re.DOTALL)
_DOCTYPE = re.compile(rb"[^\[>]*(?:\[[^\]]*\]\s*)?>")
_ATTRIBUTE = re.compile(rb"\s(xmlns(?::[^\s=]+)?|xml:lang)\s*=\s*(\"[^\"]*\"|'[^']*')")
_DECLARED = re.compile(rb"[^<]{0,8}<\?xml[^>]*?\sencoding\s*=\s*[\"']([A-Za-z0-9._-]+)")
_SUPERSETS = {"gb2312": "gb18030", "gbk": "gb18030", "ascii": "utf-8"}


@dataclass(frozen=True, slots=True)
class _Tag:
    """A start tag on the way from the root to where reading stands."""

    name: bytes
    attributes: bytes

    @property
    def local(self) -> bytes:
        return self.name.rpartition(b":")[2]


class _Refused(Exception):
    """The file is not read on; the message says why. Never leaves this module."""


class Cutter:
    """Cuts one file. Outside records every tag is read; inside one, only what can end it."""

    def __init__(
        self,
        stream: BinaryIO,
        names: Collection[str],
        *,
        wrappers: Collection[str] = WRAPPERS,
        limit: int = MAX_BYTES,
        innermost: bool = True,
    ) -> None:
        self.window = narrowed(stream)
        self.head = self.window.data[:1000]
        self.encoding = _declared_encoding(self.window.data)
        self.names = frozenset(name.encode() for name in names)
        self.wrappers = frozenset(space.encode() for space in wrappers)
        self.limit = limit
        self.innermost = innermost
        self.open: list[_Tag] = []
        self.root = b""
        self.found = 0
        self.context = b""
        name = b"|".join(re.escape(name) for name in sorted(self.names))
        self.inside = re.compile(rb"<(?:!--|!\[CDATA\[|\?|/?(?:[^\s<>/:!?]+:)?(?:%b)(?=[\s/>]))" % name)
        self.mention = re.compile(rb"(?:%b)[\s/>]" % name)

    def records(self) -> Iterator[Raw | Rejected]:
        """All records, then one Rejected if the file itself is broken, cut short or without records."""
        try:
            _lookup(self.encoding)
            while self._to_mark():
                yield from self._one_mark()
            if fault := self._fault():
                raise _Refused(fault)
        except _Refused as refusal:
            yield Rejected(Raw(self.head, 0, self._context()), "split", str(refusal))

    def _fault(self) -> str:
        """What is wrong with a file that was read to its end; "" for nothing."""
        wanted = " or ".join(f"<{name.decode()}>" for name in sorted(self.names))
        if self.window.fault:
            return f"the file cannot be read beyond {self.window.place()}: {self.window.fault}"
        if not self.root:
            return f"not XML: no element in it, where {wanted} was expected"
        if self.open:
            name = _shown(self.open[-1].name)
            return f"the file ends without </{name}> ({self.window.place()}): is it cut short?"
        if not self.found:
            return f"no {wanted} in it; its root element is <{_shown(self.root)}>"
        return ""

    def _rejected(self, reason: str, length: int) -> Rejected:
        window = self.window
        data = window.data[window.at : window.at + min(length, _KEPT)]
        return Rejected(Raw(data, window.offset, self._context()), "split", reason)

    def _to_mark(self) -> bool:
        """Moves to the next markup; False at the end of the file."""
        window = self.window
        while (found := _MARK.search(window.data, window.at)) is None:
            last = window.data.rfind(b"<", max(window.at, len(window.data) - 16))
            window.at = len(window.data) if last < 0 else last
            if not window.more():
                window.at = len(window.data)
                return False
        window.at = found.start()
        return True

    def _one_mark(self) -> Iterator[Raw | Rejected]:
        """Reads the markup at which the window stands, and moves beyond it."""
        window = self.window
        if window.held < 16:
            window.more()
        for start, end in _ENDS.items():
            if window.data.startswith(start, window.at):
                return self._skip(end)
        if window.data.startswith(b"<!DOCTYPE", window.at):
            return self._doctype()
        yield from self._tag()
        return None

    def _skip(self, end: bytes) -> None:
        window, place = self.window, self.window.place()
        while (found := window.data.find(end, window.at)) < 0:
            window.at = max(window.at, len(window.data) - len(end) + 1)
            if not window.more():
                raise _Refused(f"{end.decode()!r} is missing after what begins at {place}")
        window.at = found + len(end)

    def _doctype(self) -> None:
        """Passes a DOCTYPE; one that declares entities refuses the file: they are how XML bombs are made."""
        window = self.window
        while (whole := _DOCTYPE.match(window.data, window.at)) is None:
            if window.held > self.limit or not window.more():
                raise _Refused(f"the DOCTYPE at {window.place()} has no end")
        if b"<!ENTITY" in whole[0]:
            raise _Refused(
                f"the file declares entities of its own ({window.place()}), which are not read, since they "
                "can reach other files and grow without bounds. Expand them first: xmllint --noent FILE"
            )
        window.at = whole.end()

    def _tag(self) -> Iterator[Raw | Rejected]:
        tag = self._whole_tag(0)
        if tag is None:
            yield self._rejected(f"a tag without an end at {self.window.place()}", 200)
            self.window.at += 1
            return
        self.root = self.root or tag[2]
        if tag[1]:
            self.window.at = tag.end()
            self._close(tag[2])
        elif self._is_wanted(tag, self.open):
            yield from self._record(tag)
        else:
            self.window.at = tag.end()
            if not tag[4]:
                self._enter([*self.open, _Tag(tag[2], tag[3])])

    def _whole_tag(self, ahead: int) -> re.Match[bytes] | None:
        """The tag that begins *ahead* of the place of reading, of which more is read if need be."""
        window = self.window
        while (tag := _TAG.match(window.data, window.at + ahead)) is None:
            is_broken = window.data.find(b"<", window.at + ahead + 1) >= 0
            if is_broken or window.held > self.limit or not window.more():
                return None
        return tag

    def _enter(self, path: list[_Tag]) -> None:
        if len(path) > MAX_DEPTH:
            raise _Refused(f"more than {MAX_DEPTH} elements inside one another at {self.window.place()}")
        self.open, self.context = path, b""

    def _close(self, name: bytes) -> None:
        """Closes the last open element of that name, and whatever was left open inside it."""
        self.open = _without(self.open, name)
        self.context = b""

    def _is_wanted(self, tag: re.Match[bytes], path: list[_Tag]) -> bool:
        here = _Tag(tag[2], tag[3])
        return here.local in self.names and _namespace([*path, here]) not in self.wrappers

    def _record(self, tag: re.Match[bytes]) -> Iterator[Raw | Rejected]:
        """Cuts the record whose start tag is *tag*, at which the window stands, and moves beyond it."""
        window, name, size = self.window, tag[2], len(tag[0])
        opened = [] if tag[4] else [name]
        self.found += 1
        while opened:
            inner = self._next_inside(size, opened[-1])
            if inner is None:
                yield self._endless(name, size)
                return
            start, size = inner.start() - window.at, inner.end() - window.at
            if inner[1]:
                del opened[_last(opened, inner[2]) :]
            elif not inner[4]:
                path = self._path_to(start)
                if self._is_missing_end(path, inner):
                    begun, next_one = window.place(), window.place(start)
                    reason = f"<{_shown(name)}>, which begins at {begun}, has no end before {next_one}"
                    yield self._rejected(reason, start)
                    window.at += start
                    return
                if self.innermost and self._is_wanted(inner, path):
                    self._enter(path)
                    window.at += start
                    return
                opened.append(inner[2])
        if size > self.limit:
            yield self._too_long(name, size)
        else:
            yield Raw(window.data[window.at : window.at + size], window.offset, self._context())
        window.at += size

    def _next_inside(self, size: int, name: bytes) -> re.Match[bytes] | None:
        """The next start or end tag of a wanted element, *size* bytes into the record or later.

        None where the record is too long, or the file ends.
        """
        window = self.window
        while True:
            found = self._plain_end(size, name) or self.inside.search(window.data, window.at + size)
            if found is None:
                size = max(size, window.held - 300)
            elif found[0] in _ENDS:
                end = window.data.find(_ENDS[found[0]], found.end())
                size = (end if end >= 0 else found.start()) - window.at
                if end >= 0:
                    continue
            else:
                size = found.start() - window.at
                if tag := self._whole_tag(size):
                    return tag
                size += 1
                continue
            if window.held > self.limit or not window.more():
                return None

    def _plain_end(self, size: int, name: bytes) -> re.Match[bytes] | None:
        """The end tag, where nothing before it can be taken for one: four fifths faster on most records."""
        data, start = self.window.data, self.window.at + size
        end = data.find(b"</" + name, start)
        if end < 0 or data.find(b"<!", start, end) >= 0 or data.find(b"<?", start, end) >= 0:
            return None
        return None if self.mention.search(data, start, end) else self.inside.match(data, end)

    def _endless(self, name: bytes, size: int) -> Rejected:
        """What becomes of a record without an end; moves on, so that records in what follows are found."""
        window = self.window
        if window.held > self.limit:
            rejected = self._too_long(name, window.held)
            window.at += size
            return rejected
        reason = f"<{_shown(name)}>, which begins at {window.place()}, has no end: is the file cut short?"
        rejected = self._rejected(reason, window.held)
        window.at += window.held
        self._enter([])
        return rejected

    def _too_long(self, name: bytes, length: int) -> Rejected:
        begun = self.window.place()
        return self._rejected(
            f"<{_shown(name)}>, which begins at {begun}, is longer than {self.limit:,} bytes", length
        )

    def _path_to(self, length: int) -> list[_Tag]:
        """The elements that are open *length* bytes after the place of reading."""
        path = list(self.open)
        for tag in _WHOLE.finditer(self.window.data, self.window.at, self.window.at + length):
            if tag[1]:
                path = _without(path, tag[2])
            elif tag[2] and not tag[4]:
                path.append(_Tag(tag[2], tag[3]))
        return path

    def _is_missing_end(self, path: list[_Tag], inner: re.Match[bytes]) -> bool:
        """Whether *inner* begins a sibling of the record that is being cut, not a record within it."""
        here = _Tag(inner[2], inner[3])
        outer = path[: len(self.open) + 1]
        is_same = outer[-1].local == here.local and _namespace(outer) == _namespace([*path, here])
        return is_same and path[-1].local not in _CARRIERS

    def _context(self) -> bytes:
        """Encoding, and what the open elements declare, as attributes: b'utf-8 xmlns="…" xml:lang="zh"'."""
        if not self.context:
            declared = _declarations(self.open)
            attributes = (name + b"=" + value for name, value in sorted(declared.items()))
            self.context = b" ".join([self.encoding.encode(), *attributes])
        return self.context


def _declared_encoding(head: bytes) -> str:
    """The encoding that the XML declaration names, or UTF-8; of the GB family always its superset."""
    found = _DECLARED.match(head)
    name = found[1].decode().lower() if found else "utf-8"
    # A UTF-16 file is UTF-8 by now; its declaration is older than that.
    return "utf-8" if name.startswith(("utf-16", "utf-32", "ucs", "utf8")) else _SUPERSETS.get(name, name)


def _lookup(encoding: str) -> None:
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise _Refused(f"the file says its encoding is {encoding!r}, which is not known") from error


def _declarations(path: list[_Tag]) -> dict[bytes, bytes]:
    """Namespace and language declarations in force inside *path*, with their values in quotes."""
    return dict(pair for tag in path for pair in _ATTRIBUTE.findall(tag.attributes))


def _namespace(path: list[_Tag]) -> bytes:
    """The namespace of the last element of *path*."""
    prefix = path[-1].name.rpartition(b":")[0]
    return _declarations(path).get(b"xmlns:" + prefix if prefix else b"xmlns", b"")[1:-1]


def _without(path: list[_Tag], name: bytes) -> list[_Tag]:
    """*path* up to its last element of that name; all of it where none has that name."""
    return path[: _last([tag.name for tag in path], name)]


def _last(names: list[bytes], name: bytes) -> int:
    """The index of the last of *names* that is *name*, or their number where none is."""
    return next((index for index in range(len(names) - 1, -1, -1) if names[index] == name), len(names))


def _shown(name: bytes) -> str:
    return name.decode(errors="replace")
