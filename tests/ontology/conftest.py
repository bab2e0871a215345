"""Records for the tests of validation: one without a fault, and all the faults there are."""

from pathlib import Path

import pytest
from pyoxigraph import RdfFormat, parse

from ontology.validate import Statement

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def faultless() -> list[Statement]:
    """A record as it should be: a Chinese book with its copy, and everything it names."""
    return _read("faultless.ttl")


@pytest.fixture(scope="session")
def faults() -> list[Statement]:
    """Nodes with everything wrong that the shapes can find."""
    return _read("faults.ttl")


def _read(name: str) -> list[Statement]:
    quads = parse(path=HERE / name, format=RdfFormat.TURTLE)
    return [(str(quad.subject), str(quad.predicate), str(quad.object)) for quad in quads]
