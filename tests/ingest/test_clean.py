"""Cleaners of transcribed values."""

import pytest

from ingest.clean import CLEANERS


@pytest.mark.parametrize(
    ("cleaner", "given", "expected"),
    [
        ("isbd", "The book of the dance /", "The book of the dance"),
        ("isbd", "Oakland, Calif. :", "Oakland, Calif."),
        ("isbd", "Samuelson, Paul A.", "Samuelson, Paul A."),
        ("isbd", "Dance.", "Dance"),
        ("isbd", "Wait...", "Wait..."),
        ("isbd", "红楼梦 /", "红楼梦"),
        ("isbd", "", ""),
        ("name", "Roatcap, Adela Spindler,", "Roatcap, Adela Spindler"),
        ("name", "Smith, John, Jr.", "Smith, John, Jr."),
        ("brackets", "[北京] :", "北京"),
        ("brackets", "[S.l.]", "S.l."),
        ("title_marks", "《红楼梦》", "红楼梦"),
        ("markup", "<jats:p>Some <i>text</i></jats:p>", "Some text"),
        ("space", " a \n b ", "a b"),
        ("raw", " a ", " a "),
    ],
)
def test_a_cleaner_takes_away_what_belongs_to_the_display(cleaner: str, given: str, expected: str) -> None:
    assert CLEANERS[cleaner](given) == expected
