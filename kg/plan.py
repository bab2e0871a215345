"""Plan: what the edits of a change would do to their graphs, worked out before anything is written."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kg.canonical import check, digest, write
from kg.change import Edit
from kg.contents import OPERATIONS, REPLACE, Shift
from kg.contents import Step as Edited
from kg.draft import Draft, Given, Known
from kg.terms import Triple

Before = Callable[[Known], Iterable[Triple]]
"""Gives what a graph holds now."""


@dataclass(frozen=True, slots=True)
class Step:
    """What the edits of one graph come to."""

    old: Known
    new: Known
    given: list[Given]
    shift: Shift

    def enter(self, draft: Draft) -> None:
        """Writes the edits to the journal."""
        draft.take(self.old, self.given)
        draft.settle(self.old, self.new, came=len(self.shift.came), gone=len(self.shift.gone))
        if departed := self.shift.departed():
            draft.departed(self.old, departed)


def by_graph(edits: Iterable[Edit]) -> dict[str, list[Edit]]:
    """The edits of each graph, in order."""
    grouped: dict[str, list[Edit]] = {}
    for edit in edits:
        grouped.setdefault(edit.graph, []).append(edit)
    return grouped


def is_same(edits: Sequence[Edit], known: Known | None) -> bool:
    """Whether the digests alone show that the edits of a graph leave it as it is."""
    return (
        known is not None
        and bool(known.digest)
        and len(edits) == 1
        and edits[0].op == "replace"
        and edits[0].digest == known.digest
    )


def step(edits: Sequence[Edit], known: Known, before: Iterable[Triple]) -> Step:
    """What *edits*, all of one graph that holds *before*, come to. Raises ValueError for what is not RDF."""
    was = set(before)
    now, given = set(was), []
    for edit in edits:
        statements = _checked(edit, now)
        now = _after(now, edit.op, statements)
        mark = edit.digest or (digest(statements) if edit.op == "replace" else b"")
        nquads = write(edit.graph, sorted(statements)).encode()
        given.append(Given(OPERATIONS[edit.op], nquads, edit.stamp, mark, edit.raw))
    shift = Shift.between(known.iri, was, now)
    return Step(known, settled(known, given, shift.after), given, shift)


def settled(known: Known, steps: Sequence[Given | Edited], after: Sequence[Triple]) -> Known:
    """The graph *known* as it is to be listed when those steps have led to the content *after*."""
    stamp = known.stamp
    for taken in steps:
        # A replacement without a stamp does not come from the raw record that the old stamp stands for.
        stamp = taken.stamp if taken.op == REPLACE else taken.stamp or stamp
    is_whole = len(steps) > 0 and steps[-1].op == REPLACE and bool(steps[-1].digest)
    mark = steps[-1].digest if is_whole else digest(after)
    return Known(known.number, known.iri, len(after), stamp, mark)


def _checked(edit: Edit, now: set[Triple]) -> set[Triple]:
    """The statements of *edit* in their one form; those the graph has already are known to be."""
    statements = set(edit.statements)
    new = statements - now
    return (statements & now) | set(check(edit.graph, new))


def _after(now: set[Triple], op: str, statements: set[Triple]) -> set[Triple]:
    if op == "replace":
        return statements
    return now | statements if op == "add" else now - statements
