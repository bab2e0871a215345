"""A JSON-LD context, read as far as we write by it: which key a statement gets. Not a JSON-LD processor."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from ontology.context import context

Definitions = Mapping[str, Any]
"""The value of "@context"; JSON, so nothing is known of what lies deeper."""


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a document. type: "@id", "@vocab", a datatype, or "" where the values say what they are."""

    name: str
    type: str = ""
    is_language_map: bool = False
    is_set: bool = False


@dataclass(frozen=True)
class Context:
    """The terms of a context (JSON-LD 1.1, § 4.1), turned round: from IRIs to keys.

    address: where it is published. Scoped contexts, lists and reverse terms are passed over.
    """

    definitions: Definitions
    address: str = ""
    id: str = field(init=False, default="@id")
    type: str = field(init=False, default="@type")
    _keys: dict[str, list[Key]] = field(init=False, default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        for name, value in self.definitions.items():
            definition = value if isinstance(value, dict) else {"@id": value}
            meant = definition.get("@id", name)
            if meant in ("@id", "@type"):
                object.__setattr__(self, meant[1:], name)
            elif not name.startswith("@") and isinstance(meant, str) and "@reverse" not in definition:
                self._keys.setdefault(self._expand(meant), []).append(self._key(name, definition))

    def head(self, *, is_inline: bool = False) -> dict[str, Any]:
        """What a document begins with: the context by its address, or itself."""
        if not self.definitions:
            return {}
        return {"@context": dict(self.definitions) if is_inline or not self.address else self.address}

    def key(self, iri: str, wanted: str) -> Key:
        """The key for a value of property *iri*; wanted: "@id", "@language", a datatype, "" for plain text.

        Where the context has no fitting term, a prefixed name or the IRI itself: the value then says all.
        """
        fitting = [key for key in self._keys.get(iri, ()) if _fit(key, wanted) is not None]
        if not fitting:
            return Key(self._prefixed(iri))
        return min(fitting, key=lambda key: _fit(key, wanted) or 0)

    def name(self, iri: str) -> str:
        """The name of a class or a code: a term, a prefixed name, or the IRI."""
        known = self._keys.get(iri)
        return known[0].name if known else self._prefixed(iri)

    def confuses(self, iri: str) -> bool:
        """Whether *iri* would be taken for a prefixed name: geo:31.2,121.4 where "geo" is a prefix."""
        scheme, _, rest = iri.partition(":")
        return scheme in self.definitions and not rest.startswith("//")

    def _key(self, name: str, definition: Definitions) -> Key:
        container = definition.get("@container", ())
        kinds = (container,) if isinstance(container, str) else tuple(container)
        kind = definition.get("@type", "")
        return Key(
            name,
            kind if kind.startswith("@") else self._expand(kind),
            "@language" in kinds,
            "@set" in kinds,
        )

    def _expand(self, name: str) -> str:
        prefix, colon, local = name.partition(":")
        if colon and not local.startswith("//") and (space := self._space(prefix)):
            return space + local
        return name if colon or not name else self.definitions.get("@vocab", "") + name

    def _space(self, prefix: str) -> str:
        """What a term stands for when it is used as a prefix; "" where it cannot be."""
        value = self.definitions.get(prefix)
        if isinstance(value, dict):
            value = value.get("@id") if value.get("@prefix") else None
        return value if isinstance(value, str) and value[-1:] in (":", "/", "?", "#", "[", "]", "@") else ""

    def _prefixed(self, iri: str) -> str:
        spaces = [(space, prefix) for prefix in self.definitions if (space := self._space(prefix))]
        for space, prefix in sorted(spaces, key=lambda pair: -len(pair[0])):
            local = iri.removeprefix(space)
            if (
                local not in (iri, "")
                and not local.startswith("//")
                and f"{prefix}:{local}" not in self.definitions
            ):
                return f"{prefix}:{local}"
        return iri


@cache
def published(base_iri: str) -> Context:
    """The context of our ontology, published under *base_iri*."""
    return Context(context(), address=f"{base_iri}ontology/context.jsonld")


def _fit(key: Key, wanted: str) -> int | None:
    """How well a key takes a kind of value, 0 best; None where it cannot."""
    if key.is_language_map:
        return {"@language": 0, "": 2}.get(wanted)
    if wanted == "@id":
        return 0 if key.type in ("@id", "@vocab") else 1
    return 0 if key.type == ("" if wanted == "@language" else wanted) else 1
