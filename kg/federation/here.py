"""Questions of our own that help to ask others: answered by the pool, like those of strangers."""

from typing import Any

from kg.errors import EndpointFailed
from kg.federation import answers
from kg.federation.answers import Row
from kg.pool.pool import Pool
from kg.pool.publisher import Held
from kg.space import Space
from kg.sparql.guard import Limits, check
from kg.sparql.query import Question
from kg.sparql.results import result_format

LARGEST = Limits(size=50_000_000, groups=400, clauses=500, depth=70)
"""What a query may have that we have written rows into; the rest of it passed the guard before."""
_JSON = result_format("json")


async def rows(
    query: str, most: int, *, asked: Question, space: Space, pool: Pool, held: Held | None, **options: Any
) -> list[Row] | None:
    """The rows of *query* over the dataset that *asked* names; None where there are more than *most*."""
    question = Question(check(query, LARGEST), _JSON, asked.default_graphs, asked.named_graphs)
    if held is None:
        async with space.publisher.current() as current:
            body = await _answer(question, space, pool, current, most, options)
    else:
        body = await _answer(question, space, pool, held, most, options)
    try:
        table = answers.read(_JSON.media_type, body, most=most + 1, source="")
    except EndpointFailed:
        return None  # A term that cannot be sent: without it, the other endpoint is asked for all.
    return table.rows if len(table.rows) <= most else None


async def _answer(
    question: Question, space: Space, pool: Pool, held: Held, most: int, options: dict[str, Any]
) -> bytes:
    task = question.task(held.path, rows=most + 1, is_union=space.is_union, **options)
    async with await pool.run(task) as running:
        return b"".join([chunk async for chunk in running])
