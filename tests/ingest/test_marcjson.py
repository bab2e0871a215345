"""MARC in JSON: the arrays and objects of pymarc, ruby-marc, FOLIO and Catmandu."""

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.model import Field, Record, Rejected, Source
from ingest.sources.marcjson import MarcJson

Every = Callable[[Source, bytes], list[Record | Rejected]]

SOURCE = MarcJson()
LEADER = "00714cam a2200205 a 4500"
PYMARC = {
    "leader": LEADER,
    "fields": [
        {"001": "u1"},
        {"245": {"ind1": "1", "ind2": "0", "subfields": [{"a": "文渊阁"}, {"c": "Zhou."}]}},
    ],
}
HASH = {
    "type": "marc-hash",
    "leader": LEADER,
    "fields": [["001", "u1"], ["245", "1", "0", [["a", "文渊阁"], ["c", "Zhou."]]]],
}
CATMANDU = {
    "_id": "u1",
    "record": [
        ["245", "1", "0", "a", "文渊阁", "c", "Zhou."],
        ["LDR", None, None, "_", LEADER],
        ["001", None, None, "_", "u1"],
    ],
}
FOLIO = {"id": "x", "parsedRecord": {"id": "y", "content": PYMARC}}


@pytest.mark.parametrize(
    "value", [PYMARC, HASH, CATMANDU, FOLIO], ids=["pymarc", "hash", "catmandu", "folio"]
)
def test_the_forms_of_marc_in_json_give_the_same_fields(every: Every, value: dict[str, object]) -> None:
    [record] = every(SOURCE, json.dumps(value).encode())

    assert isinstance(record, Record)
    assert record.key == "u1"
    assert record.fields[0] == Field("leader", (("", LEADER),))
    assert sorted(record.fields[1:], key=lambda field: field.name) == [
        Field("001", (("", "u1"),)), Field("245", (("a", "文渊阁"), ("c", "Zhou.")), "10")
    ]  # fmt: skip


@pytest.mark.parametrize(
    "value", [PYMARC, HASH, CATMANDU, FOLIO], ids=["pymarc", "hash", "catmandu", "folio"]
)
def test_each_form_is_claimed(value: dict[str, object]) -> None:
    claim = SOURCE.claims(json.dumps(value, ensure_ascii=False).encode(), "records.json")

    assert claim is not None
    assert claim.sureness >= 0.8


def test_lines_arrays_and_envelopes_are_cut_into_records(every: Every) -> None:
    one = json.dumps(PYMARC)

    for document in (f"{one}\n{one}\n", f"[{one},{one}]", f'{{"sourceRecords": [{one},{one}]}}'):
        assert [type(record) for record in every(SOURCE, document.encode())] == [Record, Record]


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ('{"title": "x"}', 'no MARC-in-JSON: no "fields" such as {"245": {"subfields": [...]}}'),
        ('{"fields": "x"}', 'no MARC-in-JSON: no "fields" such as {"245": {"subfields": [...]}}'),
    ],
)
def test_json_that_is_no_marc_is_refused(every: Every, document: str, reason: str) -> None:
    [refused] = every(SOURCE, document.encode())

    assert isinstance(refused, Rejected)
    assert refused.reason == reason


def test_other_json_is_not_claimed() -> None:
    assert SOURCE.claims(b'{"DOI": "10.1000/1", "title": ["x"]}', "x.json") is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["fields", "245", "a"]), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(value=st.fixed_dictionaries({"leader": json_values, "fields": json_values, "record": json_values}))
def test_json_of_any_shape_gives_a_record_or_a_reason(value: dict[str, object], every: Every) -> None:
    for found in every(SOURCE, json.dumps(value).encode()):
        assert isinstance(found, Record | Rejected)
