"""Constraints: what each component of SHACL asks of a value or of a set of values, as a function.

Only what can be told from terms and the focus's own statements; shapes inside shapes are in ontology.checks.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from sys import maxsize
from typing import TypeAlias

from ontology import patterns
from ontology.errors import InvalidOntology
from ontology.literals import datatype_test, is_less, language_of, text_of
from ontology.shapes import SH, Constraint

Node: TypeAlias = dict[str, list[str]]
"""What is said of one subject: predicate → objects, as terms."""
Nodes: TypeAlias = dict[str, Node]
"""What one record says: subject → its node."""

Test: TypeAlias = Callable[[str], bool]
"""Whether one term will do."""
Offences: TypeAlias = Callable[[Sequence[str], Node], list[str]]
"""The values to blame among those of one focus, "" where the whole set is; given the focus's node as well."""

_KINDS: dict[str, Test] = {
    "IRI": lambda term: term[0] == "<" and term[1] != "<",
    "BlankNode": lambda term: term[0] == "_",
    "Literal": lambda term: term[0] == '"',
    "BlankNodeOrIRI": lambda term: term[0] != '"',
    "BlankNodeOrLiteral": lambda term: term[0] != "<",
    "IRIOrLiteral": lambda term: term[0] != "_",
}


def test(constraint: Constraint) -> Test | None:
    """The test of single terms that *constraint* is; None where it is about more than one term."""
    return _TESTS[constraint.name](constraint) if constraint.name in _TESTS else None


def offences(constraint: Constraint) -> Offences | None:
    """The check of a set of values that *constraint* is; None where it is none."""
    return _SETS[constraint.name](constraint) if constraint.name in _SETS else None


def counts(constraint: Constraint) -> tuple[int, int]:
    """The least and the most values that *constraint* allows, where their number tells all; else no limits.

    Two values that are the same are one, so "at least two" is not told by counting.
    """
    if constraint.name == "maxCount":
        return 0, _count(constraint)
    if constraint.name == "minCount" and _count(constraint) < 2:
        return _count(constraint), maxsize
    return 0, maxsize


def _datatype(constraint: Constraint) -> Test:
    return datatype_test(constraint.terms[0][1:-1])


def _node_kind(constraint: Constraint) -> Test:
    name = constraint.terms[0][1:-1].removeprefix(SH)
    if name not in _KINDS:
        raise InvalidOntology(f"sh:nodeKind is one of {', '.join(_KINDS)}, not {constraint.terms[0]}")
    return _KINDS[name]


def _pattern(constraint: Constraint) -> Test:
    search = patterns.compiled(text_of(constraint.terms[0]), constraint.flags).search
    return lambda term: term[0] != "_" and search(text_of(term)) is not None


def _min_length(constraint: Constraint) -> Test:
    least = _count(constraint)
    return lambda term: term[0] != "_" and len(text_of(term)) >= least


def _max_length(constraint: Constraint) -> Test:
    most = _count(constraint)
    return lambda term: term[0] != "_" and len(text_of(term)) <= most


def _language_in(constraint: Constraint) -> Test:
    ranges = tuple(text_of(term).lower() for term in constraint.terms)

    def is_in(term: str) -> bool:
        # RFC 4647, § 3.3.1, basic filtering: "zh" takes "zh" and "zh-hant".
        language = language_of(term)
        return bool(language) and any(
            language == wanted or wanted == "*" or language.startswith(f"{wanted}-") for wanted in ranges
        )

    return is_in


def _in(constraint: Constraint) -> Test:
    return frozenset(constraint.terms).__contains__


def _min_inclusive(constraint: Constraint) -> Test:
    return lambda term: is_less(constraint.terms[0], term, or_equal=True)


def _min_exclusive(constraint: Constraint) -> Test:
    return lambda term: is_less(constraint.terms[0], term)


def _max_inclusive(constraint: Constraint) -> Test:
    return lambda term: is_less(term, constraint.terms[0], or_equal=True)


def _max_exclusive(constraint: Constraint) -> Test:
    return lambda term: is_less(term, constraint.terms[0])


def _min_count(constraint: Constraint) -> Offences:
    least = _count(constraint)
    if least < 2:
        return lambda values, node: [] if len(values) >= least else [""]
    # A record that says the same thing twice says it once.
    return lambda values, node: [] if len(set(values)) >= least else [""]


def _max_count(constraint: Constraint) -> Offences:
    most = _count(constraint)
    return lambda values, node: [] if len(values) <= most else [""]


def _has_value(constraint: Constraint) -> Offences:
    wanted = constraint.terms[0]
    return lambda values, node: [] if wanted in values else [""]


def _unique_lang(constraint: Constraint) -> Offences:
    def repeated(values: Sequence[str], node: Node) -> list[str]:
        if len(values) < 2:
            return []
        languages = Counter(language_of(value) for value in values)
        return ["" for language, count in languages.items() if language and count > 1]

    return repeated


def _equals(constraint: Constraint) -> Offences:
    def unequal(values: Sequence[str], node: Node) -> list[str]:
        others = dict.fromkeys(node.get(constraint.terms[0], ()))
        return [value for value in values if value not in others] + [
            other for other in others if other not in values
        ]

    return unequal


def _disjoint(constraint: Constraint) -> Offences:
    return lambda values, node: [value for value in values if value in node.get(constraint.terms[0], ())]


def _less_than(constraint: Constraint) -> Offences:
    or_equal = constraint.name == "lessThanOrEquals"

    def not_less(values: Sequence[str], node: Node) -> list[str]:
        others = dict.fromkeys(node.get(constraint.terms[0], ()))
        return [value for value in values for other in others if not is_less(value, other, or_equal=or_equal)]

    return not_less


def _count(constraint: Constraint) -> int:
    try:
        return int(text_of(constraint.terms[0]))
    except ValueError as error:
        given = constraint.terms[0]
        raise InvalidOntology(f"sh:{constraint.name} takes a whole number, not {given}") from error


_TESTS: dict[str, Callable[[Constraint], Test]] = {
    "datatype": _datatype,
    "nodeKind": _node_kind,
    "pattern": _pattern,
    "minLength": _min_length,
    "maxLength": _max_length,
    "languageIn": _language_in,
    "in": _in,
    "minInclusive": _min_inclusive,
    "minExclusive": _min_exclusive,
    "maxInclusive": _max_inclusive,
    "maxExclusive": _max_exclusive,
}
_SETS: dict[str, Callable[[Constraint], Offences]] = {
    "minCount": _min_count,
    "maxCount": _max_count,
    "hasValue": _has_value,
    "uniqueLang": _unique_lang,
    "equals": _equals,
    "disjoint": _disjoint,
    "lessThan": _less_than,
    "lessThanOrEquals": _less_than,
}
