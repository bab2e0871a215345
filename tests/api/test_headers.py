"""Security headers are on every answer, whatever made it."""

import socket
import threading
from contextlib import closing
from urllib.parse import quote

import pytest
import uvicorn

from api.app import create_app
from api.connection import connections
from kg.settings import Settings

ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
}
PAGES = ("/", "/search?q=x", "/doc/work/jihe", "/changes", "/ontology", "/nowhere", "/sparql", "/help")
DATA = (
    "/api/search?q=x", "/doc/work/jihe.ttl", "/doc/work/none.ttl", "/ontology.ttl", "/api/changes",
    "/healthz", "/readyz", "/openapi.json", "/sparql?query=ASK%7B%7D", "/sparql?query=no", "/sparql",
    "/graphs?graph=urn:x",
    "/.well-known/void", "/sparql/explain?query=ASK%7B%7D", "/ontology/context.jsonld", "/spaces", "/metrics",
    "/api/changes/99", "/doc?iri=x", "/static/style.css", "/static/none.css",
)  # fmt: skip


def assert_safe(headers, *, is_page):
    assert {name: headers.get(name) for name in ALWAYS} == ALWAYS
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "object-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cross-origin-resource-policy"] == ("same-origin" if is_page else "cross-origin")


@pytest.mark.parametrize("path", PAGES)
def test_pages_carry_them_and_are_for_no_other_site(client, path):
    headers = client.get(path, headers={"Accept": "text/html"}).headers

    assert headers["content-type"].startswith("text/html")
    assert_safe(headers, is_page=True)
    assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("path", DATA)
def test_data_carry_them_and_are_open_to_other_sites(client, path):
    headers = client.get(path, headers={"Accept": "*/*"}).headers

    assert_safe(headers, is_page=headers.get("content-type", "").startswith("text/html"))
    assert headers["x-request-id"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "INVENTED"])
@pytest.mark.parametrize("path", ["/", "/sparql", "/update", "/graphs", "/doc/work/jihe"])
def test_whatever_the_method_is_they_are_there(client, method, path):
    assert_safe(client.request(method, path).headers, is_page=False)


def test_a_fault_of_ours_carries_them(library):
    from fastapi.testclient import TestClient

    app = create_app(Settings(), library=library)

    def fails():
        raise ZeroDivisionError

    app.add_api_route("/fails", fails)
    with TestClient(app, raise_server_exceptions=False) as client:
        headers = client.get("/fails").headers

    assert {name: headers.get(name) for name in ALWAYS} == ALWAYS
    assert "default-src 'self'" in headers["content-security-policy"]


@pytest.fixture
def port(library):
    """The port of a server on this machine, with the connections of `wenyuan serve`."""
    app = create_app(Settings(), library=library)
    config = uvicorn.Config(app, port=0, log_level="error", http=connections(app.state.lane))
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    thread.join()


def sent(port, *requests):
    """The heads of the answers to the bytes of requests, sent one after another over one connection."""
    heads = []
    with closing(socket.create_connection(("127.0.0.1", port), timeout=10)) as connection:
        file = connection.makefile("rb")
        for request in requests:
            connection.sendall(request)
            status = file.readline().decode()
            headers = {}
            while (line := file.readline().decode().strip()) != "":
                name, _, value = line.partition(": ")
                headers[name.lower()] = value
            file.read(int(headers["content-length"]))
            heads.append((status.split()[1], headers))
        file.close()
    return heads


def test_answers_of_the_fast_lane_carry_them_and_say_how_the_client_stands(port):
    request = f"GET /sparql?query={quote('ASK {}')} HTTP/1.1\r\nHost: x\r\n\r\n".encode()

    heads = sent(port, *[request] * 6)

    assert {status for status, _ in heads} == {"200"}
    ids = [headers["x-request-id"] for _, headers in heads]
    assert len(set(ids)) == 6
    assert ids[-1].rpartition("-")[0] == ids[-2].rpartition("-")[0] != ""
    left = [int(headers["ratelimit"].partition("r=")[2].partition(";")[0]) for _, headers in heads]
    assert left[-1] <= left[-2] <= 120_000
    for _, headers in heads:
        assert_safe(headers, is_page=False)
        assert headers["ratelimit-policy"] == '"work";q=120000;w=120;qu="milliseconds"'


def test_what_never_reaches_the_application_is_answered_with_them_too(port):
    ((status, headers),) = sent(port, b"no HTTP at all\r\n\r\n")

    assert (status, headers["content-type"]) == ("400", "application/problem+json")
    assert {name: headers.get(name) for name in ALWAYS} == ALWAYS
