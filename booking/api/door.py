"""What surrounds the API: its instant, its language, and its own answers to whatever is raised. No cookie is read."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from booking.api.problems import answer_to
from booking.i18n import best_language, speaking


class Door:
    """The first and last of every request to the API."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        scope["desk.at"] = scope["app"].state.clock()
        # The pages' own answers to exceptions are pages: here everything comes up to us.
        scope["starlette.exception_handlers"] = ({}, {})
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"vary", b"Authorization, Accept-Language")]
            await send(message)

        language = best_language(Headers(scope=scope).get("accept-language", ""))
        with speaking(language):
            try:
                await self.app(scope, receive, watched)
            except Exception as error:
                if begun:
                    raise
                # The member's own, where the token was known and the program asked for none.
                with speaking(*scope.get("desk.speaks", (language,))):
                    answer = answer_to(error, request_id=scope.get("desk.request_id", ""))
                await answer(scope, receive, watched)
