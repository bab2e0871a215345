"""Whole answers, kept until the library changes: the same question to the same generation costs nothing."""

from collections import OrderedDict
from dataclasses import dataclass, field

from api.sparql import coding
from kg.sparql.query import Question

_EXTRA = 600
"""Bytes that an entry takes beside its texts."""


@dataclass(frozen=True, slots=True)
class Key:
    """What an answer depends on: the library with the number of its generation, and the question."""

    space: str
    generation: int
    text: str
    format: str
    default_graphs: tuple[str, ...] = ()
    named_graphs: tuple[str, ...] = ()

    @classmethod
    def of(cls, space: str, generation: int, question: Question) -> "Key":
        """The key of a question as it was asked."""
        return cls(
            space,
            generation,
            question.query.text,
            question.format.name,
            question.default_graphs,
            question.named_graphs,
        )


@dataclass(slots=True)
class Whole:
    """A whole answer, in the codings in which somebody wanted it."""

    body: bytes
    packed: dict[str, bytes] = field(default_factory=dict)

    def in_coding(self, name: str) -> bytes:
        """The answer packed like this; "" for as it is."""
        if not name:
            return self.body
        if name not in self.packed:
            self.packed[name] = coding.whole(self.body, name)
        return self.packed[name]


@dataclass(slots=True)
class Results:
    """Answers of one server: at most *size* bytes, those that nobody asked for longest go first.

    largest: bytes of an answer that is kept at all.
    """

    size: int = 64_000_000
    largest: int = 4_000_000
    held: int = 0
    hits: int = 0
    misses: int = 0
    _kept: OrderedDict[Key, Whole] = field(default_factory=OrderedDict)

    def find(self, key: Key) -> Whole | None:
        """The answer, where it is kept."""
        found = self._kept.get(key)
        if found is None:
            self.misses += 1
            return None
        self.hits += 1
        self._kept.move_to_end(key)
        return found

    def keep(self, key: Key, answer: Whole) -> bool:
        """Takes an answer in; whether there is room for it."""
        if len(answer.body) > self.largest or not self.size:
            return False
        if key not in self._kept:
            self._kept[key] = answer
            self.held += _size(key, answer)
        while self.held > self.size:
            old, dropped = self._kept.popitem(last=False)
            self.held -= _size(old, dropped)
        return True


def _size(key: Key, answer: Whole) -> int:
    # Packed forms are counted as if there were one for each coding: they come later, and are smaller.
    return 2 * len(answer.body) + len(key.text) + _EXTRA
