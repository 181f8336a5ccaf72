"""Deliveries to a real receiver: signed, in order, again where it failed, off after days."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest

from booking import events, members, notifications, reservations, webhooks
from booking.events import Event, Unread
from booking.notifications import Message
from booking.places import closing
from booking.webhooks import WebhookDelivery, WebhookEndpoint, delivering
from tests import make
from tests.make import NOW
from tests.webhooks.conftest import endpoint


async def told(at=NOW):
    await webhooks.write_deliveries(at)
    return await webhooks.deliver(at)


async def test_it_works(receiver, alice, room):
    made = await endpoint(alice, receiver.url)
    booked = await make.reservation(room, alice, title="Secret plan", note="Hush")
    assert await told() == 1
    [got] = receiver.got
    event = await Event.get(name="reservation.confirmed")
    assert (got["id"], got["name"], got["subject"]) == (
        f"evt_{event.id}",
        event.name,
        f"reservation:{booked.id}",
    )
    assert (got["at"], got["venue"]) == ("2026-11-23T08:00:00Z", room.venue.key)
    assert got["data"]["after"]["begins_at"] == booked.begins_at.isoformat()
    assert got["data"]["after"]["total_cents"] == 2420
    assert receiver.checked(webhooks.secret_of(made))
    assert not receiver.checked("whsec_another")
    [row] = await WebhookDelivery.all()
    assert (row.state, row.status, row.attempts, row.sent_at) == ("sent", 200, 1, NOW)
    assert len(row.response) == 500
    assert not await Unread.filter(reader="webhooks").exists()
    assert await told() == 0


async def test_it_names_nobody(receiver, alice, room):
    await endpoint(alice, receiver.url)
    booked = await make.reservation(room, alice, title="Secret plan", note="Hush")
    await reservations.cancel(booked.id, by=alice, at=NOW, reason="My own words")
    await told()
    whole = str(receiver.signatures)
    for word in ("Alice", alice.email, "Secret", "Hush", "My own words", "member_id"):
        assert word not in whole


async def test_whom_it_concerns(receiver, alice, room):
    """Own bookings; all of a venue; all of an entity. Nothing of others."""
    stella, theo = await make.manager(room.venue), await make.member("Theo")
    await make.role("treasurer", theo, entity=room.venue.entity)
    own = await endpoint(alice, receiver.url)
    house = await endpoint(stella, receiver.url, kind="venue", place=room.venue)
    books = await endpoint(theo, receiver.url, kind="entity", place=room.venue.entity)
    await make.reservation(room, alice)
    await make.reservation(room, await make.member("Bob"), make.span("14:00", "15:00"))
    elsewhere = await make.resource()
    await make.reservation(elsewhere, await make.member("Charlie"))
    await closing.close(room.venue, None, make.span(days=9), reason="Party", by_id=stella.id, at=NOW)
    await told()
    heard = [[row.name for row in await webhooks.deliveries(each)][::-1] for each in (own, house, books)]
    assert heard == [
        ["reservation.confirmed"],
        ["reservation.confirmed", "reservation.confirmed", "venue.closed"],
        ["reservation.confirmed", "reservation.confirmed", "venue.closed"],
    ]


async def test_only_chosen_events(receiver, alice, room):
    made = await endpoint(alice, receiver.url, "reservation.cancelled")
    booked = await make.reservation(room, alice)
    await reservations.cancel(booked.id, by=alice, at=NOW)
    assert await told() == 1
    assert [row.name for row in await webhooks.deliveries(made)] == ["reservation.cancelled"]


async def test_one_after_the_other(receiver, alice, room):
    """The second waits while the first fails, and other endpoints do not."""
    await endpoint(alice, receiver.url, "reservation.confirmed", "reservation.cancelled")
    booked = await make.reservation(room, alice)
    await reservations.cancel(booked.id, by=alice, at=NOW)
    receiver.answers = [500, 503]
    assert await told() == 0
    assert await told(NOW + timedelta(seconds=59)) == 0
    first, second = await WebhookDelivery.all().order_by("id")
    assert (first.attempts, first.status, first.next_at) == (1, 500, NOW + timedelta(minutes=1))
    assert second.attempts == 0
    assert await told(NOW + timedelta(minutes=1)) == 0
    assert await told(NOW + timedelta(minutes=5)) == 0
    assert await told(NOW + timedelta(minutes=6)) == 2
    assert [each["name"] for each in receiver.got] == ["reservation.confirmed", "reservation.cancelled"]
    assert (await WebhookEndpoint.get()).failing_since is None


async def test_a_redirect_is_not_followed(receiver, alice, room):
    await endpoint(alice, receiver.url)
    await make.reservation(room, alice)
    receiver.answers = [302]
    assert await told() == 0
    assert (await WebhookDelivery.get()).status == 302
    assert len(receiver.signatures) == 1


async def test_nobody_answers_in_time(receiver, alice, room, monkeypatch):
    monkeypatch.setattr(delivering, "SECONDS_MAX", 0.2)
    await endpoint(alice, receiver.url)
    await make.reservation(room, alice)
    receiver.slow = 1
    assert await told() == 0
    row = await WebhookDelivery.get()
    assert (row.state, row.status, row.error) == ("waiting", None, "It did not answer in time.")


async def test_parked_after_three_days_and_its_owner_hears_of_it(receiver, alice, room):
    await endpoint(alice, receiver.url, "reservation.confirmed", "reservation.cancelled")
    booked = await make.reservation(room, alice)
    await reservations.cancel(booked.id, by=alice, at=NOW)
    receiver.answers = [500] * 9
    at = NOW
    for wait in (timedelta(0), *delivering.WAITS):
        at += wait
        await told(at)
    first, second = await WebhookDelivery.all().order_by("id")
    assert (first.state, first.attempts) == ("parked", 9)
    assert timedelta(days=2, hours=20) < at - NOW <= timedelta(days=3)
    await notifications.write_messages(at)
    message = await Message.get(kind="webhook_parked")
    assert message.member_id == alice.id
    assert "Agenda" in message.subject
    assert second.state == "sent"  # at once: nothing stands before it any more
    await Unread.all().delete()


async def test_off_after_five_days_without_a_success(receiver, alice, room):
    made = await endpoint(alice, receiver.url)
    await make.reservation(room, alice)
    receiver.answers = [500] * 99
    at = NOW
    while (await WebhookEndpoint.get()).active and at < NOW + timedelta(days=9):
        await told(at)
        at += timedelta(hours=6)
        if not await WebhookDelivery.filter(state="waiting").exists():
            await make.reservation(room, alice, make.span(days=20), moment=at)
    now = await WebhookEndpoint.get()
    assert (now.active, now.off_reason) == (False, "failing")
    assert timedelta(days=5) <= at - NOW <= timedelta(days=6)
    await notifications.write_messages(at)
    assert await Message.filter(kind="webhook_off", member_id=alice.id).count() == 1
    tries = len(receiver.signatures)
    await told(at)
    assert len(receiver.signatures) == tries
    receiver.answers = []
    await webhooks.switch(made.id, True, by=alice, at=at)
    assert await told(at) == 1
    await Unread.all().delete()


async def test_a_role_that_is_gone(receiver, alice, room):
    stella = await make.manager(room.venue)
    await endpoint(stella, receiver.url, kind="venue", place=room.venue)
    await make.reservation(room, alice)
    await webhooks.write_deliveries(NOW)
    await members.revoke(stella.email, "manager", f"venue:{room.venue.key}", by=None, at=NOW)
    assert await webhooks.deliver(NOW) == 0
    assert receiver.signatures == []
    now = await WebhookEndpoint.get()
    assert (now.active, now.off_reason) == (False, "role")


async def test_suspended(receiver, alice, room):
    await endpoint(alice, receiver.url)
    await make.reservation(room, alice)
    await members.suspend(alice, by=None, at=NOW)
    assert await told() == 0
    assert receiver.signatures == []


async def test_two_processes_at_once(receiver, alice, room):
    await endpoint(alice, receiver.url)
    for hour in range(10, 15):
        await make.reservation(room, alice, make.span(f"{hour}:00", f"{hour + 1}:00"))
    await asyncio.gather(*(webhooks.write_deliveries(NOW) for _ in range(3)))
    assert await WebhookDelivery.all().count() == 5
    await asyncio.gather(*(webhooks.deliver(NOW) for _ in range(3)))
    await webhooks.deliver(NOW)
    ids = [int(each["id"].removeprefix("evt_")) for each in receiver.got]
    assert ids == sorted(set(ids))
    assert len(ids) == 5


async def test_killed_while_sending(receiver, alice, room):
    """Claimed and never marked: due again by itself, with the same id."""
    await endpoint(alice, receiver.url)
    await make.reservation(room, alice)
    await webhooks.write_deliveries(NOW)
    await WebhookDelivery.all().update(next_at=NOW + delivering.CLAIMED_FOR)
    assert await webhooks.deliver(NOW) == 0
    assert await webhooks.deliver(NOW + delivering.CLAIMED_FOR) == 1


async def test_send_again_and_test(receiver, alice, room):
    made = await endpoint(alice, receiver.url)
    await make.reservation(room, alice)
    await told()
    [first] = await WebhookDelivery.all()
    await webhooks.send_again(made.id, first.id, by=alice, at=NOW)
    await webhooks.send_test(made.id, by=alice, at=NOW)
    assert await webhooks.deliver(NOW) == 2
    assert [each["id"] for each in receiver.got[:2]] == [receiver.got[0]["id"]] * 2
    assert receiver.got[2]["name"] == "test"
    assert receiver.got[2]["id"].startswith("test_")
    bob = await make.member("Bob")
    with pytest.raises(webhooks.endpoints.NotFound):
        await webhooks.send_again(made.id, first.id, by=bob, at=NOW)


async def test_another_secret(receiver, alice, room):
    made = await endpoint(alice, receiver.url)
    old = webhooks.secret_of(made)
    made = await webhooks.new_secret(made.id, by=alice, at=NOW)
    await webhooks.send_test(made.id, by=alice, at=NOW)
    await webhooks.deliver(NOW)
    assert not receiver.checked(old)
    assert receiver.checked(webhooks.secret_of(made))


async def test_removed(receiver, alice, room):
    made = await endpoint(alice, receiver.url)
    await make.reservation(room, alice)
    await webhooks.write_deliveries(NOW)
    await webhooks.remove(made.id, by=alice, at=NOW)
    assert await webhooks.deliver(NOW) == 0
    assert await webhooks.of(alice) == []
    assert await webhooks.forget(NOW + timedelta(days=31)) == 1


async def test_many_quiet_events_cost_little(db, alice):
    for number in range(450):
        await events.record("member.described", f"member:{number}", at=NOW)
    assert await webhooks.write_deliveries(NOW) == 0
    assert not await Unread.filter(reader="webhooks").exists()
