"""Events become deliveries: for each endpoint that may hear of it, the body as it will be signed and sent.

The body holds facts only (when, what, how many, what it costs), never who: a program that may know more asks the API.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import uuid4

from booking import db, events
from booking.events import Event, Unread
from booking.webhooks.models import WebhookDelivery, WebhookEndpoint

READER = "webhooks"
BATCH = 200
EVENTS_MAX = 2_000
# What a body may say of an event's data. Titles, notes and reasons are people's own words, and stay here.
FACTS = ("begins_at", "ends_at", "resource_id", "people", "quantity", "state", "total_cents", "currency")
TOLD = ("resource_id", "begins_at", "ends_at", "fee_cents", "by_venue")


async def write_deliveries(at: datetime) -> int:
    """Write down every unread event for whom it concerns, oldest first. Returns how many deliveries were written."""
    written = seen = 0
    while seen < EVENTS_MAX:
        waiting = await events.unread(READER, most=BATCH)
        if not waiting:
            break
        seen += len(waiting)
        endpoints = await WebhookEndpoint.filter(active=True, deleted_at__isnull=True).order_by("id")
        quiet = []
        for event in waiting:
            hearing = [each for each in endpoints if event.name in each.events]
            if not hearing:
                quiet.append(event.id)
                continue
            written += await _tell(event, hearing, at)
        if quiet:
            await Unread.filter(reader=READER, event_id__in=quiet).delete()
    return written


@db.atomic
async def _tell(event: Event, hearing: list[WebhookEndpoint], at: datetime) -> int:
    """Keep the deliveries and take the event from the queue: both or neither, and once."""
    if not await events.done(READER, event.id):
        return 0
    venue_id: int | None = event.venue_id  # type: ignore[attr-defined]
    entity_id, key = None, None
    if venue_id is not None:
        [row] = await db.rows("SELECT entity_id, key FROM venue WHERE id = ?", venue_id)
        entity_id, key = row["entity_id"], row["key"]
    body = body_of(event, key)
    concerned = [each for each in hearing if _concerns(each, event, venue_id, entity_id)]
    for each in concerned:
        await WebhookDelivery.create(
            endpoint_id=each.id, event_id=event.id, name=event.name, body=body, next_at=at, created_at=at
        )
    return len(concerned)


def _concerns(endpoint: WebhookEndpoint, event: Event, venue_id: int | None, entity_id: int | None) -> bool:
    if endpoint.kind == "member":
        return event.name.startswith("reservation.") and event.data.get("member_id") == endpoint.owner_id
    if endpoint.kind == "venue":
        return venue_id is not None and venue_id == endpoint.venue_id
    return entity_id is not None and entity_id == endpoint.entity_id


def body_of(event: Event, venue_key: str | None) -> str:
    """An event as JSON: id, name, subject, at, venue, data. The same id in every copy."""
    data: dict[str, Any] = {name: event.data[name] for name in TOLD if name in event.data}
    for side in ("before", "after"):
        if isinstance(event.data.get(side), Mapping):
            data[side] = {name: event.data[side][name] for name in FACTS if name in event.data[side]}
    return _json(f"evt_{event.id}", event.name, event.subject, event.at, venue_key, data)


def body_of_test(endpoint: WebhookEndpoint, at: datetime) -> str:
    """A body that says that it is a test."""
    return _json(
        f"test_{uuid4().hex}", "test", f"webhook:{endpoint.id}", at, None, {"events": endpoint.events}
    )


def _json(id: str, name: str, subject: str, at: datetime, venue: str | None, data: Mapping[str, Any]) -> str:
    instant = at.isoformat().replace("+00:00", "Z")
    said = {"id": id, "name": name, "subject": subject, "at": instant, "venue": venue, "data": data}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
