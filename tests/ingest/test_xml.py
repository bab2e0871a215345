"""Cutting XML into records, and parsing records: good, nested, broken, foreign and hostile files."""

import gzip
import io
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ingest.model import Raw, Rejected
from ingest.xml import language_of, parse_element, split_elements, text_of

MARC = "http://www.loc.gov/MARC21/slim"
SRU = "http://www.loc.gov/zing/srw/"


def cut(text: str | bytes, *names: str, **options: object) -> list[Raw | Rejected]:
    data = text if isinstance(text, bytes) else text.encode()
    return list(split_elements(io.BytesIO(data), names or ("record",), **options))  # type: ignore[arg-type]


def datas(found: list[Raw | Rejected]) -> list[bytes]:
    return [each.data for each in found if isinstance(each, Raw)]


def reasons(found: list[Raw | Rejected]) -> list[str]:
    return [each.reason for each in found if isinstance(each, Rejected)]


def test_records_lie_in_the_file_where_their_offsets_say() -> None:
    text = "<?xml version='1.0'?><c>\n<record>一</record><!-- x --><record n='2'/></c>"

    found = cut(text)

    assert datas(found) == ["<record>一</record>".encode(), b"<record n='2'/>"]
    assert all(text.encode()[each.offset :].startswith(each.data) for each in found if isinstance(each, Raw))


def test_a_record_knows_the_namespaces_and_the_language_around_it() -> None:
    text = '<c xmlns="urn:a" xmlns:x="urn:x" xml:lang="zh"><record><x:t>题</x:t></record></c>'

    element = parse_element(cut(text)[0])  # type: ignore[arg-type]

    assert isinstance(element, etree._Element)
    assert [child.tag for child in (element, *element)] == ["{urn:a}record", "{urn:x}t"]
    assert language_of(element[0]) == "zh"


def test_of_nested_records_the_innermost_is_cut_and_envelopes_are_not() -> None:
    inner = f'<record xmlns="{MARC}"><a/></record>'
    text = f'<r xmlns="{SRU}"><record><recordData>{inner}</recordData></record><record/></r>'

    assert datas(cut(text)) == [inner.encode()]


def test_an_envelope_without_a_namespace_is_told_by_its_carrier() -> None:
    assert datas(cut("<r><record><recordData><record>1</record></recordData></record></r>")) == [
        b"<record>1</record>"
    ]


def test_the_outermost_is_cut_where_that_is_asked_for() -> None:
    text = '<r><record><header/><dc xmlns="urn:dc"><t/></dc></record><dc><t/></dc></r>'

    found = cut(text, "record", "dc", wrappers=(), innermost=False)

    assert datas(found) == [b'<record><header/><dc xmlns="urn:dc"><t/></dc></record>', b"<dc><t/></dc>"]


def test_what_looks_like_an_end_in_a_comment_or_cdata_is_none() -> None:
    record = "<record><!-- </record> --><![CDATA[</record><record>]]><?x </record>?></record>"

    assert datas(cut(f"<c>{record}</c>")) == [record.encode()]


def test_a_record_without_an_end_is_rejected_and_the_next_one_read() -> None:
    found = cut("<c>\n<record><a>1</a>\n<record>2</record></c>")

    assert datas(found) == [b"<record>2</record>"]
    assert "begins at line 2, column 1, byte 4, has no end before line 3" in reasons(found)[0]


def test_a_file_cut_short_gives_what_is_whole_and_says_where_it_ends() -> None:
    found = cut("<c><record>1</record><record>2</rec")

    assert datas(found) == [b"<record>1</record>"]
    assert "has no end: is the file cut short?" in reasons(found)[0]


def test_a_missing_end_of_the_file_is_told_after_the_records() -> None:
    found = cut("<c><record>1</record>")

    assert datas(found) == [b"<record>1</record>"]
    assert "the file ends without </c>" in reasons(found)[0]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not XML"),
        ('{"a": 1}', "not XML"),
        ("<mods/>", "no <record> in it; its root element is <mods>"),
        ('<?xml version="1.0" encoding="klingon"?><c/>', "'klingon', which is not known"),
        ("<c><!-- no end", "'-->' is missing"),
        ("<!DOCTYPE c [<!ELEMENT", "the DOCTYPE at line 1"),
    ],
    ids=["empty", "json", "other", "encoding", "comment", "doctype"],
)
def test_a_file_that_is_something_else_is_rejected_once_with_the_reason(text: str, reason: str) -> None:
    found = cut(text)

    assert len(found) == 1
    assert reason in reasons(found)[0]


def test_declared_entities_refuse_the_file_before_they_can_grow() -> None:
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 30))
    found = cut(f'<!DOCTYPE c [<!ENTITY l0 "ha">{laughs}]><c><record>&l29;</record></c>')

    assert datas(found) == []
    assert "declares entities" in reasons(found)[0]


def test_a_doctype_without_entities_is_passed_over() -> None:
    text = '<!DOCTYPE c PUBLIC "-//NLM//DTD JATS" "http://example.org/jats.dtd"><c><record/></c>'

    assert datas(cut(text)) == [b"<record/>"]


