"""The guard against the engine: what it lets through kills no worker, and what people ask it lets through."""

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from kg.change import Edit, Note
from kg.errors import QueryError, QueryRefused, QuerySyntax, WorkerLost
from kg.library import Library
from kg.pool import sandbox
from kg.pool.limits import Limits
from kg.pool.pool import Pool
from kg.pool.publisher import Publisher
from kg.sparql.guard import check
from kg.sparql.query import Question
from kg.sparql.results import RESULT_FORMATS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(sandbox.missing()), reason="the system cannot confine a process"),
]

BASE = "http://localhost:8000/"
MOST = 10_000
NESTED = {
    "{": ("{", "}"),
    "{ union": ("{{} UNION {", "}}"),
    "(": ("(", ")"),
    "not": ("!(", ")"),
    "minus": ("-(", ")"),
    "STR": ("STR(", ")"),
    "IF": ("IF(1,", ",1)"),
    "COALESCE": ("COALESCE(1,", ")"),
    "IN": ("1 IN (", ")"),
    "CONCAT": ("CONCAT('a',", ")"),
    "REGEX": ("REGEX('a',", ")"),
    "cast": ("xsd:string(", ")"),
}
"""What may stand in itself: a beginning and an end, in a pattern or an expression."""
GROUPS = {
    "OPTIONAL": ("OPTIONAL { ?s ?p ?o ", "}"),
    "EXISTS": ("FILTER EXISTS { ?s ?p ?o ", "}"),
    "NOT EXISTS": ("FILTER NOT EXISTS { ?s ?p ?o ", "}"),
    "MINUS": ("?s ?p ?o MINUS { ?s ?p ?o ", "}"),
    "GRAPH": ("GRAPH ?g { ?s ?p ?o . ", "}"),
    "subquery": ("{ SELECT * { ?s ?p ?o . ", "} }"),
    "aggregate": ("{ SELECT (COUNT(*) AS ?n) { ", "} }"),
    "node": ("[ ?p ", "] ?q ?r"),
    "list": ("( ?x ", ") ?q ?r"),
    "path": ("?s (wy:a/", ")* ?o"),
    "LATERAL": ("LATERAL { ?s ?p ?o ", "}"),
    "triple": ("<<( ?s ?p ", ")>>"),
    "reifier": ("<< ?s ?p ", ">>"),
}
CHAINED = (
    "?s ?p ?o . ",
    "?s ?p ?o ; ?q ?r . ",
    "?s ?p ?o, ?q, ?r . ",
    "{ } UNION ",
    "OPTIONAL { ?s ?p ?o } ",
    "MINUS { ?s ?p ?o } ",
    "FILTER(?s) ",
    "FILTER EXISTS { ?s ?p ?o } ",
    "{ SELECT * { } } ",
    "VALUES ?v { 1 2 } ",
    "GRAPH ?g { ?s ?p ?o } ",
    "?s wy:a/wy:b ?o . ",
    "?s wy:a* ?o . ",
    "?s (wy:a|^wy:b)+ ?o . ",
    "?s !(wy:a|wy:b) ?o . ",
    "[ ?p ?o ] ?q ?r . ",
    "( 1 2 ) ?q ?r . ",
    "<< ?s ?p ?o >> ?q ?r . ",
    "?s ?p ?o {| ?q ?r |} . ",
)
OPERATORS = (" + 1", " - 1", "-1", " * 1", " / 1", " || ?s", " && ?s", " = 1", " < 1", " + ?s", "+1")
STEPS = ("/wy:a", "|wy:a", "/^wy:a", "/wy:a*", "|^wy:a", "/(wy:a|wy:b)", "/!wy:a", "/a", "/wy:a?")
LISTED = ("?x ", "1 ", "'a' ", "[] ", "() ", "wy:a ")


class House:
    """A small library, and a worker that may die."""

    def __init__(self, runner: asyncio.Runner, publisher: Publisher, pool: Pool) -> None:
        self._runner, self._publisher, self._pool = runner, publisher, pool

    def ask(self, text: str) -> bytes | QueryError:
        """The answer to a query that passes the guard, or the error, of guard or pool."""
        return self._runner.run(self._ask(text))

    async def _ask(self, text: str) -> bytes | QueryError:
        try:
            question = Question(check(text), RESULT_FORMATS[0])
            async with self._publisher.current() as held:
                running = await self._pool.run(question.task(held.path, rows=10_000))
                async with running:
                    return b"".join([chunk async for chunk in running])
        except QueryError as error:
            return error


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """With a handful of statements: what takes long is the query, not the data."""
    statement = ("<http://e/s>", "<https://w3id.org/wenyuan/ns#a>", "<http://e/o>")
    with asyncio.Runner() as runner, Library.in_memory() as library:
        library.commit(Note("tester", "edit", "x"), [Edit(f"{BASE}graph/src/x/1", "replace", (statement,))])
        publisher, pool = Publisher(library), Pool(Limits(seconds=0.4, memory=1_000_000_000), base_iri=BASE)
        runner.run(pool.start())
        yield House(runner, publisher, pool)
        runner.run(pool.close(grace=0))
        runner.run(publisher.close())


