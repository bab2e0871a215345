"""Dates as libraries write them → EDTF level 0 (ISO 8601-2:2019): 2004, 2004-05, 2004-05-17."""

import re
from functools import lru_cache

_FULL = re.compile(r"(?<!\d)(\d{4})\s*[-./年]\s*(\d{1,2})\s*(?:[-./月]\s*(\d{1,2})\s*日?)?(?!\d)")
_COMPACT = re.compile(r"(?<!\d)((?:1[0-9]|20)\d{2})([01]\d)([0-3]\d)(?!\d)")
_YEAR = re.compile(r"(?<!\d)(\d{4})(?!\d)")
_ISO_DAY = re.compile(r"(?<!\d)(\d{4})[-.]\d{2}(?:[-.]\d{2})?(?!\d)")
_DASH = re.compile(r"\s*(?:--|[-–—~～])\s*")
# A small l before three figures is a misprint for 1: rather no year than the year 890.
_LIFE_YEAR = re.compile(r"(?<![\dl])(\d{3,4})(?!\d)|^\D{0,6}(\d{1,2})\D{0,6}$")
_ACTIVE = re.compile(r"\bfl\b|\bactive\b|\bcent|\bjh\b|世纪|世紀|\bs\.\s*[IVX]+", re.IGNORECASE)
_BEFORE_CHRIST = re.compile(r"\bb\.?\s?c\b|\bv\.\s?chr|\bav\.\s?j|前", re.IGNORECASE)
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

    Reads also (1881～1936), b. 1900, d. 1900, 1900-, 1900年生, 1952 Apr. 3-, 27-97, and years before our era
    as ISO 8601 counts them ("551-479 B.C." → "-0550", "-0478"). Years of activity (fl., active) are no life.
    """
    if _ACTIVE.search(written):
        return "", ""
    born, died = _BORN.search(written), _DIED.search(written)
    if born or died:
        is_before = _BEFORE_CHRIST.search(written) is not None
        return _counted(born, is_before=is_before), _counted(died, is_before=is_before)
    sides = _DASH.split(_ISO_DAY.sub(r"\1", written).strip(" ().,（）"), maxsplit=1)
    if len(sides) < 2:
        return "", ""
    years = [_LIFE_YEAR.search(side) for side in sides]
    before = [_BEFORE_CHRIST.search(side) is not None for side in sides]
    # "551-479 B.C." says it once for both; in Chinese each side has its own 前.
    before[0] = before[0] or (before[1] and "前" not in sides[1])
    return _counted(years[0], is_before=before[0]), _counted(years[1], is_before=before[1])


def _counted(found: re.Match[str] | None, *, is_before: bool) -> str:
    """The year as ISO 8601 counts: 1 B.C. is 0000, 2 B.C. is -0001."""
    year = _year(found)
    return f"-{int(year) - 1:04}" if is_before and year and int(year) > 1 else year


def _year(found: re.Match[str] | None) -> str:
    return _padded(found[1] or found[2]) if found else ""


def _padded(year: str | None) -> str:
    return year.zfill(4) if year else ""
