"""Finding things in the index: matches, their order, why they match, facets, completions and suggestions."""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from kg import expression, facets, tally
from kg.completion import FORMS, NAME, Completion, typed
from kg.entries import Entry
from kg.expression import Expression
from kg.facets import FacetValue
from kg.fold import plain
from kg.script import has_han
from kg.tokens import of_names, of_texts

SORTS = {
    "relevance": "",
    "title": "sort, id",
    "-title": "sort DESC, id",
    "year": "year IS NULL, year, id",
    "-year": "year IS NULL, year DESC, id",
}
"""The orders of results: by relevance, by name from A or from Z, oldest or newest first."""
DEEPEST = 10_000
"""The farthest result that can be paged to."""
_MOST = 200
"""Results of one page."""
_RANKED = 5_000
"""Matches that are ranked by bm25; of more, the first so many."""
_COUNTED = 50_000
"""Matches whose facets are counted."""
_BEST = 200
"""Things considered whose names are what was typed, or begin with it; they come before all others."""
_SCANNED = 256
"""Keys that a completion looks at."""
_VALUES = 50
"""Values of a facet that are listed."""
_LAST = "\U0010ffff"
_WEIGHTS = "10.0, 6.0, 10.0, 1.0, 0.0"
"""What a match counts in names, alternatives, identifiers, words and facets."""
_SCORED = f"SELECT rowid, bm25(text, {_WEIGHTS}) AS score FROM text WHERE text MATCH ?"
_FREQUENT = (
    "SELECT facet, value, count FROM facet WHERE facet = ? AND count > 0 ORDER BY count DESC, value LIMIT ?"
)
_ALIKE = 0.5
"""How alike a suggestion must be, in 0..1."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A thing that was found, and why.

    text, language: one of its names, the matching one where a preferred name matched; names: all preferred
    ones. why: "name", "alternative", "identifier", "words", or "" where no words were asked for.
    matched: the text that matched. facets: (facet, value) of the thing.
    """

    iri: str
    kind: str
    text: str
    language: str
    names: tuple[tuple[str, str], ...]
    why: str = ""
    matched: str = ""
    facets: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Results:
    """What a search found. total: all matches.

    facets: facet → its most frequent values among the matches; one that is filtered counts what its other
    values would give. counted: how many matches were counted for that, which may be fewer than total.
    is_widened: nothing has the words as typed, so words that begin with them were taken.
    """

    total: int
    hits: tuple[Hit, ...]
    facets: Mapping[str, tuple[FacetValue, ...]]
    counted: int = 0
    is_widened: bool = False


def find(
    db: sqlite3.Connection,
    query: str,
    *,
    filters: Mapping[str, Sequence[str]],
    limit: int,
    offset: int,
    sort: str,
) -> Results:
    """See SearchIndex.search. Unknown facets and sorts raise ValueError."""
    _check(filters, sort)
    limit, offset = max(0, min(limit, _MOST)), max(0, min(offset, DEEPEST))
    asked = expression.read(query)
    if query.strip() and not asked.readings:
        return Results(0, (), {})
    found = _Matches(db, asked, filters)
    is_widened = False
    if asked.readings and not found.total():
        asked = expression.read(query, is_begun=True)
        found = _Matches(db, asked, filters)
        is_widened = bool(found.total())
    numbers = (
        found.ranked(query, offset + limit) if sort == "relevance" else found.sorted(sort, offset + limit)
    )
    hits = tuple(_hit(entry, asked) for entry in _read(db, numbers[offset : offset + limit]))
    values, counted = found.faceted()
    return Results(found.total(), hits, values, counted, is_widened)


def _check(filters: Mapping[str, Sequence[str]], sort: str) -> None:
    unknown = [facet for facet in filters if facet not in facets.FACETS]
    if unknown:
        raise ValueError(f"no facet {unknown[0]!r}; known: {', '.join(facets.FACETS)}")
    if sort not in SORTS:
        raise ValueError(f"no order {sort!r}; known: {', '.join(SORTS)}")


