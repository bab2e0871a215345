"""Spots: where things are, as the journal goes forward and back; the same grown as made anew."""

import math
import sqlite3

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg import spots
from kg.canonical import write
from kg.change import Bulk, BulkGraph, Edit, Note
from kg.entries import entries
from kg.errors import QueryRefused
from kg.geometry import Box, around, between, box_of, distance
from kg.library import Library
from kg.search import SearchIndex
from kg.spots import told_in_bulk
from kg.terms import named, text, typed

BASE = "http://localhost:8000/"
NOTE = Note("t", "load")
NEWCASTLE, DURHAM, SUVA = (-1.61, 54.97), (-1.58, 54.77), (178.44, -18.14)


def wkt(written):
    return f"{text(written)}^^{named('geo:wktLiteral')}"


def library_at(name, east, north):
    """What a record says of a library: its coordinates, and its geometry with the same."""
    thing = f"<{BASE}id/library/{name}>"
    return [
        (thing, named("rdf:type"), named("wy:Library")),
        (thing, named("wy:name"), text(name)),
        (thing, named("wy:latitude"), typed(north, "decimal")),
        (thing, named("wy:longitude"), typed(east, "decimal")),
        (thing, named("geo:hasGeometry"), f"{thing[:-1]}#geometry>"),
        (f"{thing[:-1]}#geometry>", named("geo:asWKT"), wkt(f"POINT({east} {north})")),
    ]


def edit(name, statements, op="replace"):
    return Edit(f"{BASE}graph/src/x/{name}", op, statements)


def bulk(graphs):
    """Graphs as one bulk."""
    parts = [
        (f"{BASE}graph/src/x/{name}", write(f"{BASE}graph/src/x/{name}", said).encode())
        for name, said in graphs
    ]
    at, listed = 0, []
    for iri, body in parts:
        listed.append(BulkGraph(iri, at, len(body)))
        at += len(body)
    return Bulk(
        nquads=b"".join(body for _, body in parts),
        graphs=listed,
        statements=sum(len(said) for _, said in graphs),
        entries=[
            entry for (iri, _), (_, said) in zip(parts, graphs, strict=True) for entry in entries(iri, said)
        ],
    )


def content(index):
    """All that an index knows of places."""
    with index._reading() as db:
        spots = db.execute(
            "SELECT iri, said, is_geometry, west, south, east, north, count FROM spot"
        ).fetchall()
        area = db.execute("SELECT count(*) FROM area").fetchone()
        shapes = db.execute("SELECT * FROM shape_of").fetchall()
    return sorted(spots, key=repr), area, sorted(shapes)


def names(found):
    return [iri.rpartition("/")[2] for iri, *_ in found]


@pytest.fixture
def places():
    with Library.in_memory() as made:
        made.commit(
            NOTE,
            [
                edit(n, library_at(n, *at))
                for n, at in {"newcastle": NEWCASTLE, "durham": DURHAM, "suva": SUVA}.items()
            ],
        )
        yield made


def test_what_is_near_is_found_nearest_first_with_its_distance(places):
    found = places.search.nearby(*NEWCASTLE, 30_000)

    assert names(found) == ["newcastle", "durham"]
    assert found[0][1] == 0
    assert found[1][1] == pytest.approx(22_320, abs=50)


def test_what_is_near_is_found_across_the_180th_meridian(places):
    assert names(places.search.nearby(-179.9, -18.14, 200_000)) == ["suva"]
    assert places.search.within(between(170, -30, -170, 0)) == [f"{BASE}id/library/suva"]


def test_a_thing_without_coordinates_is_found_by_its_geometry():
    thing, shape = f"<{BASE}id/work/map>", f"<{BASE}id/work/map#geometry>"
    with Library.in_memory() as made:
        made.commit(
            NOTE,
            [
                edit(
                    "map",
                    [
                        (thing, named("geo:hasGeometry"), shape),
                        (shape, named("geo:asWKT"), wkt("POLYGON((0 0, 2 0, 2 2, 0 0))")),
                    ],
                )
            ],
        )

        assert made.search.within([Box(-1, -1, 3, 3)]) == [f"{BASE}id/work/map"]
        assert made.search.within([Box(-1, -1, 1, 3)]) == []


def test_an_undone_change_takes_its_places_along(places):
    before = content(places.search)
    change = places.commit(
        NOTE, [edit("durham", library_at("durham", 0, 0)), edit("oslo", library_at("oslo", 10.75, 59.91))]
    )
    assert names(places.search.nearby(*NEWCASTLE, 30_000)) == ["newcastle"]

    places.undo([change.number], NOTE)

    assert content(places.search) == before


def test_a_place_that_two_records_tell_stays_when_one_goes(places):
    places.commit(NOTE, [edit("again", library_at("durham", *DURHAM))])
    places.commit(NOTE, [edit("durham", [])])
    assert names(places.search.nearby(*DURHAM, 1_000)) == ["durham"]

    places.commit(NOTE, [edit("again", [])])

    assert places.search.nearby(*DURHAM, 1_000) == []


