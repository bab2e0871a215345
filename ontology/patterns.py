"""Patterns: regular expressions as SHACL and SPARQL write them, made into Python's."""

import re

from ontology.errors import InvalidOntology

_FLAGS = {"i": re.IGNORECASE, "s": re.DOTALL, "m": re.MULTILINE, "q": re.NOFLAG}
_TOKEN = re.compile(
    r"\\(?P<escape>.?)|(?P<group>\[\^?(?:\\.|[^\[\]\\])+\])|(?P<foreign>\(\?(?!:)..?|\[)|(?P<plain>.)",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_SAME = frozenset("dDnrt\\|.?*+(){}[]^$-/")
"""Escapes that mean the same in both languages."""


def compiled(pattern: str, flags: str = "") -> re.Pattern[str]:
    """*pattern* (XPath and XQuery Functions, § 5.6.1) as a Python pattern, for `search`.

    Raises InvalidOntology for what Python would read otherwise: look-around, \\p, \\i, \\c, \\w, class
    subtraction, and the flag x.
    """
    unknown = sorted(set(flags) - set(_FLAGS))
    if unknown:
        raise InvalidOntology(f"the flag {unknown[0]!r} of the pattern {pattern!r} is not compiled")
    options = re.NOFLAG
    for flag in flags:
        options |= _FLAGS[flag]
    try:
        return re.compile(re.escape(pattern) if "q" in flags else _translated(pattern, flags), options)
    except re.error as error:
        raise InvalidOntology(f"the pattern {pattern!r} is wrong: {error}") from error


def _translated(pattern: str, flags: str) -> str:
    def token(found: re.Match[str]) -> str:
        if found["foreign"]:
            raise InvalidOntology(f"the pattern {pattern!r} uses {found['foreign']!r}, which is not compiled")
        if found["group"]:
            return _ESCAPE.sub(lambda inner: _escape(inner[1], pattern, in_group=True), found["group"])
        if found["plain"]:
            return _plain(found["plain"], flags)
        return _escape(found["escape"], pattern)

    return _TOKEN.sub(token, pattern)


def _plain(character: str, flags: str) -> str:
    """A character outside a class: "$" is never before a last line break, "." never a carriage return."""
    if character == "$" and "m" not in flags:
        return r"\Z"
    return r"[^\n\r]" if character == "." and "s" not in flags else character


def _escape(escaped: str, pattern: str, *, in_group: bool = False) -> str:
    if escaped in _SAME:
        return f"\\{escaped}"
    if escaped == "s":
        return r" \t\n\r" if in_group else r"[ \t\n\r]"
    if escaped == "S" and not in_group:
        return r"[^ \t\n\r]"
    raise InvalidOntology(f"the pattern {pattern!r} uses '\\{escaped}', which is not compiled")
