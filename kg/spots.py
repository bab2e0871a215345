"""Spots: where on the earth things are, counted into the search index. An R*Tree over boxes.

A spot is one statement of a geometry (geo:asWKT), or the latitude and longitude of a thing in one graph.
Counted like entries: what a change takes away is counted out, in any order.
"""

import sqlite3
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import islice
from typing import NamedTuple, TypeAlias

from kg.canonical import read
from kg.errors import QueryRefused
from kg.geometry import Box, box_of, distance
from kg.terms import Triple, literal, named

TABLES = """
CREATE TABLE spot(id INTEGER PRIMARY KEY, iri TEXT, said BLOB, is_geometry INTEGER,
    west REAL, south REAL, east REAL, north REAL, count INTEGER, UNIQUE(iri, said));
CREATE INDEX spot_odd ON spot(is_geometry) WHERE west IS NULL;
CREATE VIRTUAL TABLE area USING rtree(id, west, east, south, north);
CREATE TABLE shape_of(geometry TEXT, thing TEXT, count INTEGER, PRIMARY KEY(geometry, thing)) WITHOUT ROWID;
"""
DROP = "".join(f"DROP TABLE IF EXISTS {name};" for name in ("spot", "area", "shape_of"))

MOST = 200_000
"""Spots that one question may touch: about a second."""

_AS_WKT, _HAS_GEOMETRY = named("geo:asWKT"), named("geo:hasGeometry")
_LATITUDE, _LONGITUDE = named("wy:latitude"), named("wy:longitude")
_READ = frozenset((_AS_WKT, _HAS_GEOMETRY, _LATITUDE, _LONGITUDE))
_SIGNS = (b"/geosparql#", b"ns#latitude>")
"""What the bytes of a graph hold that says where something is."""

_COUNT = (
    "INSERT INTO spot(iri, said, is_geometry, west, south, east, north, count) VALUES(?, ?, ?, ?, ?, ?, ?, ?)"
    " ON CONFLICT(iri, said) DO UPDATE SET count = count + excluded.count"
)
_COUNT_SHAPE = (
    "INSERT INTO shape_of(geometry, thing, count) VALUES(?, ?, ?)"
    " ON CONFLICT(geometry, thing) DO UPDATE SET count = count + excluded.count"
)
_INTO_AREA = (
    "INSERT INTO area(id, west, east, south, north)"
    " SELECT id, west, east, south, north FROM spot WHERE id > ? AND west IS NOT NULL"
)
_WITHIN = (
    "SELECT spot.iri, is_geometry, spot.west, spot.south, spot.east, spot.north"
    " FROM area JOIN spot ON spot.id = area.id WHERE count > 0"
    " AND area.west <= ? AND area.east >= ? AND area.south <= ? AND area.north >= ?"
)


class Spot(NamedTuple):
    """What one graph says of where a thing is. box: None where its words are not understood here."""

    iri: str
    said: bytes
    is_geometry: bool
    box: Box | None


class Shape(NamedTuple):
    """That a geometry is the shape of a thing."""

    geometry: str
    thing: str


Row: TypeAlias = Spot | Shape


def told(triples: Iterable[Triple]) -> list[Row]:
    """What the statements of one graph say of where things are. 2 µs where they say nothing."""
    said = [triple for triple in triples if triple[1] in _READ]
    if not said:
        return []
    rows: list[Row] = []
    points: dict[str, dict[str, list[str]]] = {}
    for subject, predicate, value in said:
        if predicate == _AS_WKT:
            rows.append(Spot(subject[1:-1], _digest(value), True, _on_earth(box_of(value))))
        elif predicate == _HAS_GEOMETRY and value.startswith("<"):
            rows.append(Shape(value[1:-1], subject[1:-1]))
        else:
            points.setdefault(subject, {}).setdefault(predicate, []).append(value)
    return rows + [spot for thing, about in points.items() for spot in _point(thing, about)]


def told_in_bulk(nquads: bytes, starts: Sequence[int]) -> Iterator[Row]:
    """What the graphs of a bulk say of where things are; *starts*: where in the bytes each graph begins.

    Only graphs that hold a sign of it are read, at the speed of a search through bytes.
    """
    for number in sorted({number for sign in _SIGNS for number in _holders(nquads, sign, starts)}):
        end = starts[number + 1] if number + 1 < len(starts) else len(nquads)
        yield from told(read(nquads[starts[number] : end].decode()))


