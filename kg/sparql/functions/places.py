"""Places in SPARQL: `(?place ?km) wy:nearby (39.9 116.4 5)` and `?place wy:withinBox (73 18 135 54)`."""

from kg.finding import DEEPEST
from kg.geometry import between
from kg.sparql.functions.model import Call, Found, Function, Index, number, whole
from kg.sparql.functions.outline import Term
from kg.terms import iri, typed
from ontology.namespaces import WY

DEFAULT_LIMIT = 1_000
"""Places of a call that does not say how many it wants."""
_FARTHEST = 20_038.0
"""Half the way around the earth, in kilometres."""


def _nearby(call: Call, index: Index) -> Found:
    numbers, limit = _read(call, "latitude, longitude and kilometres", 3)
    north, east, far = numbers
    _check(call, call.arguments[0], "the latitude", north, -90, 90)
    _check(call, call.arguments[1], "the longitude", east, -180, 180)
    _check(call, call.arguments[2], "the kilometres", far, 0, _FARTHEST)
    found = index.nearby(east, north, far * 1000)
    rows = (
        (iri(thing), typed(repr(metres / 1000), "double"))[: len(call.subject)]
        for thing, metres in found[:limit]
    )
    return Found(tuple(rows), len(found))


def _within(call: Call, index: Index) -> Found:
    numbers, limit = _read(call, "west, south, east and north", 4)
    west, south, east, north = numbers
    for place, what, most in (
        (0, "the west", 180),
        (1, "the south", 90),
        (2, "the east", 180),
        (3, "the north", 90),
    ):
        _check(call, call.arguments[place], what, numbers[place], -most, most)
    if south > north:
        raise call.wrong(
            "the south lies north of the north; the order is west, south, east, north", call.arguments[1]
        )
    found = index.within(between(west, south, east, north))
    return Found(tuple((iri(thing),) for thing in found[:limit]), len(found))


def _read(call: Call, what: str, count: int) -> tuple[list[float], int]:
    """The numbers of a call, and how many places it wants."""
    given = call.arguments
    if not count <= len(given) <= count + 1:
        raise call.wrong(f"in its brackets stand {what}, and perhaps how many places are wanted")
    limit = (
        whole(call, given[count], "the number of places", DEEPEST) if len(given) > count else DEFAULT_LIMIT
    )
    return [number(call, term, f"{what} must be written out as numbers") for term in given[:count]], limit


def _check(call: Call, term: Term, what: str, value: float, least: float, most: float) -> None:
    if not least <= value <= most:
        raise call.wrong(f"{what} must lie from {least:g} to {most:g}, not {term.value}", term)


NEARBY = Function(
    name="wy:nearby",
    iri=f"{WY}nearby",
    outputs=("place", "km"),
    signature="(?place ?km) wy:nearby (latitude longitude kilometres limit)",
    example="(?library ?km) wy:nearby (39.9 116.4 5) .",
    zh="按大圆距离查找某点附近的地点，近者在前；?km 为公里数。",
    en="Places within so many kilometres of a point, along great circles, the nearest first.",
    find=_nearby,
)
WITHIN_BOX = Function(
    name="wy:withinBox",
    iri=f"{WY}withinBox",
    outputs=("place",),
    signature="?place wy:withinBox (west south east north limit)",
    example="?library wy:withinBox (115.4 39.4 117.5 41.1) .",
    zh="查找经纬度范围之内的地点；西界大于东界时跨越180度经线。",
    en="Places within a box of degrees; one whose west is greater than its east crosses the 180th meridian.",
    find=_within,
)
