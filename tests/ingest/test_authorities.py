"""Authority records: LCSH as concepts, names as people, bodies and places, and their meeting with books."""

from collections import Counter
from collections.abc import Callable

import pytest

from ingest import examples, mapping
from ingest.model import Record, Rejected, Source
from ingest.sources.iso2709 import Iso2709
from ontology.validate import bundled_validator
from tests.ingest.conftest import BASE, said

Every = Callable[[Source, bytes], list[Record | Rejected]]
Data = Callable[[str], bytes]

TOPIC = "008 090921i| anannbabn          |a ana     c"


def lines(*fields: str, layout: str = "marc21-authority") -> list[str]:
    return said(examples.record(fields, layout))


def values(statements: list[str], predicate: str) -> list[str]:
    return [line.split(" ", 2)[2] for line in statements if line.split(" ", 2)[1] == f"<{predicate}>"]


def described(statements: list[str]) -> str:
    [thing] = values(statements, "wy:describes")
    return thing


def test_lcsh_is_concepts_with_labels_and_hierarchy(demo: Data, every: Every) -> None:
    found = every(Iso2709(), demo("authorities/lcsh.mrc.gz"))
    counts: Counter[str] = Counter()
    validator = bundled_validator()

    for record in found:
        assert isinstance(record, Record), record
        assert record.layout == "marc21-authority"
        statements = said(record)
        counts.update(predicate for line in statements if (predicate := line.split(" ", 2)[1]))
        triples = mapping.bundled(record.layout).describe(record, base=BASE, source="test")
        assert [finding.en for finding in validator.check(triples) if finding.severity == "violation"] == []

    assert counts["<wy:describes>"] == len(found)
    assert counts["<skos:altLabel>"] > len(found) / 3
    assert counts["<skos:broader>"] > len(found) / 10
    assert counts["<skos:exactMatch>"] + counts["<wy:exactMatch>"] == len(found)


def test_the_heading_of_a_book_and_its_authority_record_are_one_concept() -> None:
    authority = lines(TOPIC, "150 __ $a Dance $x History $y 20th century")
    book = lines("245 00 $a T", "650 _0 $a Dance $x History $y 20th century.", layout="marc21")

    assert described(authority) in values(book, "wy:subject")


def test_a_person_in_a_book_and_the_authority_record_are_one_person() -> None:
    authority = lines("100 1_ $a Samuelson, Paul A. $q (Paul Anthony), $d 1915-2009")
    book = lines(
        "100 1_ $a Samuelson, Paul A. $q (Paul Anthony), $d 1915-2009.",
        "245 10 $a Economics",
        layout="marc21",
    )

    assert described(authority).startswith("<person/")
    assert values(book, "wy:creator") == [described(authority)]


def test_a_name_with_a_subdivision_is_a_concept() -> None:
    found = lines(TOPIC, "100 1_ $a Lu, Xun, $d 1881-1936 $x Criticism and interpretation")

    assert described(found).startswith("<concept/lcsh-")
    assert values(found, "wy:name") == []


def test_broader_narrower_and_related_headings_go_by_w() -> None:
    found = lines(
        TOPIC, "150 __ $a Kites", "550 __ $w g $a Toys", "550 __ $w h $a Box kites", "550 __ $a Gliders",
        "550 __ $w nne $a Flying toys",
    )  # fmt: skip

    assert [len(values(found, f"skos:{name}")) for name in ("broader", "narrower", "related")] == [1, 1, 2]


def test_notes_of_the_scope_are_kept_with_their_language() -> None:
    found = lines(TOPIC, "040 __ $a DLC $b eng", "150 __ $a Kites", "680 __ $i Works on $a toy aircraft.")

    assert values(found, "skos:scopeNote") == ['"Works on toy aircraft."@en']


def test_an_exact_date_of_birth_goes_before_the_year_in_the_heading() -> None:
    found = lines("046 __ $f 1881-09-25", "100 1_ $a Lu, Xun, $d 1881-1936")

    assert (values(found, "wy:birth"), values(found, "wy:death")) == (['"1881-09-25"'], ['"1936"'])


@pytest.mark.parametrize(
    ("field", "kind"),
    [("200 _0 $a 鲁迅", "person"), ("210 02 $a 国家图书馆", "organization"), ("215 __ $a 济南", "place"),
     ("250 __ $a 风筝", "concept"), ("200 _0 $a 鲁迅 $x 研究", "concept")],
)  # fmt: skip
def test_a_unimarc_authority_is_of_the_kind_of_its_heading(field: str, kind: str) -> None:
    assert described(lines(field, layout="unimarc-authority")).startswith(f"<{kind}/")


def test_a_chinese_person_has_pinyin_and_other_names() -> None:
    found = lines(
        "200 _0 $a 鲁迅 $A lu xun $f 1881-1936",
        "400 _0 $a 周树人 $A zhou shu ren",
        layout="unimarc-authority",
    )

    assert set(values(found, "wy:name")) == {'"鲁迅"@zh', '"lu xun"@zh-latn-pinyin'}
    assert set(values(found, "wy:altName")) == {'"周树人"@zh', '"zhou shu ren"@zh-latn-pinyin'}


@pytest.mark.parametrize(
    ("fields", "layout"),
    [
        (("leader 00452nz  a2200145n  4500", "150 __ $a Kites"), "marc21-authority"),
        (
            ("leader 00452nx  a2200145n  4500", "100 __ $a 20021119achiy0110    ea", "250 __ $a 风筝"),
            "unimarc-authority",
        ),
        (("leader 00452nx  a2200145n  4500", "004 u1", "852 __ $a DLC"), "marc21-holdings"),
        (("leader 00452nam a2200145n  4500", "200 1_ $a 题名"), "unimarc"),
        (("leader 00452nam a2200145n  4500", "100 1_ $a Li, Qiang", "245 10 $a Title"), "marc21"),
        (
            ("leader      nkc  22     3n 450 ", "100 __ $a 20502n  u        u  y0frey50", "200 1_ $a R"),
            "unimarc",
        ),
    ],
)
def test_the_layout_is_told_by_leader_and_fields(fields: tuple[str, ...], layout: str) -> None:
    from ingest import marc

    assert marc.layout(examples.record(fields, "marc21").fields) == layout
