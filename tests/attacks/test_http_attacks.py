"""Clients that mean harm by HTTP itself, against a real server on sockets; the next query is unharmed."""

import asyncio
import gzip
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote, urlencode

import pytest
import uvicorn

from api.app import create_app
from api.connection import Connection, Patience
from kg.change import Edit, Note
from kg.library import Library
from kg.settings import Settings

pytestmark = pytest.mark.slow

BASE = "http://localhost:8000/"
EVERYTHING = "SELECT ?s ?o { ?s <http://e/p> ?o }"
CROSS = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
FORM = "application/x-www-form-urlencoded"
DIRECT = "application/sparql-query"
PATIENCE = Patience(headers=1, silence=1, stall=1, late=1, size=100_000)


@dataclass(frozen=True, slots=True)
class House:
    """A server that runs, its application, and its port."""

    port: int
    app: object

    def connect(self, seconds: float = 10) -> socket.socket:
        """A connection to it."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=seconds)

    def send(self, request: bytes, *, seconds: float = 10) -> bytes:
        """All that comes back until the server closes, or falls silent."""
        with closing(self.connect(seconds)) as own:
            own.sendall(request)
            return read(own)

    def ask(self, query: str = "ASK { ?s ?p ?o }", **headers: str) -> tuple[int, bytes]:
        """Status and body of an ordinary query."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)) as own:
            own.request("GET", f"/sparql?{urlencode({'query': query})}", headers=headers)
            reply = own.getresponse()
            return reply.status, reply.read()

    @property
    def busy(self) -> int:
        """Places of the pool that are taken."""
        return self.app.state.pool.state["busy"]  # type: ignore[attr-defined, no-any-return]

    def is_idle(self) -> bool:
        """Whether nobody is served within a second."""
        return until(lambda: self.busy == 0)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """A server with little patience, and a library of 20,000 statements."""
    with Library.in_memory() as library:
        said = tuple((f"<http://e/{n}>", "<http://e/p>", f'"{"x" * 300} {n}"') for n in range(20_000))
        library.commit(Note("tester", "load"), [Edit(f"{BASE}graph/src/x/1", "replace", said)])
        settings = Settings(query_seconds=3, query_workers=2, client_budget=0, hold_bytes=100_000)
        app = create_app(settings, library=library)
        listening = socket.create_server(("127.0.0.1", 0), backlog=2048)
        http = partial(Connection, lane=app.state.lane, patience=PATIENCE)
        server = uvicorn.Server(uvicorn.Config(app, http=http, log_config=None, access_log=False))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        made = House(listening.getsockname()[1], app)
        assert until(lambda: made.ask()[0] == 200, seconds=20)
        yield made
        server.should_exit = True
        thread.join(timeout=20)
        assert not thread.is_alive()
        listening.close()


@pytest.fixture(autouse=True)
def unharmed(house: House) -> Iterator[None]:
    """After each attack, the next query is answered at once, and nobody holds a worker."""
    yield
    begun = time.monotonic()
    status, body = house.ask(f"ASK {{ ?s ?p ?o FILTER(1 = {time.monotonic_ns() % 7 + 1} || true) }}")
    assert (status, json.loads(body)["boolean"]) == (200, True)
    assert time.monotonic() - begun < 3
    assert house.is_idle()


