"""One graph of a library: fetched, put, added to and removed (SPARQL 1.1 Graph Store Protocol)."""

from contextlib import closing
from pathlib import Path
from typing import IO, TYPE_CHECKING, Protocol
from urllib.parse import quote

from kg.formats import Format, by_name

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse


class Sender(Protocol):
    """Who carries requests to the library."""

    def send(self, method: str, address: str, *, accept: str) -> "BaseHTTPResponse":
        """A request that reads."""

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


class Graph:
    """A graph by its IRI; "" is the default graph. Nothing is asked until a method is called."""

    def __init__(self, sender: Sender, door: str, iri: str) -> None:
        self._sender, self._door, self.iri = sender, door, iri

    def get(self, format: str = "turtle") -> bytes:
        """The graph as a document; raises NotFound where there is none."""
        form = by_name(format)
        with closing(self._sender.send("GET", self._address(), accept=form.media_type)) as reply:
            return reply.read(decode_content=True)

    def put(self, document: bytes | str | Path | IO[bytes], format: str = "", *, why: str = "") -> int | None:
        """Puts a document in the place of the graph; gives the generation that holds it.

        document: bytes, text, a Path or an open file; format: by its name, of a Path by its suffix, else
        turtle. why: kept with the change.
        """
        return self._write("PUT", document, format, why)

    def post(
        self, document: bytes | str | Path | IO[bytes], format: str = "", *, why: str = ""
    ) -> int | None:
        """Adds a document to the graph. See put."""
        return self._write("POST", document, format, why)

    def delete(self, *, why: str = "") -> int | None:
        """Removes the graph; raises NotFound where there is none."""
        return self._sender.write("DELETE", self._address(), why=why)

    def __repr__(self) -> str:
        return f"<Graph {self.iri or 'default'}>"

    def _address(self) -> str:
        mark = "&" if "?" in self._door else "?"
        which = f"graph={quote(self.iri, safe='')}" if self.iri else "default"
        return f"{self._door}{mark}{which}"

    def _write(
        self, method: str, document: bytes | str | Path | IO[bytes], format: str, why: str
    ) -> int | None:
        form = _format(document, format)
        if isinstance(document, Path):
            with document.open("rb") as file:
                return self._sender.write(method, self._address(), file, form.media_type, why=why)
        body = document.encode() if isinstance(document, str) else document
        return self._sender.write(method, self._address(), body, form.media_type, why=why)


def _format(document: object, name: str) -> Format:
    return by_name(name or (document.suffix if isinstance(document, Path) else "turtle"))
