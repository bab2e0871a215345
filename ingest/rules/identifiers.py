"""Rules for identifiers: ISBN, ISSN, DOI and the rest, with their status."""

import re
from collections.abc import Callable

from ingest import clean, keys
from ingest.description import Description
from ingest.mapping import Apply, Options
from ingest.model import Field
from kg.terms import named, text
from ontology import identifiers

_DOI = re.compile(r"(10\.\d{4,9}/\S+)")
_ISBN = re.compile(r"[\dXx\-‐–— ]{10,}")


def identifier_rule(options: Options) -> Apply:
    """An identifier of the instance (or of *on*).

    scheme: isbn, issn, doi, lccn, or the name of any other; parts; cancelled: parts with cancelled or
    wrong numbers; scheme_part: the part that names the scheme. A good ISBN, ISSN, DOI or LCCN is a plain
    literal (wy:isbn13 ...); everything else is a wy:Identifier with value, scheme and status, so that
    a misprinted ISBN stays findable and is never taken for a good one.
    """
    parts, cancelled = options.words("parts", "a"), options.words("cancelled", "z")
    scheme, scheme_part = options.text("scheme"), options.text("scheme_part")
    on = options.text("on", "instance")
    makes_key = options.flag("key")

    def apply(field: Field, description: Description) -> None:
        name = scheme or field.first(scheme_part) or "local"
        for code, value in field.parts:
            written = clean.space(value)
            if not written or (parts and code not in (*parts, *cancelled)):
                continue
            good = _PLAIN[name](written) if name in _PLAIN and code not in cancelled else ""
            if good:
                description.named(on).say(named(_PROPERTIES[name]), text(good))
                if name == "issn":
                    description.key_context = description.key_context or f"issn-{good}"
                if name == "doi" and makes_key:
                    description.doi = description.doi or good
            else:
                _say_qualified(description, on, written, name, "cancelled" if code in cancelled else "")

    return apply


def doi(written: str) -> str:
    """The DOI in *written*, lower case, without resolver or "doi:"; "" where there is none."""
    found = _DOI.search(written)
    return found[1].lower().rstrip(".,;") if found else ""


def isbn(written: str) -> str:
    """The thirteen digits of a valid ISBN in *written* ("7-5037-1744-0 (精装)"), else ""."""
    found = _ISBN.search(written)
    return identifiers.isbn13(found[0]) if found else ""


def _lccn(written: str) -> str:
    """An LCCN in its normal form: no blanks, no suffix (LCCN namespace, info:lccn)."""
    return written.partition("/")[0].replace(" ", "")


_PLAIN: dict[str, Callable[[str], str]] = {
    "isbn": isbn,
    "issn": lambda written: identifiers.issn(written),
    "doi": doi,
    "lccn": _lccn,
}
_PROPERTIES = {"isbn": "wy:isbn13", "issn": "wy:issn", "doi": "wy:doi", "lccn": "wy:lccn"}


def _say_qualified(description: Description, on: str, value: str, scheme: str, status: str) -> None:
    if not status and scheme in _PLAIN:
        status = "invalid"
    owner = description.named(on)
    node = description.fragment(owner, "identifier", f"id-{keys.digest(scheme, value)}")
    node.say(named("wy:value"), text(value))
    node.say(named("wy:scheme"), text(scheme))
    if status:
        node.say(named("wy:status"), text(status))
    owner.say(named("wy:identifier"), node)
