"""All that is kept about a member, as one file to take along: what the page on privacy promises.

Names of fields are English whatever the member speaks, as programs read them; what people wrote stays as it is.
Amounts are minor units of the currency beside them; moments are UTC. Secrets are in it in no form.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

import settings
from booking import budgets, calendars, i18n, members, occupancy, payments, reservations, webhooks
from booking.members import Member
from booking.reservations import Reservation
from booking.web import session
from booking.web.settings import browser_name

AT_ONCE = 500


async def download(request: Request) -> Response:
    """The file. It asks as many questions for one booking as for five hundred."""
    member = await session.signed_in(request)
    at = session.at(request)
    day = at.date().isoformat()
    return JSONResponse(
        await _all(member, at),
        headers={
            "Content-Disposition": f'attachment; filename="share-the-desk-{day}.json"',
            "Cache-Control": "no-store",
        },
    )


async def _all(member: Member, at: datetime) -> dict[str, Any]:
    kept = {
        "network": settings.NETWORK_NAME,
        "written_at": at,
        "you": {
            "name": member.name,
            "email": member.email,
            "number": member.number,
            "category": member.category,
            "home_city": member.home_city,
            "language": member.language,
            "clock_hours": member.clock_hours,
            "mails_declined": member.mails_declined.split(),
            "account_ends_at": member.leaves_at,
            "since": member.created_at,
            "receipts_for": {
                "company": member.company,
                "address": member.receipt_address,
                "vat_number": member.vat_number,
            },
        },
        "roles": [
            {"kind": role.kind, "of": (role.venue or role.entity) and (role.venue or role.entity).key}
            | {"since": role.granted_at, "last_day": role.ends_on}
            for role in await members.listed(at, email=member.email)
        ],
        "inductions": [
            {"skill": i18n.name_of(one.skill), "since": one.given_at, "last_day": one.expires_on}
            for one in await members.skills_of(member, at)
        ],
        "activities": [
            {"name": one.activity.name, "number": one.activity.number, "part": one.part}
            for one in await budgets.of(member.id)
        ],
        "bookings": [_booking(one) async for one in _bookings(member, at)],
        "stays": [
            {
                "house": one.venue.key,
                "space": one.resource and i18n.name_of(one.resource),
                "booking": one.reservation_id,
                "from": one.begins_at,
                "until": one.ends_at,
                "source": one.source,
            }
            for one in await occupancy.stays_of(member.id)
        ],
        "receipts": [
            {
                "number": f"{one.year}-{one.number:04}",
                "kind": one.kind,
                "from": one.seller,
                "booking": one.reservation_id,
                "issued_at": one.issued_at,
                "gross_cents": one.gross_cents,
                "vat_cents": one.vat_cents,
                "currency": one.currency,
                "name": one.name,
                "company": one.company,
                "address": one.address,
                "vat_number": one.vat_number,
            }
            for one in await payments.receipts_for(member.id)
        ],
        **await _ways_in(member, at),
    }
    written: dict[str, Any] = _plain(kept)
    return written


async def _bookings(member: Member, at: datetime) -> AsyncIterator[Reservation]:
    after = None
    while found := await reservations.listed(member, at, after=after, most=AT_ONCE):
        for one in found:
            yield one
        if len(found) < AT_ONCE:
            return
        after = (found[-1].begins_at, found[-1].id)


def _booking(one: Reservation) -> dict[str, Any]:
    return {
        "id": one.id,
        "space": i18n.name_of(one.resource),
        "house": one.venue.key,
        "zone": one.venue.zone,
        "from": one.begins_at,
        "until": one.ends_at,
        "state": one.state,
        "people": one.people,
        "quantity": one.quantity,
        "title": one.title,
        "note": one.note,
        "company": one.company,
        "vat_number": one.vat_number,
        "total_cents": one.total_cents,
        "vat_cents": one.vat_cents,
        "fee_cents": one.fee_cents,
        "by_card_cents": one.card_cents,
        "currency": one.currency,
        "activity": one.activity and one.activity.number,
        "booked_by_you": one.booked_by_id == one.member_id,
        "booked_at": one.created_at,
        "cancelled_at": one.cancelled_at,
        "reason": one.reason,
        "checked_in_at": one.checked_in_at,
        "checked_out_at": one.checked_out_at,
        "did_not_come_at": one.no_show_at,
    }


async def _ways_in(member: Member, at: datetime) -> dict[str, Any]:
    """Browsers, passkeys, keys, links and webhooks, each by its name and dates."""
    return {
        "signed_in": [
            {"browser": browser_name(one.agent), "since": one.created_at, "last_used": one.seen_at}
            for one in await members.sessions.list_for(member, at)
        ],
        "passkeys": [
            {"name": one.name, "since": one.created_at, "last_used": one.used_at}
            for one in await members.passkeys.list_for(member)
        ],
        "keys": [
            {"name": one.name, "scopes": one.scopes, "since": one.created_at, "until": one.expires_at}
            | {"last_used": one.used_at}
            for one in await members.tokens.of(member, at)
        ],
        "calendar_links": [
            {"of": one.venue.key if one.venue else "yours", "since": one.created_at}
            | {"last_read": one.fetched_at, "read_by": one.fetched_by}
            for one in await calendars.feeds_of(member)
        ],
        "webhooks": [
            {"name": one.name, "url": one.url, "events": one.events, "since": one.created_at}
            for one in await webhooks.of(member)
        ],
    }


def _plain(value: Any) -> Any:
    """As JSON has it: moments and days by ISO 8601, ids as text."""
    if isinstance(value, dict):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if value is None or isinstance(value, str | int | bool):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
