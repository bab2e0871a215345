"""One thing as people see it: names, grouped statements with their sources, relatives and links in."""

from dataclasses import dataclass

from kg.labels import Name


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a property, ready to be shown.

    term: the N-Triples text. iri: set where the value is a thing, else "". text: the label of that thing,
    or the literal's text; language: the language of *text* ("" unknown). kind: kind of the linked thing
    ("person"; "" where it is outside). datatype: full IRI of a typed literal, else "". has_page: whether the
    store says anything about the thing, so that a link to its page leads somewhere.
    sources: graphs that state it, best first, at most 20; source_count: how many there are (0 = not counted).
    rank: who says so: "curated", "authority", "source" or "machine". parts: a sub-node's own statements
    (Contribution, NameForm, Identifier, geometry), folded in; the value's text is then its summary.
    """

    term: str
    text: str
    language: str = ""
    iri: str = ""
    kind: str = ""
    datatype: str = ""
    has_page: bool = False
    sources: tuple[str, ...] = ()
    source_count: int = 0
    rank: str = "source"
    parts: tuple["Group", ...] = ()


@dataclass(frozen=True, slots=True)
class Group:
    """One property with its values in the order to show them.

    property: full IRI; name: prefixed ("wy:title"). section: which part of a page it belongs to
    ("titles", "agents", "subjects", "publication", "identifiers", "description", "structure", "holdings",
    "rights", "other"). total: number of values, which may exceed len(values).
    """

    property: str
    name: str
    section: str
    values: tuple[Value, ...]
    total: int


@dataclass(frozen=True, slots=True)
class Record:
    """A source record that says something about the thing; its IRI is also that of the graph it fills.

    status: "live", "deleted", ... source_label: name of the source in the reader's language.
    warnings: quality flags of the record. rank: as in Value ("curated", "authority" for such graphs).
    """

    iri: str
    source: str = ""
    source_label: str = ""
    record_id: str = ""
    status: str = ""
    rank: str = "source"
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Relative:
    """A node of the tree Work → Instance → Item around a thing.

    facts: short texts to tell siblings apart (edition, year, publisher; library, call number).
    is_here: the thing that is being described. total: how many children there are; may exceed len(children).
    """

    iri: str
    kind: str
    label: Name
    facts: tuple[str, ...] = ()
    is_here: bool = False
    children: tuple["Relative", ...] = ()
    total: int = 0


@dataclass(frozen=True, slots=True)
class Incoming:
    """How many things point here by one property. is_exact: False where counting stopped at *count*."""

    property: str
    name: str
    count: int
    is_exact: bool = True


@dataclass(frozen=True, slots=True)
class Entity:
    """A thing described. kind: "work", "person", "concept", ... ("thing" where unknown); types: class IRIs.

    label: the one to show; names: all of them, the label's language first. groups: everything else it says,
    in a stable order, names not repeated. same_as: IRIs of the same thing elsewhere. record_count may exceed
    len(records). tree: its Work with Instances and Items below; None where it has none.
    replaced_by: the IRI to use instead, "" where this one is current.
    """

    iri: str
    kind: str
    types: tuple[str, ...]
    label: Name
    names: tuple[Name, ...]
    groups: tuple[Group, ...]
    same_as: tuple[str, ...] = ()
    records: tuple[Record, ...] = ()
    record_count: int = 0
    tree: Relative | None = None
    incoming: tuple[Incoming, ...] = ()
    replaced_by: str = ""
