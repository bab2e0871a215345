"""RDF files become graphs of the library."""

import io
from pathlib import Path

import pytest

from ingest.errors import SourceError
from ingest.intake import Intake
from ingest.report import Report
from kg.library import Library

TURTLE = """
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
@prefix xl: <http://www.w3.org/2008/05/skos-xl#> .
@prefix ex: <http://example.org/> .
ex:cats a skos:Concept ; skos:prefLabel "猫"@zh, "Cats"@en ; skos:broader [ skos:prefLabel "Animals"@en ] ;
    xl:altLabel [ xl:literalForm "Felis catus"@la ] .
"""


class Shelf:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.library = Library.in_memory()
        self.intake = Intake(self.library, None)

    def load(self, content: str, name: str = "cats.ttl") -> Report:
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return self.intake.load(path, who="tester")

    def dump(self) -> str:
        out = io.BytesIO()
        self.library.store.dump(out, is_sorted=True)
        return out.getvalue().decode()


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def test_a_vocabulary_becomes_one_graph_without_blank_nodes(shelf: Shelf) -> None:
    report = shelf.load(TURTLE)

    assert (report.new, report.statements) == (1, 8)
    assert "_:" not in shelf.dump()
    assert all(line.endswith("graph/auth/cats/current> .") for line in shelf.dump().splitlines())


def test_an_xl_label_is_a_plain_label_too(shelf: Shelf) -> None:
    shelf.load(TURTLE)

    assert '<http://www.w3.org/2004/02/skos/core#altLabel> "Felis catus"@la' in shelf.dump()


def test_its_labels_are_found_in_either_language(shelf: Shelf) -> None:
    shelf.load(TURTLE)

    assert [hit.iri for hit in shelf.library.search.search("猫").hits] == ["http://example.org/cats"]
    assert [hit.iri for hit in shelf.library.search.search("felis").hits] == ["http://example.org/cats"]


def test_the_same_file_again_changes_nothing(shelf: Shelf) -> None:
    shelf.load(TURTLE)
    before, generation = shelf.dump(), shelf.library.generation

    report = shelf.load(TURTLE)

    assert (report.unchanged, report.changes) == (1, [])
    assert (shelf.dump(), shelf.library.generation) == (before, generation)


def test_a_new_version_replaces_the_old_one(shelf: Shelf) -> None:
    shelf.load(TURTLE)

    report = shelf.load(TURTLE.replace("Cats", "House cats"))

    assert report.changed == 1
    assert '"House cats"@en' in shelf.dump()
    assert '"Cats"@en' not in shelf.dump()


@pytest.mark.parametrize(
    ("content", "name", "reason"),
    [
        ("@prefix ex: <http://example.org/> .\nex:a ex:b", "cut.ttl", r"cut\.ttl: .*line 2"),
        ('{"@context": "http://example.org/c.jsonld", "name": "x"}', "remote.jsonld", r"remote\.jsonld: "),
        ("[" * 200_000, "deep.jsonld", r"deep\.jsonld: "),
        (" ex:a " + "( " * 200_000, "lists.ttl", r"lists\.ttl: "),
        (
            '<!DOCTYPE r [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">]>'
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/">'
            '<rdf:Description rdf:about="http://e/1"><e:p>&b;</e:p></rdf:Description></rdf:RDF>',
            "bomb.rdf",
            r"bomb\.rdf: its XML entities are made of other entities",
        ),
    ],
    ids=["cut-short", "remote-context", "deep-json", "deep-turtle", "entity-bomb"],
)
def test_what_cannot_be_parsed_is_refused_whole_with_the_place(
    content: str, name: str, reason: str, shelf: Shelf
) -> None:
    with pytest.raises(SourceError, match=reason):
        shelf.load(content, name)

    assert shelf.library.generation == 0


@pytest.mark.parametrize("name", ["a b", "../x", "x> <y", "-", ".."])
def test_a_name_that_would_break_an_iri_is_refused(name: str, shelf: Shelf, tmp_path: Path) -> None:
    path = tmp_path / "cats.ttl"
    path.write_text(TURTLE, encoding="utf-8")

    with pytest.raises(SourceError, match="cannot name a source or a version"):
        shelf.intake.file(path, source=name, who="tester")
    with pytest.raises(SourceError, match="cannot name a source or a version"):
        shelf.intake.load(path, version=name, who="tester")
