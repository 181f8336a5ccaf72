"""Who may do what: one row for each route and method, the whole of it. `docs/permissions.md` is made from this table.

A row names those who are let through; everybody else is refused, and the test asks for each of them. Somebody who is
not signed in is led to the sign-in page, or sees nothing; somebody who may not know that a thing exists gets 404.
"""

from __future__ import annotations

from tests.permissions.programs import API
from tests.permissions.rows import (
    ADMINISTRATOR,
    BOOKS,
    BY_SECRET,
    EVERYBODY,
    FEED,
    GUEST,
    HOST_SOMEWHERE,
    HOUSE_MAKERS,
    KEEPS_BOOKS,
    MANAGERS,
    NOBODY,
    OWNER,
    SET_UP,
    SIGNED_IN,
    TREASURERS,
    rows,
)
from tests.permissions.world import HOSTS, OF_THE_ACTIVITY, VISITORS

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
        # The books
        ("GET", "/books/cards", KEEPS_BOOKS, "Card payments of one's own entities"),
        ("GET", "/books/cards.csv", KEEPS_BOOKS, "Their movements as CSV"),
        ("GET", "/books/receipts", KEEPS_BOOKS, "Receipts of a year"),
        ("GET", "/books/receipts.csv", KEEPS_BOOKS, "The same as CSV"),
        ("POST", "/books/cards/compare", KEEPS_BOOKS, "Compare them with Stripe now"),
        (
            "POST",
            "/books/cards/refunds/{refund_id}/again",
            frozenset({"treasurer", "administrator"}),
            "Try a refused refund again",
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
        ("GET", "/manage/{key}/displays", MANAGERS, "The displays of the house"),
        ("POST", "/manage/{key}/displays", MANAGERS, "A new display"),
        (
            "POST",
            "/manage/{key}/displays/{display_id}/code",
            MANAGERS,
            "Another pairing code for it",
            "/manage/{key}/displays/{spare_display_id}/code",
        ),
        ("POST", "/manage/{key}/displays/{display_id}/revoke", MANAGERS, "Take it back"),
        ("GET", "/manage/{key}/book", HOSTS, "Book for a member: the form"),
        ("POST", "/manage/{key}/book", HOSTS, "Book for a member", "", ("q", "member", "resource")),
        ("GET", "/manage/{key}/closures", MANAGERS, "Closures"),
        ("POST", "/manage/{key}/closures", MANAGERS, "Close"),
        ("GET", "/manage/{key}/closures/new", MANAGERS, "Whom a closure touches"),
        ("POST", "/manage/{key}/closures/{closure_id}/withdraw", MANAGERS, "Open again"),
        ("GET", "/manage/{key}/occupancy", MANAGERS, "How the house is used"),
        ("GET", "/manage/{key}/occupancy.csv", MANAGERS, "The same as CSV"),
        ("GET", "/manage/{key}/photos", MANAGERS, "Photos of the house"),
        ("POST", "/manage/{key}/photos", MANAGERS, "Add one"),
        ("POST", "/manage/{key}/photos/order", MANAGERS, "Put them in order"),
        ("GET", "/manage/{key}/photos/{photo_id}", MANAGERS, "One photo"),
        ("POST", "/manage/{key}/photos/{photo_id}", MANAGERS, "Describe it"),
        ("GET", "/manage/{key}/photos/{photo_id}/whole.jpg", MANAGERS, "All of it, also what is cut off"),
        ("POST", "/manage/{key}/photos/{photo_id}/crop", MANAGERS, "Show another part of it"),
        ("POST", "/manage/{key}/photos/{photo_id}/remove", MANAGERS, "Remove it"),
        ("POST", "/manage/{key}/photos/{photo_id}/put-back", MANAGERS, "Put it back"),
        # The network
        ("GET", "/admin/members", ADMINISTRATOR, "Find a member"),
        ("GET", "/admin/members/{member_id}", ADMINISTRATOR, "Their roles and ways in"),
        (
            "POST",
            "/admin/members/{member_id}/recover",
            ADMINISTRATOR,
            "End their ways in",
            "/admin/members/{spare_id}/recover",
        ),
        (
            "POST",
            "/admin/members/{member_id}/suspend",
            ADMINISTRATOR,
            "Shut them out",
            "/admin/members/{spare_id}/suspend",
        ),
        (
            "POST",
            "/admin/members/{member_id}/unsuspend",
            ADMINISTRATOR,
            "Let them in again",
            "/admin/members/{spare_id}/unsuspend",
        ),
        # Setting up a house
        ("GET", "/manage/new", HOUSE_MAKERS, "The form for a new house"),
        ("POST", "/manage/new", HOUSE_MAKERS, "A new house", "", ("entity",)),
        ("GET", SET_UP, MANAGERS, "What there is, and what is missing"),
        ("GET", SET_UP + "/house", MANAGERS, "The house: the form"),
        ("POST", SET_UP + "/house", MANAGERS, "Change the house"),
        ("GET", SET_UP + "/spaces", MANAGERS, "Its spaces"),
        ("POST", SET_UP + "/spaces", MANAGERS, "A new space"),
        ("GET", SET_UP + "/spaces/new", MANAGERS, "The form for a new space"),
        ("GET", SET_UP + "/spaces/{resource_id}", MANAGERS, "A space: the form"),
        ("POST", SET_UP + "/spaces/{resource_id}", MANAGERS, "Change a space"),
        ("GET", SET_UP + "/spaces/{resource_id}/units", MANAGERS, "Of what a space is made"),
        ("POST", SET_UP + "/spaces/{resource_id}/units", MANAGERS, "Compose a space"),
        ("POST", SET_UP + "/spaces/{resource_id}/units/add", MANAGERS, "More units"),
        ("GET", SET_UP + "/units", MANAGERS, "Its units"),
        ("POST", SET_UP + "/units/{unit_id}", MANAGERS, "Rename a unit"),
        ("POST", SET_UP + "/units/{unit_id}/out", MANAGERS, "Take a unit out of use"),
        ("GET", SET_UP + "/hours", MANAGERS, "Opening hours"),
        ("POST", SET_UP + "/hours", MANAGERS, "New opening hours"),
        ("POST", SET_UP + "/hours/follow", MANAGERS, "Let a space follow the house"),
        ("GET", SET_UP + "/holidays", MANAGERS, "Holidays and yearly closures"),
        ("POST", SET_UP + "/holidays", MANAGERS, "Open on a holiday, or closed"),
        ("POST", SET_UP + "/holidays/yearly", MANAGERS, "A new yearly closure"),
        ("POST", SET_UP + "/holidays/yearly/{yearly_id}/remove", MANAGERS, "Take a yearly closure away"),
        ("GET", SET_UP + "/prices", MANAGERS, "Its prices"),
        (
            "GET",
            SET_UP + "/prices/{resource_id}",
            MANAGERS,
            "The prices of a space, and what somebody would pay",
        ),
        ("POST", SET_UP + "/prices/{resource_id}", MANAGERS, "A new price list"),
        ("POST", SET_UP + "/prices/{resource_id}/{tariff_id}/withdraw", MANAGERS, "Take a price list back"),
        ("GET", SET_UP + "/hosts", MANAGERS, "Its hosts"),
        ("POST", SET_UP + "/hosts", MANAGERS, "Make somebody a host"),
        ("POST", SET_UP + "/hosts/{role_id}/end", MANAGERS, "End a host's role"),
        ("GET", SET_UP + "/history", MANAGERS, "Who changed what"),
        ("GET", SET_UP + "/history.csv", MANAGERS, "The same as CSV"),
        ("POST", SET_UP + "/history/{event_id}/undo", MANAGERS, "Undo a change"),
        # Books
        ("GET", "/books", KEEPS_BOOKS, "The entities whose books one keeps"),
        ("GET", "/books/{key}", TREASURERS, "The Activities of an entity", BOOKS),
        ("GET", "/books/{key}/activities.csv", TREASURERS, "The same as CSV", BOOKS + "/activities.csv"),
        (
            "GET",
            "/books/{key}/activities/new",
            TREASURERS,
            "The form for an Activity",
            BOOKS + "/activities/new",
        ),
        ("POST", "/books/{key}/activities/new", TREASURERS, "Open an Activity", BOOKS + "/activities/new"),
        *[
            (
                method,
                "/books/{key}/activities/{activity_id}" + rest,
                TREASURERS,
                what,
                f"{BOOKS}/activities/{{activity_id}}{rest}",
            )
            for method, rest, what in (
                ("GET", "", "An Activity and its people"),
                ("GET", "/allot", "What an allotment makes"),
                ("POST", "/allot", "Enter an allotment"),
                ("POST", "/people", "Let somebody book on it"),
            )
        ],
        (
            "POST",
            "/books/{key}/activities/{activity_id}/people/{member_id}/leave",
            TREASURERS,
            "Take somebody off",
            BOOKS + "/activities/{activity_id}/people/{member}/leave",
        ),
        ("GET", "/books/{key}/ledger", TREASURERS, "Totals of a period", BOOKS + "/ledger"),
        ("GET", "/books/{key}/ledger.csv", TREASURERS, "The same as CSV", BOOKS + "/ledger.csv"),
        (
            "GET",
            "/books/{key}/ledger/{account_id}",
            TREASURERS,
            "The transfers of an account",
            BOOKS + "/ledger/{account_id}",
        ),
        (
            "GET",
            "/books/{key}/ledger/{account_id}.csv",
            TREASURERS,
            "The same as CSV",
            BOOKS + "/ledger/{account_id}.csv",
        ),
        (
            "GET",
            "/books/{key}/reservations/{reservation_id}",
            TREASURERS,
            "What a booking did to the books",
            BOOKS + "/reservations/{reservation_id}",
        ),
        ("GET", "/books/{key}/checks", TREASURERS, "What must always hold", BOOKS + "/checks"),
        # The network
        ("GET", "/admin/roles", ADMINISTRATOR, "All roles"),
        ("POST", "/admin/roles", ADMINISTRATOR, "Give a role"),
        ("POST", "/admin/roles/{role_id}/end", ADMINISTRATOR, "End a role"),
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
        ("POST", "/settings/language", EVERYBODY, "Speak another language"),
        ("POST", "/settings/theme", EVERYBODY, "Light or dark"),
        ("POST", "/settings/sessions", SIGNED_IN, "End all one's sessions"),
        ("POST", "/settings/sessions/{session_id}", OWNER, "End one of them"),
        ("POST", "/settings/passkeys/options", SIGNED_IN, "What a new passkey must sign"),
        ("POST", "/settings/passkeys", SIGNED_IN, "Add a passkey"),
        ("GET", "/settings/passkeys/{passkey_id}", OWNER, "One of one's passkeys"),
        ("POST", "/settings/passkeys/{passkey_id}", OWNER, "Call it something else"),
        ("POST", "/settings/passkeys/{passkey_id}/remove", OWNER, "Remove it"),
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
