"""The shape of a query: its text with constants and names of variables taken out, so that like queries group.

Nothing of a person who asks is in a shape: no literal, no IRI of a thing; prefixed names stay, since they are
the classes and properties that make queries slow.
"""

import hashlib
from collections.abc import Iterable, Iterator

from kg.sparql.lexer import Kind, Token, tokens

LONGEST = 2_000
"""Characters of a shape that are kept."""

_MARKS = {Kind.STRING: '"…"', Kind.UNCLOSED: '"…', Kind.NUMBER: "0", Kind.TAG: "@…", Kind.ESCAPE: "…"}
_MOST_ALIKE = 3
"""Terms of one kind in a row that are told; more are as many as that."""


def shape(query: str) -> str:
    """The shape of *query*, on one line. Never raises: what is no query has one, too."""
    names: dict[str, str] = {}
    prefixes = _declared(query)
    said: list[str] = []
    for token in _without_rows(tokens(query)):
        text = _said(token, names, prefixes)
        if said[-_MOST_ALIKE:] != [text] * _MOST_ALIKE:
            said.append(text)
        if len(said) > LONGEST:
            break
    return " ".join(said)[:LONGEST]


def fingerprint(shape: str) -> str:
    """A short name of a shape, by which a log can be searched."""
    return hashlib.sha256(shape.encode("utf-8", "replace")).hexdigest()[:12]


def _without_rows(found: Iterable[Token]) -> Iterator[Token]:
    """The tokens without what stands in the braces of VALUES."""
    awaits, is_in = False, False
    for token in found:
        if token.text == "}":
            is_in = False
        if not is_in:
            yield token
        if token.text == "{" and awaits:
            is_in = True
        awaits = token.text.upper() == "VALUES" or (awaits and not is_in)


def _said(token: Token, names: dict[str, str], prefixes: set[str]) -> str:
    if token.kind is Kind.VARIABLE:
        return names.setdefault(token.text[1:], f"?{len(names) + 1}")
    if token.kind in (Kind.IRI, Kind.DOUBTFUL):
        return "<…>"
    if token.kind is Kind.WORD:
        return token.text.upper()
    if token.kind is Kind.NAME:
        return _name(token.text, prefixes)
    return _MARKS.get(token.kind, token.text)


def _name(text: str, prefixes: set[str]) -> str:
    """A prefixed name, where it is one of the words that everybody uses; a blank node has none."""
    prefix = text.partition(":")[0]
    if prefix == "_":
        return "_:…"
    return f"{prefix}:…" if prefix in prefixes else text


def _declared(query: str) -> set[str]:
    """Prefixes that the query itself declares: they may stand for anything, also for things."""
    found: set[str] = set()
    before = ""
    for token in tokens(query):
        if token.kind is Kind.NAME and before.upper() == "PREFIX":
            found.add(token.text.partition(":")[0])
        before = token.text
    return found
