"""ISO 2709: cutting files into records, and reading records whose lengths or directories lie."""

import itertools
from collections.abc import Callable
from io import BytesIO, RawIOBase

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.model import Raw, Record, Rejected, Source
from ingest.sources.iso2709 import Iso2709

Make = Callable[..., bytes]
Every = Callable[[Source, bytes], list[Record | Rejected]]
Data = Callable[[str], bytes]

TITLE = ("245", b"10\x1faThe pragmatic programmer :\x1fbfrom journeyman to master.")
SOURCE = Iso2709()


def titles(found: list[Record | Rejected]) -> list[str]:
    return [
        next((field.first("a") for field in record.fields if field.name == "245"), "")
        for record in found
        if isinstance(record, Record)
    ]


def reasons(found: list[Record | Rejected]) -> list[tuple[str, str]]:
    return [(entry.step, entry.reason) for entry in found if isinstance(entry, Rejected)]


def numbered(make: Make, number: int) -> bytes:
    return make(("001", str(number).encode()), ("245", b"10\x1faTitle %d" % number))


def test_a_record_is_read_with_its_leader_tags_indicators_and_subfields(make: Make, every: Every) -> None:
    [record] = every(SOURCE, make(("001", b"u1 "), TITLE))

    assert isinstance(record, Record)
    assert record.key == "u1"
    assert record.layout == "marc21"
    assert [field.name for field in record.fields] == ["leader", "001", "245"]
    assert record.fields[2].marks == "10"
    assert record.fields[2].parts == (
        ("a", "The pragmatic programmer :"), ("b", "from journeyman to master.")
    )  # fmt: skip


def test_a_record_without_a_number_is_keyed_by_its_bytes(make: Make, every: Every) -> None:
    [record] = every(SOURCE, make(TITLE))

    assert isinstance(record, Record)
    assert record.key.startswith("sha256-")


def test_offsets_say_where_in_the_file_a_record_begins(make: Make) -> None:
    first, second = numbered(make, 1), numbered(make, 2)

    raws = list(SOURCE.split(BytesIO(first + b"\r\n" + second)))

    assert [(raw.offset, raw.data) for raw in raws if isinstance(raw, Raw)] == [
        (0, first), (len(first) + 2, second)
    ]  # fmt: skip


@pytest.mark.parametrize("between", [b"", b"\n", b"\r\n", b"\x00\x00", b"   ", b"\x1a"], ids=repr)
def test_white_space_between_records_is_no_record(make: Make, every: Every, between: bytes) -> None:
    data = between.join(numbered(make, number) for number in range(3)) + between

    assert titles(every(SOURCE, data)) == ["Title 0", "Title 1", "Title 2"]


def test_junk_between_records_is_refused_and_the_records_are_read(make: Make, every: Every) -> None:
    found = every(SOURCE, numbered(make, 1) + b"<html>no record</html>" + numbered(make, 2))

    assert titles(found) == ["Title 1", "Title 2"]
    assert reasons(found) == [("split", "22 bytes that are no record")]


@pytest.mark.parametrize("length", [b"00000", b"99999", b"00030", b"     "], ids=repr)
def test_a_wrong_length_in_the_leader_does_no_harm(make: Make, every: Every, length: bytes) -> None:
    wrong = length + numbered(make, 1)[5:]

    assert titles(every(SOURCE, wrong + numbered(make, 2))) == ["Title 1", "Title 2"]


def test_a_missing_record_terminator_is_seen_by_the_length(make: Make, every: Every) -> None:
    found = every(SOURCE, numbered(make, 1)[:-1] + numbered(make, 2))

    assert titles(found) == ["Title 1", "Title 2"]


def test_a_missing_terminator_at_the_end_of_the_file_costs_nothing(make: Make, every: Every) -> None:
    assert titles(every(SOURCE, numbered(make, 1) + numbered(make, 2)[:-1])) == ["Title 1", "Title 2"]


