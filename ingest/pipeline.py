"""The pass from a file to the library: cut, look up, read, map, check, commit, report.

    file ─split→ Raw ─stamp known?→ unchanged
                     └→ worker: read, map, check ─→ Described ─→ Bulk (new) or Edit (changed) → journal
                                                 └→ Rejected, kept with its bytes

Reading and mapping run in worker processes where the file is large; the library is written by this
process alone. A record that comes twice in one file is taken once, so that a rerun changes nothing.
"""

import logging
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass
from hashlib import blake2b
from itertools import chain, islice
from multiprocessing import get_context
from time import monotonic
from typing import BinaryIO, TypeAlias

from ingest import collector, plugins, worker
from ingest.mapping import fingerprint
from ingest.model import Raw, Rejected, Source
from ingest.rejects import Origin, Rejects
from ingest.report import Report
from ingest.worker import Described, Outcome, Task
from kg import canonical
from kg.change import Bulk, BulkGraph, Change, Edit, Note
from kg.library import Library

log = logging.getLogger(__name__)

Progress = Callable[[Report], None]
_Batch: TypeAlias = list[Raw | Rejected]


@dataclass(frozen=True, slots=True)
class Pace:
    """How much is done at once; what it takes in memory and gives in speed was measured.

    batch_records, batch_bytes: what goes to a worker. commit_statements: what one change takes in; larger
    ones load no faster and take more memory. ahead: batches out with each worker, so that a commit does not
    stop it. inline_batches: a file with no more is mapped in this process: starting another takes longer.
    """

    batch_records: int = 500
    batch_bytes: int = 4_000_000
    commit_statements: int = 200_000
    ahead: int = 16
    inline_batches: int = 2


def take_in(
    library: Library,
    stream: BinaryIO,
    task: Task,
    *,
    note: Note,
    rejects: Rejects,
    report: Report,
    workers: int = 1,
    progress: Progress | None = None,
    pace: Pace = Pace(),
) -> Report:
    """Takes the records of *stream* into *library* and fills *report*.

    note: who does this and why; its batch groups the changes of this pass, so they are undone together.
    report.raw, where set, is the name of the file in the raw archive. Never raises for bad data.
    """
    began = monotonic()
    taken = _Pass(library, task, note, rejects, report, progress=progress, pace=pace)
    batches = _batches(plugins.source(task.format, task.mapping), stream, pace)
    with collector.put_off():
        first = list(islice(batches, pace.inline_batches))
        following = next(batches, None)
        if following is None:
            taken.here(first)
        else:
            with _pool(workers) as pool:
                taken.spread(pool, chain([following], batches), workers, meanwhile=first)
        taken.commit()
    report.seconds = monotonic() - began
    if progress:
        progress(report)
    return report


def take_in_raws(
    library: Library,
    raws: Sequence[Raw],
    task: Task,
    *,
    note: Note,
    rejects: Rejects,
    report: Report,
) -> Report:
    """Takes in raw records that have been cut before, such as refused ones, and fills *report*."""
    began = monotonic()
    taken = _Pass(library, task, note, rejects, report, progress=None, pace=Pace())
    taken.finish(raws, worker.describe(taken.fresh(raws), task))
    taken.commit()
    report.seconds = monotonic() - began
    return report


