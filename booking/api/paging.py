"""Cursors: where a list goes on, opaque and signed. What comes or goes in between moves no line over the edge."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request

import settings
from booking.api.problems import Invalid
from booking.i18n import lazy as _


def cursor_for(request: Request, last: list[Any]) -> str:
    """A cursor behind the line with this key (plain JSON values)."""
    body = base64.urlsafe_b64encode(json.dumps(last, separators=(",", ":")).encode()).decode().rstrip("=")
    return f"{body}.{_signature(request, body)}"


def after(request: Request, cursor: str | None) -> list[Any] | None:
    """The key behind which to go on; None at the beginning. Raises Invalid for what was not made for this very list."""
    if cursor is None:
        return None
    body, _dot, signature = cursor.partition(".")
    if not hmac.compare_digest(signature.encode("utf-8", "replace"), _signature(request, body).encode()):
        raise Invalid({"cursor": [_("This cursor does not belong to this list.")]})
    try:
        found: list[Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (ValueError, binascii.Error):  # signed by us, so this cannot be; but never a 500
        raise Invalid({"cursor": [_("This cursor does not belong to this list.")]}) from None
    return found


def next_url(request: Request, cursor: str) -> str:
    """The address of the next part of this list."""
    pairs = [(name, value) for name, value in request.query_params.multi_items() if name != "cursor"]
    return f"{settings.BASE_URL}{request.scope['path']}?{urlencode([*pairs, ('cursor', cursor)])}"


def _signature(request: Request, body: str) -> str:
    """Bound to the member, the list and its filters: a cursor of one is none of the other."""
    filters = sorted(
        pair for pair in request.query_params.multi_items() if pair[0] not in ("cursor", "limit")
    )
    member_id = request.scope["desk.token"].member_id
    said = json.dumps([member_id, request.scope["path"], filters, body])
    key = f"cursor {settings.SECRET_KEY}".encode()
    return hmac.new(key, said.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:32]