class _Matches:
    """The things that match an expression and filters."""

    def __init__(
        self, db: sqlite3.Connection, asked: Expression, filters: Mapping[str, Sequence[str]]
    ) -> None:
        self._db, self._asked, self._filters = db, asked, filters
        self._match = self._written()
        self._total = -1

    def _written(self, *, but: str = "") -> str:
        """The full-text expression; "" where everything matches."""
        asked = self._asked.written()
        parts = [f"({asked})" if asked else "", facets.condition(self._filters, but=but)]
        return " AND ".join(part for part in parts if part)

    def total(self) -> int:
        """How many there are."""
        if self._total < 0:
            query, values = "SELECT value FROM state WHERE name = 'things'", ()
            if self._match:
                query, values = "SELECT count(*) FROM text WHERE text MATCH ?", (self._match,)  # type: ignore[assignment]
            self._total = self._db.execute(query, values).fetchone()[0]
        return self._total

    def ranked(self, query: str, limit: int) -> list[int]:
        """Numbers of the first matches: those called as was typed, those whose names begin so, by bm25."""
        if not self._asked.readings:
            return self.sorted("-id", limit)
        best = self._best(query)
        rest = self._db.execute(
            f"SELECT rowid FROM ({_SCORED} LIMIT ?) ORDER BY score, rowid LIMIT ?",
            (self._match, max(_RANKED, limit), limit),
        )
        return list(dict.fromkeys([*best, *(number for (number,) in rest)]))[:limit]

    def _best(self, query: str) -> list[int]:
        """Numbers of the matches whose names are what was typed, then of those whose names begin with it."""
        keys: dict[int, tuple[int, int]] = {}
        for begin in typed(query):
            rows = self._db.execute(
                "SELECT key, thing FROM name WHERE key >= ? AND key < ? ORDER BY key LIMIT ?",
                (begin, begin + _LAST, _BEST),
            )
            for key, thing in rows:
                rank = (int(key != begin), len(key))
                keys[thing] = min(rank, keys.get(thing, rank))
        if not keys:
            return []
        listed = ", ".join(map(str, keys))
        rows = self._db.execute(
            f"{_SCORED} AND rowid IN ({listed})",
            (self._match,),
        )
        return [number for *_, number in sorted((*keys[number], score, number) for number, score in rows)]

    def sorted(self, sort: str, limit: int) -> list[int]:
        """Numbers of the first matches in one of SORTS; newest in the index first for "-id"."""
        order = SORTS.get(sort, "id DESC")
        where = "id IN (SELECT rowid FROM text WHERE text MATCH ?)" if self._match else "kind IS NOT NULL"
        values = (self._match,) if self._match else ()
        rows = self._db.execute(
            f"SELECT id FROM thing WHERE {where} ORDER BY {order} LIMIT ?", (*values, limit)
        )
        return [number for (number,) in rows]

    def faceted(self) -> tuple[dict[str, tuple[FacetValue, ...]], int]:
        """The values of each facet among the matches, and how many matches were counted."""
        made = self._counts(self._match)
        for facet, values in self._filters.items():
            if values:
                made[facet] = self._counts(self._written(but=facet)).get(facet, ())
        listed = {facet: made[facet] for facet in facets.FACETS if made.get(facet)}
        return listed, min(self.total(), _COUNTED) if self._match else self.total()

    def _counts(self, match: str) -> dict[str, tuple[FacetValue, ...]]:
        if not match:
            return self._all_counts()
        rows = self._db.execute(
            "SELECT thing.facets FROM text JOIN thing ON thing.id = text.rowid WHERE text MATCH ? LIMIT ?",
            (match, _COUNTED),
        )
        counted = facets.counted(row for (row,) in rows)
        return self._listed(counted)

    def _listed(self, counted: facets.Counted) -> dict[str, tuple[FacetValue, ...]]:
        """The most frequent values by facet, with their names."""
        made: dict[str, list[FacetValue]] = {}
        missing = set(facets.FACETS)
        frequent = counted.most_common()
        for start in range(0, len(frequent), 500):
            part = dict(frequent[start : start + 500])
            listed = ", ".join(map(str, part))
            rows = self._db.execute(
                f"SELECT number, facet, value FROM facet WHERE number IN ({listed})"
            ).fetchall()
            for number, facet, value in sorted(rows, key=lambda row: (-part[row[0]], row[2])):
                values = made.setdefault(facet, [])
                if len(values) < _VALUES:
                    values.append(FacetValue(facet, value, part[number]))
            missing = {facet for facet in facets.FACETS if len(made.get(facet, ())) < _VALUES}
            if start >= 2_000 or not missing:
                break
        return {facet: tuple(values) for facet, values in made.items()}

    def _all_counts(self) -> dict[str, tuple[FacetValue, ...]]:
        made = {}
        for facet in facets.FACETS:
            rows = self._db.execute(_FREQUENT, (facet, _VALUES))
            made[facet] = tuple(FacetValue(*row) for row in rows)
        return made


def _read(db: sqlite3.Connection, numbers: Sequence[int]) -> list[Entry]:
    """The entries of things, in the order of their *numbers*."""
    listed = ", ".join(map(str, numbers))
    rows = db.execute(f"SELECT id, iri, tally FROM thing WHERE id IN ({listed})")
    found = {number: tally.merged(iri, tally.read(row)) for number, iri, row in rows}
    return [entry for number in numbers if (entry := found.get(number))]


