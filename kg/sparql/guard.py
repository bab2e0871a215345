"""The guard at the door for queries of strangers: refuses, by words alone, what would hurt the engine.

It is the first line, not the last: a query that passes may still run for ever. What it stops is what kills
or betrays the process: 10,000 nested groups or chained operators overflow the engine's stack, 500 patterns
take it minutes to plan, SERVICE fetches addresses of the local network. Text inside strings and comments
does not count. The guard may refuse too much; it must not let through what the engine reads otherwise.
"""

from dataclasses import dataclass, field

from kg.errors import QueryRefused, QuerySyntax
from kg.sparql.lexer import Kind, Token, place, tokens
from ontology.namespaces import PREFIXES

FORMS = ("SELECT", "ASK", "CONSTRUCT", "DESCRIBE")

_UPDATES = frozenset(("INSERT", "DELETE", "LOAD", "CLEAR", "DROP", "CREATE", "ADD", "MOVE", "COPY", "WITH"))
_COUNTED_WORDS = dict.fromkeys(
    ("BIND", "FILTER", "AS", "OPTIONAL", "UNION", "MINUS", "HAVING"), "clauses"
) | {"FROM": "graphs"}
_CLOSED_BY = {")": "(", "]": "[", "}": "{"}
_JOINS = frozenset("/|^*+?!") | {"^^"}
_STEPS = frozenset("/|^")
_OPERATORS = frozenset("+-*/!=<>&|") | {"&&", "||", "!=", "<=", ">="}
_TERMS = frozenset((Kind.STRING, Kind.IRI, Kind.DOUBTFUL, Kind.VARIABLE, Kind.NAME, Kind.NUMBER))
_TERM_WORDS = frozenset(("A", "TRUE", "FALSE"))
_TOO_MANY = {
    "depth": "brackets within each other",
    "patterns": "triple patterns, list items and path steps",
    "operators": "operators",
    "groups": "groups in braces",
    "clauses": "FILTER, BIND, AS, OPTIONAL, UNION, MINUS and HAVING",
    "graphs": "FROM clauses",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """What a query may have; each number is far below what was seen to fail.

    size: bytes of UTF-8. depth: brackets of any kind within each other. patterns: triple patterns, list
    items and path steps together. operators, groups, clauses, graphs: in the whole query.
    """

    size: int = 65_536
    depth: int = 64
    patterns: int = 150
    operators: int = 1_000
    groups: int = 300
    clauses: int = 400
    graphs: int = 64


DEFAULT = Limits()


@dataclass(frozen=True, slots=True)
class Checked:
    """A query that passed: its text and its form, one of FORMS.

    has_dataset: whether it says FROM. has_service: whether it says SERVICE, for kg.federation to replace.
    """

    text: str
    form: str
    has_dataset: bool = False
    has_service: bool = False


def check(query: str, limits: Limits = DEFAULT, *, is_federated: bool = False) -> Checked:
    """*query*, if a stranger may ask it.

    is_federated: SERVICE, written as a word of its own, passes, for kg.federation to replace it; what that
    makes of the query must pass again, without this.

    Raises QueryRefused with the limit in the message, and QuerySyntax, with the place, for a string that is
    never closed, a prefix that nobody declared, or where no query begins.
    """
    size = len(query.encode("utf-8", "replace"))
    if size > limits.size:
        raise QueryRefused(
            f"the query has {size:,} bytes; the limit is {limits.size:,}", hint="ask in several queries"
        )
    scan = _Scan(query, limits, is_federated)
    for token in tokens(query):
        scan.read(token)
    if not scan.form:
        raise QuerySyntax(
            "no query begins here", line=1, column=1, hint=f"a query begins with {', '.join(FORMS)}"
        )
    return Checked(query, scan.form, scan.counts["graphs"] > 0, scan.has_service)


class _Role:
    """What an open bracket holds."""

    PATTERN = "triples, paths and groups"
    LIST = "a list or a part of a path: every term counts"
    EXPRESSION = "an expression: only its operators count"
    DATA = "rows of VALUES: nothing counts"


@dataclass(slots=True)
class _Scan:
    """One pass over the tokens of a query, counting.

    open: the open brackets with their roles. is_joined: whether a term now would belong to the pattern that
    the token before it belongs to. awaits_rows: VALUES was read, its block not yet. hidden: brackets inside
    doubtful IRIs. is_strict: such an IRI held brackets, so that roles cannot be trusted from there on.
    """

    query: str
    limits: Limits
    is_federated: bool = False
    has_service: bool = False
    form: str = ""
    counts: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_TOO_MANY, 0))
    declared: set[str] = field(default_factory=lambda: {*PREFIXES, "_"})
    open: list[tuple[str, str]] = field(default_factory=list)
    before: Token | None = None
    last: Token | None = None
    is_joined: bool = False
    awaits_rows: bool = False
    hidden: int = 0
    is_strict: bool = False

    def read(self, token: Token) -> None:
        """Counts one token."""
        reader = _READERS.get(token.kind)
        if reader is not None:
            reader(self, token)
        if token.kind in _TERMS or _is_term_word(token):
            self._term()
        self.before, self.last = self.last, token

    def word(self, token: Token) -> None:
        """A keyword, or the name of a function."""
        word = token.text.upper()
        if self.is_federated and word == "SERVICE":
            self.has_service = True
        elif "SERVICE" in word:
            self._refuse_service(token)
        if not self.form:
            self.form = self._form(word)
        if word in _COUNTED_WORDS:
            self._count(_COUNTED_WORDS[word])
        self.awaits_rows = word == "VALUES"
        if word not in _TERM_WORDS:
            self.is_joined = False

    def name(self, token: Token) -> None:
        """A prefixed name."""
        prefix = token.text.partition(":")[0]
        if self.last is not None and self.last.text.upper() == "PREFIX":
            self.declared.add(prefix)
        elif prefix not in self.declared:
            line, column = place(self.query, token.start)
            raise QuerySyntax(
                f"nobody declared the prefix {prefix + ':'!r}",
                line=line,
                column=column,
                hint=f"begin with PREFIX {prefix}: <...>; known without it: {', '.join(sorted(PREFIXES))}",
            )

    def doubtful(self, token: Token) -> None:
        """An IRI that the engine may read as an expression: all it holds counts as if it were one."""
        self.hidden += sum(token.text.count(mark) for mark in "([")
        if any(mark in token.text for mark in "()[]"):
            self.is_strict = True
            self.open = [(mark, _Role.LIST) for mark, _ in self.open]
        for mark in token.text[1:-1]:
            if mark in _OPERATORS:
                self._count("operators")
        self._check_depth()

    def unclosed(self, token: Token) -> None:
        """A quotation mark that nothing closes. What follows could be read in two ways, so it is not read."""
        line, column = place(self.query, token.start)
        raise QuerySyntax(
            f"the string that begins with {token.text} is never closed", line=line, column=column
        )

    def mark(self, token: Token) -> None:
        """A bracket, an operator or a full stop."""
        mark = token.text
        if mark in _CLOSED_BY.values():
            self._open(token)
            return
        if mark in _CLOSED_BY:
            self.is_joined = self._close(mark)
            return
        self.is_joined = mark in _JOINS
        if mark in _OPERATORS:
            self._count("operators")
        if mark in _STEPS and self._role() in (_Role.PATTERN, _Role.LIST):
            self._count("patterns")

    def _open(self, token: Token) -> None:
        if token.text == "{":
            self._count("groups")
            self._suspect_service()
        self.open.append((token.text, self._role_of(token.text)))
        self.awaits_rows = self.awaits_rows and token.text != "{"
        self.is_joined = False
        self._check_depth()

    def _close(self, mark: str) -> bool:
        """Whether what the bracket closes is a term, to which a pattern may go on."""
        if not self.open or self.open[-1][0] != _CLOSED_BY[mark]:
            return False
        _, role = self.open.pop()
        return mark == "]" or (mark == ")" and role == _Role.LIST)

    def _role_of(self, mark: str) -> str:
        """What the bracket that opens now will hold."""
        parent = self._role()
        if self.is_strict:
            return _Role.LIST if mark == "(" else _Role.PATTERN
        if self.awaits_rows or parent == _Role.DATA:
            return _Role.DATA
        if mark != "(":
            return _Role.PATTERN
        if parent == _Role.EXPRESSION or self._follows_call():
            return _Role.EXPRESSION
        return _Role.LIST

    def _follows_call(self) -> bool:
        """Whether a bracket now opens the arguments of a function, or an expression after a keyword."""
        if self.last is None or _is_term_word(self.last):
            return False
        if self.last.kind in (Kind.NAME, Kind.IRI, Kind.DOUBTFUL):
            return self.before is not None and self.before.text.upper() == "FILTER"
        return self.last.kind is Kind.WORD

    def _role(self) -> str:
        """What the innermost open bracket holds; outside of all are SELECT's and ORDER BY's expressions."""
        if not self.open:
            return _Role.LIST if self.is_strict else _Role.EXPRESSION
        return self.open[-1][1]

    def _term(self) -> None:
        role = self._role()
        if role == _Role.LIST or (role == _Role.PATTERN and not self.is_joined):
            self._count("patterns")
        self.is_joined = True

    def _count(self, what: str) -> None:
        self.counts[what] += 1
        limit = getattr(self.limits, what)
        if self.counts[what] > limit:
            raise QueryRefused(
                f"the query has more than {limit:,} {_TOO_MANY[what]}", hint="ask in several queries"
            )

    def _check_depth(self) -> None:
        if len(self.open) + self.hidden > self.limits.depth:
            raise QueryRefused(
                f"the query has more than {self.limits.depth:,} {_TOO_MANY['depth']}",
                hint="take away brackets that change nothing, or ask in several queries",
            )

    def _form(self, word: str) -> str:
        """The form that a first word begins. The engine needs no space after it: SELECTDISTINCT?s."""
        if word in _UPDATES:
            raise QueryRefused(
                f"{word} changes data, and a query only reads",
                hint=f"ask with {', '.join(FORMS)}; changes are sent as an update, with a key",
            )
        return next((form for form in FORMS if word.startswith(form)), "")

    def _suspect_service(self) -> None:
        """Refuses `SERVICEex:place {`, which the engine reads as SERVICE ex:place."""
        if self.last is None or self.last.kind is not Kind.NAME:
            return
        is_graph = self.before is not None and self.before.text.upper() == "GRAPH"
        if not is_graph and "SERVICE" in self.last.text.partition(":")[0].upper():
            self._refuse_service(self.last)

    def _refuse_service(self, token: Token) -> None:
        line, column = place(self.query, token.start)
        raise QueryRefused(
            f"SERVICE, at line {line}, column {column}, asks other servers, and this endpoint does not",
            hint="ask the other endpoint yourself and put its answer in VALUES",
        )


_READERS = {
    Kind.WORD: _Scan.word,
    Kind.NAME: _Scan.name,
    Kind.DOUBTFUL: _Scan.doubtful,
    Kind.UNCLOSED: _Scan.unclosed,
    Kind.MARK: _Scan.mark,
}


def _is_term_word(token: Token) -> bool:
    return token.kind is Kind.WORD and token.text.upper() in _TERM_WORDS
