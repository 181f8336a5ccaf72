"""Who may do what: one row for each route and method, the whole of it. `docs/permissions.md` is made from this table.

A row names those who are let through; everybody else is refused, and the test asks for each of them. Somebody who is
not signed in is led to the sign-in page, or sees nothing; somebody who may not know that a thing exists gets 404.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from tests.permissions.world import HOSTS, OF_THE_ACTIVITY, VISITORS

EVERYBODY = frozenset(VISITORS)
SIGNED_IN = EVERYBODY - {"nobody", "suspended"}
OWNER = frozenset({"member"})
MANAGERS = frozenset({"manager", "entity manager", "administrator"})
HOST_SOMEWHERE = frozenset(
    {"host", "host elsewhere", "manager", "manager elsewhere", "entity manager", "administrator"}
)
# Behind a secret in the address: whoever has it is let in, and nobody else.
BY_SECRET = EVERYBODY
NOBODY: frozenset[str] = frozenset()
FEED = "/feeds/{feed_token}"
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


PAGES = rows(
    [
        # Finding
        ("GET", "/", EVERYBODY, "The map and the search"),
        ("GET", "/search", EVERYBODY, "What is free"),
        ("GET", "/venues", EVERYBODY, "All venues"),
        ("GET", "/venues/{key}", EVERYBODY, "A venue, without names"),
        ("GET", "/resources/{resource_id}", EVERYBODY, "A space, without names"),
        ("GET", "/photos/{photo_id}/{name}", EVERYBODY, "A photo", "/photos/{photo_id}/{photo_name}"),
        # Booking
        ("GET", "/resources/{resource_id}/reserve", EVERYBODY, "The booking form, which asks to sign in"),
        ("POST", "/resources/{resource_id}/reserve", SIGNED_IN, "Book for oneself"),
        ("GET", "/resources/{resource_id}/quote", EVERYBODY, "The price for oneself"),
        ("GET", "/reservations", SIGNED_IN, "One's own bookings"),
        ("GET", "/reservations/{reservation_id}", OWNER | HOSTS, "A booking"),
        ("GET", "/reservations/{reservation_id}/change", OWNER | HOSTS, "The form that changes it"),
        ("POST", "/reservations/{reservation_id}/change", OWNER | HOSTS, "Change it"),
        ("GET", "/reservations/{reservation_id}/cancel", OWNER | HOSTS, "What cancelling costs"),
        ("POST", "/reservations/{reservation_id}/cancel", OWNER | HOSTS, "Cancel it"),
        ("GET", "/reservations/{reservation_id}/calendar.ics", OWNER | HOSTS, "Its calendar file"),
        ("GET", "/reservations/{reservation_id}/check-in", OWNER, "I am here: the page"),
        ("POST", "/reservations/{reservation_id}/check-in", OWNER, "I am here"),
        ("POST", "/reservations/{reservation_id}/check-out", OWNER, "I leave"),
        # The printed codes
        ("GET", "/c/{token}", EVERYBODY, "Now and next behind a printed code, without names", "/c/{code}"),
        ("POST", "/c/{token}/check-in", SIGNED_IN, "I am here", "/c/{code}/check-in"),
        ("POST", "/c/{token}/check-out", SIGNED_IN, "I leave", "/c/{code}/check-out"),
        ("GET", "/c/{token}/take", SIGNED_IN, "The rest of what is free: its price", "/c/{space_code}/take"),
        ("POST", "/c/{token}/take", SIGNED_IN, "Take it", "/c/{space_code}/take"),
        # Budgets
        ("GET", "/budgets", SIGNED_IN, "One's own Activities"),
        ("GET", "/budgets/{activity_id}", OF_THE_ACTIVITY | {"treasurer"}, "A statement"),
        (
            "GET",
            "/budgets/{activity_id}.csv",
            OF_THE_ACTIVITY | {"treasurer"},
            "The same as CSV",
        ),
        # The house
        ("GET", "/manage", HOST_SOMEWHERE, "The houses one hosts"),
        ("GET", "/manage/{key}", HOSTS, "Who comes"),
        ("GET", "/manage/{key}/reservations.csv", HOSTS, "The same as CSV"),
        ("POST", "/manage/{key}/reservations/{request_id}/approve", HOSTS, "Say yes to a request"),
        ("GET", "/manage/{key}/reservations/{request_id}/decline", HOSTS, "The form to decline it"),
        ("POST", "/manage/{key}/reservations/{request_id}/decline", HOSTS, "Decline it"),
        (
            "GET",
            "/manage/{key}/reservations/{reservation_id}/cancel",
            HOSTS,
            "The form to cancel for the house",
        ),
        ("POST", "/manage/{key}/reservations/{reservation_id}/cancel", HOSTS, "Cancel for the house"),
        ("POST", "/manage/{key}/reservations/{reservation_id}/check-in", HOSTS, "Check a member in"),
        ("POST", "/manage/{key}/stays/{stay_id}/check-out", HOSTS, "Check somebody out"),
        ("POST", "/manage/{key}/stays/{stay_id}/undo", HOSTS, "Take a check-in or check-out back"),
        ("POST", "/manage/{key}/walk-in", HOSTS, "Check somebody in by e-mail address"),
        ("POST", "/manage/{key}/count", HOSTS, "Write down how many were counted"),
        ("GET", "/manage/{key}/codes", MANAGERS, "Codes to print"),
        ("POST", "/manage/{key}/codes/renew", MANAGERS, "Make one anew", "", ("resource",)),
        ("POST", "/manage/{key}/codes/proof", MANAGERS, "Ask for a proof of being there"),
        ("GET", "/manage/{key}/book", HOSTS, "Book for a member: the form"),
        ("POST", "/manage/{key}/book", HOSTS, "Book for a member", "", ("q", "member", "resource")),
        ("GET", "/manage/{key}/closures", MANAGERS, "Closures"),
        ("POST", "/manage/{key}/closures", MANAGERS, "Close"),
        ("GET", "/manage/{key}/closures/new", MANAGERS, "Whom a closure touches"),
        ("POST", "/manage/{key}/closures/{closure_id}/withdraw", MANAGERS, "Open again"),
        ("GET", "/manage/{key}/photos", MANAGERS, "Photos of the house"),
        ("POST", "/manage/{key}/photos", MANAGERS, "Add one"),
        ("POST", "/manage/{key}/photos/order", MANAGERS, "Put them in order"),
        ("GET", "/manage/{key}/photos/{photo_id}", MANAGERS, "One photo"),
        ("POST", "/manage/{key}/photos/{photo_id}", MANAGERS, "Describe it"),
        ("GET", "/manage/{key}/photos/{photo_id}/whole.jpg", MANAGERS, "All of it, also what is cut off"),
        ("POST", "/manage/{key}/photos/{photo_id}/crop", MANAGERS, "Show another part of it"),
        ("POST", "/manage/{key}/photos/{photo_id}/remove", MANAGERS, "Remove it"),
        ("POST", "/manage/{key}/photos/{photo_id}/put-back", MANAGERS, "Put it back"),
        # Signing in and out
        ("GET", "/sign-in", EVERYBODY, "The sign-in page"),
        ("POST", "/sign-in", EVERYBODY, "Ask for a link and a code"),
        ("POST", "/sign-in/demo", NOBODY, "Sign in as somebody invented: in the demonstration alone"),
        ("GET", "/sign-in/link/{token}", BY_SECRET, "The button of a link", "/sign-in/link/unknown"),
        ("POST", "/sign-in/link/{token}", BY_SECRET, "Use a link", "/sign-in/link/unknown"),
        ("GET", "/sign-in/{sign_in_id}", BY_SECRET, "The page for the code"),
        ("POST", "/sign-in/{sign_in_id}", BY_SECRET, "Use a code"),
        ("POST", "/sign-out", EVERYBODY, "Sign out"),
        # Settings
        ("GET", "/settings", SIGNED_IN, "One's settings"),
        ("POST", "/settings", SIGNED_IN, "Change them"),
        ("POST", "/settings/language", EVERYBODY, "Speak another language"),
        ("POST", "/settings/theme", EVERYBODY, "Light or dark"),
        ("POST", "/settings/sessions", SIGNED_IN, "End all one's sessions"),
        ("POST", "/settings/sessions/{session_id}", OWNER, "End one of them"),
        # Calendars
        ("GET", "/calendar", SIGNED_IN, "One's calendar links"),
        ("POST", "/calendar", SIGNED_IN, "Make one"),
        ("POST", "/calendar/{feed_id}/rotate", OWNER, "Renew it"),
        ("POST", "/calendar/{feed_id}/revoke", OWNER, "Take it back"),
        ("GET", "/feeds/{token}.ics", BY_SECRET, "A feed", FEED + ".ics"),
        ("GET", "/feeds/{token}", BY_SECRET, "The same", FEED),
        *[
            (method, route, NOBODY, "A feed is read, never written", path)
            for method in ("POST", "PUT", "PATCH", "DELETE")
            for route, path in (("/feeds/{token}.ics", FEED + ".ics"), ("/feeds/{token}", FEED))
        ],
        # About
        ("GET", "/help", EVERYBODY, "Help"),
        ("GET", "/accessibility", EVERYBODY, "What works for whom"),
        ("GET", "/sources", EVERYBODY, "Sources and licences"),
        ("GET", "/privacy", EVERYBODY, "What is kept of people"),
        ("GET", "/styleguide", NOBODY, "The parts of the pages: in the demonstration alone"),
        ("GET", "/demo/mails", NOBODY, "Mails of the demonstration: there alone"),
        ("GET", "/demo/mails/{name}", NOBODY, "One of them", "/demo/mails/unknown"),
        # For machines
        ("GET", "/health", EVERYBODY, "The process is there"),
        ("GET", "/ready", EVERYBODY, "The database is there"),
        ("GET", "/robots.txt", EVERYBODY, "What search engines may read"),
        ("GET", "/manifest.webmanifest", EVERYBODY, "Name and icon for a phone"),
    ]
)

TABLE = PAGES


def as_markdown() -> str:
    """The table for people: docs/permissions.md."""
    lines = [
        "# Who may do what",
        "",
        "Every address, every verb, and who is let through. Made from `tests/permissions/table.py`, which a test asks",
        "of the running product, the refusals too: `python -m tests.permissions.table`.",
        "",
        "*Host*, *manager* and *treasurer* are those of the house or entity that the address is about; the",
        "*entity manager* manages all houses of an entity. *Elsewhere* are the same roles of others, *other*",
        "is a member who shares nothing with the owner, *sharer* one who may use the owner's Activity. *Suspended*",
        "members are nobody. Whoever is not let through sees nothing: 404, or the sign-in page.",
        "",
        "| | | What | " + " | ".join(VISITORS) + " |",
        "|---|---|---|" + "---|" * len(VISITORS),
    ]
    for row in TABLE:
        marks = " | ".join("yes" if visitor in row.who else "–" for visitor in VISITORS)
        lines.append(f"| {row.method} | `{row.route}` | {row.what} | {marks} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    import sys
    from pathlib import Path

    Path(sys.argv[1] if len(sys.argv) > 1 else "docs/permissions.md").write_text(
        as_markdown(), encoding="utf-8"
    )
