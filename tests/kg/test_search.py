"""The search index: what is found, why and in which order; facets; hostile queries."""

import threading
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kg.entries import Entry
from kg.errors import StoreError
from kg.search import SearchIndex

BASE = "http://localhost:8000/id/"


def work(
    key: str, *names: tuple[str, str], year: str = "", kind: str = "book", language: str = "", **rest: object
) -> Entry:
    facets = [("type", kind), ("year", year), ("language", language), *rest.pop("facets", ())]  # type: ignore[misc]
    chosen = tuple(sorted((facet, value) for facet, value in facets if value))
    return Entry(f"{BASE}work/{key}", "work", names, facets=chosen, **rest)  # type: ignore[arg-type]


ENTRIES = [
    work(
        "siku",
        ("文淵閣四庫全書", "zh-hant"),
        words=("纪昀", "目录学"),
        identifiers=("7101003044", "9787101003048"),
        year="1986",
        language="chi",
    ),
    work("hongloumeng", ("红楼梦 第一册", "zh"), words=("曹雪芹",), year="1957", language="chi"),
    work(
        "economics",
        ("Economics", "en"),
        ("Economics : an introductory analysis", "en"),
        words=("Samuelson, Paul A.", "McGraw-Hill"),
        year="1948",
        language="eng",
    ),
    work(
        "jingji", ("经济学", "zh"), words=("Samuelson, Paul A.",), year="1979", language="chi", kind="review"
    ),
    work("plan", ("市政計畫", "zh-hant"), ("Urban planning 2030", "en"), year="2001", language="eng"),
    work("doi", ("On ﬁnding things", "en"), identifiers=("101000xyz1",), year="2001", kind="article"),
    work("cpp", ("Ｃ語言程序設計", "zh-hant"), year="1999", kind="book"),
    Entry(f"{BASE}person/zeng", "person", (("曾国藩", "zh"),), alternatives=(("曾文正公", "zh"),)),
    Entry(f"{BASE}person/tseng", "person", (("Tseng, Kuo-fan", "zh-latn"),)),
    Entry(f"{BASE}person/samuelson", "person", (("Samuelson, Paul A.", "en"),)),
    Entry(
        f"{BASE}concept/economics", "concept", (("Economics", "en"), ("经济学", "zh")), identifiers=("f0",)
    ),
    Entry(f"{BASE}concept/history", "concept", (("Economics--History", "en"),)),
]


@pytest.fixture(scope="module")
def index() -> SearchIndex:
    made = SearchIndex.in_memory()
    made.apply(1, (), ENTRIES)
    return made


def found(index: SearchIndex, query: str, **options: object) -> list[str]:
    hits = index.search(query, **options).hits  # type: ignore[arg-type]
    return [hit.iri.removeprefix(BASE) for hit in hits]


@pytest.mark.parametrize(
    "query",
    [
        "文渊阁",
        "文淵閣",
        "四库",
        "庫全",
        "书",
        "淵",
        "《文渊阁四库全书》",
        "文渊阁 全书",
        "文渊阁·四库全书",
        "wenyuange",
        "wen yuan ge",
        "wen yuange",
        "Wenyuan ge siku quanshu",
        "siku",
        "9787101003048",
        "978-7-101-00304-8",
        "978 7 101 00304 8",
        "7-101-00304-4",
        "７１０１００３０４４",
        "ISBN 7101003044",
        "纪昀",
        "紀昀",
        "四库 目录学",
        "四库 1986",
        '"四庫全書"',
        "siku 纪昀",
    ],
)
def test_a_chinese_title_is_found_in_every_form(index: SearchIndex, query: str) -> None:
    assert found(index, query) == ["work/siku"]


