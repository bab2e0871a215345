"""Crossref works: JSON in every envelope, XML, and CSL items, down to the statements."""

from collections.abc import Callable
from io import BytesIO

import orjson
import pytest

from ingest.jsonfile import Json
from ingest.model import Raw, Record, Rejected, Source
from ingest.sources.crossref import Crossref, date_of
from ingest.sources.crossref_xml import CrossrefXml
from ingest.sources.csl import Csl

Every = Callable[[Source, bytes], list[Record | Rejected]]
Content = Callable[[str], bytes]
Says = Callable[[Record], list[str]]

ARTICLE: Json = {
    "DOI": "10.1000/ABC",
    "type": "journal-article",
    "language": "zh",
    "title": ["智慧图书馆"],
    "container-title": ["图书情报工作"],
    "ISSN": ["0252-3116"],
    "author": [
        {
            "family": "王",
            "given": "建国",
            "ORCID": "http://orcid.org/0000-0002-1825-0097",
            "affiliation": [{"name": "北京大学"}],
        },
        {"name": "智慧图书馆课题组"},
    ],
    "editor": [{"family": "Li", "given": "Na"}],
    "abstract": "<jats:title>摘要</jats:title><jats:p>CO<jats:sub>2</jats:sub> &amp; 其他</jats:p>",
    "published-online": {"date-parts": [[2020, 5]]},
    "issued": {"date-parts": [[2021]]},
    "funder": [{"name": "NSFC", "DOI": "10.13039/501100001809", "award": ["71774084"]}],
    "license": [{"URL": "https://creativecommons.org/licenses/by/4.0/"}],
    "reference": [
        {"DOI": "10.1000/182", "unstructured": "Suber, Open access"},
        {"key": "2", "author": "Borgman", "year": "2007"},
    ],
    "relation": {"is-preprint-of": [{"id-type": "doi", "id": "10.1000/9"}], "cites": "nonsense"},
}


def read(work: object) -> Record:
    (raw,) = Crossref().split(BytesIO(orjson.dumps(work)))
    found = Crossref().read(raw) if isinstance(raw, Raw) else raw
    assert isinstance(found, Record), found
    return found


def ends(lines: list[str], *wanted: str) -> list[str]:
    """Those of *wanted* that no line ends in."""
    return [end for end in wanted if not any(line.endswith(end) for line in lines)]


def test_an_article_says_all_it_knows(statements: Says) -> None:
    lines = statements(read(ARTICLE))

    assert ends(
        lines,
        '<wy:doi> "10.1000/abc"',
        '<wy:title> "智慧图书馆"@zh',
        "<wy:workType> <https://w3id.org/wenyuan/type/article>",
        "<wy:language> <http://id.loc.gov/vocabulary/languages/chi>",
        "<wy:partOf> <collection/issn-0252-3116>",
        "<wy:creator> <person/orcid-0000-0002-1825-0097>",
        '<wy:name> "王建国"@zh',
        '<wy:name> "北京大学"@zh',
        '<wy:name> "智慧图书馆课题组"@zh',
        "<wy:role> <http://id.loc.gov/vocabulary/relators/edt>",
        '<wy:abstract> "CO2 & 其他"@zh',
        '<wy:issued> "2020-05"',
        '<wy:grant> "71774084"',
        "<wy:exactMatch> <https://doi.org/10.13039/501100001809>",
        "<wy:rights> <https://creativecommons.org/licenses/by/4.0/>",
        '<wy:reference> "Suber, Open access. https://doi.org/10.1000/182"',
        '<wy:reference> "Borgman. 2007"',
    ) == []  # fmt: skip
    assert sum("<wy:cites>" in line for line in lines) == 1
    assert sum("<wy:versionOf>" in line for line in lines) == 1


def test_authors_keep_their_order(statements: Says) -> None:
    lines = statements(
        read(ARTICLE | {"author": [{"family": name, "given": "X"} for name in "ZAM"], "editor": []})
    )

    names = {line.split()[0]: line.split('"')[1] for line in lines if "<wy:name>" in line}
    agents = {line.split()[0]: names[line.split()[2]] for line in lines if "<wy:agent>" in line}
    order = sorted(
        (int(line.split('"')[1]), agents[line.split()[0]]) for line in lines if "<wy:position>" in line
    )

    assert [name for _, name in order] == ["Z, X", "A, X", "M, X"]


