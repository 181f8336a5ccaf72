"""Which event makes which message, to whom, with what in it. Reads only; `writing` keeps what is composed here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from email.utils import parseaddr
from typing import Any
from uuid import UUID, uuid4

import settings
from booking import calendars, guests, i18n, members, webhooks
from booking.events import Event
from booking.i18n import _
from booking.members import Member, Role
from booking.members.mails import declines
from booking.notifications import facts, receipts, treasurers
from booking.notifications.mime import without_url
from booking.notifications.models import Message
from booking.notifications.rendering import render
from booking.payments import Receipt
from booking.reservations import PAY_FIRST, Reservation, may_come_late

# Event name → kind of mail to the member.
KINDS = {
    "reservation.held": "reservation_held",
    "reservation.confirmed": "reservation_confirmed",
    "reservation.approved": "reservation_approved",
    "reservation.declined": "reservation_declined",
    "reservation.changed": "reservation_changed",
    "reservation.cancelled": "reservation_cancelled",
    "reservation.expired": "reservation_expired",
    "reservation.awaits_payment": "payment_reminder",
    "payment.unpaid": "payment_reminder",
    "payment.link": "payment_link",
    "payment.refunded": "payment_refunded",
    "receipt.issued": "receipt",
    "reservation.change_let_go": "payment_change_expired",
    "reservation.no_show": "reservation_no_show",
}
ABOUT_WEBHOOKS = ("webhook.parked", "webhook.off")
# These give the way in and whom to ask.
_COMING = ("reservation_confirmed", "reservation_approved", "reservation_changed", "reminder")
RELATED = ("resource", "venue__ask", "member", "activity")


async def messages_for(event: Event, *, at: datetime) -> list[Message]:
    """The messages that an event makes, not yet saved; often none."""
    if event.name in ABOUT_WEBHOOKS:
        return await _about_webhook(event, at=at)
    if "together" in event.data:
        return []  # one mail tells all that one press has done: see about_several
    kind = KINDS.get(event.name) or treasurers.KINDS.get(event.name)
    if kind is None:
        return []
    reservation = await Reservation.get_or_none(id=UUID(event.subject.partition(":")[2])).select_related(
        *RELATED
    )
    if reservation is None:
        return []
    data: Mapping[str, Any] = event.data
    if event.name in treasurers.KINDS:
        return await _to_treasurers(kind, reservation, event, at=at)
    if kind == "reservation_changed" and data.get("before") == data.get("after"):
        # Only its words changed: the feed brings that, and nobody needs a mail.
        return []
    if kind == "reservation_cancelled" and data.get("by_venue"):
        kind = "reservation_cancelled_by_venue"
    if kind == "reservation_expired" and data.get("held_for") in PAY_FIRST:
        kind = "payment_expired"
    if kind == "payment_refunded" and data.get("reason_code") == "claim_lost":
        kind = "payment_lost"
    if kind == "payment_change_expired" and (data["state"] != "expired" or not reservation.live):
        return []  # whoever let it go knows, and of what ended it another mail tells
    if event.name == "reservation.awaits_payment" and event.by_id == reservation.member_id:
        return []  # they are on their way to the payment page
    if event.name == "reservation.awaits_payment" and reservation.member.guest:
        kind = "guest_asked"  # a host asks them, and they may not know us
    if kind in ("payment_reminder", "payment_link", "guest_asked") and not reservation.waits_for_card:
        return []  # told late: it is paid, or gone
    attached = await receipts.to_attach(event)
    if kind == "receipt" and attached is None:
        return []  # another mail brings it
    topic = "own_changes" if _only_words(kind, reservation, event) and attached is None else ""
    if topic and declines(reservation.member, topic):
        return []
    link = await guests.page_url(reservation)
    found = [
        own_message(
            kind,
            reservation,
            key=f"event:{event.id}",
            data=data,
            event_id=event.id,
            at=at,
            link=link,
            receipt=attached,
            topic=topic,
        )
    ]
    if kind == "reservation_held":
        hosts = [
            host for host in await hosts_of(reservation.venue, at=at) if host.id != reservation.member_id
        ]
        # Somebody must hear of it: where all of them do without, all are asked.
        willing = [host for host in hosts if not declines(host, "approvals")]
        for host in willing or hosts:
            found.append(approval_message(reservation, host, event_id=event.id, at=at))
    return found


def _only_words(kind: str, reservation: Reservation, event: Event) -> bool:
    """Whether the mail tells a member what they did themselves a moment ago, and no money hangs on it."""
    if event.by_id != reservation.member_id or reservation.member.guest:
        return False
    if kind == "reservation_cancelled":
        return not event.data.get("fee_cents")
    return kind == "reservation_changed"


def own_message(
    kind: str,
    reservation: Reservation,
    *,
    key: str,
    at: datetime,
    data: Mapping[str, Any] | None = None,
    event_id: int | None = None,
    link: str = "",
    receipt: Receipt | None = None,
    topic: str = "",
) -> Message:
    """A message to the reservation's member, in their language. `reservation` has RELATED fetched.

    `link` leads to its page, for a guest the private one; `receipt` is attached. `topic`: which of the mails that they
    may do without it is.
    """
    member: Member = reservation.member
    data = data or {}
    told = data.get("after")
    with i18n.speaking_to(member):
        span = facts.span_of(reservation, told)
        table = [
            *facts.place_facts(reservation),
            (_("When"), facts.when(span, reservation.venue)),
            *_changes(kind, reservation, span, data),
            *facts.size_facts(reservation, told),
            *_money(kind, reservation, data, at=at),
        ]
        coming = kind in _COMING and reservation.state == "confirmed"
        texts = render(
            kind,
            member.language,
            name=member.name,
            resource=i18n.name_of(reservation.resource),
            venue=i18n.name_of(reservation.venue),
            when=i18n.span(*span, reservation.venue.zone),
            facts=table,
            reason=data.get("reason", ""),
            sum=i18n.money(data["amount_cents"], data["currency"]) if "amount_cents" in data else "",
            access=i18n.said_in(reservation.venue.access) if coming else "",
            contact=facts.contact_lines(reservation.venue),
            held_until=_held_until(reservation),
            receipt=receipts.words(receipt),
            released=bool(data.get("released")),
            may_come_late=may_come_late(reservation),
            link=link or f"{settings.BASE_URL}/reservations/{reservation.id}",
            wished=i18n.span(*facts.span_of(reservation, data), reservation.venue.zone),
            without=without_url(member.id, topic),
        )
    method = _calendar_method(kind, reservation, data)
    attendee = calendars.Attendee(member.email, member.name, member.language)
    return message(
        kind,
        member,
        texts,
        key=f"{key}:{kind}:{member.id}",
        at=at,
        event_id=event_id,
        reservation_id=reservation.id,
        receipt_id=receipt.id if receipt else None,
        calendar=calendars.invitation(reservation, method, attendee=attendee).decode() if method else "",
        calendar_method=method,
        topic=topic,
    )


async def _to_treasurers(kind: str, reservation: Reservation, event: Event, *, at: datetime) -> list[Message]:
    return [
        message(
            kind,
            each,
            treasurers.texts_for(kind, reservation, each, event.data),
            key=f"event:{event.id}:{kind}:{each.id}",
            at=at,
            event_id=event.id,
            reservation_id=reservation.id,
        )
        for each in await treasurers.treasurers_of(reservation.venue.entity_id, at=at)
    ]


def approval_message(reservation: Reservation, host: Member, *, event_id: int, at: datetime) -> Message:
    """The question to a host of the venue. Names the member, not their address."""
    with i18n.speaking_to(host):
        table = [
            (_("Who"), reservation.member.name),
            *facts.place_facts(reservation)[:1],
            (_("When"), facts.when((reservation.begins_at, reservation.ends_at), reservation.venue)),
            *facts.size_facts(reservation, None),
        ]
        if reservation.note:
            table.append((_("Note"), reservation.note))
        texts = render(
            "approval_wanted",
            host.language,
            name=host.name,
            who=reservation.member.name,
            resource=i18n.name_of(reservation.resource),
            venue=i18n.name_of(reservation.venue),
            when=i18n.span(reservation.begins_at, reservation.ends_at, reservation.venue.zone),
            facts=table,
            reason="",
            access="",
            contact=[],
            held_until=_held_until(reservation),
            link=f"{settings.BASE_URL}/manage/{reservation.venue.key}",
            without=without_url(host.id, "approvals"),
        )
    return message(
        "approval_wanted",
        host,
        texts,
        key=f"event:{event_id}:approval_wanted:{host.id}",
        at=at,
        event_id=event_id,
        reservation_id=reservation.id,
        topic="approvals",
    )


async def hosts_of(venue: Any, *, at: datetime) -> list[Member]:
    """Who answers for the venue: its hosts and managers, and its entity's; the administrators where there is nobody."""
    held = await Role.filter(
        revoked_at__isnull=True,
        kind__in=("host", "manager", "administrator"),
        member__suspended_at__isnull=True,
    ).select_related("member", "venue", "entity")
    in_force = [role for role in held if members.roles.in_force(role, at)]
    near = [role for role in in_force if role.venue_id == venue.id or role.entity_id == venue.entity_id]
    chosen = near or [role for role in in_force if role.kind == "administrator"]
    return list({role.member_id: role.member for role in chosen}.values())


