"""Reasoning: the ontology and its alignments hold together, and what does not is found."""

import shutil
import subprocess
import sys
from importlib.resources import files

import pytest

from ontology import reason
from ontology.errors import InvalidOntology, MissingExtra
from ontology.namespaces import WY

PREFIXES = f"""
@prefix wy: <{WY}> . @prefix owl: <http://www.w3.org/2002/07/owl#> .
@prefix bf: <http://id.loc.gov/ontologies/bibframe/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> . @prefix prov: <http://www.w3.org/ns/prov#> .
@prefix org: <http://www.w3.org/ns/org#> . @prefix ex: <http://example.org/> .
"""
TYPE = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
needs_java = pytest.mark.skipif(shutil.which("java") is None, reason="HermiT needs Java")


def core() -> str:
    return files("ontology").joinpath("core.ttl").read_text(encoding="utf-8")


@needs_java
@pytest.mark.slow
def test_the_ontology_is_consistent_and_every_class_can_have_members():
    found = reason.consistency()

    assert found.is_consistent
    assert found.unsatisfiable == ()
    assert found.classes > 60
    assert found.properties > 180


@needs_java
@pytest.mark.slow
def test_it_agrees_with_what_its_neighbours_say_excludes_what():
    neighbours = (
        PREFIXES
        + """
    foaf:Person owl:disjointWith foaf:Organization . foaf:Organization owl:equivalentClass org:Organization .
    skos:ConceptScheme owl:disjointWith skos:Concept . prov:Entity owl:disjointWith prov:Activity .
    org:Organization rdfs:subClassOf foaf:Agent . org:OrganizationalUnit rdfs:subClassOf org:Organization .
    bf:Collection rdfs:subClassOf bf:Work . bf:Person rdfs:subClassOf bf:Agent .
    bf:Organization rdfs:subClassOf bf:Agent .
    """
    )

    found = reason.consistency(core(), neighbours)

    assert (found.is_consistent, found.unsatisfiable) == (True, ())


@needs_java
@pytest.mark.slow
def test_it_agrees_with_a_record_as_they_are_written(faultless):
    named = {subject for subject, predicate, _ in faultless if predicate == TYPE}
    record = "".join(f"{subject} {predicate} {value} .\n" for subject, predicate, value in faultless)
    record += "".join(
        f"{subject} {TYPE} <http://www.w3.org/2002/07/owl#NamedIndividual> .\n" for subject in named
    )

    assert reason.consistency(core(), record).is_consistent
    work = "<http://localhost:8000/id/work/w>"
    assert not reason.consistency(core(), record, f"{work} {TYPE} <{WY}Item> .").is_consistent


@needs_java
@pytest.mark.slow
def test_a_class_that_can_have_no_member_is_named():
    ghost = PREFIXES + "ex:Ghost a owl:Class ; rdfs:subClassOf wy:Person, wy:Work ."

    assert reason.consistency(core(), ghost).unsatisfiable == ("http://example.org/Ghost",)


@needs_java
@pytest.mark.slow
@pytest.mark.parametrize(
    "statements",
    [
        "ex:x a owl:NamedIndividual, wy:Person, wy:Work .",
        "ex:x a owl:NamedIndividual, wy:Organization ; wy:itemOf ex:y . ex:y a owl:NamedIndividual .",
        "ex:x a owl:NamedIndividual, wy:Contribution ; wy:position 1, 2 .",
    ],
    ids=["a person that is a work", "an organization that is a copy", "two places in one order"],
)
def test_a_contradiction_is_found(statements):
    assert not reason.consistency(core(), PREFIXES + statements).is_consistent


@needs_java
def test_what_is_no_turtle_is_refused():
    with pytest.raises(InvalidOntology, match="not valid Turtle"):
        reason.consistency("nonsense")


def test_without_java_the_message_says_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "/nonexistent")

    with pytest.raises(MissingExtra, match="needs Java") as caught:
        reason.consistency()

    assert "apt install" in caught.value.hint


def test_without_owlready2_the_message_says_what_to_install():
    code = (
        "import sys; sys.modules['owlready2'] = None\n"
        "from ontology import reason\nfrom ontology.errors import MissingExtra\n"
        "try: reason.consistency()\nexcept MissingExtra as error: print(error, error.hint)"
    )

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert "owlready2" in said
    assert "wenyuan[reason]" in said
