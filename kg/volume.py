"""Volume numbers in one form: 第一册, 第1卷, 卷二, v.2, Vol. II → v1, v1, v2, v2, v2. Reads folded text."""

import re

_DIGITS = "〇零一二三四五六七八九"
_UNITS = {"十": 10, "百": 100, "千": 1000}
_NUMERALS = f"0-9{_DIGITS}{''.join(_UNITS)}"
_NUMBER = f"((?:[0-9]{{1,4}}|[{_NUMERALS[3:]}]{{1,8}})(?![{_NUMERALS}]))"
_CHINESE = re.compile(rf" ?(?:第 ?{_NUMBER} ?(?:分册|[册卷辑集编部])|卷 ?第? ?{_NUMBER}) ?")
_NUMBERED = r"(?:v|vols?|volumes?|bd|band|tomes?) ?([0-9]{1,4})"
_IN_ROMAN = r"vol(?:ume)? (?=[ivxlc])(c{0,3}(?:xc|xl|l?x{0,3})(?:ix|iv|v?i{0,3}))"
_WESTERN = re.compile(rf"\b(?:{_NUMBERED}|{_IN_ROMAN})(?!\w)")
_ROMAN = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}


def normalised(folded: str) -> str:
    """*folded* text with each volume number written as "v" and the number, a word of its own; idempotent."""
    if _has_none(folded):
        return folded
    if "第" in folded or "卷" in folded:
        folded = " ".join(_CHINESE.sub(_chinese, folded).split())
    return _WESTERN.sub(_western, folded)


def volumes(folded: str) -> list[str]:
    """The volume numbers in *folded* text, as "v1", "v2"."""
    if _has_none(folded):
        return []
    chinese = [] if folded.isascii() else [_chinese(hit).strip() for hit in _CHINESE.finditer(folded)]
    return chinese + [_western(hit) for hit in _WESTERN.finditer(folded)]


def _has_none(folded: str) -> bool:
    """Whether a look at its characters tells that there is no volume number: so it is with most texts."""
    if "第" in folded or "卷" in folded or "vol" in folded:
        return False
    return folded.replace(" ", "").isalpha()


def _chinese(found: re.Match[str]) -> str:
    return f" v{number(found[1] or found[2])} "


def _western(found: re.Match[str]) -> str:
    return f"v{int(found[1]) if found[1] else _roman(found[2])}"


def number(text: str) -> int:
    """The value of a Chinese or Arabic number: 二百九十四, 一九八四, 12."""
    if text.isdigit() and text.isascii():
        return int(text)
    if not any(char in _UNITS for char in text):
        return int("".join(str(max(_DIGITS.index(char) - 1, 0)) for char in text))
    total, digit = 0, 0
    for char in text:
        if char in _UNITS:
            total += (digit or 1) * _UNITS[char]
            digit = 0
        else:
            digit = max(_DIGITS.index(char) - 1, 0)
    return total + digit


def _roman(text: str) -> int:
    values = [_ROMAN[char] for char in text]
    pairs = zip(values, [*values[1:], 0], strict=True)
    return sum(-value if value < after else value for value, after in pairs)
