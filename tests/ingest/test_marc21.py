"""MARC 21 mapped, where no single rule shows it: scripts, holdings, keys across catalogues, real files."""

from collections import Counter
from collections.abc import Callable

import pytest

from ingest import examples, mapping
from ingest.model import Record, Rejected, Source
from ingest.sources.iso2709 import Iso2709
from ingest.sources.marcxml import MarcXml
from kg.terms import Triple
from ontology.validate import bundled_validator
from tests.ingest.conftest import BASE, said

Every = Callable[[Source, bytes], list[Record | Rejected]]
Data = Callable[[str], bytes]

CHINESE = "008 040507s2004    cc a     b    000 0 chi d"


def lines(*fields: str) -> list[str]:
    """What the MARC 21 mapping says of a record with these fields."""
    return said(examples.record(fields, "marc21"))


def values(statements: list[str], predicate: str) -> list[str]:
    return [line.split(" ", 2)[2] for line in statements if line.split(" ", 2)[1] == f"<{predicate}>"]


def records(found: list[Record | Rejected]) -> list[Record]:
    return [record for record in found if isinstance(record, Record)]


def work_of(record: Record) -> str:
    [work] = values(said(record), "wy:instanceOf")
    return work


def test_a_name_in_two_scripts_is_one_person_with_two_names_and_one_contribution() -> None:
    found = lines(
        CHINESE, "100 1_ $6 880-01 $a Zhou, Zhenfu, $d 1911-2000.", "245 10 $6 880-02 $a Wen xin diao long",
        "880 1_ $6 100-01/$1 $a 周振甫, $d 1911-2000.", "880 10 $6 245-02/$1 $a 文心雕龙",
    )  # fmt: skip

    assert sorted(values(found, "wy:name")) == ['"Zhou, Zhenfu"@zh-latn', '"周振甫"@zh']
    assert len(values(found, "wy:contribution")) == 1
    assert sorted(values(found, "wy:script")) == ['"Hani"', '"Latn"']
    assert len(values(found, "wy:nameForm")) == 2


def test_pairs_go_by_occurrence_number_and_tag_whatever_the_indicators_and_the_order() -> None:
    found = lines(
        "880 0_ $6 700-03/$1 $a 李强", "100 1_ $a Smith, John.", "700 1_ $6 880-03 $a Li, Qiang",
        "880 1_ $6 245-04/$1 $a 题名", "245 10 $6 880-04 $a Ti ming",
    )  # fmt: skip

    assert set(values(found, "wy:name")) == {'"Smith, John"', '"Li, Qiang"@zh-latn', '"李强"@zh'}
    assert set(values(found, "wy:title")) == {'"Ti ming"@zh-latn', '"题名"@zh'}


def test_a_field_that_is_only_in_another_script_is_that_field() -> None:
    found = lines(CHINESE, "245 00 $a Ti ming", "880 _0 $6 650-00/$1 $a 目錄學")

    assert '"目錄學"@zh' in values(found, "skos:prefLabel")


def test_a_series_in_two_scripts_is_one_series() -> None:
    found = lines(
        CHINESE,
        "245 00 $a T",
        "490 0_ $6 880-05 $a Zhongguo cong shu ; $v 3",
        "880 0_ $6 490-05/$1 $a 中国丛书 ; $v 3",
    )

    assert len(values(found, "wy:inSeries")) == 1
    assert len({line.split(" ")[0] for line in found if "<rdf:type> <wy:Collection>" in line}) == 1
    assert set(values(found, "wy:name")) == {'"Zhongguo cong shu"@zh-latn', '"中国丛书"@zh'}


def test_a_note_in_two_scripts_is_two_notes_in_their_languages() -> None:
    found = lines(
        "008 030202s1901    ja            000 0 jpn d", "040 __ $a PUL $b eng", "245 00 $a Okina mondō",
        "500 __ $6 880-03 $a Keian nenkan kankōbon.", "880 __ $6 500-03/$1 $a 慶安年間刊行本.",
    )  # fmt: skip

    assert values(found, "wy:note") == ['"Keian nenkan kankōbon."@en', '"慶安年間刊行本."@ja']


def test_a_name_in_cyrillic_is_told_by_its_script() -> None:
    found = lines("245 00 $a T", "700 1_ $6 880-01 $a Tolstoĭ, Lev", "880 1_ $6 700-01/(N $a Толстой, Лев")

    assert sorted(values(found, "wy:script")) == ['"Cyrl"', '"Latn"']


