"""Endpoints: who may have one for what, making, changing, switching and removing them; their deliveries.

An endpoint belongs to a member and speaks for their own bookings, for a venue they manage, or for an entity they manage
or whose books they keep. The right is asked again each time something is sent.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import settings
from booking import db, events, members, outbound, places
from booking.errors import NotFound, Refused
from booking.i18n import lazy as _
from booking.members import Member, Roles
from booking.webhooks.models import WebhookDelivery, WebhookEndpoint
from booking.webhooks.telling import body_of_test

ENDPOINTS_MAX = 10
PAGE = 50
EVENTS = {
    "reservation.held": _("A booking waits for approval"),
    "reservation.confirmed": _("Booked"),
    "reservation.approved": _("Approved by a host"),
    "reservation.declined": _("Declined by a host"),
    "reservation.changed": _("Changed"),
    "reservation.cancelled": _("Cancelled"),
    "reservation.expired": _("Not answered or paid in time"),
    "reservation.checked_in": _("Checked in"),
    "reservation.checked_out": _("Checked out"),
    "reservation.no_show": _("Did not come"),
    "venue.closed": _("A closure was set"),
    "venue.reopened": _("A closure was withdrawn"),
}


class EndpointsEnough(Refused):
    code = "endpoints_enough"
    text = _("You have %(most)d addresses already. Remove one first.")


class NotAllowed(Refused):
    """The address may not be asked."""

    code = "address_not_allowed"
    text = _(
        "This address cannot be used. It must begin with https:// and belong to a machine on the open Internet."
    )


def loopback() -> bool:
    """Whether this machine itself may be told something: in demonstrations and while developing."""
    return bool(settings.DEMO or settings.DEBUG)


def may_hold(roles: Roles, kind: str, place: Any | None) -> bool:
    """Whether these roles allow an endpoint of this kind for this venue or entity."""
    if kind == "venue":
        return roles.manages(place)  # type: ignore[arg-type]
    if kind == "entity":
        assert place is not None
        return roles.keeps_books_of(place.id) or place.id in roles.managed_entities
    return True


async def places_of(member: Member, at: datetime) -> list[tuple[str, Any]]:
    """What the member may have an endpoint for beside their own bookings: ('venue', venue) and ('entity', entity)."""
    roles = await members.active(member, at)
    if not (roles.manages_anything or roles.treasurer_of):
        return []
    venues = [("venue", each) for each in await places.venues() if may_hold(roles, "venue", each)]
    entities = [
        ("entity", each)
        for each in await places.Entity.all().order_by("name")
        if may_hold(roles, "entity", each)
    ]
    return entities + venues


async def of(member: Member) -> list[WebhookEndpoint]:
    """The member's endpoints, their venue and entity fetched, oldest first."""
    mine = WebhookEndpoint.filter(owner_id=member.id, deleted_at__isnull=True)
    return await mine.select_related("venue", "entity").order_by("id")


async def endpoint(id: int, *, by: Member) -> WebhookEndpoint:
    """One of the member's endpoints. Raises NotFound."""
    found = await WebhookEndpoint.get_or_none(id=id, owner_id=by.id, deleted_at__isnull=True).select_related(
        "venue", "entity"
    )
    if found is None:
        raise NotFound
    return found


async def make(
    owner: Member,
    *,
    name: str,
    url: str,
    names: Sequence[str],
    kind: str = "member",
    place: Any | None = None,
    at: datetime,
) -> WebhookEndpoint:
    """A new endpoint. Raises NotFound where the member has no such right, NotAllowed, EndpointsEnough.

    Whether anybody answers there shows with the first delivery; here only what may never be asked is refused.
    """
    if not may_hold(await members.active(owner, at), kind, place):
        raise NotFound
    _check(url, names)
    return await _make(owner, name=name, url=url, names=names, kind=kind, place=place, at=at)


@db.atomic
async def _make(
    owner: Member, *, name: str, url: str, names: Sequence[str], kind: str, place: Any, at: datetime
) -> WebhookEndpoint:
    await db.lock(Member, [owner.id])
    if await WebhookEndpoint.filter(owner_id=owner.id, deleted_at__isnull=True).count() >= ENDPOINTS_MAX:
        raise EndpointsEnough(most=ENDPOINTS_MAX)
    made = await WebhookEndpoint.create(
        owner_id=owner.id,
        kind=kind,
        venue_id=place.id if kind == "venue" else None,
        entity_id=place.id if kind == "entity" else None,
        name=name[:80],
        url=url,
        salt=secrets.token_urlsafe(32),
        events=[each for each in EVENTS if each in names],
        created_at=at,
    )
    await _record("webhook.made", made, by=owner, at=at)
    return made


