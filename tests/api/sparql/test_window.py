"""Which requests differ from one before in their query only."""

import pytest

from api.window import wanted

HEADERS = b"Host: here\r\nAccept: application/sparql-results+json\r\n\r\n"


def request(query: bytes, headers: bytes = HEADERS) -> bytes:
    return b"GET /sparql?query=" + query + b" HTTP/1.1\r\n" + headers


def test_two_queries_have_one_frame() -> None:
    one, other = (wanted("::1", request(query)) for query in (b"ASK%20%7B%7D", b"ASK+%7B+%7D"))

    assert one is not None
    assert other is not None
    assert (one.text, other.text) == ("ASK {}", "ASK { }")
    assert one.frame == other.frame


@pytest.mark.parametrize(
    "data",
    [
        request(b"ASK{}&format=xml"),
        request(b"ASK{}#"),
        request(b"%ff"),
        request(b"ASK{}", b"If-None-Match: *\r\n\r\n"),
        request(b"ASK{}") * 2,
        request(b"ASK{}") + b"body",
        request(b"ASK {}"),
        request(b"ASK{}").replace(b"GET", b"POST"),
        request(b"ASK{}").replace(b"HTTP/1.1", b"HTTP/1.0"),
    ],
    ids=[
        "format",
        "fragment",
        "no text",
        "condition",
        "two requests",
        "body",
        "space",
        "method",
        "version",
    ],
)
def test_what_differs_in_more_goes_through_the_door(data: bytes) -> None:
    assert wanted("::1", data) is None


def test_another_address_has_another_frame() -> None:
    one, other = (wanted(host, request(b"ASK{}")) for host in ("::1", "::2"))

    assert one is not None
    assert other is not None
    assert one.frame != other.frame
