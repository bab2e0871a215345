"""Names of things: which property names what, reading them in bounded look-ups, and choosing for a reader."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from urllib.parse import unquote

from kg.reading import Reading
from kg.statements import RANKS, rank
from kg.terms import literal
from ontology.namespaces import expand

KINDS = (
    "work", "instance", "item", "person", "organization", "place", "concept", "scheme", "collection", "event",
    "library", "source",
)  # fmt: skip
"""The kinds of things we name ourselves: the path segment after /id/."""

_KIND = re.compile(rf"/id/({'|'.join(KINDS)})/[^/#?]+$")
_BY_KIND = {
    "work": "wy:title", "instance": "wy:title", "collection": "wy:title", "concept": "skos:prefLabel",
    "scheme": "skos:prefLabel", "item": "wy:callNumber",
}  # fmt: skip
_NAMING = (
    "wy:name", "wy:title", "skos:prefLabel", "rdfs:label", "dcterms:title", "schema:name", "foaf:name",
    "dc:title", "wy:uniformTitle", "wy:callNumber", "wy:barcode", "wy:recordId", "wy:altTitle", "wy:altName",
    "skos:altLabel", "skos:notation",
)  # fmt: skip
_PREFERENCES = {
    "zh": ("zh-hans", "zh-cn", "zh-sg", "zh", "zh-hant", "zh-tw", "zh-hk", "en", "", "zh-latn"),
    "en": ("en", "", "zh-latn", "zh-hans", "zh", "zh-hant"),
}
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_KANA = re.compile(r"[\u3040-\u30ff]")
_HANGUL = re.compile(r"[\u1100-\u11ff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Name:
    """What something is called: the text, its language tag ("" where unknown) and where it came from.

    property: IRI of the property that gave the name. script: "Hani", "Latn" or "" where nobody said.
    transliteration: "pinyin", "wade-giles" or "". sources: the graphs that state it, best first.
    """

    text: str
    language: str = ""
    property: str = ""
    script: str = ""
    transliteration: str = ""
    sources: tuple[str, ...] = ()


def kind_of(iri: str) -> str:
    """The kind that an IRI of ours names ("person"); "" for others."""
    found = _KIND.search(iri)
    return found[1] if found else ""


@cache
def naming(kind: str = "") -> tuple[str, ...]:
    """IRIs of the properties that name a thing of that kind, the most telling first."""
    first = _BY_KIND.get(kind, "wy:name")
    return tuple(expand(name) for name in dict.fromkeys((first, *_NAMING)))


def best(names: Iterable[Name], language: str) -> Name | None:
    """The name that suits a reader of *language* most; None where there are none.

    Chinese readers: simplified, plain Chinese, traditional, English, untagged, any; English readers:
    English, untagged, romanised Chinese, Chinese. Then who says so (curated, authority, source, machine), how
    many do, the shorter tag, the alphabet: a page is the same on every day.
    """
    return min(names, key=lambda name: _preference(name, language), default=None)


def nearness(text: str, tag: str, language: str) -> int:
    """How far a text of language *tag* is from what a reader of *language* wants; 0 is nearest."""
    primary = language.lower().partition("-")[0]
    wanted = _PREFERENCES.get(primary) or (language.lower(), primary, "en", "", "zh-latn")
    known = tag.lower() or _written(text)
    while known:
        if known in wanted:
            return wanted.index(known)
        known = known.rpartition("-")[0]
    return len(wanted) if tag else wanted.index("")


class Labels:
    """Display names of things for readers of one language; each is looked up once."""

    def __init__(self, reading: Reading, language: str) -> None:
        self._reading = reading
        self._known: dict[str, Name | None] = {}
        self.language = language

    def learn(self, iri: str, names: Iterable[Name]) -> None:
        """Remembers the names of a thing that were read already; those that name it most tellingly count."""
        read = list(names)
        for predicate in naming(kind_of(iri)):
            if found := best((name for name in read if name.property == predicate), self.language):
                self._known[iri] = found
                return

    def find(self, iri: str) -> Name | None:
        """The display name of a thing, from the first naming property that it has; None where it has none."""
        if iri not in self._known:
            self._known[iri] = self._look_up(iri)
        return self._known[iri]

    def show(self, iri: str) -> Name:
        """The display name of a thing, or the last part of its IRI where it has none."""
        return self.find(iri) or Name(key_of(iri))

    def _look_up(self, iri: str) -> Name | None:
        for predicate in naming(kind_of(iri)):
            said = self._reading.said(iri, predicate)
            names = [named(predicate, term, graphs) for term, graphs in said.items() if term.startswith('"')]
            if names:
                return best(names, self.language)
        return None


def named(predicate: str, term: str, graphs: Iterable[str]) -> Name:
    """The name that a literal gives, as *graphs* have it."""
    value, language, _ = literal(term)
    told = sorted((graph for graph in graphs if graph), key=lambda graph: (RANKS.index(rank(graph)), graph))
    return Name(value, language, predicate, sources=tuple(told))


def key_of(iri: str) -> str:
    """The last part of an IRI, readable: what to show where there is no name."""
    return unquote(re.split(r"[/#]", iri.rstrip("/#"))[-1]) or iri


def _preference(name: Name, language: str) -> tuple[int, int, int, int, str, str]:
    spoken_by = RANKS.index(rank(name.sources[0])) if name.sources else len(RANKS)
    near = nearness(name.text, name.language, language)
    return near, spoken_by, -len(name.sources), len(name.language), name.language, name.text


def _written(text: str) -> str:
    """The language that the script of an untagged text gives away, or ""."""
    if _KANA.search(text):
        return "ja"
    if _HAN.search(text):
        return "zh"
    return "ko" if _HANGUL.search(text) else ""
