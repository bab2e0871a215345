"""A small library in memory, and how its functions are asked."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pyoxigraph import Literal, NamedNode

from kg.change import Edit, Note
from kg.library import Library
from kg.sparql.functions.expansion import Expansion, expand
from kg.sparql.guard import check
from kg.terms import named, text, typed
from ontology.namespaces import PREFIXES

BASE = "http://localhost:8000/"
TITLES = (
    "紅樓夢", "红楼梦研究", "论《红楼梦》", "红楼梦 第一册", "四庫全書總目", "文淵閣四庫全書", "Economics",
    "Economics: an introductory analysis", "A dream of red mansions", "紅樓夢索引", "三国演义", "水浒传",
)  # fmt: skip

Ask = Callable[..., list[dict[str, Any]]]


def work(number: int, title: str, *, language: str = "chi") -> Edit:
    """The record of a work with one title and a creator."""
    thing, agent = f"<{BASE}id/work/w{number}>", f"<{BASE}id/person/p{number % 3}>"
    return Edit(
        f"{BASE}graph/src/x/{number}",
        "replace",
        [
            (thing, named("rdf:type"), named("wy:Work")),
            (thing, named("wy:title"), text(title, "zh" if language == "chi" else "en")),
            (thing, named("wy:language"), f"<http://id.loc.gov/vocabulary/languages/{language}>"),
            (thing, named("wy:issued"), text(str(1900 + number))),
            (thing, named("wy:creator"), agent),
            (thing, named("wy:isbn13"), typed(f"97871010{number:05d}", "string").partition("^^")[0]),
            (agent, named("rdf:type"), named("wy:Person")),
            (agent, named("wy:name"), text(f"Person {number % 3}")),
        ],
    )


@pytest.fixture(scope="module")
def library() -> Iterator[Library]:
    """Works with Chinese and English titles."""
    with Library.in_memory() as made:
        made.commit(
            Note("test", "load"),
            [
                work(number, title, language="chi" if ord(title[0]) > 127 else "eng")
                for number, title in enumerate(TITLES)
            ],
        )
        yield made


@pytest.fixture(scope="session")
def expanded() -> Callable[..., Expansion]:
    """A query as it is run in place of another."""

    def made(library: Library, query: str) -> Expansion:
        return expand(check(query), library.search, base_iri=BASE)

    return made


@pytest.fixture(scope="session")
def answer() -> Callable[..., list[dict[str, Any]]]:
    """Rows of a query that the engine answers, as texts."""

    def rows(library: Library, query: str) -> list[dict[str, Any]]:
        found = library.store.engine.query(
            query, base_iri=BASE, prefixes=PREFIXES, use_default_graph_as_union=True
        )
        return [
            {
                variable.value: row[variable].value
                for variable in found.variables  # type: ignore[union-attr]  # SELECTs only
                if isinstance(row[variable], Literal | NamedNode)
            }
            for row in found
        ]

    return rows


@pytest.fixture(scope="module")
def ask(library: Library, expanded: Any, answer: Any) -> Ask:
    """Rows of a query after its expansion, as texts."""
    return lambda query: answer(library, expanded(library, query).query.text)
