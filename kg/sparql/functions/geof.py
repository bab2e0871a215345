"""GeoSPARQL's functions: which the engine has, and some that it has not, added in the worker.

The engine's own reckon on a sphere (uom:metre, uom:kilometre; uom:square_metre, uom:square_kilometre for
areas) and know points only for distances; so do those here, which go by the boxes of geometries.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

from pyoxigraph import Literal, NamedNode

from kg.geometry import WKT, Box, box_of, distance
from kg.terms import text
from ontology.namespaces import PREFIXES

_GEOF = PREFIXES["geof"]
_ENGINE = """
    distance area length perimeter union intersection difference symDifference envelope convexHull centroid
    asGeoJSON getSRID isEmpty isSimple dimension coordinateDimension spatialDimension relate
    sfEquals sfDisjoint sfIntersects sfTouches sfCrosses sfWithin sfContains sfOverlaps
    ehEquals ehDisjoint ehMeet ehOverlap ehCovers ehCoveredBy ehInside ehContains
    rcc8eq rcc8dc rcc8ec rcc8po rcc8tppi rcc8tpp rcc8ntpp rcc8ntppi
"""


def _edge(name: str) -> Callable[..., Literal | None]:
    """A function that gives one edge of the box of a geometry."""

    def edge(*arguments: Any) -> Literal | None:
        box = _box(arguments[0]) if len(arguments) == 1 else None
        return None if box is None else Literal(float(getattr(box, name)))

    return edge


def metric_distance(*arguments: Any) -> Literal | None:
    """geof:metricDistance: metres between two points (GeoSPARQL 1.1, § 8.7.1)."""
    if len(arguments) != 2:
        return None
    one, other = map(_box, arguments)
    if one is None or other is None or not (one.is_point and other.is_point):
        return None
    return Literal(distance((one.west, one.south), (other.west, other.south)))


def as_wkt(*arguments: Any) -> Literal | None:
    """geof:asWKT: a geometry that is written as WKT already (GeoSPARQL 1.1, § 8.8.1)."""
    return arguments[0] if len(arguments) == 1 and _written(arguments[0]) else None


def _box(argument: Any) -> Box | None:
    return _box_of(argument.value) if _written(argument) else None


def _written(argument: Any) -> bool:
    return isinstance(argument, Literal) and argument.datatype.value == WKT


@lru_cache(maxsize=4096)
def _box_of(written: str) -> Box | None:
    return box_of(f"{text(written)}^^<{WKT}>")


CUSTOM: dict[NamedNode, Callable[..., Any]] = {
    NamedNode(_GEOF + name): function
    for name, function in {
        "metricDistance": metric_distance,
        "asWKT": as_wkt,
        "minX": _edge("west"),
        "minY": _edge("south"),
        "maxX": _edge("east"),
        "maxY": _edge("north"),
    }.items()
}
"""Functions to give to the engine with each query."""
GEOMETRIC = (*(_GEOF + name for name in _ENGINE.split()), *(node.value for node in CUSTOM))
"""IRIs of all functions on geometries."""
