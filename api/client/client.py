"""The client of a library: of a server, any SPARQL endpoint, or a data folder, with the same methods."""

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self
from urllib.parse import quote, urlencode, urljoin, urlsplit

from api.client.door import Door
from api.client.errors import unreachable
from api.client.graphs import Graph
from api.client.reading import ACCEPT, Answer, read
from api.client.result import Result
from api.client.values import Iri, Value, term, value
from kg import folder as data_folder
from kg.errors import QueryRefused
from kg.settings import Settings
from kg.settings import read as read_settings
from ontology.errors import NotFound

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

GENERATION = "Wenyuan-Generation"
"""The header that says which generation a write made, or an answer was made from."""
MIN_GENERATION = "min-generation"
REASON = "X-Change-Reason"
"""The header that says why something is changed, percent-encoded."""

_FORM = "application/x-www-form-urlencoded"
_PIECE = 65_536
_LONGEST = 1_800
"""Bytes of an address that every proxy lets pass; a longer query is sent as a form."""


def connect(
    place: str | Path,
    *,
    key: str = "",
    space: str = "",
    timeout: float = 120,
    tries: int = 4,
    update: str = "",
    graphs: str = "",
    settings: Settings | None = None,
) -> "Client":
    """A client of the library at *place*: to be closed, or used in a `with`.

    place: the address of a server ("https://library.example/"), of an endpoint ("https://dbpedia.org/sparql"),
    or a data folder, where a server that holds it is asked, else it is opened here. key: as `wenyuan key add`
    prints it. space: the name of a space, "" for the main one. timeout: seconds to wait for an answer to
    begin, and to go on. tries: how often something is asked that the server puts off. update, graphs:
    addresses of those doors, where the endpoint is not ours and they are not that of queries.
    settings: those of the folder, by default as wenyuan.toml and the environment say. Raises NotFound for
    a folder that is not there, StoreError and StoreLocked for one that cannot be opened.
    """
    stack = ExitStack()
    try:
        door = _door(str(place), stack, key=key, timeout=timeout, tries=tries, settings=settings)
    except BaseException:
        stack.close()
        raise
    return Client(door, stack, space=space, update=update, graphs=graphs)


class Client:
    """A connection to a library. Threads may share one; what it writes, it sees."""

    def __init__(
        self, door: Door, stack: ExitStack, *, space: str = "", update: str = "", graphs: str = ""
    ) -> None:
        self._door, self._stack = door, stack
        self._root, self.address = _addresses(door.root, space)
        own = bool(self._root)
        self.update_address = update or (urljoin(self._root, "update") if own else self.address)
        self.graphs_address = graphs or (urljoin(self._root, "graphs") if own else self.address)
        self._generation = 0

    def sparql(self, query: str, **bindings: Value) -> Result:
        """The answer to a query, whole.

        bindings: values of variables of the query, `sparql("SELECT ?title { ?work wy:title ?title }",
        work=Iri("http://…"))`: never put a value into the text of a query yourself. Raises QuerySyntax,
        QueryRefused, QueryTimeout, Overloaded, OverBudget, NotKnown, NotAllowed, QueryError.
        """
        with self._asked(query, bindings) as found:
            return Result(found.columns, list(found.rows), found.is_graph, found.said)

    @contextmanager
    def stream(
        self, query: str, *, raw: bool = False, **bindings: Value
    ) -> Iterator[Iterator[tuple[Any, ...]]]:
        """The rows of an answer while it comes, for one too large to hold: `with client.stream(…) as rows:`.

        raw: as terms of pyoxigraph instead of Python values. Raises as sparql does, in the middle too:
        QueryError where the answer breaks off. Leaving the block early ends the query.
        """
        with self._asked(query, bindings) as found:
            yield found.rows if raw else (tuple(map(value, row)) for row in found.rows)

    def download(self, query: str, media_type: str) -> "BaseHTTPResponse":
        """The answer in a format, as an open response: for `wenyuan query`, or to copy into a file."""
        return self._ask(query, media_type)

    def pieces(self, reply: "BaseHTTPResponse") -> Iterator[bytes]:
        """The body of an open response as it comes; raises QueryError where it breaks off."""
        from urllib3.exceptions import HTTPError

        try:
            yield from reply.stream(_PIECE, decode_content=True)
        except HTTPError as error:
            raise unreachable(self.address, error) from error

    def update(self, request: str, *, why: str = "") -> int | None:
        """Does a SPARQL Update; gives the generation that holds it, None where the server names none.

        why: kept with the change, for those who read its history.
        """
        return self.write("POST", self.update_address, request.encode(), "application/sparql-update", why=why)

    def graph(self, iri: str = "") -> Graph:
        """The graph of that IRI; the default graph for ""."""
        return Graph(self, self.graphs_address, iri)

    def search(
        self,
        words: str,
        *,
        limit: int = 20,
        offset: int = 0,
        filters: Mapping[str, Sequence[str]] | None = None,
    ) -> dict[str, Any]:
        """What a search finds: total, results (iri, kind, text, names, why …) and facets."""
        pairs = [("q", words), ("limit", str(limit)), ("offset", str(offset))]
        pairs += [(facet, each) for facet, values in (filters or {}).items() for each in values]
        return self._told(f"api/search?{urlencode(pairs)}")

    def show(self, iri: str) -> Result:
        """All that is said of a thing, as a graph; raises NotFound."""
        found = self.sparql("DESCRIBE ?thing { }", thing=Iri(iri))
        if not found:
            raise NotFound(f"nothing is known of {iri}")
        return found

    def explain(self, query: str) -> dict[str, Any]:
        """Which way a query takes through the library, and why."""
        return self._told(f"sparql/explain?{urlencode({'query': query})}")

    def send(self, method: str, address: str, *, accept: str) -> "BaseHTTPResponse":
        """A request that reads, seeing what this client has written."""
        return self._door.send(method, self._seeing(address), headers={"Accept": accept})

    def write(
        self,
        method: str,
        address: str,
        body: bytes | IO[bytes] | None = None,
        media_type: str = "",
        *,
        why: str = "",
    ) -> int | None:
        """A request that writes; gives the generation that holds what it wrote."""
        headers = {"Content-Type": media_type} if media_type else {}
        if why:
            headers[REASON] = quote(why)
        with closing(self._door.send(method, address, headers=headers, body=body)) as reply:
            reply.drain_conn()
            number = reply.headers.get(GENERATION, "")
        if not number.isdigit():
            return None
        self._generation = max(self._generation, int(number))
        return int(number)

    def close(self) -> None:
        """Ends the connection; closes a folder that was opened."""
        self._stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Client of {self.address}>"

    @contextmanager
    def _asked(self, query: str, bindings: Mapping[str, Value]) -> Iterator[Answer]:
        with closing(self._ask(_bound(query, bindings), ACCEPT)) as reply:
            yield read(reply, self.address)

    def _ask(self, query: str, accept: str) -> "BaseHTTPResponse":
        given = urlencode({"query": query})
        headers = {"Accept": accept}
        address = self._seeing(self.address)
        if len(given) + len(address) <= _LONGEST:
            return self._door.send("GET", _with(address, given), headers=headers)
        # A query changes nothing, so it may be asked twice although it is posted.
        headers["Content-Type"] = _FORM
        return self._door.send("POST", address, headers=headers, body=given.encode(), is_safe=True)

    def _seeing(self, address: str) -> str:
        """An address with the generation that is wanted at least, where this client has written."""
        return _with(address, f"{MIN_GENERATION}={self._generation}") if self._generation else address

    def _told(self, path: str) -> dict[str, Any]:
        if not self._root:
            raise QueryRefused(
                f"{self.address} is an endpoint; only a library knows {path.partition('?')[0]}"
            )
        found = self._door.json(self._seeing(urljoin(self._root, path)))
        return found if isinstance(found, dict) else {"": found}


