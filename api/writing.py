"""Writing: how a proposed change becomes one: worked out, allowed, checked, committed. Not what it changes.

A proposal is worked out and checked on a generation while others may write; it is committed only if that
generation is still the last. After some tries nobody else gets a turn until it is done.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from time import monotonic
from typing import Any, Protocol, TypeVar
from urllib.parse import unquote
from weakref import WeakKeyDictionary

import orjson
from fastapi import Request

from api import state
from api.asker import Asker
from api.failures import Failed, Failure
from api.language import choose
from kg.change import Change, Note
from kg.errors import Overloaded, QueryTimeout
from kg.library import Library
from kg.pool.publisher import Held
from kg.pool.task import Cost, Task
from kg.space import Space
from ontology.errors import WenyuanError
from services.editing import check_right, replaced_by_ingest

TRIES = 3
"""How often a change is worked out anew because somebody else was quicker, before others must wait."""
WAITING = 32
"""Writers of one library that may wait for each other."""
REASON = ("x-change-reason", "x-reason")
"""Headers in which a client may say why, where it does not say so in the parameter "reason" or "comment"."""
_LONGEST_REASON = 1_000
_TOLD = 4_000
"""Characters of an update that logs may show."""
_Made = TypeVar("_Made")


class Proposal(Protocol):
    """A change that somebody proposes, worked out on a generation."""

    @property
    def graphs(self) -> Sequence[str]:
        """The graphs that it touches."""

    @property
    def is_sweeping(self) -> bool:
        """Whether it empties all graphs."""

    def check(self, held: Held) -> Task | None:
        """The task that checks it against the shapes; None where nothing changes."""

    def commit(self, library: Library, note: Note) -> list[Change]:
        """Makes it; the changes, none where nothing changes."""


@dataclass(frozen=True, slots=True)
class Written:
    """What came of a proposal: changes, the generation that surely has them, and what is to be told."""

    proposal: Proposal
    changes: Sequence[Change]
    generation: int
    verdict: Mapping[str, Any]


@dataclass(slots=True)
class Writing:
    """A request that changes something. seconds: those that it may take; ended, it is out of them."""

    request: Request
    space: Space
    who: Asker
    door: str
    text: str = ""
    began: float = field(default_factory=monotonic)

    @property
    def note(self) -> Note:
        """Who and why."""
        return Note(self.who.name, "edit", reason(self.request))

    @property
    def seconds(self) -> float:
        """The seconds that are left; raises QueryTimeout where there are none."""
        given = self.who.seconds or state.pool(self.request).limits.seconds
        left = given - (monotonic() - self.began)
        if left <= 0:
            raise QueryTimeout(
                f"the change was not made within {given:g} seconds", hint="change less at a time"
            )
        return left

    def turns(self) -> "Turns":
        """The turns of the writers of the library."""
        return _turns(self)

    async def do(self, task: Task) -> "Ran":
        """What a task of the pool gives, whole, on the bill of who asks."""
        given = Task(
            task.name, task.generation, task.head, task.body, self.seconds, self.who.rank, self.who.name
        )
        began = monotonic()
        try:
            async with await state.pool(self.request).run(given) as running:
                parts = [chunk async for chunk in running]
        except WenyuanError:
            passed = monotonic() - began
            self.charge("error", Cost(seconds=passed, cpu=passed))
            raise
        self.charge("ok", running.cost)
        return Ran(running.head, b"".join(parts))

    def charge(self, outcome: str, cost: Cost) -> None:
        """Puts what it cost on the bill."""
        state.meter(self.request).charge(
            self.who, cost, door=self.door, outcome=outcome, query=self.text[:_TOLD]
        )


@dataclass(frozen=True, slots=True)
class Ran:
    """What a task gave."""

    head: Mapping[str, Any]
    body: bytes


Propose = Callable[[Held], Awaitable[Proposal]]
"""Works a proposal out on a generation."""
Condition = Callable[[Library], None]
"""Raises Failed (412) where the library is not as the client believes."""


class Turns:
    """The writers of one library: one after the other, in threads that wait for nobody else's."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.waiting = 0
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="writer")

    async def aside(self, work: Callable[[], _Made]) -> _Made:
        """What *work* gives, done in a thread."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


async def write(writing: Writing, propose: Propose, condition: Condition) -> Written:
    """Makes the change that *propose* works out.

    Raises NotAllowed; Failed: 412 by *condition*, 422 where things would break the shapes; and what the
    pool raises. Nothing is changed then.
    """
    turns = _turns(writing)
    if turns.waiting >= WAITING:
        raise Overloaded(f"{WAITING} others wait to write", retry_after=2)
    turns.waiting += 1
    try:
        async with turns.lock:
            return await visible(writing, await _write(writing, turns, propose, condition))
    finally:
        turns.waiting -= 1


async def visible(writing: Writing, written: Written) -> Written:
    """Waits until everybody can read what was written, so that whoever wrote it surely does."""
    if written.changes:
        async with writing.space.publisher.current(written.changes[-1].number):
            pass
    return written


async def _write(writing: Writing, turns: Turns, propose: Propose, condition: Condition) -> Written:
    library = writing.space.library
    await turns.aside(lambda: condition(library))

    async def attempt() -> tuple[int, Proposal, Mapping[str, Any]]:
        async with writing.space.publisher.current(library.generation) as held:
            proposal = await propose(held)
            _check_right(writing, proposal)
            return held.number, proposal, await _verdict(writing, held, proposal)

    for _ in range(TRIES):
        made = await attempt()
        written = await turns.aside(partial(_commit, writing, made, condition))
        if written is not None:
            return written
    loop = asyncio.get_running_loop()

    def alone() -> Written | None:
        with library.turn():
            made = asyncio.run_coroutine_threadsafe(attempt(), loop).result()
            return _commit(writing, made, condition)

    written = await turns.aside(alone)
    if written is None:
        raise Overloaded("too many others write", retry_after=2)
    return written


def _commit(
    writing: Writing, made: tuple[int, Proposal, Mapping[str, Any]], condition: Condition
) -> Written | None:
    """Commits what was made, unless the library has moved on; None then."""
    number, proposal, verdict = made
    library = writing.space.library
    with library.turn() as last:
        if last != number:
            return None
        condition(library)
        try:
            changes = proposal.commit(library, writing.note)
        except ValueError as error:
            raise Failed(Failure(400, "not-rdf", "The change holds what is not RDF", str(error))) from error
        return Written(proposal, changes, library.generation, verdict)


def _check_right(writing: Writing, proposal: Proposal) -> None:
    base = state.settings(writing.request).base_iri
    check_right(writing.who.role, proposal.graphs, base_iri=base, is_sweeping=proposal.is_sweeping)


async def _verdict(writing: Writing, held: Held, proposal: Proposal) -> Mapping[str, Any]:
    """What the shapes say; raises Failed (422) where something would be wrong that is not."""
    task = proposal.check(held)
    if task is None:
        return {}
    found: dict[str, Any] = orjson.loads((await writing.do(task)).body)
    if found["violation_count"]:
        language = spoken_by(writing.request)
        raise Failed(
            Failure(
                422,
                "shapes-violated",
                "The change would leave things described wrongly",
                f"{found['violation_count']} findings; the first: {_told(found['violations'][0], language)}",
                "mend it in the same change, or say nothing of what is not known",
                more={"violations": [finding(each, language) for each in found["violations"]]},
            )
        )
    return found


def finding(found: Mapping[str, str], language: str) -> dict[str, str]:
    """A finding as it is told to a client."""
    message = found["zh"] if language.startswith("zh") else found["en"]
    told = {
        "node": found["focus"].strip("<>"),
        "path": found["path"].strip("<>"),
        "value": found["value"],
        "message": message,
        "shape": found["shape"].strip("<>"),
    }
    return {name: value for name, value in told.items() if value}


def answer(writing: Writing, written: Written, **more: object) -> dict[str, object]:
    """What a client is told of a change."""
    language, changes = spoken_by(writing.request), written.changes
    base = state.settings(writing.request).base_iri
    root = writing.request.scope.get("root_path", "").rstrip("/")
    verdict = written.verdict
    lost = replaced_by_ingest(written.proposal.graphs, base_iri=base) if changes else []
    told: dict[str, object] = {
        "change": changes[-1].number if changes else None,
        "changes": [change.number for change in changes] if len(changes) > 1 else None,
        "generation": written.generation,
        "added": sum(change.added for change in changes),
        "removed": sum(change.removed for change in changes),
        "graphs": max((change.graphs for change in changes), default=0),
        "undo": [f"{root}/changes/{change.number}/undo" for change in reversed(changes)] if changes else None,
        "warnings": [finding(each, language) for each in verdict.get("warnings", ())],
        "warning_count": verdict.get("warning_count", 0),
        "unchecked": verdict.get("changed", 0) - verdict.get("checked", 0),
        "replaced_by_ingest": lost,
        **more,
    }
    return {
        name: value for name, value in told.items() if value or name in ("added", "removed", "generation")
    }


def reason(request: Request) -> str:
    """Why somebody changes something, in their own words."""
    query = request.query_params
    given = query.get("reason") or query.get("comment") or ""
    for name in REASON if not given else ():
        # Headers hold Latin-1 by the letter, UTF-8 by custom, and percent-encoding by caution.
        given = given or unquote(request.headers.get(name, "").encode("latin-1").decode("utf-8", "replace"))
    # What cannot be seen does not belong into a history: U+0000, escapes of terminals, turns of direction.
    seen = (letter if letter.isprintable() else " " for letter in given)
    return " ".join("".join(seen).split())[:_LONGEST_REASON]


def spoken_by(request: Request) -> str:
    """The language of the client."""
    return choose(
        asked=request.query_params.get("lang", ""),
        accepted=request.headers.get("accept-language", ""),
        default=state.settings(request).language,
    )


def precondition(detail: str) -> Failed:
    """What is said where the library is not as the client believes."""
    return Failed(
        Failure(
            412,
            "precondition-failed",
            "It is not any more as you believe",
            detail,
            "read it again, and send the change with the new ETag",
        )
    )


def _told(found: Mapping[str, str], language: str) -> str:
    return f"{found['focus'].strip('<>')}: {finding(found, language)['message']}"


def _turns(writing: Writing) -> Turns:
    """The turns of the writers of a library."""
    app_state = writing.request.app.state
    if not hasattr(app_state, "turns"):
        app_state.turns = WeakKeyDictionary()
    known: WeakKeyDictionary[Library, Turns] = app_state.turns
    library = writing.space.library
    if library not in known:
        known[library] = Turns()
    return known[library]
