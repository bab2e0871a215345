"""Commands about spaces: further libraries in the same data folder, public or private."""

from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import output
from api.cli.options import AsJson
from api.cli.session import HandOver, Session, of

if TYPE_CHECKING:
    from services.spaces import Registered, Spaces

PANEL = "Operate"

group = typer.Typer(no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Adds these commands to *app*, as `space`."""
    app.add_typer(
        group, name="space", rich_help_panel=PANEL, help="Spaces: further libraries, public or private."
    )


@group.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Its name in addresses: small letters, digits and -.")],
    private: Annotated[
        bool, typer.Option("--private", help="Only keys for it open it; others cannot tell it is there.")
    ] = False,
    title: Annotated[str, typer.Option(metavar="TEXT", help="What people call it.")] = "",
    plain: Annotated[
        bool,
        typer.Option(
            "--plain-default-graph", help="Its default graph is one of its own, not the union of all."
        ),
    ] = False,
    existing: Annotated[
        bool, typer.Option("--existing", help="Take up what a removed space of that name has left.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Set up a space; a running server has it within a second."""
    session = of(context)
    made = _spaces(session).add(
        name, title=title, is_public=not private, is_union=not plain, is_existing=existing
    )
    if as_json:
        output.json(session, _told(session, made))
    else:
        session.say("space.made", name=name, path=f"/spaces/{name}/")


@group.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """All spaces."""
    session = of(context)
    found = _spaces(session).all()
    if as_json:
        output.json(session, [_told(session, space) for space in found])
    elif not found:
        session.say("space.none_yet")
    else:
        words = session.words
        output.table(
            session,
            session.headings("name title readers default_graph"),
            (
                (
                    space.name,
                    space.title,
                    words("cli.space.public" if space.is_public else "cli.space.private"),
                    words("cli.space.union" if space.is_union else "cli.space.plain"),
                )
                for space in found
            ),
        )


@group.command()
def remove(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The name of the space.")],
    purge: Annotated[
        bool, typer.Option("--purge", help="Delete what is in it, too. Nothing brings that back.")
    ] = False,
) -> None:
    """Take a space out of use; what is in it stays on disk unless you purge it."""
    from kg.folder import holder

    session = of(context)
    spaces = _spaces(session)
    if session.held is None and (found := holder(session.whole.data_dir)):
        raise HandOver(found)
    spaces.remove(name)
    if session.rooms is not None:
        session.rooms.shut(name)
    if purge:
        spaces.purge(name)
    session.say("space.purged" if purge else "space.removed", name=name, folder=spaces.folder(name))


def _spaces(session: Session) -> "Spaces":
    from services.spaces import Spaces

    return Spaces(session.whole.data_dir)


def _told(session: Session, space: "Registered") -> dict[str, object]:
    from services.spaces import base_iri

    return {
        "name": space.name,
        "title": space.title,
        "is_public": space.is_public,
        "is_union": space.is_union,
        "base_iri": base_iri(session.whole.base_iri, space.name),
        "folder": str(_spaces(session).folder(space.name)),
        "created": space.created,
    }
