"""A library in memory, its generations, and pools of real workers, all in one event loop."""

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from kg.change import Edit, Note
from kg.library import Library
from kg.pool.limits import Limits
from kg.pool.pool import Pool
from kg.pool.publisher import Publisher
from kg.pool.running import Running
from kg.pool.task import Task
from kg.sparql.guard import Checked
from kg.sparql.query import Question
from kg.sparql.results import result_format

BASE = "http://localhost:8000/"
THINGS = 300


@dataclass
class House:
    """A library with its publisher, and pools over it."""

    library: Library
    publisher: Publisher
    runner: asyncio.Runner

    def commit(self, name: str, count: int) -> None:
        """So many titles in one graph."""
        title = "<https://w3id.org/wenyuan/ns#title>"
        statements = tuple((f"<{BASE}id/work/{n}>", title, f'"{name} {n}"') for n in range(count))
        edit = Edit(f"{BASE}graph/src/x/{name}", "replace", statements)
        self.library.commit(Note("tester", "edit", "because"), [edit])

    def question(self, text: str, form: str = "json") -> Question:
        """A query that passed no guard."""
        return Question(Checked(text, "SELECT"), result_format(form))

    async def begin(self, pool: Pool, text: str, *, form: str = "json", rows: int = 10**9, **more) -> Running:
        """The query, begun."""
        async with self.publisher.current() as held:
            task: Task = self.question(text, form).task(held.path, rows=rows, **more)
            return await pool.run(task)

    async def ask(self, pool: Pool, text: str, **more) -> bytes:
        """The whole answer."""
        async with await self.begin(pool, text, **more) as running:
            return b"".join([chunk async for chunk in running])


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    """A library of a few hundred things."""
    with asyncio.Runner() as runner, Library.in_memory() as library:
        made = House(library, Publisher(library), runner)
        made.commit("a", THINGS)
        yield made
        runner.run(made.publisher.close())


@pytest.fixture(scope="module")
def pool(house: House) -> Iterator[Pool]:
    """Two workers and one in reserve, with a deadline of a second."""
    made = Pool(Limits(workers=2, reserve=1, seconds=1, memory=1_500_000_000), base_iri=BASE)
    house.runner.run(made.start())
    yield made
    house.runner.run(made.close(grace=0))


@pytest.fixture
def pool_of(house: House) -> Iterator[Callable[..., Pool]]:
    """Makes pools with limits of one's own."""
    made: list[Pool] = []

    def make(**limits) -> Pool:
        pool = Pool(Limits(**{"memory": 1_500_000_000, **limits}), base_iri=BASE)
        made.append(pool)
        return pool

    yield make
    for pool in made:
        house.runner.run(pool.close(grace=0))
