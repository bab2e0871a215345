"""The table of formats for results of SELECT and ASK, and the repair of what the engine writes in them."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from pyoxigraph import QueryResultsFormat

from kg.errors import QueryRefused
from ontology.errors import UnknownFormat

_RESULTS = "application/sparql-results"
_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_REPLACEMENT = "\ufffd".encode()


Counter: TypeAlias = Callable[[bytes], int]
"""Takes the next bytes of a document, and gives the rows so far."""


@dataclass(frozen=True, slots=True)
class ResultFormat:
    """One format of query results. aliases: media types that clients send and mean this one."""

    name: str
    media_type: str
    suffix: str
    engine: QueryResultsFormat
    aliases: tuple[str, ...] = ()


RESULT_FORMATS = (
    ResultFormat("json", f"{_RESULTS}+json", "srj", QueryResultsFormat.JSON, ("application/json",)),
    ResultFormat("xml", f"{_RESULTS}+xml", "srx", QueryResultsFormat.XML, ("application/xml", "text/xml")),
    ResultFormat("csv", "text/csv", "csv", QueryResultsFormat.CSV),
    ResultFormat("tsv", "text/tab-separated-values", "tsv", QueryResultsFormat.TSV),
)


def result_format(name: str) -> ResultFormat:
    """The format of that name, suffix or media type; raises UnknownFormat with the known names."""
    wanted = name.lower().partition(";")[0].strip()
    for known in RESULT_FORMATS:
        if wanted in (known.name, known.suffix, known.media_type, *known.aliases):
            return known
    names = ", ".join(known.name for known in RESULT_FORMATS)
    raise UnknownFormat(f"no format of tables {name!r}; known: {names}")


def legal_xml(document: bytes) -> bytes:
    """*document* as well-formed XML 1.0 that keeps its line ends.

    The engine writes U+0001 as it stands, which no XML may hold (XML 1.0, § 2.2), so such characters become
    U+FFFD; and a carriage return must be a reference, or parsers turn it into a line feed (§ 2.11).
    """
    return _NOT_XML.sub(_REPLACEMENT, document).replace(b"\r", b"&#xD;")


class Xml:
    """Makes a stream of XML well-formed, chunk by chunk. See legal_xml."""

    def __init__(self) -> None:
        self._cut = b""

    def legal(self, chunk: bytes) -> bytes:
        """The next bytes, made legal. The beginning of a character that may not be waits for its end."""
        chunk = self._cut + chunk
        self._cut = next((start for start in (b"\xef\xbf", b"\xef") if chunk.endswith(start)), b"")
        return legal_xml(chunk[: len(chunk) - len(self._cut)])


class Table:
    """A file that takes what the engine writes, and refuses more than so many rows or bytes.

    What comes is handed on at once. A document that would be cut is never finished: the refusal is raised
    before its end is written, and whoever reads it learns that it is not whole.
    """

    def __init__(self, form: ResultFormat, *, rows: int, size: int, to: Callable[[bytes], object]) -> None:
        self._count = _COUNTERS[form.name]()
        self._most, self._size, self._left, self._to = rows, size, size, to
        self._legal = Xml().legal if form.name == "xml" else None
        self.rows = 0

    def write(self, chunk: bytes) -> int:
        """Takes the next bytes; raises QueryRefused beyond a limit."""
        self.rows = self._count(chunk)
        if self.rows > self._most:
            raise too_large(f"more than {self._most:,} rows")
        self._left -= len(chunk)
        if self._left < 0:
            raise too_large(f"more than {self._size // 1_000_000:,} MB")
        self._to(self._legal(chunk) if self._legal else chunk)
        return len(chunk)

    def flush(self) -> None:
        """Nothing to do: all was handed on."""


def too_large(what: str) -> QueryRefused:
    """The refusal of an answer that would be cut."""
    return QueryRefused(
        f"the answer has {what}", hint="add LIMIT and OFFSET and fetch it in pages, or ask for less"
    )


def _plain(mark: bytes, extra: int) -> Counter:
    """A counter of rows in a format where *mark* stands once a row, and never inside a value."""
    tail, counted = b"", 0

    def count(chunk: bytes) -> int:
        nonlocal tail, counted
        seen = tail + chunk
        counted += seen.count(mark)
        tail = seen[-len(mark) + 1 :] if len(mark) > 1 else b""
        return max(0, counted - extra)

    return count


def _csv() -> Counter:
    """A counter of rows in CSV, where a line end inside quotation marks ends no row."""
    counted, is_quoted = 0, False

    def count(chunk: bytes) -> int:
        nonlocal counted, is_quoted
        for place, piece in enumerate(chunk.split(b'"')):
            is_quoted ^= place > 0
            counted += 0 if is_quoted else piece.count(b"\n")
        return max(0, counted - 1)

    return count


def _json() -> Counter:
    """A counter of rows in JSON: a row begins with the name of a variable.

    A quotation mark inside a value is written with a backslash, so what looks like the beginning of a row can
    only be the end of a value, and then a brace or a comma follows.
    """
    first, others = _plain(b'"bindings":[{"', 0), _plain(b'},{"', 0)
    ends = _plain(b'},{"}', 0), _plain(b'},{",', 0)

    def count(chunk: bytes) -> int:
        return first(chunk) + others(chunk) - sum(end(chunk) for end in ends)

    return count


_COUNTERS: dict[str, Callable[[], Counter]] = {
    "json": _json,
    "xml": lambda: _plain(b"<result>", 0),
    "csv": _csv,
    "tsv": lambda: _plain(b"\n", 1),
}
