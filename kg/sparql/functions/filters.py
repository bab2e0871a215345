"""Filters on geometries, helped by the index: which geometries a filter can be true of, as VALUES beside it.

The filter itself stays, and what the index gives is never less than what the filter lets pass. So the answers
are those of the engine alone; where words do not tell that, nothing is done.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from kg.geometry import WKT, Box, around, box_of
from kg.sparql.functions.model import Index
from kg.sparql.functions.outline import Group, Outline, Sentence
from kg.sparql.lexer import Kind, Token
from kg.terms import iri, text
from ontology.namespaces import PREFIXES, expand

MOST = 10_000
"""Geometries that are written into a query; with more, looking at all of them is as quick."""

_LOOKED_AT = 8
"""Filters of a group that are looked at."""
_GEOF = PREFIXES["geof"]
_UOM = PREFIXES["uom"]
_AS_WKT = expand("geo:asWKT")
_TOUCHING = frozenset(
    _GEOF + name
    for name in (
        "sfEquals", "sfIntersects", "sfTouches", "sfCrosses", "sfWithin", "sfContains", "sfOverlaps",
        "ehEquals", "ehMeet", "ehOverlap", "ehCovers", "ehCoveredBy", "ehInside", "ehContains",
    )
)  # fmt: skip
"""Relations that hold only between shapes that have a point in common."""
_METRES = {f"{_UOM}metre": 1.0, f"{_UOM}meter": 1.0, f"{_UOM}kilometre": 1e3, f"{_UOM}kilometer": 1e3}
_NEARER, _FARTHER = ("<", "<="), (">", ">=")


@dataclass(frozen=True, slots=True)
class Narrowing:
    """Rows to put at the beginning of a basic graph pattern: the geometries that ?variable can be."""

    run: list[Sentence]
    variable: str
    rows: tuple[tuple[str, ...], ...]
    offset: int


def is_promising(query: str) -> bool:
    """Whether a query may hold such a filter: a quick look."""
    return "asWKT" in query and "geo" in query and "FILTER" in query.upper()


def narrowings(outline: Outline, groups: Iterator[Group], index: Index) -> Iterator[Narrowing]:
    """What can be narrowed in a query."""
    if any(token.kind is Kind.DOUBTFUL for token in outline.tokens):
        return  # The engine might read a comparison where an IRI is read here.
    for group in groups:
        if group.is_template or not any(
            verb.iri == _AS_WKT for run in group.runs for s in run for verb in s.verbs
        ):
            continue
        for start, end in group.filters[:_LOOKED_AT]:
            inner = [token for token in outline.tokens if start < token.start < end]
            for variable, boxes in _conditions(outline, inner):
                for run, geometry in _said(group, variable):
                    found = index.geometries(boxes, most=MOST)
                    if found is not None:
                        yield Narrowing(run, geometry, tuple((iri(each),) for each in found), start)


def _said(group: Group, variable: str) -> Iterator[tuple[list[Sentence], str]]:
    """Where the group says `?geometry geo:asWKT ?variable`."""
    for run in group.runs:
        for sentence in run:
            for verb in sentence.verbs:
                is_it = any(term.kind == "variable" and term.value == variable for term in verb.objects)
                if verb.iri == _AS_WKT and is_it and sentence.subject.kind == "variable":
                    yield run, sentence.subject.value


def _conditions(outline: Outline, tokens: Sequence[Token]) -> Iterator[tuple[str, tuple[Box, ...]]]:
    """The variables of which a filter demands that they touch one of some boxes."""
    tokens = _bare(tokens)
    parts = _parted(tokens)
    if len(parts) > 1:
        for part in parts:
            yield from _conditions(outline, part)
    elif found := _relation(outline, tokens) or _distance(outline, tokens):
        yield found


def _bare(tokens: Sequence[Token]) -> Sequence[Token]:
    """The tokens without brackets around all of them."""
    while len(tokens) > 1 and tokens[0].text == "(" and _closing(tokens) == len(tokens) - 1:
        tokens = tokens[1:-1]
    return tokens


def _closing(tokens: Sequence[Token]) -> int:
    """The place of the bracket that closes the first one."""
    depth = 0
    for place, token in enumerate(tokens):
        if token.kind is Kind.MARK:
            depth += (token.text in ("(", "{", "[")) - (token.text in (")", "}", "]"))
        if depth == 0:
            return place
    return -1


def _parted(tokens: Sequence[Token]) -> list[Sequence[Token]]:
    """What && joins; the whole where || is among it."""
    depth, start = 0, 0
    parts: list[Sequence[Token]] = []
    for place, token in enumerate(tokens):
        if token.kind is not Kind.MARK:
            continue
        depth += (token.text in ("(", "{", "[")) - (token.text in (")", "}", "]"))
        if depth == 0 and token.text == "||":
            return [tokens]
        if depth == 0 and token.text == "&&":
            parts.append(tokens[start:place])
            start = place + 1
    return [*parts, tokens[start:]]


def _relation(outline: Outline, tokens: Sequence[Token]) -> tuple[str, tuple[Box, ...]] | None:
    """`geof:sfWithin(?shape, "..."^^geo:wktLiteral)`, or the other way round."""
    if not tokens or outline.iri_of(tokens[0]) not in _TOUCHING:
        return None
    found = _pair(outline, tokens[1:])
    if found is None or len(tokens) != found[2] + 2 or tokens[-1].text != ")":
        return None
    return found[0], (found[1],)


def _distance(outline: Outline, tokens: Sequence[Token]) -> tuple[str, tuple[Box, ...]] | None:
    """`geof:distance(?shape, "POINT(...)"^^geo:wktLiteral, uom:metre) < 5000`, or the other way round."""
    if len(tokens) > 2 and tokens[0].kind is Kind.NUMBER and tokens[1].text in _FARTHER:
        tokens = [*tokens[2:], Token(Kind.MARK, "<", 0), tokens[0]]
    if len(tokens) < 4 or outline.iri_of(tokens[0]) != f"{_GEOF}distance" or tokens[-2].text not in _NEARER:
        return None
    found = _pair(outline, tokens[1:-2])
    if found is None or tokens[-1].kind is not Kind.NUMBER:
        return None
    variable, box, length = found
    rest = tokens[1 + length : -2]
    metres = _METRES.get(outline.iri_of(rest[1]), 0) if len(rest) == 3 else 0
    if not metres or rest[0].text != "," or rest[2].text != ")" or not box.is_point or not box.is_on_earth:
        return None
    return variable, around(box.west, box.south, min(float(tokens[-1].text) * metres, 3e7))


def _pair(outline: Outline, tokens: Sequence[Token]) -> tuple[str, Box, int] | None:
    """A variable and the box of a geometry behind an opening bracket, and how many tokens they take."""
    texts = [token.text for token in tokens[:6]]
    if len(texts) < 6 or texts[0] != "(":
        return None
    first, second = (1, 3) if tokens[1].kind is Kind.VARIABLE else (5, 1)
    comma = 2 if first == 1 else 4
    if (
        tokens[first].kind is not Kind.VARIABLE
        or texts[comma] != ","
        or tokens[second].kind is not Kind.STRING
    ):
        return None
    if texts[second + 1] != "^^" or outline.iri_of(tokens[second + 2]) != WKT:
        return None
    box = box_of(f"{text(outline.text_of(tokens[second]))}^^<{WKT}>")
    return (texts[first][1:], box, 6) if box else None
