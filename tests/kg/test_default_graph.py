"""The default graph, whose IRI is "": in journal, store, index, export and history like any other graph."""

import io
from pathlib import Path

import pytest

from kg.canonical import read, write
from kg.change import Bulk, BulkGraph, Edit, Note
from kg.export import dump, format_of
from kg.library import Library
from kg.terms import Triple

NOTE = Note("tester", "edit")
SAID: list[Triple] = [
    ("<urn:s>", "<urn:p>", "<urn:o>"),
    ("<urn:s>", "<urn:p>", '"a <b> ."'),
    ("<urn:s>", "<urn:p>", '"5"^^<urn:type>'),
    ("<urn:s>", "<urn:p>", '"x"@en'),
    ("<urn:s>", "<urn:p>", '<<( <urn:s> <urn:p> "a <urn:x>" )>>'),
    ("<urn:s>", "<urn:p>", "<<( <urn:s> <urn:p> <urn:x> )>>"),
]
GRAPH = "urn:graph"


@pytest.mark.parametrize("graph", ["", GRAPH])
@pytest.mark.parametrize("statement", SAID, ids=lambda statement: statement[2])
def test_a_statement_is_read_back_whatever_its_object(graph: str, statement: Triple) -> None:
    assert read(write(graph, [statement])) == [statement]


def test_it_changes_and_changes_back(tmp_path: Path) -> None:
    with Library.open(tmp_path) as library:
        library.commit(NOTE, [Edit("", "add", SAID), Edit(GRAPH, "add", SAID[:2])])
        library.commit(NOTE, [Edit("", "remove", SAID[1:])])
        library.commit(NOTE, [Edit("", "replace", [])])

        assert library.store.graph("") == []
        assert list(library.diff(1, 2)) == [("", sorted(SAID[1:]), [])]
        assert [change.number for change in library.history("urn:s")] == [3, 2, 1]
        library.undo([2, 3], NOTE)
        assert library.store.graph("") == sorted(SAID)
        assert library.store.graph(GRAPH) == sorted(SAID[:2])
        assert library.counts().statements == len(SAID) + 2
        assert library.verify() == []


def test_it_is_made_anew_from_the_journal(tmp_path: Path) -> None:
    with Library.open(tmp_path) as library:
        library.commit(NOTE, [Edit("", "add", SAID), Edit(GRAPH, "add", SAID[:2])])
        library.commit(NOTE, [Edit("", "remove", SAID[:1])])
    (tmp_path / "store" / "applied.json").unlink()
    (tmp_path / "search.sqlite").unlink()

    with Library.open(tmp_path) as library:
        assert library.store.graph("") == sorted(SAID[1:])
        assert library.verify() == []


def test_it_may_come_in_bulk() -> None:
    nquads = write("", SAID).encode()
    with Library.in_memory() as library:
        library.commit_bulk(NOTE, Bulk(nquads, [BulkGraph("", 0, len(nquads))], len(SAID), []))

        assert library.store.graph("") == sorted(SAID)
        assert library.verify() == []


def test_it_is_exported_without_a_name() -> None:
    with Library.in_memory() as library:
        library.commit(NOTE, [Edit("", "add", SAID[:1]), Edit(GRAPH, "add", SAID[:1])])
        output = io.BytesIO()

        dump(library.store, output, format_of("nquads", default="nquads"), is_sorted=True)

    assert output.getvalue() == b"<urn:s> <urn:p> <urn:o> .\n<urn:s> <urn:p> <urn:o> <urn:graph> .\n"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ('"01"^^<http://www.w3.org/2001/XMLSchema#integer>', '"1"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        ('"1.0e3"^^<http://www.w3.org/2001/XMLSchema#double>',
         '"1000"^^<http://www.w3.org/2001/XMLSchema#double>'),
        ('"1"^^<http://www.w3.org/2001/XMLSchema#boolean>',
         '"true"^^<http://www.w3.org/2001/XMLSchema#boolean>'),
        ('"2020-01-01T00:00:00.000Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>',
         '"2020-01-01T00:00:00Z"^^<http://www.w3.org/2001/XMLSchema#dateTime>'),
        ('"no number"^^<http://www.w3.org/2001/XMLSchema#integer>',
         '"no number"^^<http://www.w3.org/2001/XMLSchema#integer>'),
        ('"\\"1\\"^^<http://www.w3.org/2001/XMLSchema#integer>"',
         '"\\"1\\"^^<http://www.w3.org/2001/XMLSchema#integer>"'),
    ],
)  # fmt: skip
def test_what_the_journal_keeps_is_what_the_store_has_and_can_be_taken_away(given: str, kept: str) -> None:
    statement = ("<urn:s>", "<urn:p>", given)
    with Library.in_memory() as library:
        library.commit(NOTE, [Edit(GRAPH, "add", [statement])])

        assert library.store.graph(GRAPH) == [("<urn:s>", "<urn:p>", kept)]
        assert library.verify() == []
        library.commit(NOTE, [Edit(GRAPH, "remove", [statement])])
        assert library.store.graph(GRAPH) == []
