"""An endpoint on this machine, which answers as it is told, and a federation that may ask it."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest
from pyoxigraph import QueryResultsFormat, RdfFormat, Store


@dataclass
class Endpoint:
    """A SPARQL endpoint over some Turtle. queries: what it was asked.

    odd: answers in its place, given the request and `reply`.
    """

    url: str
    store: Store
    queries: list[str] = field(default_factory=list)
    odd: Callable[..., None] | None = None
    form: QueryResultsFormat = QueryResultsFormat.JSON


def reply(handler: BaseHTTPRequestHandler, body: bytes, *, status: int = 200, **headers: str) -> None:
    """Sends a whole answer; names of headers are written with _."""
    handler.send_response(status)
    for name, value in ({"content_type": "application/sparql-results+json"} | headers).items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


@contextmanager
def served(store: Store) -> Iterator[Endpoint]:
    """An endpoint over what a store holds."""
    made = Endpoint("", store)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            query = parse_qs(body)["query"][0]
            made.queries.append(query)
            if made.odd:
                made.odd(self, reply)
                return
            found = store.query(query).serialize(format=made.form)
            reply(self, found, content_type=made.form.media_type)

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.url = f"http://127.0.0.1:{server.server_port}/sparql"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """An endpoint with three people, of whom two have a birthplace."""
    store = Store()
    store.load(
        """@prefix e: <http://e/> . e:a e:name "曹雪芹"@zh ; e:born e:nanjing . e:b e:name "高鹗" .
        e:c e:name 'O"Neil\\n}' ; e:born e:nyc . e:nanjing e:label "南京"@zh .""",
        format=RdfFormat.TURTLE,
    )
    with served(store) as made:
        yield made


@pytest.fixture
def serve() -> Iterator[Callable[[Store], Endpoint]]:
    """Makes endpoints."""
    with ExitStack() as running:
        yield lambda store: running.enter_context(served(store))
