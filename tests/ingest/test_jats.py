"""JATS full texts: contributors in two scripts, affiliations, abstracts by language, references."""

from collections.abc import Callable

import pytest

from ingest.model import Record, Rejected, Source
from ingest.sources.jats import Jats

Every = Callable[[Source, bytes], list[Record | Rejected]]
Content = Callable[[str], bytes]
Says = Callable[[Record], list[str]]

CHINESE = """<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) Journal Publishing DTD v1.2//EN" "JATS.dtd">
<article xml:lang="zh" article-type="research-article" xmlns:xlink="http://www.w3.org/1999/xlink"><front>
<journal-meta><journal-title-group><journal-title>图书情报工作</journal-title></journal-title-group>
<issn pub-type="ppub">0252-3116</issn><publisher><publisher-name>科学出版社</publisher-name>
<publisher-loc>北京</publisher-loc></publisher></journal-meta>
<article-meta><article-id pub-id-type="doi">10.13266/j.issn.0252-3116.2020.01.001</article-id>
<title-group><article-title>智慧图书馆<xref ref-type="fn" rid="f1">*</xref></article-title>
<trans-title-group xml:lang="en"><trans-title>Smart libraries</trans-title></trans-title-group></title-group>
<contrib-group><contrib contrib-type="author"><name-alternatives>
<name xml:lang="zh" name-style="eastern"><surname>王</surname><given-names>建国</given-names></name>
<name xml:lang="en"><surname>Wang</surname><given-names>Jianguo</given-names></name></name-alternatives>
<xref ref-type="aff" rid="a1 a2"/></contrib>
<contrib contrib-type="author"><collab>智慧图书馆课题组</collab></contrib></contrib-group>
<aff id="a1"><label>1</label>北京大学信息管理系</aff><aff id="a2"><sup>2</sup>国家图书馆</aff>
<pub-date pub-type="ppub"><year>2020</year><month>1</month><day>5</day></pub-date>
<pub-date pub-type="epub"><year>2019</year></pub-date>
<volume>64</volume><issue>1</issue><fpage>1</fpage><lpage>9</lpage>
<permissions><license xlink:href="https://creativecommons.org/licenses/by/4.0/"/></permissions>
<abstract><title>摘要</title><p>目的：探讨&nbsp;<italic>智慧</italic>图书馆。</p></abstract>
<abstract abstract-type="graphical"><p>picture</p></abstract>
<trans-abstract xml:lang="en"><p>On smart libraries.</p></trans-abstract>
<kwd-group xml:lang="zh"><kwd>智慧图书馆</kwd></kwd-group>
<kwd-group xml:lang="en"><kwd>smart library</kwd></kwd-group>
<funding-group><award-group><funding-source>国家社会科学基金</funding-source>
<award-id>19BTQ001</award-id></award-group></funding-group>
</article-meta></front><body><sec><title>1 引言</title><p>x</p></sec><sec><title>2 方法</title></sec></body>
<back><ref-list><ref><element-citation><article-title>Open access</article-title>
<pub-id pub-id-type="doi">10.1000/182</pub-id>
</element-citation></ref><ref><mixed-citation>Borgman 2007</mixed-citation></ref></ref-list></back>
</article>"""


def missing(lines: list[str], *wanted: str) -> list[str]:
    return [end for end in wanted if not any(line.endswith(end) for line in lines)]


def test_a_chinese_article_says_both_its_languages(every: Every, statements: Says) -> None:
    (record,) = every(Jats(), CHINESE.encode())

    assert isinstance(record, Record)
    lines = statements(record)
    assert missing(
        lines,
        '<wy:title> "智慧图书馆"@zh',
        '<wy:altTitle> "Smart libraries"@en',
        '<wy:name> "王建国"@zh',
        '<wy:literalForm> "Wang, Jianguo"@zh-latn',
        '<wy:name> "北京大学信息管理系"@zh',
        '<wy:name> "国家图书馆"@zh',
        '<wy:name> "智慧图书馆课题组"@zh',
        "<wy:partOf> <collection/issn-0252-3116>",
        '<wy:issued> "2019"',
        '<wy:pages> "1-9"',
        '<wy:abstract> "目的：探讨 智慧图书馆。"@zh',
        '<wy:abstract> "On smart libraries."@en',
        '<wy:keyword> "智慧图书馆"@zh',
        '<wy:keyword> "smart library"@en',
        '<wy:grant> "19BTQ001"',
        '<wy:tableOfContents> "1 引言 -- 2 方法"@zh',
        '<wy:reference> "Borgman 2007"',
        '<wy:title> "Open access"',
        "<wy:rights> <https://creativecommons.org/licenses/by/4.0/>",
    ) == []  # fmt: skip
    assert sum("<wy:cites>" in line for line in lines) == 1
    assert sum("<wy:affiliation>" in line for line in lines) == 2


@pytest.mark.parametrize("name", ["journal.pmed.0030205", "journal.pbio.1000359", "journal.pntd.0000149"])
def test_articles_of_plos_are_read_with_all_their_references(name: str, demo: Content, every: Every) -> None:
    data = demo(f"articles/jats/{name}.xml.gz")

    (record,) = every(Jats(), data)

    assert isinstance(record, Record)
    assert record.key == f"10.1371/{name}"
    assert len([field for field in record.fields if field.name == "reference"]) == data.count(b"<ref id")


def test_subjects_keep_the_path_to_them(demo: Content, every: Every, statements: Says) -> None:
    (record,) = every(Jats(), demo("articles/jats/journal.pcbi.1000204.xml.gz"))

    assert isinstance(record, Record)
    assert any("<skos:prefLabel>" in line for line in statements(record))


def test_an_article_of_a_web_page_is_no_jats(every: Every) -> None:
    found = every(Jats(), b"<html><body><article><p>x</p></article></body></html>")

    assert isinstance(found[0], Rejected)
    assert "no JATS article" in found[0].reason
    assert Jats().claims(b"<html><body><article><p>x</p></article>", "a.html") is None
