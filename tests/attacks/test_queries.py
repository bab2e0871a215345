"""Queries that kill an engine: through the guard, and past it into the pool, beside a client who asks on.

Past the guard is where the pool proves itself: each ends at its deadline at the latest, in an error of ours,
and the next query is answered. `pytest -s` prints what the other client noticed.
"""

import asyncio
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from kg.change import Edit, Note
from kg.errors import QueryError, QueryTimeout, WorkerLost
from kg.library import Library
from kg.pool import sandbox
from kg.pool.limits import Limits
from kg.pool.pool import Pool
from kg.pool.publisher import Publisher
from kg.sparql.guard import Checked, check
from kg.sparql.local import answer
from kg.sparql.query import Question
from kg.sparql.results import RESULT_FORMATS

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(sandbox.missing()), reason="the system cannot confine a process"),
]

BASE = "http://localhost:8000/"
THINGS = 2_000
DEADLINE = 0.5
MARGIN = 1.0
"""Seconds by which the end of an attack may be late on a busy machine."""
CROSS = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l"
DOUBLED = " ".join(f"BIND(CONCAT(?v{n}, ?v{n}) AS ?v{n + 1})" for n in range(45))

REFUSED = {
    "nested groups": "SELECT * " + "{" * 10_000 + "}" * 10_000,
    "nested !": "SELECT * { ?s ?p ?o FILTER(" + "!" * 10_000 + "?s) }",
    "nested (": "SELECT * { ?s ?p ?o FILTER" + "(" * 10_000 + "?s" + ")" * 10_000 + " }",
    "nested [": "SELECT * { " + "[ ?p " * 500 + "1" + "]" * 500 + " ?p ?o }",
    "nested EXISTS": "SELECT * { ?s ?p ?o " + "FILTER EXISTS { " * 5_000 + "}" * 5_001,
    "chained +": "SELECT * { ?s ?p ?o FILTER(" + "+".join(["1"] * 10_000) + ") }",
    "chained ||": "SELECT * { ?s ?p ?o FILTER(" + "||".join(["?s"] * 10_000) + ") }",
    "chained UNION": "SELECT * { " + "UNION".join(["{?s ?p ?o}"] * 10_000) + " }",
    "chained OPTIONAL": "SELECT * { ?s ?p ?o " + "OPTIONAL{?s ?p ?o}" * 10_000 + " }",
    "1,000 patterns": "SELECT * { " + " . ".join(f"?a{n} ?p{n} ?a{n + 1}" for n in range(1_000)) + " }",
    "path of 500 steps": "SELECT * { ?s " + "/".join(["wy:title"] * 500) + " ?o }",
    "path of 500 choices": "SELECT * { ?s (" + "|".join(["wy:title"] * 500) + ")* ?o }",
    "list of 500": "SELECT * { ?s ?p (" + "?x " * 500 + ") }",
    "200,000 nested groups": "SELECT * " + "{" * 200_000 + "}" * 200_000,
}
"""What the guard knows by its looks."""
COSTLY = {
    "cross join, counted": f"SELECT (COUNT(*) AS ?n) {{ {CROSS} }}",
    "cross join, sorted": f"SELECT * {{ {CROSS} }} ORDER BY ?c ?f",
    "cross join, distinct": f"SELECT DISTINCT ?c ?f ?i ?l {{ {CROSS} }}",
    "cross join, concatenated": f"SELECT (GROUP_CONCAT(?c) AS ?x) {{ {CROSS} }}",
    "cross join, grouped": f"SELECT ?c ?f (COUNT(*) AS ?n) {{ {CROSS} }} GROUP BY ?c ?f",
    "cross join, constructed": f"CONSTRUCT {{ ?a ?b ?l }} {{ {CROSS} }}",
    "cross join, asked": f"ASK {{ {CROSS} FILTER(CONCAT(?c, ?l) = 'nothing') }}",
    "cross join of VALUES": "SELECT (COUNT(*) AS ?n) { "
    + " ".join(f"VALUES ?v{n} {{ 1 2 3 4 5 6 7 8 9 }}" for n in range(30))
    + " }",
    "doubling": f"SELECT * {{ BIND('xxxxxxxx' AS ?v0) {DOUBLED} }}",
    "doubling for every row": f"SELECT * {{ ?s ?p ?v0 {DOUBLED} }}",
    "open path": "SELECT * { ?a (!<http://e/x>|^!<http://e/x>)* ?b . ?c (!<http://e/x>)* ?d }",
    "open path between all": "SELECT (COUNT(*) AS ?n) { ?a (wy:next|^wy:next)* ?b }",
    "regex": f"SELECT * {{ {CROSS} FILTER(REGEX(CONCAT(STR(?c), STR(?f), STR(?i)), '^((a|.)+)+(b+)+!$')) }}",
    "counted regex": "SELECT * { ?s ?p ?o FILTER(REGEX(STR(?o), '((.{1,90}){1,90}){1,90}!')) }",
    "replacing": f"SELECT (REPLACE(CONCAT(?c, ?f, ?i), '(.*)*', '$0$0$0$0') AS ?x) {{ {CROSS} }}",
}
"""What looks harmless and is not: only the deadline ends it."""
ADDRESSES = (
    "http://127.0.0.1:{port}/", "http://localhost:{port}/", "http://[::1]:{port}/", "http://0.0.0.0:{port}/",
    "http://[::ffff:127.0.0.1]:{port}/", "http://127.1:{port}/", "http://2130706433:{port}/",
    "http://a@127.0.0.1:{port}/", "http://169.254.169.254/latest/meta-data", "http://10.0.0.1/",
    "http://192.168.0.1/", "http://[fe80::1]/", "https://127.0.0.1:{port}/",
    "http://\\u0031\\u0032\\u0037.0.0.1:{port}/",
)  # fmt: skip


