"""Pages of the handbook that are made from the program: one for each bundled mapping, and their list."""

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from ingest import mapping
from ingest.mapping_page import page


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds mappings/index.md and mappings/{name}.md to the pages that are to be written."""
    found = [mapping.bundled(name) for name in mapping.names()]
    for each in found:
        files.append(File.generated(config, f"mappings/{each.name}.md", content=page(each, "en")))
    lines = [f"| [{each.name}]({each.name}.md) | {each.title.get('en', '')} | {each.title.get('zh', '')} |" for each in found]
    head = "# Mappings\n\nHow each format becomes statements, rule by rule. The pages are made from the files in `ingest/mappings/`.\n\n"
    table = "\n".join(["| mapping | reads | 说明 |", "|---|---|---|", *lines])
    files.append(File.generated(config, "mappings/index.md", content=f"{head}{table}\n"))
    return files
