"""Times of day as their reader reads them: by a clock of 24 hours or of 12, on pages and in mails."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from booking import i18n, notifications
from booking.members import Member
from booking.notifications import Message
from tests import make
from tests.make import NOW

HALF_PAST_TWO = datetime(2026, 11, 24, 13, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "2:30\xa0pm"), ("nl", "2:30\xa0p.m."), ("fr", "2:30\xa0PM"), ("de", "2:30\xa0PM"),
     ("es", "2:30\xa0p.\u202fm."), ("it", "2:30\xa0PM"), ("sv", "2:30\xa0em")],
)  # fmt: skip
def test_it_works(language: str, said: str) -> None:
    with i18n.speaking(language, 12):
        assert i18n.clock(HALF_PAST_TWO, "Europe/Brussels") == said
    with i18n.speaking(language):
        assert i18n.clock(HALF_PAST_TWO, "Europe/Brussels") == "14:30"


def test_the_edges_of_the_day() -> None:
    assert [i18n.wall_clock(each) for each in (0, 720, 1440, 1500)] == ["00:00", "12:00", "24:00", "01:00"]
    with i18n.speaking("en", 12):
        said = [i18n.wall_clock(each).replace("\xa0", " ") for each in (0, 720, 1440, 1500)]
    assert said == ["12:00 am", "12:00 pm", "12:00 am", "1:00 am"]


def test_the_hour_that_comes_twice_is_told_apart() -> None:
    with i18n.speaking("en", 12):
        first = i18n.clock(datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "Europe/Brussels")
        later = i18n.clock(datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "Europe/Brussels")
    assert (first, later) == ("2:30\xa0am (CEST)", "2:30\xa0am (CET)")


@pytest.mark.parametrize(
    ("begins", "ends", "said"),
    [("09:00", "10:30", "9–10:30 am"), ("10:00", "12:00", "10 am–12 pm"), ("13:15", "15:00", "1:15–3 pm")],
)
def test_where_there_is_little_room(begins: str, ends: str, said: str) -> None:
    span = make.span(begins, ends)
    with i18n.speaking("en", 12):
        assert i18n.times_short(span.begins_at, span.ends_at, make.ZONE).replace("\xa0", " ") == said
    assert i18n.times_short(span.begins_at, span.ends_at, make.ZONE) == f"{begins}–{ends}"


def test_the_half_of_the_day_is_not_lost_in_the_hour_that_comes_twice() -> None:
    span = datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)
    with i18n.speaking("en", 12):
        said = i18n.times_short(*span, "Europe/Brussels").replace("\xa0", " ")
    assert said == "2:30 am (CEST)–2:30 am (CET)"


async def test_the_member_chooses(client_of: Any) -> None:
    alice = await make.member()
    room = await make.resource()
    booked = await make.reservation(room, alice, make.span("14:00", "15:30"))
    client = await client_of(alice)
    sent = {"name": "Alice", "language": "en", "clock_hours": "12"}
    assert (await client.post("/settings", data=sent)).status_code == 303
    assert (await Member.get(id=alice.id)).clock_hours == 12
    page = (await client.get(f"/reservations/{booked.id}")).text.replace("\xa0", " ")
    assert "2:00 pm–3:30 pm" in page
    assert "14:00" not in page.split("<main")[1]
    form = (await client.get(f"/resources/{room.id}/reserve")).text.replace("\xa0", " ")
    assert '<option value="14:00">2:00 pm</option>' in form
    search = (await client.get("/search?where=Brussels")).text.replace("\xa0", " ")
    assert '<option value="14:00">2:00 pm</option>' in search
    await notifications.write_messages(NOW)
    [told] = await Message.filter(kind="reservation_confirmed")
    assert "2:00 pm–3:30 pm" in told.text.replace("\xa0", " ")


async def test_the_next_visitor_has_their_own(client_of: Any) -> None:
    """What is kept ready made is kept for each clock."""
    early, late = await make.member(clock_hours=12), await make.member("Bob")
    room = await make.resource()
    for path in (f"/venues/{room.venue.key}", f"/resources/{room.id}", "/", "/search?where=Brussels"):
        for member, other in ((early, "14:00<"), (late, "2:00\xa0pm<"), (early, "14:00<")):
            page = (await (await client_of(member)).get(path)).text
            assert other not in page.split("<main")[1]


async def test_no_other_clocks(client_of: Any) -> None:
    alice = await make.member()
    client = await client_of(alice)
    for wrong in ("13", "x", "-12", "1e9"):
        sent = {"name": "Alice", "language": "en", "clock_hours": wrong}
        assert (await client.post("/settings", data=sent)).status_code == 422
    assert (await Member.get(id=alice.id)).clock_hours == 24
