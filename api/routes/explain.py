"""How a query would be answered, and why so: for programs as JSON, for people as a page."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from api import state
from api.documentation import PLANS
from api.explain_page import planned, render_plan
from api.negotiate import best
from api.protocol import asked
from kg.errors import QuerySyntax
from kg.sparql.plan import Plan

router = APIRouter(tags=["sparql"])

Text = Annotated[str, Query(description="The SPARQL query that is not run.")]


@router.get("/sparql/explain", responses=PLANS)
async def explain_get(request: Request, query: Text = "") -> Response:
    """The plan of a query: which path it takes, what is rewritten in it, and the reason of each step."""
    return await _explain(request)


@router.post("/sparql/explain", responses=PLANS)
async def explain_post(request: Request) -> Response:
    """The plan of a query that is sent like one to be answered."""
    return await _explain(request)


async def _explain(request: Request) -> Response:
    given = await asked(request, size=state.settings(request).max_query_bytes)
    if best(request.headers.get("accept", ""), ("application/json", "text/html")) == "text/html":
        return await render_plan(request, given)
    if not given.query.strip():
        raise QuerySyntax("there is no query", hint="send it as the parameter query")
    chosen = await planned(request, given)
    return JSONResponse(_told(chosen), headers={"Cache-Control": "no-cache", "Vary": "Accept"})


def _told(chosen: Plan) -> dict[str, Any]:
    """A plan as JSON."""
    return {
        "path": chosen.path,
        "steps": [
            {"name": step.name, "why": step.why, "numbers": dict(step.numbers)} for step in chosen.steps
        ],
        "form": chosen.question.query.form,
        "query": chosen.question.query.text,
        "isCacheable": chosen.is_cacheable,
    }
