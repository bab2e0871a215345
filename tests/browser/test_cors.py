"""A page of another site asks the endpoint, as YASGUI does: with forms, and headers that need a preflight."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from playwright.sync_api import Browser

ASK = """async ([endpoint, init]) => {
    const reply = await fetch(endpoint, init);
    return [reply.status, reply.headers.get("etag"), await reply.text()];
}"""


class Empty(BaseHTTPRequestHandler):
    """A page with nothing on it."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def elsewhere() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), Empty) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture(scope="module")
def ask(browser: Browser, elsewhere: str, address: str):
    context = browser.new_context()
    page = context.new_page()
    page.goto(elsewhere)
    yield lambda path, **init: page.evaluate(ASK, [address + path, init])
    context.close()


def test_a_page_elsewhere_posts_a_form(ask):
    status, _, body = ask(
        "/sparql",
        method="POST",
        headers={
            "Accept": "application/sparql-results+json",
            "Content-Type": "application/x-www-form-urlencoded; charset=UTF-8",
        },
        body="query=ASK+%7B+%3Fs+%3Fp+%3Fo+%7D",
    )

    assert (status, '"boolean":true' in body) == (200, True)


def test_a_page_elsewhere_posts_a_query_after_a_preflight(ask):
    status, _, body = ask(
        "/sparql",
        method="POST",
        headers={"Accept": "application/sparql-results+json", "Content-Type": "application/sparql-query"},
        body="SELECT * { ?s ?p ?o } LIMIT 1",
    )

    assert status == 200
    assert '"bindings"' in body


def test_a_page_elsewhere_reads_the_tag_and_the_problem(ask):
    status, tag, _ = ask("/sparql?query=ASK%7B%7D", headers={"Accept": "application/sparql-results+xml"})
    wrong, _, told = ask("/sparql?query=SELECT")

    assert status == 200
    assert tag
    assert wrong == 400
    assert "query-syntax" in told


def test_a_page_elsewhere_shows_a_key(ask):
    status, _, _ = ask("/sparql?query=ASK%7B%7D", headers={"Authorization": "Bearer wy_none"})

    assert status == 401
