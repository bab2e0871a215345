"""Checking a delta against the shapes, inside a worker: what would be wrong after it that was not before.

A thing is checked with all that any graph says of it and of what it points to, since a curated graph alone
holds single statements. What was wrong before stays allowed: an edit need not mend what it does not touch.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from itertools import islice
from typing import Any

import orjson
from pyoxigraph import DefaultGraph, NamedNode, Quad, RdfFormat, Store

from kg.pool.place import Out, Place
from kg.sparql.update.delta import Delta, read
from kg.sparql.update.templates import Names
from kg.terms import Triple, is_iri
from ontology.shapes import TYPE
from ontology.validate import Finding, bundled_validator

MOST = 100_000
"""Things that are checked; what changes more is left to `wenyuan validate`."""
SHOWN = 50
"""Findings told, of each severity."""
_NEAR = 100
"""Statements read of a thing that another one points to."""
_LARGEST = 2_000
"""Statements read of a thing that is checked."""

Key = tuple[str, str, str, str]


def run(place: Place, head: Mapping[str, Any], body: bytes, out: Out) -> None:
    """Checks a delta, in a worker. head: its "path", a file of Delta.lines; without one they are the body.

    Gives {"violations", "warnings": findings as JSON, "checked": how many things were looked at, "changed":
    how many change}.
    """
    path = head.get("path")
    if path:
        with open(path, "rb") as lines:
            delta = read(lines)
    else:
        delta = read(_lines(body))
    out.begin({})
    out.write(orjson.dumps(verdict(place.engine, delta)))


def verdict(engine: Store, delta: Delta) -> dict[str, object]:
    """What the delta would make wrong that is not wrong now."""
    before, after = _View(engine), _View(engine, delta)
    changed = after.changed()
    violations: list[Finding] = []
    warnings: list[Finding] = []
    for node in islice(sorted(changed), MOST):
        for finding in _new(node, before, after):
            (violations if finding.severity == "violation" else warnings).append(finding)
    return {
        "violations": [asdict(finding) for finding in violations[:SHOWN]],
        "warnings": [asdict(finding) for finding in warnings[:SHOWN]],
        "violation_count": len(violations),
        "warning_count": len(warnings),
        "changed": len(changed),
        "checked": min(len(changed), MOST),
    }


class _View:
    """What is said of things: by the engine, or after a delta."""

    def __init__(self, engine: Store, delta: Delta | None = None) -> None:
        self._engine, self._delta = engine, delta or Delta()
        self._names = Names("")
        self._came: dict[str, list[Triple]] = {}
        for graph in self._delta.graphs.values():
            for statement in graph.came:
                self._came.setdefault(statement[0], []).append(statement)

    def changed(self) -> set[str]:
        """The things of which something else is said now, with those that they are parts of."""
        found: set[str] = set()
        for iri, graph in self._delta.graphs.items():
            statements = graph.gone | graph.came
            if graph.is_cleared:
                statements ^= set(self._graph(iri))
            found.update(subject for subject, _, _ in statements)
        return found | {f"{node.partition('#')[0]}>" for node in found if "#" in node}

    def about(self, node: str, most: int) -> Iterator[Triple]:
        """What is said of a thing, at most *most* statements; what two graphs say comes twice."""
        quads = self._engine.quads_for_pattern(NamedNode(node[1:-1]), None, None, None)
        yield from islice(self._standing(quads), most)
        yield from self._came.get(node, ())

    def _standing(self, quads: Iterable[Quad]) -> Iterator[Triple]:
        for quad in quads:
            name = quad.graph_name
            graph = self._delta.graphs.get("" if isinstance(name, DefaultGraph) else name.value)
            statement = (str(quad.subject), str(quad.predicate), self._names.term(quad.object))
            if graph is None or not (graph.is_cleared or statement in graph.gone):
                yield statement

    def _graph(self, iri: str) -> Iterator[Triple]:
        name = NamedNode(iri) if iri else DefaultGraph()
        text = self._engine.dump(format=RdfFormat.N_TRIPLES, from_graph=name) or b""
        for line in text.decode().split("\n")[:-1]:
            subject, predicate, value = line[:-2].split(" ", 2)
            yield subject, predicate, value


def _new(node: str, before: _View, after: _View) -> Iterator[Finding]:
    """What is wrong with a thing after, and was not before."""
    found = {_key(finding): finding for finding in _findings(node, after)}
    if found:
        known = {_key(finding) for finding in _findings(node, before)}
        yield from (finding for key, finding in found.items() if key not in known)


def _findings(node: str, view: _View) -> Iterator[Finding]:
    told = set(view.about(node, _LARGEST))
    near = {value for _, predicate, value in told if is_iri(value) and predicate != TYPE and value != node}
    for other in near:
        told.update(view.about(other, _NEAR))
    return (found for found in bundled_validator().check(sorted(told)) if found.focus == node)


def _key(finding: Finding) -> Key:
    return finding.path, finding.component, finding.value, finding.shape


def _lines(body: bytes) -> Iterator[bytes]:
    """The lines of *body*, which end with a line feed and nothing else."""
    return (line + b"\n" for line in body.split(b"\n")[:-1])
