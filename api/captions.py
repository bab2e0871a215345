"""Captions: what a reader calls a property, a code or a graph. Not the labels of the data: see kg.labels."""

from functools import lru_cache
from urllib.parse import unquote

from ontology import codes, schema

_PLACES = {"src": 2, "auth": 2, "curated": 1, "enrich": 2}


def property_name(iri: str, language: str) -> str:
    """What a reader calls a property: its label in the ontology, else the last part of its IRI."""
    return schema.label(iri, language)


@lru_cache(maxsize=16_384)
def code_name(iri: str, language: str) -> str:
    """The name of a value of one of our lists, a language or a type of work; "" where *iri* is in none."""
    known = schema.work_types().get(iri)
    return known.label(language) if known else codes.label(iri, language)


def source_of(graph: str) -> str:
    """The part of a graph's IRI that names the source or the vocabulary; "" for other graphs."""
    family, _, rest = graph.partition("/graph/")[2].partition("/")
    return rest.partition("/")[0] if family in ("src", "auth") else ""


def graph_name(iri: str) -> str:
    """A graph's IRI in short, for one without a name: ".../graph/src/harvard/990001" → "harvard 990001"."""
    _, found, tail = iri.partition("/graph/")
    family, _, rest = tail.partition("/")
    if not found or family not in _PLACES:
        return iri
    return " ".join(unquote(part) for part in rest.split("/", _PLACES[family] - 1) if part) or family
