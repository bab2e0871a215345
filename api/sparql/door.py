"""The SPARQL door: one query from its request to the last byte of its answer (SPARQL 1.1 Protocol, § 2.1)."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from time import monotonic

from fastapi import Request
from starlette.types import Send

from api import state, visit
from api.asker import PERSON, Asker, asker, require
from api.failures import Failed, Failure
from api.headers import HEAD
from api.lane import SCOPE, Ticket
from api.negotiate import best
from api.protocol import Asked
from api.sparql import answer, coding
from api.sparql.answer import Head
from api.sparql.held import Hold, beginning
from api.sparql.leaving import ClientLeft, while_there
from api.sparql.results import Key, Results, Whole
from api.window import Window
from kg.errors import Overloaded, QueryRefused, QuerySyntax, QueryTimeout, WorkerLost
from kg.formats import FORMATS, Format, by_name
from kg.pool.publisher import Held
from kg.pool.running import Running
from kg.pool.task import Cost, Task
from kg.space import Space
from kg.sparql import lookup
from kg.sparql.guard import Checked, Limits, check
from kg.sparql.plan import Plan, is_constant, plan
from kg.sparql.query import Question
from kg.sparql.results import RESULT_FORMATS, ResultFormat, result_format
from ontology.errors import NotFound, WenyuanError
from services.roles import Role

DOOR = "sparql"
"""The name under which the meter knows this door."""

RESULTS = {known.media_type: known for known in RESULT_FORMATS}
RESULT_ALIASES = {alias: known.media_type for known in RESULT_FORMATS for alias in known.aliases}
GRAPHS = {known.media_type: known for known in FORMATS}
GRAPH_ALIASES = {"application/json": "application/ld+json", "application/xml": "application/rdf+xml"}

MIN_GENERATION = "min-generation"
"""The parameter, and the header, with which a client asks for at least the generation of its own write."""
GRAPH_FORMS = ("CONSTRUCT", "DESCRIBE")
_OUTCOMES: dict[type[WenyuanError | ClientLeft], str] = {
    ClientLeft: "left",
    QuerySyntax: "syntax",
    QueryRefused: "too-complex",
    QueryTimeout: "timeout",
    Overloaded: "overload",
    WorkerLost: "lost",
}
_FREE = Cost()
_OWN = ("authorization", "cookie", "connection", "expect", "x-request-id")
_SHORT = 4_096
"""Characters of a query that is remembered."""
OLD_HTTP = Hold(size=16_000_000, seconds=3600)


@dataclass(slots=True)
class Asking:
    """A query of somebody in a space. least: the generation wanted at least. plan: once there is one.

    planning: seconds that the plan took, not charged yet: the index was searched, and other endpoints asked.
    """

    request: Request
    space: Space
    who: Asker
    question: Question
    least: int = 0
    plan: Plan | None = None
    planning: float = 0

    async def planned(self, held: Held) -> Plan:
        """How the question will be answered."""
        if self.plan is None:
            pool, keeper = state.pool(self.request), state.keeper(self.request)
            others = state.federation(self.request)
            since = monotonic()
            try:
                self.plan = await plan(
                    self.question, self.space, pool=pool, federation=others, held=held, keeper=keeper
                )
            finally:
                self.planning += monotonic() - since
        return self.plan

    async def looked_up(self, held: Held) -> bytes | None:
        """The whole answer, where it is quickly looked up in this process; None: the pool has to give it."""
        look_up = (await self.planned(held)).look_up
        if look_up is None or (engine := state.opened(self.request).engine(held.path)) is None:
            return None
        return look_up.answer(engine, self.question.format)

    async def running(self, held: Held) -> Running:
        """The answer as the pool begins to give it. Raises what kg.pool.Pool.run raises."""
        chosen = await self.planned(held)
        task = replace(self._task(chosen, held), name=chosen.task, body=chosen.body)
        return await self._run(replace(task, head={**task.head, **chosen.head}), chosen)

    async def check(self, held: Held) -> None:
        """Raises what the query would raise where there are no data: QuerySyntax, QueryRefused."""
        chosen = await self.planned(held)
        task = replace(self._task(chosen, held), name="syntax", generation=None)
        async with await self._run(task, chosen) as running:
            async for _ in running:
                pass
        self.charge("ok", running.cost)

    def _task(self, chosen: Plan, held: Held) -> Task:
        return chosen.question.task(
            held.path,
            rows=state.pool(self.request).limits.rows,
            is_union=self.space.is_union,
            seconds=self.who.seconds,
            rank=self.who.rank,
            asker=self.who.name,
            base_iri=state.settings(self.request).base_iri,
        )

    async def _run(self, task: Task, chosen: Plan) -> Running:
        try:
            return await state.pool(self.request).run(task)
        except QuerySyntax as error:
            raise chosen.expansion.told(error) if chosen.expansion else error from error

    def charge(self, outcome: str, cost: Cost = _FREE) -> None:
        """Puts on the bill what became of it. cost: without that of planning, which is added."""
        chosen = self.plan
        cost = replace(cost, seconds=cost.seconds + self.planning)
        self.planning = 0
        state.meter(self.request).charge(
            self.who,
            cost,
            door=DOOR,
            outcome=outcome,
            query=self.question.query.text,
            path=chosen.path if chosen else "",
            steps=chosen.steps if chosen else (),
        )


def checked(request: Request, text: str) -> Checked:
    """*text*, if it may be asked here. Raises QueryRefused, QuerySyntax."""
    limits = Limits(size=state.settings(request).max_query_bytes)
    is_federated = state.federation(request) is not None
    return (_checked if len(text) <= _SHORT else check)(text, limits, is_federated=is_federated)


def admitted(request: Request) -> Asker:
    """Who sent *request*; raises NotKnown, NotAllowed where they may not ask here."""
    return asker(request) if state.space(request).is_public else require(request, Role.READER)


def asking(request: Request, given: Asked, question: Question) -> Asking:
    """The query as asked by whoever sent *request*. Raises NotKnown, NotAllowed, Failed (400)."""
    least = least_generation(request, given.min_generation)
    return Asking(request, state.space(request), admitted(request), question, least)


async def whole(asked: Asking, *, size: int) -> bytes:
    """The whole answer, for a page; raises QueryRefused where it has more bytes than *size*, ClientLeft."""
    since = monotonic()
    try:
        async with (
            asked.space.publisher.current(asked.least) as held,
            while_there(asked.request.receive),
            await asked.running(held) as running,
        ):
            first = await beginning(running, since=asyncio.get_running_loop().time(), hold=Hold(size, 3600))
    except (WenyuanError, ClientLeft) as error:
        asked.charge(outcome(error), Cost(max(0, monotonic() - since - asked.planning)))
        raise
    asked.charge("ok", running.cost)
    if not first.is_whole:
        raise QueryRefused("the answer is too large for a page", hint="add LIMIT, or choose another format")
    return first.body


async def serve(asked: Asking, send: Send) -> None:
    """Answers the query. Raises errors that are to be told as problems; what has begun is cut instead."""
    try:
        async with asked.space.publisher.current(asked.least) as held:
            await _Answering(asked, held, send).answer()
    except NotFound as error:
        raise Failed(
            Failure(
                409,
                "generation-unknown",
                "There is no such generation yet",
                str(error),
                "min-generation is the number that a write gave back; leave it out to read what is there",
            )
        ) from error


class _Answering:
    """One answer in the making."""

    def __init__(self, asked: Asking, held: Held, send: Send) -> None:
        self._asked, self._held, self._send, self._request = asked, held, send, asked.request
        self._results: Results = state.results(self._request)
        self._now = asyncio.get_running_loop().time
        self._since = self._now()
        self._has_begun = False
        self._key = Key.of(asked.space.library.journal.identity, held.number, asked.question)
        is_lasting = is_constant(asked.question.query.text)
        self._head = Head(
            asked.question.format.media_type,
            held.number,
            answer.tag(state.edition(self._request), self._key) if is_lasting else "",
            coding.choose(self._request.headers.get("accept-encoding", "")),
            asked.space.is_public,
        )

    async def answer(self) -> None:
        """Sends it: nothing new, or what is kept, or what the pool gives."""
        if known := self._head.known(self._request.headers.get("if-none-match", "")):
            self._hit()
            await answer.send_known(self._send, self._head, known)
        elif self._head.tag and (kept := self._results.find(self._key)) is not None:
            self._hit()
            await answer.send_whole(self._send, self._head, kept, cache="hit")
        else:
            await self._make()

    def _hit(self) -> None:
        """Puts an answer that costs nothing on the bill, and lets the lane give it from now on."""
        _note(self._held.number, "hit")
        self._asked.charge("hit")
        offer, asked = self._request.scope.get(SCOPE), self._asked
        if offer is not None and asked.space.is_public and _is_plain(self._request, asked.who):
            library, number = asked.space.library, self._held.number
            room = state.room(self._request)
            pay = partial(state.meter(self._request).hit, asked.who, number)
            offer.ticket = Ticket(
                # A space that was removed or became private is another one.
                lambda: library.generation == number and room.space is asked.space,
                pay,
            )

    def _open_window(self) -> None:
        """Lets look-ups like this one be answered in the lane from now on."""
        offer, asked, request = self._request.scope.get(SCOPE), self._asked, self._request
        is_plain = asked.space.is_public and _is_plain(request, asked.who)
        if offer is None or not is_plain or not self._head.tag or asked.question.default_graphs:
            return
        library, number, path = asked.space.library, self._held.number, self._held.path
        room, opened, form = state.room(request), state.opened(request), asked.question.format
        edition, is_packed = state.edition(request), bool(self._head.coding)

        def looked_up(text: str) -> bytes | None:
            engine, found = opened.engine(path), lookup.find(text)
            body = found.answer(engine, form) if engine and found else None
            # What is to be packed goes the long way.
            return None if body is None or (is_packed and len(body) >= coding.SMALL) else body

        def tag(text: str) -> str:
            return f'"{answer.tag(edition, replace(self._key, text=text))}"'

        offer.window = Window(
            lambda: library.generation == number and room.space is asked.space,
            looked_up,
            partial(state.meter(request).hit, asked.who, number),
            tag,
        )

    async def _make(self) -> None:
        """Asks the pool, and sends what comes as it comes."""
        _note(self._held.number, "miss" if self._head.tag else "")
        running: Running | None = None
        result = "error"
        try:
            if (found := await self._asked.looked_up(self._held)) is not None:
                self._open_window()
                await self._give_whole(found)
            else:
                async with (
                    while_there(self._request.receive),
                    await self._asked.running(self._held) as running,
                ):
                    await self._give(running)
            result = "ok"
        except ClientLeft:
            result = "left"
        except WenyuanError as error:
            result = outcome(error)
            if not self._has_begun:
                raise
            answer.cut(self._request.scope)
        finally:
            spent = self._now() - self._since - self._asked.planning
            self._asked.charge(result, running.cost if running else Cost(max(0, spent)))

    async def _give(self, running: Running) -> None:
        """Sends the answer: whole, where it is short and quick."""
        is_kept, head = await self._kept()
        first = await beginning(running, since=self._since, hold=self._hold())
        if first.is_whole:
            await self._give_whole(first.body)
        elif HEAD in self._request.scope:
            await answer.send_head(self._send, head)
        elif self._is_old:
            raise QueryRefused("the answer is too large for HTTP/1.0", hint="ask with HTTP/1.1")
        else:
            self._has_begun = True
            copy = _Copy(running, most=self._results.largest if is_kept else 0)
            await answer.stream(self._send, head, copy.of(first.body), copy, cache="fwd=miss")
            if copy.is_whole:
                self._results.keep(self._key, Whole(b"".join(copy.parts)))

    async def _give_whole(self, body: bytes) -> None:
        """Sends an answer that is there, and keeps it."""
        is_kept, head = await self._kept()
        made = Whole(body)
        is_stored = is_kept and self._results.keep(self._key, made)
        cache = "fwd=miss; stored" if is_stored else "fwd=miss" if is_kept else "fwd=bypass"
        await answer.send_whole(self._send, head, made, cache=cache)

    async def _kept(self) -> tuple[bool, Head]:
        """Whether the answer may be kept, and what is said of it then."""
        is_kept = bool(self._head.tag) and (await self._asked.planned(self._held)).is_cacheable
        return is_kept, self._head if is_kept else replace(self._head, tag="")

    def _hold(self) -> Hold:
        settings = state.settings(self._request)
        # HTTP/1.0 has no chunks: what is cut looks whole there, so all of it is held back.
        return OLD_HTTP if self._is_old else Hold(settings.hold_bytes, settings.hold_seconds)

    @property
    def _is_old(self) -> bool:
        return bool(self._request.scope["http_version"] == "1.0")


class _Copy:
    """The chunks of an answer, of which a copy is kept as long as there are no more than so many bytes."""

    def __init__(self, running: Running, *, most: int) -> None:
        self._running, self._left = running, most
        self.parts: list[bytes] = []
        self.is_whole = False

    def of(self, chunk: bytes) -> bytes:
        """A chunk, taken down."""
        self._left -= len(chunk)
        if self._left >= 0:
            self.parts.append(chunk)
        else:
            self.parts.clear()
        return chunk

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self

    async def __anext__(self) -> bytes:
        try:
            return self.of(await anext(self._running))
        except StopAsyncIteration:
            self.is_whole = self._left >= 0
            raise


def format_of(given: Asked, checked: Checked, accept: str) -> ResultFormat | Format:
    """The format by name, else by what the client accepts; raises UnknownFormat, Failed (406)."""
    is_graph = checked.form in GRAPH_FORMS
    if given.format:
        return by_name(given.format) if is_graph else result_format(given.format)
    offers = GRAPHS if is_graph else RESULTS
    chosen = best(accept, tuple(offers), aliases=GRAPH_ALIASES if is_graph else RESULT_ALIASES)
    if chosen is None:
        raise Failed(
            Failure(
                406,
                "not-acceptable",
                "None of the wanted formats is there",
                hint=f"a {checked.form} can be had as {', '.join(offers)}",
            )
        )
    return offers[chosen]


def least_generation(request: Request, given: str = "") -> int:
    """The generation that a client wants at least: as a parameter, or in the header; raises Failed (400)."""
    wanted = given or request.headers.get(MIN_GENERATION, "")
    if not wanted:
        return 0
    if not (wanted.isascii() and wanted.isdigit() and len(wanted) < 19):
        raise Failed(Failure(400, "bad-request", "min-generation is no number", hint="send one, such as 12"))
    return int(wanted)


def outcome(error: WenyuanError | ClientLeft) -> str:
    """What the meter calls it."""
    return next((name for kind, name in _OUTCOMES.items() if isinstance(error, kind)), "error")


@lru_cache(maxsize=2048)
def _checked(text: str, limits: Limits, *, is_federated: bool) -> Checked:
    """The same query comes again and again, in other formats and to other generations."""
    return check(text, limits, is_federated=is_federated)


def _is_plain(request: Request, who: Asker) -> bool:
    """Whether the request has nothing that would make a difference between two of the same bytes."""
    # Of HTTP/1.0, the connection ends with the answer.
    is_somebody = not who.is_key and who.rank <= PERSON and request.scope["http_version"] == "1.1"
    return is_somebody and HEAD not in request.scope and not any(map(request.headers.get, _OWN))


def _note(generation: int, cache: str) -> None:
    """Tells the log."""
    if (here := visit.current()) is not None:
        here.generation, here.cache = generation, cache
