"""Functions on geometries: those of the engine with the arguments they want, and those that are added."""

import pytest
from pyoxigraph import Store

from kg.sparql.functions.geof import CUSTOM, GEOMETRIC
from ontology.namespaces import PREFIXES

BEIJING = '"POINT(116.4 39.9)"^^geo:wktLiteral'
SHANGHAI = '"POINT(121.47 31.23)"^^geo:wktLiteral'
LINE = '"LINESTRING(116 39, 117 40)"^^geo:wktLiteral'
SQUARE = '"POLYGON((116 39, 117 39, 117 40, 116 40, 116 39))"^^geo:wktLiteral'


def value(expression):
    """What an expression comes to; None where it is unbound."""
    query = f"SELECT ({expression} AS ?x) {{}}"
    (row,) = Store().query(query, prefixes=PREFIXES, custom_functions=CUSTOM)
    return row["x"] and row["x"].value


NUMBERS = {
    f"geof:distance({BEIJING}, {SHANGHAI}, uom:metre)": 1_067_078.947,
    f"geof:distance({BEIJING}, {SHANGHAI}, uom:kilometre)": 1_067.078_947,
    f"geof:metricDistance({BEIJING}, {SHANGHAI})": 1_067_078.947,
    f"geof:length({LINE}, uom:kilometre)": 140.447,
    f"geof:perimeter({SQUARE}, uom:metre)": 393_984.46,
    f"geof:area({SQUARE}, uom:square_kilometre)": 9_549.469,
    f"geof:minX({LINE})": 116,
    f"geof:maxX({LINE})": 117,
    f"geof:minY({SQUARE})": 39,
    f"geof:maxY({SQUARE})": 40,
}


@pytest.mark.parametrize("expression", NUMBERS)
def test_a_function_gives_a_number(expression):
    assert float(value(expression)) == pytest.approx(NUMBERS[expression], rel=1e-5)


@pytest.mark.parametrize(
    "expression",
    [
        f"geof:distance({BEIJING}, {SHANGHAI}, uom:mile)",
        f"geof:distance({BEIJING}, {SQUARE}, uom:metre)",
        f"geof:metricDistance({BEIJING}, {SQUARE})",
        f"geof:metricDistance({BEIJING})",
        'geof:minX("POINT(1 2)")',
        'geof:minX("<http://www.opengis.net/def/crs/EPSG/0/4326> POINT(2 1)"^^geo:wktLiteral)',
        "geof:asWKT(3)",
        "geof:maxY()",
    ],
)
def test_what_a_function_does_not_know_is_unbound(expression):
    assert value(expression) is None


def test_wkt_is_wkt():
    assert value(f"geof:asWKT({BEIJING})") == "POINT(116.4 39.9)"


@pytest.mark.parametrize("iri", GEOMETRIC, ids=lambda iri: iri.rpartition("/")[2])
def test_every_function_that_is_described_is_there(iri):
    """The engine fails for functions that it does not know."""
    list(Store().query(f"SELECT (<{iri}>({BEIJING}) AS ?x) {{}}", prefixes=PREFIXES, custom_functions=CUSTOM))


def test_a_function_that_is_not_there_is_noticed():
    with pytest.raises(RuntimeError):
        list(Store().query("SELECT (geof:buffer(1) AS ?x) {}", prefixes=PREFIXES, custom_functions=CUSTOM))
