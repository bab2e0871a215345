"""The pool: everybody is served, nobody waits behind one, and nothing outlives its deadline."""

import asyncio
import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from kg.errors import Overloaded, QueryError, QueryRefused, QuerySyntax, QueryTimeout, WorkerLost
from kg.pool.frames import DATA, HEADER, Reader
from kg.pool.task import Task
from kg.sparql.guard import check
from kg.sparql.query import Question
from kg.sparql.results import RESULT_FORMATS

ROOT = Path(__file__).parents[3]
COUNT = "SELECT (COUNT(*) AS ?n) { ?s wy:title ?t }"
QUICK = "SELECT * { VALUES ?x { 1 } }"
FOR_EVER = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
MANY_ROWS = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
NESTED = "SELECT * " + "{" * 200_000 + "}" * 200_000
DOUBLING = (
    'SELECT * { BIND("xxxxxxxxxxxxxxxx" AS ?v0) '
    + " ".join(f"BIND(CONCAT(?v{n}, ?v{n}) AS ?v{n + 1})" for n in range(40))
    + " }"
)


def count(body: bytes) -> int:
    """The number in an answer to COUNT."""
    return int(json.loads(body)["results"]["bindings"][0]["n"]["value"])


def pids(pool) -> set[int]:
    """The processes of a pool."""
    return {process.pid for process in pool.processes}


