"""Code lists: whatever a record writes for a language, a country or a role finds the same entry."""

import csv
from importlib.resources import files

import pytest

from ontology import codes
from ontology.errors import UnknownName

LISTS = tuple(codes.SPACES)


@pytest.mark.parametrize(
    ("written", "tag", "code"),
    [
        ("chi", "zh", "chi"),
        ("zho", "zh", "chi"),
        ("zh", "zh", "chi"),
        ("zh-Hans-CN", "zh", "chi"),
        ("zh_TW", "zh", "chi"),
        ("CHI", "zh", "chi"),
        ("中文", "zh", "chi"),
        ("汉语", "zh", "chi"),
        ("Chinese", "zh", "chi"),
        ("lzh", "zh", "chi"),
        ("eng", "en", "eng"),
        ("英文", "en", "eng"),
        ("jap", "ja", "jpn"),
        ("日文", "ja", "jpn"),
        ("scr", "hr", "hrv"),
        ("fr", "fr", "fre"),
        ("Greek", "el", "gre"),
        ("http://id.loc.gov/vocabulary/languages/tib", "bo", "tib"),
        ("und", "", "und"),
        ("mul", "", "mul"),
    ],
)
def test_a_language_is_known_by_every_way_to_write_it(written, tag, code):
    assert codes.language(written) == tag
    assert codes.language_iri(written) == f"http://id.loc.gov/vocabulary/languages/{code}"


@pytest.mark.parametrize("written", ["", "xx", "Klingonese", "|||", "   "])
def test_what_is_no_language_has_no_tag_and_no_iri(written):
    assert (codes.language(written), codes.language_iri(written)) == ("", "")


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("aut", "aut"),
        ("070", "aut"),
        ("http://id.loc.gov/vocabulary/relators/ill", "ill"),
        ("Author.", "aut"),
        ("著", "aut"),
        ("[等著]", "aut"),
        ("编著", "aut"),
        ("主編", "edt"),
        ("编", "edt"),
        ("译", "trl"),
        ("等译", "trl"),
        ("英译", "trl"),
        ("校", "crr"),
        ("點校", "crr"),
        ("注", "ann"),
        ("箋注", "ann"),
        ("绘", "ill"),
        ("著、译", "aut"),
        ("edited by", "edt"),
        ("ed. and tr.", "edt"),
        ("jt. ed.", "edt"),
        ("illus.", "ill"),
        ("Translator,", "trl"),
        ("ProjectLeader", "pdr"),
    ],
)
def test_a_role_is_known_by_code_and_by_word(written, code):
    assert codes.relator(written) == f"http://id.loc.gov/vocabulary/relators/{code}"


@pytest.mark.parametrize("written", ["", "等", "捐书", "xyz", "999", "[]"])
def test_what_is_no_role_has_no_iri(written):
    assert codes.relator(written) == ""


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("cc", "cc"),
        ("CN", "cc"),
        ("中国", "cc"),
        ("HK", "hk"),
        ("enk", "enk"),
        ("United States", "xxu"),
        ("Guernsey", "gg"),
    ],
)
def test_a_country_is_known_by_marc_code_iso_code_and_name(written, code):
    assert codes.lookup("countries", written) == f"http://id.loc.gov/vocabulary/countries/{code}"


def test_a_small_cn_was_canada_and_is_not_taken_for_china():
    assert codes.lookup("countries", "cn") == ""


@pytest.mark.parametrize(
    ("notation", "expected"),
    [
        ("F124.3", ["F", "F1"]),
        ("F49", ["F", "F49"]),
        ("TP391.1", ["T", "TP"]),
        ("D751.2", ["D", "D73/77"]),
        ("D72", ["D"]),
        ("I207.411", ["I", "I2"]),
        ("[C7]", ["C", "[C7]"]),
        ("中文", []),
        ("", []),
    ],
)
def test_a_class_number_rolls_up_to_the_two_top_levels(notation, expected):
    assert [found.code for found in codes.classes(notation)] == expected


@pytest.mark.parametrize("name", LISTS)
def test_every_entry_has_a_label_in_chinese_and_in_english(name):
    lacking = [code.code for code in codes.table(name).values() if not (code.en.strip() and code.zh.strip())]

    assert codes.table(name)
    assert lacking == []


@pytest.mark.parametrize("name", [name for name in LISTS if codes.SPACES[name]])
def test_every_entry_is_found_by_its_own_code_and_iri(name):
    lost = [
        code.code
        for code in codes.table(name).values()
        if codes.lookup(name, code.code) != code.iri or codes.lookup(name, code.iri) != code.iri
    ]

    assert lost == []


@pytest.mark.parametrize("name", [*LISTS, "roles"])
def test_a_table_has_one_row_for_each_code(name):
    text = files("ontology").joinpath("lists", f"{name}.tsv").read_text(encoding="utf-8")
    firsts = [row[0] for row in csv.reader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)]

    assert len(firsts) == len(set(firsts))


def test_every_role_word_leads_to_a_relator():
    rows = files("ontology").joinpath("lists", "roles.tsv").read_text(encoding="utf-8").splitlines()[1:]
    words = dict(row.split("\t") for row in rows)

    assert {word: code for word, code in words.items() if not codes.relator(word).endswith(f"/{code}")} == {}


def test_a_codes_iri_has_a_name_in_the_readers_language():
    iri = codes.language_iri("chi")

    assert (codes.label(iri, "zh-Hans"), codes.label(iri, "en")) == ("中文", "Chinese")
    assert codes.label("http://example.org/x", "en") == ""


def test_an_unknown_list_names_the_known_ones():
    with pytest.raises(UnknownName, match="languages, countries, relators"):
        codes.lookup("planets", "mars")
