"""The schema: the terms of the ontology with their names and definitions in both languages."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import TypeAlias

from pyoxigraph import RdfFormat, parse

from ontology import codes
from ontology.literals import language_of, text_of
from ontology.namespaces import PREFIXES, WY

_OWL, _RDF, _RDFS, _SKOS = (PREFIXES[name] for name in ("owl", "rdf", "rdfs", "skos"))
_NIL = f"<{_RDF}nil>"
_KINDS = {
    f"{_OWL}Class": "class",
    f"{_OWL}ObjectProperty": "object property",
    f"{_OWL}DatatypeProperty": "datatype property",
    f"{_OWL}AnnotationProperty": "annotation property",
    f"{_SKOS}Concept": "value",
}
_ALIGNMENTS = {
    "subclass of": f"{_RDFS}subClassOf",
    "subproperty of": f"{_RDFS}subPropertyOf",
    "close match": f"{_SKOS}closeMatch",
    "exact match": f"{_SKOS}exactMatch",
}


@dataclass(frozen=True, slots=True)
class Term:
    """A class, a property, or a value of a list.

    kind: "class", "object property", "datatype property", "annotation property" or "value".
    labels, definitions: language ("zh", "en") → text. domain, range: IRIs; several mean any of them.
    alignments: "subclass of", "subproperty of", "close match" or "exact match" → IRIs.
    """

    iri: str
    kind: str
    labels: Mapping[str, str]
    definitions: Mapping[str, str] = field(default_factory=dict)
    domain: tuple[str, ...] = ()
    range: tuple[str, ...] = ()
    alignments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def label(self, language: str) -> str:
        """Its name in Chinese ("zh", "zh-Hans") or English (anything else)."""
        return _in(self.labels, language)

    def definition(self, language: str) -> str:
        """What it means, in Chinese or English; "" for a term of others."""
        return _in(self.definitions, language)


@cache
def terms() -> dict[str, Term]:
    """Every term of core.ttl by its IRI, in the order of the file, those of others at the end."""
    return _terms("core.ttl")


@cache
def work_types() -> dict[str, Term]:
    """The values of wy:workType by IRI, in the order of the list."""
    return _terms("types.ttl")


@cache
def version() -> str:
    """The version of the ontology: owl:versionInfo."""
    said = _said("core.ttl")[f"<{WY.rstrip('#')}>"]
    return text_of(said[f"<{_OWL}versionInfo>"][0])


def own() -> list[Term]:
    """The terms in our namespace, in the order of the file."""
    return [term for term in terms().values() if term.iri.startswith(WY)]


@cache
def label(iri: str, language: str) -> str:
    """What a person calls *iri* in Chinese or English: a term, a type of work or a code of a list.

    For an IRI that is none of these: the part after the last # or /.
    """
    term = terms().get(iri) or work_types().get(iri)
    name = term.label(language) if term else codes.label(iri, language)
    return name or iri.rstrip("/#").replace("#", "/").rpartition("/")[2] or iri


def _in(texts: Mapping[str, str], language: str) -> str:
    return texts.get("zh" if language.startswith("zh") else "en", "")


_Said: TypeAlias = dict[str, dict[str, list[str]]]
"""Subject → predicate → objects, as terms of N-Triples, in the order of the file."""


@cache
def _said(name: str) -> _Said:
    said: _Said = {}
    content = files("ontology").joinpath(name).read_bytes()
    for quad in parse(content, format=RdfFormat.TURTLE):
        values = said.setdefault(str(quad.subject), {}).setdefault(str(quad.predicate), [])
        values.append(str(quad.object))
    return said


def _terms(name: str) -> dict[str, Term]:
    said = _said(name)
    found = (_term(said, subject) for subject in said if subject.startswith("<"))
    return {term.iri: term for term in found if term is not None}


def _term(said: _Said, subject: str) -> Term | None:
    """The term that is described as *subject*, None where it is no class, property or value."""
    node = said[subject]
    types = (text_of(type_) for type_ in node.get(f"<{_RDF}type>", ()))
    kind = next((_KINDS[type_] for type_ in types if type_ in _KINDS), "")
    if not kind:
        return None
    alignments = {name: _iris(said, node.get(f"<{iri}>", ())) for name, iri in _ALIGNMENTS.items()}
    return Term(
        iri=text_of(subject),
        kind=kind,
        labels=_texts(node, f"<{_RDFS}label>") | _texts(node, f"<{_SKOS}prefLabel>"),
        definitions=_texts(node, f"<{_SKOS}definition>"),
        domain=_iris(said, node.get(f"<{_RDFS}domain>", ())),
        range=_iris(said, node.get(f"<{_RDFS}range>", ())),
        alignments={name: iris for name, iris in alignments.items() if iris},
    )


def _texts(node: dict[str, list[str]], predicate: str) -> dict[str, str]:
    return {language_of(value): text_of(value) for value in node.get(predicate, ())}


def _iris(said: _Said, values: Iterable[str]) -> tuple[str, ...]:
    """The IRIs among *values*, and those in the unions among them."""
    found: list[str] = []
    for value in values:
        if value.startswith("<"):
            found.append(text_of(value))
            continue
        head = next(iter(said.get(value, {}).get(f"<{_OWL}unionOf>", ())), _NIL)
        while head != _NIL:
            found.append(text_of(said[head][f"<{_RDF}first>"][0]))
            head = said[head][f"<{_RDF}rest>"][0]
    return tuple(found)