def _changes(
    kind: str, reservation: Reservation, span: tuple[datetime, datetime], data: Mapping[str, Any]
) -> list[facts.Fact]:
    """What it was before."""
    before = data.get("before")
    if kind != "reservation_changed" or not before:
        return []
    found = []
    if (was := facts.span_of(reservation, before)) != span:
        found.append((_("Before"), facts.when(was, reservation.venue)))
    if before["total_cents"] != data["after"]["total_cents"]:
        found.append((_("Price before"), i18n.money(before["total_cents"], before["currency"])))
    return found


def _money(kind: str, reservation: Reservation, data: Mapping[str, Any], *, at: datetime) -> list[facts.Fact]:
    if kind in ("reservation_cancelled", "reservation_cancelled_by_venue"):
        return facts.fee_facts(reservation, data.get("fee_cents", 0))
    if kind in ("reservation_declined", "reservation_expired", "receipt") or kind.startswith("payment_"):
        return []
    if kind == "reservation_no_show":
        return facts.no_show_facts(reservation)
    if kind == "reminder":
        return facts.terms_facts(reservation, at=at)
    return [*facts.price_facts(reservation), *facts.terms_facts(reservation, at=at)]


def _held_until(reservation: Reservation) -> str:
    if reservation.held_until is None:
        return ""
    return i18n.moment(reservation.held_until, reservation.venue.zone, "full")


