"""Projection: the journal's changes carried over into store and search index. Never writes to the journal."""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain

from kg.border import guarded
from kg.contents import Shift
from kg.entries import Entry, entries
from kg.errors import StoreError
from kg.journal import Journal
from kg.search import SearchIndex
from kg.spots import Row, told
from kg.store import Store

log = logging.getLogger(__name__)

SLICE = 20_000
"""Statements that a replayed change moves in one step."""
_MANY_CHANGES = 20
UNMARKED_CHANGES = 500
UNMARKED_STATEMENTS = 200_000
"""What may have to be applied again after a crash: the store is made to last at least this often."""


class Projection:
    """What store and index have of the journal. Applying a change twice is the same as applying it once.

    The store's mark (Store.applied) lags behind, since setting it means writing everything out; the index
    keeps its own number, in the transaction that it belongs to.
    """

    def __init__(self, journal: Journal, store: Store, search: SearchIndex) -> None:
        self._journal, self._store, self._search = journal, store, search
        self._applied = store.applied
        self._unmarked = 0

    def apply(self, number: int, shifts: Sequence[Shift]) -> None:
        """Takes store and index to a change whose shifts are at hand."""
        with _recorded(number):
            self._store.apply(shifts)
            self._moved(number, sum(len(shift.gone) + len(shift.came) for shift in shifts))
            moves = [_moves(shift) for shift in shifts]
            gone, came = chain(*(old for old, _ in moves)), chain(*(new for _, new in moves))
            left = [row for shift in shifts for row in told(shift.before)]
            found = [row for shift in shifts for row in told(shift.after)]
            with guarded("the search index"):
                self._search.apply(number, gone, came, left=left, found=found)

    def loaded(self, number: int, statements: int, indexed: Callable[[], None]) -> None:
        """Notes a bulk that the store has taken in; *indexed* waits for the index to have it."""
        with _recorded(number):
            self._moved(number, statements)
            with guarded("the search index"):
                indexed()

    def project(self, number: int) -> None:
        """Takes store and index to a change by reading it from the journal, in bounded memory."""
        with _recorded(number):
            if self._applied < number:
                self._project_to_store(number)
            if self._search.applied < number:
                left: list[Row] = []
                found: list[Row] = []
                gone, came = self._entries(number, number - 1, left), self._entries(number, number, found)
                with guarded("the search index"):
                    self._search.apply(number, gone, came, left=left, found=found)

    def catch_up(self) -> None:
        """Applies what the journal has and store or index have not: after a crash, or a full disk."""
        first = min(self._applied, self._search.applied) + 1
        if first > self._journal.last:
            return
        # A new version of the index is made from the whole journal: minutes, in a large library.
        is_long = self._journal.last - first >= _MANY_CHANGES
        say = log.warning if is_long else log.info
        say("applying changes %d to %d again; the library opens when that is done", first, self._journal.last)
        for number in range(first, self._journal.last + 1):
            self.project(number)
        self.mark()

    def mark(self) -> None:
        """Makes the store last as it is."""
        if self._applied > self._store.applied:
            self._store.mark(self._applied)
        self._unmarked = 0

    def _project_to_store(self, number: int) -> None:
        if self._journal.counts(number).graphs == 0:
            self._store.clear()  # Far quicker than graph by graph, when a first load is undone.
        elif self._journal.is_bulk(number):
            self._store.load(self._journal.payload(number))
        else:
            for part in _slices(self._journal.shifts(number)):
                self._store.apply(part)
        change = self._journal.change(number)
        self._moved(number, change.added + change.removed)

    def _entries(self, number: int, moment: int, rows: list[Row]) -> Iterator[Entry]:
        """What the graphs that change *number* touched gave the index, as they were after change *moment*.

        rows: takes up what they said of where things are.
        """
        contents = self._journal.contents
        for graph, iri in contents.touched(number - 1, number):
            statements = contents.after(graph, moment)
            rows += told(statements)
            yield from entries(iri, statements)

    def _moved(self, number: int, statements: int) -> None:
        self._applied = number
        self._unmarked += statements
        if self._unmarked >= UNMARKED_STATEMENTS or number - self._store.applied >= UNMARKED_CHANGES:
            self.mark()


def unapplied(number: int, error: StoreError) -> StoreError:
    """What to say where a change is in the journal, and store or index failed to follow."""
    return StoreError(
        f"change {number} is recorded but could not be applied yet: {error}",
        hint="it will be, when the library is next written to or opened; do not make it again",
    )


@contextmanager
def _recorded(number: int) -> Iterator[None]:
    try:
        yield
    except StoreError as error:
        raise unapplied(number, error) from error


def _moves(shift: Shift) -> tuple[list[Entry], list[Entry]]:
    """What the search index loses and gains by a shift."""
    old, new = entries(shift.graph, shift.before), entries(shift.graph, shift.after)
    was, remains = set(old), set(new)
    return [entry for entry in old if entry not in remains], [entry for entry in new if entry not in was]


def _slices(shifts: Iterable[Shift]) -> Iterator[list[Shift]]:
    """The shifts in portions of about SLICE statements."""
    part: list[Shift] = []
    size = 0
    for shift in shifts:
        part.append(shift)
        size += len(shift.gone) + len(shift.came)
        if size >= SLICE:
            yield part
            part, size = [], 0
    if part:
        yield part
