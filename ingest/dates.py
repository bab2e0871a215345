"""Dates as libraries write them → EDTF level 0 (ISO 8601-2:2019): 2004, 2004-05, 2004-05-17."""

import re
from functools import lru_cache

_FULL = re.compile(r"(?<!\d)(\d{4})\s*[-./年]\s*(\d{1,2})\s*(?:[-./月]\s*(\d{1,2})\s*日?)?(?!\d)")
_COMPACT = re.compile(r"(?<!\d)((?:1[0-9]|20)\d{2})([01]\d)([0-3]\d)(?!\d)")
_YEAR = re.compile(r"(?<!\d)(\d{4})(?!\d)")
_LIFE = re.compile(
    r"(?:(?P<born>\d{3,4})\??)?\s*年?\s*(?:[-–—~～]|--)\s*(?:(?P<died>\d{3,4})\??)?", re.IGNORECASE
)
_BORN = re.compile(r"(?:\bb\.|\bborn\b|生于?)\s*(\d{3,4})|(\d{3,4})\s*年?生", re.IGNORECASE)
_DIED = re.compile(r"(?:\bd\.|\bdied\b|卒于?)\s*-?(\d{3,4})|(\d{3,4})\s*年?卒", re.IGNORECASE)
LATEST = 2100
"""A later year is a misprint, or 9999 for "still going on" (MARC 21, 008/11-14)."""


@lru_cache(maxsize=16_384)
def edtf(written: str) -> str:
    """The first date in *written*, as exact as it is given: "c1984." → "1984", "2004年5月" → "2004-05".

    "" where there is none. A year is one of 1 to LATEST with four digits; impossible months are left out.
    """
    for pattern in (_FULL, _COMPACT):
        found = pattern.search(written)
        if found and 0 < int(found[1]) <= LATEST and 1 <= int(found[2]) <= 12:
            day = int(found[3] or 0)
            made = f"{found[1]}-{int(found[2]):02}"
            return f"{made}-{day:02}" if 1 <= day <= 31 else made
    found = _YEAR.search(written)
    return found[1] if found and 0 < int(found[1]) <= LATEST else ""


@lru_cache(maxsize=16_384)
def life(written: str) -> tuple[str, str]:
    """Years of birth and death, four digits, "" where not given: "1881-1936" → ("1881", "1936").

    Reads also (1881～1936), b. 1900, d. 1900, 1900- and 1900年生.
    """
    born, died = _BORN.search(written), _DIED.search(written)
    if born or died:
        return _year(born), _year(died)
    found = _LIFE.search(written)
    if found and (found["born"] or found["died"]):
        return _padded(found["born"]), _padded(found["died"])
    return "", ""


def _year(found: re.Match[str] | None) -> str:
    return _padded(found[1] or found[2]) if found else ""


def _padded(year: str | None) -> str:
    return year.zfill(4) if year else ""
