"""Cleaners: small functions that take from a transcribed value what belongs to its display, not to it."""

import re
from collections.abc import Callable

_SPACES = re.compile(r"\s+")
_LEADING = "/:;,=+"
_ABBREVIATED = re.compile(
    r"(?:^|[\s.(-])\w\.$|\b(?:jr|sr|dr|mrs?|st|etc|inc|co|ltd|ed|vol|no|dept)\.$", re.IGNORECASE
)
_BRACKETS = re.compile(r"^[\[(<]\s*(.*?)\s*[\])>]$")
_SUPPLIED = re.compile(r"\s*\[[^\[\]]*\]")
_REMAINDER = re.compile(r"\s*[:;=]\s|[：；]")
_TITLE_MARKS = str.maketrans("", "", "《》〈〉")
_TAGS = re.compile(r"<[^<>]{1,200}>")


def space(value: str) -> str:
    """*value* with runs of white space as one blank, none at the ends."""
    return value.strip() if "  " not in value and "\n" not in value else _SPACES.sub(" ", value).strip()


def isbd(value: str) -> str:
    """*value* without the ISBD punctuation that leads to the next area (ISBD, § A.3): "Title /" → "Title".

    A full stop stays after an initial or an abbreviation.
    """
    value = space(value)
    if value and value[-1] in _LEADING:
        # A full stop before such a mark is the text's own: "Oakland, Calif. :".
        return value.rstrip(_LEADING + " ")
    if not value.endswith((".", ".—", ". -", ".-")):
        return value
    value = value.rstrip("—- ")
    if _ABBREVIATED.search(value) or value.endswith(".."):
        return value
    return value[:-1].rstrip()


def brackets(value: str) -> str:
    """*value* without ISBD punctuation and without brackets around all of it: "[Beijing]" → "Beijing"."""
    value = isbd(value)
    found = _BRACKETS.match(value)
    return found[1] if found else value


def name(value: str) -> str:
    """A name without the comma, colon or full stop that a heading ends in."""
    value = isbd(value)
    return value.rstrip(" ,;:/") or value


def title_marks(value: str) -> str:
    """A Chinese title without the marks around it: 《红楼梦》 → 红楼梦."""
    return space(value).translate(_TITLE_MARKS)


def title_proper(value: str) -> str:
    """What catalogues agree on in a title: without what a cataloguer supplied in brackets, and without what
    follows a colon, semicolon or equals sign, which some write into the title proper and others after it.
    """
    whole = title_marks(value)
    given = _SUPPLIED.sub("", whole).strip() or whole.strip("[] ")
    return _REMAINDER.split(given, maxsplit=1)[0].strip() or given


def markup(value: str) -> str:
    """*value* without XML or HTML tags, as in the abstracts of Crossref."""
    return space(_TAGS.sub(" ", value))


def lower(value: str) -> str:
    """*value* in lower case."""
    return space(value).lower()


def raw(value: str) -> str:
    """*value* as it is: fixed-length fields, in which blanks count."""
    return value


CLEANERS: dict[str, Callable[[str], str]] = {
    cleaner.__name__: cleaner for cleaner in (space, isbd, brackets, name, title_marks, markup, lower, raw)
}
