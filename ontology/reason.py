"""Reasoning: whether an ontology holds together, by HermiT. Needs owlready2 and Java; not for records."""

import shutil
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from importlib.resources import files
from io import BytesIO
from typing import Any

import pyoxigraph

from ontology.errors import InvalidOntology, MissingExtra

_IRI = "urn:wenyuan:together"


@dataclass(frozen=True, slots=True)
class Consistency:
    """What HermiT found. unsatisfiable: IRIs of the classes that can have no member, sorted.

    classes, properties: how many of them were loaded, those of others included.
    """

    is_consistent: bool
    unsatisfiable: tuple[str, ...]
    classes: int
    properties: int


def consistency(*ontologies: str) -> Consistency:
    """Whether *ontologies* (Turtle), taken together, can be true; without any, the bundled one.

    Takes about a second for the bundled one. Raises MissingExtra where owlready2 or Java is absent,
    InvalidOntology for Turtle that does not parse and for what HermiT does not accept.
    """
    owlready2 = _owlready2()
    if shutil.which("java") is None:
        raise MissingExtra(
            "checking an ontology needs Java, and there is no 'java' on the path",
            hint="install a Java runtime, on Debian: apt install default-jre-headless",
        )
    with closing(owlready2.World()) as world:
        _load(world, ontologies or (_core(),))
        try:
            owlready2.sync_reasoner_hermit(world, debug=0)
        except owlready2.OwlReadyInconsistentOntologyError:
            return _found(world, is_consistent=False)
        except owlready2.OwlReadyJavaError as error:
            raise InvalidOntology(f"HermiT does not accept the ontology: {error}") from error
        return _found(world, is_consistent=True)


def _owlready2() -> Any:
    """The library, whose classes are made at run time and have no types."""
    try:
        import owlready2  # type: ignore[import-untyped]
    except ModuleNotFoundError as error:
        raise MissingExtra(
            "checking an ontology needs owlready2, which is not installed",
            hint="pip install 'wenyuan[reason]'",
        ) from error
    return owlready2


def _core() -> str:
    return files("ontology").joinpath("core.ttl").read_text(encoding="utf-8")


def _load(world: Any, ontologies: Iterable[str]) -> None:
    """Loads Turtle into *world* by way of N-Triples: owlready2 reads no Turtle."""
    lines = BytesIO()
    for turtle in ontologies:
        try:
            triples = [quad.triple for quad in pyoxigraph.parse(turtle, format=pyoxigraph.RdfFormat.TURTLE)]
        except SyntaxError as error:
            raise InvalidOntology(f"the ontology is not valid Turtle: {error}") from error
        pyoxigraph.serialize(triples, lines, format=pyoxigraph.RdfFormat.N_TRIPLES)
    lines.seek(0)
    world.get_ontology(f"{_IRI}#").load(fileobj=lines)


def _found(world: Any, *, is_consistent: bool) -> Consistency:
    nothing = "http://www.w3.org/2002/07/owl#Nothing"
    impossible = {str(entity.iri) for entity in world.inconsistent_classes()} if is_consistent else set()
    return Consistency(
        is_consistent,
        tuple(sorted(impossible - {nothing})),
        sum(1 for _ in world.classes()),
        sum(1 for _ in world.properties()),
    )
