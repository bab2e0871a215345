"""The page that tells how a query would be answered, and why so. Nothing is asked of the library."""

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import HTMLResponse

from api.failures import of_error
from api.protocol import Asked
from api.sparql.door import asking, checked
from api.sparql_page import Wrong, render_asked, wrong_of
from kg.formats import by_name
from kg.sparql.plan import Plan
from kg.sparql.query import Question
from kg.sparql.results import result_format
from ontology.errors import WenyuanError


async def planned(request: Request, given: Asked) -> Plan:
    """How the query would be answered. Raises QuerySyntax, QueryRefused, NotKnown, NotAllowed."""
    passed = checked(request, given.query)
    form = by_name("turtle") if passed.form in ("CONSTRUCT", "DESCRIBE") else result_format("json")
    question = Question(passed, form, given.default_graphs, given.named_graphs)
    wanted = asking(request, given, question)
    async with wanted.space.publisher.current(wanted.least) as held:
        await wanted.check(held)
        return await wanted.planned(held)


async def render_plan(request: Request, given: Asked) -> HTMLResponse:
    """The page for a query, with its plan, or with what is wrong with it."""
    chosen: Plan | None = None
    wrong: Wrong | None = None
    status, headers = 200, dict[str, str]()
    try:
        if given.query.strip():
            chosen = await planned(request, given)
    except WenyuanError as error:
        failure = of_error(error)
        status, wrong, headers = failure.status, wrong_of(failure, given.query), dict(failure.headers)
    return await run_in_threadpool(
        render_asked,
        request,
        "explain.html",
        status,
        headers,
        query=given.query,
        plan=chosen,
        is_rewritten=chosen is not None and chosen.question.query.text != given.query,
        wrong=wrong,
    )
