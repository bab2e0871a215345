"""Tokens: a text as the blank-separated words that the full-text index takes.

Words of Latin and other scripts stand for themselves. Chinese and kana run in pairs: 四库全书 becomes
四库 库全 全书 书, so each part of it is one pair, neighbouring pairs, or the beginning of a pair. How the
Chinese is read runs in pairs too: si_ku ku_quan quan_shu shu_.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import pairwise

from kg import romanisation
from kg.fold import plain
from kg.pinyin import readings
from kg.script import HAN, KANA
from kg.volume import volumes

_RUN = re.compile(rf"[{HAN}{KANA}]+|[^ {HAN}{KANA}]+")
_IS_RUN = re.compile(rf"[{HAN}{KANA}]")
_DRAWN = "畫"
"""The one character that OpenCC simplifies in two ways which stay apart: 計畫 is 计划, 圖畫 is 图画."""
_SHORT = 300
"""Characters of a text whose tokens are remembered, as names and subjects come again."""
_LONGEST = 4_000
"""Characters of a text that are indexed."""
_BREAK = " | "
"""Stands between two names, so that no phrase runs from one into the other."""


def runs(folded: str) -> list[str]:
    """The words of a folded text: runs of Chinese or kana, and runs of anything else between blanks."""
    return folded.split() if folded.isascii() else _RUN.findall(folded)


def is_run(word: str) -> bool:
    """Whether *word* is written in Chinese characters or kana."""
    return _IS_RUN.match(word) is not None


def spelled_out(text: str) -> list[str]:
    """*text*, and where it holds 畫 also with 划 instead: how it is simplified depends on the word."""
    return [text, text.replace(_DRAWN, "划")] if _DRAWN in text else [text]


def pairs(run: str) -> list[str]:
    """The tokens of a run: each character with its neighbour on the right, the last one alone."""
    return [run[place : place + 2] for place in range(len(run))]


def of_texts(texts: Iterable[str]) -> str:
    """The tokens of texts that name nothing: without readings."""
    return _BREAK.join(map(_of_text, texts))


def of_names(names: Iterable[str]) -> str:
    """The tokens of names: their words and pairs, their volume numbers, and how their Chinese is read."""
    return _BREAK.join(map(_of_name, names))


def _of_text(text: str) -> str:
    return _of_short_text(text) if len(text) < _SHORT else _of_short_text.__wrapped__(text[:_LONGEST])


@lru_cache(maxsize=32_768)
def _of_short_text(text: str) -> str:
    folded = plain(text)
    return (
        folded
        if folded.isascii()
        else _BREAK.join(_written(plain(spelling)) for spelling in spelled_out(text))
    )


def _of_name(text: str) -> str:
    return _of_short_name(text) if len(text) < _SHORT else _of_short_name.__wrapped__(text[:_LONGEST])


@lru_cache(maxsize=16_384)
def _of_short_name(text: str) -> str:
    made = [_of_text(text)]
    folded = made[0] if made[0].isascii() else plain(text)
    if not folded.isascii():
        made += filter(None, (_read(plain(spelling)) for spelling in spelled_out(text)))
    if folded.isascii() and (read := romanisation.of_name(text, folded)):
        made.append(_in_pairs(read))
    if numbers := volumes(folded):
        made.append(" ".join(numbers))
    return _BREAK.join(made)


def _written(folded: str) -> str:
    return " ".join([token for run in runs(folded) for token in (pairs(run) if is_run(run) else (run,))])


def _read(folded: str) -> str:
    """The readings of the Chinese runs, in pairs."""
    found = [pair_readings(pair) for run in runs(folded) if is_run(run) for pair in pairs(run)]
    return " ".join(filter(None, found))


@lru_cache(maxsize=65_536)
def pair_readings(pair: str) -> str:
    """How two neighbours, or one character at the end, may be read: zhang_sun chang_sun."""
    read = [readings(char) for char in pair]
    return " ".join(combined(read[0], read[1] if len(read) > 1 else ("",)))


def combined(first: Iterable[str], second: Sequence[str]) -> list[str]:
    """All pairs of a reading of one character and a reading of the next."""
    return [f"{left}_{right}" for left in first for right in second]


def _in_pairs(read: Sequence[Sequence[str]]) -> str:
    made = [token for left, right in pairwise(read) for token in combined(left, right)]
    return " ".join([*made, *combined(read[-1], [""])])
