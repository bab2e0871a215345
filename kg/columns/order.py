"""The order in which terms get their numbers: the engine's order, so that sorting numbers sorts terms.

Terms of one class compare among themselves as SPARQL 1.1 Query, § 15.1 and the engine say. Classes that it
does not order, or whose values a machine number does not hold exactly, are in OTHER.
"""

import re
import struct
from datetime import date
from enum import IntEnum

from kg.terms import XSD, literal

_NUMBERS = (b"integer", b"decimal", b"double")
_DATES = (b"date", b"gYear", b"gYearMonth")
_XSD = XSD.encode()
_DECIMAL = re.compile(rb"-?[0-9]+(?:\.[0-9]+)?")
_EXACT_DIGITS = 15
_EXACT = 2**53
_SIGN = 1 << 63
_ALL = (1 << 64) - 1


class Class(IntEnum):
    """What a term is to comparisons. The order of the classes is that of ORDER BY, as far as it has one."""

    BLANK = 0
    IRI = 1
    TEXT = 2
    NUMBER = 3
    DATE = 4
    OTHER = 5


def key(term: bytes) -> bytes:
    """Bytes that sort as *term*, N-Triples text; the first one is its Class. Differs wherever terms do."""
    if term.startswith(b"<") and not term.startswith(b"<<"):
        return b"\1" + term[1:-1]
    if term.startswith(b"_:"):
        return b"\0" + term
    if not term.startswith(b'"'):
        return b"\5" + term
    value, _, suffix = term[1:].rpartition(b'"')
    if b"\\" in value:
        value = literal(term.decode())[0].encode()
    if suffix.startswith(b"^^"):
        return _typed(value, suffix[3:-1], term)
    if b"\0" in value or b"--" in suffix:
        return b"\5" + term
    # A text with a language comes before the same without: the engine compares the datatypes' names.
    return b"\2" + value + b"\0" + (b"\1" + suffix[1:] if suffix else b"\2")


def kind(term: bytes) -> int:
    """Which of integer, decimal, double a term of class NUMBER is: 0, 1, 2."""
    return _NUMBERS.index(term[term.rindex(b"#") + 1 : -1])


def language(term: bytes) -> str:
    """The language of a term of class TEXT; "" for none."""
    return term.rpartition(b'"')[2][1:].decode()


def _typed(value: bytes, datatype: bytes, term: bytes) -> bytes:
    name = datatype.removeprefix(_XSD)
    if name in _NUMBERS and datatype != name and (number := _number(value, name)) is not None:
        return b"\3" + _sortable(number) + term
    if name in _DATES and datatype != name and _is_date(value, name):
        return b"\4" + bytes([_DATES.index(name)]) + value
    return b"\5" + term


def _number(value: bytes, name: bytes) -> float | None:
    """The value, where a machine number holds it so that equal means equal."""
    if name == b"double":
        # What is no number and what is larger than all of them does not sort among them.
        try:
            number = float(value)
        except ValueError:
            return None
        return number if abs(number) < float("inf") else None
    if not _DECIMAL.fullmatch(value):
        return None
    if name == b"integer":
        return float(value) if b"." not in value and abs(int(value)) <= _EXACT else None
    digits = value.lstrip(b"-").replace(b".", b"").lstrip(b"0")
    return float(value) if len(digits) <= _EXACT_DIGITS else None


def _sortable(number: float) -> bytes:
    bits: int = struct.unpack(">Q", struct.pack(">d", number + 0.0))[0]
    return struct.pack(">Q", bits ^ (_ALL if bits & _SIGN else _SIGN))


def number(sorted_key: bytes) -> float:
    """The value in the key of a NUMBER."""
    bits: int = struct.unpack(">Q", sorted_key[1:9])[0]
    made: float = struct.unpack(">d", struct.pack(">Q", bits ^ (_SIGN if bits & _SIGN else _ALL)))[0]
    return made


def _is_date(value: bytes, name: bytes) -> bool:
    """Whether it is a plain day, month or year after Christ without a time zone: those sort as their text."""
    text = value.decode()
    parts = text.split("-")
    if [len(part) for part in parts] != {b"date": [4, 2, 2], b"gYearMonth": [4, 2], b"gYear": [4]}[name]:
        return False
    if not all(part.isascii() and part.isdigit() for part in parts):
        return False
    try:
        date(*(int(part) for part in (*parts, "1", "1")[:3]))
    except ValueError:
        return False
    return True