def passes(text: str) -> bool:
    """Whether the guard lets it through."""
    try:
        check(text)
    except QueryError:
        return False
    return True


def most(make) -> str:
    """The longest query of *make*(count) that the guard lets through."""
    low, high = 0, MOST
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if passes(make(middle)) else (low, middle - 1)
    return make(low)


def _nested(frame: str, begin: str, end: str):
    return lambda count: frame % (begin * count, end * count)


SHAPES = (
    {f"nested {name}": _nested("SELECT * { %s %s }", *pair) for name, pair in GROUPS.items()}
    | {f"nested {name}": _nested("SELECT * { FILTER(%s 1 %s) }", *pair) for name, pair in NESTED.items()}
    | {"groups": lambda n: "SELECT * " + "{" * n + "}" * n}
    | {f"chained {part}": lambda n, part=part: f"SELECT * {{ {part * n} {{}} }}" for part in CHAINED}
    | {f"operator {part}": lambda n, part=part: f"SELECT * {{ FILTER(1{part * n}) }}" for part in OPERATORS}
    | {f"selected {part}": lambda n, part=part: f"SELECT (1{part * n} AS ?x) {{}}" for part in OPERATORS}
    | {f"sorted {part}": lambda n, part=part: f"SELECT * {{}} ORDER BY (1{part * n})" for part in OPERATORS}
    | {f"step {part}": lambda n, part=part: f"SELECT * {{ ?s wy:a{part * n} ?o }}" for part in STEPS}
    | {f"listed {part}": lambda n, part=part: f"SELECT * {{ ?s ?p ({part * n}) }}" for part in LISTED}
    | {
        "!": lambda n: "SELECT * { FILTER(" + "!" * n + "?s) }",
        "-": lambda n: "SELECT * { FILTER(" + "- " * n + "1) }",
        "^": lambda n: "SELECT * { ?s " + "^" * n + "wy:a ?o }",
        "selected": lambda n: "SELECT " + " ".join(f"(1 AS ?x{m})" for m in range(n)) + " {}",
        "grouped": lambda n: "SELECT (1 AS ?n) {} GROUP BY ?y " + " ".join(f"?x{m}" for m in range(n)),
        "having": lambda n: "SELECT (COUNT(*) AS ?n) {} HAVING (1) " + "(?n > 1) " * n,
        "sorted by": lambda n: "SELECT * {} ORDER BY ?a " + "DESC(?b) " * n,
        "bound": lambda n: "SELECT * { " + " ".join(f"BIND(1 AS ?x{m})" for m in range(n)) + " }",
        "IN": lambda n: "SELECT * { FILTER(1 IN (" + "1," * n + "1)) }",
        "arguments": lambda n: "SELECT * { FILTER(COALESCE(" + "?x," * n + "1)) }",
        "rows": lambda n: "SELECT * { VALUES (?a ?b) {" + "(1 2)" * n + "} }",
        "columns": lambda n: "SELECT * { VALUES (" + " ".join(f"?a{m}" for m in range(n)) + ") {} }",
        "FROM": lambda n: "SELECT * " + "".join(f"FROM <http://e/{m}> " for m in range(n)) + "{ ?s ?p ?o }",
        "PREFIX": lambda n: "".join(f"PREFIX p{m}: <http://e/> " for m in range(n)) + "SELECT * { ?s ?p ?o }",
        "joined": lambda n: "SELECT * { " + " . ".join(f"?a{m} ?p{m} ?a{m + 1}" for m in range(n)) + " }",
        "star": lambda n: "SELECT * { " + " . ".join(f"?s ?p{m} ?o{m}" for m in range(n)) + " }",
        "crossed": lambda n: "SELECT * { " + " . ".join(f"?a{m} ?b{m} ?c{m}" for m in range(n)) + " }",
        "constructed": lambda n: "SELECT * { ?s ?p ?o } # " + "{" * n,
    }
)
"""Queries that grow with a number, each in another way."""


@pytest.mark.parametrize("shape", SHAPES)
def test_the_longest_query_of_a_shape_that_passes_kills_no_worker(house, shape):
    found = house.ask(most(SHAPES[shape]))

    assert not isinstance(found, WorkerLost)


TAILS = (*OPERATORS, *STEPS, *(begin for begin, _ in NESTED.values()))
MIXED = ("SELECT * { %s FILTER(1%s) }", "SELECT * { %s ?s wy:a%s ?o }", "SELECT (1%s AS ?x) { %s }")


