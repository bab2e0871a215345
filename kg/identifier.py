"""Identifiers in the form in which they compare: letters and digits only, ISBNs in both lengths."""

import re
from operator import mul

_BREAKS = re.compile(r"[\W_]+")
_ADDRESS = re.compile(
    r"^(?:https?://(?:dx\.)?doi\.org/|doi:\s*|isbn(?:-?1[03])?:?\s*|issn:?\s*|lccn:?\s*)", re.IGNORECASE
)
_ISBN_10 = re.compile(r"\d{9}[\dx]")
_WEIGHTS = range(10, 1, -1)
_ISBN_13 = re.compile(r"97[89]\d{10}")


def compact(value: str) -> str:
    """*value* without hyphens, blanks, prefixes ("doi:", "ISBN") and case; "" where nothing is left."""
    return _BREAKS.sub("", _ADDRESS.sub("", value.strip())).lower()


def forms(value: str) -> list[str]:
    """The forms under which an identifier is found: its compact one, and an ISBN's other length too."""
    made = value if value.isdecimal() and value.isascii() else compact(value)
    if _ISBN_13.fullmatch(made) and made.startswith("978"):
        return [made, _isbn_10(made)]
    if _ISBN_10.fullmatch(made):
        return [made, _isbn_13(made)]
    return [made] if made else []


def _isbn_10(isbn: str) -> str:
    """The ISBN-10 of an ISBN-13 that begins with 978 (ISO 2108, annex)."""
    body = isbn[3:12]
    return body + "0123456789x"[-sum(map(mul, _WEIGHTS, map(int, body))) % 11]


def _isbn_13(isbn: str) -> str:
    body = f"978{isbn[:9]}"
    rest = sum((1, 3)[place % 2] * int(digit) for place, digit in enumerate(body)) % 10
    return body + str(-rest % 10)