def test_copies_take_call_number_from_852_and_barcode_from_876() -> None:
    found = lines(
        "245 00 $a T", "852 01 $b firestone $c nec $h NK2808 $i .H17q $8 227", "866 _0 $a Vol. 1-17 $8 227",
        "876 __ $0 227 $3 issue 117 $p 32101044801387 $t 1",
        "876 __ $0 227 $3 issue 99 $p 32101037117973 $t 2",
    )  # fmt: skip

    assert sorted(values(found, "wy:barcode")) == ['"32101037117973"', '"32101044801387"']
    assert values(found, "wy:callNumber") == ['"NK2808 .H17q"'] * 2
    assert sorted(values(found, "wy:note")) == ['"Vol. 1-17 issue 117"', '"Vol. 1-17 issue 99"']


def test_an_article_before_the_title_is_no_part_of_the_key() -> None:
    one, other = (examples.record((field,), "marc21") for field in ("245 14 $a The dance", "245 00 $a Dance"))

    assert work_of(one) == work_of(other)


def test_a_translation_is_not_taken_for_its_original() -> None:
    original = examples.record(("100 1_ $a Orwell, George", "245 10 $a 1984"), "marc21")
    translation = examples.record(
        ("041 1_ $a fre $h eng", "100 1_ $a Orwell, George", "245 10 $a 1984"), "marc21"
    )

    assert work_of(original) != work_of(translation)


def test_works_without_creator_and_of_one_title_are_told_apart_by_their_publisher() -> None:
    one, other = (
        examples.record(
            ("245 00 $a Annual report.", f"260 __ $a London : $b {publisher}, $c 1999."), "marc21"
        )
        for publisher in ("Bank of England", "British Library")
    )

    assert work_of(one) != work_of(other)


def test_the_same_book_in_two_catalogues_is_one_work(demo: Data, every: Every) -> None:
    works: dict[str, Counter[str]] = {}
    for catalogue in ("loc", "slsp", "dnb"):
        for record in records(every(MarcXml(), demo(f"marc21/samuelson-{catalogue}.xml.gz"))):
            works.setdefault(work_of(record), Counter())[catalogue] += 1

    assert {"loc": 2, "slsp": 1} in [dict(found) for found in works.values()]


def test_a_chinese_book_romanised_here_and_in_cnmarc_there_is_one_work() -> None:
    marc21 = examples.record(
        (CHINESE, "100 1_ $6 880-01 $a Zhou, Zhenfu.", "245 10 $6 880-02 $a Wen xin diao long jin yi",
         "880 1_ $6 100-01/$1 $a 周振甫.", "880 10 $6 245-02/$1 $a 文心雕龍今譯 / $c 周振甫著."), "marc21"
    )  # fmt: skip
    cnmarc = examples.record(
        ("101 0_ $a chi", "200 1_ $a 文心雕龙今译 $f 周振甫著", "701 _0 $a 周振甫 $A Zhou Zhenfu $4 著"),
        "unimarc",
    )

    assert work_of(marc21) == work_of(cnmarc)


def test_another_edition_of_the_same_work_is_not_related_to_itself() -> None:
    found = lines(
        "100 1_ $a Orwell, George", "245 10 $a 1984", "776 08 $i Online version: $a Orwell, George $t 1984"
    )

    assert values(found, "wy:relation") == []


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("gwu.xml.gz", MarcXml()), ("princeton.xml.gz", MarcXml()), ("loc.xml.gz", MarcXml()),
        ("princeton-more.xml.gz", MarcXml()), ("uva.mrc.gz", Iso2709()), ("folio.mrc.gz", Iso2709()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)  # fmt: skip
def test_real_records_are_mapped_without_a_violation(
    demo: Data, every: Every, name: str, source: Source
) -> None:
    validator = bundled_validator()

    for record in records(every(source, demo(f"marc21/{name}"))):
        triples = described(record)
        assert [found.en for found in validator.check(triples) if found.severity == "violation"] == []
        assert len(triples) >= 20


def described(record: Record) -> list[Triple]:
    return mapping.bundled(record.layout).describe(record, base=BASE, source="test")


def test_every_880_of_real_records_is_used(demo: Data, every: Every) -> None:
    for record in records(every(MarcXml(), demo("marc21/princeton.xml.gz"))):
        names = {line.split(" ", 2)[2] for line in said(record)}
        for field in record.fields:
            linked = field.first("6")[:3] if field.name == "880" and not field.first("t") else ""
            if linked in ("100", "245", "700", "490", "830"):
                wanted = field.first("a").strip(" ,./:;=")[:6]
                assert any(wanted in name for name in names), (record.key, field)


def test_mapping_is_the_same_at_every_run(demo: Data, every: Every) -> None:
    first, second = (
        [described(record) for record in records(every(Iso2709(), demo("marc21/folio.mrc.gz")))]
        for _ in range(2)
    )

    assert first == second
