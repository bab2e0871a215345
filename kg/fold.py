"""The form in which texts are compared: one `fold` for all scripts and spellings. Never for display.

Folding goes character by character, so that a part of a text folds as it does within the whole:
NFKC, case and width; traditional to simplified Chinese and variant characters; diacritics off Latin
and Greek; punctuation, symbols and title marks to blanks; blanks collapsed, and dropped between
Chinese characters. `fold` also brings volume numbers to one form (kg.volume); `plain` does not, so
each of its parts can be looked for.
"""

import re
import unicodedata
from functools import cache
from importlib.resources import files

from kg.script import BETWEEN_HAN, is_han
from kg.volume import normalised

_ASCII = bytes(code if chr(code).isalnum() else 32 for code in bytes(range(128)).lower()).ljust(256)
_LATIN = str.maketrans(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
)
_LANGUAGES = re.compile(r"(?<=[A-Za-z])(?:\+\+|#)(?![A-Za-z0-9])")
_SIGNS = {"++": " plus plus ", "#": " sharp "}
_DROPPED = frozenset("\u02b9\u02ba\u02bb\u02bc\u02bd\u02be\u02bf")
"""Modifier letters that romanisations write within words: the aspirate of Wade-Giles, the Arabic ayn."""
_ZEROS = frozenset("○◯")
"""Circles written for the Chinese digit 〇."""


def fold(text: str) -> str:
    """*text* in the form in which two spellings of the same thing are equal; idempotent.

    fold("《紅樓夢》 第一册") == fold("红楼梦 v.1") == "红楼梦 v1".
    """
    return normalised(plain(text))


def plain(text: str) -> str:
    """*text* folded character by character: as `fold`, but volume numbers stay as they are written."""
    if text.isascii():
        text = _spoken(text) if "+" in text or "#" in text else text
        return " ".join(text.encode().translate(_ASCII).decode().split())
    if not unicodedata.is_normalized("NFKC", text):
        text = unicodedata.normalize("NFKC", text)
    text = _spoken(text) if "+" in text or "#" in text else text
    made = " ".join(text.translate(_TABLE).split())
    if not unicodedata.is_normalized("NFKC", made):
        # What was dropped stood between characters that compose now (Hangul letters, kana marks).
        return plain(made)
    return BETWEEN_HAN.sub("", made) if " " in made else made


def _spoken(text: str) -> str:
    """*text* with the signs in the names of programming languages as words: C++ and C# are not C."""
    return _LANGUAGES.sub(lambda found: _SIGNS[found[0]], text)


class _Characters(dict[int, str]):
    """Code point → folded text, worked out when a character is met for the first time."""

    def __missing__(self, code: int) -> str:
        made = self[code] = _settled(chr(code))
        return made


_TABLE = _Characters()


def _settled(text: str) -> str:
    """*text* folded again and again until it stays: at most a few rounds, for odd characters only."""
    while (made := "".join(map(_once, unicodedata.normalize("NFKC", text.casefold())))) != text:
        text = made
    return text


def _once(char: str) -> str:
    if is_han(char):
        simple = _simplified(char)
        return _variants().get(simple, simple)
    if char in _ZEROS:
        return "〇"
    kind = unicodedata.category(char)
    if kind == "Cf" or char in _DROPPED or "\u0300" <= char <= "\u036f" or "\ufe00" <= char <= "\ufe0f":
        return ""
    if kind[0] not in "LNM":
        return " "
    return _bare(char).translate(_LATIN)


def _bare(char: str) -> str:
    """*char* without diacritics if it is Latin or Greek; Cyrillic й and kana が are letters of their own."""
    apart = unicodedata.normalize("NFKD", char)
    if apart[0] < "\u0400" or "\u1e00" <= apart[0] < "\u2000":
        apart = "".join(part for part in apart if not "\u0300" <= part <= "\u036f")
    return unicodedata.normalize("NFKC", apart)


def _simplified(char: str) -> str:
    """The simplified form of one character, by OpenCC's first choice."""
    made: str = _converter().convert(char)
    return made


@cache
def _converter():  # type: ignore[no-untyped-def]  # opencc has no types
    from opencc import OpenCC

    return OpenCC("t2s")


@cache
def _variants() -> dict[str, str]:
    """Variant → standard character; kg/data/variants.tsv says where from."""
    lines = files("kg").joinpath("data/variants.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.split("\t") for line in lines if not line.startswith("#"))
    return {variant: standard for standard, variants in rows for variant in variants}
