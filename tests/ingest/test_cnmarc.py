"""CNMARC and UNIMARC mapped: what no single rule shows, and the same record in every format and encoding."""

from collections.abc import Callable

import pytest

from ingest import examples, mapping
from ingest.model import Record, Rejected, Source
from ingest.sources.iso2709 import Iso2709
from ingest.sources.marcxml import MarcXml
from ontology.validate import bundled_validator
from tests.ingest.conftest import BASE, said

Make = Callable[..., bytes]
Every = Callable[[Source, bytes], list[Record | Rejected]]
Data = Callable[[str], bytes]

CODED = "100 __ $a 20020204d1994    em y0chiy0120    ea"


def lines(*fields: str) -> list[str]:
    """What the UNIMARC mapping says of a record with these fields."""
    return said(examples.record(fields, "unimarc"))


def values(statements: list[str], predicate: str) -> list[str]:
    return [line.split(" ", 2)[2] for line in statements if line.split(" ", 2)[1] == f"<{predicate}>"]


def test_pinyin_beside_a_name_is_a_second_name_of_the_same_person() -> None:
    found = lines("101 0_ $a chi", "200 1_ $a 论衡", "701 _0 $a 王充 $A wang chong $c (汉) $f 27-97 $4 著")

    assert sorted(values(found, "wy:name")) == ['"wang chong"@zh-latn-pinyin', '"王充"@zh']
    assert values(found, "wy:dynasty") == ['"汉"@zh']
    assert (values(found, "wy:birth"), values(found, "wy:death")) == (['"0027"'], ['"0097"'])
    assert values(found, "wy:transliteration") == ['"pinyin"']
    assert len(values(found, "wy:contribution")) == 1


def test_two_works_in_one_200_and_a_parallel_title_are_told_apart() -> None:
    found = lines(
        "101 0_ $a chi",
        "200 1_ $a 花间集 $A hua jian ji $d Among flowers $f (后蜀) 赵崇祚辑 "
        "$c 花间集补 $f (明) 温博辑 $z eng",
    )

    assert set(values(found, "wy:title")) == {'"花间集"@zh', '"hua jian ji"@zh-latn-pinyin'}
    assert set(values(found, "wy:altTitle")) == {'"Among flowers"@en', '"花间集补"@zh'}
    assert values(found, "wy:responsibility") == ['"(后蜀) 赵崇祚辑 ; (明) 温博辑"@zh']


def test_the_parts_of_a_title_have_the_signs_of_isbd() -> None:
    found = lines("101 0_ $a chi", "200 1_ $a 海峡西岸经济区发展报告 $h 2017 $i 基于自贸区背景 $e 综述")

    assert set(values(found, "wy:title")) == {'"海峡西岸经济区发展报告. 2017, 基于自贸区背景"@zh'}
    assert set(values(found, "wy:subtitle")) == {'"综述"@zh'}


@pytest.mark.parametrize(
    ("written", "role"), [("主编", "edt"), ("译", "trl"), ("070", "aut"), ("[等]译", "trl"), ("编著", "com")]
)
def test_roles_are_chinese_words_or_unimarc_codes(written: str, role: str) -> None:
    found = lines("200 1_ $a 题名", f"702 _0 $a 某人 $4 {written}")

    assert values(found, "wy:role") in (
        [f"<http://id.loc.gov/vocabulary/relators/{role}>"],
        ["<http://id.loc.gov/vocabulary/relators/aut>"],
    )


def test_an_embedded_record_gives_title_creator_and_issn_of_what_is_linked() -> None:
    found = lines(
        "101 0_ $a chi", "200 1_ $a 论文",
        "463 _0 $1 001CN0001 $1 2001_ $a 中国图书馆学报 $1 011__ $a 1001-8867",
        "454 _0 $1 2001_ $a Second foundation $1 700_1 $a Asimov $b , Isaac",
    )  # fmt: skip
    original = said(
        examples.record(("200 1_ $a Second foundation", "700 _1 $a Asimov $b Isaac $4 070"), "unimarc")
    )

    assert values(found, "wy:partOf") == ["<collection/issn-1001-8867>"]
    assert values(found, "wy:translationOf") == values(original, "wy:instanceOf")


def test_each_barcode_of_a_905_is_a_copy() -> None:
    found = lines("200 1_ $a 题名", "905 __ $a BNU $b 1683012 $b 1683013 $d F124 $e 26")

    assert sorted(values(found, "wy:barcode")) == ['"1683012"', '"1683013"']
    assert values(found, "wy:callNumber") == ['"F124/26"'] * 2
    assert values(found, "wy:heldBy") == ["<library/BNU>"] * 2


def test_price_unified_book_number_and_classes_are_kept() -> None:
    found = lines(
        "010 __ $a 7-5037-1744-0 $d CNY68.00", "091 __ $a 4005.71", "200 1_ $a 题名", "690 __ $a F124 $v 3",
        "692 __ $a 24.82 $v 3",
    )  # fmt: skip

    assert values(found, "wy:isbn13") == ['"9787503717444"']
    assert values(found, "wy:terms") == ['"CNY68.00"']
    assert '"cn-unified-book-number"' in values(found, "wy:scheme")
    assert values(found, "wy:classification") == ["<concept/clc-F124>", "<concept/lcas-24.82>"]


@pytest.mark.parametrize("encoding", ["utf-8", "gbk", "gb18030"])
def test_a_record_in_iso_2709_says_what_it_says_in_xml(
    demo: Data, make: Make, every: Every, encoding: str
) -> None:
    for record in every(MarcXml(), demo("cnmarc/bnu.xml")):
        assert isinstance(record, Record)
        leader = record.fields[0].parts[0][1]
        fields = [(field.name, written(field, encoding)) for field in record.fields[1:]]
        [again] = every(Iso2709(), make(*fields, leader=leader))

        assert isinstance(again, Record), again
        assert without_encoding(said(again)) == without_encoding(said(record))


def written(field: examples.Field, encoding: str) -> bytes:
    if field.name < "010":
        return field.parts[0][1].encode(encoding)
    parts = "".join(f"\x1f{code}{value}" for code, value in field.parts)
    return f"{field.marks}{parts}".encode(encoding)


def without_encoding(statements: list[str]) -> list[str]:
    return [line for line in statements if "<wy:encoding" not in line]


@pytest.mark.parametrize("name", ["cnmarc/bnu.xml", "unimarc/bnf-peter.xml.gz", "unimarc/bnf-ean.xml.gz"])
def test_real_records_are_mapped_without_a_violation(demo: Data, every: Every, name: str) -> None:
    validator = bundled_validator()

    for record in every(MarcXml(), demo(name)):
        assert isinstance(record, Record)
        triples = mapping.bundled(record.layout).describe(record, base=BASE, source="test")
        assert [found.en for found in validator.check(triples) if found.severity == "violation"] == []


def test_the_unimarc_of_pymarc_which_it_cannot_follow_is_understood(data: Data, every: Every) -> None:
    [record] = every(Iso2709(), data("odd/testunimarc.dat"))

    assert isinstance(record, Record)
    found = said(record)
    assert '"L\'altra faccia della spirale"@it' in values(found, "wy:title")
    assert len(values(found, "wy:inSeries")) == 2
    assert len(values(found, "wy:translationOf")) == 1
    assert len(values(found, "wy:contribution")) == 4
