"""The message catalogue: the same keys in both languages, and no words in templates."""

import re
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from string import Formatter

import pytest

import api
from api.language import LANGUAGES
from api.marks import MARKS
from api.words import Words, messages, words

PACKAGE = Path(api.__file__).parent
TEMPLATES = sorted((PACKAGE / "templates").glob("*.html"))
_SPOKEN = ("alt", "title", "placeholder", "aria-label", "content")
_TECHNICAL = {"width=device-width, initial-scale=1", "noindex", "noindex, follow"}


def test_both_languages_have_the_same_messages():
    assert messages("zh-Hans").keys() == messages("en").keys()


def test_both_forms_of_a_message_take_the_same_values():
    zh, en = ({key: _fields(text) for key, text in messages(language).items()} for language in LANGUAGES)

    assert zh == en


def test_no_message_is_empty_or_shouts():
    for language in LANGUAGES:
        for key, text in messages(language).items():
            assert text.strip(), key
            assert not re.search("[!！]", text), key


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_words_of_its_own(template):
    assert _words_in(template.read_text(encoding="utf-8")) == []


def test_words_in_a_template_would_be_found():
    found = _words_in('<p>Hello {{ name }}</p><img alt="A cat"><b title="{{ t(\'x\') }}">·</b>')

    assert found == ["Hello", "A cat"]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_message_that_a_template_names_exists(template):
    named = re.findall(r"""\bt(?:\.count)?\(\s*'([^'~]+)'\s*[,)]""", template.read_text(encoding="utf-8"))

    known = messages("en")
    assert [key for key in named if key not in known and f"count.{key}.other" not in known] == []


def test_every_kind_has_a_name_a_plural_and_letters():
    for language in LANGUAGES:
        for kind in MARKS:
            assert {f"kind.{kind}", f"kinds.{kind}", f"mark.{kind}"} <= messages(language).keys()


@pytest.mark.parametrize(
    ("value", "zh", "en"),
    [
        ("2011", "2011年", "2011"),
        ("2011-05", "2011年5月", "May 2011"),
        ("1552-10-06", "1552年10月6日", "6 October 1552"),
        ("-0479", "公元前480年", "480 BC"),
        ("0000", "公元前1年", "1 BC"),
        ("199X", "199X", "199X"),
        ("2011-13", "2011-13", "2011-13"),
        ("[清末]", "[清末]", "[清末]"),
    ],
)
def test_a_date_is_said_in_the_readers_language(value, zh, en):
    assert (words("zh-Hans").date(value), words("en").date(value)) == (zh, en)


def test_a_moment_and_a_number_are_said_in_the_readers_language():
    moment = datetime(2026, 11, 22, 18, 2, tzinfo=UTC)

    assert words("zh-Hans").when(moment) == "2026年11月22日 18:02"
    assert words("en").when(moment) == "22 November 2026, 18:02"
    assert words("en").number(1234567) == "1,234,567"


def test_one_thing_is_counted_in_the_singular():
    said = [words("en").count("results", number) for number in (0, 1, 1204)]

    assert said == ["0 results", "1 result", "1,204 results"]


@pytest.mark.parametrize(
    ("tag", "zh", "en"),
    [
        ("zh-hant", "繁体", "Traditional"),
        ("zh-latn-pinyin", "拼音", "Pinyin"),
        ("wade-giles", "威妥玛", "Wade–Giles"),
        ("x-unknown", "x unknown", "x unknown"),
    ],
)
def test_a_language_tag_is_named(tag, zh, en):
    assert (words("zh-Hans").tongue(tag), words("en").tongue(tag)) == (zh, en)


def test_an_unknown_message_is_an_error_and_not_a_blank():
    with pytest.raises(KeyError):
        Words("en")("no.such.message")


def _fields(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def _words_in(template: str) -> list[str]:
    """The texts of *template* that are not made by an expression."""
    reader = _Reader()
    reader.feed(re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", template, flags=re.DOTALL))
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_data(self, data: str) -> None:
        if re.search(r"[^\W\d_]", data):
            self.found.append(data.strip())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in _SPOKEN and value and value not in _TECHNICAL and re.search(r"[^\W\d_]", value):
                self.found.append(value)