def test_named_characters_of_html_are_read_and_others_are_told() -> None:
    good, bad = cut(
        "<c><record>&eacute;&nbsp;&amp;<![CDATA[&eacute;]]></record><record>&nobody;</record></c>"
    )

    element, refused = parse_element(good), parse_element(bad)  # type: ignore[arg-type]

    assert text_of(element) == "é &&eacute;"  # type: ignore[arg-type]
    assert isinstance(refused, Rejected)
    assert "Entity 'nobody' not defined" in refused.reason


@pytest.mark.parametrize("encoding", ["gb2312", "gbk", "gb18030", "big5", "utf-16", "iso-8859-1", "utf-8"])
def test_any_declared_encoding_is_read(encoding: str) -> None:
    text = "café" if encoding == "iso-8859-1" else "中文"
    file = f'<?xml version="1.0" encoding="{encoding}"?><c><record>{text}</record></c>'.encode(encoding)

    element = parse_element(cut(file)[0])  # type: ignore[arg-type]

    assert text_of(element) == text  # type: ignore[arg-type]


def test_bytes_that_are_not_in_the_declared_encoding_reject_their_record_only() -> None:
    file = b'<?xml version="1.0" encoding="gb18030"?><c><record>' + b"\xff\xff</record><record/></c>"

    first, second = (parse_element(each) for each in cut(file))  # type: ignore[arg-type]

    assert isinstance(first, Rejected)
    assert first.step == "decode"
    assert isinstance(second, etree._Element)


@pytest.mark.parametrize(
    "text",
    [
        "<a>" * 1_000_000,
        "<c>" + "<record>" + "<a>" * 1_000_000,
        f"<record>{'<a>' * 5000}{'</a>' * 5000}</record>",
    ],
    ids=["outside", "inside", "closed"],
)
def test_a_million_levels_are_refused(text: str) -> None:
    found = [parse_element(each) if isinstance(each, Raw) else each for each in cut(text)]

    assert [type(each) for each in found] == [Rejected]


class Endless:
    """A stream of *size* bytes: a head, then one letter over and over."""

    def __init__(self, head: bytes, size: int) -> None:
        self._head, self._left = head, size

    def read(self, size: int) -> bytes:
        head, self._head = self._head, b""
        block = head + b"x" * min(size, self._left)
        self._left -= len(block) - len(head)
        return block


def test_a_field_of_two_gigabytes_takes_bounded_memory() -> None:
    tracemalloc.start()
    found = list(split_elements(Endless(b"<c><record><a>", 2_000_000_000), ("record",)))  # type: ignore[arg-type]
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert "is longer than 16,000,000 bytes" in reasons(found)[0]
    assert peak < 100_000_000


def test_after_a_record_that_is_too_long_the_next_is_read() -> None:
    found = cut(f"<c><record>{'x' * 5000}</record><record>2</record></c>", max_bytes=1000)

    assert datas(found) == [b"<record>2</record>"]


def test_many_tiny_elements_are_refused_before_a_tree_is_made_of_them() -> None:
    found = parse_element(Raw(b"<r>" + b"<a/>" * 600_000 + b"</r>", 0, b"utf-8"))

    assert isinstance(found, Rejected)
    assert "more than 500,000 tags" in found.reason


def test_a_real_answer_of_a_chinese_library_gives_its_six_records(demo: object) -> None:
    data = demo("cnmarc/bnu.xml")  # type: ignore[operator]

    found = cut(data)

    assert len(datas(found)) == 6
    assert reasons(found) == []


@given(st.lists(st.text(alphabet="ab<>&;\"'/!-[]中\n ", max_size=40), max_size=8), st.integers(1, 9))
def test_no_file_at_all_makes_the_cutter_fail(pieces: list[str], size: int) -> None:
    class Drops:
        def __init__(self, data: bytes) -> None:
            self._stream = io.BytesIO(data)

        def read(self, _: int) -> bytes:
            return self._stream.read(size)

    text = "<c>" + "".join(f"<record>{piece}</record>{piece}" for piece in pieces)

    whole = cut(text)
    in_drops = list(split_elements(Drops(text.encode()), ("record",)))  # type: ignore[arg-type]

    assert datas(in_drops) == datas(whole)
    assert all(
        isinstance(parse_element(each), etree._Element | Rejected) for each in whole if isinstance(each, Raw)
    )


def test_a_gzip_cut_short_gives_the_records_before_the_cut(tmp_path: object) -> None:
    from ingest.opening import opened

    path = tmp_path / "cut.xml.gz"  # type: ignore[operator]
    records = "".join(f"<record>{n * 7919 % 10007}-{n}</record>" for n in range(60_000))
    packed = gzip.compress(f"<c>{records}</c>".encode())
    path.write_bytes(packed[: len(packed) * 4 // 5])

    with opened(path) as stream:
        found = list(split_elements(stream, ("record",)))

    assert len(datas(found)) > 20_000
    assert "the packing is broken" in reasons(found)[-1]
