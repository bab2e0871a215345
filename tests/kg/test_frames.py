"""Frames: what is packed is unpacked, and damage is noticed."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from zstandard import ZstdDecompressor

from kg.errors import StoreError
from kg.frames import FRAME_BYTES, Place, Reader, Row, Writer, chunk


def packed(folder: Path | None, texts: list[bytes]) -> tuple[Reader, list[Place], list[Row]]:
    writer = Writer(folder, 7, 1)
    places = [writer.add(text) for text in texts]
    rows = writer.close()
    return Reader(folder, {row[0]: row for row in rows}.__getitem__), places, rows


@settings(deadline=None)
@given(st.lists(st.text(max_size=40), max_size=20))
def test_every_text_is_read_back_from_its_place(texts: list[str]) -> None:
    texts = [text.encode(errors="replace").decode() for text in texts]

    reader, places, _ = packed(None, [text.encode() for text in texts])

    assert [reader.read(place) for place in places] == texts


def test_a_small_change_needs_no_file(tmp_path: Path) -> None:
    _, _, rows = packed(tmp_path, [b"a", b"b"])

    assert len(rows) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_large_change_is_one_file_that_any_zstd_reads(tmp_path: Path) -> None:
    texts = [bytes([letter]) * (FRAME_BYTES // 2 + 1) for letter in b"abcd"]

    reader, places, rows = packed(tmp_path, texts)

    assert len(rows) == 4
    assert [reader.read(place).encode() for place in places] == texts
    with open(chunk(tmp_path, 7), "rb") as file:
        whole = ZstdDecompressor().stream_reader(file, read_across_frames=True).read()
    assert whole == b"".join(texts)


def test_a_discarded_change_leaves_no_file(tmp_path: Path) -> None:
    writer = Writer(tmp_path, 7, 1)
    for letter in b"abc":
        writer.add(bytes([letter]) * FRAME_BYTES)

    writer.discard()

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("harm", ["truncate", "flip", "remove"])
def test_damage_is_a_store_error_that_names_the_chunk(tmp_path: Path, harm: str) -> None:
    reader, places, _ = packed(tmp_path, [bytes([letter]) * FRAME_BYTES for letter in b"abc"])
    place = chunk(tmp_path, 7)
    content = place.read_bytes()
    if harm == "remove":
        place.unlink()
    else:
        place.write_bytes(content[:-9] if harm == "truncate" else content[:-3] + b"\0\0\0")

    with pytest.raises(StoreError, match=r"change 7|000000007"):
        reader.read(places[-1])
