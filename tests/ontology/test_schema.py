"""The ontology as a whole: everything named, defined, declared once, and used only as declared."""

import re
from importlib.resources import files

import pytest
from pyoxigraph import NamedNode, RdfFormat, Store

from ontology import schema
from ontology.context import FRAMES, context
from ontology.namespaces import PREFIXES, TYPE, WY, expand

OWL, RDF, RDFS = PREFIXES["owl"], PREFIXES["rdf"], PREFIXES["rdfs"]
PROPERTY_KINDS = ("object property", "datatype property", "annotation property")
OURS = re.compile(r"\bwy:(\w+)")

CLASSES = """
WorkCluster Work Instance Item DigitalObject Collection Agent Person Organization Library OrgUnit
Contribution Affiliation NameForm Identifier Holding Space Place TimeSpan Event Concept ConceptScheme
Service Device Observation Activity Rights Source SourceRecord IngestRun Model Assertion EvidenceSpan
MatchDecision
"""
"""The classes of the data model."""
IN_RECORDS = """
title subtitle altTitle uniformTitle name altName nameForm literalForm script transliteration workType
language creator contribution agent role position affiliation roleText subject classification keyword
genre place period abstract tableOfContents note partOf cites reference relation translationOf versionOf
inCluster audience funder grant instanceOf responsibility edition issued copyrightDate publisher
placeOfPublication publicationStatement extent dimensions isbn13 issn doi lccn identifier value scheme
status inSeries volume issue pages hasDigital terms rights accessLevel carrier media content itemOf
heldBy callNumber barcode location availability copyNumber birth death dynasty orcid exactMatch
partOfOrg isil ror latitude longitude address openingHours homepage email telephone within fromSource
recordId contentHash recordStatus layout mappingVersion encoding encodingConfidence sourceDatestamp
describes qualityFlag
"""
"""The properties that records use."""


def core() -> Store:
    store = Store()
    store.load(files("ontology").joinpath("core.ttl").read_bytes(), format=RdfFormat.TURTLE)
    return store


def test_every_class_and_every_property_of_the_data_model_is_there():
    kinds = {term.iri.removeprefix(WY): term.kind for term in schema.own()}

    assert [name for name in CLASSES.split() if kinds.get(name) != "class"] == []
    assert [name for name in IN_RECORDS.split() if kinds.get(name) not in PROPERTY_KINDS] == []


@pytest.mark.parametrize("term", [*schema.own(), *schema.work_types().values()], ids=lambda term: term.iri)
def test_a_term_has_a_label_and_a_definition_in_both_languages(term):
    assert set(term.labels) == {"zh", "en"}
    assert set(term.definitions) == {"zh", "en"}
    assert all(text.strip() for text in (*term.labels.values(), *term.definitions.values()))


def test_no_two_properties_have_the_same_label():
    for language in ("zh", "en"):
        labels = [term.label(language) for term in schema.own() if term.kind != "class"]
        assert sorted({label for label in labels if labels.count(label) > 1}) == []


def test_domains_and_ranges_are_declared_classes():
    terms = schema.terms()

    wrong = [
        (term.iri, iri)
        for term in schema.own()
        for iri in (*term.domain, *(term.range if term.kind == "object property" else ()))
        if iri not in terms or terms[iri].kind != "class"
    ]

    assert wrong == []


def test_a_term_lies_below_terms_of_its_own_kind_only():
    terms = schema.terms()

    wrong = [
        (term.iri, iri)
        for term in schema.own()
        for name in ("subclass of", "subproperty of")
        for iri in term.alignments.get(name, ())
        if terms[iri].kind != term.kind
    ]

    assert wrong == []


def test_every_term_is_of_one_kind():
    kinds = [f"{OWL}{name}" for name in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")]
    store = core()

    declared = [
        quad.subject.value
        for kind in kinds
        for quad in store.quads_for_pattern(None, NamedNode(f"{RDF}type"), NamedNode(kind))
        if isinstance(quad.subject, NamedNode)
    ]

    assert sorted({iri for iri in declared if declared.count(iri) > 1}) == []


def test_every_predicate_of_the_ontology_is_declared_or_built_in():
    declared = set(schema.terms())

    used = {quad.predicate.value for quad in core()}

    assert [iri for iri in sorted(used) if iri not in declared and not iri.startswith((OWL, RDF, RDFS))] == []


@pytest.mark.parametrize(
    "name", ["shapes.ttl", "context.jsonld", "types.ttl", *(f"frames/{name}.json" for name in FRAMES)]
)
def test_a_file_speaks_only_of_terms_that_are_declared(name):
    text = files("ontology").joinpath(*name.split("/")).read_text(encoding="utf-8")
    known = {term.iri for term in schema.own()}

    named = {local for local in OURS.findall(text) if not local.endswith("Shape")}
    assert sorted(local for local in named if WY + local not in known) == []


def test_the_types_of_work_in_the_shapes_are_those_of_the_list():
    shapes = files("ontology").joinpath("shapes.ttl").read_text(encoding="utf-8")

    assert {TYPE + local for local in re.findall(r"wytype:([\w-]+)", shapes)} == set(schema.work_types())


def test_the_context_has_a_key_for_every_term():
    definitions = context()

    missing = []
    for term in schema.own():
        name = term.iri.removeprefix(WY)
        entry = definitions.get(name)
        if not entry or expand(entry["@id"] if isinstance(entry, dict) else entry) != term.iri:
            missing.append(name)

    assert missing == []


def test_links_of_the_context_are_the_object_properties():
    definitions = context()

    links = {
        term.iri.removeprefix(WY)
        for term in schema.own()
        if isinstance(entry := definitions[term.iri.removeprefix(WY)], dict)
        and entry.get("@type") in ("@id", "@vocab")
    }

    assert links == {term.iri.removeprefix(WY) for term in schema.own() if term.kind == "object property"}


@pytest.mark.parametrize(
    ("iri", "zh", "en"),
    [
        (f"{WY}title", "题名", "title"),
        (f"{WY}Work", "著作", "Work"),
        (f"{TYPE}book", "图书", "Book"),
        ("http://www.w3.org/2004/02/skos/core#broader", "上位概念", "broader"),
        ("http://id.loc.gov/vocabulary/languages/chi", "中文", "Chinese"),
        ("http://id.loc.gov/vocabulary/carriers/nc", "册", "volume"),
        ("http://example.org/a#b", "b", "b"),
        ("http://example.org/a/", "a", "a"),
        ("urn:isbn:1", "urn:isbn:1", "urn:isbn:1"),
    ],
)
def test_an_iri_has_a_name_for_people(iri, zh, en):
    assert (schema.label(iri, "zh-Hans"), schema.label(iri, "en")) == (zh, en)


def test_a_union_is_read_as_any_of_its_classes():
    title = schema.terms()[f"{WY}title"]

    assert set(title.domain) == {f"{WY}{name}" for name in ("WorkCluster", "Work", "Instance", "Collection")}


def test_the_version_is_that_of_the_version_iri():
    store = core()
    found = store.quads_for_pattern(None, NamedNode(f"{OWL}versionIRI"), None)

    assert [quad.object.value for quad in found] == [f"{WY.rstrip('#')}/{schema.version()}"]
