"""Manifests: the lists of tests that a suite is made of, read from their RDF."""

from collections.abc import Iterator
from dataclasses import dataclass

from pyoxigraph import BlankNode, Literal, NamedNode, RdfFormat, Store

from benchmarks.conformance.archive import Archive

MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
UT = "http://www.w3.org/2009/sparql/tests/test-update#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"

Node = NamedNode | BlankNode


@dataclass(frozen=True, slots=True)
class Description:
    """One node of a manifest, and what is said of it."""

    store: Store
    node: Node

    def all(self, predicate: str) -> list["Description | Literal"]:
        """The values of a property; nodes come with what is said of them."""
        found = self.store.quads_for_pattern(self.node, NamedNode(predicate), None, None)
        return [self._of(quad.object) for quad in found]

    def nodes(self, predicate: str) -> list["Description"]:
        """The values of a property that are no literals."""
        return [each for each in self.all(predicate) if isinstance(each, Description)]

    def one(self, predicate: str) -> "Description | None":
        """The value of a property that has one at most, a node."""
        return next(iter(self.nodes(predicate)), None)

    def text(self, predicate: str) -> str:
        """The value of a property as text: of a literal its value, of a node its IRI; "" for none."""
        for found in self.all(predicate):
            return found.value if isinstance(found, Literal) else found.iri
        return ""

    def texts(self, predicate: str) -> list[str]:
        """All values of a property as texts."""
        return [each.value if isinstance(each, Literal) else each.iri for each in self.all(predicate)]

    def members(self, predicate: str) -> list["Description"]:
        """The members of the list that is a property's value."""
        head = self.one(predicate)
        return list(head.walk()) if head else []

    def walk(self) -> Iterator["Description"]:
        """The members of the list that this node begins."""
        link: Description | None = self
        while link and link.iri != f"{RDF}nil":
            yield from link.nodes(f"{RDF}first")
            link = link.one(f"{RDF}rest")

    @property
    def iri(self) -> str:
        """The IRI of a node; of a blank one, nothing."""
        return self.node.value if isinstance(self.node, NamedNode) else ""

    def _of(self, term: object) -> "Description | Literal":
        assert isinstance(term, NamedNode | BlankNode | Literal)
        return term if isinstance(term, Literal) else Description(self.store, term)


@dataclass(frozen=True, slots=True)
class Test:
    """One test. kind: the local name of its type; about: the node in its manifest; base: of the manifest."""

    iri: str
    name: str
    kind: str
    about: Description
    archive: Archive
    base: str
    assumed_base: str = ""

    @property
    def short(self) -> str:
        """The folder and the fragment: what a reader can find again."""
        return f"{self.base.rsplit('/', 2)[1]}#{self.iri.rpartition('#')[2]}"

    @property
    def action(self) -> Description:
        """What is done."""
        found = self.about.one(f"{MF}action")
        assert found, self.iri
        return found

    @property
    def result(self) -> Description | None:
        """What is expected, where the test says it."""
        return self.about.one(f"{MF}result")


def tests(archive: Archive, path: str) -> Iterator[Test]:
    """The tests of the manifest at *path* and of those that it includes, in their order."""
    base = archive.base + path
    store = Store()
    store.load(archive.read(base), format=RdfFormat.TURTLE, base_iri=base)
    for quad in store.quads_for_pattern(None, NamedNode(f"{RDF}type"), NamedNode(f"{MF}Manifest"), None):
        assert isinstance(quad.subject, NamedNode | BlankNode)
        manifest = Description(store, quad.subject)
        for included in manifest.members(f"{MF}include"):
            yield from tests(archive, included.iri.removeprefix(archive.base))
        for entry in manifest.members(f"{MF}entries"):
            kind = entry.text(f"{RDF}type").rpartition("#")[2]
            yield Test(
                entry.iri,
                entry.text(f"{MF}name") or entry.iri,
                kind,
                entry,
                archive,
                base,
                manifest.text(f"{MF}assumedTestBase"),
            )