def _hit(entry: Entry, asked: Expression) -> Hit:
    why, matched = _reason(entry, asked)
    named = entry.names or entry.alternatives
    text, language = next(((text, tag) for text, tag in named if text == matched), named[0])
    return Hit(entry.iri, entry.kind, text, language, entry.names, why, matched, entry.facets)


def _reason(entry: Entry, asked: Expression) -> tuple[str, str]:
    """Which text of a thing meets most of what was asked, names before other texts."""
    if not asked.readings:
        return "", ""
    texts = [
        *(("name", text, of_names([text])) for text, _ in entry.names),
        *(("alternative", text, of_names([text])) for text, _ in entry.alternatives),
        *(("identifier", text, text) for text in entry.identifiers),
        *(("words", text, of_texts([text])) for text in entry.words),
    ]
    met = [asked.met(frozenset(tokens.split())) for _, _, tokens in texts]
    best = max(met, default=0)
    if not best:
        return "words", ""
    why, matched, _ = texts[met.index(best)]
    return why, matched


def complete(db: sqlite3.Connection, text: str, *, limit: int, kind: str) -> list[Completion]:
    """See SearchIndex.complete."""
    best: dict[int, tuple[int, int, int]] = {}
    for begin in typed(text):
        rows = db.execute(
            "SELECT key, thing, form FROM name WHERE key >= ? AND key < ? ORDER BY key LIMIT ?",
            (begin, begin + _LAST, _SCANNED),
        )
        for key, thing, form in rows:
            rank = (int(key != begin), form, len(key))
            best[thing] = min(rank, best.get(thing, rank))
    ordered = sorted(best, key=lambda thing: (best[thing], thing))
    if kind:
        ordered = _of_kind(db, ordered, kind)
    chosen = ordered[: max(0, min(limit, _MOST))]
    return [
        _completion(entry, text, best[number][1])
        for number, entry in zip(chosen, _read(db, chosen), strict=False)
    ]


def _of_kind(db: sqlite3.Connection, numbers: Sequence[int], kind: str) -> list[int]:
    listed = ", ".join(map(str, numbers))
    rows = {
        number
        for (number,) in db.execute(f"SELECT id FROM thing WHERE id IN ({listed}) AND kind = ?", (kind,))
    }
    return [number for number in numbers if number in rows]


def _completion(entry: Entry, text: str, form: int) -> Completion:
    names = (*entry.names, *entry.alternatives)
    begins = tuple(typed(text))
    matched = next((name for name, _ in names if plain(name).startswith(begins)), "") if form == NAME else ""
    if not matched and form != NAME:
        matched = next((name for name, _ in names if has_han(name)), "")
    shown, language = next(((name, tag) for name, tag in entry.names if name == matched), names[0])
    return Completion(entry.iri, entry.kind, shown, language, matched or shown, FORMS[form])


def suggest(db: sqlite3.Connection, text: str, *, limit: int) -> list[Completion]:
    """See SearchIndex.suggest."""
    wanted = plain(text)[: expression.LONGEST]
    if not wanted:
        return []
    numbers = dict.fromkeys([*_begun_alike(db, wanted), *_sharing(db, wanted)])
    scored = []
    for entry in _read(db, list(numbers)[:_SCANNED]):
        likeness, name, language = max(
            (SequenceMatcher(None, wanted, plain(name)).ratio(), name, tag)
            for name, tag in (*entry.names, *entry.alternatives)
        )
        if likeness >= _ALIKE:
            scored.append((-likeness, Completion(entry.iri, entry.kind, name, language, name)))
    return [made for _, made in sorted(scored, key=lambda each: (each[0], each[1].text))][:limit]


def _begun_alike(db: sqlite3.Connection, wanted: str) -> list[int]:
    """Numbers of things whose keys share the longest beginning with *wanted* that any do."""
    for length in range(len(wanted), 0, -1):
        begin = wanted[:length]
        rows = db.execute(
            "SELECT thing FROM name WHERE key >= ? AND key < ? LIMIT ?", (begin, begin + _LAST, _SCANNED // 4)
        ).fetchall()
        if len(rows) >= 3:
            return [thing for (thing,) in rows]
    return []


def _sharing(db: sqlite3.Connection, wanted: str) -> list[int]:
    """Numbers of things whose names share a word or a pair of characters with *wanted*."""
    tokens = of_texts([wanted]).split()[:16]
    match = " OR ".join(f'"{token}"' for token in tokens if len(token) > 1)
    if not match:
        return []
    rows = db.execute(
        f"SELECT rowid FROM ({_SCORED} LIMIT ?) ORDER BY score, rowid LIMIT ?",
        (f"{{names alternatives}} : ({match})", _RANKED, _SCANNED // 4),
    )
    return [number for (number,) in rows]