class _Pass:
    """The state of one pass: what is waiting to be committed, and which records have been seen."""

    def __init__(
        self,
        library: Library,
        task: Task,
        note: Note,
        rejects: Rejects,
        report: Report,
        *,
        progress: Progress | None,
        pace: Pace,
    ) -> None:
        self._library, self._task, self._note = library, task, note
        self._rejects, self._report, self._progress, self._pace = rejects, report, progress, pace
        self._origin = Origin(task.source, report.file, task.format, task.mapping)
        self._had_rejects = rejects.count(source=task.source) > 0
        salt = "\0".join((task.base, task.source, fingerprint(task.mapping)))
        self._salt = blake2b(salt.encode(), digest_size=32).digest()
        self._seen: set[bytes] = set()
        self._waiting: dict[str, tuple[Described, bytes]] = {}
        self._statements = 0

    def fresh(self, batch: Sequence[Raw | Rejected]) -> list[Raw]:
        """The raw records of *batch* that the library does not have yet, as they are; counts the others."""
        raws = [entry for entry in batch if isinstance(entry, Raw)]
        stamps = [self._stamp(raw) for raw in raws]
        known = self._library.unchanged(stamps)
        self._seen.update(known)
        fresh = [raw for raw, stamp in zip(raws, stamps, strict=True) if stamp not in known]
        self._report.read += len(batch)
        self._report.unchanged += len(raws) - len(fresh)
        return fresh

    def here(self, batches: Iterable[_Batch]) -> None:
        """Maps *batches* in this process."""
        for batch in batches:
            self.finish(batch, worker.describe(self.fresh(batch), self._task))

    def spread(
        self, pool: Executor, batches: Iterator[_Batch], workers: int, *, meanwhile: Iterable[_Batch]
    ) -> None:
        """Hands *batches* to the workers, takes what comes back in order, commits in between.

        meanwhile: the batches before those, mapped here while the workers start.
        """
        out: deque[tuple[_Batch, Future[Outcome]]] = deque()
        known = [self.fresh(batch) for batch in meanwhile]
        for batch in batches:
            fresh = self.fresh(batch)
            if fresh or any(isinstance(entry, Rejected) for entry in batch):
                out.append((batch, pool.submit(worker.describe, fresh, self._task)))
            if len(out) >= self._pace.ahead * workers:
                self._catch_up(meanwhile, known)
                meanwhile, known = (), []
                self._take(out)
        self._catch_up(meanwhile, known)
        while out:
            self._take(out)

    def finish(self, batch: Sequence[Raw | Rejected], outcome: Outcome) -> None:
        """Notes what became of *batch*; commits when enough is waiting."""
        refused = [entry for entry in batch if isinstance(entry, Rejected)]
        for name, count in outcome.unmapped.items():
            self._report.unmapped[name] = self._report.unmapped.get(name, 0) + count
        for result in outcome.results:
            twice = isinstance(result, Described) and result.graph in self._waiting
            if isinstance(result, Rejected):
                refused.append(result)
            elif twice and self._waiting[result.graph][0].digest != result.digest:
                refused.append(_twice(result))
            elif twice:
                self._report.unchanged += 1
            else:
                self._waiting[result.graph] = (result, self._stamp(result.raw))
                self._statements += result.statements
        self._refuse(refused)
        if self._statements >= self._pace.commit_statements:
            self.commit()

    def commit(self) -> None:
        """Commits what is waiting: new graphs in bulk, changed ones as edits; clears the rest."""
        waiting, self._waiting, self._statements = self._waiting, {}, 0
        there = self._library.current(list(waiting))
        new: list[tuple[Described, bytes]] = []
        edits: list[Edit] = []
        same: list[tuple[str, bytes]] = []
        taken: list[Raw] = []
        for graph, (found, stamp) in waiting.items():
            old = there.get(graph)
            if old is not None and old.digest != found.digest and old.stamp in self._seen:
                self._refuse([_twice(found)])
                continue
            if old is None:
                new.append((found, stamp))
            elif old.digest == found.digest:
                same.append((graph, stamp))
            else:
                edits.append(self._edit(found, stamp))
            taken.append(found.raw)
            self._seen.add(stamp)
        self._report.unchanged += len(same)
        self._library.restamp(same)
        self._write(new, edits)
        self._forget_rejects(taken)
        collector.young_only()
        if self._progress:
            self._progress(self._report)

    def _catch_up(self, batches: Iterable[_Batch], known: list[list[Raw]]) -> None:
        for batch, fresh in zip(batches, known, strict=True):
            self.finish(batch, worker.describe(fresh, self._task))

    def _take(self, out: "deque[tuple[_Batch, Future[Outcome]]]") -> None:
        batch, future = out.popleft()
        self.finish(batch, future.result())

    def _write(self, new: list[tuple[Described, bytes]], edits: list[Edit]) -> None:
        if new:
            self._count(self._library.commit_bulk(self._note, self._bulk(new)))
            self._report.new += len(new)
            self._report.flagged += sum(1 for found, _ in new if found.flags)
        if edits:
            self._count(self._library.commit(self._note, edits))
            self._report.changed += len(edits)

    def _count(self, change: Change | None) -> None:
        if change is not None:
            self._report.changes.append(change.number)
            self._report.statements += change.added
            self._report.batch = change.note.batch

    def _bulk(self, new: list[tuple[Described, bytes]]) -> Bulk:
        graphs, start = [], 0
        for found, stamp in new:
            length = len(found.nquads)
            graphs.append(BulkGraph(found.graph, start, length, stamp, found.digest, self._place(found.raw)))
            start += length
        return Bulk(
            nquads=b"".join(found.nquads for found, _ in new),
            graphs=graphs,
            statements=sum(found.statements for found, _ in new),
            entries=[entry for found, _ in new for entry in found.entries],
        )

    def _edit(self, found: Described, stamp: bytes) -> Edit:
        statements = canonical.read(found.nquads.decode())
        return Edit(found.graph, "replace", statements, stamp, found.digest, self._place(found.raw))

    def _place(self, raw: Raw) -> str:
        """Where the record's bytes are in the archive: SHA-256, offset, length."""
        return f"{self._report.raw}:{raw.offset}:{len(raw.data)}" if self._report.raw else ""

    def _refuse(self, refused: list[Rejected]) -> None:
        for entry in refused:
            self._report.refuse(entry.reason)
        if refused:
            self._rejects.keep(self._origin, refused)

    def _forget_rejects(self, raws: list[Raw]) -> None:
        """A record that was refused before and is taken in now is no longer refused."""
        if self._had_rejects:
            self._rejects.accepted(self._task.source, raws)

    def _stamp(self, raw: Raw) -> bytes:
        """16 bytes that change when the record's bytes, its IRI, or the way it is mapped change."""
        return blake2b(raw.data, digest_size=16, key=self._salt).digest()


def _batches(source: Source, stream: BinaryIO, pace: Pace) -> Iterator[_Batch]:
    """What *source* cuts from *stream*, in lists of the size that *pace* sets."""
    batch: _Batch = []
    size = 0
    for entry in source.split(stream):
        batch.append(entry)
        size += len(entry.data if isinstance(entry, Raw) else entry.raw.data)
        if len(batch) >= pace.batch_records or size >= pace.batch_bytes:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _pool(workers: int) -> ProcessPoolExecutor:
    # Spawned, not forked: the store's threads hold locks that a forked child would never see released.
    return ProcessPoolExecutor(max(1, workers), mp_context=get_context("spawn"))


def _twice(found: Described) -> Rejected:
    reason = (
        f"the key {found.key!r} comes twice in this file, with different content; the first one was taken. "
        "Give one of them a key of its own"
    )
    return Rejected(found.raw, "map", reason, found.key)
