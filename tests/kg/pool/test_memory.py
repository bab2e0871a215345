"""Memory that all workers share: who holds the most makes room, the others go on."""

import asyncio
from contextlib import suppress

import pytest

from kg.errors import Overloaded, QueryError
from kg.pool import memory

SORTED = "SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i"
QUICK = "SELECT * { VALUES ?x { 1 } }"


def test_the_query_that_holds_most_is_ended_and_the_next_one_is_answered(house, pool_of):
    pool = pool_of(workers=2, reserve=0, seconds=20, all_memory=300_000_000)

    async def story():
        with pytest.raises(Overloaded, match="more memory than there is") as caught:
            await house.ask(pool, SORTED)
        return caught.value.retry_after, await house.ask(pool, QUICK)

    retry_after, answer = house.runner.run(story())

    assert retry_after > 0
    assert b'"1"' in answer


def test_a_small_query_beside_it_is_left_alone(house, pool_of):
    pool = pool_of(workers=2, reserve=0, seconds=20, all_memory=300_000_000)

    async def story():
        greedy = asyncio.create_task(house.ask(pool, SORTED))
        answers = 0
        while not greedy.done():
            answers += b'"1"' in await house.ask(pool, QUICK)
        with suppress(QueryError):
            await greedy
        return answers, greedy.exception()

    answers, error = house.runner.run(story())

    assert isinstance(error, Overloaded)
    assert answers > 3


def test_half_of_the_machine_is_for_queries_unless_another_limit_is_set():
    assert memory.Memory([]).most == memory.of_machine() // 2
    assert memory.Memory([], 5).most == 5
    assert memory.of_machine() > 500_000_000


def test_a_container_is_known_by_its_limit(tmp_path, monkeypatch):
    said = tmp_path / "memory.max"
    monkeypatch.setattr(memory, "_CGROUP", said)
    whole = memory.of_machine()

    said.write_text("max\n")
    assert memory.of_machine() == whole
    said.write_text("123456789\n")
    assert memory.of_machine() == 123456789
