"""The page of an error: what happened, in words, and the ways on. Not which status an error has."""

from collections.abc import Sequence
from http import HTTPStatus
from urllib.parse import unquote

from fastapi import Request
from fastapi.responses import HTMLResponse

from api.pages import reader, render
from kg.completion import Completion

_TOLD = (400, 401, 403, 404, 406, 410, 429, 500, 503)
_LONGEST = 300


def render_error(
    request: Request,
    status: int,
    *,
    detail: str = "",
    hint: str = "",
    number: str = "",
    wait: int = 0,
    suggestions: Sequence[Completion] = (),
) -> HTMLResponse:
    """The page for a request that ended with *status*.

    detail, hint: from the error, shown as they are. number: by which the log knows a failure of ours.
    wait: seconds after which to try again, 0 where nobody can say.
    suggestions: things that may have been meant.
    """
    words = reader(request).words
    key = str(status) if status in _TOLD else "500" if status >= 500 else "other"
    return render(
        request,
        "error.html",
        status=status,
        status_code=status,
        heading=words(f"error.{key}.title"),
        text=words(f"error.{key}.text"),
        detail=detail[:_LONGEST],
        hint="" if status == HTTPStatus.NOT_FOUND else hint[:_LONGEST],  # The page has a search of its own.
        wait=wait,
        number=number,
        suggestions=suggestions,
        query=wanted(request) if status in (404, 410) else "",
    )


def wanted(request: Request) -> str:
    """The last part of the address, as words to search for."""
    last = unquote(request.url.path.rstrip("/").rpartition("/")[2])
    return last.replace("-", " ").replace("_", " ")[:100]
