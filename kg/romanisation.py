"""Chinese in Latin letters: pinyin, and Wade-Giles folded to pinyin (Tseng Kuo-fan → zeng guo fan).

Catalogues often drop the aspirate of Wade-Giles (ch'ing for 清, ching for 京) and its ü, so a syllable
without them may stand for several.
"""

import re
import unicodedata
from functools import cache
from importlib.resources import files

from kg.pinyin import cuts

_ASPIRATES = str.maketrans(dict.fromkeys("’‘ʻʼʹ`´′", "'"))
_WORD = re.compile(r"[a-zü']+(?:-[a-zü']+)*")
_MARKED = re.compile(r"[a-z]-[a-z]|(?:[ptkPTK]|[Cc]h|[Tt]s|[Tt]z)[’‘ʻʼʹ`´′'][aehiouüê]")
_WORDS = 3
"""Words of a name without hyphens that are enough to take it for Wade-Giles."""
_OTHER = re.compile(r"[^\W\da-zü]")


def of_name(name: str, folded: str) -> list[tuple[str, ...]]:
    """The readings of each syllable of a name that is Chinese in Latin letters; [] for any other.

    folded: the same name folded. It is taken for Wade-Giles where given names have a hyphen or the aspirate
    is written, or where three words or more are; for pinyin where all its words are. Western names that are
    so by chance (Canada) lose nothing by it.
    """
    if _is_marked(name) and (read := syllables(name)):
        return read
    words = [word for word in folded.split() if not word.isdigit()]
    if not words:
        return []
    if cuts(words[0]) and all(map(cuts, words)):
        return [(syllable,) for word in words for syllable in cuts(word)[0]]
    return syllables(name) if len(words) >= _WORDS and words[0] in _table() else []


def _is_marked(name: str) -> bool:
    if name.isascii() and "-" not in name and "'" not in name:
        return False
    return _MARKED.search(name) is not None


def syllables(text: str) -> list[tuple[str, ...]]:
    """The readings of each syllable of a text in Wade-Giles, likeliest first; [] where it is something else.

    A text is taken for Wade-Giles when every word in it, dates apart, consists of its syllables.
    """
    lower = _letters(text.lower().translate(_ASPIRATES))
    if _OTHER.search(lower):
        return []
    table = _table()
    found = [table.get(part.strip("'"), ()) for word in _WORD.findall(lower) for part in word.split("-")]
    return found if all(found) else []


def _letters(text: str) -> str:
    """*text* without diacritics but those of ü: the ŭ and ê of Wade-Giles tell nothing apart."""
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFD", text).replace("u\u0308", "ü")
    return "".join(char for char in apart if not "\u0300" <= char <= "\u036f")


@cache
def _table() -> dict[str, tuple[str, ...]]:
    """What may be written → the pinyin syllables it may stand for; the one written in full comes first."""
    lines = files("kg").joinpath("data/wade-giles.tsv").read_text(encoding="utf-8").splitlines()
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    made: dict[str, dict[str, None]] = {}
    for form in (str, _without_umlaut, _without_aspirate, _bare):
        for syllable, listed in rows:
            made.setdefault(form(syllable), {}).update(dict.fromkeys(listed.split()))
    return {syllable: tuple(readings) for syllable, readings in made.items()}


def _without_umlaut(syllable: str) -> str:
    return syllable.replace("ü", "u")


def _without_aspirate(syllable: str) -> str:
    return syllable.replace("'", "")


def _bare(syllable: str) -> str:
    return _without_umlaut(_without_aspirate(syllable))
