"""Tables of a user's own: CSV, TSV, workbooks and JSON, by a mapping."""

import csv
import io
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest import mapping, plugins
from ingest.errors import MappingError
from ingest.layout import Layout
from ingest.mapping import Mapping
from ingest.model import Raw, Record, Rejected, Source
from ingest.sources.jsonlines import JsonLines
from ingest.sources.table import Table, dialect
from ingest.sources.xlsx import Workbook

Every = Callable[[Source, bytes], list[Record | Rejected]]
TEXT = (
    "编号;题名;关键词;纬度;经度\n1;红楼梦研究与中国文学的发展;小说、古典文学;39.9;116.4\n"
    '2;"图书馆;\n的""历史"" 研究";;;\n\n'
)


def made(file: str = 'key = "编号"', rules: str = "") -> Mapping:
    return mapping.parse(f'[mapping]\nname = "mine"\n[file]\n{file}\n{rules}', "mine.toml")


def values(found: Record | Rejected) -> dict[str, str]:
    assert isinstance(found, Record), found
    return {field.name: field.parts[0][1] for field in found.fields}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030", "gbk"])
def test_a_table_is_read_in_any_encoding(encoding: str, every: Every) -> None:
    first, second = every(Table(made()), TEXT.encode(encoding))

    assert values(first)["题名"] == "红楼梦研究与中国文学的发展"
    assert values(second) == {"编号": "2", "题名": '图书馆;\n的"历史" 研究'}
    assert [first.key, second.key] == ["1", "2"]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_what_stands_between_cells_is_found_out(delimiter: str) -> None:
    rows = [["a", "b", "c"], ["1", "x,y;z|", "2"], ["3", 'q"r', "4\n5"]]
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)

    assert dialect(out.getvalue()) == (delimiter, 3)


def test_columns_are_split_and_grouped_as_the_mapping_says(every: Every) -> None:
    layout = (
        'key = "编号"\nsplit = { "关键词" = "、；" }\ngroup.point = { latitude = "纬度", longitude = "经度" }'
    )

    first, _ = every(Table(made(layout)), TEXT.encode())

    assert isinstance(first, Record)
    assert [field.first("a") for field in first.fields if field.name == "关键词"] == ["小说", "古典文学"]
    assert first.fields[-1].parts == (("latitude", "39.9"), ("longitude", "116.4"))


def test_a_file_without_headings_gets_its_columns_from_the_mapping(every: Every) -> None:
    layout = 'key = ["id", "name"]\ncolumns = ["id", "name", "lat"]\ndelimiter = "%"'

    first, second = every(Table(made(layout)), b"1%Foo%2.5\n2%Bar%\n")

    assert first.key == "1/Foo"
    assert values(second) == {"id": "2", "name": "Bar"}


def test_without_a_key_column_a_row_has_the_same_key_at_every_run(every: Every) -> None:
    first = [each.key for each in every(Table(made("")), TEXT.encode())]

    assert first == [each.key for each in every(Table(made("")), TEXT.encode())]
    assert len(set(first)) == 2


def test_without_a_mapping_one_is_proposed_that_works(every: Every) -> None:
    with pytest.raises(MappingError, match="a table needs a mapping") as told:
        every(Table(), b"id,Title,Author,ISBN\n1,One,Li,9781590598160\n")

    proposed = mapping.parse(told.value.hint.partition("\n\n")[2], "proposed.toml")
    (record,) = every(Table(proposed), b"id,Title,Author,ISBN\n1,One,Li,9781590598160\n")
    assert isinstance(record, Record)
    lines = [" ".join(triple) for triple in proposed.describe(record, base="http://x/", source="s")]
    assert any('#title> "One"' in line for line in lines)
    assert any('#isbn13> "9781590598160"' in line for line in lines)


def test_bad_rows_are_rejected_and_the_others_read(every: Every) -> None:
    data = "a,b\n1,中文\n5,中文\n,no key\n2,y,z\n3,caf".encode() + b"\xe9\xff\n4,z\n"

    found = every(Table(made('key = "a"')), data)

    assert [each.key for each in found if isinstance(each, Record)] == ["1", "5", "4"]
    reasons = [each.reason for each in found if isinstance(each, Rejected)]
    assert "nothing in 'a', which is the key" in reasons[0]
    assert "3 cells, but only 2 columns" in reasons[1]
    assert "not utf-8" in reasons[2]


