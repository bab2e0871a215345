"""The pass from a file to the library, on real MARC records."""

import gzip
import io
from importlib.resources import files

import pytest

from ingest.pipeline import Pace, take_in
from ingest.rejects import Rejects
from ingest.report import Report
from ingest.worker import Task
from kg.change import Note
from kg.library import Library

BASE = "http://localhost:8000/"
UVA = gzip.decompress((files("ingest") / "demo" / "marc21" / "uva.mrc.gz").read_bytes())
PACE = Pace()
RECORDS = [record + b"\x1d" for record in UVA.split(b"\x1d")[:20]]


class Shelf:
    """A library with its refused records, and the passes made over it."""

    def __init__(self) -> None:
        self.library = Library.in_memory(base_iri=BASE)
        self.rejects = Rejects(None)

    def take_in(
        self, data: bytes, *, source: str = "uva", workers: int = 1, pace: Pace = PACE
    ) -> Report:
        task = Task(source, "iso2709", BASE)
        report = Report(source, "test.mrc", "iso2709")
        note = Note("tester", "ingest", source=source)
        return take_in(
            self.library,
            io.BytesIO(data),
            task,
            note=note,
            rejects=self.rejects,
            report=report,
            workers=workers,
            pace=pace,
        )

    def dump(self) -> bytes:
        out = io.BytesIO()
        self.library.store.dump(out, is_sorted=True)
        return out.getvalue()


@pytest.fixture
def shelf() -> Shelf:
    return Shelf()


def retitled(record: bytes) -> bytes:
    """The record with one letter of its title changed; the lengths stay as they are."""
    at = record.index(b"\x1fa", record.index(b"\x1e14\x1fa") if b"\x1e14\x1fa" in record else 0) + 2
    return record[:at] + b"Q" + record[at + 1 :]


def test_every_record_becomes_a_graph_of_its_own(shelf: Shelf) -> None:
    report = shelf.take_in(b"".join(RECORDS))

    assert (report.read, report.new, report.rejected) == (20, 20, 0)
    assert sum(1 for line in shelf.dump().splitlines() if b"#contentHash>" in line) == 20


def test_the_same_file_again_changes_nothing_and_says_so(shelf: Shelf) -> None:
    shelf.take_in(b"".join(RECORDS))
    before, generation = shelf.dump(), shelf.library.generation

    report = shelf.take_in(b"".join(RECORDS))

    assert (report.unchanged, report.new, report.changed, report.changes) == (20, 0, 0, [])
    assert shelf.library.generation == generation
    assert shelf.dump() == before


def test_a_changed_record_replaces_its_own_graph_only(shelf: Shelf) -> None:
    shelf.take_in(b"".join(RECORDS))
    others = {line for line in shelf.dump().splitlines() if b"/uva/u1>" not in line}

    report = shelf.take_in(b"".join([retitled(RECORDS[0]), *RECORDS[1:]]))

    assert (report.changed, report.unchanged) == (1, 19)
    assert {line for line in shelf.dump().splitlines() if b"/uva/u1>" not in line} == others


def test_two_runs_on_fresh_libraries_give_the_same_bytes() -> None:
    first, second = Shelf(), Shelf()

    first.take_in(b"".join(RECORDS))
    second.take_in(b"".join(RECORDS))

    assert first.dump() == second.dump()


def test_the_order_of_the_file_does_not_matter() -> None:
    first, second = Shelf(), Shelf()

    first.take_in(b"".join(RECORDS))
    second.take_in(b"".join(reversed(RECORDS)))

    assert first.dump() == second.dump()


def test_a_key_that_comes_twice_is_taken_once_and_a_rerun_still_changes_nothing(shelf: Shelf) -> None:
    data = RECORDS[0] + RECORDS[1] + retitled(RECORDS[0])

    first = shelf.take_in(data)
    second = shelf.take_in(data)

    assert (first.new, first.rejected) == (2, 1)
    assert (second.unchanged, second.rejected, second.changes) == (2, 1, [])
    assert "comes twice" in shelf.rejects.list()[0].rejected.reason


def test_a_broken_record_is_kept_with_its_bytes_and_the_rest_goes_on(shelf: Shelf) -> None:
    broken = b"00100nam  2200025 a 4500garbage\x1d"

    report = shelf.take_in(RECORDS[0] + broken + RECORDS[1])

    assert (report.read, report.new, report.rejected) == (3, 2, 1)
    (entry,) = shelf.rejects.list()
    assert entry.rejected.raw.data == broken
    assert entry.rejected.raw.offset == len(RECORDS[0])


def test_a_record_that_is_taken_in_at_last_is_no_longer_refused(shelf: Shelf) -> None:
    twice = RECORDS[0] + retitled(RECORDS[0])
    shelf.take_in(twice)

    shelf.take_in(retitled(RECORDS[0]))

    assert shelf.rejects.count() == 0


def test_a_pass_is_undone_as_one_and_can_be_made_again(shelf: Shelf) -> None:
    shelf.take_in(RECORDS[0])
    before = shelf.dump()
    report = shelf.take_in(b"".join(RECORDS))
    after = shelf.dump()

    shelf.library.undo(report.changes, Note("tester", "undo"))
    undone = shelf.dump()
    again = shelf.take_in(b"".join(RECORDS))

    assert undone == before
    assert again.new == 19
    assert shelf.dump() == after


def test_one_file_under_two_source_names_is_two_descriptions_of_the_same_works(shelf: Shelf) -> None:
    shelf.take_in(RECORDS[0], source="one")

    report = shelf.take_in(RECORDS[0], source="two")

    works = {line.split()[0] for line in shelf.dump().splitlines() if b"ns#Work>" in line}
    assert report.new == 1
    assert len(works) == 1


def test_an_empty_file_is_said_to_be_empty(shelf: Shelf) -> None:
    report = shelf.take_in(b"")

    assert (report.new, report.rejected, report.changes) == (0, 1, [])
    assert "empty" in next(iter(report.reasons))


@pytest.mark.slow
def test_worker_processes_give_what_this_process_gives() -> None:
    inline, spread = Shelf(), Shelf()
    inline.take_in(UVA)

    report = spread.take_in(UVA, workers=2, pace=Pace(batch_records=50, commit_statements=2_000))

    assert len(report.changes) > 1
    assert spread.dump() == inline.dump()
