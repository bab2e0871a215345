"""Encodings told by the bytes: the text comes out right, or it comes out with a low confidence."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import encodings, marc8
from ingest.model import Record, Rejected, Source
from ingest.sources.iso2709 import Iso2709

Make = Callable[..., bytes]
Every = Callable[[Source, bytes], list[Record | Rejected]]
Data = Callable[[str], bytes]

CODED = b"  \x1fa20020204d1994    em y0chiy0120    ea"
TITLE = "'94中国发展报告"


def body(text: str, encoding: str) -> bytes:
    return text.encode(encoding)


@pytest.mark.parametrize("flag", [" ", "a"], ids=["blank", "a"])
@pytest.mark.parametrize(
    ("encoding", "name"), [("gbk", "gb18030"), ("gb18030", "gb18030"), ("utf-8", "utf-8")]
)
def test_a_cnmarc_record_is_read_right_whatever_its_leader_says(
    make: Make, every: Every, encoding: str, name: str, flag: str
) -> None:
    fields = (
        ("001", b"012000001"), ("100", CODED),
        ("200", f"1 \x1fa{TITLE}\x1ff国家统计局编".encode(encoding)),
    )  # fmt: skip
    data = make(*fields, leader=f"     nam0{flag}22     uu 4500")

    [record] = every(Iso2709(), data)

    assert isinstance(record, Record)
    assert (record.encoding, record.layout) == (name, "unimarc")
    assert record.fields[3].first("a") == TITLE
    assert record.confidence >= 0.98


@pytest.mark.parametrize(
    "title", ["大明湖风物记", "红楼梦", "图书馆学基础", "论语", "臺灣史研究", "資治通鑑"]
)
def test_gbk_is_told_from_a_few_characters_beside_chinese_coded_data(title: str) -> None:
    record = b"001\x1e" + CODED + b"\x1e1 \x1fa" + title.encode("gbk") + b"\x1e"

    reading = encodings.read(record)

    assert title in reading.text
    assert reading.encoding == "gb18030"
    assert reading.confidence >= encodings.ENOUGH


def test_a_character_of_four_bytes_is_gb18030() -> None:
    reading = encodings.read(b"1 \x1fa" + "中国古籍𠀀字与版本研究".encode("gb18030") + b"\x1e")

    assert (reading.encoding, "𠀀" in reading.text) == ("gb18030", True)


def test_big5_is_told_by_the_commonness_of_its_characters() -> None:
    text = "10\x1fa中國文學史研究：唐宋詩詞的發展\x1fc王國維著\x1e  \x1fa臺北\x1fb中華書局\x1e"

    reading = encodings.read(body(text, "big5"))

    assert (reading.text, reading.encoding) == (text, "big5")
    assert reading.confidence >= encodings.ENOUGH


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("euc_kr", "10\x1fa대학도서관의 지식정보 서비스에 관한 연구\x1e"),
        ("shift_jis", "10\x1faコンピュータ入門\x1fc東京大学出版会編\x1e"),
        ("euc_jp", "10\x1fa図書館情報学の基礎\x1fc東京大学出版会\x1e"),
        ("cp1256", "10\x1faالكتاب العربي في القاهرة\x1e"),
    ],
)
def test_an_encoding_that_nobody_here_reads_is_never_read_with_confidence(encoding: str, text: str) -> None:
    assert encodings.read(body(text, encoding)).confidence < encodings.ENOUGH


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (b"Soci\xe2et\xe2e", "Société"),
        (b"Gr\xe8unewald", "Grünewald"),
        (b"\xe9Capek, Karel", "Čapek, Karel"),
        (b"Fedorov (Andre\xe6i Venediktovich)", "Fedorov (Andreĭ Venediktovich)"),
        (b"Leningrad : Sov. pisatel\xa7", "Leningrad : Sov. pisatelʹ"),
        (b"\xebt\xecsar\xa7", "t︠s︡arʹ"),
        (b"\xc31984", "©1984"),
        (b"\x1b$1!04!7o\x1b(B", "中國"),
        (b"\x1b(NtOLSTOJ\x1b(B", "Толстой"),
        (b"\x1b(2iyte\x1b(B", "ישפו"),
        (b"H\x1bb2\x1bsO", "H₂O"),
        (b"a&#x200F;b", "a\u200fb"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_marc8_is_read_in_every_set(source: bytes, text: str) -> None:
    read = marc8.marc8(source.decode("latin-1"))

    assert (read.text, read.unreadable) == (text, 0)


def test_marc8_that_cannot_be_read_is_counted() -> None:
    read = marc8.marc8("\x1b$1!PV{6924f6}7o\x1b(B")

    assert read.unreadable == 2
    assert read.text.count("\ufffd") == 2


@pytest.mark.parametrize(
    ("title", "flag"),
    [
        ("Le préfet de Québec et la Société", " "),
        ("Die Rückkehr der Götter für Anfänger", " "),
        ("Café society", "a"),
    ],
)
def test_latin1_is_told_from_marc8_by_its_letters_and_warns(title: str, flag: str) -> None:
    reading = encodings.read(body(f"10\x1fa{title}\x1e", "latin-1"), flag)

    assert title in reading.text
    assert reading.encoding == "latin-1"
    assert reading.warnings == ("neither UTF-8 nor MARC-8, read as latin-1",)


def test_the_quotation_marks_of_windows_are_no_control_characters() -> None:
    reading = encodings.read(body("10\x1fa“L’été” – à la plage, déjà\x1e", "cp1252"), "a")

    assert "“L’été” – à" in reading.text
    assert reading.encoding == "windows-1252"


def test_unimarc_in_iso_5426_is_read_by_its_coded_data() -> None:
    coded = b"  \x1fa19961119d1996    ||||0frey0103    ba\x1e1 \x1fa"

    reading = encodings.read(coded + b"L'\xc2et\xc2e \xc1a Gen\xc1eve : \xeauvre\x1e")

    assert "L'été à Genève : Œuvre" in reading.text
    assert reading.encoding == "iso-5426"


def test_russian_in_windows_1251_is_told_by_its_words(data: Data, every: Every) -> None:
    found = every(Iso2709(), data("odd/1251.dat"))

    assert {record.encoding for record in found if isinstance(record, Record)} == {"windows-1251"}
    assert len(found) == 6
    assert any(
        "Управление" in field.first("a")
        for record in found
        if isinstance(record, Record)
        for field in record.fields
    )


def test_utf8_with_a_character_cut_off_is_read_with_a_warning() -> None:
    text = "10\x1fa中国古代图书馆史研究与资料汇编\x1e".encode()

    reading = encodings.read(text + "北京".encode()[:4] + b"\x1e")

    assert reading.encoding == "utf-8"
    assert "中国古代图书馆史" in reading.text
    assert encodings.ENOUGH <= reading.confidence < 1
    assert reading.warnings == ("1 of 17 characters beyond ASCII are not utf-8",)


def test_a_record_of_two_encodings_is_not_read_with_confidence() -> None:
    mixed = "10\x1fa中国图书馆\x1e".encode() + "  \x1fa北京大学出版社\x1e".encode("gbk")

    assert encodings.read(mixed).confidence < encodings.ENOUGH


def test_text_is_composed_and_non_sorting_marks_are_left_out() -> None:
    reading = encodings.read("1 \x1fa\u0088L'\u0089altra facciata\u0300\x1e".encode())

    assert reading.text == "1 \x1faL'altra facciatà\x1e"


def test_a_mark_at_the_start_of_a_subfield_does_not_melt_into_its_code() -> None:
    assert encodings.read("  \x1fa\u0301bc\x1e".encode()).text == "  \x1fa\u0301bc\x1e"


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("utf8_with_leader_flag.dat", "utf-8"), ("utf8_without_leader_flag.dat", "utf-8"),
        ("diacritic.dat", "utf-8"), ("marc8.dat", "marc-8"), ("bad_eacc_encoding.dat", "marc-8"),
        ("testunimarc.dat", "utf-8"), ("utf8_errors.dat", "utf-8"), ("errorRecs.mrc", "marc-8"),
    ],
)  # fmt: skip
def test_odd_records_of_other_projects_are_read(data: Data, every: Every, name: str, encoding: str) -> None:
    found = [record for record in every(Iso2709(), data(f"odd/{name}")) if isinstance(record, Record)]

    assert encoding in {record.encoding for record in found}


def test_a_record_with_lost_escapes_is_refused_with_the_count(data: Data, every: Every) -> None:
    [refused] = every(Iso2709(), data("odd/bad_marc8_escape.dat"))

    assert isinstance(refused, Rejected)
    assert refused.step == "decode"
    assert refused.reason == (
        "encoding not certain: marc-8 with a confidence of 0.62: "
        "16 of 34 characters beyond ASCII are not marc-8"
    )


def test_marc8_records_of_a_library_are_read_as_such(demo: Data, every: Every) -> None:
    found = every(Iso2709(), demo("marc21/uva.mrc.gz"))

    read = [record for record in found if isinstance(record, Record)]
    assert len(read) >= len(found) - 1
    assert {record.encoding for record in read} == {"ascii", "marc-8"}
    assert all(
        "\ufffd" not in value for record in read for field in record.fields for _, value in field.parts
    )


@settings(max_examples=300, deadline=None)
@given(noise=st.binary(max_size=400), flag=st.sampled_from(" a"))
def test_any_bytes_give_a_reading(noise: bytes, flag: str) -> None:
    reading = encodings.read(noise, flag)

    assert 0 <= reading.confidence <= 1


@settings(max_examples=200, deadline=None)
@given(text=st.text(alphabet=st.characters(min_codepoint=0x20, exclude_categories=["Cs", "Cc"]), max_size=60))
def test_utf8_is_always_read_as_itself(text: str) -> None:
    import unicodedata

    long = "中国图书馆学报" + text
    reading = encodings.read(long.encode(), "a")

    assert reading.text == unicodedata.normalize("NFC", long)


@settings(max_examples=200, deadline=None)
@given(source=st.text(alphabet=st.characters(max_codepoint=255), max_size=80))
def test_marc8_and_iso_5426_never_raise(source: str) -> None:
    for read in (marc8.marc8(source), marc8.iso5426(source)):
        assert read.unreadable >= 0
