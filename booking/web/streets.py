"""The table of routes, sorted by the first piece of each path, as Starlette tries one route after the other.

With a hundred routes that search costs more than the middleware does. The table itself stays one list in `routes.py`:
what is asked of it, and in which order, does not change.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.routing import BaseRoute, Match, Mount, Route
from starlette.types import Receive, Scope, Send


class Streets(BaseRoute):
    """All these routes as one. Each path begins with a fixed piece: '/reservations/…', '/'. Raises ValueError else."""

    def __init__(self, routes: Iterable[Any]) -> None:
        self.by_first: dict[str, list[Route | Mount]] = {}
        for route in routes:
            first = _first(route.path)
            if "{" in first:
                raise ValueError(f"the path {route.path} does not begin with a fixed piece")
            self.by_first.setdefault(first, []).append(route)

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """As Starlette's router decides: the first that fits, else the first that fits but for the method."""
        partial: tuple[Match, Scope] = (Match.NONE, {})
        for route in self.by_first.get(_first(scope["path"]), ()):
            match, found = route.matches(scope)
            if match is Match.FULL:
                return match, {**found, "route": route}
            if match is Match.PARTIAL and partial[0] is Match.NONE:
                partial = match, {**found, "route": route}
        return partial

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        await scope["route"].handle(scope, receive, send)


def _first(path: str) -> str:
    """'reservations' of '/reservations/7'; nothing of '/'."""
    return path[1:].partition("/")[0]
