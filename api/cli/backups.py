"""Commands that back the data folder up, check a backup, and bring one back."""

from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import output
from api.cli.options import AsJson
from api.cli.session import Session, of

if TYPE_CHECKING:
    from kg.manifest import Manifest

PANEL = "Operate"


def add_to(app: typer.Typer) -> None:
    """Adds these commands to *app*."""
    for command in (backup, restore):
        app.command(rich_help_panel=PANEL)(command)


def backup(
    context: typer.Context,
    destination: Annotated[
        Path, typer.Argument(metavar="DEST", help="Folder for backups; this one gets a folder in it.")
    ],
    keep: Annotated[
        int, typer.Option(min=0, metavar="N", help="Remove all but the newest N afterwards; 0 keeps all.")
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Copy the whole data folder as it is at this moment, also while a server runs on it."""
    from importlib.metadata import version

    from kg import backup as backups
    from services.spaces import Spaces

    session = of(context)
    place, folder = session.path(destination), session.whole.data_dir
    with ExitStack() as opened:
        libraries = {"": opened.enter_context(session.library())}
        for space in Spaces(folder).all():
            libraries[space.name] = opened.enter_context(session.in_space(space.name).library())
        settings = {name: str(value) for name, value in asdict(session.whole).items()}
        made = backups.backup(place, folder, libraries, settings=settings, program=version("wenyuan"))
    gone = backups.thin_out(place, keep) if keep else []
    if as_json:
        told = _told(made.path, made.manifest) | {
            "reused": made.reused,
            "removed": [str(old) for old in gone],
        }
        output.json(session, told)
        return
    output.line(session, str(made.path))
    session.say("backup.done", **_counted(session, made.manifest), reused=session.words.number(made.reused))
    if gone:
        session.say("backup.thinned", count=len(gone))


def restore(
    context: typer.Context,
    source: Annotated[
        Path, typer.Argument(metavar="SRC", help="A backup, or the folder that holds them: then the newest.")
    ],
    to: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="The data folder to make; by default that of the settings."),
    ] = None,
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of a data folder that holds something.")
    ] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Only check the backup, in every way there is; restore nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring a backup back, or check that this would work."""
    from kg import restore as restoring

    session = of(context)
    place = session.path(source)
    if check:
        found = restoring.check(place)
    else:
        target = session.path(to) if to else session.whole.data_dir
        found = restoring.restore(place, target, is_replacing=replace)
    if as_json:
        output.json(session, _told(found.path, found.manifest) | {"problems": found.problems})
    else:
        for problem in found.problems:
            output.line(session, problem)
        key = "restore.bad" if found.problems else "restore.good" if check else "restore.done"
        session.say(key, path=found.path, **_counted(session, found.manifest))
        _warn_of_another_base(session, found.manifest)
    if found.problems:
        raise typer.Exit(1)


def _warn_of_another_base(session: Session, manifest: "Manifest") -> None:
    was = manifest.settings.get("base_iri", "")
    if was and was != session.whole.base_iri:
        session.say("restore.base", was=was, now=session.whole.base_iri)


def _told(path: Path, manifest: "Manifest") -> dict[str, object]:
    return {
        "path": str(path),
        "made": manifest.made,
        "program": manifest.program,
        "files": len(manifest.files),
        "bytes": manifest.size,
        "libraries": [asdict(part) for part in manifest.parts],
    }


def _counted(session: Session, manifest: "Manifest") -> dict[str, object]:
    main, number = manifest.parts[0], session.words.number
    return {
        "made": manifest.made,
        "changes": number(main.changes),
        "statements": number(main.statements),
        "spaces": len(manifest.parts) - 1,
        "files": number(len(manifest.files)),
        "size": f"{manifest.size / 1e6:.1f} MB",
    }
