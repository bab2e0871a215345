"""Matches: the things that meet an expression and filters; how many, in which order, with which facets."""

import sqlite3
from collections.abc import Mapping, Sequence

from kg import facets
from kg.completion import begun
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

COUNTED = 20_000
"""Matches whose facets are counted."""
_NEWEST = "id DESC"
_RANKED = 5_000
"""Matches that are ranked by bm25; of more, the first so many."""
_BEST = 200
"""Things considered whose names are what was typed, or begin with it; they come before all others."""
_VALUES = 50
"""Values of a facet that are listed."""
_WEIGHTS = "10.0, 6.0, 10.0, 1.0, 0.0"
"""What a match counts in names, alternatives, identifiers, words and facets."""
SCORED = f"SELECT rowid, bm25(text, {_WEIGHTS}) AS score FROM text WHERE text MATCH ?"
"""Number and score of each match; the lower the score, the better."""
_FIND = "SELECT thing, packed FROM text JOIN facets_of ON thing = text.rowid WHERE text MATCH ? LIMIT ?"
_WORK = facets.written([("kind", "work")])[0]
"""How the packed facets of a work begin."""
_OFTEN = (
    "SELECT facet, value, count FROM facet WHERE facet = ? AND count > 20 ORDER BY count DESC, value LIMIT ?"
)
"""The most frequent values of a facet, from an index of those that occur more than 20 times."""
_ALL = "SELECT facet, value, count FROM facet WHERE number BETWEEN ? AND ? ORDER BY count DESC, value LIMIT ?"


class Matches:
    """The things that match, in one index at one moment."""

    def __init__(
        self, db: sqlite3.Connection, asked: Expression, filters: Mapping[str, Sequence[str]]
    ) -> None:
        self._db, self._asked, self._filters = db, asked, filters
        self._match = self._written()
        self._found = self._fetched(self._match)
        self.total = self._counted()

    def _written(self, *, but: str = "") -> str:
        """The full-text expression; "" where everything matches. but: a facet whose filter is left out."""
        asked = self._asked.written()
        parts = [f"({asked})" if asked else "", facets.condition(self._filters, but=but)]
        return " AND ".join(filter(None, parts))

    def _fetched(self, match: str) -> dict[int, bytes]:
        """The numbers of the first COUNTED matches with their packed facets."""
        return dict(self._db.execute(_FIND, (match, COUNTED))) if match else {}

    def _counted(self) -> int:
        if self._match and len(self._found) < COUNTED:
            return len(self._found)
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
        """Numbers of the matches whose names are what was typed, then of those whose names begin with it.

        Among namesakes, agents and subjects come before works; then what more graphs speak of, then the
        shorter names.
        """
        ranks = begun(self._db, query, limit=_BEST)
        best = [
            (goes_on, self._found[thing].startswith(_WORK) and not goes_on, *rest, thing)
            for thing, (goes_on, _, *rest) in ranks.items()
            if thing in self._found
        ]
        return [thing for *_, thing in sorted(best)]

    def _ordered(self, order: str, limit: int) -> list[int]:
        where = "id IN (SELECT rowid FROM text WHERE text MATCH ?)" if self._match else "kind IS NOT NULL"
        values = (self._match, limit) if self._match else (limit,)
        rows = self._db.execute(f"SELECT id FROM thing WHERE {where} ORDER BY {order} LIMIT ?", values)
        return [number for (number,) in rows]

    def facets(self) -> dict[str, tuple[FacetValue, ...]]:
        """The most frequent values of each facet. One that is filtered counts as if it were not."""
        made = self._values(self._found) if self._match else {facet: self._of_all(facet) for facet in FACETS}
        for facet, values in self._filters.items():
            if values:
                match = self._written(but=facet)
                others = self._values(self._fetched(match)).get(facet, ()) if match else self._of_all(facet)
                made[facet] = others
        return {facet: made[facet] for facet in FACETS if made.get(facet)}

    def _of_all(self, facet: str) -> tuple[FacetValue, ...]:
        """The most frequent values of a facet in the whole index, where they are counted already."""
        rows = self._db.execute(_OFTEN, (facet, _VALUES)).fetchall()
        if len(rows) < _VALUES:
            rows = self._db.execute(_ALL, (*facets.numbers(facet), _VALUES)).fetchall()
        return tuple(FacetValue(*row) for row in rows)

    def _values(self, found: Mapping[int, bytes]) -> dict[str, tuple[FacetValue, ...]]:
        counts = facets.frequent(found.values(), _VALUES)
        listed = ", ".join(map(str, counts))
        rows = self._db.execute(f"SELECT number, facet, value FROM facet WHERE number IN ({listed})")
        made: dict[str, list[FacetValue]] = {}
        for number, facet, value in rows:
            made.setdefault(facet, []).append(FacetValue(facet, value, counts[number]))
        return {facet: tuple(sorted(values, key=_most_first)) for facet, values in made.items()}


def _most_first(value: FacetValue) -> tuple[int, str]:
    return -value.count, value.value
