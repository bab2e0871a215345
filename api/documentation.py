"""What OpenAPI says of answers that routes have in common."""

from typing import Any

from kg.formats import FORMATS
from kg.sparql.results import RESULT_FORMATS

_PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}, "text/html": {}}
_TEXT = {"schema": {"type": "string"}}
_BYTES = {"schema": {"type": "string", "format": "binary"}}

ERRORS: dict[int | str, dict[str, Any]] = {
    404: {"description": "Nothing is said about it; what may be meant is suggested", "content": _PROBLEM},
    410: {"description": "It was here and has been withdrawn", "content": _PROBLEM},
}
"""Answers about things that are not there."""

DOCUMENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The document",
        "content": {"text/html": _TEXT} | {known.media_type: _TEXT for known in FORMATS},
        "headers": {
            "ETag": {"description": "Changes with the library", "schema": {"type": "string"}},
            "Link": {"description": "The other formats, and the thing itself", "schema": {"type": "string"}},
        },
    },
    301: {"description": "Merged: the document about the thing it went into is at Location"},
    304: {"description": "The client has it already"},
    406: {"description": "There is no such format", "content": _PROBLEM},
}
"""Answers of documents."""

RESULTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The whole answer; one that would be cut is refused",
        "content": {known.media_type: _BYTES for known in (*RESULT_FORMATS, *FORMATS)},
    },
    406: {"description": "There is no such format", "content": _PROBLEM},
    413: {"description": "The request is too large", "content": _PROBLEM},
    415: {"description": "The body is of no form that the protocol knows", "content": _PROBLEM},
}
"""Answers of the SPARQL endpoint."""

DESCRIPTIONS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The description in RDF",
        "content": {known.media_type: _BYTES for known in FORMATS},
        "headers": {"ETag": {"description": "Changes with the library", "schema": {"type": "string"}}},
    },
    304: {"description": "The client has it already"},
}
"""Answers that describe the data, or the endpoint."""

PLANS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The path, and the steps with their reasons", "content": {"text/html": _TEXT}},
    400: {"description": "The query cannot be read, or asks for too much", "content": _PROBLEM},
}
"""Answers that explain how a query would be answered."""

PROBLEM_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "What went wrong (RFC 9457)",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "hint": {"type": "string", "description": "What to do now"},
        "instance": {"type": "string"},
        "line": {"type": "integer", "description": "Where a query cannot be read; from 1"},
        "column": {"type": "integer"},
        "request": {"type": "string", "description": "By which the log of the server knows the request"},
        "number": {"type": "string", "description": "By which the log of the server knows the failure"},
        "change": {"type": "integer", "description": "The change that took the thing away"},
        "violations": {
            "type": "array",
            "description": "What would be described wrongly, and how",
            "items": {
                "type": "object",
                "properties": {
                    "node": {"type": "string"},
                    "path": {"type": "string"},
                    "value": {"type": "string"},
                    "message": {"type": "string"},
                    "shape": {"type": "string"},
                },
            },
        },
        "suggestions": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"iri": {"type": "string"}, "name": {"type": "string"}},
            },
        },
    },
}
"""The schema of a problem."""
