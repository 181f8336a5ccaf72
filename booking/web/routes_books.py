"""The addresses of treasurers and administrators. See `routes`."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

import booking.convertors  # noqa: F401  `id` and `key` in addresses
from booking.web import (
    admin_members,
    admin_roles,
    books,
    books_activity,
    books_cards,
    books_checks,
    books_closing,
    books_ledger,
    books_seller,
    receipts,
)

routes: list[BaseRoute] = [
    # The books
    Route("/books/cards", books_cards.index, name="books_cards"),
    Route("/books/cards.csv", books_cards.as_csv, name="books_cards_csv"),
    Route("/books/cards/compare", books_cards.compare, name="books_cards_compare", methods=["POST"]),
    Route(
        "/books/cards/refunds/{refund_id:uuid}/again",
        books_cards.refund_again,
        name="refund_again",
        methods=["POST"],
    ),
    Route("/books/receipts", receipts.index, name="books_receipts"),
    Route("/books/receipts.csv", receipts.as_csv, name="books_receipts_csv"),
    Route("/books", books.index, name="all_books"),
    Route("/books/{key:key}", books.activities, name="books"),
    Route("/books/{key:key}/activities.csv", books.as_csv, name="books_csv"),
    Route("/books/{key:key}/activities/new", books_activity.new, name="books_new"),
    Route("/books/{key:key}/activities/new", books_activity.create, methods=["POST"]),
    Route("/books/{key:key}/activities/{activity_id:id}", books_activity.show, name="books_activity"),
    Route("/books/{key:key}/activities/{activity_id:id}/allot", books_activity.preview, name="books_allot"),
    Route("/books/{key:key}/activities/{activity_id:id}/allot", books_activity.allot, methods=["POST"]),
    Route("/books/{key:key}/activities/{activity_id:id}/close", books_closing.preview, name="books_close"),
    Route("/books/{key:key}/activities/{activity_id:id}/close", books_closing.close, methods=["POST"]),
    Route(
        "/books/{key:key}/activities/{activity_id:id}/reopen",
        books_closing.reopen,
        name="books_reopen",
        methods=["POST"],
    ),
    Route(
        "/books/{key:key}/activities/{activity_id:id}/people",
        books_activity.set_person,
        name="books_people",
        methods=["POST"],
    ),
    Route(
        "/books/{key:key}/activities/{activity_id:id}/people/{member_id:id}/leave",
        books_activity.leave,
        name="books_leave",
        methods=["POST"],
    ),
    Route("/books/{key:key}/ledger", books_ledger.show, name="ledger"),
    Route("/books/{key:key}/ledger.csv", books_ledger.as_csv, name="ledger_csv"),
    Route("/books/{key:key}/ledger/{account_id:id}", books_ledger.account, name="ledger_account"),
    Route("/books/{key:key}/ledger/{account_id:id}.csv", books_ledger.account_csv, name="ledger_account_csv"),
    Route(
        "/books/{key:key}/reservations/{reservation_id:uuid}",
        books_ledger.reservation,
        name="books_reservation",
    ),
    Route("/books/{key:key}/checks", books_checks.show, name="books_checks"),
    Route("/books/{key:key}/seller", books_seller.show, name="books_seller"),
    Route("/books/{key:key}/seller", books_seller.save, methods=["POST"]),
    # The network
    Route("/admin/members", admin_members.index, name="admin_members"),
    Route("/admin/members/{member_id:id}", admin_members.show, name="admin_member"),
    Route(
        "/admin/members/{member_id:id}/recover",
        admin_members.recover,
        name="admin_recover",
        methods=["POST"],
    ),
    Route(
        "/admin/members/{member_id:id}/suspend",
        admin_members.suspend,
        name="admin_suspend",
        methods=["POST"],
    ),
    Route(
        "/admin/members/{member_id:id}/unsuspend",
        admin_members.unsuspend,
        name="admin_unsuspend",
        methods=["POST"],
    ),
    Route("/admin/roles", admin_roles.show, name="admin_roles"),
    Route("/admin/roles", admin_roles.give, methods=["POST"]),
    Route("/admin/roles/{role_id:id}/end", admin_roles.end, name="admin_role_end", methods=["POST"]),
]
