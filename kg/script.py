"""Which characters are Chinese or written without blanks: the classes that folding and search share."""

import re

HAN = "\u2e80-\u2fd5\u3005\u3007\u3021-\u3029\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af"
"""Chinese characters, as the inside of a regular-expression class."""
KANA = "\u3041-\u3096\u309d-\u309f\u30a1-\u30ff\u31f0-\u31ff"

_HAN = re.compile(f"[{HAN}]")
BETWEEN_HAN = re.compile(f"(?<=[{HAN}{KANA}]) (?=[{HAN}{KANA}])")
"""A blank between two characters that are written without blanks."""


def is_han(char: str) -> bool:
    """Whether *char* is a Chinese character."""
    return _HAN.match(char) is not None


def has_han(text: str) -> bool:
    """Whether there is a Chinese character in *text*."""
    return not text.isascii() and _HAN.search(text) is not None
