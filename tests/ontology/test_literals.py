"""Terms as text: what is inside, whether it is well formed, and what comes before what."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode

from ontology.literals import RDF, XSD, datatype_of, datatype_test, is_less, language_of, text_of

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)


@given(TEXTS)
def test_the_text_of_a_literal_is_what_the_engine_wrote(value):
    assert text_of(str(Literal(value))) == value


@given(TEXTS)
def test_the_text_of_a_tagged_literal_is_what_the_engine_wrote(value):
    term = str(Literal(value, language="zh-hant"))

    assert (text_of(term), language_of(term), datatype_of(term)) == (value, "zh-hant", f"{RDF}langString")


@given(TEXTS)
def test_the_datatype_of_a_literal_is_what_the_engine_wrote(value):
    term = str(Literal(value, datatype=NamedNode("http://example.org/d")))

    assert (text_of(term), language_of(term), datatype_of(term)) == (value, "", "http://example.org/d")


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("integer", ["1", "-0", "+007"], ["", "1.0", "x", "１"]),
        ("byte", ["-128", "127"], ["128", "300", "c"]),
        ("decimal", ["1", "-.5", "1."], [".", "1e3", "n"]),
        ("double", ["1e3", "-INF", "NaN"], ["inf", "e"]),
        ("boolean", ["true", "0"], ["TRUE", "yes"]),
        ("date", ["2004-05-17", "2004-05-17Z", "-0044-03-15"], ["2004-13-01", "2004", "2004-5-1"]),
        ("dateTime", ["2004-05-17T10:00:00", "2004-05-17T24:00:00Z"], ["2004-05-17", "2004-05-17T25:00:00"]),
    ],
)
def test_a_datatype_takes_its_lexical_forms_and_no_others(name, right, wrong):
    takes = datatype_test(f"{XSD}{name}")

    assert [value for value in right if not takes(f'"{value}"^^<{XSD}{name}>')] == []
    assert [value for value in wrong if takes(f'"{value}"^^<{XSD}{name}>')] == []


def test_a_datatype_takes_no_literal_of_another():
    takes = datatype_test(f"{XSD}integer")

    assert not takes('"1"')
    assert not takes(f'"1"^^<{XSD}decimal>')
    assert not takes(f'"1\\"^^<{XSD}integer>"')
    assert not takes("<http://example.org/1>")


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (f'"1"^^<{XSD}integer>', f'"1.5"^^<{XSD}decimal>'),
        (f'"1"^^<{XSD}decimal>', f'"1e1"^^<{XSD}double>'),
        ('"2003"', '"2004"'),
        (f'"2004-05-17"^^<{XSD}date>', f'"2004-05-18"^^<{XSD}date>'),
        (f'"2004-05-17T01:00:00+08:00"^^<{XSD}dateTime>', f'"2004-05-17T00:00:00Z"^^<{XSD}dateTime>'),
        (f'"false"^^<{XSD}boolean>', f'"true"^^<{XSD}boolean>'),
    ],
)
def test_values_of_a_kind_have_an_order(left, right):
    assert is_less(left, right)
    assert not is_less(right, left)
    assert is_less(left, left, or_equal=True)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (f'"1"^^<{XSD}integer>', '"2"'),
        ('"a"@zh', '"b"@zh'),
        ("<http://a>", "<http://b>"),
        (f'"x"^^<{XSD}integer>', f'"2"^^<{XSD}integer>'),
        (f'"NaN"^^<{XSD}double>', f'"2"^^<{XSD}double>'),
        (f'"2004-05-17T00:00:00"^^<{XSD}dateTime>', f'"2005-05-17T00:00:00Z"^^<{XSD}dateTime>'),
        (f'"2004-06-31"^^<{XSD}date>', f'"2005-01-01"^^<{XSD}date>'),
    ],
)
def test_values_of_two_kinds_have_no_order(left, right):
    assert not is_less(left, right, or_equal=True)
    assert not is_less(right, left, or_equal=True)
