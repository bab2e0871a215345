"""JSON-LD of a thing: written from our own model to the shape of our context, without a framing engine.

The shape is that of a frame: the thing at the root, its sub-nodes inside it, the things it links to with
their names (JSON-LD 1.1). Keys and shapes come from the context alone, so they do not move with the data.
"""

import re
from collections.abc import Iterable
from typing import TypeAlias, cast

import orjson

from kg.context import Context, Key
from kg.description import Description
from kg.errors import QueryRefused
from kg.terms import is_iri, literal, value_of

Json: TypeAlias = "str | int | bool | list[Json] | dict[str, Json]"
_Told: TypeAlias = dict[str, dict[str, list[str]]]

_TYPE = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
_XSD = "http://www.w3.org/2001/XMLSchema#"
_INTEGER = re.compile(r"0|-?[1-9][0-9]{0,14}")


def document(described: Description, context: Context, *, is_inline: bool = False) -> bytes:
    """*described* as compact JSON-LD; the context by its address, or inside where *is_inline*.

    Reading it gives back described.triples(), no more and no less.
    """
    told: _Told = {}
    for subject, predicate, value in described.triples():
        told.setdefault(value_of(subject), {}).setdefault(value_of(predicate), []).append(value)
    if any(context.confuses(iri) for iri in _iris(told)):
        # Such an IRI (geo:31.2,121.4 where "geo" is a prefix) cannot be written under this context.
        context = Context({})
    head: dict[str, Json] = context.head(is_inline=is_inline)
    return orjson.dumps(head | _node(described.iri, told, context, ()), option=orjson.OPT_INDENT_2)


def _iris(told: _Told) -> Iterable[str]:
    for subject, properties in told.items():
        yield subject
        for predicate, values in properties.items():
            yield predicate
            yield from (value_of(value) for value in values if is_iri(value))


def _node(iri: str, told: _Told, context: Context, path: tuple[str, ...]) -> dict[str, Json]:
    """A thing with all that is told of it; what it links to inside, but for what it lies inside itself."""
    node: dict[str, Json] = {context.id: iri}
    properties = {} if iri in path else told.get(iri, {})
    types = [value for value in properties.get(_TYPE, ()) if is_iri(value)]
    if types:
        node[context.type] = [context.name(value_of(value)) for value in types]
    for predicate, values in properties.items():
        for value in values:
            if predicate != _TYPE or not is_iri(value):
                key = context.key(predicate, _wanted(value))
                _add(node, key, value, _value(value, key, told, context, (*path, iri)))
    return node


def _add(node: dict[str, Json], key: Key, value: str, made: Json) -> None:
    """Puts a value under its key, in a map of languages or a list where it must be."""
    held, name = node, key.name
    if key.is_language_map:
        inner = node.setdefault(name, {})
        # A key of a language map is used for nothing else, so what it holds is that map.
        held, name = cast(dict[str, Json], inner), literal(value)[1] or "@none"
    before = held.get(name)
    if isinstance(before, list):
        before.append(made)
    elif before is None:
        held[name] = [made] if key.is_set else made
    else:
        held[name] = [before, made]


def _wanted(value: str) -> str:
    """What a key must say of its values to take this one: "@id", "@language", a datatype, or "" for text.

    Raises QueryRefused for a triple term.
    """
    if is_iri(value):
        return "@id"
    if not value.startswith('"'):
        message = "JSON-LD cannot write a statement about a statement (RDF 1.2)"
        raise QueryRefused(message, hint="ask for Turtle or TriG")
    _, language, datatype = literal(value)
    return "@language" if language else datatype


def _value(value: str, key: Key, told: _Told, context: Context, path: tuple[str, ...]) -> Json:
    if is_iri(value):
        return _link(value_of(value), key, told, context, path)
    text, language, datatype = literal(value)
    if language:
        return text if key.is_language_map else {"@value": text, "@language": language}
    if datatype:
        return _native(text, datatype) if key.type == datatype else {"@value": text, "@type": datatype}
    return {"@value": text} if key.type else text


def _link(iri: str, key: Key, told: _Told, context: Context, path: tuple[str, ...]) -> Json:
    """A code as a short name; anything else as an object, even without a name, so that shapes stay."""
    if key.type == "@vocab" and iri not in told:
        return context.name(iri)
    return _node(iri, told, context, path)


def _native(text: str, datatype: str) -> Json:
    """A number or a truth value of JSON, where that says exactly what the literal says."""
    if datatype == f"{_XSD}integer" and _INTEGER.fullmatch(text):
        return int(text)
    if datatype == f"{_XSD}boolean" and text in ("true", "false"):
        return text == "true"
    return text