def test_a_quotation_mark_that_is_never_closed_costs_one_row(every: Every) -> None:
    data = b'a,b\n1,x\n2,"open\n' + (b"3," + b"y" * 1000 + b"\n") * 1300

    found = every(Table(made('key = "a"')), data)

    assert [type(each) for each in found[:3]] == [Record, Rejected, Record]
    assert "is not closed" in found[1].reason  # type: ignore[union-attr]


def test_inches_in_a_tab_separated_file_are_no_quotation_marks(every: Every) -> None:
    found = every(Table(made('key = "a"')), b'a\tb\n1\t12" pipe\n2\tx\n')

    assert [values(each)["b"] for each in found] == ['12" pipe', "x"]


def test_an_empty_file_is_rejected(every: Every) -> None:
    (found,) = every(Table(made()), b"")

    assert isinstance(found, Rejected)
    assert "an empty file" in found.reason


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ('keys = "a"', "no key 'keys'; known: columns, delimiter, encoding, group, key"),
        ("key = 3", "'key' must be text or a list"),
        ('delimiter = "::"', "is one character"),
        ("split = 3", "'split' must be a table"),
        ("group.x = { a = 1 }", "must hold texts"),
    ],
)
def test_a_wrong_layout_is_refused_with_the_key(file: str, message: str) -> None:
    with pytest.raises(MappingError, match=message):
        Layout.of(made(file))


def test_the_mapping_of_a_user_reaches_the_source_of_that_name(tmp_path: Path, every: Every) -> None:
    place = tmp_path / "mine.toml"
    place.write_text('[mapping]\nname = "mine"\n[file]\nkey = "编号"\n', encoding="utf-8")

    first, _ = every(plugins.source("table", str(place)), TEXT.encode())

    assert isinstance(first, Record)
    assert first.layout == "mine"


@given(
    st.lists(
        st.lists(st.text(alphabet='ab"中, \n\r;', max_size=6), min_size=3, max_size=3), min_size=1, max_size=6
    ),
    st.integers(1, 9),
)
def test_any_table_comes_out_as_it_went_in_whatever_the_blocks(rows: list[list[str]], size: int) -> None:
    class Drops:
        def __init__(self, data: bytes) -> None:
            self._stream = io.BytesIO(data)

        def read(self, _: int) -> bytes:
            return self._stream.read(size)

    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    table = Table(made('columns = ["x", "y", "z"]\ndelimiter = ","\nencoding = "utf-8"'))

    raws = list(table.split(Drops(out.getvalue().encode())))  # type: ignore[arg-type]

    read = [table.read(raw) for raw in raws if isinstance(raw, Raw)]
    expected = [
        {name: cell.strip() for name, cell in zip("xyz", row, strict=True) if cell.strip()} for row in rows
    ]
    assert [values(each) for each in read] == expected


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_workbook_is_read_row_by_row(every: Every) -> None:
    import datetime

    data = workbook(
        ["编号", "题名", "日期"], [1, "中心图书馆", datetime.datetime(2020, 5, 1)], [None, None], [2.5, "B"]
    )

    first, second = every(Workbook(made()), data)

    assert values(first) == {"编号": "1", "题名": "中心图书馆", "日期": "2020-05-01"}
    assert second.key == "2.5"


def test_a_workbook_without_a_mapping_gets_one_proposed(every: Every) -> None:
    with pytest.raises(MappingError) as told:
        every(Workbook(), workbook(["No", "Title"], [1, "x"]))

    assert 'field = "Title"' in told.value.hint


def test_a_sheet_that_is_not_there_is_told_with_those_that_are(every: Every) -> None:
    (found,) = every(Workbook(made('sheet = "Books"')), workbook(["编号"], [1]))

    assert isinstance(found, Rejected)
    assert "no sheet 'Books' in the workbook; there is: Sheet" in found.reason


def test_json_of_any_shape_is_read_by_a_mapping(every: Every) -> None:
    data = '{"data": {"rows": [{"id": 7, "keywords": ["知识图谱", "图书馆"], "who": {"name": "李"}}]}}'

    (record,) = every(JsonLines(made('key = "id"\nrecords = "data.rows"')), data.encode())

    assert isinstance(record, Record)
    assert record.key == "7"
    assert [field.first("a") for field in record.fields if field.name == "keywords"] == ["知识图谱", "图书馆"]
    assert record.fields[-1].parts == (("name", "李"),)


def test_json_without_a_mapping_gets_one_proposed(every: Every) -> None:
    with pytest.raises(MappingError) as told:
        every(JsonLines(), '{"id": 1, "题名": "x"}'.encode())

    assert 'field = "题名"\nrule = "title"' in told.value.hint
