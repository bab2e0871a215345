"""Terms as N-Triples text, looked into: text, language, datatype, well-formedness and order. Not parsed."""

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

XSD = "http://www.w3.org/2001/XMLSchema#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

Order: TypeAlias = tuple[str, float | Decimal | str | bool | datetime | date]
"""What a literal is compared by: the kind of its value, and the value. Different kinds have no order."""

_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|(.))")
_NAMED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_INTEGER = r"[+-]?[0-9]+"
_DECIMAL = r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)"
_DOUBLE = rf"(?:{_DECIMAL}(?:[eE][+-]?[0-9]+)?|[+-]?INF|NaN)"
_DAY = r"-?[0-9]{4,}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_ZONE = r"(?:Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9])?"
_TIME = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]+)?|24:00:00(?:\.0+)?"
_BOUNDS: dict[str, tuple[int | None, int | None]] = {
    "integer": (None, None),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-(2**7), 2**7 - 1),
    "nonNegativeInteger": (0, None),
    "positiveInteger": (1, None),
    "nonPositiveInteger": (None, 0),
    "negativeInteger": (None, -1),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 2**8 - 1),
}
"""Whole numbers of XML Schema and their limits (XSD 1.1 part 2, § 3.4)."""
_FORMS = {
    "decimal": _DECIMAL,
    "double": _DOUBLE,
    "float": _DOUBLE,
    "boolean": "true|false|0|1",
    "date": f"{_DAY}{_ZONE}",
    "dateTime": f"{_DAY}T(?:{_TIME}){_ZONE}",
} | dict.fromkeys(_BOUNDS, _INTEGER)
"""Lexical forms of the datatypes of which SPARQL knows the values (SPARQL 1.1 Query, § 17.1)."""


def text_of(term: str) -> str:
    """The text of a literal or the IRI itself: str() in SPARQL."""
    if term.startswith("<"):
        return term[1:-1]
    value = term[1 : term.rindex('"')]
    return _ESCAPED.sub(_unescape, value) if "\\" in value else value


def language_of(term: str) -> str:
    """The language tag of a literal in lower case, "" where it has none."""
    if term[-1] in '">' or term[0] != '"':
        return ""
    return term[term.rindex('"') + 2 :].lower()


def datatype_of(term: str) -> str:
    """The datatype IRI of a literal, "" for what is none."""
    if term[0] != '"':
        return ""
    if term[-1] == '"':
        return f"{XSD}string"
    return term[term.rindex('"') + 4 : -1] if term[-1] == ">" else f"{RDF}langString"


def datatype_test(datatype: str) -> Callable[[str], bool]:
    """A test for terms that are literals of *datatype*, and well formed where SPARQL knows its values."""
    if datatype == f"{XSD}string":
        return _is_string
    if datatype == f"{RDF}langString":
        return _is_tagged
    name = datatype.removeprefix(XSD) if datatype.startswith(XSD) else ""
    ending = f'"^^<{datatype}>'
    if name not in _FORMS:
        return lambda term: term.endswith(ending)
    well_formed = re.compile(f'"(?:{_FORMS[name]}){re.escape(ending)}').fullmatch
    low, high = _BOUNDS.get(name, (None, None))
    if low is None and high is None:
        return lambda term: well_formed(term) is not None
    return lambda term: well_formed(term) is not None and _is_within(int(text_of(term)), low, high)


@lru_cache(maxsize=4096)
def order_of(term: str) -> Order | None:
    """What *term* is compared by under SPARQL's "<"; None for what has no order there.

    Dates with a time zone and dates without one are of different kinds: which is first is not known.
    """
    datatype = datatype_of(term)
    if datatype == f"{XSD}string":
        return ("string", text_of(term))
    name = datatype.removeprefix(XSD)
    if not datatype.startswith(XSD) or name not in _FORMS or not datatype_test(datatype)(term):
        return None
    return _value(name, text_of(term))


def is_less(left: str, right: str, *, or_equal: bool = False) -> bool:
    """Whether the literal *left* comes before *right*; False where the two have no order."""
    first, second = order_of(left), order_of(right)
    if first is None or second is None or first[0] != second[0]:
        return False
    # The kinds are the same, so the values compare; the type checker cannot know.
    return first[1] < second[1] or (or_equal and first[1] == second[1])  # type: ignore[operator]


def _value(name: str, text: str) -> Order | None:
    if name == "boolean":
        return ("boolean", text in ("true", "1"))
    if name in ("double", "float"):
        number = float(text.replace("INF", "inf"))
        return ("number", number) if number == number else None
    if name not in ("date", "dateTime"):
        return ("number", Decimal(text))
    try:
        moment = datetime.fromisoformat(text) if name == "dateTime" else _midnight(text)
    except ValueError:
        # Before the year 1 or after 9999, or a 31 June: well formed, and beyond what datetime can hold.
        return None
    return (f"{name} {'with' if moment.tzinfo else 'without'} zone", moment)


def _midnight(text: str) -> datetime:
    day, zone = (text[:-1], "+00:00") if text.endswith("Z") else (text[:10], text[10:])
    return datetime.fromisoformat(f"{day}T00:00:00{zone}")


def _is_string(term: str) -> bool:
    return term[-1] == '"'


def _is_tagged(term: str) -> bool:
    return term[0] == '"' and term[-1] not in '">'


def _is_within(number: int, low: int | None, high: int | None) -> bool:
    return (low is None or number >= low) and (high is None or number <= high)


def _unescape(found: re.Match[str]) -> str:
    if found[3]:
        return _NAMED.get(found[3], found[3])
    return chr(int(found[1] or found[2], 16))
