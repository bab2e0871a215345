"""A table of named parts that are imported when asked for: sources, mappings, routes."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Generic, TypeVar, cast

from ontology.errors import MissingExtra, UnknownName

Part = TypeVar("Part")


class Catalogue(Generic[Part]):
    """Names → "module:attribute", plus what others add under an entry-point group.

    kind: the plural noun used in messages ("sources").
    """

    def __init__(self, kind: str, table: Mapping[str, str], *, group: str = "") -> None:
        self._kind = kind
        self._table = dict(table)
        self._group = group

    def __iter__(self) -> Iterator[str]:
        """All names, built-in ones first, in the order of the table."""
        yield from self._places()

    def __getitem__(self, name: str) -> Part:
        """The part of that name.

        Raises UnknownName with the known names, MissingExtra where its library is not installed.
        """
        places = self._places()
        if name not in places:
            raise UnknownName(f"no {self._kind} called {name!r}; known: {', '.join(places)}")
        module, _, attribute = places[name].partition(":")
        try:
            # The table is the promise that this attribute is a Part; a Protocol cannot be checked here.
            return cast(Part, getattr(import_module(module), attribute))
        except ModuleNotFoundError as error:
            raise MissingExtra(
                f"{name!r} needs the library {error.name!r}, which is not installed",
                hint=f"pip install {error.name}",
            ) from error

    def _places(self) -> dict[str, str]:
        return self._table | _added(self._group) if self._group else self._table


def _added(group: str) -> dict[str, str]:
    """What is installed under an entry-point group. Imported late: it takes longer than a worker may."""
    from importlib.metadata import entry_points

    return {found.name: found.value for found in entry_points(group=group)}
