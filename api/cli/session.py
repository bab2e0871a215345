"""Session: what a command has at hand: settings, words, two consoles, a working folder, and the library."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, cast

import typer

from kg.settings import Settings, read

if TYPE_CHECKING:
    from rich.console import Console

    from api.room import Rooms
    from api.words import Words
    from ingest.intake import Intake
    from kg.folder import Holder
    from kg.library import Library


class HandOver(Exception):
    """The data folder is held by a server, which is asked to run the command instead."""

    def __init__(self, holder: "Holder") -> None:
        super().__init__(holder.address)
        self.holder = holder


@dataclass(slots=True)
class Session:
    """One run of one command, on this terminal or, handed over, inside the server that holds the folder.

    held: the open library of that server; without it a command opens the folder itself.
    stdin: what the caller typed or piped in, where the command was handed over.
    space: the name of the space that the command is about, "" for the main library; settings are that
    space's then. rooms: the further spaces of the server that runs the command.
    """

    settings: Settings
    language: str
    out: "Console"
    err: "Console"
    cwd: Path = field(default_factory=Path.cwd)
    held: "Library | None" = None
    stdin: str | None = None
    is_quiet: bool = False
    space: str = ""
    main: Settings | None = None
    rooms: "Rooms | None" = None

    def in_space(self, name: str) -> "Session":
        """The same session, for the space of that name ("main" is the main library). Raises NotFound."""
        from services.keys import MAIN
        from services.spaces import Spaces, base_iri

        whole = self.whole
        if name == MAIN:
            return replace(self, settings=whole, space="", main=None)
        spaces = Spaces(whole.data_dir)
        own = base_iri(whole.base_iri, spaces.get(name).name)
        settings = replace(whole, data_dir=spaces.folder(name), base_iri=own)
        return replace(self, settings=settings, space=name, main=whole)

    @property
    def whole(self) -> Settings:
        """The settings of the whole data folder, in whichever space the session is."""
        return self.main or self.settings

    @property
    def words(self) -> "Words":
        """The messages in the caller's language."""
        from api.words import words

        return words(self.language)

    def iri(self, thing: str) -> str:
        """The IRI of *thing*: an IRI as it is, or the end of one of ours ("work/abc", "id/work/abc")."""
        if "://" in thing or thing.startswith("urn:"):
            return thing
        return f"{self.settings.base_iri}{thing if thing.startswith(('id/', 'graph/')) else f'id/{thing}'}"

    def short(self, iri: str) -> str:
        """*iri* as a person types it back: work/abc for one of ours, wy:title for a known vocabulary."""
        from ontology.namespaces import compact

        ours = f"{self.settings.base_iri}id/"
        return iri.removeprefix(ours) if iri.startswith(ours) else compact(iri)

    def headings(self, keys: str) -> list[str]:
        """The headings of a table in the caller's language, for blank-separated *keys*."""
        return [self.words(f"cli.heading.{key}") for key in keys.split()]

    def say(self, key: str, **values: object) -> None:
        """Tells the person something; not data, so it goes to the second console."""
        if not self.is_quiet:
            self.err.print(self.words(f"cli.{key}", **values), highlight=False)

    def path(self, given: Path) -> Path:
        """*given* as the caller means it, wherever the command runs."""
        return self.cwd / given

    def input(self) -> str:
        """What was piped into the command; asked for before the library, so that it is handed over, too."""
        if self.stdin is None:
            self.stdin = sys.stdin.read()
        return self.stdin

    @contextmanager
    def library(self) -> "Iterator[Library]":
        """The library of the data folder, open for reading and writing.

        Raises HandOver where a server holds the folder, before anything was done.
        """
        if self.rooms is not None and self.space:
            with self.rooms.library(self.space) as library:
                yield library
            return
        if self.held is not None:
            yield self.held
            return
        from kg import folder
        from kg.library import Library

        if holder := folder.holder(self.whole.data_dir):
            raise HandOver(holder)
        with Library.open(self.settings.data_dir, base_iri=self.settings.base_iri) as library:
            yield library

    def intake(self, library: "Library") -> "Intake":
        """The way for files into that library."""
        from ingest.intake import Intake

        given = self.settings
        return Intake(library, given.data_dir, base=given.base_iri, workers=given.workers)


def of(context: typer.Context) -> Session:
    """The session of a running command."""
    return cast(Session, context.obj)  # The root command has put it there.


def start(
    *, data_dir: Path | None, language: str, is_quiet: bool, environment: Mapping[str, str] = os.environ
) -> Session:
    """A session on this terminal, with the settings of the working folder and of the environment."""
    settings = read(data_dir=data_dir)
    tongue = spoken(language, environment)
    return Session(settings, tongue, console(sys.stdout), console(sys.stderr), is_quiet=is_quiet)


def run(tree: Any, words: Sequence[str], session: Session) -> int:
    """Runs one command with *session* and gives its exit code; nothing touches the process.

    tree: the command `wenyuan`, for which typer has no public type.
    """
    code = tree.main(list(words), prog_name="wenyuan", standalone_mode=False, obj=session)
    return code if isinstance(code, int) else 0


def spoken(asked: str, environment: Mapping[str, str] = os.environ) -> str:
    """The language of messages: as asked, else WENYUAN_LANGUAGE, else the locale; else English."""
    names = ("WENYUAN_LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")
    wanted = asked or next((environment[name] for name in names if environment.get(name)), "en")
    return "zh-Hans" if wanted.lower().startswith("zh") else "en"


def console(stream: TextIO, *, width: int | None = None, is_terminal: bool | None = None) -> "Console":
    """A console on *stream*: plain where it is no terminal or NO_COLOR is set (rich sees to both)."""
    from rich.console import Console

    return Console(
        file=stream, width=width, force_terminal=is_terminal, markup=False, emoji=False, soft_wrap=True
    )
