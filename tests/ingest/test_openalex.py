"""OpenAlex: works, and the entities around them."""

from collections.abc import Callable

import orjson
import pytest

from ingest.model import Record, Rejected, Source
from ingest.sources.openalex import OpenAlex, abstract

Every = Callable[[Source, bytes], list[Record | Rejected]]
Content = Callable[[str], bytes]
Says = Callable[[Record], list[str]]


def missing(lines: list[str], *wanted: str) -> list[str]:
    return [end for end in wanted if not any(line.endswith(end) for line in lines)]


def test_a_work_says_who_where_and_about_what(demo: Content, every: Every, statements: Says) -> None:
    (record,) = every(OpenAlex(), demo("articles/openalex-W2741809807.json.gz"))

    assert isinstance(record, Record)
    lines = statements(record)
    assert missing(
        lines,
        "<wy:creator> <person/orcid-0000-0003-1613-5981>",
        "<wy:partOf> <collection/issn-2167-8359>",
        '<wy:accessLevel> "open"',
        "<skos:exactMatch> <https://openalex.org/T10102>",
        '<wy:issued> "2018-02-13"',
    ) == []  # fmt: skip
    assert any('<wy:abstract> "Despite growing interest in Open Access (OA)' in line for line in lines)


def test_an_abstract_is_put_together_from_its_index() -> None:
    assert abstract({"access": [1, 3], "Open": [0], "is": [2]}) == "Open access is access"
    assert abstract({"x": [10**12], "y": "z", "w": [None]}) == ""
    assert abstract(None) == ""


@pytest.mark.parametrize(
    ("name", "layout", "line"),
    [
        ("openalex-S137773608.json", "openalex-source", '<collection/issn-0028-0836> <wy:name> "Nature"'),
        (
            "openalex-T11636.json",
            "openalex-topic",
            '<skos:prefLabel> "Artificial Intelligence in Healthcare and Education"',
        ),
    ],
)
def test_other_entities_have_layouts_of_their_own(
    name: str, layout: str, line: str, scholarly: Content, every: Every, statements: Says
) -> None:
    (record,) = every(OpenAlex(), scholarly(name))

    assert isinstance(record, Record)
    assert record.layout == layout
    assert any(line in each for each in statements(record))


def test_the_topic_of_a_work_is_the_topic_that_describes_itself(
    demo: Content, every: Every, statements: Says
) -> None:
    topic = {"id": "https://openalex.org/T10102", "display_name": "scientometrics and bibliometrics research"}

    (work,) = every(OpenAlex(), demo("articles/openalex-W2741809807.json.gz"))
    (described,) = every(OpenAlex(), orjson.dumps(topic))

    said = [line.split()[2] for line in statements(work) if "<wy:subject>" in line]  # type: ignore[arg-type]
    about = [line.split()[2] for line in statements(described) if "<wy:describes>" in line]  # type: ignore[arg-type]
    assert about[0] in said


def test_what_is_no_entity_is_rejected(every: Every) -> None:
    found = every(OpenAlex(), b'{"id": "https://openalex.org/keywords/x"}\n{"id": 3}\n')

    assert [type(each) for each in found] == [Rejected, Rejected]
