"""The areas of a Chinese ISBD description, built from the fields of CNMARC or UNIMARC with their signs.

GB/T 3792 and ISBD (Consolidated) prescribe the sign before each element; UNIMARC leaves it out and says
by the subfield's code what the element is. Not a layout of whole records.
"""

from collections.abc import Iterable, Mapping

from ingest.model import Field, Part

_TITLE = {
    "a": " ; {}", "fa": ". {}", "ga": ". {}", "c": ". {}", "b": " [{}]", "d": " = {}", "e": " : {}",
    "f": " / {}", "ff": " ; {}", "gf": " ; {}", "g": " ; {}", "h": ". {}", "i": ". {}", "hi": ", {}",
}  # fmt: skip
_EDITION = {"b": ", {}", "d": " = {}", "f": " / {}", "ff": " ; {}", "g": " ; {}"}
_SCALE = {"a": ". {}", "b": ". {}", "c": " ; {}", "d": " ; {}", "e": " ; {}", "f": " ; {}"}
_NUMBERING = {"a": " ; {}", "z": " ; {}"}
_PUBLICATION = {
    "a": " ; {}", "b": " ({})", "c": " : {}", "d": ", {}", "e": " ({}", "g": " : {}", "h": ", {}"
}  # fmt: skip
_EXTENT = {"a": ", {}", "c": " : {}", "d": " ; {}", "e": " + {}"}
_SERIES = _TITLE | {"v": " ; {}", "x": ", ISSN {}"}


def title_area(field: Field) -> str:
    """The area of title and responsibility, from 200: "经贸合作研究 [专著] / 何军明著"."""
    return assembled(field.parts, "abcdefghi", _TITLE)


def title(field: Field) -> str:
    """All titles of 200 without designation and responsibility: "发展报告. 2017, 基于自贸区背景"."""
    return assembled(field.parts, "acdehi", _TITLE)


def responsibility(field: Field) -> str:
    """The statements of responsibility of 200: "何军明主编 ; 张晓涛编"."""
    return " ; ".join(_plain(value) for value in field.all("f g"))


def pinyin(field: Field) -> str:
    """The title of 200 in pinyin: $A, or $9 in older records."""
    return field.first("A 9").strip()


def edition_area(field: Field) -> str:
    """The edition, from 205: "修订本 / 王菊丽补订"."""
    return assembled(field.parts, "abdfg", _EDITION)


def material_area(field: Field) -> str:
    """Scale and coordinates of a map (206), or the numbering of a serial (207)."""
    if field.name == "207":
        return assembled(field.parts, "az", _NUMBERING)
    scale = assembled(field.parts, "abc", _SCALE)
    place = assembled(field.parts, "def", _SCALE)
    return " ".join(filter(None, (scale, f"({place})" if place else "")))


def publication_area(field: Field) -> str:
    """Places, publishers and date, from 210 or 214: "北京 ; 上海 : 中国发展出版社, 2017"."""
    area = assembled(field.parts, "abcdegh", _PUBLICATION)
    return area + ")" if area.count("(") > area.count(")") else area


def publishers(field: Field) -> str:
    """The publishers of 210: "中国发展出版社 : 北京出版社"."""
    return " : ".join(_plain(value) for value in field.all("c"))


def physical_area(field: Field) -> str:
    """Extent, illustrations, size and accompanying material, from 215: "320页 : 彩图 ; 24cm + 光盘1片"."""
    return assembled(field.parts, "acde", _EXTENT)


def series_area(field: Field) -> str:
    """The series, from 225, in its parentheses: "(智库丛书 : 中国-中东欧国家 ; 01)"."""
    return f"({assembled(field.parts, 'adefghivx', _SERIES)})"


def assembled(parts: Iterable[Part], codes: str, signs: Mapping[str, str]) -> str:
    """The *parts* with one of these *codes*, each put in the form that *signs* has for it.

    A sign under two codes ("hi") is that of the second straight after the first.
    """
    area = before = ""
    for code, value in parts:
        if code in codes and (plain := _plain(value)):
            form = signs.get(before + code) or signs.get(code, " {}")
            area += form.format(plain) if area else plain
            before = code
    return area


def _plain(value: str) -> str:
    """*value* without the sign that some libraries write at its beginning: "= One belt" → "One belt"."""
    return " ".join(value.split()).removeprefix("=").lstrip()
