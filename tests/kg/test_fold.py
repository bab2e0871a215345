"""Folding: two spellings of the same thing become equal, and a part folds as it does within the whole."""

import re
import time
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kg.fold import fold, plain
from kg.volume import number, volumes

LABELS = Path(__file__).parent.parent / "data" / "labels" / "chinese.tsv"
HAN = re.compile("[㐀-䶿一-鿿\U00020000-\U000323af]+")
ODD = st.text(
    alphabet="第卷册v.ol 一二十0123IViíÉß《》·,-ǆﬁ①Ⅻ加\u0301\u3099かハ\u1100\u1161\u200d\ufe0fИй畫乾著○〇",
    max_size=14,
)


def labels() -> list[str]:
    return [line.partition("\t")[2] for line in LABELS.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("紅樓夢", "红楼梦"),
        ("《红楼梦》", "红楼梦"),
        ("〈離騷〉「經」", "离骚经"),
        ("文淵閣·四庫全書", "文渊阁四库全书"),
        ("ＡＢＣ　１２３", "abc 123"),
        ("Études françaises", "ETUDES FRANCAISES"),
        ("Łódź", "lodz"),
        ("Straße", "STRASSE"),
        ("ʻAbd al-ʻAzīz", "abd al aziz"),
        ("Chʻing shih", "Ching shih"),
        ("臺灣", "台湾"),
        ("著作", "着作"),
        ("峯會", "峰会"),
        ("図書館", "图书馆"),
        ("ｶﾞｲﾄﾞ", "ガイド"),
        ("⼈民", "人民"),
        ("二○○五", "二〇〇五"),
        ("x²", "x2"),
        ("Ｃ＋＋ 程序", "c++程序"),
        ("  Economics :\tan  analysis / ", "economics an analysis"),
        ("第一册", "第1冊"),
        ("史記卷二", "史记 v.2"),
        ("第三卷", "Vol. III"),
        ("卷一百二十三", "volume 123"),
        ("Bd. 07", "v7"),
    ],
    ids=lambda text: text.strip(),
)
def test_two_spellings_of_one_thing_are_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other) != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("画", "划"),
        ("й", "и"),
        ("が", "か"),
        ("第一册", "第二册"),
        ("vol. 1", "vol. 11"),
        ("后", "候"),
        ("C++", "C"),
        ("C#", "C"),
    ],
    ids=lambda text: text,
)
def test_different_things_stay_different(one: str, other: str) -> None:
    assert fold(one) != fold(other)


def test_the_form_is_the_one_that_is_documented() -> None:
    assert fold("《紅樓夢》 第一册") == "红楼梦 v1"
    assert plain("《紅樓夢》 第一册") == "红楼梦第一册"


@given(st.text(max_size=30) | ODD)
@example("第v二卷卷二")
@example("\u1100\u0301\u1161")
@example("vol v 2")
@example("c+++#")
def test_folding_twice_is_folding_once(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=30))
def test_nothing_but_letters_digits_and_single_blanks_is_left(text: str) -> None:
    folded = fold(text)

    assert folded == " ".join(folded.split())
    assert not set(folded) & set("\"'*():^+-=|_\x00")


@pytest.mark.parametrize("config", ["t2s", "s2t", "tw2s", "hk2s", "s2tw", "s2hk"])
def test_real_labels_fold_alike_in_every_chinese_spelling(config: str) -> None:
    from opencc import OpenCC

    converter = OpenCC(config)
    spellings = [(label, converter.convert(label)) for label in labels()]

    assert len(spellings) > 400
    # 畫 is the exception that kg.tokens takes care of: 計畫 becomes 计划, 圖畫 becomes 图画.
    assert [(one, other) for one, other in spellings if plain(one) != plain(other) and "畫" not in one] == []


def test_a_part_of_a_label_folds_as_it_does_within_the_label() -> None:
    for run in (run for label in labels() for run in HAN.findall(label)):
        assert "".join(map(plain, run)) == plain(run)


def test_no_two_common_characters_are_merged_but_those_that_opencc_merges() -> None:
    from importlib.resources import files

    rows = files("kg").joinpath("data/variants.tsv").read_text(encoding="utf-8").split("# From ")
    cbeta = next(part for part in rows if part.startswith("cbeta"))
    variants = [char for line in cbeta.splitlines() if "\t" in line for char in line.partition("\t")[2]]
    common = [char for char in variants if _is_in_gb2312(char)]

    assert len(variants) > 3000
    assert common == []


def _is_in_gb2312(char: str) -> bool:
    try:
        char.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("三", 3),
        ("十", 10),
        ("十二", 12),
        ("二十", 20),
        ("一百零五", 105),
        ("二百九十四", 294),
        ("一九八四", 1984),
        ("07", 7),
    ],
)
def test_chinese_numbers_have_their_value(text: str, value: int) -> None:
    assert number(text) == value


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("第一卷第二册", ["v1", "v2"]),
        ("四库全书总目二百卷", []),
        ("vol civil", []),
        ("a volume of verse", []),
        ("tome 3 vol iv", ["v3", "v4"]),
        ("卷12345", []),
    ],
)
def test_volume_numbers_are_found_and_counts_are_not(text: str, found: list[str]) -> None:
    assert volumes(plain(text)) == found


def test_short_ascii_text_folds_in_about_a_microsecond() -> None:
    def seconds() -> float:
        start = time.process_time()
        for _ in range(20_000):
            fold("Samuelson, Paul A.")
        return time.process_time() - start

    # A third of a microsecond on a quiet machine; the limit leaves room for a busy one.
    assert min(seconds() for _ in range(5)) / 20_000 < 2e-6
