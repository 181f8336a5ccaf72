"""The mails about a card, in every language, as their readers see them."""

from datetime import timedelta

import pytest

from booking import events, guests, i18n, notifications, reservations
from booking.notifications import Message
from booking.reservations import ByCard, Reservation
from tests import make
from tests.golden_files import same_as
from tests.make import NOW
from tests.notifications.test_golden_mails import BOOKED, room_in_lille

MONEY = {"amount_cents": 2420, "currency": "EUR"}
TOLD = {
    "payment_reminder": ("payment.unpaid", MONEY),
    "payment_link": ("payment.link", {**MONEY, "failure": "authentication_required"}),
    "payment_refunded": ("payment.refunded", {**MONEY, "reason_code": "cancelled"}),
    "payment_lost": ("payment.refunded", {**MONEY, "reason_code": "claim_lost"}),
    "payment_refund_failed": ("payment.refund_failed", {**MONEY, "failure": "lost_or_stolen_card"}),
    "payment_disputed": ("payment.disputed", {**MONEY, "status": "needs_response"}),
    "payment_change_expired": (
        "reservation.change_let_go",
        {
            "state": "expired",
            "begins_at": "2026-11-24T09:00:00+00:00",
            "ends_at": "2026-11-24T12:00:00+00:00",
        },
    ),
    "payment_expired": ("reservation.expired", {"held_for": "payment"}),
}


@pytest.fixture
async def room(db):
    return await room_in_lille()


async def held(room, member) -> Reservation:
    card = ByCard(50, timedelta(minutes=32))
    return await reservations.reserve(
        BOOKED, room.id, make.span(), by=member, at=NOW, card=card, title="Planning <spring>"
    )


async def written(kind) -> Message:
    await notifications.write_messages(NOW)
    return await Message.get(kind=kind)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("kind", TOLD)
async def test_each_mail_in_each_language(room, kind, language):
    reader = await make.member("Alice", language=language)
    await make.role("treasurer", reader, entity=room.venue.entity)
    made = await held(room, reader)
    name, data = TOLD[kind]
    await events.record(name, made.subject, at=NOW, venue_id=made.venue_id, **data)
    message = await written(kind)
    same_as(f"mails/{kind}.{language}.txt", f"Subject: {message.subject}\n\n{message.text}")
    same_as(f"mails/{kind}.{language}.html", message.html)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
async def test_a_host_asks_a_guest(room, language):
    stella = await make.manager(room.venue)
    card = ByCard(50, timedelta(hours=72))
    asked = {
        "email": "greta@guest.example",
        "name": "Greta",
        "language": language,
        "title": "Planning <spring>",
    }
    made = await guests.invite(BOOKED, room.id, make.span(), by=stella, card=card, at=NOW, **asked)
    message = await written("guest_asked")
    await made.fetch_related("member")
    page = await guests.page_url(made)
    assert page in message.text
    same_as(
        f"mails/guest_asked.{language}.txt",
        f"Subject: {message.subject}\n\n{message.text.replace(page, 'PAGE')}",
    )
    same_as(f"mails/guest_asked.{language}.html", message.html.replace(page, "PAGE"))
    await reservations.confirm(made.id, at=NOW)
    await Reservation.filter(id=made.id).update(card_cents=0)


async def test_paid_and_confirmed(room):
    made = await held(room, await make.member("Alice"))
    await reservations.confirm(made.id, at=NOW)
    await Reservation.filter(id=made.id).update(card_cents=2420)
    message = await written("reservation_confirmed")
    assert "Paid by card: €24.20" in message.text
    assert message.calendar_method == "REQUEST"
    # No card has paid here; the invariants ask for that.
    await Reservation.filter(id=made.id).update(card_cents=0)


@pytest.mark.parametrize("kind", ["payment_reminder", "payment_link"])
async def test_what_is_paid_meanwhile_is_not_asked_for(room, kind):
    made = await held(room, await make.member("Alice"))
    await reservations.confirm(made.id, at=NOW)
    name, data = TOLD[kind]
    await events.record(name, made.subject, at=NOW, venue_id=made.venue_id, **data)
    await notifications.write_messages(NOW)
    assert not await Message.exists(kind=kind)
    await Reservation.filter(id=made.id).update(card_cents=0)


async def test_without_a_treasurer_the_administrators_are_told(room):
    ada = await make.member("Ada")
    await make.role("administrator", ada)
    made = await held(room, await make.member("Alice"))
    name, data = TOLD["payment_refund_failed"]
    await events.record(name, made.subject, at=NOW, venue_id=made.venue_id, **data)
    assert (await written("payment_refund_failed")).to_email == ada.email
