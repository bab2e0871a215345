"""Simple queries, as data. What is not among these is the engine's to answer."""

from dataclasses import dataclass
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable, without its mark."""

    name: str


Term: TypeAlias = Variable | str
"""A variable, or a constant as N-Triples text, written as the store gives it back."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A triple pattern. graph: None for all graphs; else that one, or those the variable stands for."""

    subject: Term
    predicate: Term
    object: Term
    graph: Term | None = None

    def terms(self) -> tuple[Term, ...]:
        """Its terms, the graph's last where there is one."""
        triple = (self.subject, self.predicate, self.object)
        return triple if self.graph is None else (*triple, self.graph)

    def variables(self) -> frozenset[str]:
        """The names of its variables."""
        return frozenset(term.name for term in self.terms() if isinstance(term, Variable))


@dataclass(frozen=True, slots=True)
class Call:
    """A part of a FILTER: an operator or function and what it is applied to.

    name: || && ! = != < <= > >= LANG ISIRI ISURI ISLITERAL.
    """

    name: str
    parts: tuple["Expression", ...]


Expression: TypeAlias = Call | Variable | str


@dataclass(frozen=True, slots=True)
class Aggregate:
    """An aggregate. of: the variable's name, "" for all rows."""

    name: Literal["COUNT", "SUM", "AVG", "MIN", "MAX"]
    of: str = ""
    is_distinct: bool = False


@dataclass(frozen=True, slots=True)
class Having:
    """A condition on groups: an aggregate compared with an integer."""

    aggregate: Aggregate
    operator: str
    number: int


Value: TypeAlias = str | Aggregate
"""What a column of the answer holds: a variable's name, or an aggregate."""


@dataclass(frozen=True, slots=True)
class Select:
    """A SELECT. columns: name → what it holds. order: what to sort by, and whether downwards."""

    columns: tuple[tuple[str, Value], ...]
    patterns: tuple[Pattern, ...]
    filters: tuple[Expression, ...] = ()
    groups: tuple[str, ...] = ()
    having: tuple[Having, ...] = ()
    order: tuple[tuple[Value, bool], ...] = ()
    is_distinct: bool = False
    is_grouped: bool = False
    limit: int | None = None
    offset: int = 0

    def aggregates(self) -> tuple[Aggregate, ...]:
        """All aggregates it needs, each once."""
        named = (value for _, value in self.columns)
        sorted_by = (value for value, _ in self.order)
        asked = (*named, *sorted_by, *(test.aggregate for test in self.having))
        return tuple(dict.fromkeys(value for value in asked if isinstance(value, Aggregate)))


@dataclass(frozen=True, slots=True)
class Described:
    """ASK, CONSTRUCT or DESCRIBE over patterns. template: of a CONSTRUCT; resource: of a DESCRIBE."""

    form: Literal["ASK", "CONSTRUCT", "DESCRIBE"]
    patterns: tuple[Pattern, ...] = ()
    template: tuple[Pattern, ...] = ()
    resource: str = ""


Simple: TypeAlias = Select | Described
