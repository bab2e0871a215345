"""Pages of the handbook that are made from the program: one for each bundled mapping, and their list."""

from inspect import cleandoc

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from ingest import mapping
from ingest.mapping import RULES
from ingest.mapping_page import page


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds mappings/index.md and mappings/{name}.md to the pages that are to be written."""
    found = [mapping.bundled(name) for name in mapping.names()]
    for each in found:
        files.append(File.generated(config, f"mappings/{each.name}.md", content=page(each, "en")))
    files.append(File.generated(config, "mappings/index.md", content=_index(found)))
    files.append(File.generated(config, "mappings/rules.md", content=_rules()))
    return files


def _index(found: list[mapping.Mapping]) -> str:
    """The list of mappings as a page."""
    rows = [f"| [{each.name}]({each.name}.md) | {each.title['en']} | {each.title['zh']} |" for each in found]
    return "\n".join(
        [
            "# Mappings",
            "",
            "How each format becomes statements, rule by rule. The pages are made from `ingest/mappings/`.",
            "",
            "| mapping | reads | 说明 |",
            "|---|---|---|",
            *rows,
            "",
        ]
    )


def _rules() -> str:
    """Every kind of rule with what it takes, in the words of the function that makes it."""
    sections = (f"## `{name}`\n\n```text\n{cleandoc(RULES[name].__doc__ or '')}\n```\n" for name in RULES)
    return "\n".join(["# Kinds of rule", "", "What each kind makes, and the keys it takes.", "", *sections])
