"""Keys: the last part of a thing's IRI, made from identifiers or from normalised content.

The same thing described twice gets the same key, so a rerun mints what is there already and two
libraries' records of one book meet in one work. Not identity: near misses are matched elsewhere.
"""

from functools import lru_cache
from hashlib import blake2b
from urllib.parse import quote

from kg.fold import fold

_NAME_BREAKS = " ,"


def digest(*parts: str) -> str:
    """20 hexadecimal digits for these *parts*, in this order."""
    return blake2b("\x1f".join(parts).encode(), digest_size=10).hexdigest()


def graph(base: str, source: str, record: str) -> str:
    """The IRI of the graph of one record, which is also the record's own."""
    return f"{base}graph/src/{source}/{quote(record, safe='.-_~')}"


@lru_cache(maxsize=65_536)
def work(title: str, creator_key: str = "", translated_into: str = "") -> str:
    """The key of a work: title proper, first creator, and the language if it is a translation."""
    return digest("work", fold(title), creator_key, translated_into)


@lru_cache(maxsize=65_536)
def creator(name: str) -> str:
    """A creator as a work's key has it: family name and the first letter of the first given name.

    Libraries differ in how much of a name they write (Samuelson, Paul A. / Paul Anthony), not in this.
    A name without a comma is taken whole.
    """
    family, _, given = name.partition(",")
    return f"{fold(family)} {fold(given)[:1]}".strip()


@lru_cache(maxsize=65_536)
def person(name: str, born: str = "") -> str:
    """The key of a person known by *name* and, where given, year of birth."""
    return digest("person", fold(name).strip(_NAME_BREAKS), born)


@lru_cache(maxsize=65_536)
def named(kind: str, name: str, *context: str) -> str:
    """The key of anything known by its name alone: organization, place, collection, event.

    context: what tells namesakes apart, such as a publisher's place or a meeting's year.
    """
    return digest(kind, fold(name), *context)


@lru_cache(maxsize=65_536)
def heading(scheme: str, label: str) -> str:
    """The key of a subject heading of *scheme*: "lcsh-" and a digest of the label."""
    return f"{scheme}-{digest(fold(label))}"


def notation(scheme: str, number: str) -> str:
    """The key of a class of *scheme*: "clc-F124", with unusual characters percent-encoded."""
    return f"{scheme}-{quote(number.strip(), safe='.-_~')}"


def doi(number: str) -> str:
    """The key of what *number* names; a DOI is the same in either case (DOI Handbook, § 2.4)."""
    return digest("doi", number.lower())
