"""What a running application holds: settings, library, and who answers queries. One for each app."""

import hmac
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, cast

from fastapi import FastAPI, Request

from api.figures import Figures
from api.lane import Lane
from api.meter import Meter
from api.room import Now, Room, Rooms, main_room
from api.sparql.counts import Counts
from api.sparql.results import Results
from kg.columns.keeper import Keeper
from kg.context import Context
from kg.federation.addresses import Allowed
from kg.federation.federation import Caps, Federation
from kg.library import Library
from kg.pool.limits import Limits
from kg.pool.pool import Pool
from kg.settings import Settings
from kg.space import Space
from kg.sparql.lookup import Opened
from services.keys import Keys
from services.ops import Ops
from services.slow import SlowLog

ROOM = "wenyuan.room"
"""Where the scope of a request holds the room it is in, where that is not the main library's."""


def fill(app: FastAPI, settings: Settings, *, key: str, run_command: Callable[..., int] | None) -> None:
    """Gives *app* what it holds from the start; see hold for the library.

    key, run_command: for commands handed over by the command line of this machine (api.routes.commands).
    """
    app.state.settings = settings
    app.state.key = key
    app.state.is_leaving = False
    app.state.run_command = run_command
    app.state.keys = Keys(Ops(settings.data_dir))
    app.state.meter = Meter(settings, figures=Figures(app.version))
    app.state.results = Results(settings.result_cache_bytes)
    app.state.lane = Lane()
    app.state.opened = Opened()
    app.state.keeper = Keeper(settings)
    app.state.counts = Counts()
    app.state.federation = _federation(settings)
    # A page may look different after an update of the program, so a restart makes a new edition.
    app.state.edition = f"{time.time_ns():x}"
    app.state.rooms = Rooms(settings, app.state.edition, on_change=app.state.lane.clear)


def hold(app: FastAPI, library: Library) -> None:
    """Gives *app* its library."""
    settings: Settings = app.state.settings
    app.state.library = library
    if not library.is_in_memory:
        app.state.meter.slow = SlowLog(settings.data_dir, size=settings.slow_log_bytes)
    app.state.main = main_room(library, settings, app.state.edition)
    app.state.pool = Pool(Limits.of(settings), base_iri=settings.base_iri)


@asynccontextmanager
async def answering(app: FastAPI) -> AsyncIterator[None]:
    """Begins what answers strangers, and ends it: what runs then may end within a few seconds."""
    # Workers of a library in memory begin when they are needed: most are tests that ask nothing.
    await app.state.pool.start(is_warm=not app.state.library.is_in_memory)
    app.state.rooms.start()
    try:
        yield
    finally:
        await app.state.keeper.close()
        await app.state.pool.close()
        await app.state.rooms.close()
        await app.state.main.space.publisher.close()
        app.state.opened.close()


def leave(app: FastAPI) -> None:
    """Notes that *app* has been told to stop."""
    app.state.is_leaving = True


def release(app: FastAPI) -> None:
    """Takes its library from *app*: the engine frees the folder when nobody holds it any more."""
    for name in ("library", "main", "pool"):
        delattr(app.state, name)


def room(request: Request) -> Room:
    """The room that the request is in: the main library's, or that of a space."""
    return cast(Room, request.scope.get(ROOM) or _state(request).main)


def rooms(request: Request) -> Rooms:
    """The further spaces of the application that answers."""
    return cast(Rooms, _state(request).rooms)


def settings(request: Request) -> Settings:
    """The settings of the application that answers; in a space with its folder and its base IRI."""
    found: Room | None = request.scope.get(ROOM)
    return found.settings if found is not None else cast(Settings, _state(request).settings)


def library(request: Request) -> Library:
    """The library of the space that the request is about."""
    return room(request).space.library


def space(request: Request) -> Space:
    """The space that the request is about."""
    return room(request).space


def opened(request: Request) -> Opened:
    """The generations that are open in this process."""
    return cast(Opened, _state(request).opened)


def keeper(request: Request) -> Keeper:
    """Who makes the columns of generations."""
    return cast(Keeper, _state(request).keeper)


def federation(request: Request) -> Federation | None:
    """Who asks other endpoints; None where the settings allow none."""
    return cast(Federation | None, _state(request).federation)


def pool(request: Request) -> Pool:
    """Who answers the queries of strangers, of all spaces."""
    return cast(Pool, _state(request).pool)


def is_leaving(request: Request) -> bool:
    """Whether the server has been told to stop."""
    return cast(bool, _state(request).is_leaving)


def meter(request: Request) -> Meter:
    """Who lets clients in and writes their bills."""
    return cast(Meter, _state(request).meter)


def results(request: Request) -> Results:
    """The answers of the SPARQL endpoint that are kept."""
    return cast(Results, _state(request).results)


def counts(request: Request) -> Counts:
    """What the libraries hold, as far as it was counted."""
    return cast(Counts, _state(request).counts)


def keys(request: Request) -> Keys:
    """The keys of the data folder."""
    return cast(Keys, _state(request).keys)


def is_own_key(request: Request, shown: str) -> bool:
    """Whether *shown* is the key that lies in the data folder, for those who may do everything there."""
    own: str = _state(request).key
    return bool(own) and hmac.compare_digest(shown.encode(), own.encode())


def context(request: Request) -> Context:
    """The JSON-LD context that documents name."""
    return room(request).context


def edition(request: Request) -> str:
    """A text that differs between two runs of the program, and between two libraries."""
    return room(request).edition


def now(request: Request) -> Now:
    """The library as it is. What is remembered of it lasts until the next change."""
    return room(request).now()


def _state(request: Request) -> Any:
    # Starlette's state is a bag without types; the casts above are its types.
    return request.app.state


def _federation(settings: Settings) -> Federation | None:
    allowed = Allowed.of(settings.service_endpoints, settings.service_private)
    return Federation(allowed, Caps(seconds=settings.service_seconds)) if allowed else None