@dataclass
class Neighbour:
    """Another client, who asks something small again and again, and how long each answer took."""

    idle: list[float] = field(default_factory=list)
    attacked: list[float] = field(default_factory=list)


@dataclass
class House:
    """A library, its generation, a pool with a short deadline, and the other client."""

    runner: asyncio.Runner
    publisher: Publisher
    pool: Pool
    neighbour: Neighbour

    async def ask(self, text: str, asker: str = "attacker") -> bytes:
        """The whole answer to a query that passed no guard."""
        question = Question(Checked(text, "SELECT"), RESULT_FORMATS[0])
        if text.startswith("CONSTRUCT"):
            question = Question(Checked(text, "CONSTRUCT"), next(iter(_graphs())))
        async with self.publisher.current() as held:
            task = question.task(held.path, rows=10**9, asker=asker)
            async with await self.pool.run(task) as running:
                return b"".join([chunk async for chunk in running])

    async def ask_on(self, times: list[float]) -> None:
        """Asks until it is stopped."""
        while True:
            begun = time.perf_counter()
            assert await self.ask("SELECT ?t { <id/work/7> wy:title ?t }", asker="neighbour")
            times.append(time.perf_counter() - begun)
            await asyncio.sleep(0.005)

    async def attack(self, text: str) -> tuple[QueryError | bytes, float]:
        """What came of it, and how long it took, while the neighbour asked on."""
        asking = asyncio.create_task(self.ask_on(self.neighbour.attacked))
        begun = time.monotonic()
        try:
            return await self.ask(text), time.monotonic() - begun
        except QueryError as error:
            return error, time.monotonic() - begun
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)


def _graphs():
    from kg.formats import FORMATS

    return FORMATS


def statements() -> tuple[tuple[str, str, str], ...]:
    """Titles, and a ring of things that follow each other."""
    title, after = "<https://w3id.org/wenyuan/ns#title>", "<https://w3id.org/wenyuan/ns#next>"
    titles = [(f"<{BASE}id/work/{n}>", title, f'"aaaaaaaaaaaaaaaaaaaaaaaaaaaa {n}"') for n in range(THINGS)]
    ring = [
        (f"<{BASE}id/work/{n}>", after, f"<{BASE}id/work/{(n + 1) % THINGS}>") for n in range(0, THINGS, 2)
    ]
    return (*titles, *ring)


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """A library of a few thousand statements, and a pool of two workers."""
    with asyncio.Runner() as runner, Library.in_memory() as library:
        library.commit(Note("tester", "edit", "x"), [Edit(f"{BASE}graph/src/x/1", "replace", statements())])
        pool = Pool(Limits(workers=2, reserve=1, seconds=DEADLINE, memory=2_000_000_000), base_iri=BASE)
        made = House(runner, Publisher(library), pool, Neighbour())
        runner.run(pool.start())
        runner.run(_idle(made))
        yield made
        runner.run(pool.close(grace=0))
        runner.run(made.publisher.close())


async def _idle(house: House) -> None:
    """Measures the neighbour while nobody attacks."""
    for _ in range(20):
        await house.ask("SELECT ?t { <id/work/7> wy:title ?t }")
    asking = asyncio.create_task(house.ask_on(house.neighbour.idle))
    await asyncio.sleep(1.5)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)


