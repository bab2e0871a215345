"""The JSON-LD context and frames, as values that need no loading from anywhere. Not a JSON-LD processor."""

import json
from functools import cache
from importlib.resources import files
from typing import Any

from ontology.errors import UnknownName

FRAMES = ("work", "instance", "agent", "concept", "library")

Json = dict[str, Any]
"""A JSON object; what lies inside has no fixed shape."""


@cache
def context() -> Json:
    """The terms of the context: the value of "@context", to be put into a document as it is."""
    return _read("context.jsonld")["@context"]  # type: ignore[no-any-return]


@cache
def frame(name: str) -> Json:
    """The frame of that kind of thing with the context inside; raises UnknownName with the known ones."""
    if name not in FRAMES:
        raise UnknownName(f"no frame {name!r}; known: {', '.join(FRAMES)}")
    return {"@context": context(), **_read("frames", f"{name}.json")}


def _read(*path: str) -> Json:
    content = files("ontology").joinpath(*path).read_text(encoding="utf-8")
    # The files are ours, and each is one object.
    return json.loads(content)  # type: ignore[no-any-return]
