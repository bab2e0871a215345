"""Counting entries into the index: which rows each thing takes, and writing those that change."""

import json
import sqlite3
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import NamedTuple

from kg import facets, tally
from kg.completion import Key, keys, sort_key
from kg.entries import Entry
from kg.tally import Tally
from kg.tokens import of_names, of_texts

_PORTION = 40_000
"""Entries that are counted together before rows are written."""

_FIND = "SELECT id, iri, tally FROM thing WHERE hash IN (SELECT value FROM json_each(?))"
_INSERT = "INSERT INTO thing(id, hash, iri, kind, year, sort, weight, tally) VALUES(?, ?, ?, ?, ?, ?, ?, ?)"
_UPDATE = "UPDATE thing SET kind = ?, year = ?, sort = ?, weight = ?, tally = ? WHERE id = ?"
_COUNT_FACET = (
    "INSERT INTO facet(number, facet, value, count) VALUES(?, ?, ?, ?)"
    " ON CONFLICT(number) DO UPDATE SET count = count + excluded.count"
)
_COLUMNS = "rowid, names, alternatives, identifiers, words, facets"
_TEXT = f"INSERT INTO text({_COLUMNS}) VALUES(?, ?, ?, ?, ?, ?)"
_FORGET_TEXT = f"INSERT INTO text(text, {_COLUMNS}) VALUES('delete', ?, ?, ?, ?, ?, ?)"


_Row = tuple[str | None, int | None, str | None]
"""The columns kind, year and sort of a thing; all empty for one that is not shown."""
_HIDDEN: _Row = (None, None, None)


class _Shown(NamedTuple):
    """What a thing that is shown takes in the tables."""

    row: _Row
    packed: bytes
    texts: tuple[str, str, str, str, str]
    keys: set[Key]


@dataclass(slots=True)
class _Rows:
    """The rows to write for some things, by what is done with them."""

    new: list[tuple[object, ...]] = field(default_factory=list)
    changed: list[tuple[object, ...]] = field(default_factory=list)
    counted: list[tuple[int, bytes, int]] = field(default_factory=list)
    dropped: list[tuple[int]] = field(default_factory=list)
    old_facets: list[tuple[int]] = field(default_factory=list)
    new_facets: list[tuple[int, bytes]] = field(default_factory=list)
    old_texts: list[tuple[object, ...]] = field(default_factory=list)
    new_texts: list[tuple[object, ...]] = field(default_factory=list)
    old_keys: list[tuple[str, int, int]] = field(default_factory=list)
    new_keys: list[tuple[str, int, int]] = field(default_factory=list)
    facets: Counter[tuple[str, str]] = field(default_factory=Counter)
    things: int = 0


