"""What libraries hold, counted once for each generation, when somebody wants to know."""

import asyncio
from dataclasses import replace

import orjson
from fastapi import Request

from api import state
from api.sparql.door import Asking, admitted
from kg.pool.publisher import Held
from kg.space import Space
from kg.sparql.guard import check
from kg.sparql.query import Question
from kg.sparql.results import result_format
from kg.void import QUERIES, Counted, counted

SECONDS = 120
"""In which each of the counts is to be done, whatever others may take."""


async def inventory(request: Request) -> Counted:
    """What the space of *request* holds. Raises what kg.pool.Pool.run raises."""
    space = state.space(request)
    async with space.publisher.current() as held:
        return await state.counts(request).of(
            space.library.journal.identity, held.number, lambda: _count(request, space, held)
        )


async def _count(request: Request, space: Space, held: Held) -> Counted:
    answers = await asyncio.gather(*(_rows(request, space, held, text) for text in QUERIES.values()))
    graphs = space.library.journal.counts(held.number).graphs - bool(space.library.current([""]))
    return counted(held.number, graphs, dict(zip(QUERIES, answers, strict=True)))


async def _rows(request: Request, space: Space, held: Held, text: str) -> list[dict[str, dict[str, str]]]:
    who = replace(admitted(request), seconds=SECONDS)
    asked = Asking(request, space, who, Question(check(text), result_format("json")))
    async with await asked.running(held) as running:
        body = b"".join([chunk async for chunk in running])
    asked.charge("ok", running.cost)
    found: list[dict[str, dict[str, str]]] = orjson.loads(body)["results"]["bindings"]
    return found