def is_unharmed(house: House) -> bool:
    """Whether the next query is answered, and rightly."""
    found = json.loads(house.runner.run(house.ask("SELECT (COUNT(*) AS ?n) { ?s wy:title ?t }", "next")))
    return found["results"]["bindings"][0]["n"]["value"] == str(THINGS)


@pytest.mark.parametrize("attack", REFUSED)
def test_the_guard_refuses_it_at_once(attack):
    begun = time.perf_counter()
    with pytest.raises(QueryError):
        check(REFUSED[attack])

    assert time.perf_counter() - begun < 1


@pytest.mark.parametrize("attack", COSTLY)
def test_what_the_guard_lets_through_is_for_the_deadline(attack):
    assert check(COSTLY[attack]).text == COSTLY[attack]


@pytest.mark.parametrize("attack", REFUSED | COSTLY)
def test_past_the_guard_it_ends_at_the_deadline_and_nobody_else_is_harmed(house, attack):
    found, passed = house.runner.run(house.attack((REFUSED | COSTLY)[attack]))

    assert passed < DEADLINE + MARGIN
    assert isinstance(found, QueryError) or found.startswith((b'{"head"', b"@prefix"))
    assert is_unharmed(house)


@pytest.mark.parametrize("attack", [name for name in COSTLY if name.startswith("cross")])
def test_a_cross_join_is_a_timeout_and_says_so(house, attack):
    found, _ = house.runner.run(house.attack(COSTLY[attack]))

    assert isinstance(found, QueryTimeout | WorkerLost)


@pytest.fixture
def trap() -> Iterator["Trap"]:
    """A server on this machine that nobody may reach."""
    made = Trap()
    yield made
    made.close()


class Trap:
    """Counts who connects, on both families, and hangs up."""

    def __init__(self) -> None:
        self.caught = 0
        self._server = socket.create_server(("", 0), family=socket.AF_INET6, dualstack_ipv6=True)
        self.port = self._server.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._server.accept()
            except OSError:
                return
            self.caught += 1
            client.close()

    def close(self) -> None:
        """Ends it."""
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join()


@pytest.mark.parametrize("silent", ["", "SILENT "], ids=["SERVICE", "SERVICE SILENT"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_no_address_is_reached_past_the_guard(house, trap, address, silent):
    text = f"SELECT * {{ SERVICE {silent}<{address.format(port=trap.port)}> {{ ?s ?p ?o }} }}"

    found, passed = house.runner.run(house.attack(text))

    assert trap.caught == 0
    assert passed < DEADLINE + MARGIN
    assert isinstance(found, bytes if silent else QueryError)
    assert is_unharmed(house)


@pytest.mark.parametrize("silent", ["", "SILENT "], ids=["SERVICE", "SERVICE SILENT"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_no_address_passes_the_guard(address, silent):
    with pytest.raises(QueryError):
        check(f"SELECT * {{ SERVICE {silent}<{address.format(port=9)}> {{ ?s ?p ?o }} }}")


def test_the_trap_would_catch_whoever_is_not_confined(trap):
    """The control: in this process, past the guard, the engine does call."""
    text = f"SELECT * {{ SERVICE <http://127.0.0.1:{trap.port}/> {{ ?s ?p ?o }} }}"

    with Library.in_memory() as library, pytest.raises(QueryError):
        answer(Question(Checked(text, "SELECT"), RESULT_FORMATS[0]), library.store.engine, base_iri=BASE)

    assert trap.caught > 0


@pytest.mark.parametrize("text", ["LOAD <http://127.0.0.1:9/>", "LOAD SILENT <http://127.0.0.1:9/>"])
def test_load_is_no_query(house, text):
    with pytest.raises(QueryError, match="LOAD"):
        check(text)
    assert isinstance(house.runner.run(house.attack(text))[0], QueryError)


def test_the_other_client_hardly_noticed(house):
    """The aim is twice its idle value; a loaded machine gets the room that it needs to begin processes."""
    idle, attacked = (
        sorted(times)[int(len(times) * 0.95)] for times in (house.neighbour.idle, house.neighbour.attacked)
    )
    print(
        f"\nother client: p95 {idle * 1000:.1f} ms idle ({len(house.neighbour.idle)} queries), "
        f"{attacked * 1000:.1f} ms under attack ({len(house.neighbour.attacked)} queries)"
    )

    assert attacked < max(2 * idle, 0.1)