@pytest.mark.parametrize(
    ("query", "first"),
    [
        ("红楼梦 v.1", "work/hongloumeng"),
        ("红楼梦第1册", "work/hongloumeng"),
        ("紅樓夢 第一冊", "work/hongloumeng"),
        ("红楼梦 vol. I", "work/hongloumeng"),
        ("市政计划", "work/plan"),
        ("市政計畫", "work/plan"),
        ("c语言", "work/cpp"),
        ("C 语言", "work/cpp"),
        ("10.1000/XYZ.1", "work/doi"),
        ("https://doi.org/10.1000/xyz.1", "work/doi"),
        ("FINDING THINGS", "work/doi"),
        ("Tseng Kuo-fan", "person/tseng"),
        ("Zeng Guofan", "person/zeng"),
        ("ceng guofan", "person/zeng"),
        ("曾文正", "person/zeng"),
        ("Paul Samuelson", "person/samuelson"),
        ("planning 2030", "work/plan"),
    ],
)
def test_titles_and_names_are_found_as_people_type_them(index: SearchIndex, query: str, first: str) -> None:
    assert found(index, query)[0] == first


def test_titles_and_names_that_only_came_in_latin_letters_are_found_in_any_division() -> None:
    index = SearchIndex.in_memory()
    titles = [
        ("Hong lou meng", ""),
        ("Hung lou meng yen chiu", ""),
        ("Canada", "en"),
        ("Xi you ji : 100 hui", ""),
    ]
    index.apply(1, (), [work(name, (name, tag)) for name, tag in titles])
    index.apply(2, (), [Entry(f"{BASE}person/cao", "person", (("Cao, Xueqin, 1717-1763", ""),))])

    assert {*found(index, "hongloumeng")} == {"work/Hong lou meng", "work/Hung lou meng yen chiu"}
    assert found(index, "xiyouji") == ["work/Xi you ji : 100 hui"]
    assert found(index, "cao xue qin") == found(index, "caoxueqin") == ["person/cao"]
    assert found(index, "canada") == ["work/Canada"]
    assert [made.text for made in index.complete("xiyou")] == ["Xi you ji : 100 hui"]


def test_a_single_syllable_finds_every_character_that_is_read_so(index: SearchIndex) -> None:
    assert {*found(index, "wen")} == {"work/siku", "person/zeng"}


def test_wade_giles_and_pinyin_find_each_other(index: SearchIndex) -> None:
    assert (
        {*found(index, "Tseng Kuo-fan")} == {*found(index, "zeng guofan")} == {"person/zeng", "person/tseng"}
    )


def test_a_programming_language_is_not_another() -> None:
    index = SearchIndex.in_memory()
    index.apply(1, (), [work(name, (f"{name} how to program", "en")) for name in ("C", "C++", "C#")])

    assert found(index, "C++") == ["work/C++"]
    assert found(index, "c# program") == ["work/C#"]
    assert found(index, "C")[0] == "work/C"


def test_a_second_volume_is_not_the_first(index: SearchIndex) -> None:
    assert found(index, "红楼梦 第二册") == []


def test_all_words_must_be_met_anywhere_in_a_thing(index: SearchIndex) -> None:
    assert found(index, "economics samuelson") == ["work/economics"]
    assert found(index, "economics samuelson 1957") == []


def test_a_quoted_phrase_must_stand_as_it_is(index: SearchIndex) -> None:
    assert found(index, '"an introductory analysis"') == ["work/economics"]
    assert found(index, '"introductory an analysis"') == []
    assert found(index, "introductory an analysis") == ["work/economics"]
    assert found(index, "“全书四库”") == []


def test_exact_names_come_first_then_names_that_begin_so_then_names_then_words(index: SearchIndex) -> None:
    ordered = found(index, "economics")

    assert {*ordered[:2]} == {"concept/economics", "work/economics"}
    assert ordered[2] == "concept/history"
    assert found(index, "samuelson")[0] == "person/samuelson"
    assert {*found(index, "samuelson")[1:]} == {"work/economics", "work/jingji"}


def test_among_names_that_begin_as_typed_the_one_that_more_graphs_speak_of_comes_first() -> None:
    index = SearchIndex.in_memory()
    names = [
        Entry(f"{BASE}person/{name}", "person", ((f"Samuelson, {name}", ""),))
        for name in ("J.", "Lo", "Paul A.")
    ]
    index.apply(1, (), [*names, *names[2:] * 20])

    assert found(index, "samuelson") == ["person/Paul A.", "person/J.", "person/Lo"]
    assert index.complete("samu")[0].text == "Samuelson, Paul A."


