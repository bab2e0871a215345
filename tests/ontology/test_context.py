"""The JSON-LD context and frames: nothing is lost, nothing is loaded, and the shape is the one promised."""

import json
from collections.abc import Iterable

import pytest
from pyld import jsonld
from pyoxigraph import RdfFormat, parse

from ontology.context import FRAMES, context, frame
from ontology.errors import UnknownName
from ontology.validate import Statement

BASE = "http://localhost:8000/"


def refuse(address: str, options: object) -> None:
    raise AssertionError(f"loads {address}")


@pytest.fixture
def document(faultless) -> object:
    """The faultless record as expanded JSON-LD, with nothing to be had from outside."""
    jsonld.set_document_loader(refuse)
    return jsonld.from_rdf(_ntriples(faultless), {"format": "application/n-quads", "useNativeTypes": False})


def _ntriples(record: Iterable[Statement]) -> str:
    return "".join(f"{subject} {predicate} {value} .\n" for subject, predicate, value in record)


def framed(document: object, name: str) -> dict[str, object]:
    made = jsonld.frame(document, frame(name), {"omitDefault": True, "omitGraph": True})
    made.pop("@context")
    return made


def test_a_record_written_with_the_context_reads_as_the_same_statements(document, faultless):
    compact = jsonld.compact(document, {"@context": context()})

    quads = parse(json.dumps(compact), format=RdfFormat.JSON_LD)

    read = {(str(quad.subject), str(quad.predicate), str(quad.object)) for quad in quads}
    assert read == set(faultless)


def test_with_the_context_no_key_is_an_iri_or_has_a_prefix(document):
    compact = jsonld.compact(document, {"@context": context()})

    keys = {key for node in compact["@graph"] for key in node}

    assert {key for key in keys if ":" in key} == set()


def test_titles_are_maps_of_languages_and_codes_are_short(document):
    work = framed(document, "work")

    assert work["title"] == {"zh": "红楼梦研究", "zh-latn-pinyin": "hong lou meng yan jiu"}
    assert work["language"] == ["lang:chi"]
    assert work["workType"] == "wytype:book"
    assert work["subject"][0]["prefLabel"] == {"en": "Dream of the Red Chamber", "zh": "红楼梦研究"}


def test_a_framed_work_holds_its_contributions_with_their_agents_and_its_instances(document):
    work = framed(document, "work")

    first = min(work["contribution"], key=lambda contribution: contribution["position"])
    assert first["agent"]["name"] == {"zh": "俞平伯", "zh-latn-pinyin": "Yu Pingbo"}
    assert first["role"] == ["rel:aut"]
    assert work["creator"] == [f"{BASE}id/person/p"]
    (instance,) = work["instances"]
    assert instance["isbn13"] == ["9787503717444"]
    assert instance["publisher"][0]["name"] == {"zh": "棠棣出版社"}
    assert instance["instanceOf"] == work["id"]


def test_a_framed_instance_holds_its_work_and_its_items(document):
    instance = framed(document, "instance")

    assert instance["instanceOf"]["title"]["zh"] == "红楼梦研究"
    assert instance["items"][0]["callNumber"] == "I207.411/Y77"
    assert instance["items"][0]["heldBy"]["name"]["en"] == "Shanghai Library"


@pytest.mark.parametrize(
    ("name", "iris"),
    [
        ("agent", {"id/person/p", "id/organization/o", "id/library/l"}),
        ("concept", {"id/concept/cct-hlm", "id/concept/clc-I207.411"}),
        ("library", {"id/library/l"}),
    ],
)
def test_a_frame_picks_the_things_of_its_kind(document, name, iris):
    made = framed(document, name)

    things = made.get("@graph", [made])
    assert {thing["id"].removeprefix(BASE) for thing in things} == iris


def test_the_place_of_a_library_is_a_pair_of_numbers(document):
    library = framed(document, "library")

    assert (library["latitude"], library["longitude"]) == ("31.2092", "121.4395")


def test_every_frame_has_the_context_inside():
    assert all(frame(name)["@context"] == context() for name in FRAMES)


def test_an_unknown_frame_names_the_known_ones():
    with pytest.raises(UnknownName, match="work, instance, agent"):
        frame("sonnet")
