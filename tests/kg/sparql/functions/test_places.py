"""Places in SPARQL: calls that find them, and filters that the index helps without changing an answer."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.change import Edit, Note
from kg.errors import QuerySyntax
from kg.geometry import distance
from kg.library import Library
from kg.sparql.functions import filters
from kg.terms import named, text, typed

BASE = "http://localhost:8000/"
TOWNS = {
    "beijing": (116.4, 39.9), "tianjin": (117.2, 39.13), "shanghai": (121.47, 31.23),
    "suva": (178.44, -18.14), "apia": (-171.76, -13.83), "north": (12.5, 89.9), "null": (0.0, 0.0),
}  # fmt: skip
ODD = (
    "<http://www.opengis.net/def/crs/EPSG/0/4326> POINT(39.9 116.4)", "POINT EMPTY", "POINT(116.4 39.9) x",
    "POINT(116.4", "POINT(200 95)", "MULTIPOINT((116 39), (0 0))",
    "POLYGON((110 30, 120 30, 120 40, 110 40, 110 30))",
    "LINESTRING(100 20, 130 45)", "GEOMETRYCOLLECTION(POINT(116.5 39.8))", "POINT(476.4 39.9)", "nonsense",
    "POINT Z (116.3 39.7 50)", "\u00a0POINT(116.2 39.6)",
)  # fmt: skip


def wkt(written):
    return f"{text(written)}^^{named('geo:wktLiteral')}"


def town(name, east, north):
    thing = f"<{BASE}id/library/{name}>"
    shape = f"<{BASE}id/library/{name}#geometry>"
    return Edit(
        f"{BASE}graph/src/x/{name}",
        "replace",
        [
            (thing, named("rdf:type"), named("wy:Library")),
            (thing, named("wy:name"), text(name)),
            (thing, named("wy:latitude"), typed(north, "decimal")),
            (thing, named("wy:longitude"), typed(east, "decimal")),
            (thing, named("geo:hasGeometry"), shape),
            (shape, named("geo:asWKT"), wkt(f"POINT({east} {north})")),
        ],
    )


def shapes(name, *written):
    return Edit(
        f"{BASE}graph/src/y/{name}",
        "replace",
        [(f"<{BASE}{name}>", named("geo:asWKT"), wkt(each)) for each in written],
    )


@pytest.fixture(scope="module")
def towns():
    with Library.in_memory() as made:
        made.commit(Note("t", "load"), [town(name, *at) for name, at in TOWNS.items()])
        made.commit(Note("t", "load"), [shapes(f"odd{n}", each) for n, each in enumerate(ODD)])
        made.commit(Note("t", "load"), [shapes("two", "POINT(0 1)", "POINT(116.45 39.95)")])
        yield made


@pytest.fixture
def asked(towns, expanded, answer):
    return lambda query: answer(towns, expanded(towns, query).query.text)


def names(rows):
    return [row["p"].rpartition("/")[2] for row in rows]


def test_places_nearby_come_with_their_distance(asked):
    rows = asked("SELECT * { (?p ?km) wy:nearby (39.9 116.4 200) . ?p a wy:Library } ORDER BY ?km")

    assert names(rows) == ["beijing", "tianjin"]
    assert float(rows[-1]["km"]) == pytest.approx(distance(TOWNS["beijing"], TOWNS["tianjin"]) / 1000)


def test_the_distance_is_that_of_the_engine(asked):
    rows = asked(
        """SELECT ?p ?km ?m { (?p ?km) wy:nearby (39.9 116.4 3000) . ?p geo:hasGeometry/geo:asWKT ?wkt
        BIND(geof:distance(?wkt, "POINT(116.4 39.9)"^^geo:wktLiteral, uom:metre) AS ?m) }"""
    )

    assert len(rows) == 3
    for row in rows:
        assert float(row["km"]) * 1000 == pytest.approx(float(row["m"]), abs=1e-6)


def test_places_are_joined_with_what_else_is_asked(asked):
    rows = asked(
        "SELECT ?p ?name { ?p wy:nearby (39.9 116.4 200 5) ; a wy:Library ; wy:name ?name } ORDER BY ?name"
    )

    assert [row["name"] for row in rows] == ["beijing", "tianjin"]


@pytest.mark.parametrize(
    ("box", "found"),
    [
        ("115 39 118 41", ["beijing", "tianjin"]),
        ("170 -20 -170 0", ["apia", "suva"]),
        ("-180 80 180 90", ["north"]),
        ("0 0 0 0", ["null"]),
        ("1 1 2 2", []),
    ],
)
def test_places_within_a_box(asked, box, found):
    rows = asked(f"SELECT ?p {{ ?p wy:withinBox ({box}) ; a wy:Library }} ORDER BY ?p")

    assert names(rows) == found


def test_places_beyond_the_180th_meridian_and_the_pole_are_near(asked):
    assert names(asked("SELECT ?p { ?p wy:nearby (-18.14 -179.9 250) ; a wy:Library }")) == ["suva"]
    assert names(asked("SELECT ?p { ?p wy:nearby (89.95 -167.5 50) ; a wy:Library }")) == ["north"]


WRONG = {
    "a variable": ("?p wy:nearby (?lat 116.4 5)", "written out as numbers"),
    "too few": ("?p wy:nearby (39.9 116.4)", "latitude, longitude and kilometres"),
    "too many": ("?p wy:nearby (39.9 116.4 5 20 1)", "latitude, longitude and kilometres"),
    "longitude first": ("?p wy:nearby (116.4 39.9 5)", "latitude must lie from -90 to 90"),
    "a text": ('?p wy:nearby ("39.9" 116.4 5)', "written out as numbers"),
    "farther than the earth": ("?p wy:nearby (39.9 116.4 50000)", "from 0 to 20038"),
    "no box": ("?p wy:withinBox (1 2 3)", "west, south, east and north"),
    "upside down": ("?p wy:withinBox (1 5 3 2)", "south lies north"),
    "half a limit": ("?p wy:withinBox (1 2 3 4 0.5)", "from 1 to 10,000"),
    "a distance of a box": ("(?p ?km) wy:withinBox (1 2 3 4)", "1 to 1 variables"),
}


@pytest.mark.parametrize(("pattern", "says"), WRONG.values(), ids=WRONG)
def test_a_wrong_call_is_refused(towns, expanded, pattern, says):
    with pytest.raises(QuerySyntax, match=says) as caught:
        expanded(towns, f"SELECT * {{ {pattern} }}")

    assert caught.value.line == 1


POLYGON = '"POLYGON((115 39, 118 39, 118 41, 115 41, 115 39))"^^geo:wktLiteral'
WITHIN = f"?g geo:asWKT ?w FILTER(geof:sfWithin(?w, {POLYGON}))"
POINT = '"POINT(116.4 39.9)"^^geo:wktLiteral'
HELPED = {
    "within": WITHIN,
    "without brackets": f"?g geo:asWKT ?w FILTER geof:sfWithin(?w, {POLYGON})",
    "the other way round": f"?g geo:asWKT ?w FILTER(geof:sfContains({POLYGON}, ?w))",
    "intersects": f"?g geo:asWKT ?w FILTER(geof:sfIntersects(?w, {POLYGON}))",
    "and more": f"?g geo:asWKT ?w FILTER(?g != wy:none && (geof:sfIntersects(?w, {POLYGON})) && true)",
    "by another prefix": f"?g geo:asWKT ?w FILTER(<http://www.opengis.net/def/function/geosparql/sfWithin>(?w,{POLYGON}))",
    "near": f"?g geo:asWKT ?w FILTER(geof:distance(?w, {POINT}, uom:metre) < 150000)",
    "near in kilometres": f"?g geo:asWKT ?w FILTER(geof:distance({POINT}, ?w, uom:kilometre) <= 150)",
    "near, the other way round": f"?g geo:asWKT ?w FILTER(150e3 > geof:distance(?w, {POINT}, uom:metre))",
    "with a thing": f"?p geo:hasGeometry ?g . ?g geo:asWKT ?w . FILTER(geof:sfWithin(?w, {POLYGON}))",
    "filter first": f"FILTER(geof:sfWithin(?w, {POLYGON})) ?g geo:asWKT ?w",
    "in OPTIONAL": f"?p wy:name ?n OPTIONAL {{ ?p geo:hasGeometry ?g . {WITHIN} }}",
    "in EXISTS": f"?p geo:hasGeometry ?g FILTER EXISTS {{ {WITHIN} }}",
    "in NOT EXISTS": f"?p geo:hasGeometry ?g FILTER NOT EXISTS {{ {WITHIN} }}",
    "in MINUS": f"?p geo:hasGeometry ?g MINUS {{ {WITHIN} }}",
    "in GRAPH": f"GRAPH ?x {{ {WITHIN} }}",
    "twice": f"?g geo:asWKT ?v . {WITHIN} FILTER(geof:distance(?v, {POINT}, uom:metre) < 2000)",
}
LEFT = {
    "not": f"?g geo:asWKT ?w FILTER(!geof:sfWithin(?w, {POLYGON}))",
    "or": f"?g geo:asWKT ?w FILTER(geof:sfWithin(?w, {POLYGON}) || true)",
    "disjoint": f"?g geo:asWKT ?w FILTER(geof:sfDisjoint(?w, {POLYGON}))",
    "compared": f"?g geo:asWKT ?w FILTER(geof:sfWithin(?w, {POLYGON}) = false)",
    "far": f"?g geo:asWKT ?w FILTER(geof:distance(?w, {POINT}, uom:metre) > 150000)",
    "no unit": f"?g geo:asWKT ?w FILTER(geof:distance(?w, {POINT}, uom:mile) < 150000)",
    "another group": f"?g geo:asWKT ?w {{ FILTER(geof:sfWithin(?w, {POLYGON})) }}",
    "optional": f"?p geo:hasGeometry ?g OPTIONAL {{ ?g geo:asWKT ?w }} FILTER(geof:sfWithin(?w, {POLYGON}))",
    "a path": f"?p geo:hasGeometry/geo:asWKT ?w FILTER(geof:sfWithin(?w, {POLYGON}))",
    "another system": '?g geo:asWKT ?w FILTER(geof:sfWithin(?w, "<http://e/> POINT(1 2)"^^geo:wktLiteral))',
    "a variable": "?g geo:asWKT ?w . ?h geo:asWKT ?v FILTER(geof:sfWithin(?w, ?v))",
}  # fmt: skip


def same(library, expanded, answer, query):
    """Whether index and engine give the same, as bags; and the calls."""
    expansion = expanded(library, query)
    with_index, without = answer(library, expansion.query.text), answer(library, query)
    assert sorted(map(repr, with_index)) == sorted(map(repr, without))
    return expansion, without


@pytest.mark.parametrize("pattern", HELPED.values(), ids=HELPED)
def test_a_filter_that_is_helped_gives_what_the_engine_gives(towns, expanded, answer, pattern):
    expansion, rows = same(towns, expanded, answer, f"SELECT * {{ {pattern} }}")

    assert [call.name for call in expansion.calls][:1] == ["geometry index"]
    assert rows


@pytest.mark.parametrize("pattern", LEFT.values(), ids=LEFT)
def test_other_filters_are_left_to_the_engine(towns, expanded, answer, pattern):
    expansion, _ = same(towns, expanded, answer, f"SELECT * {{ {pattern} }}")

    assert expansion.calls == ()


coordinate = st.tuples(
    st.one_of(st.integers(-180, 180), st.floats(-200, 200, width=16)),
    st.one_of(st.integers(-90, 90), st.floats(-95, 95, width=16)),
)
point = coordinate.map(lambda at: f"POINT({at[0]} {at[1]})")
line = st.tuples(coordinate, coordinate).map(
    lambda ends: "LINESTRING({} {}, {} {})".format(*ends[0], *ends[1])
)
box = st.tuples(coordinate, st.floats(0.125, 90, width=16), st.floats(0.125, 90, width=16)).map(
    lambda at: "POLYGON(({0} {1}, {2} {1}, {2} {3}, {0} {3}, {0} {1}))".format(
        *at[0], at[0][0] + at[1], at[0][1] + at[2]
    )
)
shape = st.one_of(point, point, line, box, st.sampled_from(ODD))
relation = st.sampled_from(sorted(filters._TOUCHING))


@given(
    st.lists(shape, min_size=1, max_size=8), st.one_of(point, box, line), relation, st.booleans(),
    st.floats(0, 20_096, width=16), point,
)  # fmt: skip
@settings(max_examples=120, deadline=None)
def test_whatever_shapes_there_are_the_index_loses_no_answer(
    expanded, answer, known, wanted, relation, is_turned, far, middle
):
    with Library.in_memory() as made:
        made.commit(Note("t", "load"), [shapes(f"s{n}", each) for n, each in enumerate(known)])
        terms = (
            "?w",
            wkt(wanted).replace("<http://www.opengis.net/ont/geosparql#wktLiteral>", "geo:wktLiteral"),
        )
        arguments = ", ".join(reversed(terms) if is_turned else terms)
        same(made, expanded, answer, f"SELECT * {{ ?g geo:asWKT ?w FILTER(<{relation}>({arguments})) }}")
        near = f'geof:distance(?w, "{middle}"^^geo:wktLiteral, uom:kilometre) < {far:f}'
        same(made, expanded, answer, f"SELECT * {{ ?g geo:asWKT ?w FILTER({near}) }}")


def test_with_very_many_shapes_the_engine_looks_at_all(towns, expanded, monkeypatch):
    monkeypatch.setattr(filters, "MOST", 3)

    assert expanded(towns, f"SELECT * {{ {HELPED['within']} }}").calls == ()
