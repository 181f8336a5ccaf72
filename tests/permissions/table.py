"""Who may do what: one row for each route and method, the whole of it. `docs/permissions.md` is made from this table.

A row names those who are let through; everybody else is refused, and the test asks for each of them. Somebody who is
not signed in is led to the sign-in page, or sees nothing; somebody who may not know that a thing exists gets 404.
"""

from __future__ import annotations

from tests.permissions.books import BOOKS_AND_NETWORK
from tests.permissions.houses import HOUSES
from tests.permissions.programs import API
from tests.permissions.rows import (
    BY_SECRET,
    EVERYBODY,
    FEED,
    GUEST,
    NOBODY,
    OWNER,
    SIGNED_IN,
    TREASURERS,
    rows,
)
from tests.permissions.world import HOSTS, OF_THE_ACTIVITY, VISITORS

MEMBERS_AND_PUBLIC = rows(
    [
        # Finding
        ("GET", "/", EVERYBODY, "The map and the search"),
        ("GET", "/search", EVERYBODY, "What is free"),
        ("GET", "/map/drawing", EVERYBODY, "The drawn map alone"),
        ("GET", "/map/settings.json", EVERYBODY, "What the interactive map must know"),
        ("GET", "/map/venues.json", EVERYBODY, "All venues and their states, for the map"),
        ("GET", "/map/found.json", EVERYBODY, "All houses of a search, for the map"),
        ("GET", "/map/tiles.pmtiles", NOBODY, "The operator's own tiles, where there are any"),
        ("GET", "/live", EVERYBODY, "New states of venues, as a stream, without names"),
        ("GET", "/venues", EVERYBODY, "All venues"),
        ("GET", "/venues/{key}", EVERYBODY, "A venue, without names"),
        ("GET", "/venues/{key}/plan", EVERYBODY, "Its floor plan, without names"),
        ("GET", "/resources/{resource_id}", EVERYBODY, "A space, without names"),
        (
            "GET",
            "/photos/plans/{plan_id}/{name}",
            EVERYBODY,
            "The picture under a floor plan",
            "/photos/plans/{plan_id}/00000000-480.jpg",
        ),
        ("GET", "/photos/{photo_id}/{name}", EVERYBODY, "A photo", "/photos/{photo_id}/{photo_name}"),
        # Booking
        ("GET", "/resources/{resource_id}/reserve", EVERYBODY, "The booking form, which asks to sign in"),
        ("POST", "/resources/{resource_id}/reserve", SIGNED_IN, "Book for oneself"),
        ("GET", "/resources/{resource_id}/quote", EVERYBODY, "The price for oneself"),
        ("GET", "/reservations", SIGNED_IN, "One's own bookings"),
        ("GET", "/reservations/{reservation_id}", OWNER | HOSTS, "A booking"),
        ("GET", "/again", SIGNED_IN, "One's last bookings, for the same hour next week"),
        ("GET", "/reservations/{reservation_id}/again", OWNER, "The same booking again"),
        ("GET", "/reservations/{reservation_id}/change", OWNER | HOSTS, "The form that changes it"),
        ("POST", "/reservations/{reservation_id}/change", OWNER | HOSTS, "Change it"),
        (
            "POST",
            "/reservations/{reservation_id}/change/pay",
            OWNER,
            "Go to the payment page of a dearer change",
        ),
        ("POST", "/reservations/{reservation_id}/change/let-go", OWNER, "Leave the booking as it is"),
        ("GET", "/reservations/{reservation_id}/cancel", OWNER | HOSTS, "What cancelling costs"),
        ("POST", "/reservations/{reservation_id}/cancel", OWNER | HOSTS, "Cancel it"),
        (
            "GET",
            "/reservations/{reservation_id}/series/change",
            OWNER | HOSTS,
            "The form that changes several dates of a series",
            "/reservations/{dated_id}/series/change",
        ),
        (
            "POST",
            "/reservations/{reservation_id}/series/change",
            OWNER | HOSTS,
            "Change several dates of a series",
            "/reservations/{dated_id}/series/change",
        ),
        (
            "GET",
            "/reservations/{reservation_id}/series/cancel",
            OWNER | HOSTS,
            "What cancelling several dates costs",
            "/reservations/{dated_id}/series/cancel",
        ),
        (
            "POST",
            "/reservations/{reservation_id}/series/cancel",
            OWNER | HOSTS,
            "Cancel several dates of a series",
            "/reservations/{dated_id}/series/cancel",
        ),
        ("POST", "/reservations/{reservation_id}/pay", OWNER | HOSTS, "Go on to its payment page"),
        ("GET", "/reservations/{reservation_id}/paid", OWNER | HOSTS, "What came of its payment"),
        ("GET", "/reservations/{reservation_id}/calendar.ics", OWNER | HOSTS, "Its calendar file"),
        (
            "GET",
            "/reservations/{reservation_id}/receipts/{receipt_id}.pdf",
            OWNER | {"treasurer", "administrator"},
            "A receipt",
            "/reservations/{reservation_id}/receipts/{sign_in_id}.pdf",
        ),
        # Guests
        (
            "GET",
            "/resources/{resource_id}/guest",
            EVERYBODY,
            "Book as a guest: who are you; members go to their own form",
        ),
        ("POST", "/resources/{resource_id}/guest", EVERYBODY, "Ask for it, and get a code by mail"),
        (
            "GET",
            "/guest-booking/link/{token}",
            BY_SECRET,
            "The button of a guest's link",
            "/guest-booking/link/unknown",
        ),
        (
            "POST",
            "/guest-booking/link/{token}",
            BY_SECRET,
            "Confirm an address by a link",
            "/guest-booking/link/unknown",
        ),
        ("GET", "/guest-booking/{sign_in_id}", BY_SECRET, "The page for a guest's code"),
        ("POST", "/guest-booking/{sign_in_id}", BY_SECRET, "Confirm an address by its code, and book"),
        ("GET", "/guest", EVERYBODY, "Find a guest's bookings again"),
        ("POST", "/guest", EVERYBODY, "Have their pages mailed"),
        ("GET", "/guest/{secret}", BY_SECRET, "A guest's booking", GUEST),
        ("POST", "/guest/{secret}/pay", BY_SECRET, "Go to its payment page", GUEST + "/pay"),
        ("GET", "/guest/{secret}/paid", BY_SECRET, "Back from the payment page", GUEST + "/paid"),
        ("GET", "/guest/{secret}/change", BY_SECRET, "The form that changes it", GUEST + "/change"),
        ("POST", "/guest/{secret}/change", BY_SECRET, "Change it", GUEST + "/change"),
        (
            "POST",
            "/guest/{secret}/change/pay",
            BY_SECRET,
            "Go to the payment page of a dearer change",
            GUEST + "/change/pay",
        ),
        (
            "POST",
            "/guest/{secret}/change/let-go",
            BY_SECRET,
            "Leave the booking as it is",
            GUEST + "/change/let-go",
        ),
        ("GET", "/guest/{secret}/cancel", BY_SECRET, "What cancelling costs", GUEST + "/cancel"),
        ("POST", "/guest/{secret}/cancel", BY_SECRET, "Cancel it", GUEST + "/cancel"),
        ("GET", "/guest/{secret}/calendar.ics", BY_SECRET, "Its calendar file", GUEST + "/calendar.ics"),
        (
            "GET",
            "/guest/{secret}/receipts/{receipt_id}.pdf",
            BY_SECRET,
            "A guest's receipt",
            GUEST + "/receipts/{sign_in_id}.pdf",
        ),
        ("GET", "/reservations/{reservation_id}/check-in", OWNER, "I am here: the page"),
        ("POST", "/reservations/{reservation_id}/check-in", OWNER, "I am here"),
        ("POST", "/reservations/{reservation_id}/check-out", OWNER, "I leave"),
        # The printed codes
        ("GET", "/c/{token}", EVERYBODY, "Now and next behind a printed code, without names", "/c/{code}"),
        ("POST", "/c/{token}/check-in", SIGNED_IN, "I am here", "/c/{code}/check-in"),
        ("POST", "/c/{token}/check-out", SIGNED_IN, "I leave", "/c/{code}/check-out"),
        ("GET", "/c/{token}/take", SIGNED_IN, "The rest of what is free: its price", "/c/{space_code}/take"),
        ("POST", "/c/{token}/take", SIGNED_IN, "Take it", "/c/{space_code}/take"),
        # The screens at the doors
        ("GET", "/display", EVERYBODY, "A display, or the form that pairs it"),
        ("POST", "/display", BY_SECRET, "Pair it by its code"),
        ("GET", "/display/now", BY_SECRET, "What it shows now"),
        ("GET", "/display/worker.js", EVERYBODY, "What keeps it going without a connection"),
        # Budgets
        ("GET", "/budgets", SIGNED_IN, "One's own Activities"),
        ("GET", "/budgets/{activity_id}", OF_THE_ACTIVITY | TREASURERS, "A statement"),
        (
            "GET",
            "/budgets/{activity_id}.csv",
            OF_THE_ACTIVITY | TREASURERS,
            "The same as CSV",
        ),
        ("GET", "/budgets/{activity_id}.pdf", OF_THE_ACTIVITY | TREASURERS, "The same as PDF"),
        # Signing in and out
        ("GET", "/sign-in", EVERYBODY, "The sign-in page"),
        ("POST", "/sign-in", EVERYBODY, "Ask for a link and a code"),
        ("POST", "/sign-in/demo", NOBODY, "Sign in as somebody invented: in the demonstration alone"),
        ("POST", "/sign-in/passkey/options", EVERYBODY, "What a passkey must sign"),
        ("POST", "/sign-in/passkey", BY_SECRET, "Sign in with a passkey"),
        ("POST", "/sign-in/oidc", NOBODY, "Go to another sign-in service: where the settings name one"),
        ("GET", "/sign-in/oidc/back", NOBODY, "Come back from it"),
        ("GET", "/sign-in/link/{token}", BY_SECRET, "The button of a link", "/sign-in/link/unknown"),
        ("POST", "/sign-in/link/{token}", BY_SECRET, "Use a link", "/sign-in/link/unknown"),
        ("GET", "/sign-in/{sign_in_id}", BY_SECRET, "The page for the code"),
        ("POST", "/sign-in/{sign_in_id}", BY_SECRET, "Use a code"),
        ("GET", "/confirm", SIGNED_IN, "Show one's passkey, before writing with a role"),
        ("POST", "/confirm", SIGNED_IN, "Confirm with it"),
        ("POST", "/confirm/options", SIGNED_IN, "What it must sign"),
        ("POST", "/sign-in/again", EVERYBODY, "Sign out, and in again"),
        ("POST", "/sign-out", EVERYBODY, "Sign out"),
        # Settings
        ("GET", "/settings", SIGNED_IN, "One's settings"),
        ("POST", "/settings", SIGNED_IN, "Change them"),
        ("GET", "/settings/receipts", SIGNED_IN, "Whom one's receipts are for"),
        ("POST", "/settings/receipts", SIGNED_IN, "Say it"),
        ("POST", "/settings/mails", SIGNED_IN, "Say which mails one does without"),
        (
            "GET",
            "/mails/{key}",
            BY_SECRET,
            "The mails of one kind, behind the link in each",
            "/mails/{mails_key}",
        ),
        ("POST", "/mails/{key}", BY_SECRET, "Do without them, or get them again", "/mails/{mails_key}"),
        ("GET", "/settings/leave", SIGNED_IN, "What becomes of one's account when it ends"),
        ("POST", "/settings/leave", SIGNED_IN, "End it in seven days"),
        ("POST", "/settings/leave/not", SIGNED_IN, "Keep it after all"),
        ("POST", "/settings/language", EVERYBODY, "Speak another language"),
        ("POST", "/settings/theme", EVERYBODY, "Light or dark"),
        ("POST", "/settings/sessions", SIGNED_IN, "End all one's sessions"),
        ("POST", "/settings/sessions/{session_id}", OWNER, "End one of them"),
        ("POST", "/settings/passkeys/options", SIGNED_IN, "What a new passkey must sign"),
        ("POST", "/settings/passkeys", SIGNED_IN, "Add a passkey"),
        ("GET", "/settings/passkeys/{passkey_id}", OWNER, "One of one's passkeys"),
        ("POST", "/settings/passkeys/{passkey_id}", OWNER, "Call it something else"),
        ("POST", "/settings/passkeys/{passkey_id}/remove", OWNER, "Remove it"),
        ("GET", "/settings/data.json", SIGNED_IN, "All that is kept about oneself, as a file"),
        ("GET", "/settings/keys", SIGNED_IN, "One's keys for programs"),
        ("POST", "/settings/keys", SIGNED_IN, "Make one"),
        ("POST", "/settings/keys/{token_id}", OWNER, "Take it back"),
        ("GET", "/settings/webhooks", SIGNED_IN, "The addresses one has told"),
        ("POST", "/settings/webhooks", SIGNED_IN, "Tell one"),
        ("GET", "/settings/webhooks/{webhook_id}", OWNER, "What was sent there"),
        ("POST", "/settings/webhooks/{webhook_id}", OWNER, "Change it"),
        ("POST", "/settings/webhooks/{webhook_id}/test", OWNER, "Send a test event"),
        (
            "POST",
            "/settings/webhooks/{webhook_id}/on-or-off/{how}",
            OWNER,
            "Switch it off, or on",
            "/settings/webhooks/{webhook_id}/on-or-off/off",
        ),
        ("POST", "/settings/webhooks/{webhook_id}/secret", OWNER, "A new secret"),
        ("POST", "/settings/webhooks/{webhook_id}/deliveries/{delivery_id}", OWNER, "Send again"),
        ("POST", "/settings/webhooks/{webhook_id}/remove", OWNER, "Forget the address"),
        # Calendars
        ("GET", "/calendar", SIGNED_IN, "One's calendar links"),
        ("POST", "/calendar", SIGNED_IN, "Make one"),
        ("POST", "/calendar/{feed_id}/rotate", OWNER, "Renew it"),
        ("POST", "/calendar/{feed_id}/revoke", OWNER, "Take it back"),
        ("POST", "/calendar/{feed_id}/restore", NOBODY, "Undo taking it back, within ten minutes"),
        ("GET", "/feeds/{token}.ics", BY_SECRET, "A feed", FEED + ".ics"),
        ("GET", "/feeds/{token}", BY_SECRET, "The same", FEED),
        *[
            (method, route, NOBODY, "A feed is read, never written", path)
            for method in ("POST", "PUT", "PATCH", "DELETE")
            for route, path in (("/feeds/{token}.ics", FEED + ".ics"), ("/feeds/{token}", FEED))
        ],
        # About
        ("GET", "/help/{name}", EVERYBODY, "A page of the help", "/help/book"),
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

PAGES = [*MEMBERS_AND_PUBLIC, *HOUSES, *BOOKS_AND_NETWORK]
TABLE = [*PAGES, *API]


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
        "members are nobody. Whoever is not let through sees nothing: 404, or the sign-in page. What managers,",
        "treasurers and administrators write asks for a passkey first (docs/managers.md).",
        "",
        "| Way | Address | What | " + " | ".join(VISITORS) + " |",
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
