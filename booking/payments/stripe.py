"""The one place where the network to Stripe begins: accounts, calls with time-outs, and what an answer may be.

Every call ends in one of four ways: an answer; `Declined`, the card said no; `Wrong`, Stripe says that this cannot be
asked; `Unreachable`, and then nobody knows whether it was done: ask for the present state, or again by the same key.
After some `Unreachable` in a row an account is left alone for a moment, so that pages stay quick. Pages are less
patient than the clock: what only their own limit cut off keeps pages away, and lets the clock ask on. The library is
loaded only where cards are on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

import structlog

import settings

log = structlog.get_logger()

TIMEOUT_SECONDS = 10
NETWORK_RETRIES = 2
TOLERANCE = timedelta(seconds=300)
# The circuit: so many calls in a row without an answer, and nobody asks for so long.
FAILURES_MAX = 5
REST_SECONDS = 20.0
# A call that our own limit cut off sooner than this has taught us nothing about Stripe; with less time left than the
# other it is not begun, as it would be at Stripe without anybody who hears the answer.
LEARNT_SECONDS = 3.0
BEGUN_SECONDS = 0.2
# So long a page waits for all that it asks of Stripe: whoever looks at it should not learn how long time-outs are.
PAGE_SECONDS = 6.0
CHECKOUT = "https://checkout.stripe.com"


class Unreachable(Exception):
    """No answer: whether it was done is not known."""


class Broken(Unreachable):
    """Stripe's own mishap (5xx). It may have been done or not, and the same key gets the same answer for a day:
    whoever asks again looks first, and takes another key."""


class Declined(Exception):
    """The card, or its bank, said no. `code` is Stripe's; `intent` is the payment as it stands, where there is one."""

    def __init__(self, code: str, intent: dict[str, Any]) -> None:
        super().__init__(code)
        self.code, self.intent = code, intent


class Wrong(Exception):
    """Stripe refuses the question itself, for good. `code` is Stripe's, or ''."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


class BadSignature(Exception):
    """These bytes were not signed by Stripe for this account, or too long ago."""


@dataclass(frozen=True, slots=True)
class Keys:
    """An entity's own account: its secret key, and the secret of its webhook."""

    api_key: str
    webhook_secret: str


def keys_by_entity(text: str) -> dict[str, Keys]:
    """'entity:sk_…:whsec_…, entity:…' by the entity's key. Raises ValueError, without the secrets in it."""
    found: dict[str, Keys] = {}
    for number, part in enumerate(filter(None, (each.strip() for each in text.split(","))), start=1):
        entity, _colon, rest = part.partition(":")
        api_key, _colon, secret = rest.partition(":")
        if not (entity and api_key.startswith(("sk_", "rk_")) and secret.startswith("whsec_")):
            raise ValueError(f"STRIPE_KEYS: part {number} is not entity:sk_…:whsec_…")
        found[entity] = Keys(api_key, secret)
    return found


def keys_of(entity_key: str) -> Keys | None:
    """The account of an entity, or None: then its cards are off."""
    return keys_by_entity(str(settings.STRIPE_KEYS)).get(entity_key)


def check_settings() -> None:
    """Raises ValueError, without the secrets, where STRIPE_KEYS cannot be read: better at start than at a payment."""
    keys_by_entity(str(settings.STRIPE_KEYS))


def page_origins() -> list[str]:
    """Where payment pages live: forms may lead there."""
    if not str(settings.STRIPE_KEYS):
        return []
    if not settings.STRIPE_API:
        return [CHECKOUT]
    parts = urlsplit(settings.STRIPE_API)
    return [CHECKOUT, f"{parts.scheme}://{parts.netloc}"]


# --- calls -------------------------------------------------------------------------------------------

# A client belongs to the event loop in which it was made.
_clients: WeakKeyDictionary[Any, dict[str, Any]] = WeakKeyDictionary()
# By account, and whether somebody waits: how many calls in a row had no answer, and until when it is left alone.
_silence: dict[tuple[str, bool], tuple[int, float]] = {}


def _client(keys: Keys) -> Any:
    import stripe

    here = _clients.setdefault(asyncio.get_running_loop(), {})
    name = f"{settings.STRIPE_API} {keys.api_key}"
    if name not in here:
        more: Any = {"base_addresses": {"api": settings.STRIPE_API}} if settings.STRIPE_API else {}
        here[name] = stripe.StripeClient(
            keys.api_key,
            http_client=stripe.HTTPXClient(timeout=TIMEOUT_SECONDS),
            max_network_retries=NETWORK_RETRIES,
            **more,
        )
    return here[name]


# Until when (of the monotonic clock) the calls of this task may take; none where nobody waits.
_ends_at: ContextVar[float | None] = ContextVar("stripe_ends_at", default=None)


