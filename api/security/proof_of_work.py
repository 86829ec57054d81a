"""Proof of work for callers without a token: where they get a task, and the header that brings the solution."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from api.settings import Settings
from services.core.desk import Desk
from services.intake.proof_of_work import Altcha, NoProofs, Proofs, Spent

PROOF = "x-surga-proof"


def proofs_of(settings: Settings, desk: Desk, spent: Spent) -> Proofs:
    """The proof of work that this installation asks of callers without a token."""
    if settings.proof_of_work == "off":
        return NoProofs()
    return Altcha(desk.keys, spent, desk.clock, effort=settings.proof_effort)


def challenge_route(proofs: Proofs) -> Route:
    """GET /challenge: a new task as the ALTCHA widget reads it; 404 where nothing is asked of anybody."""

    async def challenge(request: Request) -> Response:
        found = proofs.challenge()
        if found is None:
            return PlainTextResponse("Nothing is asked of anybody here.", 404)
        return JSONResponse(found, headers={"cache-control": "no-store"})

    return Route("/challenge", challenge, methods=["GET"])
