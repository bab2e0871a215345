"""Look-ups answer as the engine does: stores and queries made at random, both asked."""

import json
from collections import Counter
from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from pyoxigraph import QueryResultsFormat, RdfFormat, Store, parse

from kg.formats import by_name
from kg.sparql.lookup import MOST, find
from kg.sparql.results import result_format
from ontology.namespaces import PREFIXES

JSON, TRIPLES = result_format("json"), by_name("ntriples")
NAMES = [f"<http://e.org/{name}>" for name in "abc"]
PREDICATES = ["<http://e.org/p>", "<http://e.org/q>", "wy:title"]
LITERALS = [
    '"a"',
    '"文渊"@zh',
    '"5"^^<http://www.w3.org/2001/XMLSchema#integer>',
    '"x"^^<http://e.org/type>',
    '"q\\"\\n"',
]
GRAPHS = ["", "<http://e.org/g1>", "<http://e.org/g2>"]
TITLE = "<https://w3id.org/wenyuan/ns#title>"


@st.composite
def stores(draw: st.DrawFn) -> Store:
    engine = Store()
    predicates = st.sampled_from(["<http://e.org/p>", "<http://e.org/q>", TITLE])
    for _ in range(draw(st.integers(0, 15))):
        triple = (
            f"{draw(st.sampled_from(NAMES))} {draw(predicates)} {draw(st.sampled_from([*NAMES, *LITERALS]))}"
        )
        for graph in draw(st.sets(st.sampled_from(GRAPHS), min_size=1)):
            engine.extend(parse(f"{triple} {graph} .", format=RdfFormat.N_QUADS))
    return engine


@st.composite
def queries(draw: st.DrawFn) -> str:
    names = st.sampled_from(["?x", "?y", "?z"])
    patterns = []
    for place in range(draw(st.integers(1, 3))):
        subject = draw(st.sampled_from(NAMES) if place == 0 else names | st.sampled_from(NAMES))
        predicate = draw(st.sampled_from([*PREDICATES, "?p", "?x"]))
        value = draw(names | names | st.sampled_from([*NAMES, '"a"', '"文渊"@zh', "5"]))
        graph = draw(st.sampled_from(["", "", "?g", "<http://e.org/g1>", "?x"]))
        pattern = f"{subject} {predicate} {value}"
        patterns.append(f"GRAPH {graph} {{ {pattern} }}" if graph else f"{pattern} .")
    body = "{ " + " ".join(patterns) + " }"
    bound = sorted({word for word in body.split() if word.startswith("?")})
    form = draw(st.sampled_from(["SELECT", "SELECT *", "ASK", "CONSTRUCT", "DESCRIBE"]))
    if form == "DESCRIBE":
        return f"DESCRIBE {draw(st.sampled_from(NAMES))}"
    if form == "CONSTRUCT":
        terms = st.sampled_from([*bound, *NAMES])
        return f"CONSTRUCT {{ {draw(terms)} <http://e.org/made> {draw(terms)} }} WHERE {body}"
    shown = f" {' '.join(bound)}" if form == "SELECT" and bound else " *" if form == "SELECT" else ""
    return f"{form}{shown} {body}"


def rows(document: bytes) -> object:
    """The answer, without the order of its rows."""
    made = json.loads(document)
    bindings = made.get("results", {}).get("bindings", [])
    return made["head"], made.get("boolean"), Counter(json.dumps(row, sort_keys=True) for row in bindings)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(engine=stores(), asked=st.lists(queries(), min_size=3, max_size=8))
def test_look_ups_and_engine_give_the_same(engine: Store, asked: list[str]) -> None:
    for query in asked:
        found = find(query)
        if found is None:
            event("not looked up")
            continue
        event(found.form)
        expected = engine.query(query, prefixes=PREFIXES, use_default_graph_as_union=True)

        if found.form in ("SELECT", "ASK"):
            document = expected.serialize(format=QueryResultsFormat.JSON)  # type: ignore[union-attr]
            assert rows(found.answer(engine, JSON) or b"") == rows(document or b""), query
        else:
            assert lines(found.answer(engine, TRIPLES)) == {f"{triple} ." for triple in expected}, query  # type: ignore[union-attr]


def lines(document: bytes | None) -> set[str]:
    assert document is not None
    return set(document.decode().splitlines())


def loaded(statements: Iterable[str]) -> Store:
    engine = Store()
    engine.extend(parse("\n".join(statements), format=RdfFormat.N_QUADS))
    return engine


def test_a_thing_of_which_too_much_is_said_goes_to_a_worker() -> None:
    engine = loaded(f'<http://e.org/a> <http://e.org/p> "{number}" .' for number in range(MOST + 1))
    found = find("SELECT ?o { <http://e.org/a> <http://e.org/p> ?o }")

    assert found is not None
    assert found.answer(engine, JSON) is None


def test_queries_that_differ_in_their_iris_share_one_frame() -> None:
    engine = loaded(f'<http://e.org/{name}> <http://e.org/p> "{name}" .' for name in "ab")
    asked = "SELECT ?o { <http://e.org/%s> <http://e.org/p> ?o }"

    answers = [find(asked % name).answer(engine, JSON) for name in "ab"]  # type: ignore[union-attr]

    assert [b'"value":"a"' in answers[0], b'"value":"b"' in answers[1]] == [True, True]  # type: ignore[operator]


def test_a_slot_within_a_string_or_a_comment_is_none() -> None:
    engine = loaded(['<http://e.org/a> <http://e.org/p> "<http://e.org/b>" .'])
    found = find('SELECT ?p { <http://e.org/a> ?p "<http://e.org/b>" }')

    assert found is not None
    assert b"http://e.org/p" in (found.answer(engine, JSON) or b"")


@pytest.mark.parametrize(
    "text",
    ["(" * 4_000, "!" * 4_000, "SELECT * { <http://e.org/a> ?p ?o FILTER(" + "!" * 3_900, "{" * 4_000,
     "SELECT * {" + " GRAPH ?g {" * 300, "SELECT * { <http://e.org/a> ?p ?o " + "; ?p ?o " * 400],
    ids=["brackets", "marks", "negations", "braces", "graphs", "patterns"],
)  # fmt: skip
def test_what_no_guard_has_seen_does_no_harm(text: str) -> None:
    assert find(text) is None


def test_an_iri_that_the_engine_would_rewrite_is_not_looked_up() -> None:
    assert find("SELECT ?o { <http://e.org/a/../b> ?p ?o }") is None
    assert find("SELECT ?o { <http://e.org/a> ?p ?o }") is not None
