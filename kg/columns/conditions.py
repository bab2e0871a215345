"""FILTERs on columns, with the three values of SPARQL: true, false, and neither where there is an error."""

from dataclasses import dataclass

import numpy as np

from kg.columns.index import Bools, Index, Ints
from kg.columns.order import Class
from kg.columns.relation import Relation
from kg.sparql.parse import Unfit
from kg.sparql.simple import Call, Expression, Variable

_TURNED = {"=": "=", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}


@dataclass(frozen=True, slots=True)
class _Truth:
    """For each row whether it is true, and whether it is false; neither: an error."""

    true: Bools
    false: Bools


def kept(index: Index, condition: Expression, rows: Relation) -> Relation:
    """The rows for which the condition is true; raises Unfit."""
    return rows.taken(_truth(index, condition, rows).true)


def _truth(index: Index, condition: Expression, rows: Relation) -> _Truth:
    if not isinstance(condition, Call):
        raise Unfit("a FILTER is a plain value")
    if condition.name in ("&&", "||"):
        one, other = (_truth(index, part, rows) for part in condition.parts)
        if condition.name == "&&":
            return _Truth(one.true & other.true, one.false | other.false)
        return _Truth(one.true | other.true, one.false & other.false)
    if condition.name == "!":
        part = _truth(index, condition.parts[0], rows)
        return _Truth(part.false, part.true)
    if condition.name in ("ISIRI", "ISURI", "ISLITERAL"):
        column = _column(condition.parts[0], rows)
        if index.classes_of(column) & {Class.BLANK, Class.OTHER}:
            raise Unfit("there are terms that are neither IRIs nor plain literals")
        is_iri = np.less(column, int(index.classes[Class.TEXT]))
        return _Truth(~is_iri, is_iri) if condition.name == "ISLITERAL" else _Truth(is_iri, ~is_iri)
    if condition.name == "LANG":
        raise Unfit("a FILTER is a plain value")
    return _compared(index, condition, rows)


def _compared(index: Index, call: Call, rows: Relation) -> _Truth:
    left, right = call.parts
    operator = call.name
    if isinstance(left, str):
        left, right, operator = right, left, _TURNED[operator]
    if not isinstance(right, str):
        raise Unfit("a FILTER compares two variables")
    if isinstance(left, Call):
        return _language(index, left, operator, right, rows)
    column = _column(left, rows)
    if right.startswith("<"):
        return _same(index, column, operator, right, Class.IRI)
    if right.endswith(("#integer>", "#decimal>")):
        return _number(index, column, operator, right)
    if right.startswith('"') and "^^" not in right.rpartition('"')[2]:
        return _same(index, column, operator, right, Class.TEXT)
    return _date(index, column, operator, right)


def _language(index: Index, call: Call, operator: str, tag: str, rows: Relation) -> _Truth:
    if call.name != "LANG" or operator not in ("=", "!=") or not tag.endswith('"') or "\\" in tag:
        raise Unfit("a function is compared that is not LANG, or not with a language")
    column = _column(call.parts[0], rows)
    if index.classes_of(column) - {Class.TEXT}:
        raise Unfit("LANG is asked of what is no text")
    same = index.has_language(column, tag[1:-1])
    return _Truth(same, ~same) if operator == "=" else _Truth(~same, same)


def _same(index: Index, column: Ints, operator: str, term: str, group: Class) -> _Truth:
    if operator not in ("=", "!="):
        raise Unfit("texts or IRIs are compared by their order")
    if index.classes_of(column) - {group}:
        raise Unfit("terms of several kinds are compared")
    if group is Class.TEXT and operator == "!=":
        raise Unfit("texts are compared for being different")
    number = index.number(term)
    same = column == (-2 if number is None else number)
    return _Truth(same, ~same) if operator == "=" else _Truth(~same, same)


def _number(index: Index, column: Ints, operator: str, term: str) -> _Truth:
    if index.classes_of(column) - {Class.NUMBER}:
        raise Unfit("terms that are no plain numbers are compared with one")
    return _ordered(index.values(column), operator, float(term[1:].partition('"')[0]))


def _date(index: Index, column: Ints, operator: str, term: str) -> _Truth:
    if index.classes_of(column) - {Class.DATE} or not is_uniform(index, column, term):
        raise Unfit("terms that are no plain dates of one type are compared with one")
    place = index.place(term)
    # Twice the numbers, so that a date that nobody has lies between two of them.
    is_there = index.number(term) is not None
    return _ordered(column.astype(np.int64) * 2, operator, 2 * place if is_there else 2 * place - 1)


def is_uniform(index: Index, column: Ints, term: str = "") -> bool:
    """Whether terms that are all of class DATE, and *term*, have one datatype."""
    if not len(column):
        return True
    ends = [index.text(int(column.min())), index.text(int(column.max())), *([term] if term else ())]
    return len({end.rpartition("^^")[2] for end in ends}) == 1


def _ordered(
    values: "np.ndarray[tuple[int, ...], np.dtype[np.number]]", operator: str, than: float
) -> _Truth:
    less, same = values < than, values == than
    more = ~(less | same)
    true = {
        "=": same, "!=": ~same, "<": less, "<=": less | same, ">": more, ">=": more | same,
    }[operator]  # fmt: skip
    return _Truth(true, ~true)


def _column(part: Expression, rows: Relation) -> Ints:
    if not isinstance(part, Variable):
        raise Unfit("a function is applied to what is no variable")
    return rows.columns[part.name]
