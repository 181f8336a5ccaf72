"""Delivering: per endpoint the oldest first, claim, send, mark; later and later where it fails; off after days of it.

A claim is a conditional update that moves `next_at` on: whoever changes the row sends it, and if they die, it is due
again by itself. So a delivery may arrive twice, with the same id in its body, and never not at all.
"""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any

import structlog

from booking import db, events, members, outbound
from booking.forms import clean
from booking.members import Member
from booking.places import Entity, Venue
from booking.webhooks import endpoints, signing
from booking.webhooks.models import WebhookDelivery, WebhookEndpoint

AT_ONCE = 8
RUN_SECONDS_MAX = 45
SECONDS_MAX = 10
CLAIMED_FOR = timedelta(minutes=2)
# After the first, second ... failure; one more failure than there are waits here parks the delivery: three days.
WAITS = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
    timedelta(hours=24),
    timedelta(hours=24),
)
OFF_AFTER = timedelta(days=5)
KEPT = timedelta(days=30)
ANSWER_OCTETS = 500

log = structlog.get_logger()


async def deliver(at: datetime) -> int:
    """Send what is due. Returns how many were sent. Endpoints do not wait for each other."""
    stops_at = asyncio.get_running_loop().time() + RUN_SECONDS_MAX
    sent, tried = 0, set[int]()
    while asyncio.get_running_loop().time() < stops_at:
        due = [each for each in await _due(at) if each["id"] not in tried][:AT_ONCE]
        if not due:
            break
        tried |= {each["id"] for each in due}
        # No transaction is open here: each opens its own.
        results = await asyncio.gather(*(_deliver_one(each["id"], at) for each in due))
        sent += sum(results)
    return sent


async def _due(at: datetime) -> list[dict[str, Any]]:
    """The first waiting delivery of each endpoint that is on, where its time has come."""
    return await db.rows(
        "SELECT d.id FROM webhook_delivery d JOIN webhook_endpoint e ON e.id = d.endpoint_id "
        "WHERE e.active AND e.deleted_at IS NULL AND d.next_at <= ? AND d.id = ("
        "SELECT MIN(first.id) FROM webhook_delivery first "
        "WHERE first.endpoint_id = d.endpoint_id AND first.state = 'waiting') ORDER BY d.next_at, d.id LIMIT 200",
        at,
    )


async def _deliver_one(id: int, at: datetime) -> bool:
    try:
        return await deliver_one(id, at)
    except Exception:
        log.exception("webhook not delivered", delivery=id)
        return False


async def deliver_one(id: int, at: datetime) -> bool:
    """Claim and send one delivery. False when somebody else has it, or it failed."""
    # Of two who saw it due, the second finds that it is not due any more.
    if not await WebhookDelivery.filter(id=id, state="waiting", next_at__lte=at).update(
        next_at=at + CLAIMED_FOR
    ):
        return False
    delivery = await WebhookDelivery.get(id=id).select_related("endpoint__owner")
    endpoint: WebhookEndpoint = delivery.endpoint
    if not await _still_theirs(endpoint, at):
        await _off(endpoint, "role", at)
        return False
    try:
        answer = await outbound.ask(
            "POST",
            endpoint.url,
            headers={
                "Content-Type": "application/json",
                "User-Agent": "share-the-desk-webhooks/1",
                signing.HEADER: signing.signature(signing.secret_of(endpoint), delivery.body, at),
            },
            content=delivery.body.encode(),
            seconds=SECONDS_MAX,
            octets_most=ANSWER_OCTETS,
            loopback=endpoints.loopback(),
        )
    except outbound.NotReachable as why:
        return await _failed(delivery, endpoint, at, error=why.why)
    said = outbound_text(answer.body)
    if not 200 <= answer.status < 300:
        return await _failed(delivery, endpoint, at, status=answer.status, response=said)
    await WebhookDelivery.filter(id=id).update(
        state="sent",
        sent_at=at,
        tried_at=at,
        attempts=delivery.attempts + 1,
        status=answer.status,
        response=said,
        error="",
    )
    if endpoint.failing_since is not None:
        await WebhookEndpoint.filter(id=endpoint.id).update(failing_since=None)
    return True


def outbound_text(body: bytes) -> str:
    """What another machine said, as text that can be kept and shown."""
    return str(clean(body.decode("utf-8", "replace")))[:ANSWER_OCTETS]


async def _still_theirs(endpoint: WebhookEndpoint, at: datetime) -> bool:
    """Whether the owner may still hear of this: not suspended, and the role still in force."""
    owner: Member = endpoint.owner
    if owner.suspended_at is not None:
        return False
    if endpoint.kind == "member":
        return True
    place: Any = (
        await Venue.get(id=endpoint.venue_id)
        if endpoint.kind == "venue"
        else await Entity.get(id=endpoint.entity_id)
    )
    return endpoints.may_hold(await members.active(owner, at), endpoint.kind, place)


async def _failed(
    delivery: WebhookDelivery,
    endpoint: WebhookEndpoint,
    at: datetime,
    *,
    status: int | None = None,
    response: str = "",
    error: str = "",
) -> bool:
    """Wait longer each time, park after three days, switch the endpoint off after five without a success."""
    tries = delivery.attempts + 1
    changes: dict[str, Any] = {
        "attempts": tries,
        "tried_at": at,
        "status": status,
        "response": response,
        "error": error[:300],
    }
    parked = tries > len(WAITS)
    changes |= {"state": "parked"} if parked else {"next_at": at + WAITS[tries - 1]}
    await WebhookDelivery.filter(id=delivery.id, state="waiting").update(**changes)
    since = endpoint.failing_since or at
    if endpoint.failing_since is None:
        await WebhookEndpoint.filter(id=endpoint.id, failing_since__isnull=True).update(failing_since=at)
    if at - since >= OFF_AFTER:
        await _off(endpoint, "failing", at)
    elif parked:
        await _tell_owner("webhook.parked", endpoint, at, delivery=delivery.name)
    log.warning("webhook failed", endpoint=endpoint.id, delivery=delivery.id, tries=tries, status=status)
    return False


@db.atomic
async def _off(endpoint: WebhookEndpoint, reason: str, at: datetime) -> None:
    """Switch the endpoint off, once, and let its owner know."""
    if await WebhookEndpoint.filter(id=endpoint.id, active=True).update(active=False, off_reason=reason):
        await _tell_owner("webhook.off", endpoint, at, reason=reason)


async def _tell_owner(name: str, endpoint: WebhookEndpoint, at: datetime, **data: Any) -> None:
    await events.record(name, f"webhook:{endpoint.id}", at=at, member_id=endpoint.owner_id, **data)


async def forget(at: datetime) -> int:
    """Delete what was sent or parked a month ago. Returns how many rows went."""
    return await WebhookDelivery.filter(state__in=["sent", "parked"], created_at__lt=at - KEPT).delete()