def count(db: sqlite3.Connection, gone: Iterable[Row], came: Iterable[Row]) -> None:
    """Counts out what is gone and in what came, within a transaction that the caller holds."""
    counts = Counter(came)
    counts.subtract(gone)
    changes = [(row, change) for row, change in counts.items() if change]
    if not changes:
        return
    newest = db.execute("SELECT IFNULL(MAX(id), 0) FROM spot").fetchone()[0]
    spots = [(row, change) for row, change in changes if isinstance(row, Spot)]
    empty = (None, None, None, None)
    db.executemany(
        _COUNT, [(row.iri, row.said, row.is_geometry, *(row.box or empty), change) for row, change in spots]
    )
    shapes = [(*row, change) for row, change in changes if isinstance(row, Shape)]
    db.executemany(_COUNT_SHAPE, shapes)
    db.execute(_INTO_AREA, (newest,))
    fewer = [(row.iri, row.said) for row, change in spots if change < 0]
    db.executemany(
        "DELETE FROM area WHERE id = (SELECT id FROM spot WHERE iri = ? AND said = ? AND count = 0)", fewer
    )
    db.executemany("DELETE FROM spot WHERE iri = ? AND said = ? AND count = 0", fewer)
    lost = [row[:2] for row in shapes if row[2] < 0]
    db.executemany("DELETE FROM shape_of WHERE geometry = ? AND thing = ? AND count = 0", lost)


def geometries(db: sqlite3.Connection, boxes: Iterable[Box], *, most: int) -> list[str] | None:
    """IRIs of all geometries that may touch one of the boxes; None where there are more than *most*.

    Those whose words are not understood here are among them.
    """
    found = {
        iri
        for (iri,) in db.execute(
            "SELECT iri FROM spot WHERE is_geometry AND west IS NULL LIMIT ?", (most + 1,)
        )
    }
    for box in boxes:
        # Read no farther than where it is plain that there are too many; beside each geometry lies its thing.
        rows = list(islice(_touching(db, box), 2 * most + 2))
        found.update(iri for iri, is_geometry, *_ in rows if is_geometry)
        if len(found) > most or len(rows) > 2 * most + 1:
            return None
    return sorted(found) if len(found) <= most else None


def within(db: sqlite3.Connection, boxes: Iterable[Box]) -> list[str]:
    """IRIs of the things that lie within one of the boxes, sorted."""
    found: set[str] = set()
    for box in boxes:
        for iri, is_geometry, west, south, east, north in _met(db, box):
            if west >= box.west and south >= box.south and east <= box.east and north <= box.north:
                found.update(_things(db, iri) if is_geometry else (iri,))
    return sorted(found)


def nearby(
    db: sqlite3.Connection, point: tuple[float, float], metres: float, boxes: Iterable[Box]
) -> list[tuple[str, float]]:
    """Things with a point within *metres* of one (longitude first), and how far each is; nearest first."""
    found: dict[str, float] = {}
    for box in boxes:
        for iri, is_geometry, west, south, east, north in _met(db, box):
            if (west, south) == (east, north) and (far := distance(point, (west, south))) <= metres:
                for thing in _things(db, iri) if is_geometry else (iri,):
                    found[thing] = min(far, found.get(thing, far))
    return sorted(found.items(), key=lambda each: (each[1], each[0]))


def _met(db: sqlite3.Connection, box: Box) -> Iterator[tuple[str, int, float, float, float, float]]:
    """The spots whose boxes touch a box; raises QueryRefused where there are more than MOST."""
    for number, row in enumerate(_touching(db, box)):
        if number == MOST:
            raise QueryRefused(
                f"more than {MOST:,} places lie there", hint="ask for a smaller part of the earth"
            )
        yield row


def _touching(db: sqlite3.Connection, box: Box) -> Iterator[tuple[str, int, float, float, float, float]]:
    """The spots whose boxes touch a box."""
    for row in db.execute(_WITHIN, (box.east, box.west, box.north, box.south)):
        _, _, west, south, east, north = row
        # The tree rounds outwards.
        if west <= box.east and east >= box.west and south <= box.north and north >= box.south:
            yield row


def _things(db: sqlite3.Connection, geometry: str) -> list[str]:
    """The things that have this geometry; itself where none has."""
    rows = db.execute("SELECT thing FROM shape_of WHERE geometry = ? AND count > 0", (geometry,)).fetchall()
    return [thing for (thing,) in rows] or [geometry]


def _point(thing: str, about: dict[str, list[str]]) -> Iterator[Spot]:
    """The spot of one latitude and one longitude; of several, nobody knows which go together."""
    north, east = about.get(_LATITUDE, ()), about.get(_LONGITUDE, ())
    if len(north) != 1 or len(east) != 1:
        return
    try:
        box = _on_earth(Box(*(float(literal(term)[0]) for term in (*east, *north, *east, *north))))
    except ValueError:
        return
    if box is not None:
        yield Spot(thing[1:-1], _digest(f"{east[0]} {north[0]}"), False, box)


def _on_earth(box: Box | None) -> Box | None:
    """A box on the earth; of another, nobody knows where the engine sees it."""
    return box if box is not None and box.is_on_earth else None


def _digest(term: str) -> bytes:
    return blake2b(term.encode("utf-8", "surrogatepass"), digest_size=16).digest()


def _holders(nquads: bytes, sign: bytes, starts: Sequence[int]) -> Iterator[int]:
    """The numbers of the graphs that hold *sign*."""
    at = nquads.find(sign)
    while at >= 0:
        number = bisect_right(starts, at) - 1
        yield number
        at = nquads.find(sign, starts[number + 1]) if number + 1 < len(starts) else -1
