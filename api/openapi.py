"""The OpenAPI description of the application, put right where the framework's differs from what we answer."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from api.documentation import PROBLEM_SCHEMA

_OTHER = {
    "description": "A problem",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
_METHODS = ("get", "post", "put", "delete", "patch", "options", "head")


def describe(app: FastAPI) -> None:
    """Makes *app* describe itself as it is: parameters that do not fit are a problem (400), not a 422."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _put_right(made())
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # the way the framework offers


def _put_right(schema: dict[str, Any]) -> dict[str, Any]:
    for operation in _operations(schema):
        responses = operation.setdefault("responses", {})
        responses.pop("422", None)
        responses.setdefault("default", _OTHER)
    schemas = schema.setdefault("components", {}).setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = PROBLEM_SCHEMA
    return schema


def _operations(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in schema.get("paths", {}).values():
        yield from (operation for method, operation in item.items() if method in _METHODS)
