"""Packed files are seen through, and bombs are not let off."""

import bz2
import gzip
import io
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from ingest import opening
from ingest.errors import SourceError

CONTENT = "文渊阁四库全书\n".encode() * 5_000


def zipped(content: bytes, name: str = "records.mrc") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return out.getvalue()


def read_in_blocks(path: Path) -> None:
    with opening.opened(path) as stream:
        while stream.read(1 << 20):
            pass


PACKINGS: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zst": zstandard.compress,
    "zip": zipped,
}


@pytest.mark.parametrize("packing", PACKINGS)
def test_a_packed_file_reads_as_the_plain_one(packing: str, tmp_path: Path) -> None:
    path = tmp_path / "records"
    path.write_bytes(PACKINGS[packing](CONTENT))

    with opening.opened(path) as stream:
        assert stream.read() == CONTENT


@pytest.mark.parametrize("packing", ["gz", "bz2", "xz", "zst", "zip"])
def test_a_bomb_is_stopped_while_it_is_read(packing: str, tmp_path: Path) -> None:
    path = tmp_path / "bomb"
    path.write_bytes(PACKINGS[packing](bytes(opening.FREE_BYTES + 1_000_000)))

    with pytest.raises(SourceError, match=r"bomb: more than 6.* bytes come out of it"):
        read_in_blocks(path)


@pytest.mark.parametrize("packing", ["gz", "xz", "bz2"])
def test_a_packed_file_cut_short_is_an_error_that_names_it(packing: str, tmp_path: Path) -> None:
    path = tmp_path / "cut.mrc"
    packed = PACKINGS[packing](CONTENT * 20)
    path.write_bytes(packed[: len(packed) // 2])

    with pytest.raises(SourceError, match=r"cut\.mrc"), opening.opened(path) as stream:
        stream.read()


def test_a_zip_that_is_a_document_is_left_closed(tmp_path: Path) -> None:
    path = tmp_path / "book.epub"
    path.write_bytes(zipped(b"application/epub+zip", "mimetype"))

    with opening.opened(path) as stream:
        assert stream.read(2) == b"PK"


def test_a_missing_file_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"no file '.*absent.mrc'"), opening.opened(tmp_path / "absent.mrc"):
        pass


@pytest.mark.parametrize(
    ("name", "plain"), [("uva.mrc.gz", "uva.mrc"), ("a.b.zip", "a.b"), ("x.mrc", "x.mrc")]
)
def test_the_name_without_its_packing(name: str, plain: str) -> None:
    assert opening.plain_name(Path(name)) == plain
