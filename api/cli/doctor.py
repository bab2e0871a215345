"""Commands about Wenyuan itself: is it well, what is plugged in, how is it set up, how does it map."""

import json as plain_json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from api.cli import output
from api.cli.options import AsJson
from api.cli.session import of

PANEL = "About Wenyuan"


def add_to(app: typer.Typer) -> None:
    """Adds these commands to *app*."""
    for command in (doctor, parts, mappings, settings):
        app.command(rich_help_panel=PANEL)(command)


def doctor(context: typer.Context, as_json: AsJson = False) -> None:
    """Check the installation and the data folder, and say how to mend what is wrong."""
    from api.checkup import findings

    session = of(context)
    found = findings(session.settings, session.words)
    if as_json:
        output.json(session, found)
    else:
        for finding in found:
            mark = {"ok": "✓", "note": "·", "wrong": "✗"}[finding.state]
            output.line(session, f"{mark} {finding.text}")
            if finding.hint:
                output.line(session, f"  → {finding.hint}")
    if any(finding.state == "wrong" for finding in found):
        raise typer.Exit(1)


def parts(context: typer.Context, as_json: AsJson = False) -> None:
    """What is plugged in: sources, mappings, kinds of rule, serialisations."""
    from ingest.mapping import RULES, names
    from ingest.plugins import SOURCES
    from kg.formats import FORMATS

    session = of(context)
    found = {
        "sources": list(SOURCES),
        "mappings": names(),
        "rules": list(RULES),
        "formats": [known.name for known in FORMATS],
    }
    if as_json:
        output.json(session, found)
    else:
        output.table(
            session, session.headings("part name"), ((kind, name) for kind in found for name in found[kind])
        )


def mappings(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="A bundled mapping, or a mapping file of your own.")] = "",
    as_json: AsJson = False,
) -> None:
    """The mappings there are, or one of them as a page: every rule, what it reads and an example."""
    from ingest import mapping

    session = of(context)
    if not name:
        bundled = [mapping.bundled(each) for each in mapping.names()]
        rows = [(each.name, each.title.get(session.language[:2], ""), len(each.rules)) for each in bundled]
        if as_json:
            output.json(session, [{"name": n, "title": t, "rules": r} for n, t, r in rows])
        else:
            output.table(session, session.headings("name title rules"), rows)
        return
    path = session.path(Path(name))
    found = mapping.read(path) if path.suffix == ".toml" else mapping.bundled(name)
    if as_json:
        output.line(
            session, plain_json.dumps([rule.says for rule in found.rules], ensure_ascii=False, default=str)
        )
    else:
        from ingest.mapping_page import page

        output.line(session, page(found, session.language[:2]))


def settings(context: typer.Context, as_json: AsJson = False) -> None:
    """How Wenyuan is set up here: every setting with its value (docs/settings.md)."""
    session = of(context)
    values = asdict(session.settings)
    if as_json:
        output.json(session, values)
    else:
        output.table(session, session.headings("setting value"), [(key, values[key]) for key in values])
