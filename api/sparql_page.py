"""The page of the SPARQL endpoint: a form, the answer below it as a table or a graph, and what went wrong."""

import re
from dataclasses import dataclass
from urllib.parse import urlencode

import orjson
from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

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
    ("titles", "SELECT ?work ?title {\n  ?work wy:title ?title\n}\nLIMIT 20"),
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
)
"""Queries to begin with: the end of the name of their message, and their text."""


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
    """Why there is no answer. line, column: where a query cannot be read; 0 where that is unknown.

    before, there, after: that line, cut around the character where reading ended.
    """

    text: str
    hint: str = ""
    line: int = 0
    column: int = 0
    before: str = ""
    there: str = ""
    after: str = ""


async def render_query(request: Request, given: Asked) -> HTMLResponse:
    """The page for a query, or the empty form. A query that fails stays in it, to be mended."""
    found: Found | None = None
    wrong: Wrong | None = None
    status = 200
    try:
        if given.query.strip():
            found = await _found(request, given, checked(request, given.query))
    except WenyuanError as error:
        failure = of_error(error)
        status, wrong = failure.status, wrong_of(failure, given.query)
    return await run_in_threadpool(
        render,
        request,
        "sparql.html",
        status_code=status,
        query=given.query,
        found=found,
        wrong=wrong,
        examples=[(name, text, reader(request).to("/sparql", query=text)) for name, text in EXAMPLES],
        shown=SHOWN,
    )


def wrong_of(failure: Failure, query: str) -> Wrong:
    """What a failure says of *query*, with its place marked where it has one."""
    line, column = _place(failure.more)
    lines = re.split("\r\n|\r|\n", query)
    if not 0 < line <= len(lines):
        return Wrong(failure.detail, failure.hint)
    text, at = lines[line - 1], max(0, column - 1)
    cut = text[:at], text[at : at + 1], text[at + 1 :]
    return Wrong(failure.detail, failure.hint, line, column, *cut)


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
    shown = tuple(tuple(_cell(row.get(name)) for name in variables) for row in rows[:SHOWN])
    return Found(tuple(variables), shown, len(rows), downloads=downloads)


def _cell(term: dict[str, object] | None) -> Cell:
    """A term in SPARQL's JSON (SPARQL 1.1 Query Results JSON Format, § 3.2.2) as it is shown."""
    if term is None:
        return Cell()
    value = term["value"]
    if not isinstance(value, str):
        return Cell(orjson.dumps(value).decode())
    if term["type"] == "uri":
        return Cell(compact(value), iri=value)
    return Cell(value, str(term.get("xml:lang", "")))


def _address(request: Request, given: Asked, name: str) -> str:
    """Where the whole answer is in that format."""
    graphs = [("default-graph-uri", iri) for iri in given.default_graphs]
    graphs += [("named-graph-uri", iri) for iri in given.named_graphs]
    return f"{reader(request).to('/sparql')}?{urlencode([('query', given.query), *graphs, ('format', name)])}"


def _place(more: object) -> tuple[int, int]:
    found = more if isinstance(more, dict) else {}
    return found.get("line", 0), found.get("column", 0)
