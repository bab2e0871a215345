"""A library of a dozen things in Chinese and English, one of them hostile, and a client of its pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from pyoxigraph import parse

from api.app import create_app
from kg.change import Edit, Note
from kg.library import Library
from kg.settings import Settings
from kg.terms import Triple

THINGS = Path(__file__).parent.parent / "data" / "library.trig"
BASE = "http://localhost:8000/"


def edits(path: Path = THINGS) -> list[Edit]:
    """The graphs of a TriG file as edits."""
    graphs: dict[str, list[Triple]] = {}
    for quad in parse(path=str(path)):
        graphs.setdefault(quad.graph_name.value, []).append(
            (str(quad.subject), str(quad.predicate), str(quad.object))
        )
    return [Edit(graph, "replace", tuple(statements)) for graph, statements in graphs.items()]


@pytest.fixture
def library() -> Iterator[Library]:
    """The library of tests/data/library.trig, taken in by one change."""
    with Library.in_memory() as library:
        library.commit(Note("tester", "ingest", "first load", source="shanghai", batch="first"), edits())
        yield library


@pytest.fixture
def client(library: Library) -> Iterator[TestClient]:
    """A client that follows no redirects and asks for nothing in particular."""
    with TestClient(create_app(Settings(), library=library), follow_redirects=False) as client:
        yield client
