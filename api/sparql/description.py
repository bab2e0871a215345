"""The endpoint and its data described in RDF, for whoever asks: the description of the service, and VoID."""

from collections.abc import Iterable
from contextlib import suppress

from fastapi import Request
from fastapi.responses import Response
from pyoxigraph import Triple

from api import state
from api.negotiate import best
from api.sparql.answer import GENERATION, typed
from api.sparql.door import GRAPH_ALIASES, GRAPHS, admitted
from api.sparql.inventory import inventory
from kg.errors import QueryError
from kg.serialise import write
from kg.sparql.guard import Limits
from kg.sparql.service import Endpoint, service
from kg.void import Counted, Dataset, void
from services.roles import Role


async def describe_service(request: Request) -> Response:
    """The description of the endpoint (SPARQL 1.1 Service Description, § 2)."""
    found: Counted | None = None
    with suppress(QueryError):  # Without its counts, where there is no time or place for counting.
        found = await inventory(request)
    settings, pool = state.settings(request), state.pool(request)
    guard = Limits(size=settings.max_query_bytes)
    limits = {
        "seconds": pool.limits.seconds,
        "rows": pool.limits.rows,
        "memoryBytes": pool.limits.memory,
        "queuedQueries": pool.limits.queue,
        "queryBytes": guard.size,
        "brackets": guard.depth,
        "patterns": guard.patterns,
        "operators": guard.operators,
        "groups": guard.groups,
        "clauses": guard.clauses,
        "fromClauses": guard.graphs,
        "secondsPerMinute": settings.client_budget,
    }
    endpoint = Endpoint(
        _dataset(request),
        limits,
        is_union=state.space(request).is_union,
        takes_updates=admitted(request).role >= Role.CATALOGUER,
        is_federating=state.federation(request) is not None,
        lacks=pool.missing or "",
    )
    return _written(request, service(endpoint, found), found)


async def describe_data(request: Request) -> Response:
    """What the library holds (VoID)."""
    found = await inventory(request)
    return _written(request, void(_dataset(request), found), found)


def _dataset(request: Request) -> Dataset:
    settings = state.settings(request)
    return Dataset(settings.base_iri, settings.title)


def _written(request: Request, statements: Iterable[Triple], found: Counted | None) -> Response:
    """A document in the format that the client wants; 304 where it is what the client has."""
    chosen = best(request.headers.get("accept", ""), tuple(GRAPHS), aliases=GRAPH_ALIASES) or "text/turtle"
    headers = {"Vary": "Accept, Authorization", "Cache-Control": "no-cache"}
    role = admitted(request).role.value
    if found is not None:
        headers[GENERATION] = str(found.generation)
        headers["ETag"] = f'"{state.edition(request)}-{found.generation}-{GRAPHS[chosen].name}-{role}"'
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
    body = write(statements, GRAPHS[chosen])
    return Response(body, headers=headers | {"Content-Type": typed(chosen)})