def until(holds, *, seconds: float = 5) -> bool:
    """Whether something comes to hold in that time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(OSError):
            if holds():
                return True
        time.sleep(0.02)
    return False


def read(own: socket.socket) -> bytes:
    """What comes until the other side closes; what came before a reset counts."""
    received = bytearray()
    with suppress(ConnectionResetError, BrokenPipeError):
        while piece := own.recv(65_536):
            received += piece
    return bytes(received)


def get(query: str, *headers: str, version: str = "1.1", close: bool = True) -> bytes:
    """The bytes of a GET."""
    lines = [f"GET /sparql?query={quote(query, safe='')} HTTP/{version}", "Host: e", *headers]
    lines += ["Connection: close"] if close else []
    return "\r\n".join([*lines, "", ""]).encode()


def post(body: bytes, *headers: str) -> bytes:
    """The bytes of a POST."""
    lines = [
        "POST /sparql HTTP/1.1",
        "Host: e",
        "Connection: close",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join([*lines, "", ""]).encode() + body


def status(response: bytes) -> int:
    """The status of the first response in these bytes."""
    return int(response.split(b" ", 2)[1])


# A stream that breaks off.


def test_a_stream_that_fails_is_cut_and_not_ended(house):
    received = house.send(get(CROSS, close=False))

    assert status(received) == 200
    assert b"transfer-encoding: chunked" in received.lower()
    assert not received.endswith(b"0\r\n\r\n")


def test_a_stream_that_is_whole_is_ended(house):
    received = house.send(get(EVERYTHING))

    assert status(received) == 200
    assert received.endswith(b"0\r\n\r\n")


def test_a_client_of_http_1_0_gets_all_or_an_error(house):
    whole = house.send(get("SELECT * { ?s ?p ?o } LIMIT 2000", version="1.0"))
    cut = house.send(get(CROSS, version="1.0"))

    assert status(whole) == 200
    assert b"chunked" not in whole.lower()
    assert json.loads(whole.partition(b"\r\n\r\n")[2])
    assert status(cut) in (400, 503)


# Clients that leave, or do not read.


def test_a_worker_ends_when_its_client_leaves_before_the_answer(house):
    with closing(house.connect()) as own:
        own.sendall(get("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"))
        assert until(lambda: house.busy == 1)

    assert until(lambda: house.busy == 0, seconds=1)


def test_a_worker_ends_when_its_client_leaves_in_the_middle(house):
    with closing(house.connect()) as own:
        own.sendall(get(CROSS))
        own.recv(1000)

    assert until(lambda: house.busy == 0, seconds=1)


def test_a_client_that_never_reads_is_let_go(house):
    with closing(house.connect()) as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        own.sendall(get(CROSS))
        assert until(lambda: house.busy == 1)

        assert until(lambda: house.busy == 0, seconds=4)


def test_a_whole_graph_is_read_by_a_worker_that_ends_with_its_client(house):
    request = b"GET /graphs?default HTTP/1.1\r\nHost: e\r\nAccept: text/turtle\r\nConnection: close\r\n\r\n"
    with closing(house.connect()) as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        own.sendall(request)
        assert until(lambda: house.busy == 1)

    assert until(lambda: house.busy == 0, seconds=2)
    with closing(http.client.HTTPConnection("127.0.0.1", house.port, timeout=10)) as own:
        own.request("GET", "/graphs?default", headers={"Accept": "text/turtle"})
        assert own.getresponse().read().count(b"<http://e/p>") == 20_000


def test_a_client_that_reads_slowly_gets_all(house):
    with closing(house.connect()) as own:
        own.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16_384)
        own.sendall(get("SELECT ?s ?o { ?s <http://e/p> ?o } LIMIT 5000"))
        received = bytearray()
        while piece := own.recv(262_144):
            received += piece
            time.sleep(0.005)

    assert received.endswith(b"0\r\n\r\n")


# Too slow, too much.


def test_slow_headers_are_not_waited_for(house):
    with closing(house.connect()) as own:
        begun = time.monotonic()
        for byte in b"GET /sparql?query=ASK{} HTTP/1.1\r\nX: y":
            try:
                own.sendall(bytes([byte]))
            except OSError:
                break
            time.sleep(0.06)
        received = read(own)

    assert time.monotonic() - begun < 4
    assert not received or status(received) == 408


def test_a_connection_that_says_nothing_is_closed(house):
    with closing(house.connect()) as own:
        assert own.recv(10) == b""


def test_a_slow_body_is_not_waited_for(house):
    with closing(house.connect()) as own:
        own.sendall(
            post(b"", f"Content-Type: {DIRECT}").replace(b"Content-Length: 0", b"Content-Length: 500")
        )
        own.sendall(b"ASK")
        received = read(own)

    assert status(received) == 408


def test_a_client_that_leaves_within_its_request_is_no_fault_of_ours(house, caplog):
    with closing(house.connect()) as own:
        own.sendall(post(b"ASK", f"Content-Type: {DIRECT}").replace(b"Length: 3", b"Length: 300"))
        time.sleep(0.2)

    time.sleep(0.3)
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


def test_a_body_of_100_mb_is_not_read(house):
    head = post(b"", f"Content-Type: {FORM}").replace(b"Content-Length: 0", b"Content-Length: 100000000")
    with closing(house.connect()) as own:
        own.sendall(head)
        received = own.recv(10_000)

    assert status(received) == 413


@pytest.mark.parametrize("kind", [FORM, DIRECT])
def test_a_body_of_100_mb_that_comes_anyway_does_not_stay(house, kind):
    """Chunks, so that its length is not told before."""
    head = post(b"", f"Content-Type: {kind}").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    chunk = b"100000\r\n" + b"#" * 0x100000 + b"\r\n"
    with closing(house.connect()) as own:
        own.sendall(head)
        with suppress(OSError):
            for _ in range(100):
                own.sendall(chunk)
        received = read(own)

    assert not received or status(received) == 413


@pytest.mark.parametrize(
    "lines",
    [
        [b"X: " + b"y" * 200_000],
        [b"X%d: y" % n for n in range(20_000)],
        [b"Cookie: " + b"a=b; " * 40_000],
    ],
    ids=["one", "many", "cookie"],
)
def test_headers_without_end_are_refused(house, lines):
    received = b""
    with closing(house.connect()) as own, suppress(ConnectionResetError, BrokenPipeError):
        own.sendall(b"GET /sparql?query=ASK{} HTTP/1.1\r\nHost: e\r\n")
        for line in lines:
            own.sendall(line + b"\r\n")
        received = own.recv(10_000)

    assert not received or status(received) in (400, 431)


def test_an_address_without_end_is_refused(house):
    received = house.send(b"GET /sparql?query=" + b"a" * 2_000_000)

    assert not received or status(received) in (400, 414, 431)


def test_a_thousand_connections_keep_nobody_out(house):
    held = [house.connect() for _ in range(1000)]
    try:
        begun = time.monotonic()
        assert house.ask("ASK { ?s <http://e/p> ?o }")[0] == 200
        assert time.monotonic() - begun < 2
    finally:
        for own in held:
            own.close()


def test_a_thousand_connections_that_ask_get_an_answer_each(house):
    async def one(n: int) -> int:
        reader, writer = await asyncio.open_connection("127.0.0.1", house.port)
        writer.write(get(f"ASK {{ <http://e/{n}> ?p ?o FILTER(STRLEN(STR(?o)) > {n}) }}"))
        answer = await reader.read()
        writer.close()
        return status(answer)

    async def all_of_them() -> list[int]:
        return await asyncio.gather(*(one(n) for n in range(1000)))

    answers = asyncio.run(all_of_them())

    assert set(answers) <= {200, 429, 503}
    assert 200 in answers


# What is not a query, and what is not text.


@pytest.mark.parametrize(
    "request_",
    [
        post(b"CLEAR ALL", "Content-Type: application/sparql-update"),
        post(urlencode({"update": "CLEAR ALL"}).encode(), f"Content-Type: {FORM}"),
        post(b"CLEAR ALL", f"Content-Type: {DIRECT}"),
        post(urlencode({"query": "CLEAR ALL"}).encode(), f"Content-Type: {FORM}"),
        get("INSERT DATA { <http://e/x> <http://e/p> 1 }"),
        get("# SELECT\nDELETE WHERE { ?s ?p ?o }"),
        get("PREFIX select: <http://e/> DROP ALL"),
        b"GET /sparql?update=CLEAR%20ALL HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n",
    ],
)
def test_a_stranger_changes_nothing(house, request_):
    received = house.send(request_)

    assert status(received) in (400, 401)
    assert b"application/problem+json" in received


ASKING = "ASK { ?s ?p ?o }"
TRICKS = {
    "UTF-16": post(ASKING.encode("utf-16"), f"Content-Type: {DIRECT}"),
    "UTF-16, said": post(ASKING.encode("utf-16-le"), f"Content-Type: {DIRECT}; charset=utf-16le"),
    "UTF-32": post(ASKING.encode("utf-32"), f"Content-Type: {DIRECT}"),
    "UTF-7": post(b"ASK +AHs ?s ?p ?o +AH0-", f"Content-Type: {DIRECT}; charset=utf-7"),
    "EBCDIC": post(ASKING.encode("cp500"), f"Content-Type: {DIRECT}"),
    "overlong": post(b"ASK \xc1\xbb ?s ?p ?o \xc1\xbd", f"Content-Type: {DIRECT}"),
    "overlong in the address": get("").replace(b"query=", b"query=ASK%C1%BB%3Fs+%3Fp+%3Fo%C1%BD"),
    "surrogates": post(b"ASK { ?s ?p '\xed\xa0\x80' }", f"Content-Type: {DIRECT}"),
    "surrogates in the address": get("").replace(b"query=", b"query=ASK%7B%3Fs%3Fp%27%ED%A0%80%27%7D"),
    "encoded twice": get("").replace(b"query=", b"query=" + quote(quote(ASKING)).encode()),
    "NUL": post(b"ASK { ?s ?p ?o }\0", f"Content-Type: {DIRECT}"),
    "NUL in the address": get(f"{ASKING}\0"),
    "NUL within a word": get("A\0SK { ?s ?p ?o }"),
    "gzip": post(gzip.compress(ASKING.encode()), f"Content-Type: {DIRECT}", "Content-Encoding: gzip"),
    "gzip bomb": post(gzip.compress(bytes(10_000_000)), f"Content-Type: {DIRECT}", "Content-Encoding: gzip"),
    "deflate": post(b"x", f"Content-Type: {FORM}", "Content-Encoding: deflate, gzip"),
    "escaped keyword": get("\\u0041SK { ?s ?p ?o }"),
    "wide letters": get("ＡＳＫ { ?s ?p ?o }"),
    "multipart": post(b"--x\r\n\r\nASK {}\r\n--x--", "Content-Type: multipart/form-data; boundary=x"),
    "no type": post(ASKING.encode()),
    "two queries": get("").replace(b"query=", b"query=ASK%7B%7D&query=ASK%7B%7D"),
    "many parameters": get("").replace(b"query=", b"&".join(b"a%d=b" % n for n in range(2000)) + b"&query="),
}


@pytest.mark.parametrize("request_", TRICKS.values(), ids=TRICKS.keys())
def test_tricks_with_encodings_are_bad_requests(house, request_):
    received = house.send(request_)

    assert status(received) in (400, 415)


@pytest.mark.parametrize(
    "request_",
    [
        post(b"\xef\xbb\xbf" + ASKING.encode(), f"Content-Type: {DIRECT}"),
        post(ASKING.encode(), f'Content-Type: {DIRECT}; Charset="UTF-8"'),
        get(f"\ufeff{ASKING}"),
        get("").replace(b"query=", f"query={ASKING}".replace(" ", "+").encode()),
    ],
    ids=["byte order mark", "charset", "byte order mark in the address", "plus"],
)
def test_what_editors_and_clients_do_is_understood(house, request_):
    assert status(house.send(request_)) == 200


@pytest.mark.parametrize(
    "parameters",
    [
        "format=json%0d%0aX-Evil:%20yes",
        "format=%0aX-Evil:yes",
        "default-graph-uri=http://e/%0d%0aX-Evil:yes",
        "min-generation=1%0d%0aX-Evil:yes",
        "lang=en%0d%0aX-Evil:yes",
    ],
)
def test_no_parameter_becomes_a_header(house, parameters):
    request = f"GET /sparql?query=ASK%7B%7D&{parameters} HTTP/1.1\r\nHost: e\r\nConnection: close\r\n\r\n"

    head, _, _ = house.send(request.encode()).partition(b"\r\n\r\n")

    assert b"x-evil" not in head.lower().replace(b"\n", b"\n ").split(b"\r\n")
    assert not any(line.lower().startswith(b"x-evil") for line in head.split(b"\r\n"))


@pytest.mark.parametrize(
    "request_",
    [
        b"POST / HTTP/1.1\r\nHost: e\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /sparql HTTP/1.1\r\nHost: e\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef",
        b"GET /sparql HTTP/1.1\r\nHost: e\r\nBad Header: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\0" * 1000,
    ],
    ids=["two lengths", "lengths that differ", "a blank in a name", "TLS", "zeroes"],
)
def test_what_is_no_http_ends_the_connection(house, request_):
    received = house.send(request_, seconds=5)

    assert not received or status(received) in (400, 408)


def test_what_stands_behind_a_body_is_no_header(house):
    head = f"POST /sparql HTTP/1.1\r\nHost: e\r\nContent-Type: {DIRECT}\r\nConnection: close\r\n"
    body = "7\r\nASK { }\r\n0\r\nAuthorization: Bearer guess\r\nContent-Type: text/plain\r\n\r\n"

    received = house.send(f"{head}Transfer-Encoding: chunked\r\n\r\n{body}".encode())

    assert status(received) == 200


# The lane: responses kept by the bytes of their requests.


def warm(house: House, request: bytes) -> None:
    """Lets a response come to be kept."""
    for _ in range(3):
        with closing(house.connect()) as own:
            own.sendall(request)
            assert status(own.recv(100_000)) in (200, 304)


def laned(response: bytes) -> bool:
    """Whether the lane gave it: it numbers its responses."""
    identity = response.partition(b"x-request-id: ")[2].partition(b"\r\n")[0]
    return b"-" in identity


def test_the_same_bytes_get_the_same_answer_from_the_lane(house):
    request = get("ASK { <http://e/1> ?p ?o }", close=False)
    warm(house, request)

    with closing(house.connect()) as own:
        answers = []
        for _ in range(3):
            own.sendall(request)
            answers.append(own.recv(100_000))

    assert all(map(laned, answers))
    for answer in answers:
        head, _, body = answer.partition(b"\r\n\r\n")
        assert json.loads(body)["boolean"]
        assert f"content-length: {len(body)}".encode() in head
        for name in (b"date", b"x-content-type-options", b"access-control-allow-origin", b"etag"):
            assert b"\r\n" + name + b": " in head.lower()
        assert b"cache-status: wenyuan; hit" in head


def test_requests_in_one_piece_are_answered_in_their_order(house):
    first, second = (get(f"ASK {{ <http://e/{n}> ?p ?o }}", close=False) for n in (1, 999_999))
    warm(house, first)
    warm(house, second)

    with closing(house.connect(3)) as own:
        own.sendall(first + second + first)
        own.sendall(second)
        received = bytearray()
        with suppress(TimeoutError):
            while received.count(b"boolean") < 4:
                received += own.recv(100_000)

    answers = [part.partition(b"}")[0] for part in bytes(received).split(b'"boolean":')[1:]]
    assert answers == [b"true", b"false", b"true", b"false"]


def test_a_request_in_two_pieces_is_one(house):
    request = get("ASK { <http://e/1> ?p ?o }", close=False)
    warm(house, request)

    with closing(house.connect()) as own:
        own.sendall(request[:40])
        time.sleep(0.05)
        own.sendall(request[40:])
        answer = own.recv(100_000)
        own.sendall(b"GET /nothing HTTP/1.1\r\nX-Body: ")
        time.sleep(0.05)
        own.sendall(request)  # This is part of a header now, whatever it looks like.
        other = own.recv(100_000)

    assert status(answer) == 200
    assert status(other) == 404


def test_the_lane_knows_when_the_library_changes(house):
    request = get('ASK { <http://e/laned> <http://e/q> "x" }', close=False)
    warm(house, request)
    library = house.app.state.library

    library.commit(
        Note("tester", "edit"),
        [Edit(f"{BASE}graph/src/y/1", "replace", (("<http://e/laned>", "<http://e/q>", '"x"'),))],
    )

    def is_seen() -> bool:
        with closing(house.connect()) as own:
            own.sendall(request)
            return b'"boolean":true' in own.recv(100_000)

    assert until(is_seen, seconds=2)


@pytest.mark.parametrize("header", ["Authorization: Bearer wy_x", "Cookie: a=b", "Connection: close"])
def test_what_depends_on_who_asks_never_takes_the_lane(house, header):
    request = get("ASK { <http://e/1> ?p ?o }", header, close=False)

    for _ in range(4):
        with closing(house.connect()) as own:
            own.sendall(request)
            assert not laned(own.recv(100_000))


@pytest.mark.parametrize("mark", ["\r\nX:", "\n", "\t"])
def test_the_lane_reads_no_address_that_the_parser_refuses(house, mark):
    request = get("DESCRIBE <http://e/1>", close=False)
    warm(house, request)

    received = house.send(request.replace(b"%20", mark.encode(), 1))

    assert status(received) == 400


def test_a_client_of_http_1_0_is_not_left_waiting_for_the_end(house):
    request = get("DESCRIBE <http://e/2>", version="1.0", close=False)
    for _ in range(4):
        begun = time.monotonic()
        assert status(house.send(request)) == 200
        assert time.monotonic() - begun < 2


def test_a_look_up_in_the_lane_is_answered_as_at_the_door(house):
    def look_up(n: int, *headers: str) -> bytes:
        return get(f"SELECT ?o {{ <http://e/{n}> <http://e/p> ?o }}", *headers, close=False)

    def parts(response: bytes) -> tuple[dict[bytes, bytes], bytes]:
        head, _, body = response.partition(b"\r\n\r\n")
        return dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:]), body

    def is_quick() -> bool:
        with closing(house.connect()) as own:
            own.sendall(look_up(time.monotonic_ns() % 5_000))
            return laned(own.recv(100_000))

    assert until(is_quick)
    with closing(house.connect()) as own:
        for n in (5_001, 5_002, 99_999):
            own.sendall(look_up(n))
            quick, body = parts(own.recv(100_000))
            own.sendall(look_up(n, "Cookie: none"))
            slow, same = parts(own.recv(100_000))
            own.sendall(look_up(n, f"If-None-Match: {quick[b'etag'].decode()}"))

            assert status(own.recv(100_000)) == 304
            assert json.loads(body) == json.loads(same)
            for name in (b"etag", b"content-type", b"vary", b"wenyuan-generation", b"cache-control"):
                assert quick[name] == slow[name]
            assert int(quick[b"content-length"]) == len(body)