def _door(
    place: str, stack: ExitStack, *, key: str, timeout: float, tries: int, settings: Settings | None
) -> Door:
    headers = {"User-Agent": "wenyuan-client", "Accept-Encoding": "gzip"}
    if urlsplit(place).scheme in ("http", "https"):
        return _far(place, stack, {**headers, **_shown(key)}, timeout, tries)
    path = Path(place)
    if holder := data_folder.holder(path):
        return _far(holder.address, stack, {**headers, **_shown(key or holder.key)}, timeout, tries)
    if not path.is_dir():
        raise NotFound(
            f"there is no data folder {place!r}", hint="is the path right? `wenyuan ingest` makes one"
        )
    from api.client.private import pool, served

    # A query that runs on would hold the client for ever, and nobody else waits for the folder.
    own = replace(settings or read_settings(), data_dir=path, query_seconds=max(1, int(timeout)))
    private = stack.enter_context(served(own))
    connections = pool(private.path)
    stack.callback(connections.clear)
    return Door(
        "http://localhost/", connections, {**headers, **_shown(key or private.key)}, timeout + 5, tries
    )


def _far(place: str, stack: ExitStack, headers: Mapping[str, str], timeout: float, tries: int) -> Door:
    from urllib3 import PoolManager

    connections = PoolManager(maxsize=8)
    stack.callback(connections.clear)
    return Door(place, connections, headers, timeout, tries)


def _shown(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"} if key else {}


def _addresses(place: str, space: str) -> tuple[str, str]:
    """The root of a library and its endpoint; the root is "" where only an endpoint is known."""
    parts = urlsplit(place)
    path = parts.path.rstrip("/")
    if path.endswith("/sparql") and not parts.query and not space:
        root = place.rstrip("/").removesuffix("sparql")
        return root, place.rstrip("/")
    if path and not parts.path.endswith("/"):
        return "", place
    root = urljoin(place + "/" if not parts.path else place, f"spaces/{space}/" if space else "")
    return root, urljoin(root, "sparql")


def _with(address: str, parameters: str) -> str:
    return f"{address}{'&' if '?' in address else '?'}{parameters}"


def _bound(query: str, bindings: Mapping[str, Value]) -> str:
    """The query with VALUES for the bindings at its end (SPARQL 1.1 Query, § 10.2)."""
    if not bindings:
        return query
    for name in bindings:
        if not re.search(rf"[?$]{re.escape(name)}\b", query):
            raise QueryRefused(f"the query has no variable ?{name} to bind", hint="is the name spelt right?")
    names = " ".join(f"?{name}" for name in bindings)
    terms = " ".join(str(term(each)) for each in bindings.values())
    return f"{query}\nVALUES ({names}) {{ ({terms}) }}"
