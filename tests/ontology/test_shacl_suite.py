"""The W3C test suite of SHACL core: right answers for what is compiled, refusal of everything else."""

import tarfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import pytest
from pyoxigraph import RdfFormat, parse

from ontology.errors import InvalidOntology
from ontology.validate import Statement, compile_shapes

SUITE = Path(__file__).parent.parent / "data" / "shacl" / "w3c-core.tar.gz"
BASE = "http://example.org/suite/"
MF = "<http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#{}>"
SHT = "<http://www.w3.org/ns/shacl-test#{}>"
SH = "<http://www.w3.org/ns/shacl#{}>"
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"

REFUSED = {
    "sh:closed": ["complex/personexample.ttl", "node/closed-001.ttl", "node/closed-002.ttl"],
    "no single property": [
        "complex/shacl-shacl.ttl", "path/path-alternative-001.ttl", "path/path-complex-001.ttl",
        "path/path-complex-002.ttl", "path/path-inverse-001.ttl", "path/path-oneOrMore-001.ttl",
        "path/path-sequence-001.ttl", "path/path-sequence-002.ttl", "path/path-sequence-duplicate-001.ttl",
        "path/path-strange-001.ttl", "path/path-strange-002.ttl", "path/path-zeroOrMore-001.ttl",
        "path/path-zeroOrOne-001.ttl",
    ],
    "severity": ["misc/severity-002.ttl"],
    "sh:qualified": [
        "node/qualified-001.ttl", "property/qualifiedMinCountDisjoint-001.ttl",
        "property/qualifiedValueShape-001.ttl", "property/qualifiedValueShapesDisjoint-001.ttl",
    ],
}  # fmt: skip
"""What is not compiled, and the tests that need it."""


@dataclass(frozen=True)
class Case:
    """One test: the Turtle of its shapes and its data with their addresses, and the results it wants."""

    name: str
    shapes: tuple[str, str]
    data: tuple[str, str]
    results: Counter[tuple[str, ...]]


def read() -> dict[str, str]:
    """Path → text of every file of the suite."""
    with tarfile.open(SUITE) as suite:
        members = [(member.name, suite.extractfile(member)) for member in suite.getmembers()]
        return {name: file.read().decode() for name, file in members if file is not None}


def cases() -> list[Case]:
    files = read()
    return [case for path in sorted(files) for case in _cases(path, files)]


def _cases(path: str, files: dict[str, str]) -> list[Case]:
    told: dict[str, dict[str, list[str]]] = {}
    for subject, predicate, value in statements(files[path], BASE + path):
        told.setdefault(subject, {}).setdefault(predicate, []).append(value)
    found = []
    for node in list(told.values()):
        if SHT.format("Validate") not in node.get(TYPE, ()):
            continue
        action = told[node[MF.format("action")][0]]
        report = told[node[MF.format("result")][0]]
        shapes = _file(action[SHT.format("shapesGraph")][0], path, files)
        data = _file(action[SHT.format("dataGraph")][0], path, files)
        results = Counter(_result(told[result]) for result in report.get(SH.format("result"), ()))
        found.append(Case(path, shapes, data, results))
    return found


def _file(address: str, path: str, files: dict[str, str]) -> tuple[str, str]:
    name = PurePosixPath(address[1:-1]).name
    beside = str(PurePosixPath(path).parent / name)
    return files[beside], BASE + beside


def _result(node: dict[str, list[str]]) -> tuple[str, ...]:
    names = ("focusNode", "resultPath", "sourceConstraintComponent", "resultSeverity", "value")
    return tuple(node.get(SH.format(name), [""])[0] for name in names)


def statements(text: str, base: str) -> list[Statement]:
    quads = parse(text, format=RdfFormat.TURTLE, base_iri=base)
    return [(str(quad.subject), str(quad.predicate), str(quad.object)) for quad in quads]


CASES = cases()
NOT_COMPILED = {name: feature for feature, names in REFUSED.items() for name in names}
COMPILED = [case for case in CASES if case.name not in NOT_COMPILED]


def test_the_whole_suite_is_here():
    assert len(CASES) == 98
    assert {case.name for case in CASES} > set(NOT_COMPILED)


@pytest.mark.parametrize("case", COMPILED, ids=lambda case: case.name)
def test_the_results_are_those_of_the_suite(case):
    turtle = [case.shapes[0]] if case.shapes == case.data else [case.shapes[0], case.data[0]]
    validator = compile_shapes(*turtle, base=case.shapes[1])

    findings = validator.check(statements(*case.data))

    assert (
        Counter(
            (
                finding.focus,
                finding.path and f"<{finding.path}>",
                SH.format(finding.component),
                SH.format(finding.severity.capitalize()),
                finding.value,
            )
            for finding in findings
        )
        == case.results
    )


@pytest.mark.parametrize(("name", "feature"), NOT_COMPILED.items())
def test_what_is_not_compiled_is_refused_and_named(name, feature):
    case = next(case for case in CASES if case.name == name)

    with pytest.raises(InvalidOntology, match=feature):
        compile_shapes(case.shapes[0], base=case.shapes[1])
