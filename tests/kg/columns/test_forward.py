"""Columns that were moved forward hold what columns made anew would hold."""

from itertools import count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import RdfFormat, Store, parse

from kg.columns.build import build
from kg.columns.evaluate import evaluate
from kg.columns.forward import Changed, Lost, Row, forward
from kg.columns.index import Index
from kg.columns.order import Class, key, kind, language
from kg.columns.order import number as value_of
from kg.sparql.parse import parse as read
from kg.sparql.simple import Select

XSD = "http://www.w3.org/2001/XMLSchema#"
IRIS = [f"<http://e.org/{name}>" for name in "abcd"]
OBJECTS = [
    *IRIS, '"a"', '"a"@zh', '"文渊"@en', '"b\\n"', f'"5"^^<{XSD}integer>', f'"-1"^^<{XSD}integer>',
    f'"1.5"^^<{XSD}decimal>', f'"1999"^^<{XSD}gYear>', f'"x"^^<{XSD}integer>', f'"true"^^<{XSD}boolean>',
]  # fmt: skip
QUERIES = [
    "SELECT ?s ?o (COUNT(*) AS ?n) { ?s <http://e.org/p> ?o } GROUP BY ?s ?o",
    "SELECT DISTINCT ?g ?p { GRAPH ?g { ?s ?p ?o } }",
    "SELECT ?x (COUNT(DISTINCT ?o) AS ?n) { ?s <http://e.org/p> ?x . ?s <http://e.org/q> ?o } GROUP BY ?x",
]
rows = st.sets(
    st.tuples(
        st.sampled_from(IRIS),
        st.sampled_from([f"<http://e.org/{name}>" for name in "pqr"]),
        st.sampled_from(OBJECTS),
        st.sampled_from(["", "<http://e.org/g1>", "<http://e.org/g2>"]),
    ),
    max_size=25,
)
_number = count()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("columns")


def engine_of(statements: set[Row]) -> Store:
    engine = Store()
    for row in statements:
        engine.extend(parse(f"{' '.join(row)} .", format=RdfFormat.N_QUADS))
    return engine


def told(index: Index) -> set[Row]:
    """All that the columns hold."""
    found = index.statements()
    columns = (found.s.tolist(), found.p.tolist(), found.o.tolist(), found.g.tolist())
    return {
        (index.text(s), index.text(p), index.text(o), index.text(g) if g >= 0 else "")
        for s, p, o, g in zip(*columns, strict=True)
    }


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=rows, between=rows, after=rows)
def test_moved_columns_are_those_of_the_later_generation(
    folder: Path, before: set[Row], between: set[Row], after: set[Row]
) -> None:
    place = folder / str(next(_number))
    build(engine_of(before), place / "0")
    for number, (old, new) in enumerate(((before, between), (between, after))):
        changed = Changed(came=new - old, gone=old - new)
        forward(place / str(number), engine_of(new), place / str(number + 1), changed)
    build(engine_of(after), place / "anew")

    moved, anew = Index(place / "2"), Index(place / "anew")

    assert told(moved) == after
    texts = [moved.text(number).encode() for number in range(moved.terms)]
    assert texts == sorted(texts, key=key)
    assert [moved.classes_of(np.array([each])) for each in range(moved.terms)] == [
        {Class(key(text)[0])} for text in texts
    ]
    for number, text in enumerate(texts):
        one = np.array([number])
        if key(text)[0] == Class.TEXT:
            assert moved.has_language(one, language(text)).all()
        elif key(text)[0] == Class.NUMBER:
            assert (moved.values(one), moved.kinds(one)) == (value_of(key(text)), kind(text))
    assert figures(moved) == figures(anew)
    for query in QUERIES:
        shape = read(query)
        assert isinstance(shape, Select)
        assert sorted(evaluate(moved, shape).rows) == sorted(evaluate(anew, shape).rows)


def figures(index: Index) -> dict[str, tuple[object, ...]]:
    return {
        each["term"]: (each["statements"], each["subjects"], each["objects"], each["sizes"])
        for each in index.meta["predicates"]
    }


def test_what_comes_and_goes_again_is_no_change() -> None:
    changed = Changed()
    row = ("<http://e.org/a>", "<http://e.org/p>", '"a"', "")

    changed.take(row, is_gone=False)
    changed.take(row, is_gone=True)

    assert changed == Changed()


@pytest.mark.parametrize("is_gone", [True, False], ids=["gone", "came"])
def test_a_change_that_does_not_fit_is_found_out(tmp_path: Path, is_gone: bool) -> None:
    engine = engine_of({("<http://e.org/a>", "<http://e.org/p>", '"a"', "")})
    build(engine, tmp_path / "0")
    changed = Changed()
    changed.take(("<http://e.org/a>", "<http://e.org/p>", '"b"', ""), is_gone=is_gone)

    with pytest.raises(Lost):
        forward(tmp_path / "0", engine, tmp_path / "1", changed)
