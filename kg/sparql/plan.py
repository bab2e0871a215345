"""Plans: from a question that passed the guard to what will be run, said in words. Runs nothing itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal, TypeAlias

from kg.space import Space
from kg.sparql.functions.expansion import Expansion, expand, is_called
from kg.sparql.query import Question

Path: TypeAlias = Literal["engine", "columns", "look-up"]
"""Who answers: the engine in a worker, the columns beside the generation, or a look-up in this process."""

# The engine needs no space before a function's name, and allows comments after it.
_CHANGING = re.compile(r"(?:NOW|RAND|UUID|BNODE)(?:\s|#[^\r\n]*[\r\n])*\(", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that was decided: what it is about, why it came out so, and the numbers it rests on."""

    name: str
    why: str
    numbers: Mapping[str, int | float | str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a question will be answered.

    question: as it will be run, after rewriting. task, head, body: the task of the pool that answers it.
    is_cacheable: whether the same generation gives the same answer again. expansion: what was rewritten, and
    where a place in the question as it is run was in the question as it was asked.
    """

    path: Path
    question: Question
    task: str
    head: Mapping[str, object]
    body: bytes
    steps: tuple[Step, ...] = ()
    is_cacheable: bool = True
    expansion: Expansion | None = None


async def plan(question: Question, space: Space, *, pool: Any = None, federation: Any = None) -> Plan:
    """The plan of a question in *space*; kg.sparql.guard has let it through.

    In this order: functions are replaced by what the library's own index finds, other endpoints are asked,
    and the way to the answer is chosen.
    """
    is_cacheable = is_constant(question.query.text)
    question, expansion, called = await _called(question, space)
    steps = (*called, Step("path", "the engine answers every query"))
    return replace(_engine(question, steps), is_cacheable=is_cacheable, expansion=expansion)


async def _called(question: Question, space: Space) -> tuple[Question, Expansion | None, tuple[Step, ...]]:
    """The question with what its property functions find in the space's index in their places."""
    if not is_called(question.query.text):
        return question, None, ()
    from asyncio import to_thread

    expansion = await to_thread(expand, question.query, space.library.search)
    steps = (
        Step(
            call.name,
            f"found by the search index, for line {call.line}, column {call.column}",
            {"rows": call.rows, "total": call.total, "seconds": round(call.seconds, 4)},
        )
        for call in expansion.calls
    )
    return replace(question, query=expansion.query), expansion, tuple(steps)


def is_constant(text: str) -> bool:
    """Whether a query of that text has the same answer as long as the data are the same."""
    return _constant(text)


@lru_cache(maxsize=1024)
def _constant(text: str) -> bool:
    return _CHANGING.search(text) is None


def _engine(question: Question, steps: tuple[Step, ...]) -> Plan:
    """The plan by which the engine answers."""
    head = {
        "format": question.format.name,
        "form": question.query.form,
        "has_dataset": question.query.has_dataset,
        "default_graphs": question.default_graphs,
        "named_graphs": question.named_graphs,
    }
    return Plan("engine", question, "query", head, question.query.text.encode(), steps)
