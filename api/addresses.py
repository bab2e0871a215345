"""From the address of a request to the IRI of a thing, and back to the address of its document."""

import re
from collections.abc import Iterator
from urllib.parse import quote, unquote, unquote_to_bytes

from fastapi import Request

from kg.formats import FORMATS, Format
from kg.terms import iri as iri_term

HTML = "html"
SUFFIXES: dict[str, Format | None] = {HTML: None} | {known.suffix: known for known in FORMATS}
"""Endings of documents and what they give; None is the page for people."""

_ESCAPES = re.compile(r"(?:%[89A-Fa-f][0-9A-Fa-f])+")
_KEPT = "/%:@!$&'()*+,;=~-._?"


def local(request: Request) -> str:
    """The address asked for as it was sent, without the path a proxy put before ours: "id/work/%E6%9D%8E"."""
    sent = request.scope["raw_path"].decode("utf-8", "replace")
    return str(sent).removeprefix(request.scope.get("root_path", "").rstrip("/")).lstrip("/")


def spellings(path: str) -> Iterator[str]:
    """The ways in which an IRI may write *path*: as sent, as an IRI, decoded, or encoded throughout.

    A client may escape what an IRI holds unescaped, and browsers do (RFC 3987, § 3.1 and 3.2).
    """
    decoded = unquote(path, errors="strict") if _is_utf8(path) else path
    as_iri = _ESCAPES.sub(_decoded, path)
    ways = (path, as_iri, decoded, quote(decoded, safe="/:@!$&'()*+,;=~-._"), quote(decoded, safe="/~-._"))
    yield from dict.fromkeys(iri_term(way)[1:-1] for way in ways)


def document_path(iri: str, base_iri: str, suffix: str = "") -> str:
    """Where the document about *iri* is, from our root: "/doc/work/x.ttl", or "/doc?iri=..." for others."""
    ending = f".{suffix}" if suffix else ""
    if iri.startswith(f"{base_iri}id/"):
        return f"/doc/{quote(iri.removeprefix(f'{base_iri}id/'), safe=_KEPT)}{ending}"
    return f"/doc{ending}?iri={quote(iri, safe='')}"


def thing_path(iri: str, base_iri: str) -> str:
    """Where a client finds the thing *iri*: our own path, or the IRI itself where it is not ours."""
    if iri.startswith(f"{base_iri}id/"):
        return f"/{quote(iri.removeprefix(base_iri), safe=_KEPT)}"
    return uri(iri)


def uri(iri: str) -> str:
    """*iri* in the characters that a header may hold (RFC 3987, § 3.1)."""
    return quote(iri, safe=f"{_KEPT}#[]")


def cut(path: str) -> tuple[str, str]:
    """*path* and the ending of a document, where it has one: "work/x.ttl" → "work/x", "ttl"."""
    stem, dot, suffix = path.rpartition(".")
    return (stem, suffix) if dot and suffix in SUFFIXES else (path, "")


def _decoded(found: re.Match[str]) -> str:
    try:
        return unquote_to_bytes(found[0]).decode()
    except UnicodeDecodeError:
        return found[0]


def _is_utf8(path: str) -> bool:
    try:
        unquote_to_bytes(path).decode()
    except UnicodeDecodeError:
        return False
    return True
