"""Terms as Python values, and back: numbers, dates, and text that knows its language. Asks nobody."""

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from typing import NamedTuple, Self, TypeAlias

from pyoxigraph import BaseDirection, BlankNode, Literal, NamedNode, Triple

Term: TypeAlias = NamedNode | BlankNode | Literal | Triple

_XSD = "http://www.w3.org/2001/XMLSchema#"
_LONGEST = 4_000  # Python refuses to read longer integers.


class Iri(str):
    """An IRI; a text that says what it is."""

    __slots__ = ()


class Blank(str):
    """A blank node, by the name it has in this one answer."""

    __slots__ = ()


class Text(str):
    """A text that knows its language: `Text("猫", language="zh")`.

    language: a tag of BCP 47, "" where none is given; direction: "ltr", "rtl" or ""; datatype: the IRI of a
    datatype that has no type in Python, or whose value is not one of it.
    """

    language: str
    direction: str
    datatype: str

    def __new__(cls, text: str, *, language: str = "", direction: str = "", datatype: str = "") -> Self:
        made = super().__new__(cls, text)
        made.language, made.direction, made.datatype = language, direction, datatype
        return made

    def __reduce__(self) -> tuple[object, ...]:
        return _text, (str(self), self.language, self.direction, self.datatype)


class Statement(NamedTuple):
    """A statement: one row of a graph, or one that another statement speaks of (RDF 1.2)."""

    subject: "Value"
    predicate: "Value"
    object: "Value"


Value: TypeAlias = "str | int | float | bool | Decimal | date | datetime | time | Statement | None"


def _text(text: str, language: str, direction: str, datatype: str) -> Text:
    """A Text from what it is pickled as."""
    return Text(text, language=language, direction=direction, datatype=datatype)


def _boolean(text: str) -> bool:
    return {"true": True, "1": True, "false": False, "0": False}[text]


def _integer(text: str) -> int:
    if len(text) > _LONGEST:
        raise ValueError("a number with more digits than Python reads")
    return int(text)


_READERS: dict[str, Callable[[str], Value]] = {
    **dict.fromkeys(
        (
            "integer", "int", "long", "short", "byte", "nonNegativeInteger", "positiveInteger",
            "nonPositiveInteger", "negativeInteger", "unsignedInt", "unsignedLong", "unsignedShort",
            "unsignedByte",
        ),
        _integer,
    ),
    "decimal": Decimal,
    "double": float,
    "float": float,
    "boolean": _boolean,
    "date": date.fromisoformat,
    "dateTime": datetime.fromisoformat,
    "time": time.fromisoformat,
}  # fmt: skip


def value(term: Term | None) -> Value:
    """A term as a Python value: an Iri, a Blank, a number, a date, a Text or a Statement.

    A literal whose text is none of its datatype stays a Text: nothing is lost, nothing raises.
    """
    if isinstance(term, NamedNode):
        return Iri(term.value)
    if isinstance(term, Literal):
        return _of_literal(term)
    if isinstance(term, BlankNode):
        return Blank(term.value)
    if isinstance(term, Triple):
        return Statement(value(term.subject), value(term.predicate), value(term.object))
    return None


def term(given: Value) -> Term:
    """The term for a Python value; raises TypeError for what is none, and for None."""
    if isinstance(given, Iri):
        return NamedNode(given)
    if isinstance(given, Blank):
        return BlankNode(given)
    if isinstance(given, Text):
        return _literal(given)
    if isinstance(given, Statement):
        subject, predicate, third = term(given.subject), term(given.predicate), term(given.object)
        if isinstance(predicate, NamedNode) and isinstance(subject, NamedNode | BlankNode):
            return Triple(subject, predicate, third)
        raise TypeError(f"no statement begins with {given.subject!r} {given.predicate!r}")
    if isinstance(given, datetime):
        return Literal(given.isoformat(), datatype=NamedNode(f"{_XSD}dateTime"))
    if isinstance(given, date):
        return Literal(given.isoformat(), datatype=NamedNode(f"{_XSD}date"))
    if isinstance(given, time):
        return Literal(given.isoformat(), datatype=NamedNode(f"{_XSD}time"))
    if isinstance(given, Decimal):
        return Literal(f"{given:f}", datatype=NamedNode(f"{_XSD}decimal"))
    if isinstance(given, bool | int | float | str):
        return Literal(given)
    raise TypeError(f"no term for {given!r}")


def _of_literal(literal: Literal) -> Value:
    text, kind = literal.value, literal.datatype.value
    if literal.language:
        direction = literal.direction.value if literal.direction else ""
        return Text(text, language=literal.language, direction=direction)
    if kind == f"{_XSD}string":
        return Text(text)
    reader = _READERS.get(kind.removeprefix(_XSD)) if kind.startswith(_XSD) else None
    if reader:
        try:
            return reader(text)
        except (ValueError, KeyError, ArithmeticError):  # A year of five digits, "abc" as an integer.
            return Text(text, datatype=kind)
    return Text(text, datatype=kind)


def _literal(text: Text) -> Literal:
    if text.language and text.direction:
        return Literal(str(text), language=text.language, direction=BaseDirection(text.direction))
    if text.language:
        return Literal(str(text), language=text.language)
    return Literal(str(text), datatype=NamedNode(text.datatype)) if text.datatype else Literal(str(text))
