"""The columns answer as the engine does: data and queries made at random, both asked."""

from collections import Counter
from collections.abc import Sequence
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st
from pyoxigraph import RdfFormat, Store, parse

from kg.columns.build import build
from kg.columns.evaluate import Table, evaluate
from kg.columns.index import Index
from kg.sparql.parse import Unfit
from kg.sparql.parse import parse as read
from kg.sparql.simple import Select
from ontology.namespaces import PREFIXES

Row = tuple[str, ...]

XSD = "http://www.w3.org/2001/XMLSchema#"
IRIS = [f"<http://e.org/{name}>" for name in "abcdef"]
CLASSES = ["<http://e.org/Work>", "<http://e.org/Person>"]
TEXTS = [
    '"a"',
    '"b"',
    '"a"@zh',
    '"文渊"@zh',
    '"文渊"@en',
    '"文"',
    '"b"@en',
    '""',
    '"a\\"b\\\\c\\n"',
    '"\\u0001"@en',
]
INTEGERS = [f'"{number}"^^<{XSD}integer>' for number in (-3, 0, 1, 2, 10, 900719925474)]
NUMBERS = [*INTEGERS, f'"1.5"^^<{XSD}decimal>', f'"2"^^<{XSD}decimal>', f'"-0.25"^^<{XSD}decimal>',
           f'"1.0E1"^^<{XSD}double>', f'"0"^^<{XSD}double>', f'"-0.0"^^<{XSD}double>']  # fmt: skip
YEARS = [f'"{year}"^^<{XSD}gYear>' for year in (1900, 1984, 1999, 2000, 2024)]
OTHERS = [f'"NaN"^^<{XSD}double>', f'"true"^^<{XSD}boolean>', f'"x"^^<{XSD}integer>', '"x"^^<http://e.org/type>',
          f'"123456789012345678901"^^<{XSD}integer>', f'"2001-02-03"^^<{XSD}date>', f'"1999Z"^^<{XSD}gYear>',
          f'"0.1234567890123456"^^<{XSD}decimal>', f'"2001-02"^^<{XSD}gYearMonth>']  # fmt: skip
GRAPHS = ["", "<http://e.org/g1>", "<http://e.org/g2>"]
OBJECTS = {
    "<http://e.org/type>": CLASSES, "<http://e.org/title>": TEXTS, "<http://e.org/pages>": INTEGERS,
    "<http://e.org/size>": NUMBERS, "<http://e.org/year>": YEARS, "<http://e.org/link>": IRIS,
    "<http://e.org/any>": [*TEXTS, *NUMBERS, *YEARS, *IRIS, *OTHERS],
}  # fmt: skip


@st.composite
def quads(draw: st.DrawFn) -> str:
    """A store as N-Quads; some statements are in several graphs."""
    lines = []
    for _ in range(draw(st.integers(0, 40))):
        predicate = draw(st.sampled_from(sorted(OBJECTS)))
        triple = f"{draw(st.sampled_from(IRIS))} {predicate} {draw(st.sampled_from(OBJECTS[predicate]))}"
        lines += [f"{triple} {graph} ." for graph in draw(st.sets(st.sampled_from(GRAPHS), min_size=1))]
    return "\n".join(lines)


@st.composite
def queries(draw: st.DrawFn) -> str:
    """A SELECT of the kind that is read, or nearly."""
    variables = [f"?{name}" for name in "xyz"]
    names = st.sampled_from(variables)
    patterns, used = [], set[str]()
    for _ in range(draw(st.integers(1, 3))):
        predicate = draw(st.sampled_from([*sorted(OBJECTS), "?p"]))
        choices = OBJECTS.get(predicate, IRIS)
        subject = draw(names | names | names | st.sampled_from(IRIS))
        value = draw(names | names | names | st.sampled_from(choices))
        pattern = f"{subject} {predicate} {value}"
        graph = draw(st.sampled_from(["", "", "", "?g", "<http://e.org/g1>"]))
        patterns.append(f"GRAPH {graph} {{ {pattern} }}" if graph else pattern)
        used |= {each for each in (subject, predicate, value, graph) if each.startswith("?")}
    bound = sorted(used) or ["?x"]
    filters = [f"FILTER({draw(conditions(bound))})" for _ in range(draw(st.sampled_from([0, 0, 0, 1, 2])))]
    body = " . ".join(patterns) + " . " + " ".join(filters)
    return draw(grouped(bound, body) if draw(st.booleans()) else plain(bound, body))


@st.composite
def conditions(draw: st.DrawFn, bound: Sequence[str]) -> str:
    one = st.sampled_from(bound)
    constants = ["5", "1.5", "-0.25", "0", *YEARS, '"1950"^^xsd:gYear', *IRIS, '"a"', '"文渊"@zh', '"nobody"']
    compared = st.builds(
        "{} {} {}".format,
        one,
        st.sampled_from(["=", "!=", "<", "<=", ">", ">="]),
        st.sampled_from(constants),
    )
    tests = st.builds("{}({})".format, st.sampled_from(["isIRI", "isLiteral", "!isIRI"]), one)
    language = st.builds(
        'lang({}) {} "{}"'.format, one, st.sampled_from(["=", "!="]), st.sampled_from(["zh", "", "fr"])
    )
    simple = compared | compared | tests | language
    parts = draw(st.lists(simple, min_size=1, max_size=2))
    joined = draw(st.sampled_from([" && ", " || "])).join(f"({part})" for part in parts)
    return f"!({joined})" if draw(st.sampled_from([False, False, True])) else joined


