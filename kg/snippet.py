"""Snippets: a text that matched, with the words that matched marked. Plain text, not HTML."""

from collections.abc import Iterator
from functools import lru_cache

from kg.expression import Expression, Way
from kg.fold import plain
from kg.script import is_han
from kg.tokens import is_run, pair_readings

OPENING, CLOSING = "【", "】"
"""What stands around the words that matched."""
LONGEST = 160
"""Characters of a text that are shown."""
_BEFORE = 40
"""Characters that are shown before the first word that matched, where the text is cut."""
_READ = 4_000


def shown(text: str, asked: Expression) -> str:
    """*text* with 【】 around what *asked* asks for, cut to LONGEST characters around the first of it."""
    marked = _marked(text[:_READ], asked)
    first = marked.index(True) if True in marked else 0
    start = max(0, first - _BEFORE) if len(text) > LONGEST else 0
    end = start + LONGEST
    made = "".join(_pieces(text[start:end], marked[start:end]))
    return f"{'…' if start else ''}{made}{'…' if end < len(text) else ''}"


def _pieces(text: str, marked: list[bool]) -> Iterator[str]:
    is_open = False
    for char, is_marked in zip(text, [*marked, *[False] * (len(text) - len(marked))], strict=True):
        if is_marked != is_open:
            yield OPENING if is_marked else CLOSING
            is_open = is_marked
        yield char
    if is_open:
        yield CLOSING


def _marked(text: str, asked: Expression) -> list[bool]:
    """For each character whether it belongs to a word that is asked for."""
    ways = [way for needs in asked.readings for need in needs for way in need]
    marked = [False] * len(text)
    for word in _words(text):
        for places, tokens in _units(word):
            count = max((_length(token, ways) for token in tokens), default=0)
            for place in places[
                : count if len(places) == 2 and is_run(word[0][0]) else len(places) * bool(count)
            ]:
                marked[place] = True
    return _joined(text, marked)


def _joined(text: str, marked: list[bool]) -> list[bool]:
    """Marks also one character that parts two marked ones: a blank, a hyphen, a middle dot."""
    for place in range(1, len(text) - 1):
        if marked[place - 1] and marked[place + 1] and not _folded(text[place]).strip():
            marked[place] = True
    return marked


_Word = list[tuple[str, int]]
"""Folded characters and the places in the text where they come from."""


def _words(text: str) -> Iterator[_Word]:
    """The words of a text: runs of Chinese or kana, and what stands between blanks."""
    word: _Word = []
    for place, char in enumerate(text):
        for folded in _folded(char):
            is_break = folded == " "
            if (
                word
                and (is_break or is_run(folded) != is_run(word[-1][0]))
                and not (is_break and is_han(word[-1][0]))
            ):
                yield word
                word = []
            if not is_break:
                word.append((folded, place))
    if word:
        yield word


def _units(word: _Word) -> Iterator[tuple[list[int], list[str]]]:
    """The places of each unit of a word that is a token, with the tokens that it goes by."""
    if not is_run(word[0][0]):
        yield [place for _, place in word], ["".join(char for char, _ in word)]
        return
    for at in range(len(word)):
        pair = word[at : at + 2]
        written = "".join(char for char, _ in pair)
        yield [place for _, place in pair], [written, *pair_readings(written).split()]


def _length(token: str, ways: list[Way]) -> int:
    """How many characters of *token* are asked for: 0, 1 or 2 of Chinese, any number of others."""
    best = 0
    for way in ways:
        for place, wanted in enumerate(way.tokens):
            if token == wanted or (
                way.is_begun and place == len(way.tokens) - 1 and token.startswith(wanted)
            ):
                best = max(
                    best, len([part for part in wanted.split("_") if part]) if "_" in wanted else len(wanted)
                )
    return best


@lru_cache(maxsize=16_384)
def _folded(char: str) -> str:
    """What one character folds to: " " where it parts words, "" where it is dropped."""
    return plain(f"x{char}x")[1:-1]
