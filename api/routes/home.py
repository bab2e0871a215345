"""The home page, and the page that helps."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from shlex import quote as quoted

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from api import state
from api.examples import examples
from api.marks import MARKS
from api.pages import reader, render
from kg.facets import FacetValue
from kg.labels import Labels, key_of
from kg.library import Library
from kg.reading import Reading

router = APIRouter(include_in_schema=False)

SOURCES = 30
"""Sources listed."""
QUERY = "SELECT ?kind (COUNT(?thing) AS ?things) { ?thing a ?kind } GROUP BY ?kind ORDER BY DESC(?things)"
LOAD = "wenyuan ingest FILE"
DEMO = "make demo"


@dataclass(frozen=True, slots=True)
class SourceLine:
    """A source of data: its IRI and name, how many things it speaks of, and when it last changed."""

    value: str
    name: str
    language: str
    things: int
    changed: datetime | None


@router.get("/")
def home(request: Request) -> HTMLResponse:
    """What is here and where to start; in an empty library, how to fill it."""
    library = state.library(request)
    found = library.search.search("", limit=0).facets
    kinds = {value.value: value.count for value in found.get("kind", ())}
    return render(
        request,
        "home.html",
        kinds=[(kind, kinds[kind]) for kind in MARKS if kind in kinds],
        sources=list(_sources(library, found.get("source", ()), reader(request).language)),
        examples=examples(library),
        load_command=LOAD,
        demo_command=DEMO,
    )


@router.get("/help")
def help(request: Request) -> HTMLResponse:
    """How to search, read and take away."""
    return render(request, "help.html", kinds=[kind for kind in MARKS if kind not in ("thing", "cluster")])


@router.get("/developers")
def developers(request: Request) -> HTMLResponse:
    """How programs ask: commands to copy, with a thing that is really here."""
    hits = state.library(request).search.search("", limit=1).hits
    here = str(request.base_url).rstrip("/")
    thing = here + reader(request).page(hits[0].iri) if hits else f"{here}/doc/work/…"
    words = hits[0].text if hits else "文渊"
    commands = (
        ("thing", f"curl -H 'Accept: application/ld+json' {quoted(thing)}"),
        ("search", f"curl {quoted(here + reader(request).to('/api/search', q=words))}"),
        ("query", f"curl -H 'Accept: text/csv' --data-urlencode {quoted('query=' + QUERY)} {here}/sparql"),
    )
    return render(request, "developers.html", commands=commands)


def _sources(library: Library, values: Iterable[FacetValue], language: str) -> Iterator[SourceLine]:
    labels = Labels(Reading(library.store.engine), language)
    for value in islice(values, SOURCES):
        name = labels.show(value.value)
        latest = next(iter(library.changes(limit=1, source=key_of(value.value))), None)
        yield SourceLine(value.value, name.text, name.language, value.count, latest.at if latest else None)