@pytest.mark.parametrize(
    ("query", "why", "matched"),
    [
        ("四库", "name", "文淵閣四庫全書"),
        ("siku", "name", "文淵閣四庫全書"),
        ("曾文正", "alternative", "曾文正公"),
        ("978-7-101-00304-8", "identifier", "9787101003048"),
        ("纪昀", "words", "纪昀"),
        ("introductory", "name", "Economics : an introductory analysis"),
    ],
)
def test_a_hit_says_why_it_matched(index: SearchIndex, query: str, why: str, matched: str) -> None:
    hit = index.search(query).hits[0]

    assert (hit.why, hit.matched) == (why, matched)


def test_a_hit_shows_the_name_that_matched_and_carries_all(index: SearchIndex) -> None:
    hit = index.search("经济学").hits[0]

    assert (hit.text, hit.language) == ("经济学", "zh")
    concept = next(hit for hit in index.search("economics").hits if hit.kind == "concept")
    assert concept.names == (("Economics", "en"), ("经济学", "zh"))


def test_words_may_go_on_where_nothing_has_them_as_typed(index: SearchIndex) -> None:
    results = index.search("introduc samuel")

    assert results.is_widened
    assert [hit.iri for hit in results.hits] == [f"{BASE}work/economics"]
    assert not index.search("introductory").is_widened


def test_an_empty_query_finds_everything(index: SearchIndex) -> None:
    results = index.search("  ")

    assert results.total == len(ENTRIES)
    assert {(value.value, value.count) for value in results.facets["kind"]} == {
        ("work", 7), ("person", 3), ("concept", 2)
    }  # fmt: skip


def test_facets_count_the_matches(index: SearchIndex) -> None:
    results = index.search("samuelson")

    assert {(value.value, value.count) for value in results.facets["type"]} == {("book", 1), ("review", 1)}
    assert results.total == results.counted == 3


def test_values_of_one_facet_add_up_and_facets_narrow_each_other(index: SearchIndex) -> None:
    assert len(found(index, "", filters={"language": ["chi", "eng"]})) == 5
    assert {*found(index, "", filters={"language": ["chi", "eng"], "type": ["review"]})} == {"work/jingji"}
    assert found(index, "samuelson", filters={"kind": ["person"]}) == ["person/samuelson"]


def test_a_filtered_facet_counts_what_its_other_values_would_give(index: SearchIndex) -> None:
    results = index.search("samuelson", filters={"type": ["review"]})

    assert results.total == 1
    assert {(value.value, value.count) for value in results.facets["type"]} == {("book", 1), ("review", 1)}
    assert {(value.value, value.count) for value in results.facets["kind"]} == {("work", 1)}


@pytest.mark.parametrize(
    ("years", "count"),
    [
        ("1948..1957", 2),
        ("..1957", 2),
        ("1999..", 3),
        ("2001", 2),
        ("2001..1999", 0),
        ("x..y", 0),
        ("..", 7),
        ("99999..", 0),
    ],
)
def test_years_may_be_ranges(index: SearchIndex, years: str, count: int) -> None:
    assert index.search("", filters={"year": [years]}).total == count


@pytest.mark.parametrize(
    ("sort", "first", "last"),
    [
        ("year", "economics", "plan"),
        ("-year", "doi", "economics"),
        ("title", "cpp", "siku"),
        ("-title", "siku", "cpp"),
    ],
)
def test_results_are_sorted_by_year_or_by_title_in_pinyin(
    index: SearchIndex, sort: str, first: str, last: str
) -> None:
    ordered = found(index, "", filters={"kind": ["work"]}, sort=sort)

    assert (ordered[0], ordered[-1]) == (f"work/{first}", f"work/{last}")


def test_pages_follow_each_other_without_gaps(index: SearchIndex) -> None:
    whole = found(index, "samuelson")

    assert [found(index, "samuelson", limit=1, offset=place)[0] for place in range(3)] == whole
    assert found(index, "samuelson", offset=3) == []
    assert found(index, "samuelson", limit=0) == []
    assert len(found(index, "", limit=10**9, offset=-5)) == len(ENTRIES)


