"""What a running application holds: settings, library, and who answers queries. One for each app."""

import hmac
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from fastapi import FastAPI, Request

from api.figures import Figures
from api.lane import Lane
from api.meter import Meter
from api.sparql.results import Results
from kg.context import Context, published
from kg.library import Library
from kg.pool.limits import Limits
from kg.pool.pool import Pool
from kg.pool.publisher import Publisher
from kg.reading import Reading
from kg.settings import Settings
from kg.space import Space
from services.keys import Keys
from services.ops import Ops
from services.slow import SlowLog


@dataclass(frozen=True, slots=True)
class Now:
    """The library at one moment: what is read from it, and the generation that this surely includes."""

    generation: int
    reading: Reading


def fill(app: FastAPI, settings: Settings, *, key: str, run_command: Callable[..., int] | None) -> None:
    """Gives *app* what it holds from the start; see hold for the library.

    key, run_command: for commands handed over by the command line of this machine (api.routes.commands).
    """
    app.state.settings = settings
    app.state.key = key
    app.state.is_leaving = False
    app.state.run_command = run_command
    app.state.keys = Keys(Ops(settings.data_dir))
    app.state.context = published(settings.base_iri)
    app.state.meter = Meter(settings, figures=Figures(app.version))
    app.state.results = Results(settings.result_cache_bytes)
    app.state.lane = Lane()
    # A page may look different after an update of the program, so a restart makes a new edition.
    app.state.edition = f"{time.time_ns():x}"


def hold(app: FastAPI, library: Library) -> None:
    """Gives *app* its library."""
    settings: Settings = app.state.settings
    app.state.library = library
    if not library.is_in_memory:
        app.state.meter.slow = SlowLog(settings.data_dir, size=settings.slow_log_bytes)
    app.state.now = Now(library.generation, Reading(library.store.engine))
    app.state.space = Space("", library, Publisher(library))
    app.state.pool = Pool(Limits.of(settings), base_iri=settings.base_iri)


@asynccontextmanager
async def answering(app: FastAPI) -> AsyncIterator[None]:
    """Begins what answers strangers, and ends it: what runs then may end within a few seconds."""
    # Workers of a library in memory begin when they are needed: most are tests that ask nothing.
    await app.state.pool.start(is_warm=not app.state.library.is_in_memory)
    try:
        yield
    finally:
        await app.state.pool.close()
        await app.state.space.publisher.close()


def leave(app: FastAPI) -> None:
    """Notes that *app* has been told to stop."""
    app.state.is_leaving = True


def release(app: FastAPI) -> None:
    """Takes its library from *app*: the engine frees the folder when nobody holds it any more."""
    for name in ("library", "now", "space", "pool"):
        delattr(app.state, name)


def settings(request: Request) -> Settings:
    """The settings of the application that answers."""
    return cast(Settings, _state(request).settings)


def library(request: Request) -> Library:
    """The library of the application that answers."""
    return cast(Library, _state(request).library)


def space(request: Request) -> Space:
    """The space that the request is about."""
    return cast(Space, _state(request).space)


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


def keys(request: Request) -> Keys:
    """The keys of the data folder."""
    return cast(Keys, _state(request).keys)


def is_own_key(request: Request, shown: str) -> bool:
    """Whether *shown* is the key that lies in the data folder, for those who may do everything there."""
    own: str = _state(request).key
    return bool(own) and hmac.compare_digest(shown.encode(), own.encode())


def context(request: Request) -> Context:
    """The JSON-LD context that documents name."""
    return cast(Context, _state(request).context)


def edition(request: Request) -> str:
    """A text that differs between two runs of the program."""
    return cast(str, _state(request).edition)


def now(request: Request) -> Now:
    """The library as it is. What is remembered of it lasts until the next change."""
    state = _state(request)
    # Read first: a change that comes in between makes the number too old, never too new.
    generation = state.library.generation
    if state.now.generation != generation:
        state.now = Now(generation, Reading(state.library.store.engine))
    return cast(Now, state.now)


def _state(request: Request) -> Any:
    # Starlette's state is a bag without types; the casts above are its types.
    return request.app.state
