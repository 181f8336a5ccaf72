"""The rows of treasurers and administrators. See `tests/permissions/table.py`."""

from __future__ import annotations

from tests.permissions.rows import (
    ADMINISTRATOR,
    BOOKS,
    KEEPS_BOOKS,
    TREASURERS,
    rows,
)

BOOKS_AND_NETWORK = rows(
    [
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
                ("GET", "/close", "What closing it does"),
                ("POST", "/close", "Close it"),
                ("POST", "/reopen", "Open it again"),
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
        (
            "GET",
            "/books/{key}/seller",
            TREASURERS,
            "What stands on receipts as the seller",
            BOOKS + "/seller",
        ),
        ("POST", "/books/{key}/seller", TREASURERS, "Change it", BOOKS + "/seller"),
        # The network
        ("GET", "/admin/roles", ADMINISTRATOR, "All roles"),
        ("POST", "/admin/roles", ADMINISTRATOR, "Give a role"),
        ("POST", "/admin/roles/{role_id}/end", ADMINISTRATOR, "End a role"),
    ]
)