async def change(
    id: int, *, by: Member, name: str, url: str, names: Sequence[str], at: datetime
) -> WebhookEndpoint:
    """Another name, address or choice of events. What waits already goes to the new address. Raises as `make`."""
    found = await endpoint(id, by=by)
    _check(url, names)
    found.name, found.url, found.events = name[:80], url, [each for each in EVENTS if each in names]
    await _save(found, "name", "url", "events", event="webhook.changed", by=by, at=at)
    return found


async def switch(id: int, on: bool, *, by: Member, at: datetime) -> WebhookEndpoint:
    """On or off. While it is off nothing is written down for it; what waited before goes out once it is on again."""
    found = await endpoint(id, by=by)
    if found.active != on:
        found.active, found.off_reason, found.failing_since = on, "", None
        event = "webhook.switched_on" if on else "webhook.switched_off"
        await _save(found, "active", "off_reason", "failing_since", event=event, by=by, at=at)
        if on:
            await WebhookDelivery.filter(endpoint_id=id, state="waiting").update(next_at=at)
    return found


async def new_secret(id: int, *, by: Member, at: datetime) -> WebhookEndpoint:
    """Sign with another secret from now on."""
    found = await endpoint(id, by=by)
    found.salt = secrets.token_urlsafe(32)
    await _save(found, "salt", event="webhook.new_secret", by=by, at=at)
    return found


async def remove(id: int, *, by: Member, at: datetime) -> None:
    """Tell nothing to this endpoint any more; what waits is dropped."""
    found = await endpoint(id, by=by)
    found.deleted_at, found.active = at, False
    await _save(found, "deleted_at", "active", event="webhook.removed", by=by, at=at)
    await WebhookDelivery.filter(endpoint_id=id, state="waiting").update(state="parked", error="removed")


async def deliveries(
    of: WebhookEndpoint, *, state: str = "", before: int | None = None, most: int = PAGE
) -> list[WebhookDelivery]:
    """The endpoint's deliveries, newest first; those before an id, and in one state."""
    found = WebhookDelivery.filter(endpoint_id=of.id)
    if state:
        found = found.filter(state=state)
    if before is not None:
        found = found.filter(id__lt=before)
    return await found.order_by("-id").limit(most)


@db.atomic
async def send_again(id: int, delivery_id: int, *, by: Member, at: datetime) -> WebhookDelivery:
    """The same body once more, as a delivery of its own behind all that wait. Raises NotFound.

    What still waits is not doubled: it is tried now.
    """
    found = await endpoint(id, by=by)
    known = await WebhookDelivery.get_or_none(id=delivery_id, endpoint_id=found.id)
    if known is None:
        raise NotFound
    if known.state == "waiting":
        await WebhookDelivery.filter(id=known.id, state="waiting").update(next_at=at)
        return known
    return await WebhookDelivery.create(
        endpoint_id=id, event_id=known.event_id, name=known.name, body=known.body, next_at=at, created_at=at
    )


@db.atomic
async def send_test(id: int, *, by: Member, at: datetime) -> WebhookDelivery:
    """A test event, in its turn."""
    found = await endpoint(id, by=by)
    return await WebhookDelivery.create(
        endpoint_id=id, event_id=None, name="test", body=body_of_test(found, at), next_at=at, created_at=at
    )


def _check(url: str, names: Sequence[str]) -> None:
    if not set(names) or set(names) - set(EVENTS):
        raise ValueError("an endpoint hears at least one event that exists")
    try:
        outbound.read(url, loopback=loopback())
    except outbound.NotReachable as why:
        raise NotAllowed() from why


@db.atomic
async def _save(found: WebhookEndpoint, *fields: str, event: str, by: Member, at: datetime) -> None:
    await found.save(update_fields=list(fields))
    await _record(event, found, by=by, at=at)


async def _record(name: str, of: WebhookEndpoint, *, by: Member, at: datetime) -> None:
    subject = f"webhook:{of.id}"
    await events.record(name, subject, at=at, by_id=by.id, kind=of.kind, entity_id=of.entity_id)
