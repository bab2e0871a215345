"""Shapes of queries: like ones are one, and nothing of who asks is in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kg.sparql.shape import LONGEST, fingerprint, shape


@pytest.mark.parametrize(
    "other",
    [
        'select ?b { ?b wy:title "等" ; wy:issued 1999 }',
        "SELECT ?work\n{ ?work wy:title 'x' ; # a remark\n wy:issued 2.5e3 }",
        'SELECT $s { $s wy:title """long\none""" ; wy:issued 0 }',
    ],
)
def test_queries_that_differ_in_constants_and_names_are_one(other):
    first = 'SELECT ?a { ?a wy:title "Jihe yuanben" ; wy:issued 1607 }'

    assert shape(other) == shape(first) == 'SELECT ?1 { ?1 wy:title "…" ; wy:issued 0 }'
    assert fingerprint(shape(other)) == fingerprint(shape(first))


def test_which_variable_is_which_makes_a_difference():
    assert shape("SELECT ?a { ?a wy:knows ?b }") != shape("SELECT ?a { ?b wy:knows ?a }")


def test_classes_and_properties_make_a_difference():
    assert shape("ASK { ?a wy:title ?b }") != shape("ASK { ?a wy:creator ?b }")


def test_rows_of_values_are_left_out_however_many_there_are():
    few = "SELECT ?a { VALUES ?a { <a:1> } ?a wy:title ?t }"
    many = "SELECT ?a { VALUES ?a { <a:1> <a:2> <a:3> 'x' 4 } ?a wy:title ?t }"
    pairs = "SELECT ?a { VALUES (?a ?b) { (<a:1> 1) (UNDEF 2) } ?a wy:title ?t }"

    assert shape(few) == shape(many) == "SELECT ?1 { VALUES ?1 { } ?1 wy:title ?2 }"
    assert shape(pairs) == "SELECT ?1 { VALUES ( ?1 ?2 ) { } ?1 wy:title ?3 }"


def test_nothing_of_a_person_is_in_a_shape():
    secrets = ("secret", "4711", "private")
    query = (
        "PREFIX my: <http://secret.example/private#> "
        'SELECT ?secret { <http://x/secret> my:private ?secret ; wy:pin 4711 ; wy:name "secret"@private '
        "; wy:knows _:secret VALUES ?x { my:secret } } # secret"
    )

    assert not any(word in shape(query) for word in secrets)


@given(st.text())
def test_whatever_is_sent_has_a_shape_on_one_line(text):
    found = shape(text)

    assert len(found) <= LONGEST
    assert "\n" not in found.replace("\\n", "")


def test_a_query_of_64_kilobytes_has_a_short_shape():
    assert len(shape("SELECT ?a { " + "?a wy:title ?b . " * 4000 + "}")) <= LONGEST
