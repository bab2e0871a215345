"""Terms and Python values are the same thing, both ways."""

import pickle
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode

from api.client import Blank, Iri, Statement, Text
from api.client.values import term, value

XSD = "http://www.w3.org/2001/XMLSchema#"

VALUES = [
    1, -3, 2.5, True, False, Decimal("1.50"), Text("plain"), Text("引号\" and \\ and \n"), date(1911, 10, 10),
    datetime(2026, 11, 22, 8, 30, tzinfo=UTC), time(12, 0, 1), Iri("http://example.org/猫"), Blank("b1"),
    Text("猫", language="zh-hans"), Text("سلام", language="ar", direction="rtl"),
    Text("P1Y", datatype=f"{XSD}duration"),
    Statement(Iri("http://example.org/s"), Iri("http://example.org/p"), 7),
]  # fmt: skip


@pytest.mark.parametrize("known", VALUES, ids=repr)
def test_a_value_comes_back_as_it_was(known):
    found = value(term(known))

    assert (type(found), found) == (type(known), known)
    assert getattr(found, "__dict__", None) == getattr(known, "__dict__", None)


@given(
    st.one_of(
        st.text(),
        st.integers(),
        st.floats(allow_nan=False),
        st.booleans(),
        st.decimals(allow_nan=False, allow_infinity=False),
    )
)
def test_any_text_and_number_comes_back(known):
    assert value(term(known)) == known


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("abc", "integer"),
        ("12345-01-01", "date"),
        ("maybe", "boolean"),
        ("9" * 5000, "integer"),
        ("x", "decimal"),
    ],
)
def test_a_literal_that_is_none_of_its_datatype_stays_text(text, kind):
    found = value(Literal(text, datatype=NamedNode(XSD + kind)))

    assert (found, found.datatype) == (text, XSD + kind)


def test_what_is_no_value_is_refused():
    with pytest.raises(TypeError, match="no term"):
        term(None)


def test_a_text_keeps_its_language_when_it_is_pickled():
    found = pickle.loads(pickle.dumps(Text("猫", language="zh")))

    assert (found, found.language) == ("猫", "zh")
