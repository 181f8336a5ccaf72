"""Idempotency keys as Stripe has them: the first answer again, or a refusal when it was another question.

Kept: every answer of a call that was begun, those of 402 and 500 too. Not kept: parameters that could not be right,
429, and a call that met another one under the same key (409). Forgotten after 24 hours (`passing.py`).
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from booking.stripe_double.errors import ApiError
from booking.stripe_double.store import Store

KEY_MAX = 255


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer given before."""

    status: int
    body: str
    request: str


def fingerprint(method: str, path: str, params: dict[str, Any]) -> str:
    """What makes two calls the same question. In base64: its letters keep digits apart."""
    told = json.dumps([method, path, params], sort_keys=True)
    return base64.urlsafe_b64encode(sha256(told.encode()).digest()).decode()


def begin(store: Store, account: str, key: str, print_: str, request: str) -> Kept | None:
    """Take the key for this call, or give the answer of the first one. Raises ApiError."""
    if len(key) > KEY_MAX:
        raise ApiError(400, "Idempotency keys can be at most 255 characters long.", executed=False)
    found = store.rows("SELECT * FROM answer WHERE account = ? AND key = ?", account, key)
    if not found:
        store.do(
            "INSERT INTO answer (account, key, fingerprint, request, created) VALUES (?, ?, ?, ?, ?)",
            account, key, print_, request, store.now(),
        )  # fmt: skip
        return None
    first = found[0]
    if first["fingerprint"] != print_:
        raise ApiError(
            400, "Keys for idempotent requests can only be used with the same parameters they were first used with. "
            f"Try using a key other than '{key}' if you meant to execute a different request.",
            type="idempotency_error", executed=False,
        )  # fmt: skip
    if first["status"] is None:
        raise ApiError(
            409, "There is currently another in-progress request using this Idempotent Key (that probably means you "
            "submitted twice, and the other request is still going through): "
            f"{key}. Please try again later.", code="idempotency_key_in_use", executed=False,
        )  # fmt: skip
    return Kept(first["status"], first["body"], first["request"])


def keep(store: Store, account: str, key: str, status: int, body: str) -> None:
    store.do(
        "UPDATE answer SET status = ?, body = ? WHERE account = ? AND key = ?", status, body, account, key
    )


def give_back(store: Store, account: str, key: str) -> None:
    """The call was not begun: its key is free."""
    store.do("DELETE FROM answer WHERE account = ? AND key = ? AND status IS NULL", account, key)
