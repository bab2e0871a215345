"""Validation: a record's statements against the shapes, compiled once into Python. No SHACL engine.

Terms stay N-Triples text; a value that is as it should be costs two or three calls. Findings are those of
SHACL (focus, path, component, severity, value): pyshacl and pyrudof are the oracles in the tests.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import TypeAlias

from ontology import shapes
from ontology.checks import Above, Check, Passes
from ontology.constraints import Node, Nodes
from ontology.finding import Finding
from ontology.shapes import TYPE

__all__ = ["Finding", "Statement", "Validator", "bundled_validator", "compile_shapes", "explain"]

Statement: TypeAlias = tuple[str, str, str]
"""Subject, predicate and object as N-Triples text."""

MOST_PLANS = 4096
"""Data decides which types there are together, so what is kept for them has a limit."""


class Validator:
    """Compiled shapes. check() may be called from several threads: nothing but a cache changes."""

    def __init__(self, read: shapes.Shapes) -> None:
        self._above: Above = read.superclasses
        self._checks = [Check(shape, self._above) for shape in read.shapes]
        self._elsewhere = [check for check in self._checks if _has_other_targets(check)]
        self._plans: dict[str, _Plan | None] = {}
        self.messages = dict(entry for check in self._checks for entry in check.messages())
        """Flag of a finding → what it means, in Chinese and English."""

    def check(self, statements: Iterable[Statement]) -> list[Finding]:
        """What is wrong with one record, given all its statements; empty where nothing is.

        Which classes lie below which is known from the ontology, not from the record's own statements.
        """
        nodes = _nodes(statements)
        plans = self._plans
        findings: list[Finding] = []
        for focus, node in nodes.items():
            types = node.get(TYPE)
            if types is None:
                continue
            key = types[0] if len(types) == 1 else " ".join(types)
            plan = plans[key] if key in plans else self._plan(key, types)
            if plan is not None:
                plan.find(focus, node, nodes, findings)
        for check in self._elsewhere:
            for focus in _chosen(check, nodes):
                if check not in self._of_types(nodes.get(focus, {}).get(TYPE, ())):
                    findings += check.findings(focus, nodes)
        return findings

    def _plan(self, key: str, types: Sequence[str]) -> "_Plan | None":
        """What is checked of a node with these *types*, None for nothing; kept under *key*."""
        checks = self._of_types(types)
        plan = _Plan(checks) if checks else None
        if len(self._plans) < MOST_PLANS:
            self._plans[key] = plan
        return plan

    def _of_types(self, types: Iterable[str]) -> list[Check]:
        """The checks of shapes that are about the members of any of *types*."""
        above = {name for type_ in types for name in self._above.get(type_, (type_,))}
        return [check for check in self._checks if not above.isdisjoint(check.shape.targets.classes)]


class _Plan:
    """What is checked of every node with the same types: by property, so that each statement is met once."""

    def __init__(self, checks: Sequence[Check]) -> None:
        properties = [inner for check in checks for inner in ([check] if check.path else check.properties)]
        by_path: dict[str, list[Check]] = {}
        for check in properties:
            if check.may_fail_with_values:
                by_path.setdefault(check.path, []).append(check)
        self._by_path = {path: (_together(checks), checks) for path, checks in by_path.items()}
        self._absent = [(check.path, check) for check in properties if check.may_fail_without_values]
        self._whole = [check for check in checks if not check.path and check.shape.constraints]

    def find(self, focus: str, node: Node, nodes: Nodes, findings: list[Finding]) -> None:
        """Adds to *findings* what is wrong with *focus*."""
        get = self._by_path.get
        for predicate, values in node.items():
            checked = get(predicate)
            if checked is not None and not checked[0](values, node, nodes):
                for check in checked[1]:
                    findings += check.findings(focus, nodes)
        for path, check in self._absent:
            if path not in node:
                findings += check.findings(focus, nodes)
        for check in self._whole:
            if not check.passes_alone([focus], node, nodes):
                findings += check.findings(focus, nodes, alone=True)


def _together(checks: Sequence[Check]) -> Passes:
    """The quick answer of several checks of one property; usually there is one."""
    if len(checks) == 1:
        return checks[0].passes
    each = [check.passes for check in checks]
    return lambda values, node, nodes: all(passes(values, node, nodes) for passes in each)


@cache
def bundled_validator() -> Validator:
    """The validator of the bundled shapes, made once in a process."""
    return compile_shapes()


def compile_shapes(*turtle: str, base: str = "") -> Validator:
    """A validator of the shapes in *turtle*, with the subclasses stated there; else of the bundled ones.

    Raises InvalidOntology for what does not parse and for every feature of SHACL that is not compiled.
    """
    return Validator(shapes.read(*(turtle or _bundled()), base=base))


def explain(flag: str, language: str) -> str:
    """What a flag of the bundled shapes means, in Chinese or English; an unknown flag unchanged."""
    zh, en = bundled_validator().messages.get(flag, (flag, flag))
    return zh if language.startswith("zh") else en


def _bundled() -> tuple[str, str]:
    return shapes.bundled(), files("ontology").joinpath("core.ttl").read_text(encoding="utf-8")


def _nodes(statements: Iterable[Statement]) -> Nodes:
    nodes: Nodes = {}
    for subject, predicate, value in statements:
        node = nodes.get(subject)
        if node is None:
            nodes[subject] = {predicate: [value]}
        elif predicate in node:
            node[predicate].append(value)
        else:
            node[predicate] = [value]
    return nodes


def _has_other_targets(check: Check) -> bool:
    targets = check.shape.targets
    return bool(targets.nodes or targets.subjects_of or targets.objects_of)


def _chosen(check: Check, nodes: Nodes) -> Iterator[str]:
    """The focuses that a check has by other means than their class, each once (SHACL, § 2.1.3)."""
    targets = check.shape.targets
    chosen = dict.fromkeys(targets.nodes)
    for subject, node in nodes.items():
        if any(predicate in node for predicate in targets.subjects_of):
            chosen[subject] = None
        for predicate in targets.objects_of:
            chosen.update(dict.fromkeys(node.get(predicate, ())))
    return iter(chosen)
