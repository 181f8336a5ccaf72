"""The table of a mail: label and value of what a person wants to know of a reservation, in the language spoken here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from booking import i18n, pricing, reservations, search
from booking.i18n import _
from booking.pricing import Terms
from booking.reservations import Reservation

Fact = tuple[str, str]


def place_facts(reservation: Reservation) -> list[Fact]:
    """Where. `resource` and `venue` are fetched."""
    resource, venue = reservation.resource, reservation.venue
    inside = [i18n.name_of(resource), resource.located_in, i18n.name_of(venue)]
    address = [
        venue.street,
        f"{venue.postal_code} {search.city_of(venue)}".strip(),
        i18n.country(venue.country),
    ]
    return [
        (_("Where"), ", ".join(part for part in inside if part)),
        (_("Address"), ", ".join(part for part in address if part)),
    ]


def when(span: tuple[datetime, datetime], venue: Any) -> str:
    """The time on the venue's wall clock, which may not be the reader's."""
    text = i18n.span(*span, venue.zone, "full")
    return _("%(span)s (local time in %(city)s)") % {"span": text, "city": search.city_of(venue)}


def span_of(reservation: Reservation, told: Mapping[str, Any] | None) -> tuple[datetime, datetime]:
    """The time as the event tells it, else as it is now."""
    if told and "begins_at" in told:
        return datetime.fromisoformat(told["begins_at"]), datetime.fromisoformat(told["ends_at"])
    return reservation.begins_at, reservation.ends_at


def size_facts(reservation: Reservation, told: Mapping[str, Any] | None) -> list[Fact]:
    """For how many, where it says more than one; and the title."""
    people = (told or {}).get("people", reservation.people)
    quantity = (told or {}).get("quantity", reservation.quantity)
    found = []
    if reservation.title:
        found.append((_("Title"), reservation.title))
    if people > 1:
        found.append((_("People"), str(people)))
    if quantity > 1:
        found.append((_("Number"), str(quantity)))
    return found


def price_facts(reservation: Reservation) -> list[Fact]:
    """The price with its VAT, and which Activity pays how much in its own currency. `activity` is fetched."""
    total = i18n.money(reservation.total_cents, reservation.currency)
    if reservation.vat_cents:
        total = _("%(total)s (%(vat)s VAT included)") % {
            "total": total,
            "vat": i18n.money(reservation.vat_cents, reservation.currency),
        }
    found = [(_("Price"), total)]
    if reservation.activity is not None:
        pays = reservation.activity.name
        if reservation.paid_currency and reservation.paid_currency != reservation.currency:
            pays += f" ({i18n.money(reservation.paid_cents, reservation.paid_currency)})"
        found.append((_("Paid by"), pays))
    if reservation.card_cents and reservation.held_for != "payment":
        paid = reservation.state == "confirmed"
        sum_ = i18n.money(reservation.card_cents, reservation.currency)
        found.append((_("Paid by card") if paid else _("By card, after a yes"), sum_))
    return found


def terms_facts(reservation: Reservation, *, at: datetime) -> list[Fact]:
    """Until when cancelling is free, and what it costs then."""
    terms = Terms.from_json(reservation.terms)
    late = i18n.percent(terms.late_fee_basis_points / 10_000)
    if at < terms.free_until:
        free_until = i18n.moment(terms.free_until, reservation.venue.zone, "full")
        return [
            (_("Free cancellation"), _("until %(moment)s") % {"moment": free_until}),
            (_("After that"), _("%(percent)s of the price") % {"percent": late}),
        ]
    return [(_("Cancelling"), _("%(percent)s of the price") % {"percent": late})]


def fee_facts(reservation: Reservation, fee_cents: int) -> list[Fact]:
    """What a cancellation costs."""
    if not reservation.total_cents:
        return []
    if not fee_cents:
        if reservation.card_cents:
            return [
                (_("Cost"), _("nothing")),
                *_back_facts(reservation, reservation.total_cents),
            ]
        return [(_("Cost"), _("nothing: the whole price is free again"))]
    return [
        (_("Cancellation fee"), i18n.money(fee_cents, reservation.currency)),
        *_back_facts(reservation, reservation.total_cents - fee_cents),
    ]


def _back_facts(reservation: Reservation, back_cents: int) -> list[Fact]:
    """What goes back, to where it came from."""
    by_activity, by_card = reservations.shares(reservation, back_cents)
    found = []
    if reservation.activity_id:
        found.append((_("Back to your budget"), i18n.money(by_activity, reservation.currency)))
    if reservation.card_cents:
        found.append((_("Back to your card"), i18n.money(by_card, reservation.currency)))
    return found


def no_show_facts(reservation: Reservation) -> list[Fact]:
    """What not coming costs: the fee of the terms, or the whole price."""
    if not reservation.total_cents:
        return []
    fee_cents = pricing.no_show_fee(reservation.total_cents, Terms.from_json(reservation.terms))
    if fee_cents == reservation.total_cents:
        return [(_("Cost"), _("the price of the booking, as its terms say"))]
    if not fee_cents:
        return [(_("Cost"), _("nothing: the whole price is free again"))]
    return [
        (_("Fee for not coming"), i18n.money(fee_cents, reservation.currency)),
        *_back_facts(reservation, reservation.total_cents - fee_cents),
    ]


def contact_lines(venue: Any) -> list[str]:
    """Whom to ask: the venue's contact, else that of the office that answers for it. `ask` is fetched."""
    for place in (venue, venue.ask):
        if place is not None:
            lines = [part for part in (place.contact_name, place.contact_email, place.contact_phone) if part]
            if lines:
                return lines
    return [venue.ask.name] if venue.ask is not None else []
