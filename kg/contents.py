"""Contents: what a graph held after any change, folded from the edits the journal keeps."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from kg.canonical import read
from kg.frames import Place, Reader
from kg.tables import Rows
from kg.terms import Triple

REPLACE, ADD, REMOVE = range(3)
"""How the journal writes Edit.op."""
OPERATIONS = {"replace": REPLACE, "add": ADD, "remove": REMOVE}

_ALWAYS = 2**62
_EDITS = """
    SELECT op, frame, start, length, stamp, digest FROM edit
    WHERE graph = ? AND change <= ? ORDER BY id DESC
"""
_ACTIVE = """
    SELECT op, frame, start, length, stamp, digest FROM edit JOIN change ON change.number = edit.change
    WHERE graph = ? AND change <= ? AND undone_by IS NULL AND NOT is_undo ORDER BY id DESC
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One edit of a graph, as the journal keeps it."""

    op: int
    place: Place
    stamp: bytes = b""
    digest: bytes = b""


@dataclass(frozen=True, slots=True)
class Shift:
    """A graph that goes from one content to another. All lists are sorted."""

    graph: str
    before: list[Triple]
    after: list[Triple]
    gone: list[Triple]
    came: list[Triple]

    @classmethod
    def between(cls, graph: str, before: Iterable[Triple], after: Iterable[Triple]) -> "Shift":
        """The way from *before* to *after*."""
        old, new = set(before), set(after)
        return cls(graph, sorted(old), sorted(new), sorted(old - new), sorted(new - old))

    def __bool__(self) -> bool:
        return bool(self.gone or self.came)

    def departed(self) -> list[str]:
        """IRIs of the things that are not described any more; sub-nodes go with their thing."""
        if not self.gone:
            return []
        was = {triple[0] for triple in self.before}
        lost = was - {triple[0] for triple in self.after}
        return [subject[1:-1] for subject in lost if f"{subject.partition('#')[0]}>" not in was]


class Contents:
    """Reads through what it is given: it sees what that sees."""

    def __init__(self, db: Rows, frames: Reader) -> None:
        self._db, self._frames = db, frames

    def steps(self, graph: int, upto: int = _ALWAYS) -> list[Step]:
        """The edits that made the graph as it was after change *upto*, from its last replacement on."""
        return self._from_replacement(_EDITS, graph, upto)

    def active_steps(self, graph: int) -> list[Step]:
        """The edits that would make the graph, had nothing been done that is undone by now."""
        return self._from_replacement(_ACTIVE, graph, _ALWAYS)

    def fold(self, steps: Sequence[Step], *, about: str = "") -> set[Triple]:
        """What the edits give, one after the other; only what is *about* that IRI, where one is given."""
        content: set[Triple] = set()
        for step in steps:
            statements = read(self._frames.read(step.place), about=about)
            if step.op == REMOVE:
                content.difference_update(statements)
            else:
                content.update(statements)
        return content

    def after(self, graph: int, number: int, *, about: str = "") -> set[Triple]:
        """What the graph held after change *number*."""
        return self.fold(self.steps(graph, number), about=about)

    def shifts(self, number: int) -> Iterator[Shift]:
        """What change *number* did, graph by graph; graphs that came out the same are left out."""
        for graph, iri in self.touched(number - 1, number):
            if shift := Shift.between(iri, self.after(graph, number - 1), self.after(graph, number)):
                yield shift

    def touched(self, first: int, last: int) -> list[tuple[int, str]]:
        """Number and IRI of every graph with edits after change *first*, up to change *last*."""
        return self._db.execute(
            "SELECT id, iri FROM graph WHERE id IN (SELECT graph FROM edit WHERE id BETWEEN"
            " (SELECT MIN(first_edit) FROM change WHERE number > ?) AND"
            " (SELECT MAX(last_edit) FROM change WHERE number <= ?))",
            (first, last),
        ).fetchall()

    def _from_replacement(self, query: str, graph: int, upto: int) -> list[Step]:
        cursor = self._db.execute(query, (graph, upto))
        steps = []
        for op, frame, start, length, stamp, digest in cursor:
            steps.append(Step(op, Place(frame, start, length), stamp or b"", digest or b""))
            if op == REPLACE:
                break
        cursor.close()
        return steps[::-1]
