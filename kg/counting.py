"""Counting entries into the index: which rows each thing takes, and writing those that change."""

import json
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from kg import completion, facets, tally
from kg.entries import Entry
from kg.fold import plain
from kg.pinyin import syllables
from kg.script import has_han
from kg.tally import Tally
from kg.tokens import of_name, of_words

_CHUNK = 20_000
"""Entries that are counted together before rows are written."""
_SORT = 40
"""Characters of a sort key."""

_FIND = "SELECT id, iri, tally FROM thing WHERE hash IN (SELECT value FROM json_each(?)) AND hash IS NOT NULL"
_INSERT = "INSERT INTO thing(id, hash, iri, kind, facets, year, sort, tally) VALUES(?, ?, ?, ?, ?, ?, ?, ?)"
_UPDATE = "UPDATE thing SET kind = ?, facets = ?, year = ?, sort = ?, tally = ? WHERE id = ?"
_COUNT_FACET = (
    "INSERT INTO facet(number, facet, value, count) VALUES(?, ?, ?, ?)"
    " ON CONFLICT(number) DO UPDATE SET count = count + excluded.count"
)
_COLUMNS = "rowid, names, alternatives, identifiers, words, facets"

Texts = tuple[str, str, str, str, str]
"""The tokens of a thing in the columns of the full-text table."""


@dataclass(slots=True)
class _Rows:
    """The rows to write for some things, by kind of statement."""

    new: list[tuple[object, ...]] = field(default_factory=list)
    changed: list[tuple[object, ...]] = field(default_factory=list)
    counted: list[tuple[bytes, int]] = field(default_factory=list)
    dropped: list[tuple[int]] = field(default_factory=list)
    old_texts: list[tuple[int | str, ...]] = field(default_factory=list)
    new_texts: list[tuple[int | str, ...]] = field(default_factory=list)
    old_keys: list[tuple[str, int, int]] = field(default_factory=list)
    new_keys: list[tuple[str, int, int]] = field(default_factory=list)
    facets: Counter[tuple[str, str]] = field(default_factory=Counter)
    things: int = 0


class Counting:
    """Counts entries in and out over one connection, within a transaction that the caller holds."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._next = db.execute("SELECT IFNULL(MAX(id), 0) FROM thing").fetchone()[0] + 1

    def count(self, gone: Iterable[Entry], came: Iterable[Entry]) -> None:
        """Counts out what is gone and in what came; in portions, since counting is exact in any order."""
        for changes in _portions(gone, came):
            self._write(self._rows(changes))

    def _rows(self, changes: dict[str, Tally]) -> _Rows:
        rows = _Rows()
        known = self._known(changes)
        for iri, change in sorted(changes.items(), key=lambda each: known.get(each[0], (self._next,))[0]):
            if iri in known:
                self._change(rows, iri, known[iri], change)
            else:
                self._create(rows, iri, change)
        return rows

    def _known(self, iris: Iterable[str]) -> dict[str, tuple[int, Tally]]:
        """The things that have a row: its number and their tally."""
        wanted = {iri: _hash(iri) for iri in iris}
        found = self._db.execute(_FIND, (json.dumps(sorted(wanted.values())),))
        return {iri: (number, tally.read(row)) for number, iri, row in found if iri in wanted}

    def _create(self, rows: _Rows, iri: str, change: Tally) -> None:
        number, self._next = self._next, self._next + 1
        entry = tally.merged(iri, change)
        rows.new.append((number, _hash(iri), iri, *_shown(entry), tally.written(change)))
        _move(rows, number, None, entry)

    def _change(self, rows: _Rows, iri: str, known: tuple[int, Tally], change: Tally) -> None:
        number, before = known
        after = tally.added(before, change)
        if not after:
            rows.dropped.append((number,))
            _move(rows, number, tally.merged(iri, before), None)
        elif tally.said(after) == tally.said(before):
            rows.counted.append((tally.written(after), number))
        else:
            entry = tally.merged(iri, after)
            rows.changed.append((*_shown(entry), tally.written(after), number))
            _move(rows, number, tally.merged(iri, before), entry)

    def _write(self, rows: _Rows) -> None:
        many = self._db.executemany
        marks = ", ".join("?" * 6)
        many(f"INSERT INTO text(text, {_COLUMNS}) VALUES('delete', {marks})", rows.old_texts)
        many(f"INSERT INTO text({_COLUMNS}) VALUES({marks})", rows.new_texts)
        many("DELETE FROM thing WHERE id = ?", rows.dropped)
        many("UPDATE thing SET tally = ? WHERE id = ?", rows.counted)
        many(_UPDATE, rows.changed)
        many(_INSERT, rows.new)
        many("DELETE FROM name WHERE key = ? AND thing = ? AND form = ?", sorted(rows.old_keys))
        many("INSERT INTO name(key, thing, form) VALUES(?, ?, ?)", sorted(rows.new_keys))
        self._count_facets(rows.facets)
        if rows.things:
            self._db.execute("UPDATE state SET value = value + ? WHERE name = 'things'", (rows.things,))

    def _count_facets(self, changes: Counter[tuple[str, str]]) -> None:
        counted = sorted((facets.number(*value), *value, count) for value, count in changes.items() if count)
        self._db.executemany(_COUNT_FACET, counted)
        fewer = [(number,) for number, _, _, count in counted if count < 0]
        self._db.executemany("DELETE FROM facet WHERE number = ? AND count = 0", fewer)


def _portions(gone: Iterable[Entry], came: Iterable[Entry]) -> Iterator[dict[str, Tally]]:
    """The changes of each thing's tally, so many entries at a time."""
    changes: dict[str, Tally] = {}
    met = 0
    for sign, side in ((-1, gone), (1, came)):
        for entry in side:
            said = tally.packed(entry)
            change = changes.get(entry.iri)
            if change is None:
                changes[entry.iri] = {said: sign}
            else:
                change[said] = change.get(said, 0) + sign
            met += 1
            if met >= _CHUNK:
                yield _netted(changes)
                changes, met = {}, 0
    yield _netted(changes)


