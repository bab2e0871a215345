"""The words of a SPARQL query, cut as the engine could cut them at worst. Not a parser.

The engine reads without a lexer: `?a<b:f((1))&&?c>?b` is a comparison to it where the standard sees an
IRI, and `SERVICEex:x{}` is a SERVICE. So an IRI that might be an expression is a kind of its own here, and
words that hide a keyword are left to kg.sparql.guard to judge (SPARQL 1.1 Query, § 19.8).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

# No alternative may look ahead without bound: 64 KB of anything must cost milliseconds.
_TOKEN = re.compile(
    r"""
    (?P<space>[ \t\r\n]+|\#[^\r\n]*)
  | (?P<string>\"{3}(?:[^"\\]|\\.|"(?!""))*\"{3} | '{3}(?:[^'\\]|\\.|'(?!''))*'{3}
             | "(?!"")(?:[^"\\\r\n]|\\[^\r\n])*" | '(?!'')(?:[^'\\\r\n]|\\[^\r\n])*')
  | (?P<unclosed>["'])
  | (?P<iri><[A-Za-z][A-Za-z0-9+.\-]*://[^<>"{}|^`\x00-\x20]*>)
  | (?P<doubtful><[^<>"{}|^`\x00-\x20]*>)
  | (?P<variable>[?$]\w+)
  | (?P<name>(?:[^\W\d][\w\-·.]{0,100})?:(?:[\w:\-·%]|\\[^ \t\r\n]|\.+(?=[\w:\-·%\\]))*)
  | (?P<number>(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<word>[^\W\d]\w*)
  | (?P<tag>@[A-Za-z]+(?:-[A-Za-z0-9]+)*)
  | (?P<escape>\\[^ \t\r\n])
  | (?P<mark>\^\^|&&|\|\||[<>!]=|.)
    """,
    re.VERBOSE | re.DOTALL,
)


class Kind(Enum):
    """What a token is. DOUBTFUL: an IRI to the standard, perhaps an expression to the engine."""

    STRING = "string"
    UNCLOSED = "unclosed"
    IRI = "iri"
    DOUBTFUL = "doubtful"
    VARIABLE = "variable"
    NAME = "name"
    NUMBER = "number"
    WORD = "word"
    TAG = "tag"
    ESCAPE = "escape"
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a query: its kind, its text, where it begins."""

    kind: Kind
    text: str
    start: int


_KINDS = {kind.value: kind for kind in Kind}


def tokens(query: str) -> Iterator[Token]:
    """The tokens of *query* without spaces and comments; every other character is in one. Never raises."""
    for found in _TOKEN.finditer(query):
        kind = _KINDS.get(found.lastgroup or "")
        if kind is not None:
            yield Token(kind, found[0], found.start())


def place(query: str, offset: int) -> tuple[int, int]:
    """Line and column of an offset; both count from 1."""
    return query.count("\n", 0, offset) + 1, offset - query.rfind("\n", 0, offset)
