"""The command `wenyuan` itself: its options, its groups of commands, and its one door for errors."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from api.cli import backups, doctor, history, ingest, keys, query, rejected, serve, slow, spaces
from api.cli.help import translate
from api.cli.session import HandOver, Session, console, spoken, start
from ontology.errors import WenyuanError

_VALUED = ("--data-dir", "--lang", "--space")
_OWN = {"key": ("--space",)}
"""Commands for which a word that is elsewhere an option of `wenyuan` means something of their own."""
_FLAGS = ("--quiet", "-q")


WITHOUT_SPACE = ("serve", "demo", "doctor", "settings", "key", "space", "backup", "restore", "slow")
"""Commands that are about the whole data folder."""


class Door(TyperGroup):
    """The group of all commands: where errors become a message and an exit code, and nowhere else."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Keeps the words as typed, to hand them over, and lets --data-dir and --lang stand anywhere."""
        ctx.meta["wenyuan.words"] = list(args)
        return super().parse_args(ctx, hoisted(args))

    def invoke(self, ctx: Any) -> Any:
        """Runs the command; gives its exit code to the shell."""
        try:
            return super().invoke(ctx)
        except HandOver as handed:
            from api.remote import hand_over

            code = hand_over(handed.holder, ctx.meta["wenyuan.words"], ctx.obj)
        except WenyuanError as error:
            code = _reported(error, ctx.obj)
        raise typer.Exit(code)


app = typer.Typer(
    name="wenyuan",
    cls=Door,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Wenyuan 文渊: from library records to a graph you can search and query.",
)
for group in (ingest, rejected, query, history, serve, keys, spaces, backups, doctor, slow):
    group.add_to(app)


def main(words: Sequence[str] | None = None) -> None:
    """Runs the command line and ends the process with its exit code (docs/exit-codes.md)."""
    given = list(sys.argv[1:] if words is None else words)
    tree = typer.main.get_command(app)
    if spoken(_asked_language(given)) == "zh-Hans":
        translate(tree)
    tree.main(given, prog_name="wenyuan")


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"wenyuan {version('wenyuan')}")
        raise typer.Exit


@app.callback()
def _common(
    context: typer.Context,
    data_dir: Annotated[
        Path | None,
        typer.Option(
            "--data-dir", help="Folder that holds the library; by default ./data.", show_default=False
        ),
    ] = None,
    space: Annotated[
        str, typer.Option("--space", metavar="NAME", help="Not the main library, but a space of it.")
    ] = "",
    lang: Annotated[str, typer.Option("--lang", metavar="zh|en", help="Language of messages.")] = "",
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but data and errors.")] = False,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Show the version.")
    ] = False,
) -> None:
    if context.obj is None:
        context.obj = start(data_dir=data_dir, language=lang, is_quiet=quiet)
    if space:
        if context.invoked_subcommand in WITHOUT_SPACE:
            said = context.obj.words("cli.space.none", command=context.invoked_subcommand)
            raise typer.BadParameter(said, param_hint="--space")
        context.obj = context.obj.in_space(space)


def hoisted(words: Sequence[str]) -> list[str]:
    """*words* with the options of `wenyuan` itself in front, where the parser wants them."""
    front: list[str] = []
    rest: list[str] = []
    own: Sequence[str] = ()
    remaining = iter(words)
    for word in remaining:
        if word == "--":
            return [*front, *rest, word, *remaining]
        if not rest:
            own = _OWN.get(word, ())
        if word.partition("=")[0] in own:
            rest.append(word)
        elif word in _VALUED:
            front += [word, *([following] if (following := next(remaining, None)) is not None else [])]
        elif word in _FLAGS or word.partition("=")[0] in _VALUED:
            front.append(word)
        else:
            rest.append(word)
    return front + rest


def _asked_language(words: Sequence[str]) -> str:
    front = [part for word in hoisted(words) for part in word.split("=", 1)]
    return front[front.index("--lang") + 1] if "--lang" in front[:-1] else ""


def _reported(error: WenyuanError, session: Session | None) -> int:
    """Tells the person what went wrong and the way out; gives the exit code."""
    from api.problems import exit_code
    from api.words import words
    from kg.errors import QuerySyntax

    # There is no session yet where the settings themselves are wrong.
    said = words(session.language if session else spoken(""))
    err = session.err if session else console(sys.stderr)
    place = (
        said("cli.place", line=error.line, column=error.column)
        if isinstance(error, QuerySyntax) and error.line
        else ""
    )
    err.print(f"{said('cli.error')}{place}{error}", style="red", highlight=False)
    if error.hint:
        err.print(f"{said('cli.hint')}{error.hint}", highlight=False)
    return exit_code(error)
