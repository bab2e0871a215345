"""The operations of an update request, cut out of it by words and brackets. Evaluates nothing.

The engine parses each of them; here they are only parted, so that each can be worked out by itself
(SPARQL 1.1 Query, grammar rules 29 to 52).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from kg.errors import QueryRefused, QuerySyntax
from kg.sparql.lexer import Kind, Token, place, tokens

DEPTH = 64
"""Brackets that may stand within each other."""
MOST = 1_000
"""Operations of one request."""

_OPENS = {"{": "}", "(": ")", "[": "]"}
_DECLARATIONS = {"PREFIX": 3, "BASE": 2, "VERSION": 2}
"""Words of the prologue, with the number of their tokens."""
_KNOWN = ("INSERT", "DELETE", "WITH", "CLEAR", "DROP", "CREATE", "ADD", "COPY", "MOVE", "LOAD")


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation. prologue: all that was declared before it. start: of its text within the request."""

    prologue: str
    text: str
    start: int
    words: tuple[Token, ...]

    @property
    def kind(self) -> str:
        """Its first word, or the first two of INSERT DATA, DELETE DATA and DELETE WHERE."""
        first, second = self.word(0), self.word(1)
        is_pair = (first, second) in (("INSERT", "DATA"), ("DELETE", "DATA"), ("DELETE", "WHERE"))
        return f"{first} {second}" if is_pair else first

    @property
    def is_silent(self) -> bool:
        """Whether it says SILENT, so that it cannot fail."""
        return self.word(1) == "SILENT"

    @property
    def labels(self) -> set[str]:
        """The labels of its blank nodes."""
        return {token.text for token in self.words if token.kind is Kind.NAME and token.text.startswith("_:")}

    def word(self, number: int) -> str:
        """A token in capitals; "" where there are not so many."""
        return self.words[number].text.upper() if number < len(self.words) else ""

    def block(self, number: int) -> tuple[str, int]:
        """The text within the braces that open at that token, and the token after the closing one."""
        depth = 0
        for end in range(number, len(self.words)):
            depth += (self.words[end].text == "{") - (self.words[end].text == "}")
            if not depth:
                break
        first, last = self.words[number].start + 1 - self.start, self.words[end].start - self.start
        return self.text[first:last], end + 1


def operations(request: str) -> list[Operation]:
    """The operations of *request*, in order.

    Raises QuerySyntax, with the place, for brackets that do not close and for what no operation begins
    with; QueryRefused for what nests too deep.
    """
    read = list(tokens(request))
    found: list[Operation] = []
    prologue = ""
    parts, ends = _parts(request, read)
    for part, end in zip_longest(parts, ends):
        declared = _declared(part)
        if declared:
            last = part[declared - 1]
            prologue += request[part[0].start : last.start + len(last.text)] + "\n"
        rest = part[declared:]
        if rest:
            found.append(_operation(request, prologue, rest))
        elif end is not None:
            raise _syntax(request, end, "there is nothing before this ;")
    if len(found) > MOST:
        raise QueryRefused(f"the request has more than {MOST:,} operations", hint="make several requests")
    _check_labels(request, found)
    return found


def _parts(request: str, read: Sequence[Token]) -> tuple[list[list[Token]], list[Token]]:
    """The tokens between the semicolons that stand outside of all brackets, and those semicolons."""
    parts: list[list[Token]] = [[]]
    ends: list[Token] = []
    open_: list[str] = []
    for token in read:
        if token.kind is Kind.UNCLOSED:
            raise _syntax(request, token, f"the string that begins with {token.text} is never closed")
        if token.kind is Kind.MARK:
            if token.text in _OPENS:
                open_.append(_OPENS[token.text])
                if len(open_) > DEPTH:
                    raise QueryRefused(f"the update has more than {DEPTH} brackets within each other")
            elif token.text in _OPENS.values() and (not open_ or open_.pop() != token.text):
                raise _syntax(request, token, f"{token.text} closes nothing")
            elif token.text == ";" and not open_:
                parts.append([])
                ends.append(token)
                continue
        parts[-1].append(token)
    if open_:
        raise _syntax(request, read[-1], f"{open_[-1]} is missing at the end")
    return parts, ends


def _declared(part: Sequence[Token]) -> int:
    """How many tokens of the prologue a part begins with."""
    number = 0
    while number < len(part) and (length := _DECLARATIONS.get(part[number].text.upper())):
        number += length
    return min(number, len(part))


def _operation(request: str, prologue: str, part: Sequence[Token]) -> Operation:
    first, last = part[0], part[-1]
    if first.text.upper() not in _KNOWN:
        raise _syntax(request, first, "no update begins here", hint=f"one begins with {', '.join(_KNOWN)}")
    text = request[first.start : last.start + len(last.text)]
    return Operation(prologue, text, first.start, tuple(part))


def _check_labels(request: str, found: Sequence[Operation]) -> None:
    """Raises QuerySyntax for a blank node that two INSERT DATA share (SPARQL 1.1 Query, § 19.6)."""
    known: set[str] = set()
    for operation in found:
        if operation.kind != "INSERT DATA":
            continue
        if shared := known & operation.labels:
            at = next(token for token in operation.words if token.text in shared)
            raise _syntax(request, at, f"another operation has a blank node {at.text} already")
        known |= operation.labels


def _syntax(request: str, token: Token, message: str, *, hint: str = "") -> QuerySyntax:
    line, column = place(request, token.start)
    return QuerySyntax(message, line=line, column=column, hint=hint)
