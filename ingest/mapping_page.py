"""A mapping as a page of Markdown, for people who want to know what becomes of a field."""

from collections.abc import Mapping as Table

from ingest.mapping import Mapping, Rule

_WORDS = {
    "en": {"describes": "describes", "marks": "indicators", "early": "before all others"},
    "zh": {"describes": "描述", "marks": "指示符", "early": "先于其他规则"},
}
_COMMON = ("field", "marks", "rule", "note", "example", "early")


def page(mapping: Mapping, language: str = "en") -> str:
    """*mapping* as Markdown in "en" or "zh": a heading a rule, in the order of the file."""
    words = _WORDS[language]
    title = mapping.title.get(language) or mapping.name
    head = [f"# {title}", f"`{mapping.stamp}` · {words['describes']} `{mapping.describes}`"]
    return "\n\n".join([*head, *(_section(rule, words, language) for rule in mapping.rules)]) + "\n"


def _section(rule: Rule, words: Table[str, str], language: str) -> str:
    fields = rule.says["field"]
    names = ", ".join(f"`{name}`" for name in (fields if isinstance(fields, list) else [fields]))
    note = rule.note.get(language) or rule.note.get("en", "")
    heading = f"## {names}" + (f" · {note}" if note else "")
    lines = [f"`{rule.kind}`" + (f" · {words['marks']} `{rule.marks}`" if rule.marks else "")]
    if rule.early:
        lines[0] += f" · {words['early']}"
    options = {name: value for name, value in rule.says.items() if name not in _COMMON}
    lines += [f"- `{name}` = {_shown(value)}" for name, value in options.items()]
    return "\n\n".join([heading, "\n".join([lines[0], "", *lines[1:]]).strip(), *_examples(rule)])


def _examples(rule: Rule) -> list[str]:
    """Each example as a block: the fields, then what they give."""
    said = ([*example.given, *(f"  → {line}" for line in example.gives)] for example in rule.examples)
    return ["\n".join(["```text", *lines, "```"]) for lines in said]


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"`{key}` → `{entry}`" for key, entry in value.items())
    return f"`{value}`"
