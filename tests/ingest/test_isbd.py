"""The areas of a Chinese ISBD description, against 27 cases of the dp2 library system."""

import json
from collections.abc import Callable
from html import unescape
from pathlib import Path

import pytest

from ingest import isbd
from ingest.model import Field

CASES = [
    json.loads(line)
    for line in (Path(__file__).parent.parent / "data/marc/isbd-cases.jsonl").read_text("utf-8").splitlines()
]
AREAS: dict[str, Callable[[Field], str]] = {
    "title_area": isbd.title_area,
    "title": isbd.title,
    "titlepinyin": isbd.pinyin,
    "author": isbd.responsibility,
    "edition_area": isbd.edition_area,
    "material_specific_area": isbd.material_area,
    "publication_area": isbd.publication_area,
    "publisher": isbd.publishers,
    "material_description_area": isbd.physical_area,
    "series_area": isbd.series_area,
    "clc_class": lambda field: field.first("a"),
}


def field_of(worksheet: str) -> Field:
    """The one field of a worksheet: leader, then tag, indicators and subfields behind ǂ."""
    line = worksheet.partition("\n")[2]
    head, *parts = line.split("ǂ")
    return Field(head[:3], tuple((part[0], part[1:]) for part in parts), head[3:].strip())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["case"])
def test_an_area_has_the_elements_and_signs_of_the_case(case: dict[str, object]) -> None:
    field = field_of(str(case["worksheet"]))

    for expected in case["expected"]:  # type: ignore[attr-defined]  # a list of objects
        assert AREAS[expected["type"]](field) == unescape(expected["value"])


def test_all_cases_are_there() -> None:
    assert len(CASES) == 27


def test_a_manufacture_statement_stands_in_parentheses() -> None:
    field = Field(
        "210", (("a", "北京"), ("c", "商务印书馆"), ("d", "1954"), ("e", "上海"), ("g", "中华印刷厂"))
    )

    assert isbd.publication_area(field) == "北京 : 商务印书馆, 1954 (上海 : 中华印刷厂)"
