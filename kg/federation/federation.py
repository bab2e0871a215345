"""Federation: the SERVICEs of a query, asked of the endpoints that are allowed, with their answers as VALUES.

`SERVICE <url> { ... }` becomes a subselect of the rows that the endpoint gave. What the query says elsewhere
in the same group is asked here first, so that the endpoint is sent the few bindings that matter.
"""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

from kg.errors import EndpointFailed, QueryRefused, QuerySyntax
from kg.federation import answers, wire
from kg.federation.addresses import Allowed, Resolve, locate, resolve
from kg.federation.answers import Row
from kg.federation.shares import Shares
from kg.sparql.functions.outline import Group, Outline, Unclear
from kg.sparql.guard import Checked
from kg.sparql.lexer import Kind, place, tokens
from kg.terms import iri

AskHere = Callable[[str, int], Awaitable[list[Row] | None]]
"""A query of our own and how many rows it may have → its rows, or None where there are more."""

_SERVICE = re.compile(r"SERVICE", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Caps:
    """What the SERVICEs of one query may cost.

    seconds: all together. size: bytes of one answer. rows: of all answers to one SERVICE. services: in one
    query. endpoints: that one SERVICE may ask. bindings: that are sent along; with more, none are. batch: of
    them in one request.
    """

    seconds: float = 20
    size: int = 8_000_000
    rows: int = 10_000
    services: int = 4
    endpoints: int = 8
    bindings: int = 500
    batch: int = 100


@dataclass(frozen=True, slots=True)
class Asked:
    """A SERVICE that was asked: where it stood, requests, bindings sent along, rows that came; or failure."""

    endpoint: str
    line: int
    column: int
    requests: int
    bindings: int
    rows: int
    failure: str = ""


@dataclass(frozen=True, slots=True)
class Federated:
    """A query without SERVICE, to be run in place of another, and what was asked."""

    query: Checked
    asked: tuple[Asked, ...] = ()


def asks_others(text: str) -> bool:
    """Whether a query may hold a SERVICE: a quick look."""
    return _SERVICE.search(text) is not None


@dataclass(frozen=True, slots=True)
class Federation:
    """Who asks other endpoints. allowed: which; resolver: how hosts are found, once for each request."""

    allowed: Allowed
    caps: Caps = Caps()
    resolver: Resolve = field(default=resolve)

    async def evaluate(self, query: Checked, ask_here: AskHere, *, base_iri: str = "") -> Federated:
        """*query* with the answers of its SERVICEs in their places.

        Raises QueryRefused for an endpoint that is not allowed and a use that is not understood,
        EndpointFailed where an endpoint does not answer and the query does not say SILENT.
        """
        if not asks_others(query.text):
            return Federated(query)
        try:
            outline = await asyncio.to_thread(Outline, query.text, base_iri)
        except Unclear as unclear:
            line, column = place(query.text, unclear.offset)
            raise QuerySyntax(
                "the query cannot be read from here on, so that what its SERVICE asks is not known",
                line=line,
                column=column,
            ) from unclear
        shares = Shares(outline, has_dataset=query.has_dataset)
        services = list(shares.services())
        if len(services) > self.caps.services:
            raise QueryRefused(
                f"the query has more than {self.caps.services} SERVICE", hint="ask in several queries"
            )
        targets = [await self._targets(shares, group, ask_here) for group in services]
        asked: list[Asked] = []
        try:
            async with asyncio.timeout(self.caps.seconds):
                for group, urls in zip(services, targets, strict=True):
                    made, told = await self._service(shares, group, urls, ask_here)
                    shares.settle(group, made)
                    asked += told
        except TimeoutError as error:
            raise EndpointFailed(
                f"the SERVICEs of the query took longer than {self.caps.seconds:g} seconds",
                hint="ask for less in the SERVICE, or give it more to go by",
            ) from error
        return Federated(replace(query, text=shares.text()), tuple(asked))

    async def _targets(self, shares: Shares, group: Group, ask_here: AskHere) -> list[str]:
        """The URLs that a SERVICE asks; raises QueryRefused where one is not allowed."""
        target = group.target
        if target is not None and target.kind == "iri":
            urls: list[str] | None = [target.value]
        elif target is not None and target.kind == "variable":
            urls = shares.listed(group, target.value) or await self._known(
                shares, group, target.value, ask_here
            )
        else:
            urls = None
        if urls is None:
            raise QueryRefused(
                f"{_where(shares.outline, group)} asks an endpoint that is not written out",
                hint="write SERVICE <https://...>, or list the endpoints in VALUES beside it",
            )
        for url in urls:
            self.allowed.target(url)
        return urls

    async def _known(
        self, shares: Shares, group: Group, variable: str, ask_here: AskHere
    ) -> list[str] | None:
        """The endpoints that the rest of the query finds for a variable; None where it finds none or many."""
        local = shares.beside(group)
        if not any(token.kind is Kind.VARIABLE and token.text[1:] == variable for token in tokens(local)):
            return None
        most = self.caps.endpoints
        query = f"{shares.prologue(local)}SELECT DISTINCT ?{variable} {{ {local} }} LIMIT {most + 1}"
        found = await ask_here(query, most)
        terms = [row.get(variable, "") for row in found] if found is not None else [""]
        return [term[1:-1] for term in terms] if all(term.startswith("<") for term in terms) else None

    async def _service(
        self, shares: Shares, group: Group, urls: Sequence[str], ask_here: AskHere
    ) -> tuple[str, list[Asked]]:
        """What stands in the place of a SERVICE, and what was asked for it."""
        variables = shares.variables(group)
        bindings = await self._bindings(shares, group, variables, ask_here)
        target = group.target
        column = target.value if target is not None and target.kind == "variable" else ""
        rows: list[Row] = []
        told: list[Asked] = []
        for url in urls:
            where = place(shares.outline.text, group.start)
            try:
                found, requests = await self._rows(shares, group, url, variables, bindings)
            except EndpointFailed as error:
                if not group.is_silent:
                    raise
                # One solution without bindings (SPARQL 1.1 Federated Query, § 2.3).
                found, requests = [{}], 0
                told.append(Asked(url, *where, 0, len(bindings or ()), 0, str(error)))
            else:
                told.append(Asked(url, *where, requests, len(bindings or ()), len(found)))
            rows += [{column: iri(url), **row} for row in found] if column else found
        return written(sorted({*variables, column} - {""}), rows), told

    async def _bindings(
        self, shares: Shares, group: Group, variables: set[str], ask_here: AskHere
    ) -> list[Row] | None:
        """What the rest of the query says of the variables of a SERVICE; None for nothing or too much."""
        local = shares.beside(group)
        shared = sorted(
            variables & {token.text[1:] for token in tokens(local) if token.kind is Kind.VARIABLE}
        )
        if not shared:
            return None
        names = " ".join(f"?{name}" for name in shared)
        query = (
            f"{shares.prologue(local)}SELECT DISTINCT {names} {{ {local} }} LIMIT {self.caps.bindings + 1}"
        )
        return await ask_here(query, self.caps.bindings)

    async def _rows(
        self, shares: Shares, group: Group, url: str, variables: set[str], bindings: list[Row] | None
    ) -> tuple[list[Row], int]:
        """The rows that one endpoint gives, and in how many requests."""
        target = self.allowed.target(url)
        address = await locate(target, is_private=url in self.allowed.private, resolve=self.resolver)
        rows: list[Row] = []
        requests = 0
        for values in self._batches(bindings):
            query = shares.question(group, values)
            response = await wire.ask(target, address, query, seconds=self.caps.seconds, most=self.caps.size)
            table = await asyncio.to_thread(
                answers.read, response.media_type, response.body, most=self.caps.rows - len(rows), source=url
            )
            rows += [{name: term for name, term in row.items() if name in variables} for row in table.rows]
            requests += 1
        return rows, requests

    def _batches(self, bindings: list[Row] | None) -> Iterable[str]:
        """VALUES to send along, one request each."""
        if bindings is None:
            yield ""
            return
        remaining = iter(bindings)
        while part := list(islice(remaining, self.caps.batch)):
            names = sorted({name for row in part for name in row})
            # A row that binds nothing restricts nothing.
            yield values(names, part) if all(part) else ""


def values(names: Sequence[str], rows: Iterable[Row]) -> str:
    """A VALUES block; what a row does not bind is UNDEF."""
    written = "".join(f"({' '.join(row.get(name, 'UNDEF') for name in names)})" for row in rows)
    return f"VALUES ({' '.join(f'?{name}' for name in names)}) {{{written}}}"


def written(names: Sequence[str], rows: Iterable[Row]) -> str:
    """Rows as a group of a query."""
    return f"{{SELECT {' '.join(f'?{name}' for name in names) or '*'} {{{values(names, rows)}}}}}"


def _where(outline: Outline, group: Group) -> str:
    line, column = place(outline.text, group.start)
    return f"SERVICE, at line {line}, column {column},"
