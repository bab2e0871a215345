"""Pinyin: readings of characters and names, cutting of typed letters, Wade-Giles."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg import romanisation
from kg.fold import plain
from kg.pinyin import cuts, readings, syllables
from kg.script import HAN

LABELS = Path(__file__).parent.parent / "data" / "labels" / "chinese.tsv"


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("曾國藩", "zeng guo fan"),
        ("曾巩", "zeng gong"),
        ("解縉", "xie jin"),
        ("仇英", "qiu ying"),
        ("朴正熙", "piao zheng xi"),
        ("单雄信", "shan xiong xin"),
        ("查慎行", "zha shen xing"),
        ("区大相", "ou da xiang"),
        ("尉迟恭", "yu chi gong"),
        ("单于", "chan yu"),
        ("万俟卨", "mo qi xie"),
        ("翟灝", "zhai hao"),
        ("乐毅", "yue yi"),
        ("王力", "wang li"),
    ],
)
def test_surnames_are_read_as_surnames(name: str, read: str) -> None:
    assert " ".join(syllables(plain(name), is_name=True)) == read


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("重庆", "chong qing"),
        ("重要", "zhong yao"),
        ("长安", "chang an"),
        ("银行", "yin hang"),
        ("旅行", "lu xing"),
        ("乾隆", "qian long"),
        ("著作", "zhu zuo"),
        ("女性", "nu xing"),
        ("曾经", "ceng jing"),
        ("文淵閣四庫全書", "wen yuan ge si ku quan shu"),
    ],
)
def test_characters_are_read_by_their_neighbours(text: str, read: str) -> None:
    assert " ".join(syllables(plain(text))) == read


def test_all_readings_in_use_are_known_the_usual_one_first() -> None:
    assert readings("重") == ("zhong", "chong")
    assert set(readings("乐")) == {"le", "yue", "lao"}
    assert readings("a") == ()


def test_what_pypinyin_reads_is_among_the_readings() -> None:
    from pypinyin import lazy_pinyin

    missing = []
    for line in LABELS.read_text(encoding="utf-8").splitlines():
        label = line.partition("\t")[2]
        chinese = [char for char in label if "\u4e00" <= char <= "\u9fff"]
        for char, read in zip(chinese, lazy_pinyin("".join(chinese)), strict=True):
            if read.replace("ü", "u").replace("lv", "lu").replace("nv", "nu") not in readings(plain(char)):
                missing.append((label, char, read))

    assert missing == []


@pytest.mark.parametrize(
    ("letters", "cut"),
    [
        ("wenyuange", [("wen", "yuan", "ge")]),
        ("xian", [("xian",), ("xi", "an")]),
        ("fangan", [("fan", "gan"), ("fang", "an")]),
        ("lvshi", [("lu", "shi")]),
        ("nvxing", [("nu", "xing")]),
        ("zhuangzi", [("zhuang", "zi")]),
    ],
)
def test_letters_are_cut_into_syllables_in_every_likely_way(letters: str, cut: list[tuple[str, ...]]) -> None:
    assert [*cuts(letters)[: len(cut)]] == cut


@pytest.mark.parametrize("letters", ["", "economics", "v", "tseng", "history"])
def test_what_is_no_pinyin_is_not_cut(letters: str) -> None:
    assert cuts(letters) == ()


@given(
    st.lists(
        st.sampled_from(["wen", "yuan", "ge", "xi", "an", "xian", "ang", "e", "er", "zhuang"]),
        min_size=1,
        max_size=9,
    )
)
def test_joined_syllables_cut_into_syllables_that_join_again(read: list[str]) -> None:
    made = cuts("".join(read))

    assert 0 < len(made) <= 8
    assert all("".join(cut) == "".join(read) for cut in made)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("Tseng Kuo-fan", "zeng guo fan"),
        ("Tseng, Kuo-fan, 1811-1872", "zeng guo fan"),
        ("Mao Tse-tung", "mao ze dong"),
        ("Chʻing shih kao", "qing shi gao"),
        ("Ch’ing shih kao", "qing shi gao"),
        ("T'ang shih", "tang shi"),
        ("Hsü Kuang-ch'i", "xu guang qi"),
        ("Ssŭ-ma Chʻien", "si ma qian"),
        ("Hung lou meng", "hong lou meng"),
    ],
)
def test_wade_giles_is_read_as_pinyin(text: str, read: str) -> None:
    assert " ".join(first for first, *_ in romanisation.syllables(text)) == read


def test_a_dropped_aspirate_leaves_both_readings() -> None:
    assert romanisation.syllables("ching") == [("jing", "qing")]


@pytest.mark.parametrize("text", ["Paul Samuelson", "Economics", "Étienne", "Cervantes", "文淵閣"])
def test_other_names_are_not_taken_for_wade_giles(text: str) -> None:
    assert romanisation.syllables(text) == []


@pytest.mark.parametrize(
    ("name", "read"),
    [
        ("Hong lou meng", "hong lou meng"),
        ("Cao, Xueqin, 1717-1763", "cao xue qin"),
        ("Tseng, Kuo-fan", "zeng guo fan"),
        ("Hung lou meng", "hong lou meng"),
        ("Beijing", "bei jing"),
        ("Samuelson, Paul A.", ""),
        ("Jean-Paul", ""),
        ("Hung parliament", ""),
        ("1984", ""),
        ("", ""),
    ],
)
def test_chinese_names_in_latin_letters_are_told_from_others(name: str, read: str) -> None:
    assert " ".join(first for first, *_ in romanisation.of_name(name, plain(name))) == read


def test_every_reading_belongs_to_a_folded_chinese_character() -> None:
    import re

    from kg.pinyin import _rows

    chars = [char for _, listed in _rows("readings") for char in listed]

    assert len(chars) == len(set(chars)) > 30_000
    assert [char for char in chars if not re.match(f"[{HAN}]", char)] == []
