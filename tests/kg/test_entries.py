"""Entries: what the index learns from the graph of one record."""

import random
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.entries import Entry, entries
from kg.identifier import compact, forms
from kg.terms import Triple, iri, named, text

BASE = "http://localhost:8000/"
GRAPH = f"{BASE}graph/src/library/b1"
WORK, INSTANCE, ITEM = (iri(f"{BASE}id/{name}") for name in ("work/w1", "instance/i1", "item/x1"))
PERSON, PUBLISHER, SUBJECT = (
    iri(f"{BASE}id/{name}") for name in ("person/p1", "organization/o1", "concept/c1")
)
CONTRIBUTION, FORM, IDENTIFIER = f"{WORK[:-1]}#by-1>", f"{PERSON[:-1]}#name-1>", f"{INSTANCE[:-1]}#id-1>"


def said(subject: str, *statements: tuple[str, str]) -> list[Triple]:
    return [(subject, named(predicate), value) for predicate, value in statements]


RECORD = [
    *said(
        WORK,
        ("rdf:type", named("wy:Work")),
        ("wy:title", text("几何原本", "zh")),
        ("wy:title", text("Ji he yuan ben", "zh-latn-pinyin")),
        ("wy:subtitle", text("六卷", "zh")),
        ("wy:uniformTitle", text("Elements", "en")),
        ("wy:workType", named("wytype:book")),
        ("wy:language", named("lang:chi")),
        ("wy:creator", PERSON),
        ("wy:contribution", CONTRIBUTION),
        ("wy:subject", SUBJECT),
        ("wy:keyword", text('the "elements"', "en")),
    ),
    *said(
        CONTRIBUTION,
        ("rdf:type", named("wy:Contribution")),
        ("wy:agent", PERSON),
        ("wy:role", named("rel:trl")),
    ),
    *said(
        PERSON,
        ("rdf:type", named("wy:Person")),
        ("wy:name", text("徐光启", "zh")),
        ("wy:nameForm", FORM),
        ("wy:altName", text("徐子先", "zh")),
    ),
    *said(FORM, ("wy:literalForm", text("Hsü Kuang-chʻi", "zh-latn")), ("wy:script", text("Latn"))),
    *said(SUBJECT, ("skos:prefLabel", text("Geometry", "en")), ("skos:notation", text("O18"))),
    *said(
        INSTANCE,
        ("rdf:type", named("wy:Instance")),
        ("wy:instanceOf", WORK),
        ("wy:title", text("幾何原本", "zh-hant")),
        ("wy:issued", '"1990-05"^^<http://www.w3.org/2001/XMLSchema#gYearMonth>'),
        ("wy:isbn13", text("9787101003048")),
        ("wy:identifier", IDENTIFIER),
        ("wy:publisher", PUBLISHER),
    ),
    *said(
        IDENTIFIER,
        ("rdf:type", named("wy:Identifier")),
        ("wy:value", text("CN 1234-5")),
        ("wy:scheme", text("cn")),
    ),
    *said(PUBLISHER, ("rdf:type", named("wy:Organization")), ("wy:name", text("中华书局", "zh"))),
    *said(ITEM, ("rdf:type", named("wy:Item")), ("wy:itemOf", INSTANCE), ("wy:barcode", text("B0001234"))),
    *said(
        iri(GRAPH), ("rdf:type", named("wy:SourceRecord")), ("wy:fromSource", iri(f"{BASE}id/source/library"))
    ),
]


def by_kind(found: Iterable[Entry]) -> dict[str, Entry]:
    return {entry.kind: entry for entry in found}


def test_only_things_with_names_are_listed_and_instances_are_folded_into_their_work() -> None:
    assert sorted(entry.kind for entry in entries(GRAPH, RECORD)) == [
        "concept",
        "organization",
        "person",
        "work",
    ]


def test_a_work_has_its_titles_as_names_and_all_other_titles_as_alternatives() -> None:
    work = by_kind(entries(GRAPH, RECORD))["work"]

    assert work.iri == f"{BASE}id/work/w1"
    assert set(work.names) == {
        ("几何原本", "zh"),
        ("几何原本 : 六卷", "zh"),
        ("Ji he yuan ben", "zh-latn-pinyin"),
    }
    assert set(work.alternatives) == {("Elements", "en"), ("幾何原本", "zh-hant")}


def test_a_work_has_words_of_agents_subjects_publisher_and_keywords() -> None:
    work = by_kind(entries(GRAPH, RECORD))["work"]

    assert set(work.words) >= {
        "徐光启",
        "徐子先",
        "Hsü Kuang-chʻi",
        "Geometry",
        "o18",
        "中华书局",
        'the "elements"',
    }


