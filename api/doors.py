"""Doors: which part of the server a request wants, by its path. A short list, so that it may name figures."""

_DOORS = {
    "sparql": "sparql",
    "explain": "explain",
    "update": "update",
    "graphs": "graphs",
    "search": "search",
    "id": "data",
    "doc": "data",
    "graph": "data",
    ".well-known": "data",
    "changes": "changes",
    "ontology": "ontology",
    "ns": "ontology",
    "static": "static",
    "healthz": "health",
    "readyz": "health",
    "metrics": "metrics",
    "internal": "commands",
    "api": "api",
    "openapi.json": "pages",
    "developers": "pages",
    "help": "pages",
    "": "pages",
}
DOORS = tuple(dict.fromkeys((*_DOORS.values(), "other")))
"""All there are."""


def door(path: str) -> str:
    """The door behind *path*; the same in a space as in the main library."""
    parts = path.strip("/").split("/", 4)
    if parts[0] == "spaces" and len(parts) > 2:
        parts = parts[2:]
    if parts[0] == "sparql" and len(parts) > 1:
        return _DOORS.get(parts[1], "sparql")
    if parts[0] == "api" and len(parts) > 1:
        return "search" if parts[1] in ("search", "complete") else _DOORS.get(parts[1], "api")
    return _DOORS.get(parts[0], _DOORS.get(parts[0].partition(".")[0] or parts[0], "other"))
