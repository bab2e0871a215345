"""The raw archive."""

import io
from hashlib import sha256
from pathlib import Path

import pytest

from ingest.archive import Archive
from ontology.errors import NotFound


class BrokenDisk(io.BytesIO):
    """A stream that fails after its first block."""

    def read(self, size: int | None = -1) -> bytes:
        block = super().read(size)
        if not block:
            raise OSError("no such device")
        return block


def test_what_is_kept_comes_back_under_the_hash_of_its_content(tmp_path: Path) -> None:
    archive = Archive(tmp_path / "raw")
    content = "文渊阁四库全书".encode() * 10_000

    name = archive.keep(io.BytesIO(content))

    assert name == sha256(content).hexdigest()
    with archive.open(name) as stream:
        assert stream.read() == content


def test_the_same_content_is_kept_once(tmp_path: Path) -> None:
    archive = Archive(tmp_path)

    archive.keep(io.BytesIO(b"one"))
    archive.keep(io.BytesIO(b"one"))

    assert len([path for path in tmp_path.rglob("*") if path.is_file()]) == 1


def test_a_failing_read_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="no such device"):
        Archive(tmp_path).keep(BrokenDisk(b"half"))

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_what_a_killed_run_left_is_swept_away(tmp_path: Path) -> None:
    (tmp_path / "incoming-x").write_bytes(b"half")

    assert Archive(tmp_path).sweep() == 1
    assert list(tmp_path.iterdir()) == []


def test_content_that_is_not_kept_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no raw file 'abc'"), Archive(tmp_path).open("abc"):
        pass
