"""Completion: the keys under which names are found by their beginning, and the names they complete to."""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product

from kg import romanisation
from kg.entries import Entry
from kg.fold import plain
from kg.pinyin import readings, syllables
from kg.script import has_han
from kg.tally import fetched

NAME, PINYIN, INITIALS = 0, 1, 2
"""The forms of a key: a name folded, how it is read (wenyuange), the initials of that (wyg)."""
FORMS = ("name", "pinyin", "initials")

_NAME_LENGTH, _PINYIN_LENGTH, _INITIALS_LENGTH = 48, 32, 12
"""Characters of a key that are kept."""
_SHORT = 8
"""Characters of a name that is short enough to have keys for several ways to read it, and how many ways:"""
_WAYS = 8
_NAMES = 16
"""Names of one thing that have keys; the rest is found by search."""

AFTER = "\U0010ffff"
"""Put behind the beginning of a key, it makes the end of all keys that begin so."""
_KEYS = "SELECT key, thing, form FROM name WHERE key >= ? AND key < ? ORDER BY key LIMIT ?"
_BEGUN = f"SELECT key, thing, form, weight FROM ({_KEYS}) AS begun JOIN thing ON thing.id = begun.thing"
_BEGUN_OF_KIND = f"{_BEGUN} WHERE kind = ? LIMIT ?"
_SCANNED = 256
"""Keys that are looked at; of one kind, among so many:"""
_SCANNED_FOR_KIND = 4_096
_MOST = 100
"""Completions that are given at most."""

Key = tuple[str, int]
"""A key and its form."""
Rank = tuple[bool, int, int, int]
"""How well a key suits: whether it goes on, its form, how little is said of its thing, its length."""


@dataclass(frozen=True, slots=True)
class Completion:
    """A name that what was typed may become.

    text, language: the name to show; matched: the name that begins as typed, which may be another one.
    form: "name", "pinyin" or "initials".
    """

    iri: str
    kind: str
    text: str
    language: str = ""
    matched: str = ""
    form: str = "name"


def keys(entry: Entry) -> set[Key]:
    """The keys of all names of a thing."""
    is_person = entry.kind == "person"
    names = (*entry.names, *entry.alternatives)
    return {key for text, _ in names[:_NAMES] for key in keys_of(text, is_person)}


@lru_cache(maxsize=16_384)
def keys_of(name: str, is_person: bool = False) -> tuple[Key, ...]:
    """The keys of one name; a person's also with the given name first (paul a samuelson)."""
    folded = plain(name)
    if not folded:
        return ()
    made = [(folded[:_NAME_LENGTH], NAME)]
    if is_person and ", " in name:
        family, _, given = name.partition(", ")
        made.append((f"{plain(given)} {plain(family)}".strip()[:_NAME_LENGTH], NAME))
    if has_han(folded):
        made += _read(folded[:_PINYIN_LENGTH], is_person)
    elif folded.isascii() and (read := romanisation.of_name(name, folded)):
        made += _joined([first for first, *_ in read])
    return tuple(made)


def _read(folded: str, is_person: bool) -> list[Key]:
    """The keys of how a name is read: as it is likely to be, then a short one in all ways it may be."""
    ways = [
        tuple(syllables(folded, is_name=is_name)) for is_name in ((True, False) if is_person else (False,))
    ]
    if len(folded) <= _SHORT:
        all_ways = product(*(found for char in folded if (found := readings(char))))
        ways += islice(all_ways, _WAYS)
    return list(dict.fromkeys(key for way in dict.fromkeys(ways) for key in _joined(way) if way))


def _joined(read: Sequence[str]) -> list[Key]:
    """The keys of one way to read a name."""
    initials = "".join([syllable[0] for syllable in read])
    return [("".join(read)[:_PINYIN_LENGTH], PINYIN), (initials[:_INITIALS_LENGTH], INITIALS)]


def sort_key(entry: Entry) -> str:
    """The key by which a thing is sorted by name: Latin by letters, Chinese by pinyin."""
    names = entry.names or entry.alternatives
    if not names:
        return ""
    found = keys_of(names[0][0], entry.kind == "person")
    if not found:
        return ""
    return (
        found[0][0]
        if found[0][0][0].isascii()
        else next((key for key, form in found if form == PINYIN), found[0][0])
    )


def begun(db: sqlite3.Connection, text: str, *, limit: int = _SCANNED, kind: str = "") -> dict[int, Rank]:
    """Things with a key that begins with *text*, and how well it does; at most about *limit*."""
    folded = plain(text)[:_NAME_LENGTH]
    joined = folded.replace(" ", "")
    if not folded or not kind.isascii():
        return {}
    found = [(folded, *row) for row in _keys(db, folded, limit, kind)]
    if joined != folded and joined.isascii() and joined.isalpha():
        # What is typed in syllables may be a reading, whose key is joined; but not the beginning of a word.
        found += [(joined, *row) for row in _keys(db, joined, limit, kind) if row[2] != NAME]
    ranks: dict[int, Rank] = {}
    for typed, key, thing, form, weight in found:
        rank = (key != typed, form, -weight.bit_length(), len(key))
        ranks[thing] = min(rank, ranks.get(thing, rank))
    return ranks


def complete(db: sqlite3.Connection, text: str, *, limit: int, kind: str) -> list[Completion]:
    """See SearchIndex.complete."""
    ranks = begun(db, text, kind=kind)
    chosen = sorted(ranks, key=lambda thing: (ranks[thing], thing))[: max(0, min(limit, _MOST))]
    folded = plain(text)[:_NAME_LENGTH]
    begins = (folded, folded.replace(" ", ""))
    return [_completion(entry, begins, ranks[number][1]) for number, entry in fetched(db, chosen).items()]


def _keys(db: sqlite3.Connection, begin: str, limit: int, kind: str) -> Iterable[tuple[str, int, int, int]]:
    """Keys that begin so in the order of the alphabet, exact ones first: key, thing, form and weight."""
    if kind:
        return db.execute(_BEGUN_OF_KIND, (begin, begin + AFTER, _SCANNED_FOR_KIND, kind, limit))
    return db.execute(_BEGUN, (begin, begin + AFTER, limit))


def _completion(entry: Entry, begins: tuple[str, ...], form: int) -> Completion:
    names = (*entry.names, *entry.alternatives)
    if form == NAME:
        matched = next((name for name, _ in names if plain(name).startswith(begins)), "")
    else:
        matched = next(
            (name for name, _ in names if any(key.startswith(begins) for key, _ in keys_of(name))), ""
        )
    shown, language = next(((name, tag) for name, tag in entry.names if name == matched), names[0])
    return Completion(entry.iri, entry.kind, shown, language, matched or shown, FORMS[form])
