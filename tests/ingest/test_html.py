"""Web pages and JSON-LD: what they say of themselves."""

from collections.abc import Callable

import orjson

from ingest.model import Record, Rejected, Source
from ingest.sources.html import Html
from ingest.sources.schema_org import SchemaOrg

Every = Callable[[Source, bytes], list[Record | Rejected]]
Content = Callable[[str], bytes]
Says = Callable[[Record], list[str]]

PAGE = """<?xml version="1.0" encoding="gb2312"?><!DOCTYPE html><html lang="zh-CN"><head>
<meta http-equiv="Content-Type" content="text/html; charset=gb2312"><title>智慧图书馆研究 - 中国知网</title>
<meta name="citation_title" content="智慧图书馆研究"><meta name="citation_author" content="王 伟">
<meta name="citation_author" content="李娜"><meta name="citation_journal_title" content="图书情报工作">
<meta name="citation_issn" content="0252-3116"><meta name="citation_doi" content="10.1000/182">
<meta name="citation_firstpage" content="1"><meta name="citation_lastpage" content="9">
<meta name="DC.Title" content="not this"><meta name="DC.Date" content="2020-01-02">
<meta property="og:description" content="本文探讨。"></head><body>
<script type="application/ld+json">{"@type": "ScholarlyArticle", "keywords": ["知识图谱"],
 "license": {"@id": "https://creativecommons.org/licenses/by/4.0/"}}</script>
<script type="application/ld+json">{broken</script>"""


def missing(lines: list[str], *wanted: str) -> list[str]:
    return [end for end in wanted if not any(line.endswith(end) for line in lines)]


def test_each_thing_is_taken_from_the_best_who_says_it(every: Every, statements: Says) -> None:
    (record,) = every(Html(), PAGE.encode("gbk"))

    assert isinstance(record, Record)
    assert (record.key, record.encoding) == ("10.1000/182", "gb18030")
    lines = statements(record)
    assert missing(
        lines,
        '<wy:title> "智慧图书馆研究"@zh',
        '<wy:name> "王伟"@zh',
        "<wy:partOf> <collection/issn-0252-3116>",
        '<wy:pages> "1-9"',
        '<wy:issued> "2020-01-02"',
        '<wy:keyword> "知识图谱"@zh',
        "<wy:rights> <https://creativecommons.org/licenses/by/4.0/>",
        '<wy:abstract> "本文探讨。"@zh',
        "<wy:workType> <https://w3id.org/wenyuan/type/article>",
    ) == []  # fmt: skip
    assert not any("not this" in line for line in lines)


def test_a_plain_page_has_its_title_language_and_address(every: Every, statements: Says) -> None:
    page = '<html lang="en"><head><title>Opening hours</title><link rel="canonical" href="https://lib.example/hours"></head>'

    (record,) = every(Html(), page.encode())

    assert isinstance(record, Record)
    assert record.key == "https://lib.example/hours"
    assert (
        missing(
            statements(record), '<wy:title> "Opening hours"@en', "<wy:hasDigital> <https://lib.example/hours>"
        )
        == []
    )


def test_a_page_of_a_hundred_thousand_levels_is_read_by_its_head(every: Every) -> None:
    (record,) = every(Html(), b"<html><head><title>x</title></head><body>" + b"<div>" * 100_000)

    assert isinstance(record, Record)


def test_a_page_of_nothing_but_open_scripts_is_read_without_delay(every: Every) -> None:
    head = b"<html><head><title>x</title></head>"

    for script in (b'<script type="application/ld+json">', b"<script <script"):
        (record,) = every(Html(), head + script * 200_000)
        assert isinstance(record, Record)


def test_pages_that_are_none_are_rejected(every: Every) -> None:
    reasons = [every(Html(), data)[0].reason for data in (b"", b"plain text", b"<p>no title")]  # type: ignore[union-attr]

    assert reasons == ["an empty file", "no web page: no tag in it", "a page without a title"]


def test_a_page_of_more_than_sixteen_megabytes_is_rejected(every: Every) -> None:
    (found,) = every(Html(), b"<html><title>x</title>" + b"x" * 17_000_000)

    assert isinstance(found, Rejected)
    assert len(found.raw.data) < 100_000


def test_json_ld_of_a_repository_is_read(scholarly: Content, every: Every, statements: Says) -> None:
    (record,) = every(SchemaOrg(), scholarly("schema-org.json"))

    assert isinstance(record, Record)
    assert missing(
        statements(record),
        '<wy:title> "Eating your own Dog Food"@en',
        "<wy:creator> <person/orcid-0000-0003-1419-2405>",
        '<wy:name> "DataCite Blog"',
        '<wy:keyword> "metadata"@en',
    ) == []  # fmt: skip
    assert sum("<wy:cites>" in line for line in statements(record)) == 2


def test_prefixed_names_and_graphs_are_understood(every: Every) -> None:
    book = {
        "@type": "schema:Book",
        "schema:name": "红楼梦",
        "schema:author": {"@type": "Person", "schema:name": "曹 雪芹"},
    }

    (record,) = every(
        SchemaOrg(), orjson.dumps({"@context": {"schema": "https://schema.org/"}, "@graph": [book]})
    )

    assert isinstance(record, Record)
    assert [field.first("name") for field in record.fields if field.name == "author"] == ["曹雪芹"]


def test_what_is_no_work_is_rejected(every: Every) -> None:
    (found,) = every(SchemaOrg(), b'{"@context": "https://schema.org", "@type": "Person", "name": "x"}')

    assert isinstance(found, Rejected)
    assert "no work of schema.org, but ['Person']" in found.reason
