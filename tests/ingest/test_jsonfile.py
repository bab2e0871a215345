"""Cutting JSON into objects, and flattening objects into fields."""

import io
import tracemalloc

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.jsonfile import flatten, keys_in, parse_value, split_values
from ingest.model import Field, Raw, Rejected

OBJECTS = [{"id": 1, "t": "一"}, {"id": 2, "items": [{"x": "}"}]}, {"id": 3, "s": 'a "quote" \\ {'}]


def cut(data: bytes, *lists: str, **options: object) -> list[Raw | Rejected]:
    return list(split_values(io.BytesIO(data), lists=lists, **options))  # type: ignore[arg-type]


def values(found: list[Raw | Rejected]) -> list[object]:
    return [orjson.loads(each.data) for each in found if isinstance(each, Raw)]


def reasons(found: list[Raw | Rejected]) -> list[str]:
    return [each.reason for each in found if isinstance(each, Rejected)]


@pytest.mark.parametrize("pretty", [0, orjson.OPT_INDENT_2], ids=["compact", "pretty"])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda dump: b"\n".join(map(dump, OBJECTS)),
        lambda dump: b"".join(map(dump, OBJECTS)),
        lambda dump: b"\xef\xbb\xbf" + b"\r\n\r\n".join(map(dump, OBJECTS)) + b"\r\n",
        lambda dump: dump(OBJECTS),
        lambda dump: dump(
            {"ok": True, "message": {"x": {"items": 0}, "items": OBJECTS, "n": 3}, "y": [{"z": 1}]}
        ),
        lambda dump: (
            dump({"message": {"items": OBJECTS[:2]}}) + b"\n" + dump({"message": {"items": OBJECTS[2:]}})
        ),
        lambda dump: dump(OBJECTS).decode().encode("utf-16"),
    ],
    ids=["lines", "one after another", "windows lines", "array", "envelope", "two envelopes", "utf-16"],
)
def test_objects_are_found_however_they_are_arranged(wrap: object, pretty: int) -> None:
    data = wrap(lambda value: orjson.dumps(value, option=pretty))  # type: ignore[operator]

    found = cut(data, "message.items")

    assert values(found) == OBJECTS
    assert reasons(found) == []


def test_offsets_say_where_an_object_lies() -> None:
    data = orjson.dumps({"message": {"items": OBJECTS}})

    assert all(
        data[each.offset :].startswith(each.data)
        for each in cut(data, "message.items")
        if isinstance(each, Raw)
    )


def test_an_object_without_the_list_is_a_record_itself() -> None:
    assert values(cut(b'{"message": {"DOI": "10.1/x"}}', "message.items")) == [{"message": {"DOI": "10.1/x"}}]


def test_a_line_that_breaks_off_costs_one_record() -> None:
    found = cut(b'{"a": 1}\n{"a": "2\n{"a": 3}\n')

    assert values(found) == [{"a": 1}, {"a": 3}]
    assert "the line breaks off" in reasons(found)[0]
    assert "line 2" in reasons(found)[0]


def test_a_file_cut_short_gives_what_is_whole() -> None:
    found = cut(orjson.dumps({"items": OBJECTS})[:-20], "items")

    assert values(found) == OBJECTS[:2]
    assert "cut short?" in reasons(found)[0]


@pytest.mark.parametrize(
    "data", [b"", b"  \n", b"[]", b"no json", b"<xml/>", b"[1, 2]", b"\x00\x01\x02"],
    ids=["empty", "blank", "empty list", "text", "xml", "numbers", "binary"],
)  # fmt: skip
def test_a_file_without_objects_is_rejected_once(data: bytes) -> None:
    found = cut(data)

    assert len(found) == 1
    assert "no JSON object" in reasons(found)[0]


@pytest.mark.parametrize(
    "start", [b'{"a":', b'{"a":[', b'{"a":' + b"[" * 1_000_000], ids=["objects", "mixed", "lists"]
)
def test_a_million_levels_are_refused(start: bytes) -> None:
    data = start if len(start) > 100 else start * 1_000_000

    found = cut(data)

    assert "more than 500 levels" in reasons(found)[0]


def test_four_hundred_levels_do_not_reach_the_fields() -> None:
    raw = Raw(b'{"a":' * 400 + b"1" + b"}" * 400, 0)

    value = parse_value(raw)

    assert isinstance(value, dict)
    assert flatten(value) == ()


class Endless:
    """A stream of *size* bytes after a head: one letter over and over."""

    def __init__(self, head: bytes, size: int) -> None:
        self._head, self._left = head, size

    def read(self, size: int) -> bytes:
        head, self._head = self._head, b""
        block = head + b"x" * min(size, self._left)
        self._left -= len(block) - len(head)
        return block


def test_a_string_of_a_gigabyte_takes_bounded_memory() -> None:
    tracemalloc.start()
    found = list(split_values(Endless(b'{"a": "', 1_000_000_000)))  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert "longer than 16,000,000 bytes" in reasons(found)[0]
    assert peak < 100_000_000


def test_after_an_object_that_is_too_long_the_next_line_is_read() -> None:
    found = cut(b'{"a": "' + b"x" * 5000 + b'"}\n{"b": 1}', max_bytes=1000)

    assert {"b": 1} in values(found)


def test_what_is_not_utf_8_is_told_with_the_way_out() -> None:
    refused = parse_value(Raw('{"t": "中文"}'.encode("gb18030"), 0))

    assert isinstance(refused, Rejected)
    assert "iconv -f GB18030" in refused.reason


def test_lists_become_fields_and_objects_become_parts() -> None:
    value = {
        "t": "x",
        "n": 3,
        "no": None,
        "empty": "",
        "k": ["a", "b"],
        "who": [{"name": {"family": "李"}, "ids": [1, 2]}],
    }

    assert flatten(value) == (
        Field("t", (("a", "x"),)),
        Field("n", (("a", "3"),)),
        Field("k", (("a", "a"),)),
        Field("k", (("a", "b"),)),
        Field("who", (("name-family", "李"), ("ids", "1"), ("ids", "2"))),
    )


def test_names_in_a_head_are_seen_in_utf_16_too() -> None:
    assert keys_in('{"DOI": "x", "a b": 1'.encode("utf-16")) == {"DOI", "a b"}
    assert keys_in(b"DOI: x") == frozenset()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(alphabet='ab"\\{}[]:,中\n', max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text("ab{", max_size=3), inner, max_size=3)
    ),
    max_leaves=12,
)


@given(
    st.lists(st.dictionaries(st.text("ab", max_size=2), JSON, max_size=3), min_size=1, max_size=5),
    st.booleans(),
    st.integers(1, 9),
)
def test_any_objects_come_out_as_they_went_in_whatever_the_blocks(
    objects: list[dict[str, object]], lines: bool, size: int
) -> None:
    class Drops:
        def __init__(self, data: bytes) -> None:
            self._stream = io.BytesIO(data)

        def read(self, _: int) -> bytes:
            return self._stream.read(size)

    data = b"\n".join(map(orjson.dumps, objects)) if lines else orjson.dumps({"rows": objects})

    found = list(split_values(Drops(data), lists=("rows",)))  # type: ignore[arg-type]

    assert values(found) == objects


@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:a\\ \n', max_size=200).map(str.encode))
def test_no_file_at_all_makes_the_cutter_fail(data: bytes) -> None:
    assert all(isinstance(each, Raw | Rejected) for each in cut(data, "a"))
