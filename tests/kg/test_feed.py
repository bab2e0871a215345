"""Feed: what is loaded counts only once it is sealed."""

import threading
from functools import partial

import pytest
from pyoxigraph import RdfFormat, Store

from kg import feed

LINE = b'<http://a/%d> <http://b> "\xe6\x96\x87" <http://g> .\n'


class Refusal(Exception):
    pass


def into(store: Store) -> feed.Load:
    return lambda path: store.bulk_load(path=path, format=RdfFormat.N_QUADS)


def lines(count: int) -> bytes:
    return b"".join(LINE % number for number in range(count))


@pytest.mark.parametrize("count", [0, 1, 20_000], ids=["nothing", "one", "more than a pipe holds"])
def test_everything_is_loaded_and_sealed_once(count: int) -> None:
    store, sealed = Store(), []

    feed.pour(into(store), [lines(count)], lambda: sealed.append(len(store)))

    assert len(store) == count
    assert sealed == [0]


def test_pieces_are_joined_across_their_ends() -> None:
    store, whole = Store(), lines(3)

    feed.pour(into(store), [whole[:10], memoryview(whole)[10:50], whole[50:]], lambda: None)

    assert len(store) == 3


@pytest.mark.parametrize("count", [1, 20_000])
def test_nothing_is_loaded_where_sealing_fails(count: int) -> None:
    store = Store()

    def seal() -> None:
        raise Refusal

    with pytest.raises(Refusal):
        feed.pour(into(store), [lines(count)], seal)

    assert len(store) == 0


@pytest.mark.parametrize("place", [0, 1, 19_999, 20_000], ids=["first", "second", "before last", "last"])
def test_a_broken_line_is_found_before_the_seal(place: int) -> None:
    store, sealed = Store(), []
    broken = lines(place) + b'<http://a b> <http://b> "c" <http://g> .\n' + lines(20_000 - place)

    with pytest.raises(SyntaxError, match=f"line {place + 1}"):
        feed.pour(into(store), [broken], lambda: sealed.append(True))

    assert len(store) == 0
    assert sealed == []


@pytest.mark.parametrize("end", [b"", b"\n"], ids=["no line feed", "line feed"])
def test_bytes_that_stop_in_the_middle_are_found_before_the_seal(end: bytes) -> None:
    for missing in range(2, len(LINE) - 1):
        store, sealed = Store(), []

        with pytest.raises(SyntaxError):
            feed.pour(into(store), [lines(3) + (LINE % 1)[:-missing] + end], partial(sealed.append, True))

        assert (len(store), sealed) == (0, [])


def test_a_source_that_fails_is_heard() -> None:
    store = Store()

    def source():
        yield lines(10)
        raise Refusal

    with pytest.raises(Refusal):
        feed.pour(into(store), source(), lambda: None)

    assert len(store) == 0
    assert not [thread for thread in threading.enumerate() if thread.name == "wenyuan-feed"]
