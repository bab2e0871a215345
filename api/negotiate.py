"""Content negotiation: what a client wants, of what there is (RFC 9110, § 12.5.1). Knows no formats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_MOST = 100
"""Ranges of an Accept header that are read."""


@dataclass(frozen=True, slots=True)
class Range:
    """One entry of an Accept header: a media type, "text/*" or "*/*", and its weight in 0..1."""

    media_type: str
    weight: float

    def matches(self, media_type: str) -> int:
        """How exactly this range names *media_type*: 3 the type, 2 its family, 1 anything, 0 not at all."""
        if self.media_type == media_type:
            return 3
        family, _, kind = self.media_type.partition("/")
        if kind != "*":
            return 0
        return 1 if family == "*" else 2 * (family == media_type.partition("/")[0])


def ranges(accept: str) -> list[Range]:
    """The entries of an Accept header; those that cannot be read are passed over."""
    found = (_range(part) for part in accept.split(",")[:_MOST])
    return [each for each in found if each is not None]


def best(accept: str, offers: Sequence[str], *, aliases: Mapping[str, str] | None = None) -> str | None:
    """The offer that a client wants most; None where it wants none of them.

    offers: media types, our favourite first: it wins among equals and where nothing is said.
    aliases: other names under which a client may want an offer.
    """
    wanted = ranges(accept)
    if not wanted:
        return offers[0]
    exact = {each.media_type: each.weight for each in reversed(wanted)}
    weights = {offer: _weight(offer, wanted) for offer in offers}
    # A range such as application/* means what we have, not what somebody else calls it.
    for alias, offer in (aliases or {}).items():
        weights[offer] = max(weights[offer], exact.get(alias, 0.0))
    chosen = max(offers, key=lambda offer: weights[offer])
    return chosen if weights[chosen] > 0 else None


def _weight(media_type: str, wanted: Sequence[Range]) -> float:
    """The weight of a media type: that of the range which names it most exactly."""
    fitting = [(each.matches(media_type), each.weight) for each in wanted]
    return max((pair for pair in fitting if pair[0]), default=(0, 0.0))[1]


def _range(part: str) -> Range | None:
    media_type, *parameters = (piece.strip().lower() for piece in part.split(";"))
    weight = next((piece[2:].strip() for piece in parameters if piece.startswith("q=")), "1")
    try:
        value = float(weight)
    except ValueError:
        return None
    return Range(media_type, value) if "/" in media_type and 0 <= value <= 1 else None
