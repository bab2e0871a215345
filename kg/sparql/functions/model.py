"""What property functions are made of: a function as it is documented, a call of it, and what it finds."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from kg.errors import QuerySyntax
from kg.finding import Listed
from kg.geometry import Box
from kg.sparql.functions.outline import Term
from kg.sparql.lexer import place


class Index(Protocol):
    """Where functions look: the search index of a space."""

    def listed(
        self, query: str, *, filters: dict[str, list[str]], limit: int, sort: str, is_told: bool
    ) -> Listed:
        """See kg.search.SearchIndex."""

    def nearby(self, east: float, north: float, metres: float) -> list[tuple[str, float]]:
        """See kg.search.SearchIndex."""

    def within(self, boxes: Iterable[Box]) -> list[str]:
        """See kg.search.SearchIndex."""

    def geometries(self, boxes: Iterable[Box], *, most: int) -> list[str] | None:
        """See kg.search.SearchIndex."""


@dataclass(frozen=True, slots=True)
class Found:
    """Rows that a function found, in order: terms as N-Triples text. total: how many there are in all."""

    rows: tuple[tuple[str, ...], ...]
    total: int


@dataclass(frozen=True, slots=True)
class Call:
    """A call in a query: `(?out ...) function (arguments)`. start: the offset of the function in *text*."""

    function: "Function"
    subject: tuple[Term, ...]
    arguments: tuple[Term, ...]
    text: str
    start: int

    def wrong(self, what: str, term: Term | None = None) -> QuerySyntax:
        """The error of a wrong call, with the place and how it is done right."""
        line, column = place(self.text, term.start if term else self.start)
        return QuerySyntax(
            f"{self.function.name}: {what}",
            line=line,
            column=column,
            hint=f"for example: {self.function.example}",
        )


@dataclass(frozen=True, slots=True)
class Function:
    """A property function.

    outputs: the variables it fills, in the order of the list before it; the first is required. signature,
    example: SPARQL. zh, en: what it does. find: gives the rows of a call, one term for each output that
    the call names; raises QuerySyntax for arguments that it does not take.
    """

    name: str
    iri: str
    outputs: tuple[str, ...]
    signature: str
    example: str
    zh: str
    en: str
    find: Callable[[Call, Index], Found]


def number(call: Call, term: Term, what: str) -> float:
    """The number that an argument is; raises QuerySyntax."""
    try:
        return float(term.value) if term.kind == "number" else _refuse(call, term, what)
    except ValueError:
        return _refuse(call, term, what)


def whole(call: Call, term: Term, what: str, most: int) -> int:
    """The whole number from 1 to *most* that an argument is; raises QuerySyntax."""
    value = number(call, term, f"{what} must be a whole number")
    if not 1 <= value <= most or value != int(value):
        raise call.wrong(f"{what} must be a whole number from 1 to {most:,}, not {term.value}", term)
    return int(value)


def known(name: str, names: Sequence[str]) -> str:
    """The sentence that a name is not known."""
    return f"no option {name!r}; known: {', '.join(names)}"


def _refuse(call: Call, term: Term, what: str) -> float:
    raise call.wrong(what, term)
