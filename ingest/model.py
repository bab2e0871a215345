"""What travels from a source to the graph: raw records, fields, and records that had to be refused."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import BinaryIO, NamedTuple, Protocol, TypeAlias

Part: TypeAlias = tuple[str, str]
"""A subfield: its code ("a", "given") and its text."""


class Raw(NamedTuple):
    """One record as it lies in a file: its bytes and where they begin.

    context: what the bytes need from their surroundings to be read, such as the namespace
    declarations of an enclosing element; not part of the record's hash.
    """

    data: bytes
    offset: int
    context: bytes = b""


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a record: MARC 700 with $a $4, a Crossref author, a column of a table.

    marks: the two MARC indicators, blank as a space; "" where a format has none.
    """

    name: str
    parts: tuple[Part, ...]
    marks: str = ""

    def first(self, codes: str | Collection[str]) -> str:
        """The text of the first part whose code is among *codes* (blank-separated in a str); "" if none."""
        wanted = codes.split() if isinstance(codes, str) else codes
        for code, value in self.parts:
            if code in wanted:
                return value
        return ""

    def all(self, codes: str | Collection[str]) -> list[str]:
        """The texts of every part whose code is among *codes*, in field order."""
        wanted = codes.split() if isinstance(codes, str) else codes
        return [value for code, value in self.parts if code in wanted]


@dataclass(frozen=True, slots=True)
class Record:
    """What a source gave, in one shape for all formats.

    key: what the source calls the record (MARC 001, a DOI); unique within the source.
    layout: the name of the mapping that reads it: marc21, unimarc, crossref, ...
    encoding, confidence: how the bytes were read, and how sure that is, in 0..1.
    """

    key: str
    layout: str
    fields: tuple[Field, ...]
    raw: Raw
    encoding: str = "utf-8"
    confidence: float = 1.0
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that could not be taken in: a value, since a generator that raises is dead.

    step: split, decode, parse, map or validate. reason: what is wrong and the way out, for a person.
    """

    raw: Raw
    step: str
    reason: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A source's claim that it can read a file: how sure it is, in 0..1, and why, for a person."""

    sureness: float
    reason: str


class Source(Protocol):
    """A file format. Cutting is apart from reading, so an unchanged record is never read again."""

    def claims(self, head: bytes, name: str) -> Claim | None:
        """Whether a file of this *name* that begins with *head* (64 KiB) is of this format."""

    def split(self, stream: BinaryIO) -> Iterator[Raw | Rejected]:
        """The raw records of *stream* in file order, in bounded memory; never raises for bad data."""

    def read(self, raw: Raw) -> Record | Rejected:
        """The record that *raw* holds; never raises for bad data."""
