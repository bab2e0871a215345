"""Commands about keys: who may do what on a server."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli import output
from api.cli.options import AsJson
from api.cli.session import Session, of

if TYPE_CHECKING:
    from services.keys import Key, Keys

PANEL = "Operate"

group = typer.Typer(no_args_is_help=True)


def add_to(app: typer.Typer) -> None:
    """Adds these commands to *app*, as `key`."""
    app.add_typer(group, name="key", rich_help_panel=PANEL, help="Keys: who may do what on a server.")


@group.command()
def add(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Whose key it is; the history names changes made with it so.")],
    role: Annotated[str, typer.Option(metavar="ROLE", help="reader, cataloguer, steward or administrator.")],
    space: Annotated[
        list[str] | None,
        typer.Option(
            "--space", metavar="NAME", help="A space it is for; main, all, or a name. By default main."
        ),
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0, help="How long its queries may run; by default as everybody's.")
    ] = 0,
    budget: Annotated[
        float, typer.Option(min=0, help="Seconds of queries a minute; by default as everybody's.")
    ] = 0,
    expires: Annotated[
        str, typer.Option(metavar="WHEN", help="A date, 2027-01-31, or a number of days, 90d.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Make a key. It is shown once, and kept nowhere."""
    from services.keys import ALL, MAIN
    from services.roles import by_word
    from services.spaces import Spaces

    session = of(context)
    rung = by_word(role)
    spaces = Spaces(session.whole.data_dir)
    for each in space or ():
        if each not in (ALL, MAIN):
            spaces.get(each)
    made = _keys(session).add(
        name, rung, spaces=space or (), seconds=seconds, budget=budget, expires=_moment(session, expires)
    )
    if as_json:
        output.json(session, {"name": name, "role": rung.word, "spaces": space or [MAIN], "token": made})
        return
    output.line(session, made)
    session.say("key.made", name=name)


@group.command("list")
def list_(context: typer.Context, as_json: AsJson = False) -> None:
    """All keys, with what they may and when they were used last."""
    session = of(context)
    found = _keys(session).all()
    if as_json:
        output.json(session, [_told(key) for key in found])
    elif not found:
        session.say("key.none")
    else:
        headings = session.headings("name role spaces seconds budget made used state")
        output.table(session, headings, (_row(session, key) for key in found))


@group.command()
def revoke(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The name of the key, as `wenyuan key list` shows it.")],
    as_json: AsJson = False,
) -> None:
    """End a key for good; a running server knows within a second."""
    session = of(context)
    ended = _keys(session).revoke(name)
    if as_json:
        output.json(session, _told(ended))
    else:
        session.say("key.revoked", name=name)


def _keys(session: Session) -> "Keys":
    from services.keys import Keys
    from services.ops import Ops

    return Keys(Ops(session.whole.data_dir))


def _moment(session: Session, text: str) -> datetime | None:
    """The end of a date, or of so many days from now."""
    if not text:
        return None
    if text.endswith("d") and text[:-1].isdigit():
        return datetime.now(UTC) + timedelta(days=int(text[:-1]))
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(session.words("cli.key.no_date"), param_hint="--expires") from error
    if len(text) == len("2027-01-31"):
        found += timedelta(days=1)
    return found.astimezone(UTC)


def _told(key: "Key") -> dict[str, object]:
    return {
        "name": key.name,
        "role": key.role.word,
        "spaces": key.spaces,
        "seconds": key.seconds,
        "budget": key.budget,
        "created": key.created,
        "used": key.used,
        "expires": key.expires,
        "revoked": key.revoked,
        "is_valid": key.is_valid(),
    }


def _row(session: Session, key: "Key") -> tuple[object, ...]:
    if key.revoked:
        state = session.words("cli.key.is_revoked", when=_day(key.revoked))
    elif key.expires:
        state = session.words("cli.key.expires", when=_day(key.expires))
    else:
        state = session.words("cli.key.is_valid")
    limits = (f"{each:g}" if each else "" for each in (key.seconds, key.budget))
    return key.name, key.role.word, " ".join(key.spaces), *limits, _day(key.created), _day(key.used), state


def _day(moment: datetime | None) -> str:
    return moment.astimezone().strftime("%Y-%m-%d %H:%M") if moment else ""
