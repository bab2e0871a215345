"""What readers of structured formats share: collecting fields, and text without its markup."""

import re
from collections.abc import Iterable
from html import unescape

from ingest.model import Field, Part

_INLINE = re.compile(
    r"</?(?:\w+:)?(?:i|b|u|em|strong|italic|bold|sub|sup|sc|span|a|font|roman|monospace|xref|ext-link|mml?:\w+)"
    r"(?:\s[^<>]*)?>",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"^\s*<((?:\w+:)?(?:title|h\d|label))>\s*(?:Abstract|Summary|摘\s*要)\s*[.:：]?\s*</\1>", re.IGNORECASE
)
_GROUP = re.compile(
    r"大学|大學|学院|學院|研究所|研究院|研究中心|委员会|委員會|公司|集团|出版社|书局|書局|图书馆|圖書館|博物馆|学会|學會|协会|協會"
    r"|编辑部|編輯部|编写组|编委会|政府|办公室|中心$|[局厅部社]$"
    r"|\b(?:University|Universit\w+|College|Institut\w*|Department|Ministry|Commission|Committee|Council|Consortium"
    r"|Association|Society|Corporation|Company|Foundation|Library|Museum|Agency|Bureau|Office|Cent(?:er|re)|Group|Team"
    r"|Collaboration|Network|Organi[sz]ation|Press|Publish\w+|Inc|Ltd|GmbH|LLC)\b"
)
_HAN_GAP = re.compile(r"(?<=[\u3400-\u9fff]) (?=[\u3400-\u9fff])")
_TAG = re.compile(r"<[/!?A-Za-z][^<>]{0,500}>")


_QUALIFIERS = frozenset(("lang", "role", "scheme", "affiliation"))


class Fields:
    """The fields of a record in the making; what is empty is left out."""

    def __init__(self) -> None:
        self._fields: list[Field] = []

    def add(self, name: str, value: str = "", /, *, more: Iterable[Part] = (), **parts: str) -> None:
        """A field with *value* as its part $a, then *parts*, then *more*.

        None if they are empty but for what only qualifies: a language, a role, a scheme, an affiliation.
        """
        given = [("a", value), *parts.items(), *more]
        kept = tuple((code, text) for code, text in given if text)
        if any(code not in _QUALIFIERS for code, _ in kept):
            self._fields.append(Field(name, kept))

    def extend(self, name: str, values: Iterable[str]) -> None:
        """A field for each of *values*."""
        for value in values:
            self.add(name, value)

    def extend_from(self, fields: Iterable[Field]) -> None:
        """All of *fields*."""
        self._fields.extend(fields)

    def done(self) -> tuple[Field, ...]:
        """The fields in the order they were added."""
        return tuple(self._fields)


def plain(markup: str) -> str:
    """*markup* (JATS, HTML) as text: no tags, no entities, no heading "Abstract", one blank for white space.

    Inline tags leave nothing behind (CO<sub>2</sub> is CO2), all others a blank.
    """
    if "<" in markup:
        markup = _TAG.sub(" ", _INLINE.sub("", _HEADING.sub("", markup)))
    if "&" in markup:
        markup = unescape(markup)
    return " ".join(markup.split())


def pages(first: str, last: str) -> str:
    """A range of pages: "113-125", or the first alone."""
    return f"{first}-{last}" if last and last != first else first


def cited(written: str, doi: str) -> str:
    """A reference as people read it: what is written, and the address of the DOI where it is not in that."""
    if not doi or doi.lower() in written.lower():
        return written
    return f"{written.rstrip('.')}. https://doi.org/{doi}" if written else f"https://doi.org/{doi}"


def name_of(written: str) -> str:
    """A name as it is written, but for blanks inside a Chinese one: 王 伟 → 王伟."""
    return _HAN_GAP.sub("", " ".join(written.split()))


def is_group(name: str) -> bool:
    """Whether *name* looks like that of an organisation rather than a person."""
    return bool(_GROUP.search(name))
