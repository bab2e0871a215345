"""Patterns: what XPath means by a regular expression, not what Python does."""

import pytest

from ontology import patterns
from ontology.errors import InvalidOntology


@pytest.mark.parametrize(
    ("pattern", "flags", "text", "found"),
    [
        ("^97[89][0-9]{10}$", "", "9787503717444", True),
        ("^97[89][0-9]{10}$", "", "9787503717444\n", False),
        ("b", "", "abc", True),
        ("B", "i", "abc", True),
        ("^b", "", "a\nb", False),
        ("^b", "m", "a\nb", True),
        ("a.b", "", "a\rb", False),
        ("a.b", "s", "a\nb", True),
        ("a.b", "q", "axb", False),
        ("a.b", "q", "a.b", True),
        (r"^\S+$", "", "a\u00a0b", True),
        (r"^[\s]$", "", "\u00a0", False),
        (r"^\d+\.$", "", "12.", True),
        (r"^(?:a|b)+$", "", "abab", True),
        (r"[.$]", "", "x$", True),
        (r"[.$]", "", "x", False),
    ],
)
def test_a_pattern_finds_what_xpath_would(pattern, flags, text, found):
    assert (patterns.compiled(pattern, flags).search(text) is not None) == found


@pytest.mark.parametrize(
    ("pattern", "flags"),
    [
        (r"\p{L}", ""),
        (r"\i\c*", ""),
        (r"\w", ""),
        ("(?=a)", ""),
        ("[a-z-[aeiou]]", ""),
        ("a", "x"),
        ("(", ""),
        ("\\", ""),
    ],
)
def test_what_python_would_read_otherwise_is_refused(pattern, flags):
    with pytest.raises(InvalidOntology, match="pattern"):
        patterns.compiled(pattern, flags)
