"""Captions: what a reader calls an IRI of a vocabulary (a property, a code) or a graph. Not the labels of the data."""

from functools import lru_cache
from urllib.parse import unquote

from kg.labels import key_of
from ontology.codes import SPACES, find

_PLACES = {"src": 2, "auth": 2, "curated": 1, "enrich": 2}


@lru_cache(maxsize=4096)
def code_name(iri: str, language: str) -> str:
    """The name of an entry of a code list: lang:chi → "汉语"; "" where *iri* is in none."""
    for name, space in SPACES.items():
        if space and iri.startswith(space) and (code := find(name, iri)):
            return code.label(language)
    return ""


def graph_name(iri: str) -> str:
    """A graph's IRI in short, for graphs that carry no name: ".../graph/src/harvard/990001" → "harvard 990001"."""
    _, found, tail = iri.partition("/graph/")
    family, _, rest = tail.partition("/")
    if not found or family not in _PLACES:
        return iri
    return " ".join(unquote(part) for part in rest.split("/", _PLACES[family] - 1) if part) or family


@lru_cache(maxsize=4096)
def property_name(iri: str, language: str) -> str:
    """What a reader calls a property: its label in the ontology, else the last part of its IRI."""
    return key_of(iri)
