"""The W3C suites of SPARQL 1.1 over HTTP: what passed once passes; every failure has a cause that is told."""

import pytest

from benchmarks.conformance.answers import read
from benchmarks.conformance.endpoint import wenyuan
from benchmarks.conformance.loaded import Loaded
from benchmarks.conformance.report import cause, causes, report
from benchmarks.conformance.running import Score, run
from benchmarks.conformance.suites import SUITES

PASSED = {
    "query": 215, "query-syntax": 102, "csv": 5, "json": 4, "update": 94, "update-syntax": 63, "protocol": 34,
    "graphs": 9, "direct": 4, "service": 3, "federation": 4, "federation-syntax": 3,
}  # fmt: skip
"""How many tests of each suite pass, as docs/conformance.md tells."""


@pytest.fixture(scope="module")
def scores() -> dict[str, Score]:
    with wenyuan() as endpoints:
        lanes = [Loaded(endpoint) for endpoint in endpoints]
        found = run([suite for suite in SUITES if suite.key in PASSED], lanes)
    return {score.suite.key: score for score in found}


@pytest.mark.slow
@pytest.mark.parametrize("key", PASSED)
def test_what_passed_passes(scores, key):
    failed = [(each.test, each.why) for each in scores[key].outcomes if each.state == "failed"]

    assert scores[key].count("passed") >= PASSED[key], failed


@pytest.mark.slow
def test_every_failure_has_a_cause(scores):
    known = causes()
    failed = [
        (each.test, each.why)
        for key, score in scores.items()
        for each in score.outcomes
        if each.state == "failed" and not cause(known, key, each.test).kind
    ]

    assert failed == []
    assert "not looked into" not in report(list(scores.values()))


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("?a\t?b\n_:x\t_:y\n", "?a\t?b\n_:p\t_:q\n", True),
        ("?a\t?b\n_:x\t_:x\n", "?a\t?b\n_:p\t_:q\n", False),
        ("?a\t?b\n_:x\t_:y\n", "?a\t?b\n_:p\t_:p\n", False),
        ("?a\n_:x\n", "?a\n<http://h/.well-known/genid/1>\n", True),
        ("?a\n<http://h/x>\n", "?a\n<http://h/.well-known/genid/1>\n", False),
        ("?a\n1.0\n", "?a\n1\n", False),
        ("?a\n1.0\n", "?a\n1.00\n", True),
        ("?a\n1\n1\n", "?a\n1\n", False),
        ("?a\n_:x\n_:x\n1\n", "?a\n1\n_:b\n_:b\n", True),
        ("?a\n_:x\n_:x\n1\n", "?a\n1\n_:b\n_:c\n", False),
    ],
)
def test_tables_are_compared_up_to_blank_nodes(one, other, is_same):
    from benchmarks.conformance.answers import is_same as compared

    assert compared(read(one.encode(), "tsv"), read(other.encode(), "tsv")) is is_same