@given(
    st.lists(
        st.tuples(st.sampled_from([*CHAINED, *(begin for begin, _ in GROUPS.values())]), st.integers(1, 12)),
        max_size=6,
    ),
    st.lists(st.tuples(st.sampled_from(TAILS), st.integers(1, 60)), max_size=5),
    st.sampled_from(MIXED),
    st.booleans(),
)
@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
def test_no_mixture_that_passes_kills_a_worker(house, parts, tail, frame, is_closed):
    body = "".join(part * count for part, count in parts)
    end = "".join(part * count for part, count in tail)
    if is_closed:
        ends = dict((*GROUPS.values(), *NESTED.values()))
        body += "".join(ends.get(part, "") * count for part, count in reversed(parts))
        end += "1" + "".join(ends.get(part, "") * count for part, count in reversed(tail))

    found = house.ask(frame % (body, end))
    event(type(found).__name__)
    assert not isinstance(found, WorkerLost)


TERMS = st.sampled_from(
    ["?a", "?b", "?c", "?d", "wy:title", "<http://e/x>", "'書名'@zh", '"a \\"{(["', "42", "true"]
)
NODES = st.sampled_from(["?a", "?b", "?c", "<http://e/s>", "<http://e/紅樓夢_(小說)>", "wy:Work", "[]"])
PATHS = st.one_of(
    st.sampled_from(["?p", "a", "wy:title", "wy:a/wy:b", "^wy:a", "(wy:a|wy:b)*", "!wy:a", "wy:a?", "wy:a+"]),
    st.lists(st.sampled_from(["wy:a", "^wy:b", "(wy:c|wy:d)"]), min_size=1, max_size=8).map("/".join),
)
TRIPLES = st.builds("{} {} {} .".format, NODES, PATHS, TERMS)
VALUES = st.sampled_from(
    ["?a", "STR(?b)", "LANG(?c)", "42", "'x'", "STRLEN(STR(?a))", "COALESCE(?a, ?b, 'x')", "YEAR(NOW())"]
)
CONDITIONS = st.recursive(
    st.builds("{} {} {}".format, VALUES, st.sampled_from(["=", "!=", "<", ">=", "+", "*"]), VALUES),
    lambda inner: st.one_of(
        st.builds("({} || {})".format, inner, inner),
        st.builds("({} && !({}))".format, inner, inner),
        st.builds("IF({}, {}, 1)".format, inner, inner),
        st.builds("REGEX(STR(?a), '^[({{]') || ({})".format, inner),
    ),
    max_leaves=12,
)
PATTERNS = st.recursive(
    st.one_of(TRIPLES, TRIPLES, st.builds("FILTER({})".format, CONDITIONS)),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=5).map(" ".join),
        st.builds("OPTIONAL {{ {} }}".format, inner),
        st.builds("{{ {} }} UNION {{ {} }}".format, inner, inner),
        st.builds("FILTER NOT EXISTS {{ {} }}".format, inner),
        st.builds("MINUS {{ {} }}".format, inner),
        st.builds("GRAPH ?g {{ {} }}".format, inner),
        st.builds("{{ SELECT ?a (COUNT(*) AS ?n) {{ {} }} GROUP BY ?a }}".format, inner),
    ),
    max_leaves=20,
)
ROWS = st.integers(0, 1_000).map(
    lambda count: "VALUES ?a { " + " ".join(f"'{n}'@zh" for n in range(count)) + " }"
)
FRAMES = st.sampled_from(
    [
        "SELECT * {{ {} {} }} LIMIT 10",
        "SELECT DISTINCT ?a ?b {{ {} {} }} ORDER BY DESC(?a) LIMIT 5 OFFSET 2",
        "SELECT (COUNT(DISTINCT ?a) AS ?x) (GROUP_CONCAT(?b; SEPARATOR=', ') AS ?y) {{ {} {} }} GROUP BY ?c",
        "ASK {{ {} {} }}",
        "# a comment with {{ and SERVICE\nBASE <http://e/> PREFIX x: <http://e/> SELECT * {{ {} {} }}",
    ]
)


@given(st.builds(str.format, FRAMES, ROWS, PATTERNS))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
def test_what_people_ask_passes_and_is_answered(house, query):
    found = house.ask(query)

    assert not isinstance(found, QueryRefused), (query, found)
    assert not isinstance(found, QuerySyntax | WorkerLost), (query, found)


@pytest.mark.parametrize("count", [1, 10, 30])
def test_joins_of_so_many_patterns_are_planned_in_time(house, count):
    """What the guard lets through can still take too long to plan; what people write does not."""
    star = " . ".join(f"?s wy:a{n} ?o{n}" for n in range(count))

    assert not isinstance(house.ask(f"SELECT * {{ {star} }}"), QueryError)