def test_a_record_cut_short_is_refused_with_the_reason(make: Make, every: Every) -> None:
    found = every(SOURCE, numbered(make, 1) + make(("001", b"2"), TITLE, ("300", b"  \x1fa1 v."))[:80])

    assert titles(found) == ["Title 1"]
    assert reasons(found) == [
        (
            "parse",
            "the directory names 3 fields, the record has 2, and its offsets do not tell which is which",
        )
    ]


def test_a_record_terminator_inside_a_field_is_seen_by_the_length(make: Make, every: Every) -> None:
    odd = make(("001", b"1"), ("245", b"10\x1faTitle\x1d with an odd end"))

    assert titles(every(SOURCE, odd + numbered(make, 2))) == ["Title  with an odd end", "Title 2"]


def test_an_empty_file_is_refused_as_such(every: Every) -> None:
    assert reasons(every(SOURCE, b"")) == [("split", "the file is empty")]


def test_a_file_of_another_kind_is_refused_with_what_it_begins_with(every: Every) -> None:
    [(step, reason)] = reasons(every(SOURCE, b"%PDF-1.7 is no MARC record at all"))

    assert step == "parse"
    assert "begins with b'%PDF-1.7" in reason


def test_fields_in_another_order_than_the_directory_are_found_by_their_starts(
    make: Make, every: Every
) -> None:
    data = bytearray(make(("001", b"1"), ("245", b"10\x1faTitle"), ("300", b"  \x1fa9 p.")))
    entries = data[24:60]
    data[24:60] = entries[24:36] + entries[12:24] + entries[0:12]

    [record] = every(SOURCE, bytes(data))

    assert isinstance(record, Record)
    assert [(field.name, field.parts[0][1]) for field in record.fields[1:]] == [
        ("300", "9 p."), ("245", "Title"), ("001", "1")
    ]  # fmt: skip
    assert record.warnings == ()


def test_lengths_counted_in_characters_are_mended_with_a_warning(make: Make, every: Every) -> None:
    good = make(("001", b"1"), ("245", "10\x1fa文渊阁".encode()), ("300", b"  \x1fa9 p."))
    as_characters = make(("001", b"1"), ("245", b"10\x1faxxx"), ("300", b"  \x1fa9 p."))
    directory = as_characters[24 : 24 + 36]

    [record] = every(SOURCE, good[:24] + directory + good[24 + 36 :])

    assert isinstance(record, Record)
    assert record.fields[3].parts == (("a", "9 p."),)
    assert record.warnings == ("lengths in the directory are wrong; terminators tell the fields",)


def test_a_field_terminator_inside_a_field_is_read_as_a_blank(make: Make, every: Every) -> None:
    [record] = every(SOURCE, make(("001", b"1"), ("245", b"10\x1faTwo\x1elines"), ("300", b"  \x1fa9 p.")))

    assert titles([record]) == ["Two lines"]
    assert isinstance(record, Record)
    assert record.warnings == ("a field terminator (1E) inside a field, read as a blank",)


def test_a_field_without_indicators_keeps_its_subfields(data: Data, every: Every) -> None:
    record = every(SOURCE, data("odd/bad_indicator.dat"))[0]

    assert isinstance(record, Record)
    [isbn] = [field for field in record.fields if field.name == "0 2"]
    assert (isbn.marks, isbn.parts) == ("  ", (("a", "9780253325525 (alk. paper)"),))


def test_an_accent_on_a_subfield_code_is_dropped(data: Data, every: Every) -> None:
    assert titles(every(SOURCE, data("odd/bad_subfield_code.dat"))) == ["ActivePerl with ASP and ADO /"]


def test_tags_may_hold_letters(data: Data, every: Every) -> None:
    [record] = every(SOURCE, data("odd/alphatag.dat"))

    assert isinstance(record, Record)
    assert [field.name for field in record.fields].count("CAT") == 4


