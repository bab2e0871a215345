"""The page of the SPARQL endpoint: a form, the answer below it as a table or a graph, and what went wrong."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import orjson
from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse
from pyoxigraph import Literal

from api import state
from api.examples import examples
from api.failures import Failure, of_error
from api.pages import reader, render
from api.protocol import Asked
from api.sparql.door import asking, checked, whole
from kg.formats import FORMATS, by_name
from kg.sparql.guard import Checked
from kg.sparql.query import Question
from kg.sparql.results import RESULT_FORMATS, result_format
from ontology.errors import WenyuanError
from ontology.namespaces import compact

SHOWN = 500
"""Rows that the page shows; the files have them all."""
LARGEST = 32_000_000
"""Bytes of an answer that a page is made of."""
EXAMPLES = (
    ("titles", "SELECT ?work ?title {\n  ?work a wy:Work ;\n        wy:title ?title\n}\nLIMIT 20"),
    (
        "search",
        'SELECT ?title ?snippet {\n  (?work ?score ?snippet) wy:search ($words 20 "kind" "work") .\n'
        "  ?work wy:title ?title\n}\nORDER BY DESC(?score)",
    ),
    (
        "counts",
        "SELECT ?kind (COUNT(DISTINCT ?thing) AS ?things) {\n  ?thing a ?kind\n}\n"
        "GROUP BY ?kind\nORDER BY DESC(?things)",
    ),
    (
        "subjects",
        "SELECT ?name (COUNT(DISTINCT ?work) AS ?works) {\n  ?work wy:subject ?subject .\n"
        "  ?subject skos:prefLabel ?name\n}\nGROUP BY ?name\nORDER BY DESC(?works)\nLIMIT 20",
    ),
    (
        "sources",
        "SELECT ?title ?source {\n  GRAPH ?record { ?work wy:title ?title }\n"
        "  ?record wy:fromSource ?source\n}\nLIMIT 20",
    ),
    (
        "places",
        "SELECT ?place ?name {\n  # west, south, east, north, in degrees; how many at most\n"
        "  ?place wy:withinBox (-180 -90 180 90 100) ;\n         wy:name ?name\n}",
    ),
)
"""Queries to begin with: the end of the name of their message, and their text.

$words: what finds something in this library, as a literal.
"""


@dataclass(frozen=True, slots=True)
class Cell:
    """A term of a row: what is shown, and where it leads; "" for neither."""

    text: str = ""
    language: str = ""
    iri: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """An answer to show: a table of the first SHOWN rows, a truth value, or a graph as Turtle.

    downloads: the formats in which the whole answer can be had, with their addresses.
    """

    variables: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()
    count: int = 0
    truth: bool | None = None
    graph: str = ""
    downloads: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Wrong:
    """Why there is no answer. name: of the problem, by which the page has words for it.

    line, column: where a query cannot be read; 0 where that is unknown.
    before, there, after: that line, cut around the character where reading ended.
    wait: seconds after which to try again; 0 where nobody can say.
    """

    name: str
    text: str
    hint: str = ""
    line: int = 0
    column: int = 0
    before: str = ""
    there: str = ""
    after: str = ""
    wait: int = 0


async def render_query(request: Request, given: Asked) -> HTMLResponse:
    """The page for a query, or the empty form. A query that fails stays in it, to be mended."""
    found: Found | None = None
    wrong: Wrong | None = None
    status, headers = 200, dict[str, str]()
    try:
        if given.query.strip():
            found = await _found(request, given, checked(request, given.query))
    except WenyuanError as error:
        failure = of_error(error)
        status, wrong, headers = failure.status, wrong_of(failure, given.query), dict(failure.headers)
    return await run_in_threadpool(
        render_asked, request, "sparql.html", status, headers,
        query=given.query, found=found, wrong=wrong, shown=SHOWN,
    )  # fmt: skip


def render_asked(
    request: Request, template: str, status: int, headers: Mapping[str, str], **context: object
) -> HTMLResponse:
    """A page with the form of a query, and with examples that find something in this library."""
    words = next(iter(examples(state.library(request))), "文渊")
    begun = [(name, text.replace("$words", str(Literal(words)))) for name, text in EXAMPLES]
    page = render(request, template, status_code=status, examples=begun, **context)
    page.headers.update(headers)
    return page


def wrong_of(failure: Failure, query: str) -> Wrong:
    """What a failure says of *query*, with its place marked where it has one."""
    line, column = _place(failure.more)
    lines = re.split("\r\n|\r|\n", query)
    if not 0 < line <= len(lines):
        return Wrong(failure.name, failure.detail, failure.hint, wait=failure.wait)
    text, at = lines[line - 1], max(0, column - 1)
    cut = text[:at], text[at : at + 1], text[at + 1 :]
    return Wrong(failure.name, failure.detail, failure.hint, line, column, *cut)


async def _found(request: Request, given: Asked, passed: Checked) -> Found:
    is_graph = passed.form in ("CONSTRUCT", "DESCRIBE")
    form = by_name("turtle") if is_graph else result_format("json")
    question = Question(passed, form, given.default_graphs, given.named_graphs)
    body = await whole(asking(request, given, question), size=LARGEST)
    names = [known.name for known in (FORMATS if is_graph else RESULT_FORMATS)]
    downloads = tuple((name, _address(request, given, name)) for name in names)
    if is_graph:
        return Found(graph=body.decode(), downloads=downloads)
    answer = orjson.loads(body)
    if "boolean" in answer:
        return Found(truth=answer["boolean"], downloads=downloads)
    variables, rows = answer["head"]["vars"], answer["results"]["bindings"]
    base = reader(request).base_iri
    shown = tuple(tuple(_cell(row.get(name), base) for name in variables) for row in rows[:SHOWN])
    return Found(tuple(variables), shown, len(rows), downloads=downloads)


def _cell(term: dict[str, object] | None, base: str) -> Cell:
    """A term in SPARQL's JSON (SPARQL 1.1 Query Results JSON Format, § 3.2.2) as it is shown.

    Names of ours are shown without what they all begin with: work/7a88d02f.
    """
    if term is None:
        return Cell()
    value = term["value"]
    if not isinstance(value, str):
        return Cell(orjson.dumps(value).decode())
    if term["type"] == "uri":
        return Cell(compact(value.removeprefix(f"{base}id/")), iri=value)
    return Cell(value, str(term.get("xml:lang", "")))


def _address(request: Request, given: Asked, name: str) -> str:
    """Where the whole answer is in that format."""
    graphs = [("default-graph-uri", iri) for iri in given.default_graphs]
    graphs += [("named-graph-uri", iri) for iri in given.named_graphs]
    return f"{reader(request).to('/sparql')}?{urlencode([('query', given.query), *graphs, ('format', name)])}"


def _place(more: object) -> tuple[int, int]:
    found = more if isinstance(more, dict) else {}
    return found.get("line", 0), found.get("column", 0)
