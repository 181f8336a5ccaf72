"""Every mail as its reader sees it, kept in tests/golden/mails: read the difference when one changes."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from booking import i18n, notifications, reservations
from booking.notifications import Message
from booking.places.models import Venue
from tests import make
from tests.golden_files import same_as
from tests.make import NOW

BOOKED = UUID(int=7)
KEY = re.compile(r"/mails/[\w.-]+")


async def room_in_lille(**values):
    entity = await make.entity(name="Smart France", country="FR", zone="Europe/Paris")
    house = await make.venue(
        of=entity,
        name="Bazaar St-So",
        street="292 rue Camille Guérin",
        postal_code="59800",
        city="Lille",
        contact_name="Stella",
        contact_email="desk@bazaar.example",
        contact_phone="+33 3 00 00 00 00",
        access={
            "en": "Ring at the red door.\nThe code is 0000#.",
            "fr": "Sonnez à la porte rouge.\nLe code est 0000#.",
        },
    )
    return await make.resource(
        at=house, name="Quai", names={"fr": "Salle Quai"}, located_in="2nd floor", **values
    )


async def book(room, member, **values):
    activity = await make.activity(member, of=room.venue.entity, name="Illustration")
    return await make.reservation(
        room, member, on=activity, id=BOOKED, title="Planning <spring>", people=4, **values
    )


async def kept(kind, suffix=""):
    """Write the messages, and compare the one of this kind."""
    await notifications.write_messages(NOW)
    message = await Message.get(kind=kind)
    uid = (await reservations.Reservation.get(id=BOOKED)).uid
    # Unfolded, as addresses and ids of other lengths fold elsewhere.
    calendar = message.calendar.replace("\r\n ", "").replace("\r\n", "\n")
    calendar = calendar.replace(uid, "[uid]").replace(message.to_email, "[address]")
    key = (await Venue.first()).key
    whole = f"Subject: {message.subject}\n\n{message.text}".replace(f"/{key}\n", "/[house]\n")
    if calendar:
        whole += f"\n[text/calendar; method={message.calendar_method}]\n{calendar}"
    same_as(f"mails/{kind}{suffix}.txt", KEY.sub("/mails/[key]", whole))
    html = message.html.replace(f'/{key}"', '/[house]"')
    same_as(f"mails/{kind}{suffix}.html", KEY.sub("/mails/[key]", html))


@pytest.fixture
async def room(db):
    return await room_in_lille()


@pytest.fixture
async def alice(db):
    return await make.member("Alice")


@pytest.mark.parametrize("language", i18n.LANGUAGES)
async def test_confirmed(room, language):
    await book(room, await make.member("Alice", language=language))
    await kept("reservation_confirmed", f".{language}")


async def test_changed(room, alice):
    await book(room, alice)
    await reservations.change(
        BOOKED, by=alice, at=NOW + timedelta(minutes=5), span=make.span("15:00", "18:00")
    )
    await kept("reservation_changed")


async def test_cancelled(room, alice):
    await book(room, alice)
    await reservations.cancel(BOOKED, by=alice, at=NOW + timedelta(minutes=5))
    await kept("reservation_cancelled")


async def test_cancelled_late_for_a_fee(room, alice):
    await book(room, alice)
    await notifications.write_messages(NOW)
    await reservations.cancel(BOOKED, by=alice, at=make.span().begins_at - timedelta(hours=2))
    await kept("reservation_cancelled", ".fee")


async def test_cancelled_by_the_house(room, alice):
    await book(room, alice)
    stella = await make.manager(room.venue)
    await reservations.cancel(BOOKED, by=stella, at=NOW, reason="The roof leaks above this room.")
    await kept("reservation_cancelled_by_venue")


async def test_held_and_wanted(alice):
    room = await room_in_lille(approval=True)
    await make.manager(room.venue)
    await book(room, alice, note="We are four illustrators.")
    await kept("reservation_held")
    await kept("approval_wanted")


async def test_approved(alice):
    room = await room_in_lille(approval=True)
    await book(room, alice)
    await reservations.approve(BOOKED, by=await make.manager(room.venue), at=NOW + timedelta(hours=1))
    await kept("reservation_approved")


async def test_declined(alice):
    room = await room_in_lille(approval=True)
    await book(room, alice)
    stella = await make.manager(room.venue)
    await reservations.decline(BOOKED, by=stella, at=NOW, reason="A concert next door.")
    await kept("reservation_declined")


async def test_expired(alice):
    room = await room_in_lille(approval=True)
    await book(room, alice)
    await reservations.expire_overdue(NOW + timedelta(days=5))
    await kept("reservation_expired")


@pytest.mark.parametrize("language", i18n.LANGUAGES)
async def test_no_show(db, language):
    room = await room_in_lille(release_minutes=15)
    await book(room, await make.member("Alice", language=language))
    await reservations.release_no_shows(make.span().begins_at + timedelta(minutes=15))
    await kept("reservation_no_show", f".{language}")


async def test_no_show_that_costs_a_part(alice):
    room = await room_in_lille(release_minutes=15, no_show_fee_percent=50)
    await book(room, alice)
    await reservations.release_no_shows(make.span().begins_at + timedelta(minutes=15))
    await kept("reservation_no_show", ".fee")


async def test_reminder(room, alice):
    await book(room, alice, when=make.span(days=3))
    await notifications.write_reminders(make.span(days=3).begins_at - timedelta(hours=23, minutes=59))
    await kept("reminder")


async def test_paid_in_another_currency_is_said(room, alice, monkeypatch):
    from booking.notifications import facts

    await book(room, alice)
    booked = await reservations.Reservation.get(id=BOOKED).select_related("activity")
    booked.paid_currency, booked.paid_cents = "SEK", 27_830
    table = dict(facts.price_facts(booked))
    assert table["Paid by"].startswith("Illustration (SEK")


async def test_sign_in(db, mails, monkeypatch):
    from booking.notifications import signing_in

    sent = []

    async def keep(message, send, *, at):
        sent.append(message)

    monkeypatch.setattr(signing_in, "deliver_one", keep)
    link = "http://localhost:8000/sign-in/link/[token]"
    await notifications.send_sign_in("alice@example.org", "Alice", "123456", link, "en", NOW)
    [message] = sent
    same_as("mails/sign_in.txt", f"Subject: {message.subject}\n\n{message.text}")
    same_as("mails/sign_in.html", message.html)
