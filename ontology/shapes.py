"""Shapes: SHACL shapes read from Turtle into plain values. Not how data is checked: ontology.validate."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib.resources import files

from pyoxigraph import RdfFormat, parse

from ontology.errors import InvalidOntology
from ontology.literals import language_of, text_of
from ontology.namespaces import PREFIXES, compact

SH = PREFIXES["sh"]
TYPE = f"<{PREFIXES['rdf']}type>"
_FIRST, _REST, _NIL = (f"<{PREFIXES['rdf']}{name}>" for name in ("first", "rest", "nil"))
_SUBCLASS = f"<{PREFIXES['rdfs']}subClassOf>"
_CLASSES = frozenset((f"<{PREFIXES['rdfs']}Class>", f"<{PREFIXES['owl']}Class>"))

COMPONENTS = (
    "class", "datatype", "nodeKind", "minCount", "maxCount", "minInclusive", "maxInclusive", "minExclusive",
    "maxExclusive", "minLength", "maxLength", "pattern", "languageIn", "uniqueLang", "equals", "disjoint",
    "lessThan", "lessThanOrEquals", "not", "and", "or", "xone", "node", "hasValue", "in",
)  # fmt: skip
"""The constraints that can be compiled, by the names of their parameters (SHACL, § 4)."""
_OF_SHAPES = ("not", "node")
_OF_SHAPE_LISTS = ("and", "or", "xone")
_OF_TERM_LISTS = ("in", "languageIn")
_TARGETS = ("targetClass", "targetNode", "targetSubjectsOf", "targetObjectsOf")
_SILENT = (*_TARGETS, "name", "description", "order", "group", "defaultValue", "path", "property", "severity",
           "message", "deactivated", "flags", "declare", "prefixes")  # fmt: skip
_SEVERITIES = {f"<{SH}Violation>": "violation", f"<{SH}Warning>": "warning", f"<{SH}Info>": "info"}
_ONLY_OF_PROPERTIES = ("minCount", "maxCount", "uniqueLang", "lessThan", "lessThanOrEquals")


@dataclass(frozen=True, slots=True)
class Constraint:
    """One constraint: its parameter's name, the terms it is given, and the shapes it is given.

    flags: those of a pattern.
    """

    name: str
    terms: tuple[str, ...] = ()
    shapes: tuple["Shape", ...] = ()
    flags: str = ""

    @property
    def component(self) -> str:
        """The local name of the constraint component: "MinCountConstraintComponent"."""
        return f"{self.name[0].upper()}{self.name[1:]}ConstraintComponent"


@dataclass(frozen=True, slots=True)
class Targets:
    """What a shape is about: the members of classes, nodes, subjects and objects of properties; as terms."""

    classes: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()
    subjects_of: tuple[str, ...] = ()
    objects_of: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Shape:
    """A node shape, or a property shape where *path* is a predicate's term; *node* is the shape's own term.

    messages: language → text.
    """

    node: str
    path: str
    severity: str
    messages: dict[str, str]
    constraints: tuple[Constraint, ...]
    properties: tuple["Shape", ...]
    targets: Targets = field(default_factory=Targets)


@dataclass(frozen=True, slots=True)
class Shapes:
    """The shapes that have targets, in the order of their names, and the classes above each class."""

    shapes: tuple[Shape, ...]
    superclasses: dict[str, frozenset[str]]


def bundled() -> str:
    """The shapes of records, as Turtle."""
    return files("ontology").joinpath("shapes.ttl").read_text(encoding="utf-8")


def read(*turtle: str, base: str = "") -> Shapes:
    """The shapes in *turtle*, and the subclasses stated there.

    Raises InvalidOntology for what does not parse and for every feature of SHACL that is not compiled.
    """
    graph = _Graph(turtle, base)
    targeted = (node for node in sorted(graph.nodes) if graph.targets(node) != Targets())
    return Shapes(tuple(_Reader(graph).shape(node) for node in targeted), graph.superclasses())


class _Graph:
    """A small graph in memory: subject → predicate → objects, all terms."""

    def __init__(self, turtle: Iterable[str], base: str) -> None:
        self.nodes: dict[str, dict[str, list[str]]] = {}
        for text in turtle:
            try:
                quads = list(parse(text, format=RdfFormat.TURTLE, base_iri=base or None))
            except SyntaxError as error:
                raise InvalidOntology(f"the shapes are not valid Turtle: {error}") from error
            for quad in quads:
                node = self.nodes.setdefault(str(quad.subject), {})
                node.setdefault(str(quad.predicate), []).append(str(quad.object))

    def get(self, node: str, name: str) -> list[str]:
        """The values of the SHACL property *name*."""
        return self.nodes.get(node, {}).get(f"<{SH}{name}>", [])

    def list(self, head: str) -> list[str]:
        """The members of an RDF list."""
        members, seen = [], set()
        while head != _NIL:
            node = self.nodes.get(head, {})
            if head in seen or len(node.get(_FIRST, ())) != 1 or len(node.get(_REST, ())) != 1:
                raise InvalidOntology(f"{head} is no list")
            seen.add(head)
            members.append(node[_FIRST][0])
            head = node[_REST][0]
        return members

    def targets(self, node: str) -> Targets:
        """What the shape *node* is about; a class that is a shape is about its members (SHACL, § 2.1.3.3)."""
        classes, nodes, subjects, objects = (tuple(self.get(node, name)) for name in _TARGETS)
        types = self.nodes[node].get(TYPE, [])
        is_shape = f"<{SH}NodeShape>" in types or f"<{SH}PropertyShape>" in types
        if is_shape and not _CLASSES.isdisjoint(types):
            classes = (*classes, node)
        return Targets(classes, nodes, subjects, objects)

    def superclasses(self) -> dict[str, frozenset[str]]:
        """Class → all classes above it, itself included, for every class of which something is said."""
        above = {node: said.get(_SUBCLASS, []) for node, said in self.nodes.items() if _SUBCLASS in said}
        return {start: frozenset(_reachable(start, above)) for start in above}


class _Reader:
    """Reads one shape and the shapes inside it; *inside* guards against shapes that contain themselves."""

    def __init__(self, graph: _Graph) -> None:
        self._graph = graph
        self._inside: list[str] = []

    def shape(self, node: str) -> Shape:
        """The shape at *node*; one that is deactivated asks for nothing (SHACL, § 2.1.6)."""
        if self._value(node, "deactivated").startswith('"true"'):
            return Shape(node, self._path(node), "violation", {}, (), ())
        if node in self._inside:
            raise InvalidOntology(f"the shape {_name(node)} contains itself, which is not compiled")
        self._inside.append(node)
        path = self._path(node)
        read = Shape(
            node=node,
            path=path,
            severity=self._severity(node),
            messages={language_of(message): text_of(message) for message in self._graph.get(node, "message")},
            constraints=tuple(self._constraints(node, is_property=bool(path))),
            properties=self._shapes(self._graph.get(node, "property"), node, must_have_path=True),
            targets=self._graph.targets(node) if len(self._inside) == 1 else Targets(),
        )
        self._inside.pop()
        return read

    def _constraints(self, node: str, *, is_property: bool) -> Iterator[Constraint]:
        for predicate, values in sorted(self._graph.nodes.get(node, {}).items()):
            name = predicate[1:-1].removeprefix(SH)
            if not predicate.startswith(f"<{SH}") or name in _SILENT:
                continue
            if name not in COMPONENTS:
                raise InvalidOntology(
                    f"the shape {_name(node)} uses sh:{name}, which is not compiled",
                    hint=f"compiled are: {', '.join(COMPONENTS)}",
                )
            if name in _ONLY_OF_PROPERTIES and not is_property:
                raise InvalidOntology(f"sh:{name} in {_name(node)} belongs in a shape with a path")
            for value in values:
                yield from self._constraint(node, name, value)

    def _constraint(self, node: str, name: str, value: str) -> Iterator[Constraint]:
        if name in _OF_SHAPES:
            yield Constraint(name, shapes=self._shapes([value], node))
        elif name in _OF_SHAPE_LISTS:
            yield Constraint(name, shapes=self._shapes(self._graph.list(value), node))
        elif name in _OF_TERM_LISTS:
            yield Constraint(name, tuple(self._graph.list(value)))
        elif name == "pattern":
            yield Constraint(name, (value,), flags=text_of(self._value(node, "flags") or '""'))
        elif name != "uniqueLang" or value.startswith('"true"'):
            yield Constraint(name, (value,))

    def _shapes(self, nodes: list[str], owner: str, *, must_have_path: bool = False) -> tuple[Shape, ...]:
        shapes = tuple(map(self.shape, nodes))
        if must_have_path and not all(shape.path for shape in shapes):
            raise InvalidOntology(f"a property shape of {_name(owner)} has no sh:path")
        return shapes

    def _path(self, node: str) -> str:
        path = self._value(node, "path")
        if path and not path.startswith("<"):
            raise InvalidOntology(f"the path of {_name(node)} is no single property, which is not compiled")
        return path

    def _severity(self, node: str) -> str:
        severity = self._value(node, "severity") or f"<{SH}Violation>"
        if severity not in _SEVERITIES:
            raise InvalidOntology(f"the severity {severity} of {_name(node)} is not one of SHACL's three")
        return _SEVERITIES[severity]

    def _value(self, node: str, name: str) -> str:
        """The one value of a SHACL property, "" where it has none."""
        values = self._graph.get(node, name)
        if len(values) > 1:
            raise InvalidOntology(f"the shape {_name(node)} has more than one sh:{name}")
        return values[0] if values else ""


def _name(node: str) -> str:
    return compact(node[1:-1]) if node.startswith("<") else node


def _reachable(start: str, above: dict[str, list[str]]) -> set[str]:
    seen, waiting = {start}, [start]
    while waiting:
        for parent in above.get(waiting.pop(), ()):
            if parent not in seen:
                seen.add(parent)
                waiting.append(parent)
    return seen