@contextmanager
def while_somebody_waits(seconds: float = PAGE_SECONDS) -> Iterator[None]:
    """All calls in this block end within so many seconds together; what is late is `Unreachable`, and asked again."""
    token = _ends_at.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends_at.reset(token)


async def close() -> None:
    """Close this loop's connections."""
    for client in _clients.pop(asyncio.get_running_loop(), {}).values():
        await client._requestor._client.close_async()
    _silence.clear()


async def call(entity_key: str, name: str, /, *args: Any, key: str = "") -> dict[str, Any]:
    """Ask Stripe: call("acme", "payment_intents.capture", "pi_…", {"amount_to_capture": 100}, key="…").

    Raises Declined, Wrong, Unreachable (also where the entity has no account any more).
    """
    import stripe

    keys = keys_of(entity_key)
    if keys is None:
        raise Unreachable(f"{entity_key} has no account")
    began, ends_at = time.monotonic(), _ends_at.get()
    hurried = ends_at is not None
    if _silence.get((entity_key, hurried), (0, 0.0))[1] > began:
        raise Unreachable("left alone for a moment")
    left = None if ends_at is None else ends_at - began
    if left is not None and left < BEGUN_SECONDS:
        raise Unreachable("no time left")
    service: Any = _client(keys).v1
    *path, verb = name.split(".")
    for part in path:
        service = getattr(service, part)
    given = [*args, {}] if not args or not isinstance(args[-1], dict) else list(args)
    options = {"idempotency_key": key} if key else {}
    try:
        async with asyncio.timeout(left):
            answer = await getattr(service, f"{verb}_async")(*given, options)
    except TimeoutError:
        if time.monotonic() - began >= LEARNT_SECONDS:
            _unheard(entity_key, [True])
        log.warning("stripe_slow", entity=entity_key, call=name)
        raise Unreachable("slow") from None
    except stripe.CardError as error:
        _heard(entity_key, began)
        raise Declined(error.code or "card_declined", _intent_of(error)) from None
    except stripe.InvalidRequestError as error:
        _heard(entity_key, began)
        # 409 and 429: somebody else asks by the same key just now, or too much is asked.
        if error.http_status in (409, 429):
            raise Unreachable(error.code or "busy") from None
        raise Wrong(error.code or "", str(error.user_message or error)[:200]) from None
    except (stripe.AuthenticationError, stripe.PermissionError) as error:
        log.error("stripe_refuses_our_key", entity=entity_key, status=error.http_status)
        raise Unreachable("key refused") from None
    except stripe.StripeError as error:
        _unheard(entity_key, [True, False])
        log.warning("stripe_unreachable", entity=entity_key, call=name, kind=type(error).__name__)
        if isinstance(error, stripe.APIError) and (error.http_status or 0) >= 500:
            raise Broken(str(error.http_status)) from None
        raise Unreachable(type(error).__name__) from None
    _heard(entity_key, began)
    return answer.to_dict()


def _heard(entity_key: str, began: float) -> None:
    """It answers; for pages only where it did so in the time they have."""
    _silence.pop((entity_key, False), None)
    if time.monotonic() - began < PAGE_SECONDS:
        _silence.pop((entity_key, True), None)


def _unheard(entity_key: str, by: list[bool]) -> None:
    """One more without an answer, for those where somebody waits (True) or nobody does."""
    for hurried in by:
        failures = _silence.get((entity_key, hurried), (0, 0.0))[0] + 1
        rest = time.monotonic() + REST_SECONDS if failures >= FAILURES_MAX else 0.0
        _silence[entity_key, hurried] = (failures, rest)


def _intent_of(error: Any) -> dict[str, Any]:
    intent = getattr(error.error, "payment_intent", None) if error.error else None
    if intent is None:
        return {}
    return intent if isinstance(intent, dict) else intent.to_dict()


# --- what comes in -----------------------------------------------------------------------------------


def check_signature(body: bytes, header: str | None, secret: str, *, at: datetime) -> None:
    """Raises BadSignature unless these very bytes were signed with this secret within 300 s before or after `at`."""
    import stripe

    try:
        stripe.WebhookSignature.verify_header(body, header, secret)
        stamp = dict(each.split("=", 1) for each in (header or "").split(",") if "=" in each)["t"]
        signed_at = datetime.fromtimestamp(int(stamp), UTC)
    except (
        stripe.SignatureVerificationError,
        UnicodeDecodeError,
        KeyError,
        ValueError,
        OverflowError,
    ) as error:
        raise BadSignature(type(error).__name__) from None
    if abs(at - signed_at) > TOLERANCE:
        raise BadSignature("too old or too new")
