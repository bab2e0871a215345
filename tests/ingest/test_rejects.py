"""Refused records are kept with their bytes until they can be taken in."""

from pathlib import Path

import pytest

from ingest.model import Raw, Rejected
from ingest.rejects import Origin, Rejects
from ontology.errors import NotFound

ORIGIN = Origin("uva", "uva.mrc", "iso2709")


def refused(data: bytes, reason: str = "no title") -> Rejected:
    return Rejected(Raw(data, 7, b"<context>"), "validate", reason, "u1")


def test_a_refused_record_keeps_its_bytes_place_and_reason(tmp_path: Path) -> None:
    rejects = Rejects(tmp_path / "rejected.sqlite")

    rejects.keep(ORIGIN, [refused(b"\x00\xffraw")])

    (entry,) = rejects.list()
    assert entry.rejected == refused(b"\x00\xffraw")
    assert entry.origin == ORIGIN


def test_the_same_record_refused_again_is_kept_once_with_its_newest_reason() -> None:
    rejects = Rejects(None)

    rejects.keep(ORIGIN, [refused(b"raw", "first")])
    rejects.keep(ORIGIN, [refused(b"raw", "second")])

    (entry,) = rejects.list()
    assert (entry.rejected.reason, entry.tries) == ("second", 2)


def test_a_record_taken_in_at_last_leaves() -> None:
    rejects = Rejects(None)
    rejects.keep(ORIGIN, [refused(b"one"), refused(b"two")])

    rejects.accepted("uva", [Raw(b"one", 99)])

    assert [entry.rejected.raw.data for entry in rejects.list()] == [b"two"]


def test_the_list_is_newest_first_and_paged() -> None:
    rejects = Rejects(None)
    rejects.keep(ORIGIN, [refused(str(n).encode()) for n in range(5)])

    first = rejects.list(limit=2)
    second = rejects.list(limit=2, before=first[-1].number)

    assert [entry.rejected.raw.data for entry in first + second] == [b"4", b"3", b"2", b"1"]


def test_an_unknown_number_is_not_found() -> None:
    with pytest.raises(NotFound, match="no refused record 3"):
        Rejects(None).get(3)
