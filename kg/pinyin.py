"""How Chinese is read: pinyin syllables of a text, and the syllables that typed letters may stand for.

Without tones, ü as u. Works on folded text (kg.fold.plain). Not a transliterator for display.
"""

from functools import cache, lru_cache
from importlib.resources import files

_LONGEST = 6
"""Letters of the longest syllable: zhuang."""
_MOST = 8
"""Ways to cut one word into syllables that are followed."""
_SOUNDS = frozenset(["m", "n", "hm", "ei", "o", "yo", "lo", "bong", "wong", "fiao", "rua", "cei"])
"""Readings of interjections and dialect words, which nobody types as a part of a word."""
_SPELLINGS = {"lv": "lu", "nv": "nu", "lve": "lue", "nve": "nue"}
"""Ways to type ü."""


def readings(char: str) -> tuple[str, ...]:
    """All syllables that *char* is read as, the usual one first; () for what is not a Chinese character."""
    usual = _usual().get(char)
    if usual is None:
        return ()
    return (usual, *_others().get(char, ()))


def syllables(folded: str, *, is_name: bool = False) -> list[str]:
    """The reading of the Chinese characters in *folded*, one syllable each; others are left out.

    is_name: begins with a surname (曾 zeng, 单 shan). A character with several readings is read by its
    neighbours (重庆 chong qing).
    """
    made, start = _by_surname(folded) if is_name else ([], 0)
    usual, phrases, others = _usual(), _phrases(), _others()
    for place in range(start, len(folded)):
        char = folded[place]
        if char in others and (read := _beside(folded, place, phrases)):
            made.append(read)
        elif char in usual:
            made.append(usual[char])
    return made


@lru_cache(maxsize=32_768)
def cuts(letters: str) -> tuple[tuple[str, ...], ...]:
    """The ways in which *letters* can be cut into syllables, fewest first; () where there is none.

    cuts("xian") == (("xian",), ("xi", "an")).
    """
    found: list[list[tuple[str, ...]]] = [[()]]
    known = _known()
    for end in range(1, len(letters) + 1):
        ways = [
            (*way, known[letters[start:end]])
            for start in range(max(0, end - _LONGEST), end)
            if letters[start:end] in known
            for way in found[start]
        ]
        found.append(sorted(ways, key=len)[:_MOST])
    return tuple(found[-1]) if letters else ()


def _by_surname(folded: str) -> tuple[list[str], int]:
    """The syllables of a surname with a reading of its own, and how many characters it takes."""
    for length in (2, 1):
        if read := _surnames().get(folded[:length]):
            return list(read), length
    return [], 0


def _beside(folded: str, place: int, phrases: dict[str, tuple[str, str]]) -> str:
    """The reading that a neighbour of the character at *place* decides; "" where none does."""
    if read := phrases.get(folded[place : place + 2]):
        return read[0]
    read = phrases.get(folded[place - 1 : place + 1]) if place else None
    return read[1] if read else ""


@cache
def _usual() -> dict[str, str]:
    """Character → the syllable it is mostly read as."""
    return {char: syllable for syllable, chars in _rows("readings") for char in chars}


@cache
def _others() -> dict[str, tuple[str, ...]]:
    return {char: tuple(listed.split()) for char, listed in _rows("heteronyms")}


@cache
def _phrases() -> dict[str, tuple[str, str]]:
    split = ((pair, listed.split()) for pair, listed in _rows("phrases"))
    return {pair: (first, second) for pair, (first, second) in split}


@cache
def _surnames() -> dict[str, tuple[str, ...]]:
    return {name: tuple(listed.split()) for name, listed in _rows("surnames")}


@cache
def _known() -> dict[str, str]:
    """What may be typed for a syllable → the syllable."""
    return {syllable: syllable for syllable, _ in _rows("readings") if syllable not in _SOUNDS} | _SPELLINGS


def _rows(name: str) -> list[tuple[str, str]]:
    """The rows of kg/data/{name}.tsv, whose head says where they come from."""
    lines = files("kg").joinpath(f"data/{name}.tsv").read_text(encoding="utf-8").splitlines()
    pairs = (line.partition("\t") for line in lines if not line.startswith("#"))
    return [(first, rest) for first, _, rest in pairs]
