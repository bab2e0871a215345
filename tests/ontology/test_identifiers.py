"""Identifiers: the normal form of what is right, nothing for what is wrong."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ontology import identifiers

NINE = st.text("0123456789", min_size=9, max_size=9)


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("7-5037-1744-0 (精装)", "9787503717444"),
        ("978-7-5037-1744-4", "9787503717444"),
        ("9787503717444", "9787503717444"),
        ("ISBN 0-306-40615-2", "9780306406157"),
        ("080442957X", "9780804429573"),
        ("080442957x", "9780804429573"),
        ("９７８７５０３７１７４４４", "9787503717444"),
        ("7‐5037‐1744‐0", "9787503717444"),
        ("7 5037 1744 0", "9787503717444"),
        ("0306406152 9780306406157", "9780306406157"),
        ("979-10-90636-07-1", "9791090636071"),
    ],
)
def test_an_isbn_becomes_thirteen_digits(written, number):
    assert identifiers.isbn13(written) == number


@pytest.mark.parametrize(
    "written",
    [
        "",
        "7-5037-1744-1",
        "9787503717445",
        "9777503717444",
        "10019·1979",
        "10019·12345",
        "统一书号：10019·1979",
        "979-0-2600-0043-8",
        "CNY59.00",
        "X234567890",
        "²123456789",
        "٠٣٠٦٤٠٦١٥٢",
        "(pbk.)",
    ],
)
def test_what_is_no_isbn_gives_nothing(written):
    assert identifiers.isbn13(written) == ""


def test_an_isbn_of_thirteen_digits_has_ten_only_where_it_begins_with_978():
    assert identifiers.isbn10("9787503717444") == "7503717440"
    assert identifiers.isbn10("9791090636071") == ""


@given(NINE)
def test_exactly_one_check_character_makes_an_isbn_and_it_comes_back(nine):
    right = [check for check in "0123456789X" if identifiers.isbn13(nine + check)]

    assert len(right) == 1
    assert identifiers.isbn10(identifiers.isbn13(nine + right[0])) == nine + right[0]


@given(NINE, st.integers(0, 12), st.sampled_from("0123456789"))
def test_one_wrong_digit_is_always_noticed(nine, place, digit):
    ten = next(nine + check for check in "0123456789X" if identifiers.isbn13(nine + check))
    number = identifiers.isbn13(ten)

    changed = number[:place] + digit + number[place + 1 :]

    assert changed == number or identifiers.isbn13(changed) == ""


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0317-8471", "0317-8471"),
        ("ISSN 2434-561x", "2434-561X"),
        ("03178471", "0317-8471"),
        ("０３１７－８４７１", "0317-8471"),
    ],
)
def test_an_issn_becomes_two_groups_of_four(written, number):
    assert identifiers.issn(written) == number


@pytest.mark.parametrize("written", ["", "0317-8472", "1234-5678", "0317-84711", "0317", "10317-8471"])
def test_what_is_no_issn_gives_nothing(written):
    assert identifiers.issn(written) == ""


@pytest.mark.parametrize(
    "written", ["0000-0002-1825-0097", "https://orcid.org/0000-0002-1825-0097", "0000000218250097"]
)
def test_an_orcid_becomes_four_groups_of_four(written):
    assert identifiers.orcid(written) == "0000-0002-1825-0097"


def test_an_isni_outside_the_block_of_orcid_is_no_orcid():
    assert identifiers.isni("0000 0001 2150 090X") == "000000012150090X"
    assert identifiers.orcid("0000 0001 2103 2683") == ""
    assert identifiers.orcid("0000-0002-1825-0098") == ""


@pytest.mark.parametrize(
    ("written", "number"),
    [("统一书号：10019·1979", "10019·1979"), ("7091.123", "7091·123"), ("13018・143", "13018·143")],
)
def test_a_chinese_book_number_from_before_isbn_is_recognised(written, number):
    assert identifiers.csbn(written) == number


@pytest.mark.parametrize("written", ["", "18019·1", "00019·1", "9787503717444", "CNY 10.50"])
def test_what_is_no_chinese_book_number_gives_nothing(written):
    assert identifiers.csbn(written) == ""


@pytest.mark.parametrize(
    "read",
    [getattr(identifiers, name) for name in ("isbn13", "isbn10", "issn", "orcid", "isni", "csbn")],
)
@given(written=st.text(max_size=40))
def test_no_text_at_all_breaks_a_reader_and_a_normal_form_stays(read, written):
    number = read(written)

    assert number == "" or read(number) in (number, "") or read is identifiers.isbn10