def _calendar_method(kind: str, reservation: Reservation, data: Mapping[str, Any]) -> str:
    """REQUEST while it stands, CANCEL when something that stood is gone; nothing for what was never confirmed.

    The event is the reservation's newest state: when several changes are told late, each mail brings the same truth.
    """
    if kind in ("reservation_cancelled", "reservation_cancelled_by_venue"):
        return "CANCEL" if (data.get("before") or {}).get("state") == "confirmed" else ""
    confirming = kind in ("reservation_confirmed", "reservation_approved", "reservation_changed")
    return "REQUEST" if confirming and reservation.state == "confirmed" else ""


async def _about_webhook(event: Event, *, at: datetime) -> list[Message]:
    """To the owner of an address that does not take what we tell it."""
    id = int(event.subject.partition(":")[2])
    found = await webhooks.WebhookEndpoint.get_or_none(id=id).select_related("owner")
    if found is None or found.owner.suspended_at is not None:
        return []
    kind = "webhook_parked" if event.name == "webhook.parked" else "webhook_off"
    texts = render(
        kind,
        found.owner.language,
        name=found.owner.name,
        endpoint=found.name,
        address=found.url,
        reason=event.data.get("reason", ""),
        link=f"{settings.BASE_URL}/settings/webhooks/{found.id}",
    )
    key = f"event:{event.id}:{kind}:{found.owner_id}"
    return [message(kind, found.owner, texts, key=key, at=at, event_id=event.id)]


def message(kind: str, to: Member, texts: Any, *, key: str, at: datetime, **values: Any) -> Message:
    """A message to a member, not yet saved. `key` makes it once."""
    id = uuid4()
    return Message(
        id=id,
        key=key,
        kind=kind,
        member_id=to.id,
        to_email=to.email,
        to_name=to.name,
        language=to.language,
        subject=texts.subject,
        text=texts.text,
        html=texts.html,
        message_id=message_id(id),
        next_at=at,
        created_at=at,
        **values,
    )


def message_id(id: UUID) -> str:
    """The Message-ID: the same in every copy."""
    return f"<{id}@{parseaddr(settings.MAIL_FROM)[1].rpartition('@')[2] or 'localhost'}>"
