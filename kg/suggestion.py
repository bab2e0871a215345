"""Suggestions: names that look like what was typed, where nothing is called so ("did you mean")."""

import re
import sqlite3
from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches

from kg import expression
from kg.completion import AFTER, PINYIN, Completion, keys_of
from kg.entries import Entry
from kg.fold import plain
from kg.matches import SCORED
from kg.script import has_han
from kg.tally import fetched
from kg.tokens import of_texts, runs

_FEW = 64
"""Things that each way of looking gives."""
_RANKED = 2_000
"""Things that share a word, of which the best are taken."""
_TERMS = 4_000
"""Words of the index that a mistyped one is compared with."""
_SAME = 2
"""Letters at the beginning of a word that are taken to be right."""
_ALIKE = 0.5
"""How alike a suggestion must be, and..."""
_ALIKE_WORD = 0.75
"""... how alike a word must be, in 0..1 (difflib)."""
_BEGUN = 0.9
"""What likeness to the beginning of a name counts beside likeness to all of it."""
_SOUNDING = 0.95
"""What counts as the likeness of a name that sounds the same."""
_WORD = re.compile(r"[a-z]{4,}")


def suggest(db: sqlite3.Connection, text: str, *, limit: int) -> list[Completion]:
    """See SearchIndex.suggest."""
    wanted = plain(text[: expression.LONGEST])
    if not wanted:
        return []
    corrected = _corrected(db, wanted)
    sounding = _sounding(db, wanted)
    sharing = [*_sharing(db, corrected, all_of_them=True), *_sharing(db, corrected)]
    numbers = dict.fromkeys([*sounding, *sharing, *_begun(db, wanted)])
    scored = [
        _scored(entry, wanted, least=_SOUNDING if number in sounding else 0.0)
        for number, entry in fetched(db, list(numbers)).items()
    ]
    alike = [(score, made) for score, made in scored if score >= _ALIKE]
    alike.sort(key=lambda each: (-each[0], each[1].text, each[1].iri))
    return [made for _, made in alike][: max(0, limit)]


def _corrected(db: sqlite3.Connection, wanted: str) -> str:
    """The words of *wanted*, each that the index does not know replaced by the one most like it."""
    return " ".join(_nearest(db, word) if _WORD.fullmatch(word) else word for word in runs(wanted))


def _nearest(db: sqlite3.Connection, word: str) -> str:
    known = "SELECT term FROM vocabulary WHERE term >= ? AND term < ? LIMIT ?"
    if db.execute("SELECT 1 FROM vocabulary WHERE term = ?", (word,)).fetchone():
        return word
    begin = word[:_SAME]
    terms = [term for (term,) in db.execute(known, (begin, begin + AFTER, _TERMS)) if "_" not in term]
    return next(iter(get_close_matches(word, terms, n=1, cutoff=_ALIKE_WORD)), word)


def _sharing(db: sqlite3.Connection, wanted: str, *, all_of_them: bool = False) -> Iterable[int]:
    """Numbers of things whose names share words or pairs of characters with *wanted*, the best first."""
    tokens = [token for token in of_texts([wanted]).split() if len(token) > 1][:16]
    if not tokens:
        return []
    match = (" AND " if all_of_them else " OR ").join(f'"{token}"' for token in tokens)
    rows = db.execute(
        f"SELECT rowid FROM ({SCORED} LIMIT ?) ORDER BY score, rowid LIMIT ?",
        (f"{{names alternatives}} : ({match})", _RANKED, _FEW),
    )
    return [number for (number,) in rows]


def _sounding(db: sqlite3.Connection, wanted: str) -> set[int]:
    """Numbers of things whose names are read as *wanted* is: mistyped Chinese mostly sounds right."""
    if not has_han(wanted):
        return set()
    keys = [key for key, form in keys_of(wanted) if form == PINYIN]
    listed = ", ".join("?" * len(keys))
    rows = db.execute(
        f"SELECT thing FROM name WHERE key IN ({listed}) AND form = ? LIMIT ?", (*keys, PINYIN, _FEW)
    )
    return {thing for (thing,) in rows}


def _begun(db: sqlite3.Connection, wanted: str) -> Iterable[int]:
    """Numbers of things whose keys share the longest beginning with *wanted* that any do."""
    find = "SELECT thing FROM name WHERE key >= ? AND key < ? LIMIT ?"
    for length in range(len(wanted), 0, -1):
        begin = wanted[:length]
        if rows := db.execute(find, (begin, begin + AFTER, _FEW)).fetchall():
            return [thing for (thing,) in rows]
    return []


def _scored(entry: Entry, wanted: str, *, least: float) -> tuple[float, Completion]:
    """How alike the nearest name of a thing is, and that name."""
    likeness, name, language = max(
        (_likeness(wanted, plain(name)), name, language)
        for name, language in (*entry.names, *entry.alternatives)
    )
    return max(likeness, least), Completion(entry.iri, entry.kind, name, language, name)


def _likeness(wanted: str, name: str) -> float:
    """How alike two folded texts are, in 0..1; a name that goes on counts by its beginning, a little less."""
    whole = SequenceMatcher(None, wanted, name).ratio()
    return max(whole, SequenceMatcher(None, wanted, name[: len(wanted)]).ratio() * _BEGUN)
