"""The secret of an endpoint, and the signature of what is sent to it; as Stripe signs."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime

import settings
from booking.webhooks.models import WebhookEndpoint

HEADER = "Desk-Signature"
PREFIX = "whsec_"


def secret_of(endpoint: WebhookEndpoint) -> str:
    """The secret, made from the endpoint's salt and SECRET_KEY: a copy of the database alone signs nothing."""
    key = f"webhook {settings.SECRET_KEY}".encode()
    made = hmac.new(key, f"{endpoint.id}:{endpoint.salt}".encode(), hashlib.sha256).digest()
    return PREFIX + base64.urlsafe_b64encode(made).decode().rstrip("=")


def signature(secret: str, body: str, at: datetime) -> str:
    """'t=1700000000,v1=…': HMAC-SHA256 of 't.body' under the secret, in hex. `t` is when it was sent."""
    t = int(at.timestamp())
    return f"t={t},v1={hmac.new(secret.encode(), f'{t}.{body}'.encode(), hashlib.sha256).hexdigest()}"