def test_a_bulk_gives_the_same_index_as_single_changes():
    graphs = [(f"n{n}", library_at(f"n{n}", n, n)) for n in range(5)]
    graphs.insert(2, ("plain", [(f"<{BASE}id/work/1>", named("wy:title"), text("no place"))]))
    with Library.in_memory() as one, Library.in_memory() as other:
        one.commit_bulk(NOTE, bulk(graphs))
        for name, said in graphs:
            other.commit(NOTE, [edit(name, said)])

        assert content(one.search) == content(other.search)
        one.undo([1], NOTE)
        assert content(one.search) == ([], (0,), [])


def test_an_index_made_anew_equals_the_one_that_grew(places):
    anew = SearchIndex.in_memory()
    anew.rebuild(places.store, number=places.generation)

    assert content(anew) == content(places.search)


def test_a_bulk_without_places_is_not_read():
    assert list(told_in_bulk(b"\xff\xfe no UTF-8 at all", [0])) == []


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from(["a", "b", "c", ""]), st.booleans()), max_size=12)
)
@settings(max_examples=30, deadline=None)
def test_whatever_comes_and_goes_the_index_is_as_if_made_anew(steps):
    with Library.in_memory() as made:
        for graph, name, is_undo in steps:
            said = library_at(name, graph, ord(name)) if name else []
            change = made.commit(NOTE, [edit(f"g{graph}", said)])
            if is_undo and change:
                made.undo([change.number], NOTE)
        anew = SearchIndex.in_memory()
        anew.rebuild(made.store)

        assert content(anew) == content(made.search)


BOXES = {
    "POINT(1 2)": Box(1, 2, 1, 2),
    " point ( -1.5e0 2. ) ": Box(-1.5, 2, -1.5, 2),
    "<http://www.opengis.net/def/crs/OGC/1.3/CRS84> POINT(1 2)": Box(1, 2, 1, 2),
    "POINT Z (1 2 3)": Box(1, 2, 1, 2),
    "LINESTRING(0 0, 3 4)": Box(0, 0, 3, 4),
    "POLYGON((0 0, 3 0, 3 4, 0 0), (1 1, 2 1, 2 2, 1 1))": Box(0, 0, 3, 4),
    "MULTIPOINT((1 2), (3 4))": Box(1, 2, 3, 4),
    "<http://www.opengis.net/def/crs/EPSG/0/4326> POINT(2 1)": None,
    "POINT EMPTY": None,
    "POINT(1 2) x": None,
    "POINT(1)": None,
    "POINT(1e999 2)": None,
    "POINT(nan 2)": None,
    "GEOMETRYCOLLECTION(POINT(1 2))": None,
    "nowhere": None,
    "": None,
}


@pytest.mark.parametrize("written", BOXES)
def test_a_geometry_has_a_box_or_is_left_to_the_engine(written):
    assert box_of(wkt(written)) == BOXES[written]
    assert box_of(text(written)) is None


def test_what_has_no_box_counts_as_being_anywhere(places):
    odd = f"<{BASE}odd#geometry>"
    places.commit(NOTE, [edit("odd", [(odd, named("geo:asWKT"), wkt("<http://crs/other> POINT(1 2)"))])])

    assert places.search.geometries([Box(50, 50, 51, 51)], most=9) == [f"{BASE}odd#geometry"]
    assert places.search.geometries([Box(-180, -90, 180, 90)], most=3) is None


coordinates = st.tuples(st.floats(-180, 180), st.floats(-90, 90))


@given(coordinates, coordinates, st.floats(0, 21_000_000))
@settings(max_examples=500, deadline=None)
def test_the_boxes_around_a_point_hold_all_that_is_near_it(middle, other, metres):
    if distance(middle, other) <= metres:
        assert any(
            box.west <= other[0] <= box.east and box.south <= other[1] <= box.north
            for box in around(*middle, metres)
        )


def test_a_question_that_touches_too_many_places_is_refused(places, monkeypatch):
    monkeypatch.setattr(spots, "MOST", 2)

    with pytest.raises(QueryRefused, match="more than 2 places"):
        places.search.nearby(0, 0, 20_000_000)


def test_distances_are_those_of_great_circles():
    assert distance((116.4, 39.9), (121.47, 31.23)) == pytest.approx(1_067_078.947)
    assert distance((0, 0), (180, 0)) == pytest.approx(math.pi * 6_371_008.8)
    assert distance((0, 90), (77, 90)) == pytest.approx(0, abs=1e-6)


def test_sqlite_has_the_tree():
    assert sqlite3.connect(":memory:").execute("CREATE VIRTUAL TABLE area USING rtree(id, a, b)")
