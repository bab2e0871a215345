"""What a client wants, of what there is (RFC 9110, § 12.5.1)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.negotiate import best, ranges

OFFERS = ("text/html", "text/turtle", "application/ld+json")
ALIASES = {"application/json": "application/ld+json", "application/xhtml+xml": "text/html"}
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
RDFLIB = "text/turtle, application/rdf+xml;q=0.9, application/ld+json;q=0.8, */*;q=0.1"

CASES = {
    "nothing said": ("", "text/html"),
    "anything": ("*/*", "text/html"),
    "one": ("text/turtle", "text/turtle"),
    "in capitals": ("TEXT/Turtle", "text/turtle"),
    "with parameters": ("text/turtle; charset=utf-8; q=0.5", "text/turtle"),
    "by weight": ("text/turtle;q=0.5, application/ld+json;q=0.9", "application/ld+json"),
    "order does not count": ("application/ld+json, text/turtle", "text/turtle"),
    "weight with spaces": ("text/html ; q = 0.1, text/turtle;q=0.2", "text/html"),
    "a family": ("application/*", "application/ld+json"),
    "a family but for one": ("text/*, text/html;q=0", "text/turtle"),
    "the exact goes before the family": ("text/*;q=0.9, text/html;q=0.1", "text/turtle"),
    "anything but pages": ("*/*, text/html;q=0", "text/turtle"),
    "refused": ("text/html;q=0", None),
    "nothing of ours": ("image/png", None),
    "another name": ("application/json", "application/ld+json"),
    "another name by weight": ("application/json;q=0.4, text/turtle;q=0.3", "application/ld+json"),
    "a browser": (BROWSER, "text/html"),
    "a library": (RDFLIB, "text/turtle"),
    "nonsense": ("nonsense;;;=,", "text/html"),
    "weight out of bounds": ("text/turtle;q=7, application/ld+json;q=0.1", "application/ld+json"),
}


@pytest.mark.parametrize(("accept", "expected"), CASES.values(), ids=CASES.keys())
def test_the_client_gets_what_it_wants_most(accept, expected):
    assert best(accept, OFFERS, aliases=ALIASES) == expected


@given(st.text())
def test_any_header_gives_an_offer_or_none(accept):
    assert best(accept, OFFERS) in (*OFFERS, None)


@given(st.permutations(["text/html;q=0.3", "text/turtle;q=0.7", "application/*;q=0.5", "*/*;q=0.1"]))
def test_the_order_of_the_header_does_not_count(parts):
    assert best(",".join(parts), OFFERS) == "text/turtle"


def test_a_header_without_end_is_read_to_a_bound():
    assert len(ranges("text/turtle," * 100_000)) == 100