@pytest.mark.parametrize(
    "wrapped",
    [ARTICLE, {"status": "ok", "message": ARTICLE}, {"message": {"items": [ARTICLE]}}, [ARTICLE]],
    ids=["bare", "single answer", "answer with items", "list"],
)
def test_a_work_is_read_in_or_out_of_the_envelope(wrapped: object) -> None:
    assert read(wrapped).key == "10.1000/abc"


def test_a_chapter_is_part_of_a_book_whose_isbn_is_not_its_own(statements: Says) -> None:
    chapter = {
        "DOI": "10.1/c",
        "type": "book-chapter",
        "title": ["One"],
        "container-title": ["Whole"],
        "ISBN": ["9781590598160"],
    }

    lines = statements(read(chapter))

    assert not any("<wy:isbn13>" in line for line in lines)
    assert ends(lines, '<wy:title> "Whole"', '<wy:scheme> "host-isbn"') == []


def test_what_has_no_doi_is_rejected(every: Every) -> None:
    found = every(Crossref(), b'{"title": ["x"]}\n{"DOI": null}\n{"message": []}\n')

    assert [type(each) for each in found] == [Rejected] * 3
    assert "no DOI" in found[0].reason  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "work",
    [
        {"DOI": "10.1/x", "author": "Smith", "title": "bare", "ISSN": None, "issued": []},
        {
            "DOI": "10.1/x",
            "author": [None, 3, {}],
            "title": [None],
            "reference": [{}],
            "issued": {"date-parts": [[None]]},
        },
        {"DOI": "10.1/x", "title": {"a": 1}, "funder": {"name": None}, "relation": [1], "event": "there"},
    ],
)
def test_fields_of_the_wrong_shape_do_no_harm(work: Json) -> None:
    assert read(work).key == "10.1/x"


@pytest.mark.parametrize(
    ("given", "date"),
    [
        ({"date-parts": [[2004, 5, 7]]}, "2004-05-07"),
        ({"date-parts": [["2004"]]}, "2004"),
        ({"date-parts": [[None]]}, ""),
        ({"raw": "spring 2004"}, "spring 2004"),
        (None, ""),
    ],
)
def test_dates_come_in_parts(given: object, date: str) -> None:
    assert date_of(given) == date


def test_every_work_of_the_demo_is_read_and_has_a_rule_for_each_field(demo: Content, every: Every) -> None:
    from ingest import mapping

    found = every(Crossref(), demo("articles/crossref.jsonl.gz"))

    assert len(found) == 300
    names = {field.name for each in found if isinstance(each, Record) for field in each.fields}
    assert [name for name in names if not mapping.bundled("crossref").covers(name)] == []
    assert all(isinstance(each, Record) for each in found)


def test_the_same_article_as_xml_gives_the_same_kind_of_statements(
    scholarly: Content, every: Every, statements: Says
) -> None:
    (found,) = every(CrossrefXml(), scholarly("crossref-elife.xml.gz"))

    assert isinstance(found, Record)
    assert found.key == "10.7554/elife.01567"
    assert ends(
        statements(found),
        "<wy:partOf> <collection/issn-2050-084X>",
        '<wy:issued> "2014-02-11"',
        '<wy:name> "Hardtke, Christian S"',
        '<wy:volume> "3"',
    ) == []  # fmt: skip
    assert sum("<wy:cites>" in line for line in statements(found)) == 26


def test_a_csl_item_needs_no_doi(every: Every, statements: Says) -> None:
    item = {
        "id": "wang2020",
        "type": "article-journal",
        "title": "知识图谱",
        "author": [{"literal": "国家图书馆"}],
        "issued": {"date-parts": [["2020"]]},
    }

    (found,) = every(Csl(), orjson.dumps([item]))

    assert isinstance(found, Record)
    assert found.key == "wang2020"
    assert ends(statements(found), '<wy:name> "国家图书馆"@zh', '<wy:issued> "2020"') == []
