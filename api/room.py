"""Rooms: the spaces that a server has open, the main library's among them. Not who may enter: api.spaces."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, replace
from threading import Lock

from kg.context import Context, published
from kg.library import Library
from kg.pool.publisher import Publisher
from kg.reading import Reading
from kg.settings import Settings
from kg.space import Space
from ontology.errors import WenyuanError
from services.spaces import Registered, Spaces, base_iri
from services.watched import FRESH

log = logging.getLogger(__name__)

_PATIENCE = 30.0
"""Seconds that a removed space waits for those who still read it."""


@dataclass(frozen=True, slots=True)
class Now:
    """The library at one moment: what is read from it, and the generation that this surely includes."""

    generation: int
    reading: Reading


@dataclass(slots=True, eq=False)
class Room:
    """A space with what the pages and doors of it need. settings: with the folder and base IRI of the space.

    edition: a text that no other run of the program has, and no other library. users: who is in it.
    """

    space: Space
    settings: Settings
    context: Context
    edition: str
    users: int = 0
    last: Now | None = None

    def now(self) -> Now:
        """The library as it is. What is remembered of it lasts until the next change."""
        # Read first: a change that comes in between makes the number too old, never too new.
        generation = self.space.library.generation
        if self.last is None or self.last.generation != generation:
            self.last = Now(generation, Reading(self.space.library.store.engine))
        return self.last


def main_room(library: Library, settings: Settings, edition: str) -> Room:
    """The room of the main library."""
    return Room(Space("", library, Publisher(library)), settings, published(settings.base_iri), edition)


class Rooms:
    """The further spaces of one server: each is opened when it is first asked for, and kept.

    on_change: is called when a space was removed, or other people may read it from now on.
    """

    def __init__(self, settings: Settings, edition: str, *, on_change: Callable[[], None]) -> None:
        self.spaces = Spaces(settings.data_dir)
        self._settings, self._edition, self._on_change = settings, edition, on_change
        self._open: dict[str, Room] = {}
        self._lock = Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watching: asyncio.Task[None] | None = None
        self._shutting: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begins to look whether spaces were altered; in the loop of the server."""
        self._loop = asyncio.get_running_loop()
        self._watching = self._loop.create_task(self._watch())

    async def close(self) -> None:
        """Closes all of them."""
        if self._watching is not None:
            self._watching.cancel()
        await asyncio.gather(*(self._shut(name, patience=0) for name in list(self._open)), *self._shutting)

    @asynccontextmanager
    async def entered(self, registered: Registered) -> AsyncIterator[Room]:
        """The room of a space, which stays open during the block. Raises StoreLocked, StoreError."""
        room = self._ready(registered)
        if room is None:
            room = await asyncio.to_thread(self._opened, registered)
        room.users += 1
        try:
            yield room
        finally:
            room.users -= 1

    @contextmanager
    def library(self, name: str) -> Iterator[Library]:
        """The library of a space, from any thread. Raises NotFound, StoreLocked, StoreError."""
        self.spaces.refresh()
        room = self._opened(self.spaces.get(name))
        room.users += 1
        try:
            yield room.space.library
        finally:
            room.users -= 1

    def shut(self, name: str) -> None:
        """Closes a space, from another thread than the loop's, once nobody is in it any more."""
        if self._loop is not None:
            asyncio.run_coroutine_threadsafe(self._shut(name), self._loop).result()

    def _ready(self, registered: Registered) -> Room | None:
        """The room, where it is open as it is set up now."""
        room = self._open.get(registered.name)
        return room if room is not None and _is_as(room.space, registered) else None

    def _opened(self, registered: Registered) -> Room:
        with self._lock:
            room = self._open.get(registered.name) or self._make(registered)
            if not _is_as(room.space, registered):
                public, union = registered.is_public, registered.is_union
                room.space = replace(room.space, is_public=public, is_union=union)
                self._on_change()
            self._open[registered.name] = room
            return room

    def _make(self, registered: Registered) -> Room:
        name, title = registered.name, registered.title or self._settings.title
        own = base_iri(self._settings.base_iri, name)
        settings = replace(self._settings, data_dir=self.spaces.folder(name), base_iri=own, title=title)
        library = Library.open(settings.data_dir, base_iri=own)
        space = Space(name, library, Publisher(library))
        return Room(space, settings, published(own), f"{self._edition}.{library.journal.identity[:8]}")

    async def _watch(self) -> None:
        """Closes what was removed and heeds what was altered, for as long as the server runs.

        Answers that are kept are given without asking whether there is such a space.
        """
        while True:
            await asyncio.sleep(FRESH)
            try:
                await self._heed()
            except WenyuanError:
                log.exception("the list of spaces could not be read")

    async def _heed(self) -> None:
        for name, room in list(self._open.items()):
            registered = self.spaces.find(name)
            if registered is None:
                # Not waited for: who still reads it may take long, and others may be altered meanwhile.
                task = asyncio.get_running_loop().create_task(self._shut(name))
                self._shutting.add(task)
                task.add_done_callback(self._shutting.discard)
            elif not _is_as(room.space, registered):
                await asyncio.to_thread(self._opened, registered)

    async def _shut(self, name: str, *, patience: float = _PATIENCE) -> None:
        room = self._open.pop(name, None)
        if room is None:
            return
        room.space = replace(room.space, is_public=False)
        self._on_change()
        until = asyncio.get_running_loop().time() + patience
        while room.users and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.05)
        await room.space.publisher.close()
        room.last = None
        await asyncio.to_thread(room.space.library.close)
        log.info("closed space %s", name)


def _is_as(space: Space, registered: Registered) -> bool:
    return (space.is_public, space.is_union) == (registered.is_public, registered.is_union)
