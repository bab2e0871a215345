"""Dates as libraries write them."""

import pytest

from ingest.dates import edtf, life


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1984", "1984"),
        ("c1984.", "1984"),
        ("[1984?]", "1984"),
        ("2004年5月", "2004-05"),
        ("2004.5", "2004-05"),
        ("2004-05-17", "2004-05-17"),
        ("20040517", "2004-05-17"),
        ("2004-5-7", "2004-05-07"),
        ("1997-1998", "1997"),
        ("2004-13", "2004"),
        ("2004-00", "2004"),
        ("19uu", ""),
        ("9999", ""),
        ("", ""),
        ("320页", ""),
    ],
)
def test_the_first_date_is_read_as_exactly_as_it_is_given(written: str, expected: str) -> None:
    assert edtf(written) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1881-1936", ("1881", "1936")),
        ("(1881～1936)", ("1881", "1936")),
        ("1900-", ("1900", "")),
        ("-1936.", ("", "1936")),
        ("b. 1900", ("1900", "")),
        ("d. 1900", ("", "1900")),
        ("1900年生", ("1900", "")),
        ("1818?-1890", ("1818", "1890")),
        ("701-762", ("0701", "0762")),
        ("fl. 1600", ("", "")),
        ("", ("", "")),
    ],
)
def test_years_of_life(written: str, expected: tuple[str, str]) -> None:
    assert life(written) == expected
