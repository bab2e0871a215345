"""A rule for where things are: coordinates as numbers and as a geometry of GeoSPARQL."""

import re

from ingest.description import Description
from ingest.mapping import Apply, Options
from ingest.model import Field
from kg.terms import named, text, typed

_NUMBER = re.compile(r"[+-]?\d{1,3}(?:\.\d{1,15})?")
_NOWHERE = ("0", "0")
"""What databases write for a place they do not know: a spot in the Gulf of Guinea."""


def point_rule(options: Options) -> Apply:
    """A point on the earth, WGS 84: wy:latitude, wy:longitude, and geo:hasGeometry with its WKT.

    latitude, longitude: the parts, in decimal degrees; on ("thing"). Both must be there and on the earth.
    """
    latitude, longitude = options.words("latitude", "latitude"), options.words("longitude", "longitude")
    on = options.text("on", "thing")

    def apply(field: Field, description: Description) -> None:
        north = _degrees(field.first(latitude), 90)
        east = _degrees(field.first(longitude), 180)
        if not north or not east or (north, east) == _NOWHERE:
            return
        node = description.named(on)
        node.say(named("wy:latitude"), typed(north, "decimal"))
        node.say(named("wy:longitude"), typed(east, "decimal"))
        geometry = description.fragment(node, "geometry", "geometry")
        geometry.say(named("geo:asWKT"), f"{text(f'POINT({east} {north})')}^^{named('geo:wktLiteral')}")
        node.say(named("geo:hasGeometry"), geometry)

    return apply


def _degrees(written: str, limit: int) -> str:
    """*written* as a plain decimal number of at most *limit* either way, "" where it is none."""
    number = written.strip().removeprefix("+")
    if not _NUMBER.fullmatch(number) or abs(float(number)) > limit:
        return ""
    return number.rstrip("0").rstrip(".") if "." in number else number


def extent_rule(options: Options) -> Apply:
    """The part of the earth that a map shows, as geo:hasGeometry of the work: a rectangle, or a point.

    west, east, north, south: the parts ($d $e $f $g of 034), each as W0963400 (degrees, minutes, seconds)
    or in decimal degrees. A field in which one is missing or not on the earth says nothing.
    """
    sides = [options.words(name, code) for name, code in zip(_SIDES, "defg", strict=True)]

    def apply(field: Field, description: Description) -> None:
        limits = (180.0, 180.0, 90.0, 90.0)
        found = [_angle(field.first(side), limit) for side, limit in zip(sides, limits, strict=True)]
        west, east, north, south = found
        if west is None or east is None or north is None or south is None:
            return
        geometry = description.fragment(description.work, "geometry", "geometry")
        shape = _shape(west, east, north, south)
        geometry.say(named("geo:asWKT"), f"{text(shape)}^^{named('geo:wktLiteral')}")
        description.work.say(named("geo:hasGeometry"), geometry)

    return apply


_SIDES = ("west", "east", "north", "south")
_ANGLE = re.compile(r"([NSEW+-]?)(\d{3})(\d{2})(\d{2}(?:\.\d+)?)")
_DECIMAL = re.compile(r"([NSEW+-]?)(\d{1,3}(?:\.\d+)?)")


def _angle(written: str, limit: float) -> float | None:
    """Degrees from "W0963400" (hdddmmss) or "-96.5" (MARC 21, 034); None where it is neither."""
    written = written.strip().upper()
    if found := _ANGLE.fullmatch(written):
        degrees = int(found[2]) + int(found[3]) / 60 + float(found[4]) / 3600
    elif found := _DECIMAL.fullmatch(written):
        degrees = float(found[2])
    else:
        return None
    if degrees > limit:
        return None
    return round(-degrees if found[1] in ("S", "W", "-") else degrees, 5)


def _shape(west: float, east: float, north: float, south: float) -> str:
    if (west, north) == (east, south):
        return f"POINT({west:g} {north:g})"
    corners = ((west, south), (east, south), (east, north), (west, north), (west, south))
    return f"POLYGON(({', '.join(f'{x:g} {y:g}' for x, y in corners)}))"
