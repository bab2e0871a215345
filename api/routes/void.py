"""What the library holds, where programs look for it (RFC 8615; VoID, § 7.2)."""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.documentation import DESCRIPTIONS
from api.sparql.description import describe_data

router = APIRouter(tags=["sparql"])


@router.get("/.well-known/void", response_class=Response, responses=DESCRIPTIONS)
async def void(request: Request) -> Response:
    """The data described in RDF: how many statements, classes and properties, and how much of each."""
    return await describe_data(request)