class Counting:
    """Counts entries in and out over one connection, within a transaction that the caller holds."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._next = db.execute("SELECT IFNULL(MAX(id), 0) FROM thing").fetchone()[0] + 1
        self._met: dict[bytes, Entry] = {}
        """The entries of this portion, so that what was packed just now need not be unpacked."""

    def count(self, gone: Iterable[Entry], came: Iterable[Entry]) -> None:
        """Counts out what is gone and in what came; in portions, as counting is exact in any order."""
        for counts in _portions(gone, came):
            self._write(self._rows(self._changes(counts)))

    def _changes(self, counts: Mapping[Entry, int]) -> dict[str, Tally]:
        """The changes of each thing's tally."""
        self._met = {}
        changes: dict[str, Tally] = {}
        for entry, count in counts.items():
            if count:
                said = tally.packed(entry)
                self._met[said] = entry
                if entry.iri in changes:
                    changes[entry.iri][said] = count
                else:
                    changes[entry.iri] = {said: count}
        return changes

    def _rows(self, changes: dict[str, Tally]) -> _Rows:
        """The rows of all changes: those of known things first, by number, as FTS5 wants them."""
        rows = _Rows()
        known = self._known(changes)
        for iri in sorted(known, key=known.__getitem__):
            number, before = known[iri][0], tally.read(known[iri][1])
            self._change(rows, iri, number, before, changes.pop(iri))
        for iri, change in changes.items():
            self._create(rows, iri, change)
        return rows

    def _known(self, changes: dict[str, Tally]) -> dict[str, tuple[int, bytes]]:
        """The things that have a row: its number and their tally as it is written."""
        hashes = sorted({_hash(iri) for iri in changes})
        found = self._db.execute(_FIND, (json.dumps(hashes),))
        return {iri: (number, row) for number, iri, row in found if iri in changes}

    def _merged(self, iri: str, counted: Tally) -> Entry | None:
        """The entry of a thing: quickly, where it is one that has just been met."""
        if len(counted) == 1:
            said, count = next(iter(counted.items()))
            if count > 0 and (entry := self._met.get(said)) and entry.iri == iri:
                return entry
        return tally.merged(iri, counted)

    def _create(self, rows: _Rows, iri: str, change: Tally) -> None:
        number, self._next = self._next, self._next + 1
        entry = self._merged(iri, change)
        shown = _shown(entry) if entry else None
        row = shown.row if shown else _HIDDEN
        rows.new.append((number, _hash(iri), iri, *row, tally.weight(change), tally.written(change)))
        if entry and shown:
            rows.new_facets.append((number, shown.packed))
            rows.new_texts.append((number, *shown.texts))
            rows.new_keys += [(key, number, form) for key, form in shown.keys]
            rows.facets.update(facets.of(entry))
            rows.things += 1

    def _change(self, rows: _Rows, iri: str, number: int, before: Tally, change: Tally) -> None:
        after = tally.added(before, change)
        if not after:
            rows.dropped.append((number,))
            _move(rows, number, self._merged(iri, before), None)
        elif tally.said(after) == tally.said(before):
            rows.counted.append((tally.weight(after), tally.written(after), number))
        else:
            entry = self._merged(iri, after)
            row = _shown(entry).row if entry else _HIDDEN
            rows.changed.append((*row, tally.weight(after), tally.written(after), number))
            _move(rows, number, self._merged(iri, before), entry)

    def _write(self, rows: _Rows) -> None:
        many = self._db.executemany
        many(_FORGET_TEXT, rows.old_texts)
        many(_TEXT, rows.new_texts)
        many("DELETE FROM thing WHERE id = ?", rows.dropped)
        many("UPDATE thing SET weight = ?, tally = ? WHERE id = ?", rows.counted)
        many(_UPDATE, rows.changed)
        many(_INSERT, rows.new)
        many("DELETE FROM facets_of WHERE thing = ?", rows.old_facets)
        many("INSERT INTO facets_of(thing, packed) VALUES(?, ?)", rows.new_facets)
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


def _portions(gone: Iterable[Entry], came: Iterable[Entry]) -> Iterator[Counter[Entry]]:
    """How often each entry came, less how often it went; so many entries at a time."""
    leaving, coming = iter(gone), iter(came)
    while True:
        out = list(islice(leaving, _PORTION))
        counts = Counter(islice(coming, _PORTION))
        if not out and not counts:
            return
        counts.subtract(out)
        yield counts


def _hash(iri: str) -> int:
    return zlib.crc32(iri.encode())


def _shown(entry: Entry) -> _Shown:
    """What a thing takes in the tables."""
    packed, tokens = facets.written(facets.of(entry))
    years = [value for facet, value in entry.facets if facet == "year"]
    texts = (
        of_names(_longest(entry.names)),
        of_names([text for text, _ in entry.alternatives]) if entry.alternatives else "",
        " ".join(entry.identifiers),
        of_texts([*entry.words, *years]),
        tokens,
    )
    row = entry.kind, int(max(years)) if years else None, sort_key(entry)
    return _Shown(row, packed, texts, keys(entry))


def _longest(names: tuple[tuple[str, str], ...]) -> list[str]:
    """Names without those that a longer one begins with: a title beside the title with its subtitle."""
    if len(names) == 1:
        return [names[0][0]]
    ordered = sorted({text for text, _ in names})
    following = [*ordered[1:], ""]
    return [name for name, after in zip(ordered, following, strict=True) if not after.startswith(name)]


def _move(rows: _Rows, number: int, old: Entry | None, new: Entry | None) -> None:
    """Enters into *rows* what leads from one shown entry of a thing to another."""
    was, becomes = _shown(old) if old else _NOTHING, _shown(new) if new else _NOTHING
    if was.packed != becomes.packed:
        rows.old_facets += [(number,)] if old else []
        rows.new_facets += [(number, becomes.packed)] if new else []
    if was.texts != becomes.texts:
        rows.old_texts += [(number, *was.texts)] if old else []
        rows.new_texts += [(number, *becomes.texts)] if new else []
    rows.old_keys += [(key, number, form) for key, form in was.keys - becomes.keys]
    rows.new_keys += [(key, number, form) for key, form in becomes.keys - was.keys]
    rows.facets.subtract(facets.of(old) if old else ())
    rows.facets.update(facets.of(new) if new else ())
    rows.things += bool(new) - bool(old)


_NOTHING = _Shown(_HIDDEN, b"", ("", "", "", "", ""), set())
