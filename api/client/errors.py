"""What a server tells of, raised here as the error that it was there: the classes of kg.errors."""

from collections.abc import Mapping
from typing import Any

import orjson

from api.problems import PROBLEMS, TYPE
from kg.errors import NotAllowed, NotKnown, OverBudget, Overloaded, QueryError, QueryRefused, QuerySyntax
from ontology.errors import NotFound, WenyuanError

PROBLEM = "application/problem+json"

_BY_NAME = {problem.name: kind for kind, problem in PROBLEMS.items()}
_BY_STATUS: dict[int, type[WenyuanError]] = {
    400: QueryRefused, 401: NotKnown, 403: NotAllowed, 404: NotFound, 410: NotFound, 429: OverBudget,
    503: Overloaded,
}  # fmt: skip
_SHOWN = 500


def of_reply(status: int, headers: Mapping[str, str], body: bytes) -> WenyuanError:
    """The error that an answer tells of: by the type of its problem (RFC 9457), else by its status."""
    told = _told(headers, body)
    name = str(told.get("type", ""))
    kind = _BY_NAME.get(name.removeprefix(TYPE)) if name.startswith(TYPE) else None
    kind = kind or _BY_STATUS.get(status, QueryError)
    title, detail = str(told.get("title", "")), str(told.get("detail", ""))
    message = detail or title or f"the server answered {status}"
    hint = str(told.get("hint", ""))
    if kind is QuerySyntax:
        return QuerySyntax(message, line=_number(told, "line"), column=_number(told, "column"), hint=hint)
    if issubclass(kind, OverBudget | Overloaded):
        return kind(message, retry_after=_seconds(headers), hint=hint)
    return kind(message, hint=hint)


def unreachable(address: str, error: Exception) -> QueryError:
    """The error for a server that does not answer, or stops in the middle."""
    return QueryError(
        f"{address} does not answer: {error}", hint="is the address right, and the server running?"
    )


def _told(headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    """The members of a problem; of another answer its text as the detail."""
    kind = headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind == PROBLEM or kind.endswith("json"):
        try:
            found = orjson.loads(body)
        except orjson.JSONDecodeError:
            found = None
        if isinstance(found, dict):
            return found
    text = body[: 4 * _SHOWN].decode("utf-8", "replace").strip()
    # A page is for eyes; its source would say nothing.
    return {} if text.startswith("<") else {"detail": text[:_SHOWN]}


def _number(told: Mapping[str, Any], name: str) -> int:
    found = told.get(name, 0)
    return found if isinstance(found, int) else 0


def _seconds(headers: Mapping[str, str]) -> float:
    """How long to wait (RFC 9110, § 10.2.3); 0 where nothing, or a date, is said."""
    text = headers.get("Retry-After", "").strip()
    return float(text) if text.isdigit() else 0.0
