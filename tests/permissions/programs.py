"""The rows of the door for programs. See `tests/permissions/table.py`."""

from __future__ import annotations

from tests.permissions.rows import EVERYBODY, MANAGERS, OWNER, SIGNED_IN, TREASURERS, rows
from tests.permissions.world import HOSTS, OF_THE_ACTIVITY

# The door for programs, with a key of all scopes. A key never does more than its member may.
API = rows(
    [
        ("GET", "/api/v1/", EVERYBODY, "Where to begin"),
        ("GET", "/api/v1/openapi.json", EVERYBODY, "The description"),
        ("GET", "/api/v1/problems", EVERYBODY, "Every kind of problem"),
        ("GET", "/api/v1/problems/{code}", EVERYBODY, "What one means", "/api/v1/problems/not_found"),
        ("GET", "/api/v1/me", SIGNED_IN, "Whose key this is"),
        ("GET", "/api/v1/venues", SIGNED_IN, "The venues"),
        ("GET", "/api/v1/venues/{key}", SIGNED_IN, "One venue"),
        ("GET", "/api/v1/venues/{key}/plans", SIGNED_IN, "Its floor plans, without names"),
        ("GET", "/api/v1/resources", SIGNED_IN, "What can be booked"),
        ("GET", "/api/v1/resources/{resource_id}", SIGNED_IN, "One resource"),
        ("GET", "/api/v1/resources/{resource_id}/availability", SIGNED_IN, "When it is free"),
        ("GET", "/api/v1/search", SIGNED_IN, "What is free near a place"),
        ("GET", "/api/v1/resources/{resource_id}/quote", SIGNED_IN, "What it would cost"),
        ("GET", "/api/v1/reservations", SIGNED_IN, "One's own reservations"),
        ("POST", "/api/v1/reservations", SIGNED_IN, "Reserve"),
        (
            "POST",
            "/api/v1/venues/{key}/guests",
            HOSTS,
            "Ask somebody without an account",
            "",
            ("name", "email", "resource_id", "begins_at", "ends_at"),
        ),
        ("GET", "/api/v1/reservations/{reservation_id}", OWNER | HOSTS, "One reservation"),
        (
            "GET",
            "/api/v1/reservations/{reservation_id}/quote",
            OWNER | HOSTS,
            "What a change would cost",
            "/api/v1/reservations/{reservation_id}/quote?begins_at=2026-11-24T10:00:00Z&ends_at=2026-11-24T11:00:00Z",
        ),
        ("PATCH", "/api/v1/reservations/{reservation_id}", OWNER | HOSTS, "Change it"),
        ("POST", "/api/v1/series", SIGNED_IN, "Reserve several dates"),
        ("GET", "/api/v1/series/{series_id}", OWNER | HOSTS, "A series"),
        ("POST", "/api/v1/series/{series_id}/cancel", OWNER | HOSTS, "Cancel dates of a series"),
        (
            "POST",
            "/api/v1/series/{series_id}/change",
            OWNER | HOSTS,
            "Change the following dates of a series",
        ),
        ("GET", "/api/v1/activities", SIGNED_IN, "One's own Activities"),
        (
            "GET",
            "/api/v1/activities/{activity_id}/statement",
            OF_THE_ACTIVITY | TREASURERS,
            "A statement",
        ),
        ("GET", "/api/v1/venues/{key}/presence", HOSTS, "How many are in the house"),
        ("POST", "/api/v1/venues/{key}/counts", HOSTS, "Count the people", "", ("people",)),
        (
            "GET",
            "/api/v1/venues/{key}/occupancy",
            MANAGERS,
            "How a house is used",
            "/api/v1/venues/{key}/occupancy?first=2026-11-16&last=2026-11-20",
        ),
        ("POST", "/api/v1/venues/{key}/check-in", SIGNED_IN, "Check in to a house"),
        ("POST", "/api/v1/venues/{key}/check-out", SIGNED_IN, "Check out"),
        ("POST", "/api/v1/reservations/{reservation_id}/check-in", OWNER | HOSTS, "Check in for a booking"),
        ("POST", "/api/v1/reservations/{reservation_id}/cancel", OWNER | HOSTS, "Cancel it"),
        ("POST", "/api/v1/reservations/{reservation_id}/payment", OWNER, "Open its payment page"),
        ("POST", "/api/v1/reservations/{reservation_id}/change/let-go", OWNER, "Leave it as it is"),
        ("GET", "/api/v1/reservations/{reservation_id}/card", OWNER, "What cards paid for it"),
    ]
)
