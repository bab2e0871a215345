"""Plans: from a question that passed the guard to what will be run, said in words. Runs nothing itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Literal, TypeAlias

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
    is_cacheable: whether the same generation gives the same answer again.
    """

    path: Path
    question: Question
    task: str
    head: Mapping[str, object]
    body: bytes
    steps: tuple[Step, ...] = ()
    is_cacheable: bool = True


async def plan(question: Question, space: Any, *, pool: Any = None, federation: Any = None) -> Plan:
    """The plan of a question in *space*; kg.sparql.guard has let it through.

    In this order: functions are replaced by what the library's own index finds, other endpoints are asked,
    and the way to the answer is chosen.
    """
    return _engine(question, (Step("path", "the engine answers every query"),))


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
    text = question.query.text
    return Plan("engine", question, "query", head, text.encode(), steps, is_cacheable=is_constant(text))
