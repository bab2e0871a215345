"""The one written form of statements."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store

from kg.canonical import check, digest, read, sort, write
from kg.terms import Triple

GRAPH = "http://localhost:8000/graph/src/nlc/012%2F345"
TITLE = "<https://w3id.org/wenyuan/ns#title>"


def title(text: str) -> Triple:
    return ("<http://localhost:8000/id/work/w1>", TITLE, str(Literal(text, language="zh")))


@settings(deadline=None)
@given(st.lists(st.text(), max_size=8))
def test_what_is_written_is_read_back_whatever_the_text(texts: list[str]) -> None:
    texts = [text.encode(errors="replace").decode() for text in texts]
    statements = [title(text) for text in texts]

    assert read(write(GRAPH, statements)) == statements


@settings(deadline=None)
@given(st.lists(st.text(), max_size=8))
def test_checked_statements_are_those_the_store_gives_back(texts: list[str]) -> None:
    texts = [text.encode(errors="replace").decode() for text in texts]
    store = Store()
    store.load(write(GRAPH, [title(text) for text in texts]).encode(), format=RdfFormat.N_QUADS)

    stored = {(str(quad.subject), str(quad.predicate), str(quad.object)) for quad in store}

    assert set(check(GRAPH, [title(text) for text in texts])) == stored


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ('"a"^^<http://www.w3.org/2001/XMLSchema#string>', '"a"'),
        ('"文"@ZH-Hans', '"文"@zh-hans'),
        ('"\\u6587"', '"文"'),
        ("<http://a/\\u6587>", "<http://a/文>"),
        ("<<( <http://a> <http://b> \"c d\" )>>", "<<( <http://a> <http://b> \"c d\" )>>"),
    ],
    ids=["plain string", "language tag", "escaped literal", "escaped IRI", "triple term"],
)  # fmt: skip
def test_terms_come_out_in_their_one_form(given: str, expected: str) -> None:
    assert check(GRAPH, [("<http://a>", TITLE, given)]) == [("<http://a>", TITLE, expected)]


@pytest.mark.parametrize(
    "statement",
    [
        ("_:b", TITLE, '"a"'),
        ("<http://a>", TITLE, "_:b"),
        ("<http://a>", TITLE, "<<( _:b <http://b> <http://c> )>>"),
        ("<http://a>", TITLE, "<<( <http://b> <http://c> _:b )>>"),
        ("<http://a b>", TITLE, '"a"'),
        ("<http://a>", '"title"', '"a"'),
        ("<http://a>", TITLE, '"a" . <http://a> <http://b> "c"'),
        ("<http://a>", TITLE, '"a" .\n<http://a> <http://b> "c"'),
        ("<http://a>", TITLE, '"a" # remark'),
    ],
    ids=["blank subject", "blank object", "blank within", "blank at the end within", "blank in IRI",
         "literal predicate", "two statements", "two lines", "remark"],
)  # fmt: skip
def test_what_is_no_statement_with_named_nodes_is_refused(statement: Triple) -> None:
    with pytest.raises(ValueError, match="graph"):
        check(GRAPH, [title("before"), statement])


def test_a_graph_name_that_is_no_iri_is_refused() -> None:
    with pytest.raises(ValueError, match="not RDF"):
        check("not an iri", [title("a")])


def test_the_text_that_looks_like_a_blank_node_is_no_blank_node() -> None:
    assert check(GRAPH, [title("_:b > _:c")]) == [title("_:b > _:c")]


def test_the_digest_knows_neither_order_nor_repetition() -> None:
    one, two = title("红楼梦"), title("西游记")

    assert digest([one, two, one]) == digest([two, one])
    assert digest([one]) != digest([two])
    assert len(digest([])) == 16


def test_only_what_is_about_a_thing_and_its_sub_nodes_is_read() -> None:
    about = [("<http://a>", TITLE, '"a"'), ("<http://a#by-1>", TITLE, '"b"')]
    other = [("<http://a2>", TITLE, '"c"'), ("<http://b>", TITLE, "<http://a>")]

    assert read(write(GRAPH, [*about, *other]), about="http://a") == about


@settings(deadline=None)
@given(st.lists(st.binary(max_size=4).map(lambda line: line.replace(b"\n", b"") + b"\n")), st.integers(1, 5))
def test_lines_are_sorted_whether_they_fit_into_memory_or_not(lines: list[bytes], in_memory: int) -> None:
    assert list(sort(lines, in_memory=in_memory)) == sorted(lines)


def test_a_quad_of_the_engine_and_a_line_of_ours_are_the_same_text() -> None:
    quad = Quad(
        NamedNode("http://a"), NamedNode("http://b"), Literal("x\ty", language="zh"), NamedNode("http://g")
    )

    assert write("http://g", [("<http://a>", "<http://b>", str(quad.object))]) == f"{quad} .\n"
