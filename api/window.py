"""Windows: after one look-up was answered, requests that differ from it only in their query pass here.

Such a request has the same headers, from the same address, to the same address; so who asks, and in which
format, is known. What a query that can be looked up means, kg.sparql.lookup knows; others go the long way.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

_PLAIN = re.compile(rb"[!\"$%'-~]*")
"""One parameter: neither & nor #, and nothing that the parser of HTTP would refuse."""
_QUERY = b"?query="
_VERSION = b" HTTP/1.1\r\n"
_END = b"\r\n\r\n"
_CONDITIONS = b"\r\nif-"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request in two parts: frame, what all of a window share, and the text of its query."""

    frame: tuple[str, bytes, bytes]
    text: str


@dataclass(frozen=True, slots=True)
class Window:
    """Answers look-ups of one asker in one format.

    is_current: whether the library is still the one it looks into. answer: the body for a query, None where
    it is no look-up. pay: see api.lane.Ticket. tag: the ETag for a query, with quotation marks.
    """

    is_current: Callable[[], bool]
    answer: Callable[[str], bytes | None]
    pay: Callable[[str, int], bytes | None]
    tag: Callable[[str], str]


def wanted(host: str, data: bytes) -> Wanted | None:
    """The parts of a request that is one GET with a query and nothing else; None for all others."""
    start = data.find(_QUERY)
    end = data.find(_VERSION, start)
    if start < 0 or end < 0 or not data.startswith(b"GET /") or data.find(b" ", 4) != end:
        return None
    encoded = data[start + len(_QUERY) : end]
    is_one = data.endswith(_END) and data.find(_END) == len(data) - len(_END)
    if not is_one or not _PLAIN.fullmatch(encoded) or _CONDITIONS in data[end:].lower():
        return None
    try:
        text = unquote_to_bytes(encoded.replace(b"+", b" ")).decode()
    except UnicodeDecodeError:
        return None
    return Wanted((host, data[:start], data[end:]), text)
