"""How a file of a user's own is laid out: the section [file] of a mapping. Not what its fields mean.

[file]
key = "id"                                  # the column, or columns, that name a record
columns = ["id", "name"]                    # where the file has no row of headings
delimiter = ";"                             # where it is not found out: , tab ; or |
encoding = "gb18030"                        # where it is not found out
sheet = "Tabelle1"                          # of a workbook; else the first
records = "data.items"                      # of a JSON file: the list that holds the records
split = { keywords = ";；" }                # columns with several values, and what stands between them
group.point = { latitude = "Lat", longitude = "Long" }   # columns that make one field, and its parts
"""

import re
from collections.abc import Iterable
from collections.abc import Mapping as Table
from dataclasses import dataclass, field, fields

from ingest import keys
from ingest.errors import MappingError
from ingest.mapping import Mapping
from ingest.model import Field, Raw, Record, Rejected


@dataclass(frozen=True, slots=True)
class Layout:
    """A layout, checked. name: that of the mapping, which is also the layout of its records."""

    name: str
    key: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    delimiter: str = ""
    encoding: str = ""
    sheet: str = ""
    records: str = ""
    split: Table[str, str] = field(default_factory=dict)
    group: Table[str, Table[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, mapping: Mapping) -> "Layout":
        """The layout that a mapping tells; raises MappingError for an unknown key or a wrong value."""
        known = {each.name for each in fields(cls)} - {"name"}
        if unknown := set(mapping.file) - known:
            message = f"{mapping.name}: [file] has no key {min(unknown)!r}; known: {', '.join(sorted(known))}"
            raise MappingError(message)
        given = mapping.file
        delimiter = _text(mapping, "delimiter")
        if len(delimiter) > 1:
            raise MappingError(f"{mapping.name}: [file] 'delimiter' is one character, not {delimiter!r}")
        return cls(
            name=mapping.name,
            key=_texts(mapping, "key"),
            columns=_texts(mapping, "columns"),
            delimiter=delimiter,
            encoding=_text(mapping, "encoding"),
            sheet=_text(mapping, "sheet"),
            records=_text(mapping, "records"),
            split=_table(mapping, "split", given.get("split", {})),
            group={
                name: _table(mapping, f"group.{name}", columns)
                for name, columns in _plain_table(mapping, "group", given.get("group", {})).items()
            },
        )

    def record(self, found: Iterable[Field], raw: Raw, *, encoding: str = "utf-8") -> Record | Rejected:
        """The record of the fields *found*, columns split and grouped, under the key the layout tells.

        Without a key column a hash of the content names the record.
        """
        given = tuple(found)
        values = {each.name: each.parts[0][1] for each in reversed(given)}
        if missing := [name for name in self.key if not values.get(name)]:
            there = ", ".join(list(values)[:20])
            return Rejected(raw, "parse", f"nothing in {missing[0]!r}, which is the key; there is: {there}")
        key = "/".join(values[name] for name in self.key) or keys.digest(raw.data.decode("latin-1"))
        made = [part for each in given for part in self._split(each)]
        for name, columns in self.group.items():
            parts = tuple((code, values[column]) for code, column in columns.items() if values.get(column))
            if parts:
                made.append(Field(name, parts))
        return Record(key, self.name, tuple(made), raw, encoding=encoding)

    def _split(self, found: Field) -> Iterable[Field]:
        between = self.split.get(found.name)
        if not between:
            return [found]
        pieces = re.split(f"[{re.escape(between)}]", found.parts[0][1])
        return [Field(found.name, (("a", piece.strip()),)) for piece in pieces if piece.strip()]


def starter(columns: Iterable[str], *, name: str = "mytable") -> str:
    """A mapping to begin with, for a table or JSON with these *columns*."""
    listed = [column for column in columns if column]
    rules = "\n\n".join(f"[[rule]]\nfield = {_quoted(column)}\n{_guess(column)}" for column in listed)
    return (
        f'[mapping]\nname = "{name}"\nversion = "1"\ndescribes = "work"\n\n'
        f"[file]\nkey = {_quoted(listed[0] if listed else '')}\n\n{rules}\n"
    )


def needs_mapping(columns: Iterable[str], what: str) -> MappingError:
    """The error for a file that only a user's mapping can explain, with a mapping to begin with as hint."""
    hint = f"save this as a file, put it right, and give it with --mapping FILE:\n\n{starter(columns)}"
    return MappingError(f"{what} needs a mapping that says what its columns mean", hint=hint)


_KINDS = (
    (("title", "题名", "題名", "书名", "書名", "标题"), 'rule = "title"\nkey = "a"'),
    (("author", "creator", "作者", "著者", "责任者"), 'rule = "agent"\nrole = "aut"'),
    (("keyword", "subject", "topic", "关键词", "主题"), 'rule = "keyword"\nsplit = true'),
    (("isbn",), 'rule = "identifier"\nscheme = "isbn"'),
    (("issn",), 'rule = "identifier"\nscheme = "issn"'),
    (("doi",), 'rule = "identifier"\nscheme = "doi"\nkey = true'),
    (("year", "date", "年", "日期"), 'rule = "date"'),
    (("publisher", "出版者", "出版社"), 'rule = "publisher"\nplace = "none"\nname = "a"'),
    (("language", "语种", "语言"), 'rule = "language"\nearly = true'),
    (("clc", "中图", "分类号"), 'rule = "classification"\nscheme = "clc"'),
    (("abstract", "摘要", "文摘"), 'rule = "text"\nproperty = "wy:abstract"'),
    (("url", "link", "网址"), 'rule = "link"\nproperty = "wy:hasDigital"'),
)


def _guess(column: str) -> str:
    """The rule that a heading makes likely; a note where it says nothing."""
    low = column.casefold()
    found = (rule for words, rule in _KINDS if any(word in low for word in words))
    return next(found, 'rule = "text"\nproperty = "wy:note"')


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def _text(mapping: Mapping, name: str) -> str:
    value = mapping.file.get(name, "")
    if not isinstance(value, str):
        raise MappingError(f"{mapping.name}: [file] {name!r} must be text, not {value!r}")
    return value


def _texts(mapping: Mapping, name: str) -> tuple[str, ...]:
    value = mapping.file.get(name, [])
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(entry, str) for entry in listed):
        raise MappingError(f"{mapping.name}: [file] {name!r} must be text or a list of texts, not {value!r}")
    return tuple(listed)


def _plain_table(mapping: Mapping, name: str, value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise MappingError(f"{mapping.name}: [file] {name!r} must be a table, not {value!r}")
    return value


def _table(mapping: Mapping, name: str, value: object) -> dict[str, str]:
    table = _plain_table(mapping, name, value)
    if not all(isinstance(entry, str) for entry in table.values()):
        raise MappingError(f"{mapping.name}: [file] {name!r} must hold texts, not {value!r}")
    return {key: str(entry) for key, entry in table.items()}
