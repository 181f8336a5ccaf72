"""An account ends a week after it was asked for; what is kept then leads to nobody."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from tortoise import Tortoise

from booking import events, leaving, members, notifications, reservations
from booking.budgets import ActivityPerson
from booking.calendars import Feed, make_feed
from booking.errors import Refused
from booking.members import ApiToken, Member, Passkey, Role, Session
from booking.notifications import Message
from booking.occupancy import Presence
from booking.reservations import Reservation, Series
from booking.webhooks import WebhookDelivery, WebhookEndpoint
from tests import make
from tests.make import NOW

WEEK = timedelta(days=7)


@pytest.fixture
async def room(db: str) -> Any:
    return await make.resource(name="Quai")


@pytest.fixture
async def alice(db: str) -> Member:
    return await make.member("Alice", number="M-1", company="Atelier", vat_number="BE0123456749")


async def past(room: Any, alice: Member) -> Reservation:
    """A booking of last week, with words in it."""
    booked: Reservation = await make.reservation(room, alice, title="Talk with Dr Secret", note="Hush")
    await reservations.cancel(booked.id, by=alice, at=NOW, reason="Dr Secret is ill")
    return booked


async def test_it_works(room: Any, alice: Member) -> None:
    booked = await past(room, alice)
    project = await make.activity(alice)
    series = await Series.create(
        id=uuid4(), member_id=alice.id, rule="FREQ=WEEKLY;BYDAY=TU;COUNT=3", first_on=NOW.date(),
        title="Dr Secret", created_at=NOW,
    )  # fmt: skip
    await members.sessions.start(alice, agent="Firefox", at=NOW)
    await make_feed("member", alice, None, "en", at=NOW)
    await make.role("host", alice, venue=room.venue)
    stay = await Presence.create(
        venue_id=room.venue_id, resource_id=room.id, member_id=alice.id, begins_at=NOW - timedelta(hours=3),
        ends_at=NOW - timedelta(hours=1), source="checked_in", recorded_at=NOW,
    )  # fmt: skip
    ends_at = await leaving.ask(alice, at=NOW)
    assert ends_at == NOW + WEEK == (await Member.get(id=alice.id)).leaves_at
    await notifications.write_messages(NOW)
    [told] = await Message.filter(kind="leaving")
    assert "30 November 2026" in told.text
    assert "/settings/leave" in told.text

    assert await leaving.end_due(ends_at - timedelta(seconds=1)) == 0
    assert (await Member.get(id=alice.id)).name == "Alice"
    assert await leaving.end_due(ends_at) == 1
    assert await leaving.end_due(ends_at + WEEK) == 0

    gone = await Member.get(id=alice.id)
    assert (gone.name, gone.email) == ("–", f"member-{alice.id}@forgotten.invalid")
    assert (gone.number, gone.company, gone.vat_number, gone.home_city) == (None, "", "", "")
    assert gone.suspended_at == ends_at
    assert await members.by_email(alice.email) is None
    kept = await Reservation.get(id=booked.id)
    assert (kept.title, kept.note, kept.total_cents) == ("", "", booked.total_cents)
    assert (await Series.get(id=series.id)).title == ""
    assert not await Session.exists(member_id=alice.id)
    assert not await Role.exists(member_id=alice.id, revoked_at__isnull=True)
    assert not await Feed.exists(owner_id=alice.id, revoked_at__isnull=True)
    assert not await ActivityPerson.exists(activity_id=project.id, ended_at__isnull=True)
    stay = await Presence.get(id=stay.id)
    assert stay.member_id is None
    assert stay.person
    assert [each.name for each in await events.history(f"member:{alice.id}")][-1] == "member.forgotten"

    await notifications.forget(ends_at)
    assert not await Message.filter(member_id=alice.id).exclude(to_email="", text="", subject="").exists()


async def test_no_word_of_theirs_is_left_anywhere(room: Any, alice: Member) -> None:
    await past(room, alice)
    await leaving.ask(alice, at=NOW)
    await notifications.write_messages(NOW)
    await leaving.end_due(NOW + WEEK)
    await notifications.forget(NOW + WEEK)
    for model in Tortoise.apps["booking"].values():  # type: ignore[index]
        said = str([list(row.values()) for row in await model.all().values()])
        for word in ("Alice", alice.email, "Dr Secret", "Hush", "M-1", "Atelier"):
            assert word not in said, f"{word} in {model.__name__}"


async def test_nothing_is_written_to_whoever_is_gone(room: Any, alice: Member) -> None:
    await past(room, alice)
    await leaving.end(alice, at=NOW)
    await notifications.write_messages(NOW)
    assert not await Message.filter(member_id=alice.id).exists()


async def test_as_many_end_as_are_due(alice: Member, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "BATCH", 1)
    for each in (alice, await make.member("Bob"), await make.member("Charlie")):
        await leaving.ask(each, at=NOW)
    assert await leaving.end_due(NOW + WEEK) == 3


async def test_keeping_it_after_all(alice: Member) -> None:
    await leaving.ask(alice, at=NOW)
    await leaving.stay(alice, at=NOW + timedelta(days=6))
    assert await leaving.end_due(NOW + WEEK) == 0
    assert (await Member.get(id=alice.id)).name == "Alice"
    names = [each.name for each in await events.history(f"member:{alice.id}")]
    assert names == ["member.leaving", "member.stays"]


async def test_asked_again_the_first_day_stands(alice: Member) -> None:
    first = await leaving.ask(alice, at=NOW)
    assert await leaving.ask(alice, at=NOW + timedelta(days=3)) == first
    assert len(await events.history(f"member:{alice.id}")) == 1


async def test_bookings_to_come_are_in_the_way(room: Any, alice: Member) -> None:
    booked = await make.reservation(room, alice)
    with pytest.raises(leaving.BookingsToCome):
        await leaving.ask(alice, at=NOW)
    assert (await Member.get(id=alice.id)).leaves_at is None
    assert [each.id for each in await leaving.to_come(alice.id, NOW)] == [booked.id]
    await reservations.cancel(booked.id, by=alice, at=NOW)
    assert await leaving.ask(alice, at=NOW)


async def test_whoever_leaves_books_no_more(room: Any, alice: Member) -> None:
    await leaving.ask(alice, at=NOW)
    with pytest.raises(Refused) as refused:
        await make.reservation(room, await Member.get(id=alice.id))
    assert refused.value.code == "account_ends"
    assert "30 November 2026" in str(refused.value.sentence)
    assert refused.value.alternatives == []  # no other hour would help
    assert not await Reservation.exists()
    await leaving.stay(alice, at=NOW)
    assert await make.reservation(room, await Member.get(id=alice.id))


async def test_whoever_leaves_books_no_series(room: Any, alice: Member) -> None:
    """The quote says so beside each date, and the press says it once, not as dates that clash."""
    await leaving.ask(alice, at=NOW)
    id, repeat = uuid4(), reservations.Repeat("week", times=3)
    wishes = reservations.wishes(
        id,
        repeat.dates(date(2026, 11, 24)),
        reservations.Wall(600, 720),
        resource_id=room.id,
        zone=room.venue.zone,
    )
    offer = await reservations.offer_several(wishes, by=alice, at=NOW)
    assert [each.clash and each.clash.code for each in offer.dates] == ["account_ends"] * 3
    assert [each.alternatives for each in offer.dates] == [[], [], []]
    with pytest.raises(Refused) as refused:
        await reservations.reserve_together(id, wishes, by=alice, at=NOW, repeat=repeat)
    assert refused.value.code == "account_ends"
    assert not await Reservation.exists()


async def test_what_came_in_the_way_meanwhile_is_waited_for(room: Any, alice: Member) -> None:
    await leaving.ask(alice, at=NOW)
    await Member.filter(id=alice.id).update(leaves_at=None)
    booked = await make.reservation(room, await Member.get(id=alice.id))
    await Member.filter(id=alice.id).update(leaves_at=NOW)
    assert await leaving.end_due(NOW) == 0
    assert (await Member.get(id=alice.id)).name == "Alice"
    assert await leaving.end_due(booked.ends_at) == 1


async def test_one_that_fails_keeps_no_other_account(alice: Member) -> None:
    """Somebody has just the address that is left of a forgotten account."""
    bob = await make.member("Bob")
    await make.member("Charlie", email=f"member-{alice.id}@forgotten.invalid")
    for each in (alice, bob):
        await leaving.ask(each, at=NOW)
    assert await leaving.end_due(NOW + WEEK) == 1
    assert (await Member.get(id=alice.id)).name == "Alice"
    assert (await Member.get(id=bob.id)).name == "–"


async def test_the_last_administrator_stays(alice: Member) -> None:
    await make.role("administrator", alice)
    with pytest.raises(leaving.LastAdministrator):
        await leaving.ask(alice, at=NOW)
    await make.role("administrator", await make.member("Ada"))
    assert await leaving.ask(alice, at=NOW)


async def test_their_programs_are_told_no_more(alice: Member) -> None:
    _made, _text = await members.tokens.make(alice, name="Mine", scopes=["read"], days=30, at=NOW)
    endpoint = await WebhookEndpoint.create(
        owner_id=alice.id, kind="member", name="Hook", url="https://example.org/", salt="s", created_at=NOW
    )
    await WebhookDelivery.create(endpoint_id=endpoint.id, name="x", body="Alice", next_at=NOW, created_at=NOW)
    await leaving.ask(alice, at=NOW)
    await leaving.end_due(NOW + WEEK)
    assert not await ApiToken.exists()
    assert not await WebhookEndpoint.exists()
    assert not await WebhookDelivery.exists()
    assert not await Passkey.exists()


@pytest.mark.usefixtures("db")
async def test_every_column_that_points_at_a_member_is_known() -> None:
    """A new table about people must say what becomes of it."""
    found = {
        f"{model._meta.db_table}.{name}"
        for model in Tortoise.apps["booking"].values()  # type: ignore[index]
        for name in model._meta.fk_fields
        if model._meta.fields_map[name].related_model is Member  # type: ignore[attr-defined]
    }
    assert found == leaving.KEPT | set(leaving.TAKEN_OFF)
