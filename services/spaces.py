"""Spaces: which there are besides the main library, and who may read them. Not what is in them."""

import re
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Row, delete, insert, select

from kg.errors import StoreError
from kg.folder import Folder, Lock
from ontology.errors import NotFound, UnknownName
from services.keys import ALL, MAIN
from services.ops import SPACE, Ops
from services.watched import Watched

_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Registered:
    """A space as it is set up. is_public: strangers may read it; otherwise nobody learns that it is there.

    is_union: its default graph is the union of all its graphs, not a graph of its own.
    """

    name: str
    title: str = ""
    is_public: bool = True
    is_union: bool = True
    created: datetime | None = None


class Spaces:
    """The spaces of a data folder. What another process alters is seen within half a second."""

    def __init__(self, folder: Path) -> None:
        self._folder = Folder(folder)
        self._ops = Ops(folder)
        self._known: Watched[Mapping[str, Registered]] = Watched(self._ops, _by_name, {})

    def add(
        self, name: str, *, title: str = "", is_public: bool = True, is_union: bool = True,
        is_existing: bool = False,
    ) -> Registered:  # fmt: skip
        """Sets a space up; its folder is made when something is first put into it.

        is_existing: takes up what lies in its folder already. Raises UnknownName for a name that cannot be
        one or is taken, StoreError where something lies there.
        """
        if not _NAME.fullmatch(name) or name in (MAIN, ALL):
            raise UnknownName(
                f"{name!r} cannot name a space",
                hint=f"small letters, digits and - only, at most 63; not {MAIN} or {ALL}",
            )
        place = self.folder(name)
        if place.exists() and any(place.iterdir()) and not is_existing:
            raise StoreError(
                f"there is something in {str(place)!r}",
                hint="a space of that name was removed; --existing takes its statements up, to be read by "
                "whom you now let read it; or delete the folder",
            )
        with self._ops.writing() as connection:
            if connection.execute(select(SPACE.c.name).where(SPACE.c.name == name)).first():
                raise UnknownName(f"there is a space called {name!r} already", hint="choose another name")
            row = {
                "name": name,
                "title": title,
                "is_public": is_public,
                "is_union": is_union,
                "created": time.time(),
            }
            connection.execute(insert(SPACE).values(row))
        self._known.forget()
        return self.get(name)

    def all(self) -> list[Registered]:
        """All spaces, by name."""
        return [space for _, space in sorted(self._known.now().items())]

    def find(self, name: str) -> Registered | None:
        """The space of that name; None where there is none."""
        return self._known.now().get(name)

    def get(self, name: str) -> Registered:
        """The space of that name; raises NotFound."""
        found = self.find(name)
        if found is None:
            raise NotFound(f"no space called {name!r}", hint="`wenyuan space list` shows them")
        return found

    def refresh(self) -> None:
        """Lets the next look see what another process altered just now."""
        self._known.forget()

    def remove(self, name: str) -> Registered:
        """Takes the space off the list; its folder stays until purge. Raises NotFound."""
        self._known.forget()
        found = self.get(name)
        with self._ops.writing() as connection:
            connection.execute(delete(SPACE).where(SPACE.c.name == name))
        self._known.forget()
        return found

    def purge(self, name: str) -> None:
        """Deletes the folder of a space that was removed; raises StoreLocked where it is in use."""
        place = self.folder(name)
        if place.is_dir():
            with Lock(Folder(place)):
                shutil.rmtree(place)

    def folder(self, name: str) -> Path:
        """The data folder of the space of that name."""
        return self._folder.space(name)


def base_iri(main: str, name: str) -> str:
    """What the names of things in a space begin with: the address at which it is served."""
    return f"{main}spaces/{name}/"


def _by_name(connection: Connection) -> dict[str, Registered]:
    return {row.name: _registered(row) for row in connection.execute(select(SPACE))}


def _registered(row: Row[tuple[object, ...]]) -> Registered:
    created = datetime.fromtimestamp(row.created, UTC)
    return Registered(row.name, row.title, row.is_public, row.is_union, created)
