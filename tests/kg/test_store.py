"""The store: statements in graphs, moved in one step."""

from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg.contents import Shift
from kg.errors import QuerySyntax, StoreError, StoreLocked
from kg.store import LARGE, Store
from kg.terms import Triple

TITLE = "<https://w3id.org/wenyuan/ns#title>"


def title(number: int, text: str = "书") -> Triple:
    return (f"<http://a/{number}>", TITLE, f'"{text}"@zh')


def filled(*graphs: str) -> Store:
    store = Store.in_memory()
    store.apply([Shift.between(graph, [], [title(1), title(2)]) for graph in graphs])
    return store


@settings(deadline=None)
@given(st.lists(st.integers(0, 4)), st.lists(st.integers(0, 4)))
def test_a_shift_leads_to_what_comes_after_it_and_can_be_repeated(
    before: list[int], after: list[int]
) -> None:
    store = filled("http://other")
    store.apply([Shift.between("http://g", [], map(title, before))])
    shift = Shift.between("http://g", map(title, before), map(title, after))

    for _ in range(2):
        store.apply([shift])

        assert store.graph("http://g") == sorted({title(number) for number in after})
        assert store.graph("http://other") == [title(1), title(2)]
    assert set(store.graphs()) == {"http://other"} | ({"http://g"} if after else set())


def test_many_graphs_move_in_one_step() -> None:
    store = filled("http://g/1", "http://g/2")

    store.apply([
        Shift.between("http://g/1", [title(1), title(2)], [title(2), title(3)]),
        Shift.between("http://g/2", [title(1), title(2)], []),
        Shift.between("http://g/3", [], [title(4)]),
    ])  # fmt: skip

    assert {graph: store.graph(graph) for graph in store.graphs()} == {
        "http://g/1": [title(2), title(3)],
        "http://g/3": [title(4)],
    }


@pytest.mark.slow
def test_a_shift_too_large_for_one_step_leads_to_the_same() -> None:
    store = Store.in_memory()
    many = [title(number) for number in range(LARGE + 1)]

    store.apply([Shift.between("http://g", [], many)])
    store.apply([Shift.between("http://g", many, [*many[:10], title(-1)])])

    assert store.graph("http://g") == sorted([*many[:10], title(-1)])


def test_statements_about_a_thing_come_with_their_graphs() -> None:
    store = filled("http://g/2", "http://g/1")

    assert store.about("http://a/1") == [("http://g/1", title(1)), ("http://g/2", title(1))]
    assert store.graphs_about("http://a/2") == ["http://g/1", "http://g/2"]
    assert store.graphs_about("http://a/3") == []


def test_a_statement_about_a_statement_reads_the_same_everywhere() -> None:
    statement = ("<http://a>", "<http://b>", '<<( <http://c> <http://d> "e f"@zh )>>')
    store = Store.in_memory()

    store.apply([Shift.between("http://g", [], [statement])])

    assert store.graph("http://g") == [statement]
    assert store.about("http://a") == [("http://g", statement)]
    assert list(store.quads()) == [("http://g", statement)]


@settings(deadline=None)
@given(st.text())
def test_any_text_goes_in_and_out(text: str) -> None:
    from pyoxigraph import Literal

    statement = ("<http://a>", "<http://b>", str(Literal(text.encode(errors="replace").decode())))
    store = Store.in_memory()

    store.apply([Shift.between("http://g", [], [statement])])

    assert store.graph("http://g") == [statement]


def test_equal_stores_have_equal_sorted_dumps() -> None:
    one, two = Store.in_memory(), Store.in_memory()
    one.load([b'<http://a> <http://b> "1" <http://g> .\n<http://a> <http://b> "2" <http://f> .\n'])
    two.load([b'<http://a> <http://b> "2" <http://f> .\n', b'<http://a> <http://b> "1" <http://g> .\n'])
    dumps = [BytesIO(), BytesIO()]

    for store, dump in zip((one, two), dumps, strict=True):
        store.dump(dump, is_sorted=True)

    assert dumps[0].getvalue() == dumps[1].getvalue()
    assert dumps[0].getvalue().count(b"\n") == 2


def test_a_query_that_does_not_parse_tells_where() -> None:
    with pytest.raises(QuerySyntax):
        Store.in_memory().query("SELECT * { ?a ?b }")


def test_a_query_sees_all_graphs_and_a_statement_once_for_each() -> None:
    store = filled("http://g/1", "http://g/2")

    rows = list(store.query("SELECT ?t { <http://a/1> ?p ?t }"))  # type: ignore[arg-type]  # rows of a SELECT

    # The engine does not merge what two graphs say: our own queries say DISTINCT where it matters.
    assert len(rows) == 2


def test_a_store_that_is_open_cannot_be_opened_again(tmp_path: Path) -> None:
    store = Store.open(tmp_path)

    with pytest.raises(StoreLocked, match=str(tmp_path)) as refusal:
        Store.open(tmp_path)

    assert refusal.value.hint
    store.close()
    Store.open(tmp_path).close()


def test_a_closed_store_says_so(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    store.close()

    with pytest.raises(StoreError, match="closed"):
        store.graph("http://g")


def test_a_mark_tells_how_far_the_store_is(tmp_path: Path) -> None:
    store = Store.open(tmp_path, identity="journal", newest=7)
    assert store.applied == 0
    store.mark(7)
    store.close()

    again = Store.open(tmp_path, identity="journal", newest=7)

    assert (again.applied, again.is_replaced) == (7, False)


@pytest.mark.parametrize(
    ("identity", "newest"), [("other", 7), ("journal", 6)], ids=["other journal", "ahead"]
)
def test_a_store_that_does_not_fit_its_journal_is_made_anew(
    tmp_path: Path, identity: str, newest: int
) -> None:
    store = Store.open(tmp_path, identity="journal", newest=7)
    store.apply([Shift.between("http://g", [], [title(1)])])
    store.mark(7)
    store.close()

    again = Store.open(tmp_path, identity=identity, newest=newest)

    assert (again.applied, again.is_replaced, list(again.graphs())) == (0, True, [])


def test_a_store_without_a_mark_is_made_anew(tmp_path: Path) -> None:
    store = Store.open(tmp_path, identity="journal")
    store.apply([Shift.between("http://g", [], [title(1)])])
    store.close()
    (tmp_path / "applied.json").unlink()

    assert list(Store.open(tmp_path, identity="journal").graphs()) == []


def test_a_folder_that_cannot_be_made_is_a_store_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(StoreError, match="file"):
        Store.open(tmp_path / "file" / "store")
