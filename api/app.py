"""The application: routes from a table, errors from another, and the library it opens. Not the server."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from importlib import import_module
from importlib.metadata import version
from importlib.resources import files

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from api import failures, state
from api.access import Access
from api.headers import Headers
from api.keys_in_addresses import NoKeysInAddresses
from api.openapi import describe
from api.spaces import InSpaces
from api.watching import watched
from kg.library import Library
from kg.settings import Settings

FIRST = ("sparql",)
"""Those of them that are asked for most: their routes are looked at before all others, and directly."""
ROUTES = (
    "home", "search", "documents", "graphs", "things", "update", "journal", "changes", "ontology",
    "spaces", "explain", "void", "health", "metrics", "commands",
)  # fmt: skip
"""The files of api/routes, each with a router. The first that matches an address answers."""


def create_app(
    settings: Settings,
    *,
    library: Library | None = None,
    key: str = "",
    run_command: Callable[..., int] | None = None,
) -> FastAPI:
    """The application over *library*, or over that of settings.data_dir, which it opens and closes.

    key, run_command: let the command line of this machine hand its commands over; without a key nobody can.
    """
    app = FastAPI(
        title=settings.title,
        version=version("wenyuan"),
        docs_url=None,  # Both pages of the framework load their scripts from the web.
        redoc_url=None,
        lifespan=_lifespan(settings, library),
        redirect_slashes=False,
    )
    state.fill(app, settings, key=key, run_command=run_command)
    app.state.meter.figures.watch(lambda: watched(app))
    if library is not None:
        state.hold(app, library)
    for name in FIRST:
        app.router.routes.extend(import_module(f"api.routes.{name}").router.routes)
    for name in ROUTES if key else [name for name in ROUTES if name != "commands"]:
        app.include_router(import_module(f"api.routes.{name}").router)
    app.mount("/static", StaticFiles(directory=str(files("api").joinpath("static"))), name="static")
    failures.add_to(app)
    app.add_middleware(InSpaces)
    app.add_middleware(NoKeysInAddresses)
    app.add_middleware(Headers)
    app.add_middleware(Access)
    describe(app)
    return app


def _lifespan(
    settings: Settings, library: Library | None
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    """Opens the library at the start and closes it at the end, unless it was given."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        if library is not None:
            async with state.answering(app):
                yield
            return
        with Library.open(settings.data_dir, base_iri=settings.base_iri) as opened:
            state.hold(app, opened)
            async with state.answering(app):
                yield
            state.release(app)

    return lifespan
