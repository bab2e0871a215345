"""Recall: each label is found by each of its 1-, 2- and 3-character Chinese substrings, in any spelling."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg import expression
from kg.entries import Entry
from kg.search import SearchIndex

LABELS = Path(__file__).parent.parent / "data" / "labels" / "chinese.tsv"
HAN = re.compile("[㐀-䶿一-鿿\U00020000-\U000323af]+")


@cache
def labels() -> list[str]:
    return [line.partition("\t")[2] for line in LABELS.read_text(encoding="utf-8").splitlines()]


def filled(names: list[str]) -> SearchIndex:
    index = SearchIndex.in_memory()
    index.apply(
        1, (), [Entry(f"http://x/{number}", "work", ((name, "zh"),)) for number, name in enumerate(names)]
    )
    return index


@pytest.fixture(scope="module")
def index() -> SearchIndex:
    return filled(labels())


def matches(index: SearchIndex, query: str) -> set[str]:
    """IRIs of all that a query matches, without a limit."""
    rows = index._writer.execute(
        "SELECT iri FROM thing WHERE id IN (SELECT rowid FROM text WHERE text MATCH ?)",
        (expression.read(query).written(),),
    )
    return {iri for (iri,) in rows}


def parts(text: str) -> Iterator[str]:
    """The Chinese substrings of one, two and three characters."""
    for run in HAN.findall(text):
        for length in (1, 2, 3):
            yield from (run[start : start + length] for start in range(len(run) - length + 1))


@pytest.mark.parametrize(
    "config", ["", "t2s", "s2t", "s2tw", "tw2s"], ids=lambda config: config or "as it is"
)
def test_real_labels_are_found_by_their_parts_in_every_spelling(index: SearchIndex, config: str) -> None:
    from opencc import OpenCC

    convert = OpenCC(config).convert if config else str
    asked = [(number, part) for number, label in enumerate(labels()) for part in parts(convert(label))]

    missing = [(number, part) for number, part in asked if f"http://x/{number}" not in matches(index, part)]

    assert len(asked) > 8_000
    assert missing == []


@pytest.mark.parametrize("joined", ["", " "], ids=["joined", "apart"])
def test_real_labels_are_found_by_their_pinyin(index: SearchIndex, joined: str) -> None:
    from pypinyin import lazy_pinyin

    asked = [
        (number, joined.join(lazy_pinyin(run)))
        for number, label in enumerate(labels())
        for run in HAN.findall(label)
        if len(run) < 25
    ]

    assert [(label, read) for label, read in asked if f"http://x/{label}" not in matches(index, read)] == []


def test_real_labels_are_found_in_full_width_and_as_a_whole(index: SearchIndex) -> None:
    wide = str.maketrans({chr(code): chr(code + 0xFEE0) for code in range(0x21, 0x7F)})

    for number, label in enumerate(labels()):
        if len(label) < expression.LONGEST:
            assert f"http://x/{number}" in matches(index, label.replace('"', ""))
            assert f"http://x/{number}" in matches(index, label.translate(wide))


chinese = st.text(
    st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF) | st.sampled_from("畫乾著藉於aB1 ·《》の"),
    min_size=1,
    max_size=12,
)


@given(st.lists(chinese, min_size=1, max_size=4))
@settings(deadline=None)
def test_random_labels_are_found_by_their_parts(names: list[str]) -> None:
    index = filled(names)

    for number, name in enumerate(names):
        for part in parts(name):
            assert f"http://x/{number}" in matches(index, part)
