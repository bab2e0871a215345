"""Judges of update tests: syntax, and the whole dataset compared after an update."""

from collections.abc import Iterator
from typing import cast

from pyoxigraph import BlankNode, NamedNode, Quad

from benchmarks.conformance.answers import Solutions, dataset, is_same, told
from benchmarks.conformance.endpoint import Endpoint
from benchmarks.conformance.loaded import Data, Loaded
from benchmarks.conformance.manifest import MF, UT, Test
from benchmarks.conformance.outcome import Failed
from benchmarks.conformance.queries import RESULTS, answer, judge_syntax

_ALL = "SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"


def evaluate(test: Test, loaded: Loaded) -> None:
    """Puts the data, changes them, and compares all that is there then; raises Failed."""
    request = test.action.text(f"{UT}request")
    loaded.put(Data.of(test.action), test.archive)
    expected = Data.of(test.result) if test.result else Data()
    reply = loaded.endpoint.change(f"BASE <{request}>\n{test.archive.read(request).decode()}")
    loaded.forget()
    if not reply.is_success:
        raise Failed(reply.told())
    found = list(held(loaded.endpoint))
    loaded.forget([quad.graph_name.value for quad in found if isinstance(quad.graph_name, NamedNode)])
    wanted, given = dataset(expected.quads(test.archive)), dataset(found)
    if not is_same(wanted, given):
        raise Failed(f"expected {told(wanted)}, found {told(given)}")


def syntax(test: Test, loaded: Loaded) -> None:
    """An update that is one must be done, one that is none must be refused as such."""
    loaded.put(Data(), test.archive)
    reply = loaded.endpoint.change(test.archive.read(test.about.text(f"{MF}action")))
    if reply.is_success:
        loaded.clear()
    judge_syntax(reply, is_negative="Negative" in test.kind)


def held(endpoint: Endpoint) -> Iterator[Quad]:
    """All statements that the endpoint holds."""
    found = answer(endpoint.ask(_ALL, RESULTS))
    assert isinstance(found, Solutions)
    for row in found.rows:
        name = cast(NamedNode | None, row.get("g"))
        subject = cast(NamedNode | BlankNode, row["s"])
        yield Quad(subject, cast(NamedNode, row["p"]), row["o"], name)
