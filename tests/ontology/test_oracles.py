"""The compiled shapes beside two SHACL engines: the same findings on all faults and on made-up records."""

import logging
from collections.abc import Iterable
from functools import cache

import pyrudof
import pyshacl
import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, RdfFormat, parse

from ontology import schema, shapes
from ontology.namespaces import PREFIXES, WY
from ontology.shapes import TYPE
from ontology.validate import Statement, bundled_validator

SH = PREFIXES["sh"]
XSD = PREFIXES["xsd"]
SUBCLASS = f"<{PREFIXES['rdfs']}subClassOf>"

SHAPES = shapes.read(shapes.bundled()).shapes
CLASSES = sorted({class_ for shape in SHAPES for class_ in shape.targets.classes} | {f"<{WY}MatchDecision>"})
PATHS = sorted({inner.path for shape in SHAPES for inner in shape.properties} | {f"<{WY}title>"})
NODES = [f"<http://example.org/{name}>" for name in "abcde"]


AGAIN = settings(
    max_examples=80,
    deadline=None,
    # The same records every time: a new oddity of an engine is not to break somebody's build.
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def above() -> list[Statement]:
    """What the ontology says of subclasses: the engines take it from the data."""
    return [
        (f"<{term.iri}>", SUBCLASS, f"<{parent}>")
        for term in schema.own()
        for parent in term.alignments.get("subclass of", ())
        if parent.startswith(WY)
    ]


def ours(record: Iterable[Statement]) -> set[tuple[str, ...]]:
    return {
        (found.focus, found.path, found.component, found.severity, found.value)
        for found in bundled_validator().check(record)
    }


def by_pyshacl(record: Iterable[Statement]) -> set[tuple[str, ...]]:
    data = rdflib.Graph().parse(data=_ntriples([*record, *above()]), format="nt")
    _, report, _ = pyshacl.validate(data, shacl_graph=_pyshacl_shapes(), inplace=True)
    return _results(report.serialize(format="nt"))


def by_rudof(record: Iterable[Statement]) -> set[tuple[str, ...]]:
    engine = _rudof()
    engine.reset_data()
    engine.read_data(_ntriples([*record, *above()]), format=pyrudof.RDFFormat.NTriples)
    engine.validate_shacl()
    return _results(engine.serialize_shacl_validation_results(pyrudof.ResultShaclValidationFormat.NTriples))


@cache
def _pyshacl_shapes() -> rdflib.Graph:
    return rdflib.Graph().parse(data=shapes.bundled(), format="turtle")


@cache
def _rudof() -> pyrudof.Rudof:
    engine = pyrudof.Rudof(pyrudof.RudofConfig())
    engine.read_shacl(shapes.bundled())
    return engine


def _ntriples(record: Iterable[Statement]) -> str:
    return "".join(f"{subject} {predicate} {value} .\n" for subject, predicate, value in record)


def _results(report: str) -> set[tuple[str, ...]]:
    """The results at the top of a report; not what it says in sh:detail."""
    told: dict[str, dict[str, list[str]]] = {}
    for quad in parse(report, format=RdfFormat.N_TRIPLES):
        told.setdefault(str(quad.subject), {}).setdefault(str(quad.predicate), []).append(str(quad.object))
    report_node = next(node for node in told.values() if f"<{SH}conforms>" in node)
    return {_result(told[name]) for name in report_node.get(f"<{SH}result>", ())}


def _result(node: dict[str, list[str]]) -> tuple[str, ...]:
    focus, path, component, severity, value = (
        node.get(f"<{SH}{name}>", [""])[0]
        for name in ("focusNode", "resultPath", "sourceConstraintComponent", "resultSeverity", "value")
    )
    return focus, path[1:-1], component[1:-1].removeprefix(SH), severity[1:-1].removeprefix(SH).lower(), value


@pytest.fixture(autouse=True)
def _as_written(monkeypatch):
    """rdflib keeps literals as they are written, and is quiet about those that are wrong."""
    monkeypatch.setattr(rdflib, "NORMALIZE_LITERALS", False)
    logging.getLogger("rdflib").setLevel(logging.CRITICAL)


def test_on_all_faults_pyshacl_finds_the_same(faults):
    assert by_pyshacl(faults) == ours(faults)


def test_on_all_faults_rudof_finds_the_same(faults):
    assert by_rudof(faults) == ours(faults)


def test_neither_finds_a_fault_where_there_is_none(faultless):
    assert by_pyshacl(faultless) == by_rudof(faultless) == ours(faultless) == set()


def _literals(*, with_odd: bool) -> st.SearchStrategy[str]:
    usual = [
        '"2004"',
        '"2004-05"',
        '"1952/1953"',
        '"2004-13"',
        '"9787503717444"',
        '"0317-8471"',
        '"10.1000/a"',
        '"live"',
        '"valid"',
        '"open"',
        '"machine"',
        '"Hani"',
        '""',
        '"题名"@zh',
        '"題名"@zh-hant',
        '"title"@en',
        f'"1"^^<{XSD}integer>',
        f'"-1"^^<{XSD}integer>',
        f'"0.5"^^<{XSD}decimal>',
        f'"91.5"^^<{XSD}decimal>',
        f'"2.5"^^<{XSD}double>',
    ]
    odd = [
        f'"true"^^<{XSD}boolean>',
        f'"2004-05-17"^^<{XSD}date>',
        f'"x"^^<{XSD}integer>',
        f'"1,5"^^<{XSD}decimal>',
        f'"2004"^^<{XSD}date>',
        f'"01"^^<{XSD}integer>',
    ]
    written = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=6)
    return st.sampled_from(usual + odd if with_odd else usual) | written.map(
        lambda value: str(Literal(value))
    )


def _records(*, with_odd: bool) -> st.SearchStrategy[list[Statement]]:
    """Five nodes, each of up to two classes, with values that are now right, now wrong."""
    codes = ["lang", "rel", "wytype"]
    outside = [f"<{PREFIXES[name]}{code}>" for name in codes for code in ("chi", "aut", "book")]
    links = st.sampled_from([*NODES, *outside])
    types = st.tuples(st.sampled_from(NODES), st.just(TYPE), st.sampled_from(CLASSES))
    literals = _literals(with_odd=with_odd)
    values = st.tuples(st.sampled_from(NODES), st.sampled_from(PATHS), links | literals)
    return st.tuples(
        st.lists(types, min_size=1, max_size=8, unique=True), st.lists(values, max_size=40, unique=True)
    ).map(lambda parts: [*parts[0], *parts[1]])


@pytest.mark.slow
@AGAIN
@given(_records(with_odd=True))
def test_on_any_record_rudof_finds_the_same(record):
    assert by_rudof(record) == ours(record)


# pyshacl takes true for 1, lets dates and ill-formed numbers pass some limits and reports 01 as 1: no such
# values in these records. It also puts a literal before an IRI, which for sh:lessThan have no order.
@pytest.mark.slow
@AGAIN
@given(_records(with_odd=False))
def test_on_any_record_pyshacl_finds_the_same(record):
    assert _but_order(by_pyshacl(record)) == _but_order(ours(record))


def _but_order(results: set[tuple[str, ...]]) -> set[tuple[str, ...]]:
    return {result for result in results if result[2] != "LessThanConstraintComponent"}
