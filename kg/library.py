"""The library: journal, store and search index, which move together. Nothing else writes to any of them."""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import chain
from pathlib import Path
from typing import Self

from kg import generation, history, plan, undo
from kg.bulk import check_bulk
from kg.canonical import digest, write
from kg.change import Bulk, Change, Edit, Note
from kg.contents import ADD, REMOVE, REPLACE, Shift
from kg.draft import Draft, Given, Known
from kg.errors import StoreError
from kg.folder import Folder, Lock
from kg.journal import Counts, Journal
from kg.projection import Projection, unapplied
from kg.search import SearchIndex
from kg.spots import told_in_bulk
from kg.store import Store
from kg.terms import Triple

DEEP = 32
"""Edits since a graph's last replacement from which its content is read from the store, not folded."""
_WORTH = 0.1
"""Of all statements: loaded since the store was last put in order, they are worth doing so again."""


class Library:
    """A data folder opened for reading and writing, by one process at a time.

    What commit, commit_bulk and undo return survives kill -9 and a power cut, and is in store and index
    by then. A change that a crash kept from them is applied when the library is opened again.
    """

    def __init__(
        self, journal: Journal, store: Store, search: SearchIndex, folder: Folder | None = None
    ) -> None:
        self.journal, self.store, self.search = journal, store, search
        self._folder = folder
        self._turn, self._writing = threading.RLock(), threading.RLock()
        self._opened = ExitStack()
        self._loaded = 0
        self._projection = Projection(journal, store, search)

    @classmethod
    def open(cls, folder: Path, *, base_iri: str = "http://localhost:8000/") -> "Library":
        """The library in *folder*, made there where there is none. Raises StoreLocked, StoreError.

        base_iri is the library's own; it is not written down here.
        """
        place = Folder(folder)
        with ExitStack() as opened:
            opened.enter_context(Lock(place))
            journal = Journal(place.journal)
            opened.callback(journal.close)
            store = Store.open(place.store, identity=journal.identity, newest=journal.last)
            opened.callback(store.close)
            search = SearchIndex.open(place.search)
            opened.callback(search.close)
            if store.is_replaced or search.applied > journal.last:
                search.clear()
            library = cls(journal, store, search, place)
            library._projection.catch_up()
            library._opened = opened.pop_all()
            return library

    @classmethod
    def in_memory(cls, *, base_iri: str = "http://localhost:8000/") -> "Library":
        """A library that is gone when it is closed; for tests and trials."""
        return cls(Journal(None), Store.in_memory(), SearchIndex.in_memory())

    def close(self) -> None:
        """Gives the folder free."""
        with self._writing:
            try:
                self._projection.mark()
            finally:
                self._opened.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def generation(self) -> int:
        """The number of the last change."""
        return self.journal.last

    def commit(self, note: Note, edits: Iterable[Edit]) -> Change | None:
        """Makes the edits as one change; None where they leave every graph as it is.

        A change that is recorded is recorded whole, with those of its edits that had no effect: they
        count again when what went before is undone. Raises ValueError for statements that are not RDF or
        hold blank nodes.
        """
        grouped = plan.by_graph(edits)
        with self._turn, self._writing:
            self._projection.catch_up()
            known = {graph.iri: graph for graph in self.journal.numbered(list(grouped))}
            steps = self._steps(grouped, known)
            if not any(step.shift for step in steps):
                # Nothing changed but, maybe, raw records.
                self.restamp([(iri, those[-1].stamp) for iri, those in grouped.items() if those[-1].stamp])
                return None
            with self.journal.draft(note) as draft:
                for step in steps:
                    step.enter(draft)
            self._projection.apply(draft.number, [step.shift for step in steps if step.shift])
            return self.journal.change(draft.number)

    def commit_bulk(self, note: Note, bulk: Bulk) -> Change:
        """Takes in many new graphs at once, at little more than the cost of loading them.

        Raises ValueError where a graph is there already, where the bytes are not the N-Quads promised,
        and for blank nodes; nothing is written then.
        """
        check_bulk(bulk)
        with self._turn, self._writing, ThreadPoolExecutor(2, thread_name_prefix="wenyuan-bulk") as threads:
            self._projection.catch_up()
            known = self._new(bulk)
            draft = self.journal.begin(note, is_bulk=True)
            # While the engine loads, one thread feeds it, one writes the journal, then the index.
            written = threads.submit(draft.take_bulk, bulk, known)
            indexed: list[Future[None]] = []

            def seal() -> None:
                written.result()
                self.journal.commit(draft)
                found = told_in_bulk(bulk.nquads, [graph.start for graph in bulk.graphs])
                indexed.append(threads.submit(self.search.apply, draft.number, (), bulk.entries, found=found))

            try:
                self.store.load([bulk.nquads], seal=seal)
            except StoreError as error:
                # The journal may have it already: then it is safe, and applied as soon as that is possible.
                raise (unapplied(draft.number, error) if indexed else error) from error
            finally:
                written.exception()
                self.journal.drop(draft)
            self._projection.loaded(draft.number, bulk.statements, indexed[0].result)
            self._loaded += bulk.statements
            return self.journal.change(draft.number)

    def undo(self, numbers: Iterable[int], note: Note) -> Change | None:
        """Takes changes back, as one change; None where none of them still counts.

        Every graph they touched becomes what the changes still standing make of it, in their order, so
        later changes keep their effect. To redo, undo the undo. Raises NotFound.
        """
        wanted = sorted(set(numbers))
        with self._turn, self._writing:
            self._projection.catch_up()
            if not self.journal.standing(wanted):
                return None
            with self.journal.draft(note, is_undo=True) as draft:
                flipped = undo.flip(draft.db, draft.number, wanted)
                for graph in dict.fromkeys(chain(*(draft.contents.touched(n - 1, n) for n in flipped))):
                    self._refold(draft, graph)
            self._projection.project(draft.number)
            return self.journal.change(draft.number)

    @contextmanager
    def turn(self) -> Iterator[int]:
        """Lets nobody else make a change while the block runs; gives the number of the last one.

        Reading and publishing go on. Changes made in the block are this thread's own.
        """
        with self._turn:
            yield self.generation

    def change(self, number: int) -> Change:
        """The change of that number; raises NotFound."""
        return self.journal.change(number)

    def changes(
        self, *, before: int | None = None, limit: int = 50, batch: str | None = None,
        source: str | None = None,
    ) -> list[Change]:  # fmt: skip
        """Changes, newest first; *before* that number, of that batch, of that source."""
        return self.journal.changes(before=before, limit=limit, batch=batch, source=source)

    def batch(self, name: str) -> list[int]:
        """The numbers of all changes of a batch, to undo them together."""
        return self.journal.batch(name)

    def history(self, iri: str, *, before: int | None = None, limit: int = 100) -> list[Change]:
        """The changes that altered what is said about a thing or its sub-nodes, newest first."""
        return history.of(iri, self.journal, self.store, before=before, limit=limit)

    def diff(self, first: int, last: int) -> Iterator[tuple[str, list[Triple], list[Triple]]]:
        """What differs between the library after change *first* and after change *last*: graph, gone, come.

        Number 0 is the empty library. Raises NotFound.
        """
        return history.diff(first, last, self.journal)

    def unchanged(self, stamps: Sequence[bytes]) -> set[bytes]:
        """Those of the stamps that some graph carries now."""
        return self.journal.unchanged(stamps)

    def current(self, graphs: Sequence[str]) -> dict[str, Known]:
        """Size, stamp and digest of those of the graphs that hold anything now."""
        return {iri: graph for iri, graph in self.journal.known(graphs).items() if graph.size}

    def digests(self, graphs: Sequence[str]) -> dict[str, bytes]:
        """Digest of what those of the graphs hold that hold anything now."""
        return {
            iri: graph.digest or digest(self._content(graph)) for iri, graph in self.current(graphs).items()
        }

    def restamp(self, pairs: Sequence[tuple[str, bytes]]) -> None:
        """Gives graphs new stamps, where raw records changed and their statements did not."""
        self.journal.restamp(pairs)

    @property
    def records(self) -> int:
        """How many graphs hold something: one for each record, and those of vocabularies."""
        return self.counts().graphs

    def counts(self) -> Counts:
        """How many statements and graphs there are."""
        return self.journal.counts()

    @property
    def is_in_memory(self) -> bool:
        """Whether it has no folder."""
        return self._folder is None

    def tidy(self) -> None:
        """To be called after much was loaded: the store is put in order, if that is worth its time.

        Meanwhile the library is read and written as ever.
        """
        if self._loaded > self.counts().statements * _WORTH:
            self._loaded = 0
            self.store.tidy()

    def publish(self, scratch: Path | None = None) -> Path:
        """Makes the library as it is now the current generation, for readers in other processes.

        scratch: the folder for generations of a library in memory, which has none of its own.
        """
        folder = self._folder.store if self._folder else scratch
        if folder is None:
            raise StoreError("a library in memory has no generations", hint="open one in a folder")
        with self._writing:
            self._projection.catch_up()
            self._projection.mark()
            return generation.publish(self.store, folder, self.generation)

    @contextmanager
    def at_rest(self) -> Iterator[None]:
        """Sees to it that nothing is written meanwhile, and that all three agree and are on disk."""
        with self._writing:
            self._projection.catch_up()
            self._projection.mark()
            yield

    def verify(self) -> list[str]:
        """What is wrong, in words: graphs in which the store is not as the journal says. Reads everything."""
        with self._writing:
            return list(history.discrepancies(self.journal, self.store))

    def _content(self, graph: Known) -> Iterable[Triple]:
        """What the graph holds now."""
        if not graph.size:
            return ()
        steps = self.journal.contents.steps(graph.number)
        return self.store.graph(graph.iri) if len(steps) > DEEP else self.journal.contents.fold(steps)

    def _new(self, bulk: Bulk) -> list[Known]:
        """The graphs of *bulk* with their numbers; raises ValueError where one is there already."""
        known = self.journal.numbered([graph.graph for graph in bulk.graphs])
        for graph, old in zip(bulk.graphs, known, strict=True):
            if old.size and not graph.is_continued:
                raise ValueError(f"graph {graph.graph!r} is there already; commit it as an edit")
        return known

    def _steps(self, grouped: Mapping[str, Sequence[Edit]], known: Mapping[str, Known]) -> list[plan.Step]:
        """What the edits come to, graph by graph; nothing where digests show that no graph changes."""
        if all(plan.is_same(edits, known[iri]) for iri, edits in grouped.items()):
            return []
        return [plan.step(edits, known[iri], self._content(known[iri])) for iri, edits in grouped.items()]

    def _refold(self, draft: Draft, graph: tuple[int, str]) -> None:
        """Writes what leads from the graph as it is to what the changes that still count make of it."""
        number, iri = graph
        contents = draft.contents
        steps = contents.active_steps(number)
        shift = Shift.between(iri, contents.after(number, self.journal.last), contents.fold(steps))
        old = self.journal.known([iri])[iri]
        draft.take(old, _given(shift))
        new = plan.settled(Known(number, iri), steps, shift.after)
        draft.settle(old, new, came=len(shift.came), gone=len(shift.gone))
        draft.departed(old, shift.departed())


def _given(shift: Shift) -> list[Given]:
    """The edits that make the shift, whichever way is shorter to write."""
    if not shift:
        return []
    if len(shift.after) <= len(shift.gone) + len(shift.came):
        return [Given(REPLACE, write(shift.graph, shift.after).encode())]
    parts = ((REMOVE, shift.gone), (ADD, shift.came))
    return [Given(op, write(shift.graph, part).encode()) for op, part in parts if part]
