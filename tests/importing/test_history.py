"""Importing the past: rows with their own facts, no money, no mail, no hour twice, and the same files again."""

from pathlib import Path
from typing import Any

import pytest

from booking import importing, jobs
from booking.events import Event, Unread
from booking.importing import Wrong
from booking.ledger import Transfer
from booking.members import Member
from booking.notifications.models import Message
from booking.occupancy import Presence
from booking.reservations import Claim, Reservation
from tests import make
from tests.conftest import NOW

RESERVATIONS = """key,resource,begins,ends,state,member,people,title,booked,cancelled,checked_in,checked_out,released,no_show,net_cents,fee_cents
old-1,quai,2026-03-02 09:00,2026-03-02 12:00,,alice@example.org,4,Choir,2026-02-20 10:00,,2026-03-02 09:05,2026-03-02 11:30,,,6000,
old-2,quai,2026-03-02 14:00,2026-03-02 16:00,,,2,,,,,,2026-03-02 14:15,true,4000,
old-3,quai,2026-03-03 10:00,2026-03-03 11:00,cancelled,alice@example.org,,,2026-02-20 10:00,2026-03-03 08:00,,,,,2000,1000
"""  # noqa: E501
PRESENCES = """key,venue,resource,reservation,member,person,people,begins,ends,source,estimated
stay-1,mill,,,,v1,,2026-03-02 08:50,2026-03-02 17:00,door,
stay-2,mill,,old-1,,,6,2026-03-02 09:05,2026-03-02 11:30,staff_count,
stay-3,mill,,,alice@example.org,,,2026-03-02 08:55,2026-03-02 18:00,checked_in,true
"""
MODELS = (Reservation, Claim, Presence, Member, Event, Transfer)


@pytest.fixture
async def quai(db: str) -> Any:
    house = await make.venue(key="mill")
    await make.member("Alice", email="alice@example.org")
    return await make.resource(at=house, key="quai", buffer_after_minutes=30)