def lives(pid: int) -> bool:
    """Whether there is such a process."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def taken(running) -> tuple[bytes, QueryError | None]:
    """What comes, and how it ends early."""
    got = []
    try:
        async for chunk in running:
            got.append(chunk)
    except QueryError as error:
        return b"".join(got), error
    return b"".join(got), None


async def ended(pid: int) -> None:
    """Waits until there is no such process, but not for ever."""
    for _ in range(500):
        if not lives(pid):
            return
        await asyncio.sleep(0.01)


def test_a_question_is_answered_with_its_cost(house, pool):
    async def story():
        running = await house.begin(pool, COUNT)
        async with running:
            return running, [chunk async for chunk in running]

    running, chunks = house.runner.run(story())

    assert running.head == {"media_type": RESULT_FORMATS[0].media_type}
    assert len(chunks) == 1
    assert count(chunks[0]) == 300
    assert (running.cost.rows, running.cost.bytes) == (1, len(chunks[0]))
    assert 0 < running.cost.seconds < 1


def test_the_pool_says_that_nothing_is_missing(house, pool):
    house.runner.run(house.ask(pool, QUICK))

    assert pool.missing == ""


def test_a_large_answer_comes_in_chunks(house, pool):
    async def story():
        async with await house.begin(pool, "SELECT * { ?a ?b ?c . ?d ?e ?f }", form="tsv") as running:
            return [chunk async for chunk in running]

    chunks = house.runner.run(story())

    assert len(chunks) > 50
    assert max(map(len, chunks)) < 100_000
    assert b"".join(chunks).count(b"\n") == 300 * 300 + 1


def test_one_long_value_comes_in_chunks_too(house, pool):
    doubled = " ".join(f"BIND(CONCAT(?v{n}, ?v{n}) AS ?v{n + 1})" for n in range(20))
    text = f"SELECT (?v20 AS ?x) {{ BIND('aaaa' AS ?v0) {doubled} }}"

    async def story():
        async with await house.begin(pool, text, seconds=10) as running:
            return [chunk async for chunk in running]

    chunks = house.runner.run(story())

    assert sum(map(len, chunks)) > 4 * 2**20
    assert max(map(len, chunks)) < 200_000


def test_an_error_of_the_query_leaves_its_worker_alive(house, pool_of):
    pool = pool_of(workers=1)
    house.runner.run(house.ask(pool, QUICK))
    before = pids(pool)

    with pytest.raises(QuerySyntax) as caught:
        house.runner.run(house.ask(pool, "SELECT *\n{ ?s ?p }"))

    assert (caught.value.line, caught.value.column) == (2, 10)
    assert pids(pool) == before


def test_a_query_ends_at_its_deadline_and_the_next_is_unharmed(house, pool):
    begun = time.monotonic()
    with pytest.raises(QueryTimeout, match=r"0\.3 seconds") as caught:
        house.runner.run(house.ask(pool, FOR_EVER, seconds=0.3))

    assert 0.3 <= time.monotonic() - begun < 1
    assert "LIMIT" in caught.value.hint
    assert house.runner.run(house.ask(pool, QUICK))


def test_a_query_that_ends_midway_is_not_taken_for_whole(house, pool):
    async def story():
        async with await house.begin(pool, MANY_ROWS, seconds=0.4) as running:
            return await taken(running)

    body, error = house.runner.run(story())

    assert type(error) is QueryTimeout
    assert len(body) > 1_000_000
    assert not body.endswith(b"}]}}")


def test_too_many_rows_are_refused_and_the_document_is_not_closed(house, pool):
    async def story():
        async with await house.begin(pool, MANY_ROWS, rows=5_000) as running:
            return await taken(running)

    body, error = house.runner.run(story())

    assert type(error) is QueryRefused
    assert "more than 5,000 rows" in str(error)
    assert body
    assert not body.endswith(b"}]}}")


@pytest.mark.parametrize(
    ("query", "cause"), [(NESTED, "nested"), (DOUBLING, "memory")], ids=["stack", "memory"]
)
def test_a_query_that_kills_its_worker_is_told_why(house, pool, query, cause):
    with pytest.raises(WorkerLost, match=cause):
        house.runner.run(house.ask(pool, query, seconds=20))

    assert house.runner.run(house.ask(pool, QUICK))


def test_a_worker_ends_with_its_client(house, pool):
    async def story():
        async with await house.begin(pool, MANY_ROWS) as running:
            pass
        await ended(running.pid)
        return running.pid

    assert not lives(house.runner.run(story()))


def test_a_client_that_leaves_before_the_first_byte_takes_its_worker_along(house, pool_of):
    pool = pool_of(workers=1, seconds=30)

    async def story():
        await house.ask(pool, QUICK)
        (worker,) = pids(pool)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await house.begin(pool, FOR_EVER)
        await ended(worker)
        return worker

    assert not lives(house.runner.run(story()))
    assert pool.state["busy"] == 0


def test_a_reader_that_does_not_read_holds_its_worker_until_the_deadline_only(house, pool):
    async def story():
        async with await house.begin(pool, MANY_ROWS, seconds=0.3) as running:
            await asyncio.sleep(0.5)
            busy, held = pool.state["busy"], running.ahead
            return busy, held, (await taken(running))[1]

    busy, held, error = house.runner.run(story())

    assert (busy, type(error)) == (0, QueryTimeout)
    assert 0 < held < 700_000


def test_when_too_many_wait_one_is_sent_away_with_a_time_to_come_back(house, pool_of):
    pool = pool_of(workers=1, reserve=0, queue=2, seconds=0.3)

    async def story():
        asked = [house.ask(pool, FOR_EVER) for _ in range(4)]
        return await asyncio.gather(*asked, return_exceptions=True)

    found = house.runner.run(story())

    (sent_away,) = [error for error in found if isinstance(error, Overloaded)]
    assert sent_away.retry_after >= 1
    assert sum(isinstance(error, QueryTimeout) for error in found) == 3


def test_nobody_waits_longer_than_the_patience_of_the_pool(house, pool_of):
    pool = pool_of(workers=1, reserve=0, seconds=0.6, patience=0.1)

    async def story():
        asked = [house.ask(pool, FOR_EVER), house.ask(pool, QUICK)]
        return await asyncio.gather(*asked, return_exceptions=True)

    found = house.runner.run(story())

    assert [type(error) for error in found] == [QueryTimeout, Overloaded]
    assert (pool.state["busy"], pool.state["waiting"]) == (0, 0)


def test_one_who_asks_much_does_not_hold_up_another(house, pool_of):
    pool = pool_of(workers=2, reserve=1, queue=20, seconds=5)

    async def story():
        greedy = [asyncio.create_task(house.ask(pool, FOR_EVER, asker="greedy")) for _ in range(8)]
        await asyncio.sleep(0.2)
        begun = time.monotonic()
        await house.ask(pool, QUICK, asker="modest")
        passed = time.monotonic() - begun
        for each in greedy:
            each.cancel()
        await asyncio.gather(*greedy, return_exceptions=True)
        return passed, pool.state["busy"]

    passed, busy = house.runner.run(story())

    assert passed < 3
    assert busy == 0


def test_many_with_long_questions_do_not_hold_up_one_with_a_short_one(house, pool_of):
    pool = pool_of(workers=2, reserve=1, suspended=6, seconds=2)

    async def story():
        await pool.start()
        attack = [asyncio.create_task(house.ask(pool, FOR_EVER, asker=f"attacker {n}")) for n in range(6)]
        await asyncio.sleep(0.8)
        times = []
        for _ in range(5):
            begun = time.monotonic()
            await house.ask(pool, QUICK, asker="modest")
            times.append(time.monotonic() - begun)
        suspended = pool.state["suspended"]
        found = await asyncio.gather(*attack, return_exceptions=True)
        return sorted(times)[2], suspended, found, pool.state

    usual, suspended, found, state = house.runner.run(story())

    assert usual < 1
    assert suspended >= 3
    assert [type(error) for error in found] == [QueryTimeout] * 6
    assert (state["busy"], state["suspended"], state["waiting"]) == (0, 0, 0)


def test_who_was_suspended_goes_on_and_is_answered_rightly(house, pool_of):
    pool = pool_of(workers=1, reserve=0, suspended=3, seconds=20)
    text = "SELECT (COUNT(*) AS ?n) { ?a wy:title ?b . ?c wy:title ?d . FILTER(REGEX(?b, '1|2')) } #"

    async def story():
        asked = [house.ask(pool, text + str(number), asker=f"reader {number}") for number in range(4)]
        return [count(body) for body in await asyncio.gather(*asked)]

    found = house.runner.run(story())

    assert len(set(found)) == 1
    assert found[0] > 300


def test_a_client_that_leaves_while_its_task_stands_still_takes_it_along(house, pool_of):
    pool = pool_of(workers=1, reserve=0, suspended=2, seconds=20)

    async def story():
        leaving = asyncio.create_task(house.ask(pool, FOR_EVER, asker="leaving"))
        staying = asyncio.create_task(house.ask(pool, FOR_EVER, asker="staying"))
        while not pool.state["suspended"]:
            await asyncio.sleep(0.01)
        for each in (leaving, staying):
            each.cancel()
        await asyncio.gather(leaving, staying, return_exceptions=True)
        return pool.state

    state = house.runner.run(story())

    assert (state["busy"], state["suspended"]) == (0, 0)


def test_keys_go_before_people_and_people_before_crawlers(house, pool_of):
    pool = pool_of(workers=1, reserve=0, seconds=2)
    order = []

    async def one(rank):
        with suppress(QueryTimeout):
            await house.ask(
                pool, FOR_EVER if rank == 9 else QUICK, rank=rank, seconds=0.3 if rank == 9 else 0
            )
        order.append(rank)

    async def story():
        await asyncio.gather(*[one(rank) for rank in (9, 2, 1, 0)])

    house.runner.run(story())

    assert order == [9, 0, 1, 2]


def test_of_those_who_wait_the_one_who_holds_fewest_places_is_next(house, pool_of):
    pool = pool_of(workers=2, reserve=0, suspended=0, seconds=5)
    order = []

    async def one(name, text, seconds=0.0):
        with suppress(QueryTimeout):
            await house.ask(pool, text, asker=name, seconds=seconds)
        if text == QUICK:
            order.append(name)

    async def story():
        held = [one("a", FOR_EVER, 0.3), one("a", FOR_EVER, 1.5)]
        await asyncio.gather(*held, one("a", QUICK), one("a", QUICK), one("b", QUICK))

    house.runner.run(story())

    assert order == ["b", "a", "a"]


def test_a_worker_moves_to_the_newest_generation(house, pool_of):
    pool = pool_of(workers=1)

    async def story():
        before = count(await house.ask(pool, COUNT))
        house.commit("moving", 7)
        async with house.publisher.current(house.library.generation) as held:
            task = house.question(COUNT).task(held.path, rows=10)
            async with await pool.run(task) as running:
                return before, count(b"".join([chunk async for chunk in running])), pool.state["workers"]

    before, after, workers = house.runner.run(story())

    assert (after - before, workers) == (7, 1)


def test_a_worker_is_replaced_after_so_many_tasks(house, pool_of):
    pool = pool_of(workers=1, tasks=2)

    async def story():
        seen = []
        for _ in range(4):
            async with await house.begin(pool, QUICK) as running:
                seen.append(running.pid)
                assert [chunk async for chunk in running]
        return seen

    first, second, third, fourth = house.runner.run(story())

    assert first == second != third == fourth


def test_a_slow_query_gives_way_and_its_worker_is_as_quick_as_before_afterwards(house, pool_of):
    pool = pool_of(workers=1, seconds=3)

    async def story():
        async with await house.begin(pool, MANY_ROWS, form="tsv") as running:
            async for _ in running:
                if nice := niceness(running.pid):
                    return nice
        return 0

    assert house.runner.run(story()) == 10


def niceness(pid: int) -> int:
    """The largest of the threads of a process."""
    return max(os.getpriority(os.PRIO_PROCESS, int(each)) for each in os.listdir(f"/proc/{pid}/task"))


def test_an_unknown_task_is_an_error_not_a_dead_worker(house, pool_of):
    pool = pool_of(workers=1)

    async def story():
        with pytest.raises(Exception, match="no tasks called 'nonsense'"):
            await pool.run(Task("nonsense", None))

    house.runner.run(story())

    assert pool.state["workers"] == 1


def test_closing_lets_what_runs_end_and_takes_nothing_more(house, pool_of):
    pool = pool_of(workers=1, seconds=5)

    async def story():
        text = "SELECT (COUNT(*) AS ?n) { ?a wy:title ?b . ?c wy:title ?d . FILTER(REGEX(?b, '1')) }"
        running = asyncio.create_task(house.ask(pool, text))
        await asyncio.sleep(0.15)
        closing = asyncio.create_task(pool.close(grace=5))
        await asyncio.sleep(0)
        with pytest.raises(Overloaded, match="stopping"):
            await house.ask(pool, QUICK)
        await closing
        return await running

    assert count(house.runner.run(story())) > 300
    assert pids(pool) == set()


def test_closing_ends_what_does_not_end_in_time(house, pool_of):
    pool = pool_of(workers=1, seconds=20)

    async def story():
        running = asyncio.create_task(house.ask(pool, FOR_EVER))
        await asyncio.sleep(0.2)
        workers = pids(pool)
        begun = time.monotonic()
        await pool.close(grace=0.2)
        with pytest.raises(WorkerLost):
            await running
        return workers, time.monotonic() - begun

    workers, passed = house.runner.run(story())

    assert passed < 1.5
    assert [pid for pid in workers if lives(pid)] == []


def test_workers_end_with_a_server_that_is_killed():
    code = (
        "import asyncio, os, sys\nfrom kg.pool.limits import Limits\nfrom kg.pool.pool import Pool\n"
        "from kg.library import Library\nfrom kg.pool.publisher import Publisher\n"
        "from kg.sparql.guard import Checked\nfrom kg.sparql.query import Question\n"
        "from kg.sparql.results import RESULT_FORMATS\n"
        "async def story():\n"
        "    pool = Pool(Limits(workers=2, seconds=60), base_iri='http://e/')\n"
        "    await pool.start()\n"
        "    with Library.in_memory() as library:\n"
        "        async with Publisher(library).current() as held:\n"
        "            text = 'SELECT (COUNT(*) AS ?n) {' + ' '.join(\n"
        "                f'VALUES ?v{n} {{ 1 2 3 4 5 6 7 8 9 }}' for n in range(30)) + '}'\n"
        "            task = Question(Checked(text, 'SELECT'), RESULT_FORMATS[0]).task(held.path, rows=9)\n"
        "            asyncio.get_running_loop().create_task(pool.run(task))\n"
        "            await asyncio.sleep(0.5)\n"
        "            print(*[each.pid for each in pool.processes], flush=True)\n"
        "            await asyncio.sleep(60)\n"
        "asyncio.run(story())"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, cwd=ROOT
    ) as server:
        workers = [int(pid) for pid in server.stdout.readline().split()]
        server.kill()
    deadline = time.monotonic() + 5
    while any(lives(pid) for pid in workers) and time.monotonic() < deadline:
        time.sleep(0.01)

    assert len(workers) >= 2
    assert [pid for pid in workers if lives(pid)] == []


def test_a_worker_that_talks_nonsense_is_not_listened_to():
    reader = Reader(most=100)

    with pytest.raises(ValueError, match="no frame"):
        list(reader.feed(HEADER.pack(200, 1, 1)))
    with pytest.raises(ValueError, match="no frame"):
        list(Reader(most=100).feed(HEADER.pack(DATA, 0, 101)))


def test_frames_are_the_same_however_they_are_cut():
    text = HEADER.pack(DATA, 2, 3) + b"{}abc" + HEADER.pack(DATA, 0, 0)

    for size in (1, 2, 9, 10, 100):
        reader = Reader()
        pieces = [text[start : start + size] for start in range(0, len(text), size)]
        assert [frame for piece in pieces for frame in reader.feed(piece)] == [
            (DATA, b"{}", b"abc"),
            (DATA, b"", b""),
        ]


def test_the_way_through_the_pool_costs_little(house, pool_of):
    """Processor time of both sides; the aim is 0.3 ms, and here is room for a busy machine."""
    pool = pool_of(workers=1)
    question = Question(check(QUICK), RESULT_FORMATS[0])

    async def story():
        async with house.publisher.current() as held:
            task = question.task(held.path, rows=10)
            best = 1.0
            for _ in range(4):
                spent = used(pool)
                for _ in range(200):
                    async with await pool.run(task) as running:
                        assert [chunk async for chunk in running]
                best = min(best, (used(pool) - spent) / 200)
            return best

    assert house.runner.run(story()) < 0.0006


def used(pool) -> float:
    """Processor seconds of this process and of the workers."""
    total = time.process_time()
    for pid in pids(pool):
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        total += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return total
