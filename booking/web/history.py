"""What happened to a reservation, in words; and where it is, drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from booking import events, i18n, places
from booking.i18n import gettext as _
from booking.i18n import lazy
from booking.members import Member
from booking.places import drawing
from booking.reservations import PAY_FIRST, Reservation
from booking.timespan import TimeSpan
from booking.web.pages import url

SAID = {
    "reservation.held": lazy("Asked for"),
    "reservation.confirmed": lazy("Booked"),
    "reservation.approved": lazy("Confirmed by the house"),
    "reservation.declined": lazy("Declined by the house"),
    "reservation.changed": lazy("Changed"),
    "reservation.cancelled": lazy("Cancelled"),
    "reservation.expired": lazy("Let go, as nobody answered in time"),
    "reservation.posted": lazy("Settled"),
    "reservation.awaits_payment": lazy("Held for a payment by card"),
    "reservation.change_held": lazy("A dearer change was asked for, held for its payment"),
    "reservation.change_let_go": lazy("The change was let go: everything stays as it was"),
    "reservation.agreed": lazy("Agreed by the house; the card is asked"),
    "payment.paid": lazy("Paid by card"),
    "payment.authorised": lazy("Kept ready on the card"),
    "payment.saved": lazy("A card was given"),
    "payment.link": lazy("A link to pay was sent"),
    "payment.refunded": lazy("Given back to the card"),
    "payment.refund_failed": lazy("The card could not be given its money back yet"),
    "payment.refund_tried_again": lazy("Giving back was tried again"),
    "payment.disputed": lazy("Disputed at the bank"),
    "payment.dispute_closed": lazy("The dispute is closed"),
    "reservation.checked_in": lazy("Checked in"),
    "reservation.checked_out": lazy("Checked out"),
    "reservation.check_in_undone": lazy("Check-in taken back"),
    "reservation.no_show": lazy("Nobody checked in"),
}


@dataclass(frozen=True)
class Happened:
    """One line of the history: when, what, by whom ('' for the house's clockwork), and what was different after."""

    at: datetime
    what: str
    who: str
    details: list[str]


async def lines(found: Reservation, viewer: Member) -> list[Happened]:
    """The history of a reservation with its members fetched, oldest first."""
    return [
        Happened(each.at, _what(each), _who(each.by_id, found, viewer), _details(each, found))
        for each in await events.history(found.subject)
        if each.name in SAID
    ]


def _what(event: Any) -> str:
    if event.name == "reservation.expired" and event.data.get("held_for") in PAY_FIRST:
        return _("Let go, as it was not paid in time")
    return str(SAID[event.name])


def _who(by_id: int | None, found: Reservation, viewer: Member) -> str:
    """By name only the two people whom the booking belongs to; anybody else of the house is the house."""
    if by_id is None:
        return ""
    if by_id == viewer.id:
        return _("you")
    if by_id == found.member_id:
        return str(found.member.name)
    return _("the house")


def _details(event: Any, found: Reservation) -> list[str]:
    data, zone = event.data, found.venue.zone
    said = []
    before, after = data.get("before") or {}, data.get("after") or {}
    if event.name == "reservation.changed":
        spans = [_span(each) for each in (before, after)]
        if spans[0] != spans[1]:
            said.append(
                _("from %(before)s to %(after)s")
                % {
                    "before": i18n.span(spans[0].begins_at, spans[0].ends_at, zone),
                    "after": i18n.span(spans[1].begins_at, spans[1].ends_at, zone),
                }
            )
        if before.get("people") != after.get("people"):
            said.append(_("%(before)s people, now %(after)s") % _both(before, after, "people"))
        if before.get("quantity") != after.get("quantity"):
            said.append(_("%(before)s pieces, now %(after)s") % _both(before, after, "quantity"))
        if before.get("total_cents") != after.get("total_cents"):
            said.append(
                _("price %(before)s, now %(after)s")
                % {
                    "before": i18n.money(before["total_cents"], before["currency"]),
                    "after": i18n.money(after["total_cents"], after["currency"]),
                }
            )
    if data.get("released"):
        said.append(_("what was left of it is free for others"))
    if data.get("fee_cents"):
        said.append(_("fee %(fee)s") % {"fee": i18n.money(data["fee_cents"], found.currency)})
    if event.name.startswith("payment.") and data.get("amount_cents"):
        said.append(i18n.money(data["amount_cents"], data["currency"]))
    if data.get("reason"):
        said.append(f"“{data['reason']}”")
    return said


def _span(facts: Any) -> TimeSpan:
    return TimeSpan(datetime.fromisoformat(facts["begins_at"]), datetime.fromisoformat(facts["ends_at"]))


def _both(before: Any, after: Any, name: str) -> dict[str, Any]:
    return {"before": before.get(name), "after": after.get(name)}


async def plan_of(venue: Any) -> drawing.Plan:
    """The drawn plan of the venue, each room a link to its page."""
    return drawing.draw(
        [
            drawing.Thing(
                each.id,
                i18n.name_of(each),
                each.group,
                each.capacity_people or 0,
                url("resource", resource_id=each.id),
            )
            for each in await places.published([venue.id])
        ]
    )
