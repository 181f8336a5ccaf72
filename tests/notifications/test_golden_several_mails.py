"""One mail for several bookings of one press, as its reader sees it; kept in tests/golden/mails."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from icalendar import Calendar

from booking import i18n, notifications, reservations
from booking.notifications import Message
from booking.places.models import Venue
from booking.reservations import Extra, Repeat, Reservation, Wall
from tests import make
from tests.golden_files import same_as
from tests.make import NOW
from tests.notifications.test_golden_mails import room_in_lille

BASKET = UUID(int=9)
TUESDAY = date(2026, 11, 24)


@pytest.fixture
async def room(db):
    return await room_in_lille()


async def choir(room, member, *, extras=(), repeat=None):
    activity = await make.activity(member, of=room.venue.entity, name="Illustration")
    repeat = repeat or Repeat("week", times=4)
    wanted = reservations.wishes(
        BASKET,
        repeat.dates(TUESDAY),
        Wall(600, 720),
        resource_id=room.id,
        zone=room.venue.zone,
        people=4,
        extras=extras,
    )
    made = await reservations.reserve_together(
        BASKET,
        wanted,
        by=member,
        at=NOW,
        repeat=repeat,
        first_on=TUESDAY,
        activity_id=activity.id,
        title="Choir",
    )
    return made.reservations


def _in_order(rows):
    return sorted(rows, key=lambda each: (each.begins_at, each.beside_id is not None))


async def kept(kind, suffix):
    """Write the messages: the one of this kind is compared, and there is no other for its reader."""
    await notifications.write_messages(NOW)
    message = await Message.filter(kind=kind).order_by("-created_at").first()
    calendar = message.calendar.replace("\r\n ", "").replace("\r\n", "\n")
    for number, each in enumerate(_in_order(await Reservation.all()), start=1):
        calendar = calendar.replace(each.uid, f"[uid {number}]").replace(message.to_email, "[address]")
    key = (await Venue.first()).key
    whole = f"Subject: {message.subject}\n\n{message.text}".replace(f"/{key}\n", "/[house]\n")
    if calendar:
        whole += f"\n[text/calendar; method={message.calendar_method}]\n{calendar}"
    same_as(f"mails/{kind}.{suffix}.txt", whole)
    same_as(f"mails/{kind}.{suffix}.html", message.html.replace(f'/{key}"', '/[house]"'))
    return message


@pytest.mark.parametrize("language", i18n.LANGUAGES)
async def test_a_new_series_is_one_mail(room, language):
    member = await make.member("Alice", language=language)
    rows = await choir(room, member)
    message = await kept("reservation_confirmed", f"series.{language}")
    assert await Message.all().count() == 1
    told = Calendar.from_ical(message.calendar)
    assert {str(each["uid"]) for each in told.walk("VEVENT")} == {each.uid for each in rows}
    assert str(told["method"]) == "PUBLISH"


async def test_a_room_with_its_equipment(room):
    beamer = await make.resource(at=room.venue, name="Projector", kind="equipment", hour_cents=200)
    await choir(room, await make.member("Alice"), extras=[Extra(beamer.id)], repeat=Repeat("week", times=2))
    await kept("reservation_confirmed", "extras")
    assert await Message.all().count() == 1


async def test_a_series_to_be_approved(room):
    room.approval = True
    await room.save()
    await make.manager(room.venue)
    await choir(room, await make.member("Alice"))
    await kept("reservation_held", "series")
    await kept("approval_wanted", "series")
    assert await Message.all().count() == 2


async def test_dates_that_were_cancelled(room):
    alice = await make.member("Alice")
    rows = await choir(room, alice)
    await notifications.write_messages(NOW)
    await reservations.cancel_together(
        [each.id for each in rows[1:]], by=alice, at=NOW + timedelta(minutes=5), seen_fee_cents=0
    )
    message = await kept("reservation_cancelled", "series")
    assert await Message.all().count() == 2
    events = list(Calendar.from_ical(message.calendar).walk("VEVENT"))
    assert {str(each["status"]) for each in events} == {"CANCELLED"}
    assert {int(each["sequence"]) for each in events} == {1}
    assert {str(each["uid"]) for each in events} == {each.uid for each in rows[1:]}


async def test_dates_that_the_house_cancelled(room):
    rows = await choir(room, await make.member("Alice"))
    stella = await make.manager(room.venue)
    await notifications.write_messages(NOW)
    await reservations.cancel_together(
        [each.id for each in rows], by=stella, at=NOW, reason="The roof leaks."
    )
    await kept("reservation_cancelled_by_venue", "series")


async def test_dates_that_were_moved(room):
    alice = await make.member("Alice")
    rows = await choir(room, alice)
    await notifications.write_messages(NOW)
    await reservations.change_together(
        rows[1].id, by=alice, at=NOW + timedelta(minutes=5), wall=Wall(660, 780)
    )
    await kept("reservation_changed", "series")
    assert await Message.all().count() == 2


async def test_new_words_alone_are_no_mail(room):
    alice = await make.member("Alice")
    rows = await choir(room, alice)
    await notifications.write_messages(NOW)
    await reservations.change_together(rows[1].id, by=alice, at=NOW, title="Big choir")
    await notifications.write_messages(NOW)
    assert await Message.all().count() == 1
