"""The table of formats for results of SELECT and ASK, and the repair of what the engine writes in them."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pyoxigraph import QueryResultsFormat

from kg.errors import QueryRefused
from ontology.errors import UnknownFormat

_RESULTS = "application/sparql-results"
_NOT_XML = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
_REPLACEMENT = "\ufffd".encode()
_JSON_ROW = re.compile(rb'[\[,]\{"[^"\\]*":\{"type":')
_OVERLAP = 300


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


class Page:
    """A file that takes what the engine writes, and refuses more than so many rows or bytes.

    An answer is whole or it is refused: a document that ends early looks complete to a client.
    """

    def __init__(self, form: ResultFormat, *, rows: int, size: int) -> None:
        self._counter = _COUNTERS[form.name]()
        self._rows = rows
        self._size = size
        self._body = bytearray()
        self._is_xml = form.name == "xml"

    def write(self, chunk: bytes) -> int:
        """Takes the next bytes; raises QueryRefused beyond a limit."""
        self._body += chunk
        if self._counter(self._body) > self._rows:
            raise too_large(f"more than {self._rows:,} rows")
        if len(self._body) > self._size:
            raise too_large(f"more than {self._size // 1_000_000:,} MB")
        return len(chunk)

    def flush(self) -> None:
        """Nothing to do: all is in memory."""

    def document(self) -> bytes:
        """All that was written."""
        return legal_xml(bytes(self._body)) if self._is_xml else bytes(self._body)


def too_large(what: str) -> QueryRefused:
    """The refusal of an answer that would be cut."""
    return QueryRefused(
        f"the answer has {what}", hint="add LIMIT and OFFSET and fetch it in pages, or ask for less"
    )


def _plain(mark: bytes, extra: int) -> Callable[[], Callable[[bytearray], int]]:
    """A counter of rows in a format where *mark* stands once a row, and never inside a value."""

    def make() -> Callable[[bytearray], int]:
        seen = counted = 0

        def count(body: bytearray) -> int:
            nonlocal seen, counted
            counted += body.count(mark, seen)
            seen = max(len(body) - len(mark) + 1, 0)
            return counted - extra

        return count

    return make


def _csv() -> Callable[[bytearray], int]:
    """A counter of rows in CSV, where a line end inside quotation marks ends no row."""
    seen, counted, is_quoted = 0, 0, False

    def count(body: bytearray) -> int:
        nonlocal seen, counted, is_quoted
        pieces = bytes(body[seen:]).split(b'"')
        seen = len(body)
        for place, piece in enumerate(pieces):
            is_quoted ^= place > 0
            counted += 0 if is_quoted else piece.count(b"\n")
        return counted - 1

    return count


def _json() -> Callable[[bytearray], int]:
    """A counter of rows in JSON: a row begins with the name of a variable and a term."""
    seen = counted = 0

    def count(body: bytearray) -> int:
        nonlocal seen, counted
        for found in _JSON_ROW.finditer(body, seen):
            counted += 1
            seen = found.end()
        seen = max(seen, len(body) - _OVERLAP)
        return counted

    return count


_COUNTERS: dict[str, Callable[[], Callable[[bytearray], int]]] = {
    "json": _json,
    "xml": _plain(b"<result>", 0),
    "csv": _csv,
    "tsv": _plain(b"\n", 1),
}