@pytest.mark.parametrize("options", [{"filters": {"colour": ["red"]}}, {"sort": "random"}])
def test_unknown_facets_and_orders_are_refused_with_the_known_ones(
    index: SearchIndex, options: dict[str, object]
) -> None:
    with pytest.raises(ValueError, match="known: "):
        index.search("x", **options)  # type: ignore[arg-type]


HOSTILE = [
    '"',
    '""',
    "'",
    "*",
    "names:x",
    "{names}:x",
    "a OR b",
    "NEAR(a b, 2)",
    "a AND NOT b",
    "^a",
    "(",
    ")",
    "a + b",
    "-",
    "\\",
    "\x00",
    "a\x00b",
    "| | |",
    "=0",
    "_",
    "wen_yuan",
    "\ud800",
    "%",
    "'; DROP TABLE thing; --",
    "zz" * 500,
    "字" * 5000,
    "1" * 5000,
    '"' * 999,
    "a " * 3000,
    "xi'an " * 100,
    "\U000e0001",
    "\ufdfa" * 50,
]


@given(st.text(max_size=40) | st.text(alphabet='"*^:(){}+-_|=OR ANDNEAR甲xi\x00', max_size=40))
@example("\ud800")
def test_no_query_reaches_the_syntax_of_the_index(query: str) -> None:
    index = _SMALL

    assert index.search(query).total >= 0
    assert index.complete(query) is not None
    assert index.suggest(query) is not None


@pytest.mark.parametrize("query", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_queries_are_answered(index: SearchIndex, query: str) -> None:
    index.search(query)
    index.search("", filters={"subject": [query], "year": [query]})
    index.complete(query, kind=query)
    index.suggest(query)

    assert index.search("").total == len(ENTRIES)


_SMALL = SearchIndex.in_memory()
_SMALL.apply(1, (), ENTRIES[:3])


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("Econimics", "Economics"),
        ("Samulson", "Samuelson, Paul A."),
        ("intorductory analysis", "Economics : an introductory analysis"),
        ("文渊阁四车全书", "文淵閣四庫全書"),
        ("红楼楚", "红楼梦 第一册"),
        ("增国凡", "曾国藩"),
    ],
)
def test_what_is_mistyped_gets_a_suggestion(index: SearchIndex, typed: str, meant: str) -> None:
    assert meant in [made.text for made in index.suggest(typed)]


def test_what_is_like_nothing_gets_none(index: SearchIndex) -> None:
    assert index.suggest("qqqqqqqq") == []
    assert index.suggest("") == []


def test_an_index_survives_closing_and_keeps_its_number(tmp_path: Path) -> None:
    with SearchIndex.open(tmp_path / "search.sqlite") as index:
        index.apply(7, (), ENTRIES)

    with SearchIndex.open(tmp_path / "search.sqlite") as index:
        assert index.applied == 7
        assert found(index, "四库") == ["work/siku"]


def test_an_index_of_another_version_is_emptied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with SearchIndex.open(tmp_path / "search.sqlite") as index:
        index.apply(7, (), ENTRIES)

    monkeypatch.setattr("kg.search._LAYOUT", 10_000)
    with SearchIndex.open(tmp_path / "search.sqlite") as index:
        assert (index.applied, index.search("").total) == (0, 0)


def test_a_file_that_is_no_index_is_named_with_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "search.sqlite").write_bytes(b"no database" * 100)

    with pytest.raises(StoreError, match="search index") as caught:
        SearchIndex.open(tmp_path / "search.sqlite")
    assert caught.value.hint


def test_readers_in_other_threads_see_what_was_applied(tmp_path: Path) -> None:
    totals: list[int] = []
    with SearchIndex.open(tmp_path / "search.sqlite") as index:
        index.apply(1, (), ENTRIES)
        reader = threading.Thread(target=lambda: totals.append(index.search("四库").total))
        reader.start()
        reader.join()

    assert totals == [1]


def test_a_failing_apply_changes_nothing(index: SearchIndex) -> None:
    def broken() -> object:
        yield work("new", ("新书", "zh"))
        raise RuntimeError("the source gave up")

    with pytest.raises(RuntimeError):
        index.apply(2, (), broken())  # type: ignore[arg-type]

    assert (index.applied, index.search("新书").total) == (1, 0)
