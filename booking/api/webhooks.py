"""What other systems tell us. No session and no page: who speaks here proves it by signing the raw body."""

from __future__ import annotations

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from booking import payments

BODY_BYTES_MAX = 256 * 1024
log = structlog.get_logger("booking.api")


async def stripe(request: Request) -> Response:
    """An event of Stripe, kept and answered at once: 200 also for one we know, 400 for a wrong signature.

    Whatever follows from it is a job's work.
    """
    body = b""
    async for piece in request.stream():
        body += piece
        if len(body) > BODY_BYTES_MAX:
            return PlainTextResponse("too long", 400)
    signature = request.headers.get("stripe-signature")
    try:
        new = await payments.receive(
            request.path_params["entity"], body, signature, at=request.app.state.clock()
        )
    except (payments.BadSignature, ValueError) as error:
        log.warning("webhook_refused", kind=type(error).__name__)
        return PlainTextResponse("not accepted", 400)
    return PlainTextResponse("kept" if new else "known")


routes: list[BaseRoute] = [Route("/webhooks/stripe/{entity}", stripe, methods=["POST"])]
