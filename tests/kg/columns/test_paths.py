"""Which way a query takes, from the plan through the pool to the answer, on some thousand works."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, Store

from kg.change import Edit, Note
from kg.columns import folder
from kg.columns.answer import run
from kg.columns.build import build
from kg.columns.keeper import Keeper
from kg.library import Library
from kg.pool.limits import Limits
from kg.pool.place import Place
from kg.pool.pool import Pool
from kg.pool.publisher import Publisher
from kg.settings import Settings
from kg.space import Space
from kg.sparql.guard import check
from kg.sparql.plan import Plan, plan
from kg.sparql.query import Question
from kg.sparql.results import result_format

BASE = "http://localhost:8000/"
WY = "https://w3id.org/wenyuan/ns#"
TOP = """
    SELECT ?name (COUNT(?work) AS ?works) { ?work wy:subject ?subject . ?subject skos:prefLabel ?name }
    GROUP BY ?name ORDER BY DESC(?works) ?name LIMIT 3
"""


@dataclass
class House:
    """A library with its columns, and a pool."""

    space: Space
    pool: Pool
    keeper: Keeper
    runner: asyncio.Runner

    def plan(self, text: str, **more: object) -> Plan:
        async def planned() -> Plan:
            async with self.space.publisher.current() as held:
                return await plan(question(text, **more), self.space, held=held, keeper=self.keeper)

        return self.runner.run(planned())

    def answer(self, text: str, task: str) -> list[tuple[str, ...]]:
        """The rows, as that task of the pool gives them."""

        async def asked() -> bytes:
            async with self.space.publisher.current() as held:
                made = replace(question(text).task(held.path, rows=10_000), name=task)
                async with await self.pool.run(made) as running:
                    return b"".join([chunk async for chunk in running])

        document = json.loads(self.runner.run(asked()))
        names = document["head"]["vars"]
        return [tuple(row[name]["value"] for name in names) for row in document["results"]["bindings"]]

    def path(self) -> Path:
        async def current() -> Path:
            async with self.space.publisher.current() as held:
                return held.path

        return self.runner.run(current())


def question(text: str, **more: object) -> Question:
    return Question(check(text), result_format("json"), **more)  # type: ignore[arg-type]


def commit(library: Library, name: str, works: int) -> None:
    subject = f"<{BASE}id/concept/"
    statements = [
        (f"{subject}{n}>", "<http://www.w3.org/2004/02/skos/core#prefLabel>", f'"S{n}"@en') for n in range(9)
    ]
    statements += [
        (f"<{BASE}id/work/{name}{n}>", f"<{WY}subject>", f"{subject}{n * n % 9}>") for n in range(works)
    ]
    edit = Edit(f"{BASE}graph/src/x/{name}", "replace", statements)
    library.commit(Note("tester", "edit", "because"), [edit])


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    with asyncio.Runner() as runner, Library.in_memory() as library:
        commit(library, "a", 4_000)
        publisher = Publisher(library)
        keeper = Keeper(replace(Settings(), columns=True))
        pool = Pool(Limits(workers=1, reserve=1, seconds=20), base_iri=BASE)
        runner.run(pool.start())
        made = House(Space("", library, publisher), pool, keeper, runner)
        assert made.plan(TOP).path == "engine"  # Nothing is there yet; now it is wanted.
        runner.run(keeper.done())
        yield made
        runner.run(keeper.close())
        runner.run(pool.close(grace=0))
        runner.run(publisher.close())


def test_a_count_over_much_takes_the_columns(house: House) -> None:
    chosen = house.plan(TOP)

    assert (chosen.path, chosen.task) == ("columns", "columns")
    assert chosen.steps[-1].numbers["statements to scan"] == 4_009


def test_the_columns_answer_in_a_confined_worker_as_the_engine_does(house: House) -> None:
    answers = [house.answer(TOP, task) for task in ("columns", "query")]

    assert answers[0] == answers[1]
    assert [name for name, _ in answers[0]] == ["S0", "S1", "S4"]


def test_what_columns_cannot_compare_the_engine_answers_in_the_same_task(house: House) -> None:
    asked = "SELECT ?o (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?o ORDER BY DESC(?n) ?o LIMIT 4"

    assert house.answer(asked, "columns") == house.answer(asked, "query")


def test_a_long_chain_of_negations_goes_to_the_engine(house: House) -> None:
    text = f"SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o FILTER({'!' * 900}isIRI(?o)) }}"

    assert "more than" in house.plan(text).steps[-1].why


def test_a_term_that_no_query_can_say_is_given_by_the_engine(tmp_path: Path) -> None:
    engine = Store(str(tmp_path / "live"))
    engine.extend(Quad(BlankNode(), NamedNode("http://e.org/p"), Literal("a")) for _ in range(3))
    engine.flush()
    engine.backup(str(tmp_path / "gen-1"))
    build(Store.read_only(str(tmp_path / "gen-1")), folder.columns_of(tmp_path / "gen-1"))
    task = question("SELECT DISTINCT ?s { ?s <http://e.org/p> ?o }").task(tmp_path / "gen-1", rows=10)
    held = Held()

    run(Place(tmp_path / "gen-1", BASE), dict(task.head), task.body, held)

    assert held.rows == 3


class Held:
    """An output that is held in memory."""

    def __init__(self) -> None:
        self.rows = 0
        self.body = b""

    def begin(self, head: object) -> None:
        """Nothing is sent anywhere."""

    def write(self, data: bytes) -> int:
        self.body += data
        return len(data)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("SELECT ?s { ?s wy:subject ?o } LIMIT 5", "neither counts"),
        ("SELECT DISTINCT ?s { { ?s ?p ?o } UNION { ?o ?p ?s } }", "columns are not for it"),
        ("SELECT (COUNT(*) AS ?n) { ?s wy:nothing ?o }", "the engine is the quicker"),
        ("SELECT (COUNT(*) AS ?n) FROM <http://e.org/g> { ?s ?p ?o }", "names its dataset"),
    ],
    ids=["few rows", "union", "nothing there", "dataset"],
)
def test_other_queries_go_to_the_engine_and_say_why(house: House, text: str, why: str) -> None:
    chosen = house.plan(text)

    assert (chosen.path, chosen.task) == ("engine", "query")
    assert why in chosen.steps[-1].why


def test_a_space_whose_default_graph_is_its_own_goes_to_the_engine(house: House) -> None:
    space = house.space
    house.space = replace(space, is_union=False)
    try:
        assert house.plan(TOP).path == "engine"
        assert house.plan(f"DESCRIBE <{BASE}id/work/a1>").path == "engine"
    finally:
        house.space = space


def test_a_known_subject_is_looked_up(house: House) -> None:
    chosen = house.plan(f"SELECT ?o {{ <{BASE}id/work/a1> wy:subject ?o }}")

    assert chosen.path == "look-up"
    assert chosen.look_up is not None


def test_a_change_makes_the_columns_wait_and_takes_old_ones_away(house: House) -> None:
    old, moved = house.path(), moves(house.path())
    commit(house.space.library, "b", 10)
    house.runner.run(asyncio.sleep(0.4))

    assert house.plan(TOP).path == "engine"
    house.runner.run(house.keeper.done())
    assert house.plan(TOP).path == "columns"
    assert house.answer(TOP, "columns") == house.answer(TOP, "query")
    assert moves(house.path()) == moved + 1
    assert not list((old.parent / "columns").glob(f"{old.name}-*"))


def test_columns_of_another_history_are_not_gone_on_from(house: House) -> None:
    place = house.path().parent / "columns"
    (base,) = place.glob(f"{folder.BASE}*")
    base.rename(base.with_name(base.name + "0"))
    commit(house.space.library, "c", 10)
    house.runner.run(asyncio.sleep(0.4))

    assert house.plan(TOP).path == "engine"
    house.runner.run(house.keeper.done())
    assert house.plan(TOP).path == "columns"
    assert moves(house.path()) == 0


def moves(generation: Path) -> int:
    """How often the columns of a generation were moved forward since they were made anew."""
    found = json.loads((folder.columns_of(generation) / folder.META).read_text(encoding="utf-8"))
    return int(found.get("moves", 0))


def test_columns_that_are_switched_off_are_not_made() -> None:
    async def wanted() -> bool:
        keeper = Keeper(replace(Settings(), columns=False))
        with Library.in_memory() as library:
            publisher = Publisher(library)
            keeper.want(Space("", library, publisher))
            await keeper.done()
            async with publisher.current() as held:
                is_made = folder.is_ready(held.path)
            await publisher.close()
            return is_made

    assert not asyncio.run(wanted())
