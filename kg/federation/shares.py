"""Shares: the part of a query that another endpoint answers, and what the rest says beside it."""

from collections.abc import Iterator

from kg.errors import QueryRefused
from kg.sparql.functions.outline import Group, Outline
from kg.sparql.lexer import Kind, Token, place, tokens

_JOINED = frozenset(("", "GRAPH"))
"""Introductions of groups whose solutions are joined with those beside them."""


class Shares:
    """A query and the groups in it, some of which are settled by the answers of others."""

    def __init__(self, outline: Outline, *, has_dataset: bool = False) -> None:
        self.outline = outline
        self._has_dataset = has_dataset
        self._settled: dict[int, tuple[Group, str]] = {}
        self._parents = {id(child): group for group in outline.walk() for child in group.children}

    def services(self) -> Iterator[Group]:
        """The SERVICEs of the query, in their order. Raises QueryRefused for one within another."""
        for group in self.outline.walk():
            if group.introduction != "SERVICE":
                continue
            if group.is_template or any(inner.introduction == "SERVICE" for inner in self._above(group)):
                line, column = place(self.outline.text, group.start)
                raise QueryRefused(
                    f"SERVICE, at line {line}, column {column}, stands where it cannot be asked"
                )
            yield group

    def settle(self, group: Group, text: str) -> None:
        """Puts *text* in the place of a SERVICE."""
        self._settled[group.start] = (group, text)

    def text(self) -> str:
        """The query as far as it is settled."""
        return self._rendered(0, len(self.outline.text))

    def variables(self, group: Group) -> set[str]:
        """The variables that the endpoint may bind."""
        return {
            token.text[1:]
            for token in self._inside(group)
            if token.kind is Kind.VARIABLE and token.start >= group.opens
        }

    def listed(self, group: Group, variable: str) -> list[str]:
        """The IRIs that VALUES beside a group list for a variable."""
        parent = self._parents.get(id(group))
        for start, end in parent.values if parent else ():
            block = [token for token in self.outline.tokens if start <= token.start < end]
            names = [token.text[1:] for token in block if token.kind is Kind.VARIABLE]
            if names == [variable]:
                found = [self.outline.iri_of(token) for token in block]
                return list(dict.fromkeys(filter(None, found)))
        return []

    def question(self, group: Group, values: str) -> str:
        """The query to send: what the group holds, joined with *values*."""
        inside = self.outline.text[group.opens : group.closes]
        return f"{self.prologue(inside)}SELECT * {{ {values} {{ {inside}\n}} }}"

    def prologue(self, text: str) -> str:
        """The declarations that *text* needs: another server knows none of ours."""
        used = {token.text.partition(":")[0] for token in tokens(text) if token.kind is Kind.NAME} - {"_"}
        known = (
            (name, self.outline.prefixes[name]) for name in sorted(used) if name in self.outline.prefixes
        )
        base = f"BASE <{self.outline.base}> " if self.outline.base else ""
        return base + "".join(f"PREFIX {name}: <{space}> " for name, space in known)

    def beside(self, group: Group) -> str:
        """What is joined with a group: sentences, VALUES and groups, as a pattern; "" where there is nothing.

        Not less than the query says, but maybe more: filters, OPTIONAL and MINUS are left out.
        """
        if self._has_dataset or any(above.introduction == "GRAPH" for above in self._above(group)):
            return ""  # What is said in some graphs cannot be asked of others.
        pieces: list[str] = []
        inner, parent = group, self._parents.get(id(group))
        while parent is not None:
            pieces += self._joined(parent, but=inner)
            if parent.introduction not in ("", "UNION"):
                break
            inner, parent = parent, self._parents.get(id(parent))
        return " ".join(pieces)

    def _joined(self, group: Group, *, but: Group) -> Iterator[str]:
        for run in group.runs:
            for sentence in run:
                said = self.outline.text[sentence.start : sentence.end]
                yield said if said.endswith(".") else f"{said} ."
        for start, end in group.values:
            yield self.outline.text[start:end]
        for start, end in self._units(group):
            is_it = start <= but.start < end
            if not is_it and (text := self._settled_text(start, end)) is not None:
                yield text

    def _units(self, group: Group) -> Iterator[tuple[int, int]]:
        """The spans of groups that are joined whole: with all that UNION puts beside them."""
        units: list[list[int]] = []
        is_open = False
        for child in group.children:
            if child.introduction == "EXISTS":
                continue
            if child.introduction == "UNION" and is_open:
                units[-1][1] = child.end
                continue
            is_open = child.introduction in _JOINED or child.start in self._settled
            if is_open:
                units.append([child.start, child.end])
        yield from ((start, end) for start, end in units)

    def _settled_text(self, start: int, end: int) -> str | None:
        """The text between two offsets; None where a SERVICE in it is not settled yet."""
        inside = [group for group in self.outline.walk() if start <= group.start < end]
        if any(group.introduction == "SERVICE" and group.start not in self._settled for group in inside):
            return None
        return self._rendered(start, end)

    def _rendered(self, start: int, end: int) -> str:
        pieces, at = [], start
        for begin, (group, text) in sorted(self._settled.items(), key=lambda each: each[0]):
            if start <= begin < end:
                pieces += [self.outline.text[at:begin], text]
                at = group.end
        return "".join((*pieces, self.outline.text[at:end]))

    def _above(self, group: Group) -> Iterator[Group]:
        while (above := self._parents.get(id(group))) is not None:
            yield above
            group = above

    def _inside(self, group: Group) -> list[Token]:
        return [token for token in self.outline.tokens if group.start <= token.start < group.end]
