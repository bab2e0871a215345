"""Tokens: a text as the blank-separated words that the full-text index takes.

Words of Latin and other scripts stand for themselves. Chinese and kana run in pairs: 四库全书 becomes
四库 库全 全书 书, so each part of it is one pair, neighbouring pairs, or the beginning of a pair. How the
Chinese is read runs in pairs too: si_ku ku_quan quan_shu shu_.
"""

import re
from functools import lru_cache
from itertools import pairwise

from kg.fold import plain
from kg.pinyin import readings
from kg.script import HAN, KANA
from kg.volume import volumes

_RUN = re.compile(rf"[{HAN}{KANA}]+|[^ {HAN}{KANA}]+")
_IS_RUN = re.compile(rf"[{HAN}{KANA}]")
_DRAWN = "畫"
"""The one character that OpenCC simplifies in two ways which fold apart: 計畫 is 计划, 圖畫 is 图画."""
_SEPARATOR = "|"
"""A token between two names, so that no phrase runs from one into the other."""


def runs(text: str) -> list[str]:
    """The words of a folded text: runs of Chinese or kana, and runs of anything else between blanks."""
    return text.split() if text.isascii() else _RUN.findall(text)


def is_run(word: str) -> bool:
    """Whether *word* is written in Chinese characters or kana."""
    return _IS_RUN.match(word) is not None


def spellings(text: str) -> list[str]:
    """*text* folded, and where it holds 畫 also as if that were 劃."""
    made = [plain(text)]
    return [*made, plain(text.replace(_DRAWN, "划"))] if _DRAWN in text else made


def pairs(run: str) -> list[str]:
    """The tokens of a run: each character with its neighbour on the right, the last one alone."""
    return [run[place : place + 2] for place in range(len(run))]


@lru_cache(maxsize=32_768)
def of_words(text: str) -> str:
    """The tokens of a text that names nothing: as of_name, without readings."""
    return f" {_SEPARATOR} ".join(map(_written, spellings(text)))


@lru_cache(maxsize=8_192)
def of_name(text: str) -> str:
    """The tokens of a name: its words and pairs, its volume numbers, and how its Chinese is read."""
    written = spellings(text)
    made = [_written(folded) for folded in written]
    if not written[0].isascii():
        made += [read for folded in written if (read := " ".join(_read(folded)))]
    if numbers := volumes(written[0]):
        made.append(" ".join(numbers))
    return f" {_SEPARATOR} ".join(made)


def _written(folded: str) -> str:
    if folded.isascii():
        return folded
    return " ".join(
        token for run in _RUN.findall(folded) for token in (pairs(run) if is_run(run) else (run,))
    )


def _read(folded: str) -> dict[str, None]:
    """The readings of the Chinese runs in pairs, all combinations of what two neighbours may be read as."""
    made: dict[str, None] = {}
    for run in _RUN.findall(folded):
        read = [found for char in run if (found := readings(char))]
        for left, right in pairwise(read):
            made.update((f"{first}_{second}", None) for first in left for second in right)
        if read:
            made.update((f"{last}_", None) for last in read[-1])
    return made
