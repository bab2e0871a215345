"""Plans: from a question that passed the guard to what will be run, said in words. Runs nothing itself."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial
from typing import Any, Literal, TypeAlias

from kg.columns.folder import is_ready
from kg.columns.keeper import Keeper
from kg.columns.sizes import is_possible, sizes_of
from kg.errors import QueryRefused
from kg.federation.federation import Federation
from kg.federation.here import LARGEST, rows
from kg.pool.publisher import Held
from kg.space import Space
from kg.sparql.functions.expansion import Expansion, expand, is_called
from kg.sparql.guard import check
from kg.sparql.lookup import LookUp, find
from kg.sparql.parse import Unfit, parse
from kg.sparql.query import Question
from kg.sparql.simple import Select

Path: TypeAlias = Literal["engine", "columns", "look-up"]
"""Who answers: the engine in a worker, the columns beside the generation, or a look-up in this process."""

_READS_MUCH = re.compile(r"COUNT|SUM|AVG|MIN|MAX|DISTINCT|ORDER|GROUP", re.IGNORECASE)
# The engine needs no space before a function's name, and allows comments after it.
_CHANGING = re.compile(r"\bSERVICE\b|(?:NOW|RAND|UUID|BNODE)(?:\s|#[^\r\n]*[\r\n])*\(", re.IGNORECASE)


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
    look_up: LookUp | None = None


async def plan(
    question: Question,
    space: Space,
    *,
    pool: Any = None,
    federation: Federation | None = None,
    held: Held | None = None,
    keeper: Keeper | None = None,
) -> Plan:
    """The plan of a question in *space*; kg.sparql.guard has let it through.

    In this order: functions are replaced by what the library's own index finds, other endpoints are asked,
    and the way to the answer is chosen. held: the generation that will be asked; without one, the engine
    answers. keeper: is told where columns would have been wanted, and are not there.

    Where the path is "look-up", `plan.look_up.answer(engine, format)` gives the answer at once, in this
    process, or None; then, and where the generation is not open here, the task of the plan gives it.
    """
    is_cacheable = is_constant(question.query.text)
    question, expansion, called = await _called(question, space)
    question, others = await _federated(question, space, pool, federation, held)
    chosen = _chosen(question, space, held, keeper)
    steps = (*called, *others, *chosen.steps)
    return replace(chosen, steps=steps, is_cacheable=is_cacheable, expansion=expansion)


def _chosen(question: Question, space: Space, held: Held | None, keeper: Keeper | None) -> Plan:
    """The way to the answer, and why."""
    if question.default_graphs or question.named_graphs or question.query.has_dataset:
        return _engine(question, "the query names its dataset")
    if not space.is_union:
        return _engine(question, "the default graph of this space is a graph of its own")
    if (look_up := find(question.query.text)) is not None:
        why = "a known subject leads to the answer: what is said of it is read in the server itself"
        made = _engine(question, why, {"patterns": len(look_up.patterns)})
        return replace(made, path="look-up", look_up=look_up)
    if not _READS_MUCH.search(question.query.text):
        return _engine(
            question,
            "it neither counts nor sorts nor compares all rows, so the engine finds the first ones at once",
        )
    simple = _simple(question.query.text)
    if isinstance(simple, str):
        return _engine(question, f"columns are not for it, only for simple counts and sorts: {simple}")
    if held is not None and not is_ready(held.path) and keeper is not None:
        keeper.want(space)
    return _weighed(question, simple, held)


def _weighed(question: Question, simple: Select, held: Held | None) -> Plan:
    """Columns or engine, whichever is the sooner."""
    if not is_possible():
        return _engine(question, "columns need numpy, which is not installed")
    if held is None or not is_ready(held.path):
        return _engine(
            question,
            "columns would be considered, but are not built for this state of the library yet; ask again",
        )
    try:
        sizes = sizes_of(held.path)
    except FileNotFoundError:
        return _engine(question, "the columns were of an earlier state of the library")
    cost = sizes.estimate(simple)
    numbers = {
        "generation": held.number,
        "rows of the smallest pattern": cost.rows,
        "statements to scan": cost.statements,
        "engine, milliseconds": cost.engine,
        "columns, milliseconds": cost.columns,
    }
    if cost.engine <= cost.columns:
        return _engine(question, "the engine is the quicker by the sizes of the patterns", numbers)
    why = "columns are the quicker by the sizes of the patterns; for terms they cannot compare, the engine"
    return replace(_engine(question, why, numbers), path="columns", task="columns")


@lru_cache(maxsize=1024)
def _simple(text: str) -> Select | str:
    """The query as columns take it; else why they do not, in words."""
    try:
        made = parse(text)
    except Unfit as reason:
        return str(reason)
    return made if isinstance(made, Select) else "it is no SELECT"


async def _called(question: Question, space: Space) -> tuple[Question, Expansion | None, tuple[Step, ...]]:
    """The question with what its property functions find in the space's index in their places."""
    if not is_called(question.query.text):
        return question, None, ()
    from asyncio import to_thread

    expansion = await to_thread(expand, question.query, space.library.search)
    steps = (
        Step(
            call.name,
            f"found by the index of the library, for line {call.line}, column {call.column}",
            {"rows": call.rows, "total": call.total, "seconds": round(call.seconds, 4)},
        )
        for call in expansion.calls
    )
    return replace(question, query=expansion.query), expansion, tuple(steps)


async def _federated(
    question: Question, space: Space, pool: Any, federation: Federation | None, held: Held | None
) -> tuple[Question, tuple[Step, ...]]:
    """The question with what other endpoints answer in the places of its SERVICEs."""
    if not question.query.has_service:
        return question, ()
    if federation is None:
        raise QueryRefused("SERVICE asks other servers, and this endpoint does not")
    from asyncio import to_thread

    ask_here = partial(rows, asked=question, space=space, pool=pool, held=held)
    made = await federation.evaluate(question.query, ask_here)
    # What others answered was written into the query: it passes the guard once more, without SERVICE.
    checked = await to_thread(check, made.query.text, LARGEST)
    steps = (
        Step(
            "SERVICE",
            each.failure or f"<{each.endpoint}> answered, for line {each.line}, column {each.column}",
            {"requests": each.requests, "bindings sent": each.bindings, "rows": each.rows},
        )
        for each in made.asked
    )
    return replace(question, query=checked), tuple(steps)


def is_constant(text: str) -> bool:
    """Whether a query of that text has the same answer as long as the data are the same."""
    return _constant(text)


@lru_cache(maxsize=1024)
def _constant(text: str) -> bool:
    return _CHANGING.search(text) is None


def _engine(question: Question, why: str, numbers: Mapping[str, int | float | str] | None = None) -> Plan:
    """The plan by which the engine answers."""
    head = {"format": question.format.name, "form": question.query.form}
    step = Step("path", why, numbers or {})
    return Plan("engine", question, "query", head, question.query.text.encode(), (step,))
