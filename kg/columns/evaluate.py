"""Evaluating a SELECT on columns. The answer is that of the engine, or Unfit is raised.

Where LIMIT cuts through rows that sort alike, any of them is a right answer (SPARQL 1.1 Query, § 15.5); here
it is always the same ones: those whose terms come first.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pyoxigraph import Store

from kg.columns.conditions import is_uniform, kept
from kg.columns.index import Bools, Index, Ints, Longs
from kg.columns.order import Class
from kg.columns.relation import Groups, Relation, distinct, group, join, scan
from kg.sparql.parse import Unfit
from kg.sparql.simple import Aggregate, Call, Expression, Having, Select, Value, Variable
from kg.terms import XSD

MOST_MEANS = 20_000
"""Averages that the engine divides for one query."""
MOST_ROWS = 200_000
"""Rows of an answer."""
_EXACT = 2**53


@dataclass(frozen=True, slots=True)
class Terms:
    """A column of terms, by their numbers; -1: unbound."""

    numbers: Ints


@dataclass(frozen=True, slots=True)
class Counted:
    """A column of integers."""

    numbers: Longs


@dataclass(frozen=True, slots=True)
class Written:
    """A column of terms as they are written, with their values to sort by."""

    texts: Sequence[str]
    values: NDArray[np.float64]


Column: TypeAlias = Terms | Counted | Written


@dataclass(frozen=True, slots=True)
class Table:
    """An answer: names, and rows of N-Triples text, "" for what is unbound."""

    names: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def evaluate(index: Index, query: Select) -> Table:
    """The answer of *query* from the columns; raises Unfit where it would not surely be the engine's."""
    rows = _joined(index, query)
    if query.is_grouped:
        columns, length = _grouped(index, query, rows)
    else:
        length = rows.length
        columns = {name: Terms(column) for name, column in rows.columns.items()}
    chosen = _chosen(index, query, columns, length)
    if len(chosen) > MOST_ROWS:
        raise Unfit(f"more than {MOST_ROWS:,} rows, which the engine gives as it finds them")
    shown = [_texts(index, columns[value], chosen) for _, value in query.columns]
    return Table(tuple(name for name, _ in query.columns), list(zip(*shown, strict=True)))


def _joined(index: Index, query: Select) -> Relation:
    """The rows that the patterns and filters leave, with the variables that the rest needs."""
    final = {*query.groups, *(each.of for each in query.aggregates() if each.of)}
    if not query.is_grouped:
        final |= {value for _, value in query.columns if isinstance(value, str)}
        final |= {value for value, _ in query.order if isinstance(value, str)}
    waiting = [(_variables(condition), condition) for condition in query.filters]
    filtered = set().union(*(names for names, _ in waiting))

    def needed(place: int, left: Sequence[int]) -> set[str]:
        others = (query.patterns[other].variables() for other in left if other != place)
        return final | filtered | set().union(*others)

    places = list(range(len(query.patterns)))
    scans = {place: scan(index, query.patterns[place], needed(place, places)) for place in places}
    for place in places:
        scans[place] = _filtered(index, scans[place], waiting)
    first = min(places, key=lambda place: scans[place].length)
    places.remove(first)
    rows = scans.pop(first)
    while places:
        linked = [place for place in places if scans[place].columns.keys() & rows.columns.keys()]
        if not linked:
            raise Unfit("patterns that share no variable are multiplied")
        following = min(linked, key=lambda place: scans[place].length)
        places.remove(following)
        rows = join(rows, scans.pop(following), needed(following, places))
        rows = _filtered(index, rows, waiting)
    return rows.only(final)


def _filtered(index: Index, rows: Relation, waiting: list[tuple[set[str], Expression]]) -> Relation:
    """The rows after those conditions that can be judged now; they wait no longer."""
    for names, condition in [each for each in waiting if each[0] <= rows.columns.keys()]:
        rows = kept(index, condition, rows)
        waiting.remove((names, condition))
    return rows


