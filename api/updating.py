"""Updating: a SPARQL update as a proposal, worked out by the pool. Not the protocol."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Self
from uuid import uuid4

from api import state
from api.writing import Condition, Writing, Written, write
from kg.change import Change, Note
from kg.errors import QueryRefused, QuerySyntax
from kg.library import Library
from kg.pool.publisher import Held
from kg.pool.task import Task
from kg.sparql.functions.expansion import expand_update
from kg.sparql.update.delta import Delta, read
from kg.sparql.update.trial import trial
from kg.sparql.update.work import Rules
from services.editing import CURATED, home

ROUNDS = 50
"""Operations of one request that may have to see what others before them did."""


@dataclass(frozen=True, slots=True)
class Update:
    """What an update comes to. remains: some of the *remaining* statements that a DELETE had to leave."""

    delta: Delta
    remains: Sequence[tuple[str, str]] = ()
    remaining: int = 0
    is_sweeping: bool = False

    @classmethod
    def nothing(cls) -> Self:
        """An update that changes nothing."""
        return cls(Delta())

    @property
    def graphs(self) -> Sequence[str]:
        """The graphs that it touches."""
        return sorted(self.delta.graphs)

    def check(self, held: Held) -> Task | None:
        """The task that checks it."""
        return Task("check", held.path, {}, b"".join(self.delta.lines())) if self.delta else None

    def commit(self, library: Library, note: Note) -> list[Change]:
        """Makes it."""
        change = library.commit(note, self.delta.edits())
        return [change] if change is not None else []


def rules(writing: Writing, *, scope: str | None = None) -> Rules:
    """How updates are understood in a space. scope: the one graph that all is about, where there is one."""
    base = state.settings(writing.request).base_iri
    is_union = writing.space.is_union
    return Rules(
        is_union=is_union and scope is None,
        home=scope if scope is not None else default_graph(writing),
        own=f"{base}{CURATED}",
        scope=scope,
        nodes=f"{base}.well-known/genid/{uuid4().hex}/",
        base=base,
    )


def default_graph(writing: Writing) -> str:
    """The graph that is meant where none is named, for writing."""
    base = state.settings(writing.request).base_iri
    return home(writing.who.name, base) if writing.space.is_union else ""


async def update(writing: Writing, given: Rules, condition: Condition) -> Written:
    """Makes the changes that the update asks for. Raises what api.writing.write raises, and QuerySyntax."""
    return await write(writing, partial(_propose, writing, given), condition)


async def _propose(writing: Writing, given: Rules, held: Held) -> Update:
    expansion = await asyncio.to_thread(expand_update, writing.text, writing.space.library.search)
    delta = Delta(given.most)
    remains: list[tuple[str, str]] = []
    remaining, is_sweeping, first = 0, False, 0
    for _ in range(ROUNDS):
        async with _after(held, delta) as path:
            head = asdict(replace(given, first=first))
            try:
                ran = await writing.do(Task("update", path, head, expansion.query.text.encode()))
            except QuerySyntax as error:
                raise expansion.told(error) from error
        delta.follow(read(line + b"\n" for line in ran.body.split(b"\n")[:-1]))
        remains += [(graph, statement) for graph, statement in ran.head["remains"]]
        remaining += ran.head["remaining"]
        is_sweeping = is_sweeping or ran.head["is_sweeping"]
        if ran.head["next"] is None:
            return Update(delta, remains, remaining, is_sweeping)
        first = ran.head["next"]
    raise QueryRefused(
        f"more than {ROUNDS} operations read what others before them changed", hint="make several requests"
    )


@asynccontextmanager
async def _after(held: Held, delta: Delta) -> AsyncIterator[Path]:
    """The generation as it would be after *delta*: itself, or a copy that is made for this."""
    if not delta:
        yield held.path
        return
    made = trial(held.path, delta)
    path = await asyncio.to_thread(made.__enter__)
    try:
        yield path
    finally:
        await asyncio.to_thread(made.__exit__, None, None, None)
