"""The tree around a thing: its Work, the Instances of that, and their Items."""

from collections.abc import Mapping
from dataclasses import dataclass

from kg.labels import Labels, Name, kind_of
from kg.reading import Reading
from kg.terms import is_iri, value_of
from ontology.namespaces import expand

SHOWN = 12
"""Children shown of one node; the rest is counted and found under the links that come in."""

_PARENT = {"instance": ("wy:instanceOf", "work"), "item": ("wy:itemOf", "instance")}
_CHILD = {"work": ("wy:instanceOf", "instance"), "instance": ("wy:itemOf", "item")}
_FACTS = {
    "instance": ("wy:edition", "wy:issued", "wy:publisher"),
    "item": ("wy:heldBy", "wy:location", "wy:callNumber"),
}
_COUNTED = 1_000


@dataclass(frozen=True, slots=True)
class Relative:
    """A node of the tree Work → Instance → Item around a thing.

    facts: short texts to tell siblings apart (edition, year, publisher; library, call number).
    is_here: the thing that is being described. total: how many children there are, counted up to 1,000;
    may exceed len(children).
    """

    iri: str
    kind: str
    label: Name
    facts: tuple[str, ...] = ()
    is_here: bool = False
    children: tuple["Relative", ...] = ()
    total: int = 0


def tree(reading: Reading, iri: str, labels: Labels) -> Relative | None:
    """The tree that the thing *iri* stands in; None where it stands alone."""
    if kind_of(iri) not in (*_PARENT, *_CHILD):
        return None
    path = _path(reading, iri)
    below = dict(zip(path[1:], path, strict=False))
    root = _node(reading, path[-1], labels, here=iri, below=below)
    return root if root.children or root.iri != iri else None


def _path(reading: Reading, iri: str) -> list[str]:
    """The thing and its ancestors, upwards: at most three, since the kinds must climb too."""
    path = [iri]
    while kind_of(path[-1]) in _PARENT:
        predicate, wanted = _PARENT[kind_of(path[-1])]
        found = reading.about(path[-1], expand(predicate), limit=8)
        parents = sorted(value_of(term) for _, term, _ in found if is_iri(term))
        above = next((parent for parent in parents if kind_of(parent) == wanted), "")
        if not above:
            break
        path.append(above)
    return path


def _node(reading: Reading, iri: str, labels: Labels, *, here: str, below: Mapping[str, str]) -> Relative:
    """The node of *iri* with its children; *below* leads from each ancestor down to *here*."""
    kind = kind_of(iri)
    children = _children(reading, iri, kind)
    # The way down to where the reader stands is always shown, however many siblings there are.
    shown = list(dict.fromkeys([*([below[iri]] if iri in below else []), *sorted(children)]))[:SHOWN]
    nodes = [_node(reading, child, labels, here=here, below=below) for child in shown]
    return Relative(
        iri,
        kind,
        labels.show(iri),
        _facts(reading, iri, labels),
        iri == here,
        tuple(sorted(nodes, key=lambda node: (node.facts, node.iri))),
        max(len(children), len(nodes)),
    )


def _children(reading: Reading, iri: str, kind: str) -> list[str]:
    if kind not in _CHILD:
        return []
    predicate, wanted = _CHILD[kind]
    rows = reading.select(f"SELECT DISTINCT ?s {{ ?s <{expand(predicate)}> <{iri}> }} LIMIT {_COUNTED}")
    return [value_of(child) for (child,) in rows if kind_of(value_of(child)) == wanted]


def _facts(reading: Reading, iri: str, labels: Labels) -> tuple[str, ...]:
    told = []
    for name in _FACTS.get(kind_of(iri), ()):
        terms = sorted({term for _, term, _ in reading.about(iri, expand(name), limit=8)})
        if terms:
            told.append(_text(terms[0], labels))
    return tuple(told)


def _text(term: str, labels: Labels) -> str:
    return labels.show(value_of(term)).text if is_iri(term) else value_of(term)
