"""Searching: the page, and the same as JSON for programs and for suggestions while typing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse

from api import state
from api.examples import examples
from api.pages import Reader, reader, render
from api.search_page import DEEPEST, PAGE, SORTS, Asked, asked, chips, facets, lines, value_name
from kg.facets import FacetValue
from kg.labels import Labels
from kg.search import Hit, Results

router = APIRouter()


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages of a result. is_cut: there is more than can be paged to."""

    count: int
    previous: str
    next: str
    is_cut: bool
    deepest: int = DEEPEST


@dataclass(frozen=True, slots=True)
class FoundValue:
    """A value of a facet among the results, with its name in the language asked for."""

    value: str
    name: str
    count: int


@dataclass(frozen=True, slots=True)
class FoundThing:
    """A thing that was found. page: its address for people. text: its name in the language asked for.

    names: all its names, with their language tags.

    why: "name", "alternative", "identifier", "words" or ""; matched: the text that matched.
    """

    iri: str
    page: str
    kind: str
    text: str
    language: str
    names: list[tuple[str, str]]
    why: str
    matched: str
    facets: Mapping[str, list[str]]


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a search. total: all matches; next: the address of the next page, or ""."""

    query: str
    total: int
    offset: int
    next: str
    results: list[FoundThing]
    facets: Mapping[str, list[FoundValue]]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A name that the typed text may become."""

    iri: str
    page: str
    kind: str
    kind_name: str
    text: str
    language: str
    matched: str


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What may be meant, best first."""

    suggestions: list[Suggestion]


@router.get("/search", include_in_schema=False)
def search_page(request: Request) -> HTMLResponse:
    """The results of a search, with facets to narrow them down."""
    who, wanted = reader(request), asked(request)
    results = _results(request, wanted)
    labels = _labels(request, who)
    return render(
        request,
        "search.html",
        query=wanted.query,
        results=results,
        hits=lines(results.hits, labels, state.now(request).reading),
        first=wanted.offset + 1,
        facets=facets(results, wanted, who, labels),
        chips=chips(wanted, who, labels),
        sorts=SORTS,
        chosen_sort=wanted.sort,
        pages=_pages(results, wanted, who),
        examples=[] if results.total else examples(state.library(request)),
        data=who.to("/api/search", **_parameters(wanted)),
    )


@router.get("/api/search", tags=["search"], summary="Search the library")
def search_data(
    request: Request,
    q: Annotated[str, Query(description="Words, names, identifiers; Chinese in any script, or pinyin")] = "",
    kind: Annotated[list[str], Query(description="work, person, organization, concept, library, ...")] = [],  # noqa: B006
    type: Annotated[list[str], Query(description="Type of work: book, article, ...")] = [],  # noqa: B006
    language: Annotated[list[str], Query(description="MARC code of a language: chi, eng, ...")] = [],  # noqa: B006
    year: Annotated[list[str], Query(description='A year, or a range: "1990..1999"')] = [],  # noqa: B006
    subject: Annotated[list[str], Query(description="IRI of a subject")] = [],  # noqa: B006
    creator: Annotated[list[str], Query(description="IRI of an agent")] = [],  # noqa: B006
    source: Annotated[list[str], Query(description="IRI of a source")] = [],  # noqa: B006
    sort: Annotated[str, Query(description="relevance, title, year (newest first), -year")] = "relevance",
    page: Annotated[int, Query(ge=1, le=DEEPEST // PAGE)] = 1,
) -> Found:
    """The results of a search, as the page shows them: one address, two forms.

    Values of one facet widen, different facets narrow. Counts of a facet that is filtered say what its
    other values would give.
    """
    who, wanted = reader(request), asked(request)
    results = _results(request, wanted)
    labels = _labels(request, who)
    return Found(
        wanted.query,
        results.total,
        wanted.offset,
        _next(results, wanted, who),
        [_thing(hit, who) for hit in results.hits],
        {facet: [_value(each, labels) for each in values] for facet, values in results.facets.items()},
    )


@router.get("/api/complete", tags=["search"], summary="Names that begin so")
def complete(
    request: Request,
    q: Annotated[str, Query(description="The beginning of a name, in any script, pinyin or initials")] = "",
    kind: Annotated[str, Query(description="Only things of this kind")] = "",
    limit: Annotated[int, Query(ge=1, le=50)] = 10,
) -> Suggestions:
    """Names of things that begin with what was typed, best first."""
    who = reader(request)
    found = state.library(request).search.complete(q, limit=limit, kind=kind)
    return Suggestions(
        [
            Suggestion(
                each.iri,
                who.page(each.iri),
                each.kind,
                who.words.known(f"kind.{each.kind}", each.kind),
                each.text,
                each.language,
                each.matched,
            )
            for each in found
        ]
    )


def _results(request: Request, wanted: Asked) -> Results:
    found: Results = state.library(request).search.search(
        wanted.query, filters=wanted.filters, limit=PAGE, offset=wanted.offset, sort=wanted.sort
    )
    return found


def _labels(request: Request, who: Reader) -> Labels:
    return Labels(state.now(request).reading, who.language)


def _thing(hit: Hit, who: Reader) -> FoundThing:
    told: dict[str, list[str]] = {}
    for facet, value in hit.facets:
        told.setdefault(facet, []).append(value)
    names = list(hit.names)
    text, language = hit.name_for(who.language)
    return FoundThing(hit.iri, who.page(hit.iri), hit.kind, text, language, names, hit.why, hit.matched, told)


def _value(found: FacetValue, labels: Labels) -> FoundValue:
    return FoundValue(found.value, value_name(found.facet, found.value, labels).text, found.count)


def _next(results: Results, wanted: Asked, who: Reader) -> str:
    """The address of the next page of data, or ""."""
    if not _goes_on(results, wanted):
        return ""
    return who.to("/api/search", **_parameters(wanted), page=wanted.page + 1)


def _pages(results: Results, wanted: Asked, who: Reader) -> Pages:
    goes_on = _goes_on(results, wanted)
    return Pages(
        -(-results.total // PAGE),
        who.here(page=wanted.page - 1) if wanted.page > 1 else "",
        who.here(page=wanted.page + 1) if goes_on else "",
        not goes_on and results.total > wanted.offset + PAGE,
    )


def _goes_on(results: Results, wanted: Asked) -> bool:
    """Whether there is a next page."""
    return wanted.offset + PAGE < min(results.total, DEEPEST)


def _parameters(wanted: Asked) -> dict[str, object]:
    """The search as parameters of an address, without the page."""
    filters = {facet: list(values) for facet, values in wanted.filters.items()}
    return {"q": wanted.query, **filters, "sort": wanted.sort if wanted.sort != SORTS[0] else ""}