def _grouped(index: Index, query: Select, rows: Relation) -> tuple[dict[Value, Column], int]:
    wanted = query.aggregates()
    is_counted = all(each.name == "COUNT" and not each.is_distinct for each in wanted)
    groups = group(rows, query.groups, is_counted=is_counted)
    columns: dict[Value, Column] = {name: Terms(column) for name, column in groups.keys.items()}
    for each in wanted:
        columns[each] = _aggregated(index, each, groups, rows)
    length = len(groups.counts)
    keep = np.ones(length, np.bool_)
    for test in query.having:
        keep &= _holds(test, columns[test.aggregate])
    if keep.all():
        return columns, length
    return {value: _taken(column, np.flatnonzero(keep)) for value, column in columns.items()}, int(keep.sum())


def _aggregated(index: Index, asked: Aggregate, groups: Groups, rows: Relation) -> Column:
    if asked.name == "COUNT" and not asked.is_distinct:
        return Counted(groups.counts)
    if groups.of is None:
        raise Unfit("rows lost their groups")
    column = rows.columns[asked.of]
    if asked.name == "COUNT":
        return Counted(distinct(groups.of, len(groups.counts), column))
    if asked.name in ("MIN", "MAX"):
        return _extreme(index, groups, column, is_least=asked.name == "MIN")
    if asked.is_distinct:
        raise Unfit(f"{asked.name} of different values")
    sums = _sums(index, groups, column)
    return Counted(sums) if asked.name == "SUM" else _means(sums, groups.counts)


def _extreme(index: Index, groups: Groups, column: Ints, *, is_least: bool) -> Column:
    """The least or the greatest term of each group."""
    if not len(column):
        return Terms(np.full(len(groups.counts), -1, np.int32))
    found = index.classes_of(column)
    if len(found) > 1 or not found <= {Class.IRI, Class.TEXT, Class.NUMBER, Class.DATE}:
        raise Unfit("the least or greatest is asked of terms of several kinds")
    if found == {Class.DATE} and not is_uniform(index, column):
        raise Unfit("the least or greatest is asked of dates of several types")
    if found == {Class.NUMBER} and len(set(index.kinds(column).tolist())) > 1:
        raise Unfit("the least or greatest is asked of numbers of several types")
    of = groups.of if groups.of is not None else np.zeros(len(column), np.int64)
    order = np.argsort(of, kind="stable")
    starts = np.concatenate(([0], np.cumsum(groups.counts)[:-1]))
    least = np.minimum if is_least else np.maximum
    return Terms(least.reduceat(column[order], starts))


def _sums(index: Index, groups: Groups, column: Ints) -> Longs:
    if not len(column):
        return np.zeros(len(groups.counts), np.int64)
    if index.classes_of(column) != {Class.NUMBER} or index.kinds(column).any():
        raise Unfit("what is added up are not all integers")
    values = index.values(column)
    if np.abs(values).sum() >= _EXACT:
        raise Unfit("the sum is too large to be exact")
    return np.bincount(groups.of, values, len(groups.counts)).astype(np.int64)  # type: ignore[arg-type]  # asked with groups


def _means(sums: Longs, counts: Longs) -> Column:
    """The averages, divided by the engine itself: it has decimals of its own."""
    if len(sums) > MOST_MEANS:
        raise Unfit(f"more than {MOST_MEANS:,} averages")
    if not len(counts) or not counts.all():
        return Counted(sums)
    if float(np.abs(sums).max()) * float(counts.max()) >= _EXACT / 8:
        raise Unfit("two averages could differ by less than is seen")
    pairs = " ".join(f"({one} {other})" for one, other in zip(sums.tolist(), counts.tolist(), strict=True))
    found = Store().query(f"SELECT (?s / ?n AS ?mean) {{ VALUES (?s ?n) {{ {pairs} }} }}")
    texts = [str(row[0]) for row in found]  # type: ignore[union-attr]  # of a SELECT
    return Written(texts, sums / counts)


