"""A search as people see it: what was asked, the hits with their names, the facets with their addresses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fastapi import Request

from api.captions import code_name
from api.pages import Reader
from api.words import words
from kg.facets import FACETS, FacetValue
from kg.labels import Labels, Name
from kg.reading import Reading, is_valid
from kg.search import Hit, Results
from kg.terms import value_of
from ontology.namespaces import TYPE, expand

SORTS = ("relevance", "title", "year", "-year")
PAGE = 20
"""Hits on a page."""
DEEPEST = 10_000
"""The last hit that can be paged to."""

_CREATORS = 3
_TELLING = ("type", "scheme")
_ENOUGH = 8
_LONGEST_DATE = 10
_MOST_FILTERS = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as the address has it. page: from 1. filters: facet → values, one of which must hold."""

    query: str
    filters: Mapping[str, tuple[str, ...]]
    sort: str
    page: int

    @property
    def offset(self) -> int:
        """The place of the first hit, from 0."""
        return (self.page - 1) * PAGE


@dataclass(frozen=True, slots=True)
class Line:
    """A hit on the page: its name for this reader, and what matched.

    told: what tells it from others of the name: the type of a work, the vocabulary of a subject, a life.
    """

    iri: str
    kind: str
    text: str
    language: str
    told: tuple[str, ...]
    year: str
    creators: tuple[Name, ...]
    more_creators: int
    matched: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet. address: the same search with it chosen, or, where it is chosen, without it."""

    facet: str
    value: str
    name: str
    language: str
    count: int
    address: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Facet:
    """A facet with its values. kept: the rest of the search, for the form of the years."""

    name: str
    values: tuple[Choice, ...]
    kept: tuple[tuple[str, str], ...] = ()
    start: str = ""
    end: str = ""


def asked(request: Request) -> Asked:
    """What the address asks for; what makes no sense in it is passed over."""
    given = request.query_params
    filters = {facet: tuple(filter(None, given.getlist(facet)))[:_MOST_FILTERS] for facet in FACETS}
    first, last = (_year(given.get(end, "")) for end in ("from", "to"))
    if first or last:
        filters["year"] = (f"{first}..{last}",)
    page = given.get("page", "1")
    sort = given.get("sort", "")
    return Asked(
        given.get("q", "").strip(),
        {facet: values for facet, values in filters.items() if values},
        sort if sort in SORTS else SORTS[0],
        min(max(int(page), 1), DEEPEST // PAGE) if page.isdecimal() and len(page) < 9 else 1,
    )


def lines(hits: Iterable[Hit], labels: Labels, reading: Reading) -> list[Line]:
    """The hits as lines of the page."""
    return [_line(hit, labels, reading) for hit in hits]


def facets(results: Results, wanted: Asked, who: Reader, labels: Labels) -> list[Facet]:
    """The facets that divide the results, and those in which something is chosen."""
    shown = []
    for name in FACETS:
        values = results.facets.get(name, ())
        if len(values) > 1 or (values and name in wanted.filters):
            shown.append(_facet(name, values, wanted, who, labels))
    return shown


def chips(wanted: Asked, who: Reader, labels: Labels) -> list[Choice]:
    """What is chosen, each with the address without it."""
    return [
        _choice(FacetValue(facet, value, 0), wanted, who, labels)
        for facet, values in wanted.filters.items()
        for value in values
    ]


def value_name(facet: str, value: str, labels: Labels) -> Name:
    """What a reader calls a value of a facet; the value itself where it is none."""
    if facet == "kind":
        return Name(words(labels.language).known(f"kinds.{value}", value))
    if facet == "type":
        return Name(code_name(TYPE + value, labels.language) or value)
    if facet == "language":
        return Name(code_name(expand(f"lang:{value}"), labels.language) or value)
    if facet == "year":
        return Name(value.replace("..", "–"))
    return labels.show(value) if is_valid(value) else Name(value)


def life(person: str, reading: Reading) -> list[str]:
    """The years of a person: ["1915–2009"], or [] where neither birth nor death is known."""
    ends = []
    for name in ("wy:birth", "wy:death"):
        rows = reading.about(person, expand(name), limit=_ENOUGH)
        ends.append(min((value_of(term)[:_LONGEST_DATE] for _, term, _ in rows), default=""))
    return ["–".join(ends)] if any(ends) else []


def address(wanted: Asked, who: Reader, facet: str, value: str) -> str:
    """The address of the search with *value* chosen; without it, where it is chosen."""
    chosen = {name: list(values) for name, values in wanted.filters.items()}
    held = chosen.setdefault(facet, [])
    if value in held:
        held.remove(value)
    else:
        held.append(value)
    return who.to("/search", q=wanted.query, **chosen, sort=wanted.sort if wanted.sort != SORTS[0] else "")


def _facet(name: str, values: Iterable[FacetValue], wanted: Asked, who: Reader, labels: Labels) -> Facet:
    choices = tuple(_choice(value, wanted, who, labels) for value in values)
    if name != "year":
        return Facet(name, choices)
    first, _, last = wanted.filters.get("year", ("",))[0].partition("..")
    kept = tuple(
        (facet, value) for facet, held in wanted.filters.items() if facet != "year" for value in held
    )
    return Facet(name, choices, (("q", wanted.query), *kept), first, last)


def _choice(value: FacetValue, wanted: Asked, who: Reader, labels: Labels) -> Choice:
    name = value_name(value.facet, value.value, labels)
    return Choice(
        value.facet,
        value.value,
        name.text,
        name.language,
        value.count,
        address(wanted, who, value.facet, value.value),
        value.value in wanted.filters.get(value.facet, ()),
    )


def _line(hit: Hit, labels: Labels, reading: Reading) -> Line:
    told: dict[str, list[str]] = {}
    for facet, value in hit.facets:
        told.setdefault(facet, []).append(value)
    text, language = hit.name_for(labels.language)
    marks = [value_name(facet, value, labels).text for facet in _TELLING for value in told.get(facet, ())]
    if hit.kind == "person":
        marks += life(hit.iri, reading)
    creators = told.get("creator", ())
    return Line(
        hit.iri,
        hit.kind,
        text,
        language,
        tuple(marks),
        min(told.get("year", ()), default=""),
        tuple(labels.show(creator) for creator in creators[:_CREATORS]),
        max(len(creators) - _CREATORS, 0),
        hit.matched if hit.matched != text else "",
    )


def _year(text: str) -> str:
    return text if text.isdecimal() and len(text) <= 4 else ""
