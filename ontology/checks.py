"""Checks: shapes made ready to run, with the shapes inside them."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from sys import maxsize
from typing import TypeAlias

from ontology import constraints
from ontology.constraints import Node, Nodes, Test
from ontology.finding import Finding, flag, wording
from ontology.literals import XSD
from ontology.shapes import TYPE, Constraint, Shape

Passes: TypeAlias = Callable[[Sequence[str], Node, Nodes], bool]
"""Whether the values that a focus has will do, given the focus's node and the whole record."""
Offences: TypeAlias = Callable[[Sequence[str], Node, Nodes], list[str]]
Above: TypeAlias = Mapping[str, frozenset[str]]
"""Class → the classes above it, itself included."""

_ONE = f'"1"^^<{XSD}integer>'
_NOTHING: Node = {}
_NO_VALUES: list[str] = []


@dataclass(frozen=True, slots=True)
class _Rule:
    """One constraint, ready. offences: the values to blame.

    test: the same where single terms tell; least, most: the same where their number tells.
    """

    component: str
    wording: tuple[str, str]
    test: Test | None
    offences: Offences
    least: int = 0
    most: int = maxsize

    @property
    def is_count(self) -> bool:
        """Whether the number of values tells all there is to tell."""
        return (self.least, self.most) != (0, maxsize)


class Check:
    """A shape, ready.

    passes: a quick answer that is never wrong when it is True; it may be False for a record that states the
    same thing twice, so `findings` has the last word. test: the same as a test of one term, where the shape
    is about nothing else.
    """

    def __init__(self, shape: Shape, above: Above, owner: str = "") -> None:
        self.shape = shape
        self.path = shape.path
        self.owner = shape.node[1:-1] if shape.node.startswith("<") else owner
        self.properties = [Check(inner, above, self.owner) for inner in shape.properties]
        self._rules = [_rule(shape, constraint, above, self.owner) for constraint in shape.constraints]
        self.passes_alone = _passing(self._rules, [])
        self.passes = _passing(self._rules, self.properties)
        tests = [rule.test for rule in self._rules]
        self.test = None if self.path or self.properties or None in tests else _all(filter(None, tests))

    @property
    def may_fail_without_values(self) -> bool:
        """Whether a focus that has no value for the path can be wrong."""
        return not self.passes(_NO_VALUES, {}, {}) or any(
            constraint.name == "equals" for constraint in self.shape.constraints
        )

    @property
    def may_fail_with_values(self) -> bool:
        """Whether a focus that has a value for the path can be wrong: not where one value is all it asks."""
        asked = [(constraint.name, constraint.terms[:1]) for constraint in self.shape.constraints]
        return bool(self.properties) or asked != [("minCount", (_ONE,))]

    def conforms(self, focus: str, nodes: Nodes) -> bool:
        """Whether *focus* is as the shape wants it."""
        node = nodes.get(focus, _NOTHING)
        if self.passes(self._values(focus, node), node, nodes):
            return True
        return next(self.findings(focus, nodes), None) is None

    def findings(self, focus: str, nodes: Nodes, *, alone: bool = False) -> Iterator[Finding]:
        """What is wrong with *focus*; *alone* leaves out the properties inside the shape."""
        node = nodes.get(focus, _NOTHING)
        values = list(dict.fromkeys(self._values(focus, node)))
        path = self.path[1:-1]
        for rule in self._rules:
            for value in rule.offences(values, node, nodes):
                yield Finding(
                    focus, path, rule.component, self.shape.severity, value, self.owner, *rule.wording
                )
        for inner in () if alone else self.properties:
            for value in values:
                yield from inner.findings(value, nodes)

    def messages(self) -> Iterator[tuple[str, tuple[str, str]]]:
        """The flag of every finding it can make, and what that means in Chinese and English."""
        for rule in self._rules:
            yield flag(self.owner, self.path[1:-1], rule.component), rule.wording
        for inner in self.properties:
            yield from inner.messages()

    def _values(self, focus: str, node: Node) -> Sequence[str]:
        return node.get(self.path, _NO_VALUES) if self.path else [focus]