def test_a_work_has_the_identifiers_of_its_instances_and_items_isbn_in_both_lengths() -> None:
    work = by_kind(entries(GRAPH, RECORD))["work"]

    assert set(work.identifiers) == {"9787101003048", "7101003044", "cn12345", "b0001234"}


def test_a_work_has_facets() -> None:
    work = by_kind(entries(GRAPH, RECORD))["work"]

    assert set(work.facets) == {
        ("type", "book"),
        ("language", "chi"),
        ("year", "1990"),
        ("subject", SUBJECT[1:-1]),
        ("creator", PERSON[1:-1]),
        ("source", f"{BASE}id/source/library"),
    }


def test_a_person_has_name_forms_as_alternatives() -> None:
    person = by_kind(entries(GRAPH, RECORD))["person"]

    assert person.names == (("徐光启", "zh"),)
    assert set(person.alternatives) == {("Hsü Kuang-chʻi", "zh-latn"), ("徐子先", "zh")}


def test_a_concept_is_known_by_its_iri_alone_and_has_its_notation_as_identifier() -> None:
    concept = by_kind(entries(GRAPH, RECORD))["concept"]

    assert concept.names == (("Geometry", "en"),)
    assert concept.identifiers == ("o18",)


@given(st.randoms())
def test_the_order_of_statements_does_not_matter(chance: random.Random) -> None:
    shuffled = chance.sample(RECORD, len(RECORD))

    assert set(entries(GRAPH, shuffled)) == set(entries(GRAPH, RECORD))


def test_a_vocabulary_may_come_in_parts() -> None:
    graph = f"{BASE}graph/auth/clc/5"
    concepts = [
        said(
            iri(f"http://example.org/{number}"),
            ("rdf:type", named("skos:Concept")),
            ("skos:prefLabel", text(f"类 {number}", "zh")),
            ("skos:altLabel", text(f"class {number}", "en")),
            ("skos:broader", iri("http://example.org/1")),
            ("skos:inScheme", iri("http://example.org/")),
        )
        for number in range(5)
    ]
    parts = [entry for concept in concepts for entry in entries(graph, concept)]

    assert set(parts) == set(entries(graph, [triple for concept in concepts for triple in concept]))
    assert parts[0].facets == (("scheme", "http://example.org/"), ("source", f"{BASE}id/source/clc"))


@pytest.mark.parametrize(
    ("term", "name"),
    [
        ('"plain"', ("plain", "")),
        ('"with \\"quotes\\" and \\\\"@en', ('with "quotes" and \\', "en")),
        ('"tab\\there"', ("tab\there", "")),
        ('"a@b"@zh-hant', ("a@b", "zh-hant")),
        ('"typed"^^<http://www.w3.org/2001/XMLSchema#string>', ("typed", "")),
        ('""', None),
    ],
)
def test_literals_are_read_as_they_are_written(term: str, name: tuple[str, str] | None) -> None:
    found = entries(GRAPH, said(PERSON, ("rdf:type", named("wy:Person")), ("wy:name", term)))

    assert [entry.names for entry in found] == ([(name,)] if name else [])


def test_names_that_are_iris_or_links_to_nothing_do_no_harm() -> None:
    odd = said(
        WORK,
        ("rdf:type", named("wy:Work")),
        ("wy:title", text("T")),
        ("wy:creator", text("somebody")),
        ("wy:identifier", text("ISBN 0-306-40615-2")),
        ("wy:contribution", iri("http://nowhere/")),
        ("wy:instanceOf", WORK),
    )

    (entry,) = entries(GRAPH, odd)

    assert entry.identifiers == ("0306406152", "9780306406157")
    assert ("creator", "somebody") not in entry.facets


def test_a_thing_of_two_kinds_is_listed_once() -> None:
    both = said(
        PERSON, ("rdf:type", named("skos:Concept")), ("rdf:type", named("wy:Person")), ("wy:name", text("X"))
    )

    assert [entry.kind for entry in entries(GRAPH, both)] == ["person"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("978-7-101-00304-8", ["9787101003048", "7101003044"]),
        ("ISBN 7-101-00304-4", ["7101003044", "9787101003048"]),
        ("0-8044-2957-X", ["080442957x", "9780804429573"]),
        ("979-10-90636-07-1", ["9791090636071"]),
        ("https://doi.org/10.1000/ABC.1", ["101000abc1"]),
        ("doi:10.1000/abc.1", ["101000abc1"]),
        ("ISSN 0317-8471", ["03178471"]),
        ("n  79021164", ["n79021164"]),
        ("TP391.1", ["tp3911"]),
        ("--", []),
    ],
)
def test_identifiers_are_found_under_one_form_and_isbns_under_two(typed: str, found: list[str]) -> None:
    assert forms(typed) == found


@given(st.text(max_size=20))
def test_compact_identifiers_stay_as_they_are(value: str) -> None:
    assert all(char.isalnum() for char in compact(value))
