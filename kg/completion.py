"""Completion: the keys under which names are found by their beginning, and the names they complete to."""

from dataclasses import dataclass

from kg.entries import Entry
from kg.fold import plain
from kg.pinyin import syllables
from kg.script import has_han

NAME, PINYIN, INITIALS = 0, 1, 2
"""The forms of a key: a name folded, how it is read (wenyuange), the initials of that (wyg)."""

_LENGTH = {NAME: 48, PINYIN: 32, INITIALS: 12}
"""Characters of a key that are kept."""
_NAMES = 16
"""Names of one thing that have keys; the rest is found by search."""

Key = tuple[str, int]
"""A key and its form."""


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


FORMS = ("name", "pinyin", "initials")


def keys(entry: Entry) -> set[Key]:
    """The keys of all names of a thing."""
    made: set[Key] = set()
    for text, _ in (*entry.names, *entry.alternatives)[:_NAMES]:
        made |= keys_of(text, is_person=entry.kind == "person")
    return made


def keys_of(name: str, *, is_person: bool = False) -> set[Key]:
    """The keys of one name; a person's also with the given name first (paul a samuelson)."""
    folded = plain(name)
    made = {(folded[: _LENGTH[NAME]], NAME)}
    if is_person and ", " in name:
        family, _, given = name.partition(", ")
        made.add((f"{plain(given)} {plain(family)}"[: _LENGTH[NAME]], NAME))
    if has_han(folded):
        for read in {tuple(syllables(folded)), tuple(syllables(folded, is_name=is_person))}:
            made.add(("".join(read)[: _LENGTH[PINYIN]], PINYIN))
            made.add(("".join(syllable[0] for syllable in read)[: _LENGTH[INITIALS]], INITIALS))
    return {(key, form) for key, form in made if key}


def typed(text: str) -> list[str]:
    """What was typed, as the beginnings of keys: folded, and without blanks where it is letters only."""
    folded = plain(text)[: _LENGTH[NAME]]
    joined = folded.replace(" ", "")
    if not folded:
        return []
    return [folded, joined] if joined != folded and joined.isascii() and joined.isalpha() else [folded]
