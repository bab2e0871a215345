"""The page of the ontology: its terms in the reader's language, each with what it is tied to."""

from dataclasses import dataclass
from functools import cache

from ontology import schema
from ontology.namespaces import TYPE, WY, compact
from ontology.schema import Term

_TIES = ("domain", "range")


@dataclass(frozen=True, slots=True)
class Reference:
    """A term that another is tied to: where a link leads, its prefixed name, its label ("" if not ours)."""

    href: str
    name: str
    label: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One term on the page.

    anchor: the fragment it is found at, the same as in its IRI. label, definition: in the reader's language;
    other: its label in the other one. ties: name of a message ("ontology.domain") → what is tied in that way.
    properties: those that are told of members of the class.
    """

    anchor: str
    name: str
    label: str
    other: str
    definition: str
    kind: str
    ties: tuple[tuple[str, tuple[Reference, ...]], ...]
    properties: tuple[Reference, ...] = ()


@dataclass(frozen=True, slots=True)
class Contents:
    """What the page shows, and the languages of labels and of the labels beside them."""

    version: str
    other_language: str
    classes: tuple[Line, ...]
    properties: tuple[Line, ...]
    types: tuple[Line, ...]


@cache
def contents(language: str) -> Contents:
    """The ontology for a reader of *language* ("zh-Hans" or "en")."""
    terms = schema.own()
    return Contents(
        schema.version(),
        "en" if language.startswith("zh") else "zh",
        tuple(_line(term, language) for term in terms if term.kind == "class"),
        tuple(_line(term, language) for term in terms if term.kind != "class"),
        tuple(_line(term, language) for term in schema.work_types().values()),
    )


def _line(term: Term, language: str) -> Line:
    other = "en" if language.startswith("zh") else "zh"
    ties = {name: getattr(term, name) for name in _TIES} | dict(term.alignments)
    return Line(
        anchor=_anchor(term.iri),
        name=compact(term.iri),
        label=term.label(language),
        other=term.label(other),
        definition=term.definition(language),
        kind=term.kind.replace(" ", "-"),
        ties=tuple(
            (f"ontology.{name.replace(' ', '-')}", tuple(_reference(iri, language) for iri in iris))
            for name, iris in ties.items()
            if iris
        ),
        properties=tuple(
            _reference(each.iri, language) for each in schema.own() if term.iri in each.domain
        ),
    )


def _reference(iri: str, language: str) -> Reference:
    """A link inside the page for a term of ours, to the term's own address for any other."""
    if iri.startswith(WY):
        return Reference(f"#{_anchor(iri)}", compact(iri), schema.label(iri, language))
    return Reference(iri, compact(iri))


def _anchor(iri: str) -> str:
    """The local name; types of work are set apart, since one is called as a property is ("map")."""
    return f"type-{iri.removeprefix(TYPE)}" if iri.startswith(TYPE) else iri.removeprefix(WY)
