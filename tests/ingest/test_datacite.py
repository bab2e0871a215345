"""DataCite metadata, JSON and XML, from kernel 2.2 on."""

from collections.abc import Callable

import orjson

from ingest.model import Record, Rejected, Source
from ingest.sources.datacite import DataCite
from ingest.sources.datacite_xml import DataCiteXml

Every = Callable[[Source, bytes], list[Record | Rejected]]
Content = Callable[[str], bytes]
Says = Callable[[Record], list[str]]


def one(found: list[Record | Rejected]) -> Record:
    (record,) = found
    assert isinstance(record, Record), record
    return record


def missing(lines: list[str], *wanted: str) -> list[str]:
    return [end for end in wanted if not any(line.endswith(end) for line in lines)]


def test_kernel_4_6_says_all_it_knows(demo: Content, every: Every, statements: Says) -> None:
    record = one(every(DataCiteXml(), demo("articles/datacite-full.xml")))

    assert record.key == "10.82433/b09z-4k37"
    assert missing(
        statements(record),
        '<wy:title> "Example Title"@en',
        '<wy:subtitle> "Example Subtitle"@en',
        '<wy:altTitle> "Example TranslatedTitle"@fr',
        "<wy:creator> <person/orcid-0000-0001-5727-2427>",
        "<wy:creator> <organization/ror-04wxnsj81>",
        "<wy:role> <http://id.loc.gov/vocabulary/relators/trl>",
        '<wy:issued> "2023-01-01"',
        "<wy:rights> <https://creativecommons.org/licenses/by/4.0/>",
        '<wy:name> "Vancouver, British Columbia, Canada"',
        '<wy:extent> "1 MB"',
    ) == []  # fmt: skip
    assert any("<wy:translationOf>" in line for line in statements(record))


def test_kernel_2_2_is_read_too(scholarly: Content, every: Every, statements: Says) -> None:
    record = one(every(DataCiteXml(), scholarly("datacite-2.2.xml.gz")))

    assert missing(
        statements(record),
        '<wy:name> "つまらないものですが"@ja',
        "<wy:language> <http://id.loc.gov/vocabulary/languages/ger>",
        '<wy:issued> "2010"',
    ) == []  # fmt: skip


def test_json_gives_the_same_fields_as_xml(scholarly: Content, every: Every, statements: Says) -> None:
    record = one(every(DataCite(), scholarly("datacite.json")))

    assert record.key == "10.5438/4k3m-nyvg"
    assert missing(
        statements(record),
        "<wy:creator> <person/orcid-0000-0003-1419-2405>",
        '<wy:name> "DataCite"',
        '<wy:keyword> "metadata"',
        '<wy:note> "BlogPosting"',
    ) == []  # fmt: skip
    assert sum("<wy:cites>" in line for line in statements(record)) == 2


def test_answers_of_the_api_are_unpacked(scholarly: Content, every: Every) -> None:
    attributes = orjson.loads(scholarly("datacite.json"))
    single = {"data": {"id": "10.5438/4k3m-nyvg", "type": "dois", "attributes": attributes}}
    many = {"data": [single["data"], single["data"]], "meta": {"total": 2}}

    assert [each.key for each in every(DataCite(), orjson.dumps(single))] == ["10.5438/4k3m-nyvg"]
    assert [each.key for each in every(DataCite(), orjson.dumps(many))] == ["10.5438/4k3m-nyvg"] * 2


def test_oai_pmh_envelopes_are_seen_through(demo: Content, every: Every) -> None:
    resource = demo("articles/datacite-full.xml").partition(b"?>")[2]
    answer = (
        b'<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><ListRecords><record><header/><metadata>'
        b"<payload>" + resource + b"</payload></metadata></record></ListRecords></OAI-PMH>"
    )

    assert one(every(DataCiteXml(), answer)).key == "10.82433/b09z-4k37"


def test_a_record_without_title_or_doi_is_rejected(every: Every) -> None:
    found = every(
        DataCiteXml(), b'<r xmlns="http://datacite.org/schema/kernel-4"><resource><titles/></resource></r>'
    )

    assert isinstance(found[0], Rejected)
    assert "no identifier or no title" in found[0].reason
    assert isinstance(every(DataCite(), b'{"creators": []}')[0], Rejected)
