"""One question to another endpoint over HTTP/1.1, to one address, within limits of size and time."""

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

import h11

from kg.errors import EndpointFailed
from kg.federation.addresses import Target

_ACCEPT = "application/sparql-results+json, application/sparql-results+xml;q=0.8"
_CHUNK = 65_536
_HEADERS = 64_000


@dataclass(frozen=True, slots=True)
class Response:
    """What an endpoint answered: its media type, without parameters, and its bytes."""

    media_type: str
    body: bytes


async def ask(target: Target, address: str, query: str, *, seconds: float, most: int) -> Response:
    """The answer of the endpoint at *target* to *query*, from the machine at *address* and no other.

    most: bytes of the answer. Redirects are not followed, and nothing compressed is taken: a small answer
    must not become a large one. Raises EndpointFailed.
    """
    try:
        async with asyncio.timeout(seconds):
            return await _exchange(target, address, query, most)
    except TimeoutError as error:
        raise EndpointFailed(f"SERVICE <{target.url}> did not answer within {seconds:g} seconds") from error
    except (OSError, ssl.SSLError, h11.ProtocolError) as error:
        raise EndpointFailed(f"SERVICE <{target.url}> could not be asked: {error}") from error


async def _exchange(target: Target, address: str, query: str, most: int) -> Response:
    is_safe = target.scheme == "https"
    reader, writer = await asyncio.open_connection(
        address,
        target.port,
        ssl=ssl.create_default_context() if is_safe else None,
        server_hostname=target.host if is_safe else None,
    )
    try:
        connection = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEADERS)
        body = urlencode({"query": query}).encode()
        writer.write(connection.send(_request(target, body)) or b"")
        writer.write(connection.send(h11.Data(data=body)) or b"")
        writer.write(connection.send(h11.EndOfMessage()) or b"")
        await writer.drain()
        return await _response(target, connection, reader, most)
    finally:
        writer.close()


def _request(target: Target, body: bytes) -> h11.Request:
    host = f"[{target.host}]" if ":" in target.host else target.host
    return h11.Request(
        method="POST",
        target=target.path,
        headers=[
            ("Host", f"{host}:{target.port}"),
            ("Accept", _ACCEPT),
            ("Accept-Encoding", "identity"),
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("Content-Length", str(len(body))),
            ("User-Agent", "Wenyuan (SPARQL federation)"),
            ("Connection", "close"),
        ],
    )


async def _response(
    target: Target, connection: h11.Connection, reader: asyncio.StreamReader, most: int
) -> Response:
    media_type, body = "", bytearray()
    while True:
        event = connection.next_event()
        if event is h11.NEED_DATA:
            connection.receive_data(await reader.read(_CHUNK))
        elif isinstance(event, h11.Response):
            media_type = _checked(target, event, most)
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > most:
                raise _large(target, most)
        elif isinstance(event, h11.EndOfMessage):
            return Response(media_type, bytes(body))
        elif isinstance(event, h11.ConnectionClosed) or event is h11.PAUSED:
            raise EndpointFailed(f"SERVICE <{target.url}> broke off its answer")


def _checked(target: Target, response: h11.Response, most: int) -> str:
    """The media type of a response that may be read; raises EndpointFailed."""
    headers: Mapping[bytes, bytes] = dict(response.headers)
    if 300 <= response.status_code < 400:
        raise EndpointFailed(f"SERVICE <{target.url}> sends elsewhere, and redirects are not followed")
    if response.status_code != 200:
        raise EndpointFailed(f"SERVICE <{target.url}> answered with status {response.status_code}")
    if headers.get(b"content-encoding", b"identity").lower() != b"identity":
        raise EndpointFailed(f"SERVICE <{target.url}> answered compressed, though this was not asked for")
    if int(headers.get(b"content-length", b"0")) > most:
        raise _large(target, most)
    return headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()


def _large(target: Target, most: int) -> EndpointFailed:
    return EndpointFailed(
        f"SERVICE <{target.url}> answered with more than {most:,} bytes",
        hint="ask it for less in the SERVICE",
    )
