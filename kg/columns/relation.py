"""Relations: rows of term numbers, a column for each variable; scanning, joining, grouping them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kg.columns.index import Bools, Index, Ints, Longs, Slice
from kg.sparql.parse import Unfit
from kg.sparql.simple import Pattern, Variable

MOST_ROWS = 40_000_000
"""Rows of a join; beyond them the engine, which holds no row, is the better way."""
_SPARSE = 16
_PREDICATE, _GRAPH = 1, 3
_NOBODY = -2


@dataclass(frozen=True, slots=True)
class Relation:
    """So many rows. columns: the variables that are needed later; the others only count as rows."""

    length: int
    columns: Mapping[str, Ints]

    def taken(self, rows: NDArray[np.intp] | Bools) -> "Relation":
        """Those of the rows, in that order."""
        if rows.dtype == np.bool_:
            length = int(np.count_nonzero(rows))
            rows = np.flatnonzero(rows) if length < self.length // 2 else rows
        else:
            length = len(rows)
        return Relation(length, {name: column[rows] for name, column in self.columns.items()})

    def only(self, names: Collection[str]) -> "Relation":
        """The same rows with fewer columns."""
        return Relation(self.length, {name: self.columns[name] for name in self.columns if name in names})


def scan(index: Index, pattern: Pattern, needed: Collection[str]) -> Relation:
    """The rows of one pattern, with those of its variables that are *needed*."""
    is_fixed = isinstance(pattern.predicate, str)
    found = index.statements(pattern.predicate if isinstance(pattern.predicate, str) else None)
    masks: list[Bools] = []
    columns: dict[str, Ints] = {}
    terms = pattern.terms()
    for place, term in enumerate(terms):
        if place == _GRAPH and isinstance(term, Variable):
            masks.append(found.g >= 0)
        if isinstance(term, str):
            if place != _PREDICATE or not is_fixed:
                number = index.number(term)
                masks.append(_column(found, place) == (_NOBODY if number is None else number))
        elif term.name in columns:
            masks.append(columns[term.name] == _column(found, place))
        elif term.name in needed or terms.count(term) > 1:
            columns[term.name] = _column(found, place)
    made = Relation(len(found), columns)
    return (made.taken(np.logical_and.reduce(masks)) if masks else made).only(needed)


def _column(found: Slice, place: int) -> Ints:
    # The predicates are written out only where they are wanted.
    return found.p if place == _PREDICATE else (found.s, found.s, found.o, found.g)[place]


def join(left: Relation, right: Relation, needed: Collection[str]) -> Relation:
    """The rows of both that agree in what they share, with the columns that are *needed*; raises Unfit."""
    shared = sorted(left.columns.keys() & right.columns.keys())
    if not shared:
        raise Unfit("patterns that share no variable are multiplied")
    if len(left.columns[shared[0]]) < len(right.columns[shared[0]]):
        left, right = right, left
    key, *others = shared
    rows, counts, matched = _match(left.columns[key], right.columns[key])
    wanted = {*needed, *others}
    one = left.only(wanted).taken(rows)
    if counts is not None:
        one = one.taken(np.repeat(np.arange(one.length), counts))
    more = {name: column[matched] for name, column in right.only(wanted - {key}).columns.items()}
    for name in others:
        same = one.columns[name] == more[name]
        one = one.taken(same)
        more = {each: column[same] for each, column in more.items()}
    return Relation(one.length, {**more, **one.columns}).only(needed)


def _match(left: Ints, right: Ints) -> tuple[NDArray[np.intp], NDArray[np.int64] | None, NDArray[np.intp]]:
    """Rows of *left* with a partner, how many each has (None: one each), and the partners in *right*."""
    if not len(left) or not len(right):
        nothing = np.empty(0, np.intp)
        return nothing, None, nothing
    low, high = int(right.min()), int(right.max())
    order = None if _is_sorted(right) else np.argsort(right, kind="stable")
    counts = _histogram(right, low, high)
    starts = np.cumsum(counts) - counts
    rows = np.flatnonzero((left >= low) & (left <= high))
    each = counts[left[rows] - low]
    rows, each = rows[each > 0], each[each > 0]
    total = int(each.sum())
    if total > MOST_ROWS:
        raise Unfit(f"a join has {total:,} rows")
    first = starts[left[rows] - low]
    if total == len(rows):
        return rows, None, first if order is None else order[first]
    matched = np.repeat(first - (np.cumsum(each) - each), each) + np.arange(total)
    return rows, each, matched if order is None else order[matched]


@dataclass(frozen=True, slots=True)
class Groups:
    """Rows that agree. keys: what a group has in common. of: the group of each row; counts: their sizes."""

    keys: Mapping[str, Ints]
    of: Longs | None
    counts: Longs


def group(rows: Relation, names: Sequence[str], *, is_counted: bool = False) -> Groups:
    """The groups of the rows. is_counted: only the sizes matter, and `of` may be left out."""
    if not names:
        return Groups({}, np.zeros(rows.length, np.int64), np.array([rows.length], np.int64))
    if len(names) == 1:
        numbers, of, counts = _ranked(rows.columns[names[0]], is_counted=is_counted)
        return Groups({names[0]: numbers.astype(np.int32)}, of, counts)
    code = np.zeros(rows.length, np.int64)
    for name in names:
        numbers, of, _ = _ranked(rows.columns[name])
        code = code * len(numbers) + (0 if of is None else of)
        # Made dense again after each column, so that no product overflows.
        _, code, _ = _dense(code)
    _, first, counts = np.unique(code, return_index=True, return_counts=True)
    return Groups({name: rows.columns[name][first] for name in names}, code, counts.astype(np.int64))


def distinct(groups: Longs, count: int, values: Ints) -> Longs:
    """How many different values each group has."""
    if not len(values):
        return np.zeros(count, np.int64)
    low = int(values.min())
    code = groups * (int(values.max()) - low + 1) + (values.astype(np.int64) - low)
    code.sort()
    is_new = np.concatenate(([True], code[1:] != code[:-1]))
    found = code[is_new] // (int(values.max()) - low + 1)
    return np.bincount(found, minlength=count)


def _ranked(values: Ints, *, is_counted: bool = False) -> tuple[Longs, Longs | None, Longs]:
    """The different values in order, the place of each row's value among them, and how often each comes."""
    if not len(values):
        nothing = np.empty(0, np.int64)
        return nothing, nothing, nothing
    low, high = int(values.min()), int(values.max())
    if high - low > _SPARSE * len(values) + 1_000_000:
        return _dense(values.astype(np.int64))
    counts = _histogram(values, low, high)
    found = np.flatnonzero(counts)
    if is_counted:
        return found + low, None, counts[found]
    ranks = np.cumsum(counts > 0) - 1
    return found + low, ranks[values - low], counts[found]


def _dense(values: Longs) -> tuple[Longs, Longs, Longs]:
    found, of, counts = np.unique(values, return_inverse=True, return_counts=True)
    return found, of.reshape(-1).astype(np.int64), counts.astype(np.int64)


def _histogram(values: Ints, low: int, high: int) -> Longs:
    """How often each number from *low* to *high* comes; in pieces, since each is widened while counted."""
    piece = 4_000_000
    counts = np.zeros(high - low + 1, np.int64)
    for start in range(0, len(values), piece):
        counts += np.bincount(values[start : start + piece] - low, minlength=len(counts))
    return counts


def _is_sorted(values: Ints) -> bool:
    return bool(np.all(values[1:] >= values[:-1]))
