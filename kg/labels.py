"""Names of things: reading them in one look-up each, and choosing one for a reader's language."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Name:
    """What something is called: the text, its language tag ("" where unknown) and where it came from.

    property: IRI of the property that gave the name. script: "Hani", "Latn" or "" where nobody said.
    transliteration: "pinyin", "wade-giles" or "". sources: the graphs that state it, best first.
    """

    text: str
    language: str = ""
    property: str = ""
    script: str = ""
    transliteration: str = ""
    sources: tuple[str, ...] = ()
