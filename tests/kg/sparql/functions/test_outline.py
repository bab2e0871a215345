"""The outline of queries: whatever is asked, it is told or given up, quickly, and calls are never missed."""

import re
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kg.errors import QueryError, QueryRefused, QuerySyntax
from kg.library import Library
from kg.sparql.functions.expansion import expand, expand_update
from kg.sparql.functions.outline import Outline, Unclear
from kg.sparql.guard import check

HANDBOOK = (Path(__file__).parents[4] / "docs" / "sparql.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```sparql\n(.*?)```", HANDBOOK, re.DOTALL)
PIECES = (
    "SELECT * { ",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "?w wy:search 'a'",
    "wy:search",
    "'a'",
    "(?w ?s)",
    "('a' 3)",
    " . ",
    ";",
    ",",
    "OPTIONAL",
    "UNION",
    "FILTER",
    "FILTER(true)",
    "EXISTS",
    "NOT",
    "GRAPH ?g",
    "SERVICE <http://e/>",
    "VALUES ?x {1}",
    "BIND(1 AS ?y)",
    "MINUS",
    "SELECT ?w",
    "?s ?p ?o",
    "a",
    "^",
    "|",
    "/",
    "*",
    "#\n",
    "\\u0041",
    '"\\ud800"',
    '"',
    "'''",
    "<<",
    ">>",
    "{|",
    "|}",
    "~",
    "true",
    "-3",
    "PREFIX wy: <http://e/>",
    "BASE <x>",
    "geo:asWKT ?x",
)
LONG = (
    "ASK {" + "?w wy:search 'a' . " * 140 + "}",
    "ASK { ?g geo:asWKT ?w " + "FILTER(geof:sfWithin(?w,?w))" * 399 + "}",
    "ASK { ?x wy:search ('a' " + "'kind' 'work' " * 60 + ")}",
    "ASK { VALUES ?x {" + " wy:search" * 6_000 + "} ?w wy:search 'a' }",
    "ASK { ?w wy:search '" + "\\u4e00" * 10_000 + "' }",
    "ASK { ?w wy:search '" + "红楼梦 " * 5_000 + "' }",
)  # fmt: skip


@pytest.fixture(scope="module")
def index():
    with Library.in_memory() as made:
        yield made.search


@pytest.mark.parametrize("query", EXAMPLES)
def test_every_example_of_the_handbook_can_be_outlined(query):
    assert Outline(query).groups


@given(st.lists(st.sampled_from(PIECES), max_size=16))
@example(["?w wy:search 'a'", "}"])
@example(["?w wy:search", '"\\ud800"', "}"])
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_asked_comes_out_whole_or_is_refused(index, pieces):
    with suppress(QueryRefused, QuerySyntax):
        query = check("SELECT * { " + " ".join(pieces), is_federated=True)
        made = expand(query, index)
        assert made.calls or made.query == query


@given(st.text())
@settings(max_examples=200, deadline=None)
def test_any_text_is_outlined_or_given_up(text):
    with suppress(Unclear):
        Outline(text)


@pytest.mark.parametrize("text", LONG, ids=lambda text: text[:20])
def test_nothing_takes_longer_than_a_second(index, text):
    begun = time.process_time()
    with suppress(QueryError):
        expand(check(text), index)

    assert time.process_time() - begun < 1


UPDATES = {
    "insert": ('INSERT { ?w wy:keyword "x" } WHERE { ?w wy:search "a" }', 1),
    "delete and insert": ('DELETE { ?w ?p ?o } INSERT { ?w ?p 1 } WHERE { ?w wy:search "a" ; ?p ?o }', 1),
    "with": ('WITH <http://e/> DELETE { ?w ?p ?o } WHERE { ?w wy:search "a" ; ?p ?o }', 1),
    "several": (
        'INSERT DATA { <a:a> <a:p> 1 } ; INSERT { ?w a ?x } WHERE { ?w wy:search "a" } ; CLEAR DEFAULT', 1,
    ),
    "without a call": ('INSERT DATA { <http://e/a> <http://e/#research> "wy:search" }', 0),
    "nothing to read": ("CLEAR GRAPH <http://e/>", 0),
}  # fmt: skip


@pytest.mark.parametrize(("update", "calls"), UPDATES.values(), ids=UPDATES)
def test_updates_call_functions_where_they_ask(index, update, calls):
    made = expand_update(update, index)

    assert len(made.calls) == calls
    assert ("wy:search" in made.query.text) == (not calls and "wy:search" in update)


@pytest.mark.parametrize(
    "update", ['DELETE WHERE { ?w wy:search "a" }', 'INSERT { ?w wy:search "a" } WHERE { ?w ?p ?o }']
)
def test_updates_cannot_call_where_they_write(index, update):
    with pytest.raises(QuerySyntax, match="made or deleted"):
        expand_update(update, index)
