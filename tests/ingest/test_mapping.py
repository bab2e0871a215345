"""Mapping files: their rules, their examples, and what is refused."""

import pytest

from ingest import examples, mapping
from ingest.errors import MappingError

HEAD = '[mapping]\nname = "test"\n'


def every_example() -> list[object]:
    return [
        pytest.param(found, rule, example, id=f"{name}-{number}-{'+'.join(rule.fields)}")
        for name in mapping.names()
        for found in [mapping.bundled(name)]
        for number, rule in enumerate(found.rules, 1)
        for example in rule.examples
    ]


@pytest.mark.parametrize(("found", "rule", "example"), every_example())
def test_the_example_of_a_rule_holds(
    found: mapping.Mapping, rule: mapping.Rule, example: mapping.Example
) -> None:
    assert examples.missing(found, example) == []


@pytest.mark.parametrize("name", mapping.names())
def test_every_rule_of_a_bundled_mapping_has_an_example_and_a_note_in_both_languages(name: str) -> None:
    rules = mapping.bundled(name).rules

    bare = [rule.fields for rule in rules if not (rule.examples and set(rule.note) >= {"en", "zh"})]

    assert bare == []


def test_an_unknown_kind_of_rule_is_refused_with_the_known_ones() -> None:
    with pytest.raises(MappingError, match="rule 1: no kinds of rule called 'titel'; known: text, "):
        mapping.parse(HEAD + '[[rule]]\nfield = "245"\nrule = "titel"', "my.toml")


def test_an_unknown_key_is_refused_with_the_known_ones() -> None:
    with pytest.raises(MappingError, match=r"rule 1: a 'title' rule has no key 'part'; known: early"):
        mapping.parse(HEAD + '[[rule]]\nfield = "245"\nrule = "title"\npart = "a"', "my.toml")


def test_broken_toml_is_refused_with_the_place() -> None:
    with pytest.raises(MappingError, match=r"my.toml: not valid TOML: .*\(at "):
        mapping.parse("[mapping]\nname = [", "my.toml")


def test_a_rule_runs_only_where_the_indicators_fit() -> None:
    found = mapping.parse(
        HEAD + '[[rule]]\nfield = "24X"\nmarks = "1_"\nrule = "value"\nproperty = "wy:note"', "my.toml"
    )

    def notes(line: str) -> list[str]:
        record = examples.record((line,), "test")
        said = found.describe(record, base=examples.BASE, source="s")
        return [o for _, p, o in said if p.endswith("#note>")]

    assert notes("245 1_ $a yes") == ['"yes"']
    assert notes("246 10 $a no") == []


def test_the_same_record_gives_the_same_statements_sorted() -> None:
    found = mapping.parse(HEAD + '[[rule]]\nfield = "245"\nrule = "title"\nkey = "a"', "my.toml")
    record = examples.record(("245 00 $a 文渊阁",), "test")

    first = found.describe(record, base=examples.BASE, source="s")

    assert first == sorted(first)
    assert first == found.describe(record, base=examples.BASE, source="s")
