"""The directory of an ISO 2709 record: which of its fields lies where, and how far that can be trusted."""

from dataclasses import dataclass
from itertools import accumulate, pairwise

ENTRY = 12
"""Characters of an entry: tag (3), length of the field (4), where it starts (5). ISO 2709, 4.4."""


@dataclass(frozen=True, slots=True)
class Placed:
    """The fields of a record in the order of its directory.

    tags: one a field. order: for each field, which of the pieces between terminators it is (first, one
    past the last), or nothing where fields and pieces go together one by one.
    """

    tags: list[str]
    order: list[tuple[int, int]]
    warnings: tuple[str, ...] = ()


def placed(directory: str, body: bytes) -> Placed | str:
    """Where the fields that *directory* names lie in *body*; a reason where that cannot be told."""
    pieces = body.split(b"\x1e")
    if not pieces[-1]:
        pieces.pop()
    count, rest = divmod(len(directory), ENTRY)
    if rest:
        return f"the directory has {len(directory)} characters, which is no multiple of {ENTRY}"
    if not count or not pieces:
        return "the record has no fields"
    tags = [directory[at : at + 3] for at in range(0, len(directory), ENTRY)]
    starts = list(accumulate([len(piece) + 1 for piece in pieces], initial=0))[:-1]
    if len(starts) == count and [directory[at : at + 5] for at in range(7, len(directory), ENTRY)] == [
        f"{start:05}" for start in starts
    ]:
        # The starts say where each field ends, too; a length that is wrong beside them is no news.
        return Placed(tags, [])
    return _by_starts(tags, directory, body, starts) or _by_count(tags, directory, starts)


def _by_starts(tags: list[str], directory: str, body: bytes, starts: list[int]) -> Placed | None:
    """By starts and lengths, if all of them fit the terminators: fields in another order, left out, or
    with a terminator inside.
    """
    number = {start: n for n, start in enumerate(starts)}
    ends = {start: n for n, start in enumerate(starts[1:], 1)}
    ends[len(body) + (body[-1:] != b"\x1e")] = len(starts)
    order: list[tuple[int, int]] = []
    for at in range(0, len(directory), ENTRY):
        length, start = directory[at + 3 : at + 7], directory[at + 7 : at + ENTRY]
        if not (length.isdecimal() and start.isdecimal()):
            return None
        first, last = number.get(int(start)), ends.get(int(start) + int(length))
        if first is None or last is None or last <= first:
            return None
        order.append((first, last))
    taken = sorted(order)
    if any(one[1] > other[0] for one, other in pairwise(taken)):
        return None
    warnings = []
    if any(last - first > 1 for first, last in order):
        warnings.append("a field terminator (1E) inside a field, read as a blank")
    if sum(last - first for first, last in order) < len(starts):
        warnings.append("fields that the directory does not name are left out")
    return Placed(tags, order, tuple(warnings))


def _by_count(tags: list[str], directory: str, starts: list[int]) -> Placed | str:
    """By order alone, if there are as many fields as entries: lengths counted in characters, not bytes."""
    if len(tags) != len(starts):
        return (
            f"the directory names {len(tags)} fields, the record has {len(starts)}, "
            "and its offsets do not tell which is which"
        )
    said = [directory[at + 7 : at + ENTRY] for at in range(0, len(directory), ENTRY)]
    order: list[tuple[int, int]] = []
    if len(set(said)) == len(said) and all(start.isdecimal() for start in said):
        rank = {start: n for n, start in enumerate(sorted(said))}
        order = [(rank[start], rank[start] + 1) for start in said]
    return Placed(tags, order, ("lengths in the directory are wrong; terminators tell the fields",))
