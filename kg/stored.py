"""Literals as the store gives them back. It knows numbers, dates and truth by value, not by spelling.

What the journal keeps must be what the store has, or a statement could be added and never taken away.
"""

import re
from functools import lru_cache

from pyoxigraph import Literal, NamedNode, Quad, Store

from kg.terms import XSD, literal

_TYPED = re.compile(rf'"(?:[^"\\]|\\.)*"\^\^<{re.escape(XSD)}\w+>')
_ANY = NamedNode("urn:x-wenyuan:any")


def as_stored(text: str) -> str:
    """*text*, terms or lines of N-Triples, with each literal of XML Schema as the store writes it."""
    return _TYPED.sub(_found, text) if XSD in text else text


def _found(found: re.Match[str]) -> str:
    return _written(found[0])


@lru_cache(maxsize=16_384)
def _written(term: str) -> str:
    # Only the engine knows which values it keeps inline; asking it costs 15 µs.
    value, _, datatype = literal(term)
    engine = Store()
    engine.add(Quad(_ANY, _ANY, Literal(value, datatype=NamedNode(datatype))))
    return str(next(iter(engine)).object)
