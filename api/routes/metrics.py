"""Figures of the running server, for Prometheus; not for everybody, unless a setting says so."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client.exposition import choose_encoder

from api import state
from api.asker import require
from api.local import is_local
from services.roles import Role

router = APIRouter(tags=["operation"])


RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The figures",
        "content": {
            "text/plain": {"schema": {"type": "string"}},
            "application/openmetrics-text": {"schema": {"type": "string"}},
        },
    },
    401: {"description": "A key is needed"},
    403: {"description": "The key does not reach so far"},
}


@router.get("/metrics", response_class=Response, responses=RESPONSES)
def metrics(request: Request) -> Response:
    """Figures in the format of Prometheus, or of OpenMetrics where that is asked for.

    Programs on this machine may read them, and the holders of an administrator's key.
    """
    if not (state.settings(request).metrics_open or is_local(request)):
        require(request, Role.ADMINISTRATOR)
    encode, media_type = choose_encoder(request.headers.get("accept", ""))
    headers = {"Content-Type": media_type, "Vary": "Accept", "Cache-Control": "no-store"}
    return Response(encode(state.meter(request).figures.registry), headers=headers)
