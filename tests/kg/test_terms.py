"""Terms as N-Triples text: the same text that the engine gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, Store

from kg import terms

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@given(TEXTS)
def test_a_text_is_written_as_the_engine_writes_it_and_read_back(value: str) -> None:
    term = terms.text(value, "zh-Latn-pinyin")

    assert term == str(Literal(value, language="zh-latn-pinyin"))
    assert terms.literal(term) == (value, "zh-latn-pinyin", "")


@given(TEXTS)
def test_an_iri_has_no_character_that_ends_it(value: str) -> None:
    term = terms.iri(f"http://example.org/{value}")

    assert not set(term[1:-1]) & set('<>"{}|^`\\ \n\t')


@pytest.mark.parametrize(
    ("value", "datatype"),
    [("007", "integer"), ("+5", "integer"), ("-0", "integer"), ("1.50", "decimal"), ("-0.0", "decimal"),
     ("5.", "decimal"), (".5", "decimal"), ("-01.250", "decimal"), ("51", "decimal"), ("abc", "decimal")],
)  # fmt: skip
def test_a_number_is_written_as_the_store_gives_it_back(value: str, datatype: str) -> None:
    store = Store()
    about, kind = NamedNode("http://example.org/a"), NamedNode(terms.XSD + datatype)
    store.add(Quad(about, about, Literal(value, datatype=kind)))

    (stored,) = store

    assert terms.typed(value, datatype) == str(stored.object)


def test_a_language_that_is_no_tag_is_left_out() -> None:
    assert terms.text("x", "not a tag") == '"x"'


@pytest.mark.parametrize("term", ["<http://example.org/>", "plain", '"open', ""])
def test_what_is_no_literal_is_refused(term: str) -> None:
    with pytest.raises(ValueError, match="no literal"):
        terms.literal(term)
