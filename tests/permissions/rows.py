"""What a row of the table of permissions is, and the groups of visitors that rows name."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.permissions.world import VISITORS

EVERYBODY = frozenset(VISITORS)
SIGNED_IN = EVERYBODY - {"nobody", "suspended"}
OWNER = frozenset({"member"})
MANAGERS = frozenset({"manager", "entity manager", "administrator"})
HOUSE_MAKERS = frozenset({"entity manager", "administrator"})
TREASURERS = frozenset({"treasurer", "administrator"})
KEEPS_BOOKS = TREASURERS | {"treasurer elsewhere"}
ADMINISTRATOR = frozenset({"administrator"})
SET_UP = "/manage/{key}/set-up"
BOOKS = "/books/{entity_key}"
ACTIVITY = BOOKS + "/activities/{activity_id}"
HOST_SOMEWHERE = frozenset(
    {"host", "host elsewhere", "manager", "manager elsewhere", "entity manager", "administrator"}
)
# Behind a secret in the address: whoever has it is let in, and nobody else.
BY_SECRET = EVERYBODY
NOBODY: frozenset[str] = frozenset()
FEED = "/feeds/{feed_token}"
GUEST = "/guest/{guest_secret}"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def plain(route: str) -> str:
    """A route whose places have no names: '/venues/{}'."""
    return re.sub(r"\{[^}]*\}", "{}", route)


@dataclass(frozen=True)
class Row:
    """One verb of one route. `path` has the places of `world.World.places`; `who` are let through."""

    method: str
    route: str
    who: frozenset[str]
    what: str
    path: str = ""
    # The hidden fields of the form that the house would have filled, by the name of their place.
    hidden: tuple[str, ...] = ()

    @property
    def guessed(self) -> bool:
        """Whether the test only guesses the secret in the address: then nothing is found, whoever asks."""
        return "unknown" in self.address or "{sign_in_id}" in self.address

    @property
    def address(self) -> str:
        return self.path or self.route


def rows(table: list[tuple[Any, ...]]) -> list[Row]:
    return [Row(*each) for each in table]
