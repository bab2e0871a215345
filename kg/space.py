"""A space: a library with its own readers. What a stranger reaches is what is in the space that he asks."""

from dataclasses import dataclass

from kg.library import Library
from kg.pool.publisher import Publisher


@dataclass(frozen=True, slots=True)
class Space:
    """One library and its generations. name: "" for the main one.

    is_public: whether strangers may read. is_union: the default graph is the union of all graphs.
    """

    name: str
    library: Library
    publisher: Publisher
    is_public: bool = True
    is_union: bool = True
