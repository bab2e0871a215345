"""Reading simple queries strictly: whatever could be read in two ways, or is not simple, is Unfit.

What is read here means the same to the engine, which tests/kg/columns shows; so this is no second opinion
on what is valid SPARQL, only a list of what is certainly understood.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from kg import terms
from kg.columns.order import Class, key
from kg.sparql.lexer import Kind, Token, tokens
from kg.sparql.simple import (
    Aggregate,
    Call,
    Described,
    Expression,
    Having,
    Pattern,
    Select,
    Simple,
    Term,
    Value,
    Variable,
)
from ontology.namespaces import PREFIXES

LONGEST = 300
"""Words and marks; a query with more is not simple."""
MOST = 16
"""Patterns; a query with more is not simple."""

# Dots as path segments are left out, since the engine takes them away.
_IRI = re.compile(
    r"[A-Za-z][A-Za-z0-9+.\-]*://[A-Za-z0-9.\-]+(?::[0-9]{1,5})?(?:[/?#](?!\.)"
    r"(?:[A-Za-z0-9\-._~!$&'()*+,;=:@?#/一-鿿]|%[0-9A-Fa-f]{2})*)?"
)
_LOCAL = re.compile(r"(?:[A-Za-z0-9_](?:[A-Za-z0-9_.\-]*[A-Za-z0-9_\-])?)?")
_PREFIX = re.compile(r"(?:[A-Za-z](?:[A-Za-z0-9_\-]*[A-Za-z0-9_])?)?")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,15})?")
_INTEGER = re.compile(r"[0-9]{1,15}")
_COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")
_TESTS = ("ISIRI", "ISURI", "ISLITERAL")
_AGGREGATES = ("COUNT", "SUM", "AVG", "MIN", "MAX")
_TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_END = Token(Kind.MARK, "", -1)
_Part = TypeVar("_Part")


class Unfit(ValueError):
    """A query that is not simple, or data on which its simple reading would not be exact; says which."""


def parse(text: str) -> Simple:
    """The query as data; raises Unfit. A query that did not pass the guard must have no brackets."""
    # Expressions are read by recursion, which is not to reach the end of the stack.
    read = list(islice(tokens(text), LONGEST + 1))
    if len(read) > LONGEST:
        raise Unfit(f"it has more than {LONGEST} words and marks")
    return _Reader([*read, _END]).query()


def is_plain(iri: str) -> bool:
    """Whether the engine surely takes the IRI as it stands."""
    return _IRI.fullmatch(iri) is not None and "/." not in iri and iri.count("#") < 2


@dataclass(slots=True)
class _Reader:
    """One pass over the tokens."""

    tokens: list[Token]
    place: int = 0
    prefixes: dict[str, str] = field(default_factory=lambda: dict(PREFIXES))
    patterns: list[Pattern] = field(default_factory=list)
    filters: list[Expression] = field(default_factory=list)

    def query(self) -> Simple:
        while self.take_word("PREFIX"):
            self.prefix()
        word = self.word()
        if word not in _FORMS:
            raise Unfit(f"it is no SELECT, ASK, CONSTRUCT or DESCRIBE, but {word or 'empty'}")
        made = _FORMS[word](self)
        if self.ahead is not _END:
            raise Unfit(f"{self.ahead.text!r} is not read here")
        return made

    def prefix(self) -> None:
        name = self.next()
        prefix, colon, local = name.text.partition(":")
        if name.kind is not Kind.NAME or not colon or local or not _PREFIX.fullmatch(prefix):
            raise Unfit(f"the prefix {name.text!r} is not plain")
        self.prefixes[prefix] = self.iri()[1:-1]

    def select(self) -> Select:
        is_distinct = self.take_word("DISTINCT")
        columns = self.columns()
        self.where()
        groups, is_grouped = self.groups()
        having = self.having()
        order = self.order(dict(columns))
        limit, offset = self.cut()
        is_grouped = is_grouped or any(isinstance(value, Aggregate) for _, value in columns)
        if not columns:
            columns = [(name, name) for name in sorted(self.known())]
        made = Select(
            tuple(columns), tuple(self.patterns), tuple(self.filters), tuple(groups), tuple(having),
            tuple(order), is_distinct, is_grouped, limit, offset,
        )  # fmt: skip
        self.check(made)
        return made

    def described(self, form: str) -> Described:
        if form == "DESCRIBE":
            return Described("DESCRIBE", resource=self.constant())
        template: tuple[Pattern, ...] = ()
        if form == "CONSTRUCT":
            self.expect("{")
            self.triples(None)
            self.expect("}")
            template, self.patterns = tuple(self.patterns), []
        self.where()
        if self.filters:
            raise Unfit("a FILTER stands in it")
        if not set().union(*(each.variables() for each in template)) <= self.known():
            raise Unfit("its template has a variable that nothing binds")
        return Described("ASK" if form == "ASK" else "CONSTRUCT", tuple(self.patterns), template)

    def columns(self) -> list[tuple[str, Value]]:
        if self.take("*"):
            return []
        made: list[tuple[str, Value]] = []
        while True:
            if self.ahead.kind is Kind.VARIABLE:
                name = self.variable().name
                made.append((name, name))
            elif self.take("("):
                value = self.aggregate()
                self.expect_word("AS")
                made.append((self.variable().name, value))
                self.expect(")")
            elif made:
                return made
            else:
                raise Unfit(f"{self.ahead.text!r} stands where a column would")

    def where(self) -> None:
        self.take_word("WHERE")
        self.expect("{")
        self.group(None)

    def group(self, graph: Term | None) -> None:
        """Patterns up to the closing brace."""
        while not self.take("}"):
            if self.take_word("FILTER"):
                if graph is not None:
                    raise Unfit("a FILTER stands inside GRAPH")
                self.filters.append(self.condition())
                self.take(".")
            elif graph is None and self.take_word("GRAPH"):
                name = self.term()
                self.expect("{")
                self.group(name)
                self.take(".")
            else:
                self.triples(graph)
        if not self.patterns:
            raise Unfit("no pattern stands in it")

    def triples(self, graph: Term | None) -> None:
        """What is said of one subject, and the full stop."""
        subject = self.term()
        if isinstance(subject, str) and not terms.is_iri(subject):
            raise Unfit("a subject is a literal")
        while True:
            predicate = self.term(is_predicate=True)
            while True:
                self.patterns.append(Pattern(subject, predicate, self.term(is_object=True), graph))
                if not self.take(","):
                    break
            if not self.take(";"):
                break
            while self.take(";"):
                pass
            if self.ahead.text in (".", "}"):
                break
        if len(self.patterns) > MOST:
            raise Unfit(f"it has more than {MOST} patterns")
        if not self.take(".") and self.ahead.text != "}" and not self.is_ahead("FILTER", "GRAPH"):
            raise Unfit(f"{self.ahead.text!r} stands after a pattern")

    def groups(self) -> tuple[list[str], bool]:
        if not self.take_word("GROUP"):
            return [], False
        self.expect_word("BY")
        return self.several(lambda: self.variable().name, Kind.VARIABLE), True

    def having(self) -> list[Having]:
        if not self.take_word("HAVING"):
            return []
        made = []
        while self.take("("):
            aggregate = self.aggregate()
            operator = self.next().text
            if operator not in _COMPARISONS or aggregate.name != "COUNT":
                raise Unfit("HAVING does more than comparing a count with a number")
            made.append(Having(aggregate, operator, self.integer()))
            self.expect(")")
        if not made:
            raise Unfit("HAVING without brackets")
        return made

    def order(self, columns: Mapping[str, Value]) -> list[tuple[Value, bool]]:
        if not self.take_word("ORDER"):
            return []
        self.expect_word("BY")
        made: list[tuple[Value, bool]] = []
        while True:
            if self.ahead.kind is Kind.VARIABLE:
                made.append((self.sorted_by(columns), False))
            elif self.is_ahead("ASC", "DESC"):
                is_down = self.word() == "DESC"
                self.expect("(")
                made.append((self.sorted_by(columns), is_down))
                self.expect(")")
            elif self.is_ahead(*_AGGREGATES):
                made.append((self.aggregate(), False))
            elif made:
                return made
            else:
                raise Unfit("ORDER BY sorts by an expression")

    def sorted_by(self, columns: Mapping[str, Value]) -> Value:
        if self.ahead.kind is Kind.VARIABLE:
            name = self.variable().name
            return columns.get(name, name)
        return self.aggregate()

    def cut(self) -> tuple[int | None, int]:
        """LIMIT and OFFSET, in any order."""
        limit, offset = None, 0
        for _ in range(2):
            if limit is None and self.take_word("LIMIT"):
                limit = self.integer()
            elif not offset and self.take_word("OFFSET"):
                offset = self.integer()
        return limit, offset

    def aggregate(self) -> Aggregate:
        name = self.word()
        self.expect("(")
        is_distinct = self.take_word("DISTINCT")
        is_all = name == "COUNT" and not is_distinct and self.take("*")
        of = "" if is_all else self.variable().name
        self.expect(")")
        for known in ("COUNT", "SUM", "AVG", "MIN", "MAX"):
            if name == known:
                return Aggregate(known, of, is_distinct)
        raise Unfit(f"{name} is not computed from columns")

    def condition(self) -> Expression:
        """What follows FILTER: an expression in brackets, or a function."""
        if self.is_ahead(*_TESTS):
            return self.function()
        self.expect("(")
        made = self.either()
        self.expect(")")
        return made

    def either(self) -> Expression:
        return self.chain("||", lambda: self.chain("&&", self.comparison))

    def chain(self, operator: str, part: Callable[[], Expression]) -> Expression:
        made = part()
        while self.take(operator):
            made = Call(operator, (made, part()))
        return made

    def comparison(self) -> Expression:
        left = self.unary()
        if self.ahead.text in _COMPARISONS and self.ahead.kind is Kind.MARK:
            return Call(self.next().text, (left, self.unary()))
        return left

    def unary(self) -> Expression:
        if self.take("!"):
            return Call("!", (self.unary(),))
        if self.take("("):
            made = self.either()
            self.expect(")")
            return made
        if self.is_ahead("LANG", *_TESTS):
            return self.function()
        return self.term(is_object=True)

    def function(self) -> Call:
        name = self.word()
        self.expect("(")
        made = Call(name, (self.variable(),))
        self.expect(")")
        return made

    def term(self, *, is_predicate: bool = False, is_object: bool = False) -> Term:
        token = self.ahead
        if token.kind is Kind.VARIABLE:
            return self.variable()
        if is_predicate and token.text == "a":
            self.next()
            return _TYPE
        if token.kind in (Kind.IRI, Kind.NAME):
            return self.iri()
        if is_object and token.kind is Kind.STRING:
            return self.literal()
        if is_object and (token.kind is Kind.NUMBER or token.text == "-"):
            return self.number()
        if token.text == "{":
            raise Unfit("a group, a subquery or a UNION stands in it")
        raise Unfit(f"{token.text[:40]!r} stands where they want a variable or a plain value")

    def variable(self) -> Variable:
        token = self.next()
        if token.kind is not Kind.VARIABLE or not _NAME.fullmatch(token.text[1:]):
            raise Unfit(f"{token.text[:40]!r} stands where a plain variable would")
        return Variable(token.text[1:])

    def constant(self) -> str:
        made = self.term()
        if isinstance(made, Variable):
            raise Unfit("a variable stands where an IRI would")
        return made

    def iri(self) -> str:
        token = self.next()
        value = token.text[1:-1] if token.kind is Kind.IRI else self.expanded(token)
        if not is_plain(value):
            raise Unfit(f"{value[:80]!r} is not plain")
        return f"<{value}>"

    def expanded(self, token: Token) -> str:
        prefix, _, local = token.text.partition(":")
        if token.kind is not Kind.NAME or prefix not in self.prefixes or not _LOCAL.fullmatch(local):
            raise Unfit(f"the name {token.text[:80]!r} is not plain")
        return self.prefixes[prefix] + local

    def literal(self) -> str:
        token = self.next()
        text = token.text
        value = text[3:-3] if text[:3] in ('"""', "'''") else text[1:-1]
        if "\\" in value or "\r" in value or "\0" in value:
            raise Unfit("a string has escapes")
        self.touches(token)
        if self.ahead.kind is Kind.TAG:
            tag = self.next().text[1:]
            if terms.literal(made := terms.text(value, tag))[1] != tag.lower():
                raise Unfit(f"the language {tag!r} is not plain")
            return made
        if not self.take("^^"):
            return terms.text(value)
        made = terms.text(value) + f"^^{self.iri()}"
        group, kind = key(made.encode())[0], made.rpartition("#")[2][:-1]
        is_number = group == Class.NUMBER and kind != "double" and made == terms.typed(value, kind)
        if not is_number and group != Class.DATE:
            raise Unfit("a literal has a datatype that is not compared here")
        return made

    def number(self) -> str:
        sign = "-" if self.ahead.text == "-" else ""
        if sign:
            self.touches(self.next(), always=True)
        token = self.next()
        if token.kind is not Kind.NUMBER or not _NUMBER.fullmatch(token.text):
            raise Unfit(f"the number {token.text[:40]!r} is not plain")
        kind = "decimal" if "." in token.text else "integer"
        made = terms.typed(sign + token.text, kind)
        if key(made.encode())[0] != Class.NUMBER:
            raise Unfit(f"the number {token.text[:40]!r} is not plain")
        return made

    def touches(self, token: Token, *, always: bool = False) -> None:
        """Raises Unfit where space parts what belongs to *token*: to the engine that may be an error."""
        is_part = always or self.ahead.kind is Kind.TAG or self.ahead.text == "^^"
        if is_part and self.ahead.start != token.start + len(token.text):
            raise Unfit(f"space follows {token.text[:40]!r}")

    def integer(self) -> int:
        token = self.next()
        if token.kind is not Kind.NUMBER or not _INTEGER.fullmatch(token.text):
            raise Unfit(f"{token.text[:40]!r} stands where a number would")
        return int(token.text)

    @property
    def ahead(self) -> Token:
        return self.tokens[self.place]

    def next(self) -> Token:
        token = self.tokens[self.place]
        if token is _END:
            raise Unfit("it ends early")
        self.place += 1
        return token

    def word(self) -> str:
        token = self.next()
        return token.text.upper() if token.kind is Kind.WORD else ""

    def is_ahead(self, *words: str) -> bool:
        return self.ahead.kind is Kind.WORD and self.ahead.text.upper() in words

    def take_word(self, word: str) -> bool:
        found = self.is_ahead(word)
        self.place += found
        return found

    def expect_word(self, word: str) -> None:
        if not self.take_word(word):
            raise Unfit(f"{self.ahead.text[:40]!r} stands where {word} would")

    def take(self, mark: str) -> bool:
        found = self.ahead.kind is Kind.MARK and self.ahead.text == mark
        self.place += found
        return found

    def expect(self, mark: str) -> None:
        if not self.take(mark):
            raise Unfit(f"{self.ahead.text[:40]!r} stands where {mark} would")

    def several(self, part: Callable[[], _Part], kind: Kind) -> list[_Part]:
        made = []
        while self.ahead.kind is kind:
            made.append(part())
        if not made:
            raise Unfit(f"{self.ahead.text[:40]!r} stands where a variable would")
        return made

    def known(self) -> set[str]:
        """The variables that patterns bind."""
        return set().union(*(pattern.variables() for pattern in self.patterns))

    def check(self, made: Select) -> None:
        """Raises Unfit where the scope of a variable is not plain."""
        known = self.known()
        names = [name for name, _ in made.columns]
        aggregates = made.aggregates()
        used = {*made.groups, *(each.of for each in aggregates if each.of)}
        used |= set().union(*map(_variables, made.filters))
        used |= {value for _, value in made.columns if isinstance(value, str)}
        used |= {value for value, _ in made.order if isinstance(value, str)}
        if not used <= known:
            raise Unfit(f"nothing binds ?{min(used - known)}")
        if len(set(names)) < len(names) or any(
            name in known for name, value in made.columns if name != value
        ):
            raise Unfit("two columns have one name")
        if made.is_grouped:
            shown = {value for _, value in made.columns} | {value for value, _ in made.order}
            if not {value for value in shown if isinstance(value, str)} <= set(made.groups):
                raise Unfit("a variable is neither grouped nor counted")
        elif aggregates:
            raise Unfit("an aggregate stands where nothing is grouped")
        if made.is_distinct and not {value for value, _ in made.order} <= {
            value for _, value in made.columns
        }:
            raise Unfit("it sorts different rows by what they do not show")


_FORMS: dict[str, Callable[[_Reader], Simple]] = {
    "SELECT": _Reader.select,
    "ASK": lambda reader: reader.described("ASK"),
    "CONSTRUCT": lambda reader: reader.described("CONSTRUCT"),
    "DESCRIBE": lambda reader: reader.described("DESCRIBE"),
}


def _variables(expression: Expression) -> set[str]:
    """The names of the variables in an expression."""
    if isinstance(expression, Variable):
        return {expression.name}
    if isinstance(expression, str):
        return set()
    return set().union(*map(_variables, expression.parts))
