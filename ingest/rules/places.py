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