def _rule(shape: Shape, constraint: Constraint, above: Above, owner: str) -> _Rule:
    words = wording(shape, constraint)
    if of_set := constraints.offences(constraint):
        least, most = constraints.counts(constraint)
        return _Rule(
            constraint.component, words, None, lambda values, node, nodes: of_set(values, node), least, most
        )
    if test := constraints.test(constraint):
        return _tested(constraint, words, test)
    if constraint.name == "class":
        return _of_class(constraint, words, above)
    return _of_shapes(constraint, words, [Check(inner, above, owner) for inner in constraint.shapes])


def _tested(constraint: Constraint, words: tuple[str, str], test: Test) -> _Rule:
    return _Rule(
        constraint.component,
        words,
        test,
        lambda values, node, nodes: [value for value in values if not test(value)],
    )


def _of_class(constraint: Constraint, words: tuple[str, str], above: Above) -> _Rule:
    wanted = constraint.terms[0]
    below = frozenset(name for name, classes in above.items() if wanted in classes) | {wanted}

    def offences(values: Sequence[str], node: Node, nodes: Nodes) -> list[str]:
        return [value for value in values if below.isdisjoint(nodes.get(value, _NOTHING).get(TYPE, ()))]

    return _Rule(constraint.component, words, None, offences)


def _of_shapes(constraint: Constraint, words: tuple[str, str], checks: list[Check]) -> _Rule:
    """A rule about shapes: node, not, and, or, xone. Counts how many of them a value conforms to."""
    enough = _ENOUGH[constraint.name]
    tests = [check.test for check in checks if check.test is not None]
    if len(tests) == len(checks):
        return _tested(constraint, words, _counted(constraint.name, tests))

    def offences(values: Sequence[str], node: Node, nodes: Nodes) -> list[str]:
        return [value for value in values if not enough([check.conforms(value, nodes) for check in checks])]

    return _Rule(constraint.component, words, None, offences)


_ENOUGH: dict[str, Callable[[list[bool]], bool]] = {
    "node": all,
    "and": all,
    "or": any,
    "xone": lambda met: met.count(True) == 1,
    "not": lambda met: not any(met),
}


def _counted(name: str, tests: list[Test]) -> Test:
    """The test of how many *tests* a term passes; the usual two in short."""
    if name in ("node", "and"):
        return _all(tests)
    if name == "or" and len(tests) == 2:
        first, second = tests
        return lambda term: first(term) or second(term)
    enough = _ENOUGH[name]
    return lambda term: enough([test(term) for test in tests])


def _all(tests: Iterable[Test]) -> Test:
    """Whether a term passes every one of *tests*."""
    wanted = tuple(tests)
    if len(wanted) == 1:
        return wanted[0]
    if len(wanted) == 2:
        first, second = wanted
        return lambda term: first(term) and second(term)
    return lambda term: all(test(term) for test in wanted)


def _passing(rules: Sequence[_Rule], properties: Sequence[Check]) -> Passes:
    """The quick answer for these rules and the properties inside.

    Written out for the usual cases, since every statement of every record comes by: plain loops where all()
    would make a generator, which costs as much as three tests.
    """
    tests = [rule.test for rule in rules if rule.test is not None]
    test = _all(tests) if tests else None
    rest = [rule.offences for rule in rules if rule.test is None and not rule.is_count]
    least = max((rule.least for rule in rules), default=0)
    most = min((rule.most for rule in rules), default=maxsize)
    inside = _inside(rest, properties)

    def passes(values: Sequence[str], node: Node, nodes: Nodes) -> bool:
        if not least <= len(values) <= most:
            return False
        if test is not None:
            for value in values:
                if not test(value):
                    return False
        return inside is None or inside(values, node, nodes)

    return passes if inside is not None or (least, most) != (0, maxsize) or test is None else _each(test)


def _each(test: Test) -> Passes:
    def passes(values: Sequence[str], node: Node, nodes: Nodes) -> bool:
        for value in values:  # noqa: SIM110
            if not test(value):
                return False
        return True

    return passes


def _inside(rest: Sequence[Offences], properties: Sequence[Check]) -> Passes | None:
    """The quick answer for rules about more than terms and numbers; None where there are none."""
    if not rest and not properties:
        return None

    def passes(values: Sequence[str], node: Node, nodes: Nodes) -> bool:
        for offences in rest:
            if offences(values, node, nodes):
                return False
        for inner in properties:
            for value in values:
                if not inner.conforms(value, nodes):
                    return False
        return True

    return passes