def test_records_with_broken_leaders_and_directories_are_right_or_refused(data: Data, every: Every) -> None:
    found = every(SOURCE, data("odd/bad_records.mrc"))

    assert titles(found) == ["The pragmatic programmer : "] * 4
    assert [reason for _, reason in reasons(found)] == [
        "the directory has 13 characters, which is no multiple of 12",
        "the directory has 13 characters, which is no multiple of 12",
        "no ISO 2709 record: begins with b'00127     22f0037   4500', "
        "no leader such as '00714cam a2200205 a 4500'",
        "the record has no fields",
    ]


class Endless(RawIOBase):
    """A file with a record, then a field of *size* bytes, then another record; it is made as it is read."""

    def __init__(self, before: bytes, size: int, after: bytes) -> None:
        self._rest = itertools.chain([before], itertools.repeat(b"x" * 65_536, size // 65_536), [after])

    def read(self, size: int = -1, /) -> bytes:
        return next(self._rest, b"")


def test_a_field_of_two_gigabytes_is_read_past_in_little_memory(make: Make) -> None:
    # 64 MB stand for 2 GB: what is kept does not grow with what is left out.
    source = Iso2709(max_record_bytes=1_000_000)
    stream = Endless(numbered(make, 1), 64_000_000, b"\x1d" + numbered(make, 2))

    found = list(source.split(stream))  # type: ignore[arg-type]  # reads like a file

    assert [type(entry) for entry in found] == [Raw, Rejected, Raw]
    assert isinstance(found[1], Rejected)
    assert found[1].reason == "63,963,137 bytes to the next end of record; at most 1,000,000 are taken here"
    assert len(found[1].raw.data) <= 4096
    assert titles([source.read(found[2])]) == ["Title 2"]


def test_the_format_is_claimed_by_its_leader_and_its_directory(make: Make) -> None:
    claim = SOURCE.claims(b"\r\n" + numbered(make, 1), "records.dat")

    assert claim is not None
    assert claim.sureness > 0.9
    assert SOURCE.claims(b"<?xml version='1.0'?><collection/>", "records.mrc") is None
    assert SOURCE.claims(b"", "empty.mrc") is None


@settings(max_examples=300, deadline=None)
@given(changes=st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 255)), min_size=1, max_size=20))
def test_bytes_changed_at_random_give_a_record_or_a_reason(
    changes: list[tuple[int, int]], make: Make
) -> None:
    cnmarc = make(
        ("001", b"012345"), ("100", b"  \x1fa20020204d1994    em y0chiy0120    ea"),
        ("200", "1 \x1fa中国发展报告\x1fAZhong Guo\x1ff国家统计局编".encode("gb18030")),
        ("701", " 0\x1fa李强\x1fALi Qiang\x1f4主编".encode("gb18030")),
    )  # fmt: skip
    latin = make(("001", b"2"), ("245", b"10\x1faD\xe2ej\xe1a vu \x1b$1!PV\x1b(B"))
    damaged = bytearray(cnmarc + latin)
    for place, byte in changes:
        damaged[place % len(damaged)] = byte

    for entry in SOURCE.split(BytesIO(bytes(damaged))):
        found = SOURCE.read(entry) if isinstance(entry, Raw) else entry
        assert isinstance(found, Record) or (isinstance(found, Rejected) and found.reason)


@settings(max_examples=200, deadline=None)
@given(noise=st.binary(max_size=3000), cut=st.integers(0, 400))
def test_noise_and_cut_files_never_raise(noise: bytes, cut: int, make: Make) -> None:
    for data in (
        noise,
        numbered(make, 1) + noise,
        numbered(make, 1)[:cut] + noise + b"\x1d" + numbered(make, 2),
    ):
        assert all(
            isinstance(SOURCE.read(entry), Record | Rejected) if isinstance(entry, Raw) else entry.reason
            for entry in SOURCE.split(BytesIO(data))
        )
