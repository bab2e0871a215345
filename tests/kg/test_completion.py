"""Completion: names found by their beginning, in characters, pinyin and initials."""

import pytest

from kg.completion import keys_of, sort_key
from kg.entries import Entry
from kg.search import SearchIndex

BASE = "http://localhost:8000/id/"


@pytest.fixture(scope="module")
def index() -> SearchIndex:
    made = SearchIndex.in_memory()
    made.apply(
        1,
        (),
        [
            Entry(
                f"{BASE}work/siku",
                "work",
                (("文淵閣四庫全書", "zh-hant"),),
                alternatives=(("Siku quanshu", "en"),),
            ),
            Entry(f"{BASE}work/wenxuan", "work", (("文选", "zh"),)),
            Entry(f"{BASE}person/zeng", "person", (("曾国藩", "zh"),)),
            Entry(f"{BASE}person/paul", "person", (("Samuelson, Paul A.", "en"), ("萨缪尔森", "zh"))),
            Entry(f"{BASE}concept/economics", "concept", (("Economics", "en"),)),
            Entry(f"{BASE}concept/history", "concept", (("Economics--History", "en"),)),
            *(
                Entry(f"{BASE}work/{number}", "work", ((f"Economic history {number:03}", "en"),))
                for number in range(300)
            ),
        ],
    )
    return made


def completed(index: SearchIndex, text: str, **options: object) -> list[str]:
    return [made.iri.removeprefix(BASE) for made in index.complete(text, **options)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        "文渊",
        "文淵",
        "《文渊",
        "wenyu",
        "wen yu",
        "Wen Yuan G",
        "wyg",
        "WYGSK",
        "siku",
        "Siku q",
        "文渊阁四库全书",
    ],
)
def test_a_chinese_title_is_completed_from_characters_pinyin_initials_and_other_names(
    index: SearchIndex, text: str
) -> None:
    assert completed(index, text)[0] == "work/siku"


@pytest.mark.parametrize("text", ["曾", "曾國", "zengg", "cengguo", "zgf"])
def test_a_person_is_completed_by_the_reading_of_the_surname_and_by_the_usual_one(
    index: SearchIndex, text: str
) -> None:
    assert completed(index, text) == ["person/zeng"]


@pytest.mark.parametrize("text", ["samuel", "Samuelson, P", "paul a s", "萨缪", "samiu"])
def test_a_western_person_is_completed_from_either_end(index: SearchIndex, text: str) -> None:
    assert completed(index, text)[0] == "person/paul"


def test_what_is_typed_in_syllables_is_not_the_beginning_of_a_word(index: SearchIndex) -> None:
    assert completed(index, "ec onomics") == []


def test_the_name_that_is_complete_comes_first(index: SearchIndex) -> None:
    assert completed(index, "economics")[:2] == ["concept/economics", "concept/history"]


def test_a_kind_is_found_behind_many_of_another(index: SearchIndex) -> None:
    assert completed(index, "econ", kind="concept") == ["concept/economics", "concept/history"]
    assert completed(index, "econ", kind="person") == []


def test_it_says_which_name_matched_and_how(index: SearchIndex) -> None:
    (by_name,) = index.complete("siku q")
    (by_reading,) = index.complete("zengg")

    assert (by_name.text, by_name.matched, by_name.form) == ("文淵閣四庫全書", "Siku quanshu", "name")
    assert (by_reading.text, by_reading.matched, by_reading.form) == ("曾国藩", "曾国藩", "pinyin")
    assert index.complete("wyg")[0].form == "initials"


def test_it_gives_no_more_than_is_asked_for(index: SearchIndex) -> None:
    assert len(completed(index, "e", limit=3)) == 3
    assert completed(index, "e", limit=0) == completed(index, "") == completed(index, "?!") == []
    assert len(completed(index, "e", limit=10**6)) == 100


def test_keys_are_short_whatever_the_name() -> None:
    assert all(len(key) <= 48 for key, _ in keys_of("很长的名字" * 1000))
    assert keys_of("…") == ()


@pytest.mark.parametrize(
    ("name", "kind", "key"),
    [
        ("曾国藩", "person", "zengguofan"),
        ("曾经", "work", "cengjing"),
        ("Études", "work", "etudes"),
        ("", "work", ""),
    ],
)
def test_things_are_sorted_by_letters_and_pinyin(name: str, kind: str, key: str) -> None:
    assert sort_key(Entry("http://x/1", kind, ((name, "zh"),))) == key