def _netted(changes: dict[str, Tally]) -> dict[str, Tally]:
    """The changes without those that cancel out."""
    made = {iri: {said: count for said, count in change.items() if count} for iri, change in changes.items()}
    return {iri: change for iri, change in made.items() if change}


def _hash(iri: str) -> int:
    return zlib.crc32(iri.encode())


def _shown(entry: Entry | None) -> tuple[object, ...]:
    """The columns kind, facets, year and sort of a thing's row; all empty for one that is not shown."""
    if entry is None:
        return None, None, None, None
    years = [value for facet, value in entry.facets if facet == "year"]
    return entry.kind, facets.packed(facets.of(entry)), int(max(years)) if years else None, sort_key(entry)


def sort_key(entry: Entry) -> str:
    """The key by which a thing is sorted by name: Latin by letters, Chinese by pinyin."""
    texts = entry.names or entry.alternatives
    if not texts:
        return ""
    folded = plain(texts[0][0])
    if has_han(folded[:1]):
        folded = " ".join(syllables(folded[:_SORT], is_name=entry.kind == "person"))
    return folded[:_SORT]


def texts(entry: Entry) -> Texts:
    """The tokens of a thing, column by column."""
    names = _longest(text for text, _ in entry.names)
    return (
        " | ".join(map(of_name, names)),
        " | ".join(of_name(text) for text, _ in entry.alternatives),
        " ".join(entry.identifiers),
        " | ".join(map(of_words, entry.words)),
        " ".join(facets.token(*value) for value in facets.of(entry)),
    )


def _longest(names: Iterable[str]) -> list[str]:
    """Names without those that a longer one begins with: a title beside the title with its subtitle."""
    ordered = sorted(set(names))
    following = [*ordered[1:], ""]
    return [name for name, after in zip(ordered, following, strict=True) if not after.startswith(name)]


def _move(rows: _Rows, number: int, old: Entry | None, new: Entry | None) -> None:
    """Enters into *rows* what leads from one shown entry of a thing to another."""
    old_texts, new_texts = old and texts(old), new and texts(new)
    if old_texts != new_texts:
        if old_texts:
            rows.old_texts.append((number, *old_texts))
        if new_texts:
            rows.new_texts.append((number, *new_texts))
    old_keys, new_keys = (completion.keys(entry) if entry else set() for entry in (old, new))
    rows.old_keys += [(key, number, form) for key, form in old_keys - new_keys]
    rows.new_keys += [(key, number, form) for key, form in new_keys - old_keys]
    if old:
        rows.facets.subtract(facets.of(old))
    if new:
        rows.facets.update(facets.of(new))
    rows.things += bool(new) - bool(old)
