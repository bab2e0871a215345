"""RDF in any serialisation: SKOS and SKOS-XL vocabularies, ontologies, exports. Loaded, not mapped.

So it cuts nothing into records: ingest.load takes the statements as they are.
"""

import re
from collections.abc import Iterator
from pathlib import PurePath
from typing import BinaryIO

from ingest.model import Claim, Raw, Record, Rejected
from kg.formats import FORMATS
from ontology.errors import UnknownFormat

_SUFFIXES = {format_.suffix: format_.name for format_ in FORMATS} | {
    "owl": "rdfxml", "rdfs": "rdfxml", "skos": "turtle", "json-ld": "jsonld",
}  # fmt: skip
_START = rb"\A(?:\s*#.*\n)*\s*(?:<[^<>\s]+>|_:\w+) <[^<>\s]+>"
_SIGNS: tuple[tuple[str, re.Pattern[bytes], str], ...] = (
    ("rdfxml", re.compile(rb"<(?:\w+:)?RDF[\s>]"), "an rdf:RDF element"),
    ("turtle", re.compile(rb"^\s*(?:@prefix|@base|PREFIX|BASE)\s", re.MULTILINE), "prefix lines of Turtle"),
    ("nquads", re.compile(_START + rb" .+ <[^<>\s]+> \.\s*$", re.MULTILINE), "N-Quads"),
    ("ntriples", re.compile(_START + rb" .+ \.\s*$", re.MULTILINE), "N-Triples"),
    ("jsonld", re.compile(rb'"@(?:context|graph|id)"\s*:'), "the keys of JSON-LD"),
)  # fmt: skip


class Rdf:
    """Statements in Turtle, TriG, N-Triples, N-Quads, RDF/XML or JSON-LD."""

    loads = True
    """Its files are loaded as statements (ingest.load); there are no records to map."""

    def claims(self, head: bytes, name: str) -> Claim | None:
        """A suffix of RDF, or the marks of a serialisation in the first bytes; both together are sure."""
        told = _SUFFIXES.get(PurePath(name).suffix.lower().lstrip("."), "")
        for format_, sign, what in _SIGNS:
            if sign.search(head):
                sure = told == format_ or (told == "trig" and format_ == "turtle")
                # JSON-LD is also how articles are described; a source that knows the words knows better.
                return Claim(0.95 if sure else 0.4 if format_ == "jsonld" else 0.8, f"RDF: {what}")
        return Claim(0.6, f"RDF by its suffix, {told}") if told and head.strip() else None

    def split(self, stream: BinaryIO) -> Iterator[Raw | Rejected]:
        """Nothing: see *loads*."""
        return iter(())

    def read(self, raw: Raw) -> Record | Rejected:
        """A refusal: see *loads*."""
        return Rejected(raw, "read", "RDF is loaded as it is, not mapped; use `wenyuan load`")


def serialisation(head: bytes, name: str) -> str:
    """The name (kg.formats) of the serialisation of a file, by its suffix, else by its first bytes.

    Raises UnknownFormat where neither tells.
    """
    if told := _SUFFIXES.get(PurePath(name).suffix.lower().lstrip(".")):
        return told
    for format_, sign, _ in _SIGNS:
        if sign.search(head):
            return format_
    known = ", ".join(format_.name for format_ in FORMATS)
    raise UnknownFormat(f"{name}: no serialisation of RDF known here; known: {known}")
