"""A record described: the nodes a mapping builds from it, and the statements they become.

Not a graph: nodes refer to each other as objects until the end, because what a work is called (its
IRI) is known only after its title and its creators have been read.
"""

from dataclasses import dataclass, field

from ingest import keys
from ingest.model import Record
from kg.terms import Triple, iri, named, text, typed

_TYPE = named("rdf:type")
_INSTANCE_OF = named("wy:instanceOf")
_DESCRIBES = named("wy:describes")
_CLASSES = {
    "work": "wy:Work", "instance": "wy:Instance", "item": "wy:Item", "person": "wy:Person",
    "organization": "wy:Organization", "place": "wy:Place", "library": "wy:Library", "concept": "wy:Concept",
    "scheme": "wy:ConceptScheme", "collection": "wy:Collection", "event": "wy:Event", "source": "wy:Source",
    "contribution": "wy:Contribution", "name": "wy:NameForm", "identifier": "wy:Identifier",
    "record": "wy:SourceRecord", "geometry": "geo:Geometry",
}  # fmt: skip
CLASSES = {kind: named(name) for kind, name in _CLASSES.items()}
"""Kind of node → the term of its class."""


@dataclass(slots=True, eq=False)
class Node:
    """A thing under description: its kind, its IRI once minted, and what is said of it.

    owner: the node this one is a fragment of ({work}#by-...); suffix: what stands after the #.
    """

    kind: str
    iri: str = ""
    owner: "Node | None" = None
    suffix: str = ""
    statements: "list[tuple[str, str | Node]]" = field(default_factory=list)
    _term: str = ""

    def say(self, predicate: str, value: "str | Node") -> None:
        """Adds a statement: *predicate* and *value* as terms (kg.terms), or another node as the value."""
        self.statements.append((predicate, value))

    def has(self, predicate: str) -> bool:
        """Whether anything is said with *predicate* yet."""
        return any(said == predicate for said, _ in self.statements)

    @property
    def term(self) -> str:
        """The node's IRI as a term, made from its owner's where it is a fragment."""
        if not self._term:
            if self.owner is not None:
                self.iri = f"{self.owner.term[1:-1]}#{self.suffix}"
            self._term = iri(self.iri)
        return self._term


class Description:
    """One record on its way to statements.

    describes: what the record is mainly about: "work" (then there is an instance too), or any other
    kind. Rules write on the named nodes: work, instance, record, and thing (whatever is described).
    """

    def __init__(self, record: Record, *, base: str, source: str, describes: str = "work") -> None:
        self.base = base
        self.source = source
        self.given = record
        self.language = ""
        """BCP 47 tag of the record's text, where a rule has found it."""
        self.cataloguing = ""
        """BCP 47 tag of the language of the catalogue, in which notes are written."""
        self.record = Node("record", keys.graph(base, source, record.key))
        self.thing = Node(describes)
        self.work = self.thing
        self.instance = Node("instance") if describes == "work" else self.thing
        self.scheme = ""
        """The name of the scheme that a described heading belongs to."""
        self.doi = ""
        self.key_title = ""
        """The title proper, from which a work's key is made."""
        self.key_creator = ""
        """The first creator as its key (keys.creator), from which a work's key is made."""
        self.key_context = ""
        """What stands for a creator where there is none, ISSN or publisher: not all bulletins are one."""
        self.translated_into = ""
        """The language of a translation; part of a work's key, so that it is not taken for the original."""
        self.key = ""
        """The key of the thing itself, where a rule has found an identifier."""
        self.positions = 0
        """Contributions so far."""
        self._nodes: list[Node] = [self.thing]
        if self.instance is not self.thing:
            self._nodes.append(self.instance)
        self._known: dict[str, Node] = {}
        self._holders: dict[tuple[int, str], Node] = {}

    def named(self, name: str) -> Node:
        """The node that rules call *name*: work, instance, record, or thing."""
        if name == "instance":
            return self.instance
        return self.record if name == "record" else self.thing

    def node(self, kind: str, key: str) -> Node:
        """The node of *kind* with *key* in this record: made once, handed out again."""
        return self.external(kind, f"{self.base}id/{kind}/{key}")

    def external(self, kind: str, address: str) -> Node:
        """The node of *kind* that already has an IRI of its own."""
        known = self._known.get(address)
        if known is None:
            known = self._known[address] = Node(kind, address)
            self._nodes.append(known)
        return known

    def fragment(self, owner: Node, kind: str, suffix: str) -> Node:
        """The node of *kind* that is the part *suffix* of its *owner*: a contribution, a name form."""
        place = (id(owner), suffix)
        known = self._holders.get(place)
        if known is None:
            known = self._holders[place] = Node(kind, owner=owner, suffix=suffix)
            self._nodes.append(known)
        return known

    def item(self) -> Node:
        """A new item of the instance; its place in the record is part of its key."""
        count = sum(1 for node in self._nodes if node.kind == "item")
        key = keys.digest(self.source, self.given.key, str(count + 1))
        item = self.node("item", key)
        item.say(named("wy:itemOf"), self.instance)
        return item

    def statements(self, *, mapping: str) -> list[Triple]:
        """Everything said, as triples without repetitions, sorted. mapping: its name and version."""
        self._mint()
        self._record(mapping)
        said: set[Triple] = set()
        for node in (*self._nodes, self.record):
            # A node that nothing was said of is only pointed at: another record describes it.
            if node.statements or node is self.thing:
                subject = node.term
                said.add((subject, _TYPE, CLASSES[node.kind]))
                for predicate, value in node.statements:
                    object_ = value if isinstance(value, str) else value.term
                    # Another edition of the same work is the same work: not related to itself.
                    if object_ != subject:
                        said.add((subject, predicate, object_))
        return sorted(said)

    def _mint(self) -> None:
        """Gives the described thing, and a work's instance, their IRIs."""
        if not self.thing.iri:
            self.thing.iri = f"{self.base}id/{self.thing.kind}/{self._thing_key()}"
        if self.instance is not self.thing:
            if not self.instance.iri:
                self.instance.iri = f"{self.base}id/instance/{self._instance_key()}"
            self.instance.say(_INSTANCE_OF, self.thing)

    def _thing_key(self) -> str:
        if self.key:
            return self.key
        if self.doi:
            return keys.doi(self.doi)
        if self.key_title:
            return keys.work(self.key_title, self.key_creator or self.key_context, self.translated_into)
        return keys.digest(self.source, self.given.key)

    def _instance_key(self) -> str:
        return keys.doi(self.doi) if self.doi else keys.digest(self.source, self.given.key)

    def _record(self, mapping: str) -> None:
        """Says of the record itself what is the same at every run: where from, how read, what about."""
        given, record = self.given, self.record
        record.say(named("wy:fromSource"), iri(f"{self.base}id/source/{self.source}"))
        record.say(named("wy:recordId"), text(given.key))
        record.say(named("wy:recordStatus"), text("live"))
        record.say(named("wy:layout"), text(given.layout))
        record.say(named("wy:mappingVersion"), text(mapping))
        record.say(named("wy:encoding"), text(given.encoding))
        if given.confidence < 1:
            record.say(named("wy:encodingConfidence"), typed(f"{given.confidence:.2f}", "decimal"))
        record.say(_DESCRIBES, self.thing)
        if self.instance is not self.thing:
            record.say(_DESCRIBES, self.instance)
