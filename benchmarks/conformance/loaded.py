"""The data that a server holds for a test, put there by the Graph Store Protocol and not put twice."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from pyoxigraph import NamedNode, Quad, RdfFormat, Triple, parse, serialize

from benchmarks.conformance.answers import SYNTAXES
from benchmarks.conformance.archive import Archive
from benchmarks.conformance.endpoint import Endpoint, Reply
from benchmarks.conformance.manifest import QT, RDFS, UT, Description
from benchmarks.conformance.outcome import Failed

TYPES = {
    "ttl": "text/turtle", "nt": "application/n-triples", "nq": "application/n-quads",
    "trig": "application/trig", "rdf": "application/rdf+xml", "jsonld": "application/ld+json",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Data:
    """What a test wants to be there: IRIs of files for the default graph, and name → file for the others."""

    default: tuple[str, ...] = ()
    named: Mapping[str, str] = field(default_factory=dict)
    replaced: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, action: Description) -> "Data":
        """The data that a query's or an update's node names."""
        default = (*action.texts(f"{QT}data"), *action.texts(f"{UT}data"))
        named = {iri: iri for iri in action.texts(f"{QT}graphData")}
        for each in action.nodes(f"{UT}graphData"):
            named[each.text(f"{RDFS}label")] = each.text(f"{UT}graph") or each.text(f"{UT}data")
        return cls(default, {name: iri for name, iri in named.items() if name and iri})

    def quads(self, archive: Archive) -> list[Quad]:
        """All of it, as it is to be found afterwards."""
        made: list[Quad] = []
        for iri in self.default:
            made += parse(self._text(archive, iri), format=_syntax(iri), base_iri=iri)
        for name, iri in self.named.items():
            for quad in parse(self._text(archive, iri), format=_syntax(iri), base_iri=iri):
                made.append(Quad(quad.subject, quad.predicate, quad.object, NamedNode(name)))
        return made

    def documents(self, archive: Archive) -> Iterator[tuple[str, bytes]]:
        """What is to be put: names of graphs with statements, as N-Triples, so that no base is needed."""
        for iri in self.default:
            graphs: dict[str, list[Triple]] = {"": []}
            for quad in parse(self._text(archive, iri), format=_syntax(iri), base_iri=iri):
                name = quad.graph_name.value if isinstance(quad.graph_name, NamedNode) else ""
                graphs.setdefault(name, []).append(quad.triple)
            yield from ((name, _lines(triples)) for name, triples in graphs.items())
        for name, iri in self.named.items():
            quads = parse(self._text(archive, iri), format=_syntax(iri), base_iri=iri)
            yield name, _lines(quad.triple for quad in quads)

    def _text(self, archive: Archive, iri: str) -> bytes:
        text = archive.read(iri)
        for old, new in self.replaced:
            text = text.replace(old.encode(), new.encode())
        return text


@dataclass(slots=True)
class Loaded:
    """What the server holds at the moment."""

    endpoint: Endpoint
    _now: Data | None = None
    _names: set[str] = field(default_factory=set)

    def put(self, data: Data, archive: Archive) -> None:
        """Makes the server hold *data* and nothing else; raises Failed where it does not take them."""
        if data == self._now:
            return
        self._now = None
        self._clear(set(data.named))
        documents: dict[str, list[bytes]] = {"": []}
        for name, body in data.documents(archive):
            documents.setdefault(name, []).append(body)
        for name, bodies in documents.items():
            self._put(name, bodies)
        self._now = data

    def forget(self, names: Sequence[str] = ()) -> None:
        """Says that a test has changed the data; names: graphs that may be there now."""
        self._now = None
        self._names.update(names)

    def clear(self) -> None:
        """Makes the server hold nothing, whatever a test has left behind."""
        _done(self.endpoint.change("DROP SILENT ALL"))
        self._now = Data()
        self._names.clear()

    def _clear(self, wanted: set[str]) -> None:
        """Removes the graphs that are no longer wanted."""
        for name in sorted(self._names - wanted):
            self.endpoint.request("DELETE", self.endpoint.graph(name))
            self._names.discard(name)

    def _put(self, name: str, bodies: list[bytes]) -> None:
        path, headers = self.endpoint.graph(name), {"Content-Type": TYPES["nt"]}
        for place, body in enumerate(bodies or [b""]):
            _done(self.endpoint.request("POST" if place else "PUT", path, body, headers))
        if name:
            self._names.add(name)


def _done(reply: Reply) -> None:
    if not reply.is_success:
        raise Failed(f"the data were not taken: {reply.told()}")


def _syntax(iri: str) -> RdfFormat:
    return SYNTAXES[iri.rpartition(".")[2]]


def _lines(triples: Iterable[Triple]) -> bytes:
    return serialize(triples, format=RdfFormat.N_TRIPLES) or b""
