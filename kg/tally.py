"""Tallies: how often each thing was said to be what, so that what came can go again, in any order.

A thing's tally counts equal contributions (Entry) of different graphs. Counts may pass below zero, when
a departure is told before the arrival; what counts more than zero is shown.
"""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import orjson

from kg.entries import Entry, rank

Tally = dict[bytes, int]
"""Packed contribution → how many graphs make it; never zero."""

_Part = TypeVar("_Part", str, tuple[str, str])

_RECORD, _UNIT = b"\x1e", b"\x1f"
"""Control characters, which JSON writes as escapes: they part what is packed."""


def packed(entry: Entry) -> bytes:
    """What *entry* says of its thing, as bytes that are equal where entries are."""
    return orjson.dumps(
        (entry.kind, entry.names, entry.alternatives, entry.words, entry.identifiers, entry.facets)
    )


def unpacked(iri: str, contribution: bytes) -> Entry:
    """The entry that was packed."""
    kind, names, alternatives, words, identifiers, facets = orjson.loads(contribution)
    return Entry(
        iri=iri,
        kind=kind,
        names=tuple(map(tuple, names)),
        words=tuple(words),
        identifiers=tuple(identifiers),
        facets=tuple(map(tuple, facets)),
        alternatives=tuple(map(tuple, alternatives)),
    )


def written(tally: Tally) -> bytes:
    """A tally as the bytes of its row."""
    return _RECORD.join([b"%d%b%b" % (tally[said], _UNIT, said) for said in sorted(tally)])


def read(row: bytes) -> Tally:
    """The tally that was written."""
    parted = (said.split(_UNIT, 1) for said in row.split(_RECORD)) if row else ()
    return {said: int(count) for count, said in parted}


def added(tally: Tally, changes: Mapping[bytes, int]) -> Tally:
    """*tally* with *changes* counted in."""
    made = dict(tally)
    for said, change in changes.items():
        if count := made.get(said, 0) + change:
            made[said] = count
        else:
            made.pop(said, None)
    return made


def said(tally: Tally) -> frozenset[bytes]:
    """The contributions that are shown."""
    return frozenset(contribution for contribution, count in tally.items() if count > 0)


def weight(tally: Tally) -> int:
    """How many graphs speak of a thing."""
    return sum(count for count in tally.values() if count > 0)


def merged(iri: str, tally: Tally) -> Entry | None:
    """All shown contributions as one entry; None where nobody says anything of the thing any more.

    It rests on which contributions there are, not on how many of each: else counting would change it.
    """
    made = [unpacked(iri, contribution) for contribution, count in tally.items() if count > 0]
    if len(made) < 2:
        return made[0] if made else None
    names = _union(entry.names for entry in made)
    return Entry(
        iri=iri,
        kind=min((entry.kind for entry in made), key=rank),
        names=names,
        words=_union(entry.words for entry in made),
        identifiers=_union(entry.identifiers for entry in made),
        facets=_union(entry.facets for entry in made),
        alternatives=tuple(
            name for name in _union(entry.alternatives for entry in made) if name not in names
        ),
    )


def fetched(db: sqlite3.Connection, numbers: Sequence[int]) -> dict[int, Entry]:
    """The shown things of those *numbers*, in their order."""
    listed = ", ".join(map(str, numbers))
    rows = db.execute(f"SELECT id, iri, tally FROM thing WHERE id IN ({listed})")
    found = {number: merged(iri, read(row)) for number, iri, row in rows}
    return {number: entry for number in numbers if (entry := found.get(number))}


def _union(parts: Iterable[tuple[_Part, ...]]) -> tuple[_Part, ...]:
    return tuple(sorted({part for each in parts for part in each}))
