"""Changes: what is written, by whom and why. Values only; the journal keeps them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple, TypeAlias

from kg.entries import Entry
from kg.terms import Triple

Operation: TypeAlias = Literal["replace", "add", "remove"]
"""What an edit does to its graph: give it new content, add statements, or take some away."""


@dataclass(frozen=True, slots=True)
class Note:
    """Who changes something and why.

    activity: ingest, load, edit or undo. batch: changes that share one are undone together.
    """

    who: str
    activity: str
    reason: str = ""
    source: str = ""
    batch: str = ""


@dataclass(frozen=True, slots=True)
class Edit:
    """What a change does to one graph, whose IRI stands without brackets; "" is the default graph.

    stamp: 16 bytes that stand for the raw record, so a rerun knows it again; b"" for none.
    digest: kg.canonical.digest of the statements of a replacement, where it is known already.
    raw: where the raw record lies, in the words of the archive.
    """

    graph: str
    op: Operation
    statements: Sequence[Triple]
    stamp: bytes = b""
    digest: bytes = b""
    raw: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """One entry of the journal: a number without gaps from 1, a time (UTC) and what it moved.

    added, removed: statements. graphs: how many graphs came out different. undoes: the changes this one
    takes back; undone_by: the change that took this one back, where that still holds.
    """

    number: int
    at: datetime
    note: Note
    added: int
    removed: int
    graphs: int
    undoes: tuple[int, ...] = ()
    undone_by: int | None = None


class BulkGraph(NamedTuple):
    """A graph within Bulk.nquads: the bytes from *start*, *length* of them, whole lines.

    is_continued: the graph may exist, and these are further statements of it. A graph too large for one
    bulk is cut between things, never within one.
    """

    graph: str
    start: int
    length: int
    stamp: bytes = b""
    digest: bytes = b""
    raw: str = ""
    is_continued: bool = False


@dataclass(frozen=True, slots=True)
class Bulk:
    """Many new graphs as the bytes the engine loads: N-Quads, one line a statement, none twice.

    The terms are written as kg.terms writes them. graphs: in the order of their bytes, which they
    cover without gaps. entries: what the search index takes in.
    """

    nquads: bytes
    graphs: Sequence[BulkGraph]
    statements: int
    entries: Sequence[Entry]