def folder(path: Path, **files: str) -> Path:
    for name, text in files.items():
        (path / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return path


async def problems(path: Path) -> list[str]:
    before = [await model.all().count() for model in MODELS]
    with pytest.raises(Wrong) as wrong:
        await importing.history(path, at=NOW)
    assert [await model.all().count() for model in MODELS] == before
    return [str(problem) for problem in wrong.value.problems]


async def test_it_works(quai: Any, tmp_path: Path) -> None:
    path = folder(
        tmp_path,
        reservations__csv=RESERVATIONS,
        presences__csv=PRESENCES,
        source__json='{"source": {"en": "The old book"}}',
    )
    report = await importing.history(path, at=NOW)
    assert [str(change) for change in report.changes][::3] == ["new reservation old-1", "new presence stay-1"]
    choir = await Reservation.get(title="Choir").select_related("member")
    assert (choir.state, choir.member.name, choir.people, choir.net_cents, choir.total_cents) == (
        "confirmed",
        "Alice",
        4,
        6000,
        6000,
    )
    assert choir.begins_at == make.at(choir.begins_at.date(), "09:00")
    assert choir.created_at == make.at(choir.created_at.date(), "10:00")
    missed = await Reservation.get(net_cents=4000).select_related("member")
    assert missed.no_show_at == missed.released_at
    # Whom nobody knows: one account that cannot sign in and that no host finds.
    assert missed.member.suspended_at is not None
    late = await Reservation.get(state="cancelled")
    assert (late.fee_cents, late.cancelled_by_id) == (1000, choir.member_id)
    counted = await Presence.get(key="stay-2")
    assert (counted.resource_id, counted.reservation_id, counted.people) == (quai.id, choir.id, 6)
    # Its own time and no more is taken, and only where it took place.
    assert await Claim.filter(reservation_id=choir.id).values_list("ends_at", flat=True) == [choir.ends_at]
    assert await Claim.filter(reservation_id=missed.id).values_list("ends_at", flat=True) == [
        missed.released_at
    ]
    assert await Claim.filter(reservation_id=late.id).count() == 0


async def test_no_money_and_no_mail(quai: Any, tmp_path: Path) -> None:
    await importing.history(
        folder(tmp_path, reservations__csv=RESERVATIONS, presences__csv=PRESENCES), at=NOW
    )
    assert await Transfer.all().count() == 0
    [event] = await Event.filter(name="history.imported")
    assert (event.data["reservations"], event.data["presences"]) == (3, 3)
    for job in (jobs.write_messages, jobs.write_reminders, jobs.post_money, jobs.expire_holds):
        await job(NOW)
    assert await Message.all().count() == await Unread.filter(reader="messages").count() == 0
    assert await Transfer.all().count() == 0


async def test_twice_changes_nothing(quai: Any, tmp_path: Path) -> None:
    path = folder(tmp_path, reservations__csv=RESERVATIONS, presences__csv=PRESENCES)
    await importing.history(path, at=NOW)
    before = [await model.all().count() for model in MODELS]
    again = await importing.history(path, at=NOW)
    assert (again.changes, again.unchanged) == ([], 6)
    assert [await model.all().count() for model in MODELS] == before


async def test_a_dry_run(quai: Any, tmp_path: Path) -> None:
    before = [await model.all().count() for model in MODELS]
    path = folder(tmp_path, reservations__csv=RESERVATIONS, presences__csv=PRESENCES)
    would = await importing.history(path, at=NOW, dry_run=True)
    assert len(would.changes) == 6
    assert [await model.all().count() for model in MODELS] == before


async def test_a_corrected_row(quai: Any, tmp_path: Path) -> None:
    path = folder(tmp_path, reservations__csv=RESERVATIONS, presences__csv=PRESENCES)
    await importing.history(path, at=NOW)
    folder(
        tmp_path,
        reservations__csv=RESERVATIONS.replace("2026-03-02 12:00", "2026-03-02 13:00"),
        presences__csv=PRESENCES.replace("2026-03-02 17:00", "2026-03-02 16:00"),
    )
    report = await importing.history(path, at=NOW)
    assert [(change.kind, sorted(change.fields)) for change in report.changes] == [
        ("reservation", ["ends_at"]),
        ("presence", ["ends_at"]),
    ]
    choir = await Reservation.get(title="Choir")
    assert await Claim.filter(reservation_id=choir.id).values_list("ends_at", flat=True) == [choir.ends_at]


async def test_one_hour_is_not_booked_twice(quai: Any, tmp_path: Path) -> None:
    head = "key,resource,begins,ends\n"
    path = folder(
        tmp_path,
        reservations__csv=head
        + "a,quai,2026-03-02 09:00,2026-03-02 12:00\nb,quai,2026-03-02 11:00,2026-03-02 13:00\n",
    )
    assert await problems(path) == [
        "reservations.csv, line 3, begins: It is taken at that time by another reservation."
    ]
    # Back to back is no clash, however long the buffer is today.
    folder(
        tmp_path,
        reservations__csv=head
        + "a,quai,2026-03-02 09:00,2026-03-02 12:00\nb,quai,2026-03-02 12:00,2026-03-02 13:00\n",
    )
    await importing.history(path, at=NOW)
    folder(tmp_path, reservations__csv=head + "c,quai,2026-03-02 08:00,2026-03-02 09:30\n")
    assert await problems(path) == [
        "reservations.csv, line 2, begins: It is taken at that time by another reservation."
    ]


async def test_a_pool(quai: Any, tmp_path: Path) -> None:
    await make.resource(at=quai.venue, key="desks", units=2)
    head = "key,resource,begins,ends,quantity\n"
    day = "2026-03-02"
    rows = f"a,desks,{day} 09:00,{day} 12:00,1\nb,desks,{day} 10:00,{day} 13:00,1\nc,desks,{day} 12:00,{day} 14:00,1\n"
    path = folder(tmp_path, reservations__csv=head + rows)
    await importing.history(path, at=NOW)
    assert await Claim.all().count() == 3
    folder(
        tmp_path,
        reservations__csv=head + f"d,desks,{day} 09:00,{day} 10:00,2\ne,desks,{day} 09:00,{day} 10:00,3\n",
    )
    assert await problems(path) == ["reservations.csv, line 3, quantity: There are 2 of it."]


async def test_everything_wrong_is_told_at_once(quai: Any, tmp_path: Path) -> None:
    path = folder(
        tmp_path,
        reservations__csv="key,resource,begins,ends,state,member,net_cents,fee_cents\n"
        "a,nowhere,2026-03-02 09:00,2026-03-02 12:00,,,,\n"
        "b,quai,2026-03-02 09:00,2026-03-02 08:00,,,,\n"
        "c,quai,2026-12-02 09:00,2026-12-02 10:00,,,,\n"
        "d,quai,2026-03-02 09:00,2026-03-02 10:00,,zoe@example.org,,\n"
        "d,quai,2026-03-02 09:00,2026-03-02 10:00,,,,\n"
        "e,quai,2026-03-29 02:30,2026-03-29 04:00,,,,\n",
    )
    assert await problems(path) == [
        "reservations.csv, line 2, resource: There is no resource nowhere.",
        "reservations.csv, line 3, ends: It ends before it begins.",
        "reservations.csv, line 4, ends: This is not over yet; history is what lies before now.",
        "reservations.csv, line 5, member: There is no member with the address zoe@example.org.",
        "reservations.csv, line 6, key: It stands already in line 5.",
        "reservations.csv, line 7, begins: The clocks jump over this time of the house.",
    ]
    folder(
        tmp_path,
        reservations__csv="key,resource,begins,ends,state,net_cents,fee_cents\n"
        "a,quai,yesterday,2026-03-02 12:00,,,\n"
        "b,quai,2026-03-02 09:00,2026-03-02 12:00,cancelled,,\n"
        "c,quai,2026-03-02 09:00,2026-03-02 12:00,,100,200\n"
        "d,quai,2026-03-02 09:00,2026-03-02 12:00,held,,\n",
    )
    assert await problems(path) == [
        "reservations.csv, line 2, begins: A time like 2021-04-01 09:30 is needed, by the clock of the house; or with "
        "an offset.",
        "reservations.csv, line 3: A cancelled reservation, and no other, has a time in cancelled.",
        "reservations.csv, line 4: A fee is at most the price, net_cents.",
        "reservations.csv, line 5, state: One of 'confirmed' or 'cancelled' is needed.",
    ]


async def test_wrong_presences(quai: Any, tmp_path: Path) -> None:
    path = folder(
        tmp_path,
        presences__csv="key,venue,resource,reservation,person,people,begins,ends,source\n"
        "a,nowhere,,,v1,,2026-03-02 09:00,2026-03-02 12:00,door\n"
        "b,mill,nothing,,v1,,2026-03-02 09:00,2026-03-02 12:00,door\n"
        "c,mill,,nothing,v1,,2026-03-02 09:00,2026-03-02 12:00,door\n"
        "d,mill,,,v1,,2026-03-02 09:00,2027-03-02 12:00,door\n",
    )
    assert await problems(path) == [
        "presences.csv, line 2, venue: There is no venue nowhere.",
        "presences.csv, line 3, resource: There is no resource nothing in this venue.",
        "presences.csv, line 4, reservation: There is no reservation nothing of this venue in the history.",
        "presences.csv, line 5, ends: This is not over yet; history is what lies before now.",
    ]
    folder(
        tmp_path,
        presences__csv="key,venue,person,people,begins,ends,source\n"
        "a,mill,zoe@example.org,,2026-03-02 09:00,2026-03-02 12:00,door\n"
        "b,mill,v1,2,2026-03-02 09:00,2026-03-02 12:00,door\n"
        "c,mill,v1,,2026-03-02 09:00,2026-03-02 12:00,guess\n"
        "d,mill,,0,2026-03-02 09:00,2026-03-02 12:00,door\n",
    )
    assert [each.partition(": ")[2] for each in await problems(path)] == [
        "A pseudonym is needed, not an address.",
        "One person is 1 in people; a number of people has no name.",
        "guess is not one of checked_in, door, wifi, sensor, staff_count.",
        "Nobody is no stay, except in a staff_count.",
    ]


async def test_the_hour_that_comes_twice(quai: Any, tmp_path: Path) -> None:
    """By the clock alone the first one is meant; with an offset either can be said."""
    head = "key,resource,begins,ends\n"
    path = folder(
        tmp_path,
        reservations__csv=head
        + "a,quai,2026-10-25 02:00,2026-10-25 02:30\n"
        + "b,quai,2026-10-25T02:00+01:00,2026-10-25T02:30+01:00\n",
    )
    await importing.history(path, at=NOW)
    hours = await Reservation.all().order_by("begins_at").values_list("begins_at", flat=True)
    assert [each.hour for each in hours] == [0, 1]


async def test_a_folder_without_files(quai: Any, tmp_path: Path) -> None:
    assert "reservations.csv or presences.csv is needed" in (await problems(tmp_path))[0]
    odd = tmp_path / "bookings.csv"
    odd.write_text(RESERVATIONS)
    assert "reservations.csv or presences.csv is needed" in (await problems(odd))[0]
    one = folder(tmp_path, reservations__csv=RESERVATIONS) / "reservations.csv"
    assert len((await importing.history(one, at=NOW)).changes) == 3
