"""The CNMARC mapping against the MODS and Dublin Core that the same library gives of the same six records."""

from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from ingest.model import Record
from ingest.rules.identifiers import isbn
from ingest.sources.marcxml import MarcXml
from kg.terms import literal
from ontology import codes
from tests.ingest.conftest import DEMO, all_of, content, said

DATA = Path(__file__).parent.parent / "data" / "marc"
RECORDS = [
    record for record in all_of(MarcXml(), content(DEMO / "cnmarc" / "bnu.xml")) if isinstance(record, Record)
]
WORDS = {"young adult": "adolescent", "adult, serious": "specialized"}
"""Audiences of UNIMARC as MODS calls them."""


def described(name: str, kind: str) -> list[etree._Element]:
    return list(etree.fromstring(content(DATA / name)).iter(f"{{*}}{kind}"))


MODS = described("bnu-mods.xml.gz", "mods")
DC = described("bnu-dc.xml.gz", "dc")


def texts(element: etree._Element, path: str) -> list[str]:
    found = element.iterfind("/".join(f"{{*}}{step}" for step in path.split("/")))
    return [" ".join((each.text or "").split()) for each in found]


def values(record: Record, kind: str, name: str) -> set[str]:
    """The literals (without language) or the IRIs that things of *kind* have for a property."""
    return {
        literal(value)[0] if value.startswith('"') else value.strip("<>")
        for subject, predicate, value in (line.split(" ", 2) for line in said(record))
        if subject.startswith(f"<{kind}/") and "#" not in subject and predicate == f"<{name}>"
    }


pairs = pytest.mark.parametrize(
    ("record", "mods", "dc"),
    list(zip(RECORDS, MODS, DC, strict=True)),
    ids=[record.key for record in RECORDS],
)


@pairs
def test_titles_agree(record: Record, mods: etree._Element, dc: etree._Element) -> None:
    titles = values(record, "work", "wy:title")
    subtitles = values(record, "work", "wy:subtitle")

    assert set(texts(mods, "titleInfo/title")) <= titles
    assert set(texts(mods, "titleInfo/subTitle")) <= subtitles
    # Their Dublin Core adds subtitle and designation to the title.
    assert any(texts(dc, "title")[0].startswith(title) for title in titles)


@pairs
def test_people_and_their_roles_agree(record: Record, mods: etree._Element, dc: etree._Element) -> None:
    names = values(record, "person", "wy:name")
    roles = {line.split(" ", 2)[2].strip("<>") for line in said(record) if "<wy:role>" in line}

    assert set(texts(mods, "name/namePart")) <= names
    assert {codes.relator(role) for role in texts(mods, "name/role/roleTerm")} <= roles
    assert {contributor.split()[0] for contributor in texts(dc, "contributor")} <= names


@pairs
def test_publication_agrees(record: Record, mods: etree._Element, dc: etree._Element) -> None:
    places, publishers = (
        values(record, "instance", "wy:placeOfPublication"),
        values(record, "organization", "wy:name"),
    )

    assert values(record, "instance", "wy:issued") == set(texts(mods, "originInfo/dateIssued")) - {"####"}
    assert set(texts(mods, "originInfo/place/placeTerm")) == places
    assert set(texts(mods, "originInfo/publisher")) <= publishers
    assert set(texts(dc, "publisher")) <= places | publishers
    assert set(texts(dc, "date")) - {"####"} == values(record, "instance", "wy:issued")


@pairs
def test_identifiers_agree(record: Record, mods: etree._Element, dc: etree._Element) -> None:
    numbers = values(record, "instance", "wy:isbn13")
    others = {literal(line.split(" ", 2)[2])[0] for line in said(record) if "<wy:value>" in line}

    assert {isbn(number) for number in texts(mods, "identifier")} == numbers
    given = {identifier.partition(")")[2] or identifier for identifier in texts(dc, "identifier")}
    known = numbers | others | {record.key, f"alma:86BNU_INST/bibs/{record.key}"}
    assert {isbn(number) or number for number in given} <= known | {isbn(number) for number in known}


@pairs
def test_language_extent_and_responsibility_agree(
    record: Record, mods: etree._Element, dc: etree._Element
) -> None:
    [language] = values(record, "work", "wy:language")
    extents = values(record, "instance", "wy:extent") | values(record, "instance", "wy:dimensions")

    assert texts(mods, "language/languageTerm") == [language.rpartition("/")[2]] == texts(dc, "language")
    assert sorted(" ".join(extents).replace(" :", "").split()) == sorted(
        " ".join(texts(mods, "physicalDescription/extent")).split()
    )
    assert values(record, "instance", "wy:responsibility") == set(texts(mods, "note"))


@pairs
def test_kind_and_audience_agree(record: Record, mods: etree._Element, dc: etree._Element) -> None:
    [kind] = values(record, "work", "wy:workType")
    audiences = {WORDS.get(word, word) for word in values(record, "work", "wy:audience")}

    assert kind.endswith("/type/book")
    assert texts(mods, "typeOfResource") == texts(dc, "type") == ["text"]
    # Theirs is the first of up to three; "f" is no code of UNIMARC, the codes after it are.
    assert set(texts(mods, "targetAudience")) <= audiences


@pairs
def test_the_record_itself_agrees(record: Record, mods: etree._Element, dc: etree._Element) -> None:
    assert texts(mods, "recordInfo/recordIdentifier") == [record.key]
    stamps = [line.rpartition(" ")[2] for line in said(record) if "<wy:sourceDatestamp>" in line]
    assert stamps == [f'"{stamp}"' for stamp in texts(mods, "recordInfo/recordChangeDate")]
    assert record.key in texts(dc, "identifier")


def one(lines: list[str]) -> str:
    [line] = lines
    return line


def test_the_same_book_described_twice_is_one_work(statements: Callable[..., list[str]]) -> None:
    by_key = {record.key: record for record in RECORDS}
    printed, online = by_key["990001379280203961"], by_key["9910637057203961"]

    works = [
        one(
            [
                line
                for line in statements(record)
                if line.startswith("<work/") and "<rdf:type> <wy:Work>" in line
            ]
        )
        for record in (printed, online)
    ]

    assert works[0] == works[1]
