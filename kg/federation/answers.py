"""Answers of other endpoints: SPARQL results in JSON or XML as rows of terms, read within limits."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any
from xml.parsers import expat

import orjson

from kg.errors import EndpointFailed
from kg.terms import iri, text

Row = dict[str, str]
"""Variable → term as N-Triples text."""

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:")
_RESULTS = "http://www.w3.org/2005/sparql-results#"


@dataclass(slots=True)
class Table:
    """Variables and rows. At most *most* rows are taken; one more is an error."""

    most: int
    variables: list[str] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def add(self, row: Row) -> None:
        if len(self.rows) == self.most:
            raise EndpointFailed(
                f"the other endpoint answered with more than {self.most:,} rows",
                hint="ask it for less in the SERVICE",
            )
        self.rows.append(row)


def read(media_type: str, body: bytes, *, most: int, source: str) -> Table:
    """The rows of an answer; raises EndpointFailed.

    source: the endpoint; its blank nodes become IRIs that hold for this answer alone (RDF 1.1, § 3.5).
    """
    reader = _READERS.get(media_type)
    if reader is None:
        raise EndpointFailed(
            f"SERVICE <{source}> answered with {media_type or 'no media type'!r}, not with results"
        )
    salt = blake2b(source.encode() + body, digest_size=9).hexdigest()
    table = Table(most)
    try:
        reader(body, table, salt)
    except (ValueError, KeyError, TypeError, AttributeError, expat.ExpatError) as error:
        raise EndpointFailed(f"the answer of SERVICE <{source}> cannot be read: {error}") from error
    return table


def _json(body: bytes, table: Table, salt: str) -> None:
    document = orjson.loads(body)  # Refuses to nest deeper than 1,024.
    table.variables = [str(name) for name in document["head"]["vars"]]
    for binding in document["results"]["bindings"]:
        table.add({name: _json_term(term, salt) for name, term in binding.items()})


def _json_term(term: Mapping[str, Any], salt: str) -> str:
    value = term["value"]
    if not isinstance(value, str):
        raise ValueError("a term of another kind")
    return _term(term["type"], value, term.get("xml:lang") or "", term.get("datatype") or "", salt)


def _term(kind: str, value: str, language: str, datatype: str, salt: str) -> str:
    if kind == "uri":
        return _iri(value)
    if kind == "bnode":
        return iri(f"urn:genid:{salt}:{blake2b(value.encode(), digest_size=9).hexdigest()}")
    if kind not in ("literal", "typed-literal"):
        raise ValueError(f"a term of the kind {kind!r}")
    return text(value, language) if language or not datatype else f"{text(value)}^^{_iri(datatype)}"


def _iri(value: str) -> str:
    if not _ABSOLUTE.match(value):
        raise ValueError(f"an IRI that is not absolute: {value[:60]!r}")
    return iri(value)


class _Xml:
    """A reader of SPARQL results in XML: a handful of elements at a handful of depths, and no DTD."""

    def __init__(self, table: Table, salt: str) -> None:
        self._table, self._salt = table, salt
        self._row: Row = {}
        self._name = self._kind = self._language = self._datatype = ""
        self._text: list[str] = []

    def read(self, body: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator="")
        parser.StartDoctypeDeclHandler = _no_doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text.append
        parser.Parse(body, True)

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.removeprefix(_RESULTS)
        if local == "variable":
            self._table.variables.append(attributes["name"])
        elif local == "result":
            self._row = {}
        elif local == "binding":
            self._name = attributes["name"]
        elif local in ("uri", "bnode", "literal"):
            self._text.clear()
            self._language = attributes.get("http://www.w3.org/XML/1998/namespacelang", "")
            self._datatype = attributes.get("datatype", "")
        elif local == "triple":
            raise ValueError("a term of the kind 'triple'")

    def _end(self, name: str) -> None:
        local = name.removeprefix(_RESULTS)
        if local in ("uri", "bnode", "literal"):
            written = "".join(self._text)
            self._row[self._name] = _term(local, written, self._language, self._datatype, self._salt)
        elif local == "result":
            self._table.add(self._row)


def _no_doctype(*_: object) -> None:
    raise ValueError("a document type, which results do not have")


def _xml(body: bytes, table: Table, salt: str) -> None:
    _Xml(table, salt).read(body)


_READERS: dict[str, Callable[[bytes, Table, str], None]] = {
    "application/sparql-results+json": _json,
    "application/json": _json,
    "application/sparql-results+xml": _xml,
    "application/xml": _xml,
    "text/xml": _xml,
}
