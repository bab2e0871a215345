"""Matches: the things that meet an expression and filters; how many, in which order, with which facets."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence

from kg import facets
from kg.completion import AFTER, typed
from kg.expression import Expression
from kg.facets import FACETS, FacetValue

SORTS = {
    "relevance": "",
    "title": "sort, iri",
    "-title": "sort DESC, iri",
    "year": "year IS NULL, year, sort, iri",
    "-year": "year IS NULL, year DESC, sort, iri",
}
"""The orders of results: by relevance, by name from A or from Z, oldest or newest first."""

COUNTED = 50_000
"""Matches whose facets are counted."""
_NEWEST = "id DESC"
_RANKED = 5_000
"""Matches that are ranked by bm25; of more, the first so many."""
_BEST = 200
"""Things considered whose names are what was typed, or begin with it; they come before all others."""
_VALUES = 50
"""Values of a facet that are listed."""
_NAMED_TOGETHER = 500
"""Facet values whose names are looked up at once."""
_NAMED = 2_000
"""Facet values, the most frequent of all facets, among which those to list are sought."""

_WEIGHTS = "10.0, 6.0, 10.0, 1.0, 0.0"
"""What a match counts in names, alternatives, identifiers, words and facets."""
SCORED = f"SELECT rowid, bm25(text, {_WEIGHTS}) AS score FROM text WHERE text MATCH ?"
"""Number and score of each match; the lower the score, the better."""
_FREQUENT = "SELECT facet, value, count FROM facet WHERE facet = ? ORDER BY count DESC, value LIMIT ?"

_Values = dict[str, tuple[FacetValue, ...]]


class Matches:
    """The things that match, in one index at one moment."""

    def __init__(
        self, db: sqlite3.Connection, asked: Expression, filters: Mapping[str, Sequence[str]]
    ) -> None:
        self._db, self._asked, self._filters = db, asked, filters
        self._match = self._written()
        self.total = self._counted()

    def _written(self, *, but: str = "") -> str:
        """The full-text expression; "" where everything matches. but: a facet whose filter is left out."""
        asked = self._asked.written()
        parts = [f"({asked})" if asked else "", facets.condition(self._filters, but=but)]
        return " AND ".join(filter(None, parts))

    def _counted(self) -> int:
        if self._match:
            found = self._db.execute("SELECT count(*) FROM text WHERE text MATCH ?", (self._match,))
        else:
            found = self._db.execute("SELECT value FROM state WHERE name = 'things'")
        return int(found.fetchone()[0])

    def first(self, limit: int, *, query: str, sort: str) -> list[int]:
        """Numbers of the first matches in that order.

        By relevance: things called as was typed, things whose names begin so, then the rest by bm25.
        """
        if sort != "relevance" or not self._asked.readings:
            return self._ordered(SORTS[sort] or _NEWEST, limit)
        best = self._best(query)
        if len(best) >= limit:
            return best[:limit]
        rest = self._db.execute(
            f"SELECT rowid FROM ({SCORED} LIMIT ?) ORDER BY score, rowid LIMIT ?",
            (self._match, max(_RANKED, limit), limit),
        )
        return list(dict.fromkeys([*best, *(number for (number,) in rest)]))[:limit]

    def _best(self, query: str) -> list[int]:
        """Numbers of the matches whose names are what was typed, then of those whose names begin with it."""
        keys: dict[int, tuple[int, int]] = {}
        for begin in typed(query):
            rows = self._db.execute(
                "SELECT key, thing FROM name WHERE key >= ? AND key < ? ORDER BY key LIMIT ?",
                (begin, begin + AFTER, _BEST),
            )
            for key, thing in rows:
                rank = (int(key != begin), len(key))
                keys[thing] = min(rank, keys.get(thing, rank))
        listed = ", ".join(map(str, keys))
        scored = self._db.execute(f"{SCORED} AND rowid IN ({listed})", (self._match,))
        return [number for *_, number in sorted((*keys[number], score, number) for number, score in scored)]

    def _ordered(self, order: str, limit: int) -> list[int]:
        where = "id IN (SELECT rowid FROM text WHERE text MATCH ?)" if self._match else "kind IS NOT NULL"
        values = (self._match, limit) if self._match else (limit,)
        rows = self._db.execute(f"SELECT id FROM thing WHERE {where} ORDER BY {order} LIMIT ?", values)
        return [number for (number,) in rows]

    def facets(self) -> _Values:
        """The most frequent values of each facet. One that is filtered counts as if it were not."""
        made = self._values(self._match)
        for facet, values in self._filters.items():
            if values:
                made[facet] = self._values(self._written(but=facet)).get(facet, ())
        return {facet: made[facet] for facet in FACETS if made.get(facet)}

    def _values(self, match: str) -> _Values:
        if not match:
            return {facet: self._frequent(facet) for facet in FACETS}
        rows = self._db.execute(
            "SELECT thing.facets FROM text JOIN thing ON thing.id = text.rowid WHERE text MATCH ? LIMIT ?",
            (match, COUNTED),
        )
        frequent = facets.counted(row for (row,) in rows).most_common(_NAMED)
        return _listed(self._named(frequent))

    def _frequent(self, facet: str) -> tuple[FacetValue, ...]:
        """The most frequent values of a facet in the whole index, which are counted already."""
        return tuple(FacetValue(*row) for row in self._db.execute(_FREQUENT, (facet, _VALUES)))

    def _named(self, frequent: Sequence[tuple[int, int]]) -> Iterable[FacetValue]:
        """Facet values given by their numbers and counts."""
        for start in range(0, len(frequent), _NAMED_TOGETHER):
            counts = dict(frequent[start : start + _NAMED_TOGETHER])
            listed = ", ".join(map(str, counts))
            rows = self._db.execute(f"SELECT number, facet, value FROM facet WHERE number IN ({listed})")
            yield from (FacetValue(facet, value, counts[number]) for number, facet, value in rows)


def _listed(values: Iterable[FacetValue]) -> _Values:
    """The values to list, by facet."""
    made: dict[str, list[FacetValue]] = {}
    for value in sorted(values, key=lambda value: (-value.count, value.value)):
        of_facet = made.setdefault(value.facet, [])
        if len(of_facet) < _VALUES:
            of_facet.append(value)
    return {facet: tuple(listed) for facet, listed in made.items()}
