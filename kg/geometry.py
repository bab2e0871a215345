"""Geometries: the boxes of WKT literals, and distances on the earth. Degrees of WGS 84, longitude first."""

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

from kg.terms import literal
from ontology.namespaces import PREFIXES

EARTH = 6_371_008.8
"""Mean radius of the earth in metres (IUGG), with which the engine's geof:distance reckons, too."""
WKT = f"{PREFIXES['geo']}wktLiteral"

_CRS84 = "http://www.opengis.net/def/crs/OGC/1.3/CRS84"
_LONGEST = 4_000_000
# Curves and collections hold letters inside: they count as shapes of unknown extent.
_SHAPE = re.compile(
    rf"\s*(?:<{re.escape(_CRS84)}>)?\s*(?:MULTI)?(POINT|LINESTRING|POLYGON)\s*(?:ZM|Z|M)?\s*"
    r"\(([0-9eE+\-.,()\s]*)\)\s*",
    re.IGNORECASE | re.ASCII,
)
_CORNER = re.compile(r"[^(),]+")


class Box(NamedTuple):
    """What lies between two meridians and two parallels, edges included; a point is a box without extent."""

    west: float
    south: float
    east: float
    north: float

    @property
    def is_point(self) -> bool:
        return self.west == self.east and self.south == self.north

    @property
    def is_on_earth(self) -> bool:
        return self.west >= -180 and self.east <= 180 and self.south >= -90 and self.north <= 90


def box_of(term: str) -> Box | None:
    """The box of a geometry: a wktLiteral as N-Triples text, in WGS 84.

    None for what is written in any other way, which the engine may still understand.
    """
    if len(term) > _LONGEST or not term.startswith('"'):
        return None
    written, _, datatype = literal(term)
    found = _SHAPE.fullmatch(written) if datatype == WKT else None
    if found is None:
        return None
    try:
        corners = list(_corners(found[2]))
    except ValueError:
        return None
    if not corners:
        return None
    east, north = [x for x, _ in corners], [y for _, y in corners]
    return Box(min(east), min(north), max(east), max(north))


def _corners(written: str) -> Iterator[tuple[float, float]]:
    for corner in _CORNER.findall(written):
        numbers = [float(number) for number in corner.split()]
        if not numbers:
            continue
        if not 2 <= len(numbers) <= 4 or not all(map(math.isfinite, numbers)):
            raise ValueError(corner)
        yield numbers[0], numbers[1]


def distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    """Metres between two points, longitude first, along a great circle (haversine)."""
    (east, north), (east_too, north_too) = one, other
    first, second = math.radians(north), math.radians(north_too)
    half_north, half_east = math.sin((second - first) / 2), math.sin(math.radians(east_too - east) / 2)
    share = half_north**2 + math.cos(first) * math.cos(second) * half_east**2
    return 2 * EARTH * math.asin(min(1.0, math.sqrt(share)))


def around(east: float, north: float, metres: float) -> tuple[Box, ...]:
    """Boxes that hold all points within *metres* of a point: two where the 180th meridian lies between."""
    # A little more than asked for: the boxes only choose what is measured then.
    angle = metres / EARTH * (1 + 1e-9) + 1e-9
    south, top = north - math.degrees(angle), north + math.degrees(angle)
    if south <= -90 or top >= 90 or angle >= math.pi / 2:
        return (Box(-180, max(south, -90), 180, min(top, 90)),)
    # The circle is widest a little nearer to the pole than its middle.
    wide = math.degrees(math.asin(min(1.0, math.sin(angle) / math.cos(math.radians(north))))) + 1e-9
    if wide >= 180:
        return (Box(-180, south, 180, top),)
    return between(east - wide, south, east + wide, top)


def between(west: float, south: float, east: float, north: float) -> tuple[Box, ...]:
    """The boxes from *west* eastwards to *east*: two where the 180th meridian lies between."""
    if west < -180:
        return Box(west + 360, south, 180, north), Box(-180, south, east, north)
    if east > 180:
        return Box(west, south, 180, north), Box(-180, south, east - 360, north)
    if west > east:
        return Box(west, south, 180, north), Box(-180, south, east, north)
    return (Box(west, south, east, north),)