def _holds(test: Having, column: Column) -> Bools:
    numbers = column.numbers if isinstance(column, Counted) else np.empty(0, np.int64)
    compare: dict[str, Callable[[Any, Any], Any]] = {
        "=": np.equal, "!=": np.not_equal, "<": np.less, "<=": np.less_equal, ">": np.greater,
        ">=": np.greater_equal,
    }  # fmt: skip
    made: Bools = compare[test.operator](numbers, test.number)
    return made


def _chosen(index: Index, query: Select, columns: dict[Value, Column], length: int) -> NDArray[np.intp]:
    """The rows to show, in their order."""
    rows = np.arange(length)
    if query.is_distinct:
        rows = _different([columns[value] for _, value in query.columns], length)
    end = length if query.limit is None else query.offset + query.limit
    if query.order:
        keys = [_key(index, columns[value], is_down=is_down) for value, is_down in query.order]
        rows = _sorted(keys, rows, end, [_plain(columns[value]) for _, value in query.columns])
    return rows[query.offset : end]


def _sorted(
    keys: list[NDArray[Any]], rows: NDArray[np.intp], end: int, ties: list[NDArray[Any]]
) -> NDArray[np.intp]:
    """The first rows, *end* of them, by the keys; those that sort alike by *ties*."""
    first = keys[0][rows]
    if 0 < end < len(rows):
        rows = rows[first <= np.partition(first, end - 1)[end - 1]]
    order = np.lexsort([column[rows] for column in (*reversed(ties), *reversed(keys))])
    return rows[order]


def _different(columns: list[Column], length: int) -> NDArray[np.intp]:
    """A row for each that differs from all others."""
    relation = Relation(length, {str(place): _plain(column) for place, column in enumerate(columns)})
    found = group(relation, list(relation.columns))
    if found.of is None or not length:
        return np.arange(length)
    first = np.full(len(found.counts), -1, np.intp)
    first[found.of] = np.arange(length)
    return first


def _plain(column: Column) -> NDArray[Any]:
    """Numbers that are equal where the column is; they need not sort as it does."""
    if isinstance(column, Written):
        return np.unique(np.array(column.texts), return_inverse=True)[1].reshape(-1)
    return column.numbers


def _key(index: Index, column: Column, *, is_down: bool) -> NDArray[Any]:
    """Numbers that sort as the engine sorts the column; raises Unfit where its order is none or not known."""
    made: NDArray[Any]
    if isinstance(column, Terms):
        found = index.classes_of(column.numbers) if len(column.numbers) else set()
        if found == {Class.NUMBER}:
            made = index.values(column.numbers)
        elif len(found - {Class.IRI}) > 1 or not found <= {Class.IRI, Class.TEXT, Class.DATE}:
            raise Unfit("terms of several kinds are sorted")
        else:
            dates = column.numbers[column.numbers >= index.classes[Class.DATE]]
            if not is_uniform(index, dates):
                raise Unfit("dates of several types are sorted")
            made = column.numbers
    else:
        made = column.numbers if isinstance(column, Counted) else column.values
    return -made if is_down else made


def _texts(index: Index, column: Column, rows: NDArray[np.intp]) -> list[str]:
    if isinstance(column, Counted):
        return [f'"{number}"^^<{XSD}integer>' for number in column.numbers[rows].tolist()]
    if isinstance(column, Written):
        return [column.texts[row] for row in rows.tolist()]
    numbers = column.numbers[rows].tolist()
    known = {number: index.text(number) if number >= 0 else "" for number in set(numbers)}
    return [known[number] for number in numbers]


def _taken(column: Column, rows: NDArray[np.intp]) -> Column:
    if isinstance(column, Terms):
        return Terms(column.numbers[rows])
    if isinstance(column, Counted):
        return Counted(column.numbers[rows])
    return Written([column.texts[row] for row in rows.tolist()], column.values[rows])


def _variables(expression: Expression) -> set[str]:
    """The names of the variables in an expression."""
    if isinstance(expression, Call):
        return set().union(*map(_variables, expression.parts))
    return {expression.name} if isinstance(expression, Variable) else set()
