"""Mails that one may do without: ticked in the settings, or by the link in each, and then not written."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

from booking import events, members, notifications, reservations
from booking.members import Member
from booking.notifications import Message, mime
from booking.notifications.writing import REMINDED_BEFORE
from tests import make
from tests.make import NOW


def path_in(text: str) -> str:
    found = re.search(r"http://localhost:8000(/mails/[\w.-]+)", text)
    assert found
    return found[1]


async def reminded(room: Any, alice: Member) -> list[Message]:
    booked = await make.reservation(room, alice, make.span(days=3))
    await notifications.write_reminders(booked.begins_at - REMINDED_BEFORE + timedelta(minutes=1))
    return await Message.filter(kind="reminder")


async def test_it_works(client_of: Any) -> None:
    room, alice = await make.resource(), await make.member()
    client = await client_of(alice)
    assert (await client.get("/settings")).text.count('name="topics"') == 2
    answer = await client.post("/settings/mails", data={"topics": ["own_changes"]})
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings")
    assert (await Member.get(id=alice.id)).mails_declined == "reminders"
    assert await reminded(room, alice) == []
    [happened] = await events.history(f"member:{alice.id}")
    assert happened.data == {"changed": ["mails_declined"]}
    await client.post("/settings/mails", data={"topics": ["own_changes"]})
    assert len(await events.history(f"member:{alice.id}")) == 1


async def test_the_link_in_a_mail_asks_first(client: Any) -> None:
    room, alice = await make.resource(), await make.member()
    [reminder] = await reminded(room, alice)
    assert (reminder.topic, reminder.member_id) == ("reminders", alice.id)
    path = path_in(reminder.text)
    assert path_in(reminder.html) == path
    for _twice in range(2):
        page = await client.get(path)
        assert "You get these mails." in page.text
    assert (await Member.get(id=alice.id)).mails_declined == ""
    answer = await client.post(path, data={"want": "no"})
    assert (answer.status_code, answer.headers["location"]) == (303, path)
    assert (await Member.get(id=alice.id)).mails_declined == "reminders"
    assert "You do without these mails." in (await client.get(path)).text
    await client.post(path, data={"want": "yes"})
    assert (await Member.get(id=alice.id)).mails_declined == ""


async def test_a_mail_program_acts_by_one_post(client: Any) -> None:
    room, alice = await make.resource(), await make.member()
    [reminder] = await reminded(room, alice)
    octets = mime.mail_bytes(reminder)
    # As it stands in the mail: a reader that knows Python's folding would undo it.
    assert re.search(rb"^List-Unsubscribe: <http[^ <>?=]+/mails/[^ <>?=]+>\r$", octets, re.MULTILINE)
    mail = message_from_bytes(octets, policy=policy.default)
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    address = mail["List-Unsubscribe"].strip("<>")
    answer = await client.post(path_in(address), data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 204
    assert (await Member.get(id=alice.id)).mails_declined == "reminders"


async def test_what_is_always_sent_has_no_such_link(db: str) -> None:
    room, alice = await make.resource(), await make.member()
    await make.reservation(room, alice)
    await notifications.write_messages(NOW)
    [confirmed] = await Message.filter(kind="reservation_confirmed")
    assert confirmed.topic == ""
    assert b"List-Unsubscribe" not in mime.mail_bytes(confirmed)
    assert "/mails/" not in confirmed.text + confirmed.html


async def test_a_forged_link_finds_nothing(client: Any) -> None:
    alice = await make.member()
    key = members.mails.key_of(alice.id, "reminders")
    other = key.replace("reminders", "approvals")
    for wrong in (other, key[:-1], f"{key}x", key.replace(str(alice.id), "999", 1), "é.reminders.x", "1"):
        assert (await client.get(f"/mails/{wrong}")).status_code == 404
        assert (await client.post(f"/mails/{wrong}", data={"want": "no"})).status_code == 404
    assert (await Member.get(id=alice.id)).mails_declined == ""


async def test_what_they_did_themselves(db: str) -> None:
    room, alice = await make.resource(), await make.member()
    await members.mails.choose(alice, {"own_changes": False}, at=NOW)
    booked = await make.reservation(room, alice, make.span(days=20))
    await reservations.change(booked.id, span=make.span("11:00", "13:00", days=20), by=alice, at=NOW)
    await reservations.cancel(booked.id, by=alice, at=NOW)
    await notifications.write_messages(NOW)
    assert {each.kind for each in await Message.all()} == {"reservation_confirmed"}


async def test_what_the_house_did_and_what_costs_is_told_anyway(db: str) -> None:
    room, alice = await make.resource(), await make.member()
    stella = await make.manager(room.venue)
    await members.mails.choose(alice, {"own_changes": False}, at=NOW)
    by_house = await make.reservation(room, alice, make.span(days=20))
    await reservations.cancel(by_house.id, by=stella, at=NOW, reason="The heating is broken")
    late = await make.reservation(room, alice, make.span("15:00", "16:00", days=20))
    done = await reservations.cancel(late.id, by=alice, at=late.begins_at - timedelta(minutes=10))
    assert done.fee_cents
    await notifications.write_messages(NOW)
    kinds = sorted(each.kind for each in await Message.filter(member_id=alice.id))
    assert kinds == [
        "reservation_cancelled",
        "reservation_cancelled_by_venue",
        *["reservation_confirmed"] * 2,
    ]
    [cancelled] = await Message.filter(kind="reservation_cancelled")
    assert cancelled.topic == ""


async def test_somebody_of_the_house_is_always_asked(client_of: Any) -> None:
    room = await make.resource(approval=True)
    stella, hugo = await make.manager(room.venue), await make.manager(room.venue, "Hugo")
    client = await client_of(stella)
    assert (await client.get("/settings")).text.count('name="topics"') == 3
    await client.post("/settings/mails", data={"topics": ["reminders", "own_changes"]})
    await make.reservation(room, await make.member())
    await notifications.write_messages(NOW)
    assert [each.member_id for each in await Message.filter(kind="approval_wanted")] == [hugo.id]
    await members.mails.choose(hugo, {"approvals": False}, at=NOW)
    await make.reservation(room, await make.member(), make.span("14:00", "15:00"))
    await notifications.write_messages(NOW)
    asked = [each.member_id for each in await Message.filter(kind="approval_wanted")]
    assert sorted(asked) == sorted([hugo.id, stella.id, hugo.id])


async def test_a_choice_that_has_no_box_stays(client_of: Any) -> None:
    alice = await make.member(mails_declined="approvals")
    client = await client_of(alice)
    await client.post("/settings/mails", data={"topics": ["reminders"]})
    assert (await Member.get(id=alice.id)).mails_declined == "own_changes approvals"


async def test_unknown_topics_change_nothing(client_of: Any) -> None:
    alice = await make.member()
    client = await client_of(alice)
    assert (await client.post("/settings/mails", data={"topics": ["sign_in"]})).status_code == 303
    assert (await Member.get(id=alice.id)).mails_declined == ""


async def test_two_at_once_lose_nothing(db: str) -> None:
    alice = await make.member()
    one, other = await Member.get(id=alice.id), await Member.get(id=alice.id)
    await members.mails.choose(one, {"reminders": False}, at=NOW)
    await members.mails.choose(other, {"own_changes": False}, at=NOW)
    assert (await Member.get(id=alice.id)).mails_declined == "reminders own_changes"
