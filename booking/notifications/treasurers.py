"""What the treasurers of an entity are told of card payments: what Stripe refused to give back, what is disputed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import settings
from booking import i18n, members
from booking.i18n import _
from booking.members import Member, Role
from booking.notifications import facts
from booking.notifications.rendering import Texts, render
from booking.reservations import Reservation

KINDS = {"payment.refund_failed": "payment_refund_failed", "payment.disputed": "payment_disputed"}


async def treasurers_of(entity_id: int, *, at: datetime) -> list[Member]:
    """Who keeps the books of an entity; the administrators where nobody does."""
    held = await Role.filter(
        revoked_at__isnull=True, kind__in=("treasurer", "administrator"), member__suspended_at__isnull=True
    ).select_related("member", "venue", "entity")
    in_force = [role for role in held if members.roles.in_force(role, at)]
    near = [role for role in in_force if role.entity_id == entity_id]
    chosen = near or [role for role in in_force if role.kind == "administrator"]
    return list({role.member_id: role.member for role in chosen}.values())


def texts_for(kind: str, reservation: Reservation, to: Member, data: Mapping[str, Any]) -> Texts:
    """The texts for one treasurer. They name the booking, not its member."""
    with i18n.speaking_to(to):
        return render(
            kind,
            to.language,
            name=to.name,
            resource=i18n.name_of(reservation.resource),
            venue=i18n.name_of(reservation.venue),
            when=i18n.span(reservation.begins_at, reservation.ends_at, reservation.venue.zone),
            facts=[
                *facts.place_facts(reservation)[:1],
                (_("When"), facts.when((reservation.begins_at, reservation.ends_at), reservation.venue)),
                *([(_("Stripe says"), data["failure"])] if data.get("failure") else []),
            ],
            sum=i18n.money(data["amount_cents"], data["currency"]),
            reason="",
            access="",
            contact=[],
            held_until="",
            link=f"{settings.BASE_URL}/books/cards",
        )