@st.composite
def plain(draw: st.DrawFn, bound: Sequence[str], body: str) -> str:
    shown = draw(st.lists(st.sampled_from(bound), min_size=1, unique=True))
    distinct = draw(st.sampled_from(["", "DISTINCT "]))
    return f"SELECT {distinct}{' '.join(shown)} {{ {body} }} {draw(endings(shown))}"


@st.composite
def grouped(draw: st.DrawFn, bound: Sequence[str], body: str) -> str:
    keys = draw(st.lists(st.sampled_from(bound), max_size=2, unique=True))
    one = st.sampled_from(bound)
    aggregates = st.just("COUNT(*)") | st.builds(
        "{}({}{})".format, st.sampled_from(["COUNT", "SUM", "AVG", "MIN", "MAX", "COUNT"]),
        st.sampled_from(["", "", "DISTINCT "]), one,
    )  # fmt: skip
    asked = draw(st.lists(aggregates, min_size=0 if keys else 1, max_size=3))
    columns = [f"({aggregate} AS ?a{place})" for place, aggregate in enumerate(asked)]
    having = draw(
        st.sampled_from(["", "", "HAVING(COUNT(*) > 1)", f"HAVING(COUNT(DISTINCT {bound[0]}) = 1)"])
    )
    sorted_by = [*keys, *(f"?a{place}" for place in range(len(asked)))]
    by = f"GROUP BY {' '.join(keys)}" if keys else ""
    distinct = draw(st.sampled_from(["", "", "DISTINCT "]))
    shown = f"SELECT {distinct}{' '.join([*keys, *columns])}"
    return f"{shown} {{ {body} }} {by} {having if by else ''} {draw(endings(sorted_by))}"


@st.composite
def endings(draw: st.DrawFn, shown: Sequence[str]) -> str:
    keys = draw(st.lists(st.sampled_from(shown), max_size=2, unique=True))
    order = [draw(st.sampled_from(["{}", "DESC({})", "ASC({})"])).format(key) for key in keys]
    made = f"ORDER BY {' '.join(order)} " if order else ""
    return made + draw(st.sampled_from(["", "", "LIMIT 3", "LIMIT 2 OFFSET 1", "OFFSET 2", "LIMIT 0"]))


class Pair:
    """The same statements in the engine and in columns."""

    def __init__(self, folder: Path, nquads: str, chunk: int = 7) -> None:
        self.engine = Store()
        self.engine.extend(parse(nquads, format=RdfFormat.N_QUADS))
        # Small chunks, so that their merging is tested as well.
        build(self.engine, folder, chunk=chunk)
        self.index = Index(folder)

    def asked(self, query: str) -> list[Row]:
        found = self.engine.query(query, prefixes=PREFIXES, use_default_graph_as_union=True)
        return [tuple("" if term is None else str(term) for term in row) for row in found]  # type: ignore[union-attr]

    def columns(self, query: str) -> Table:
        shape = read(query)
        assert isinstance(shape, Select)
        return evaluate(self.index, shape)


_number = count()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pairs")


def uncut(query: str) -> str:
    return query.partition(" LIMIT")[0].partition(" OFFSET")[0]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(nquads=quads(), asked=st.lists(queries(), min_size=4, max_size=10))
def test_columns_and_engine_give_the_same(folder: Path, nquads: str, asked: list[str]) -> None:
    pair = Pair(folder / str(next(_number)), nquads)

    for query in asked:
        try:
            table = pair.columns(query)
        except Unfit as reason:
            event(f"unfit: {reason}")
            continue
        event("answered")
        assert_same(pair, query, table)


def assert_same(pair: Pair, query: str, table: Table) -> None:
    """The rows are the engine's; in its order, but for what sorts alike."""
    found, expected = [*table.rows], pair.asked(query)
    every = Counter(pair.asked(uncut(query)))
    assert len(found) == len(expected), query
    assert Counter(found) <= every, (query, found, expected)
    if "LIMIT" not in query and "OFFSET" not in query:
        assert Counter(found) == Counter(expected), (query, found, expected)
    keys = sort_keys(query, table.names)
    for one, other in zip(found, expected, strict=True):
        assert [value(one[key]) for key in keys] == [value(other[key]) for key in keys], (
            query,
            found,
            expected,
        )


def sort_keys(query: str, names: Sequence[str]) -> list[int]:
    _, _, order = query.partition("ORDER BY ")
    words = order.partition("LIMIT")[0].partition("OFFSET")[0].replace("(", " ").replace(")", " ").split()
    return [names.index(word[1:]) for word in words if word.startswith("?")]


def value(term: str) -> object:
    """Terms that sort alike have one value: 2 and 2.0."""
    text, _, datatype = term.rpartition('"')
    is_number = datatype.endswith(("#integer>", "#decimal>", "#double>"))
    try:
        return float(text[1:]) if is_number else term
    except ValueError:
        return term
