"""The page of calendar links: making, renewing, taking back; and one booking as a file."""

import re
from datetime import timedelta
from uuid import uuid4

import pytest
from icalendar import Calendar

from booking import calendars, events
from booking.calendars import Feed
from tests import make
from tests.make import NOW

LINK = re.compile(r"http://localhost:8000(/feeds/[\w-]{43}\.ics)")


@pytest.fixture
async def alice(db):
    return await make.member("Alice")


@pytest.fixture
async def page_of(client_of, alice):
    return await client_of(alice)


async def nothing_happened():
    assert await Feed.all().count() == 0
    assert await events.Event.filter(name__startswith="feed.").count() == 0


async def test_it_works(page_of, client, alice):
    answer = await page_of.post("/calendar", data={"kind": "member"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/calendar")
    assert "/feeds/" not in answer.text
    shown = await page_of.get("/calendar")
    [path] = set(LINK.findall(shown.text))
    assert shown.headers["cache-control"] == "no-store"
    assert f"webcal://localhost:8000{path}" in shown.text
    assert (
        f"https://calendar.google.com/calendar/render?cid=webcal%3A%2F%2Flocalhost%3A8000{path.replace('/', '%2F')}"
        in (shown.text)
    )
    assert "https://outlook.live.com/calendar/0/addfromweb?url=http%3A%2F%2Flocalhost" in shown.text
    assert "https://outlook.office.com/calendar/0/addfromweb?url=http%3A%2F%2Flocalhost" in shown.text
    assert "Looks again every 8 to 24 hours" in shown.text
    assert (await client.get(path)).status_code == 200
    [feed] = await calendars.feeds_of(alice)
    assert feed.token_hash not in shown.text
    assert path[7:-4] not in repr(dict(feed))


async def test_the_address_is_shown_once(page_of):
    await page_of.post("/calendar", data={"kind": "member"})
    assert LINK.search((await page_of.get("/calendar")).text)
    assert not LINK.search((await page_of.get("/calendar")).text)


async def test_somebody_elses_token_in_the_cookie_shows_nothing(page_of):
    _feed, token = await calendars.make_feed("member", await make.member("Bob"), None, "en", at=NOW)
    page_of.cookies.set("desk_new_feed", token)
    assert token not in (await page_of.get("/calendar")).text


async def test_who_fetched_it_last_is_told(page_of, client):
    await page_of.post("/calendar", data={"kind": "member"})
    shown = await page_of.get("/calendar")
    assert "Not fetched yet." in shown.text
    await client.get(LINK.search(shown.text)[1], headers={"user-agent": "Google-Calendar-Importer"})
    assert "by Google" in (await page_of.get("/calendar")).text


async def test_renewing(page_of, client):
    await page_of.post("/calendar", data={"kind": "member"})
    old = LINK.search((await page_of.get("/calendar")).text)[1]
    [feed] = await Feed.all()
    answer = await page_of.post(f"/calendar/{feed.id}/rotate")
    assert answer.status_code == 303
    new = LINK.search((await page_of.get("/calendar")).text)[1]
    assert new != old
    assert ((await client.get(old)).status_code, (await client.get(new)).status_code) == (404, 200)


async def test_taking_back(page_of, client):
    await page_of.post("/calendar", data={"kind": "member"})
    path = LINK.search((await page_of.get("/calendar")).text)[1]
    [feed] = await Feed.all()
    assert (await page_of.post(f"/calendar/{feed.id}/revoke")).status_code == 303
    assert (await client.get(path)).status_code == 404
    assert "No link yet." in (await page_of.get("/calendar")).text
    assert (await page_of.post(f"/calendar/{feed.id}/revoke")).status_code == 404
    assert (await page_of.post(f"/calendar/{feed.id}/rotate")).status_code == 404


async def test_somebody_elses_link_is_not_there(page_of):
    feed, token = await calendars.make_feed("member", await make.member("Bob"), None, "en", at=NOW)
    for act in ("rotate", "revoke"):
        assert (await page_of.post(f"/calendar/{feed.id}/{act}")).status_code == 404
    assert (await page_of.get(f"/feeds/{token}.ics")).status_code == 200
    assert feed.token_hint not in (await page_of.get("/calendar")).text


async def test_ten_links_are_enough(page_of, alice):
    for _ in range(10):
        await calendars.make_feed("member", alice, None, "en", at=NOW)
    answer = await page_of.post("/calendar", data={"kind": "member"})
    assert answer.status_code == 409
    assert "10 links" in answer.text
    assert await Feed.all().count() == 10


async def test_a_host_makes_the_link_of_a_house(client_of, client, db):
    venue = await make.venue(name="Bazaar", city="Lille")
    stella = await client_of(await make.manager(venue))
    assert "Lille: Bazaar" in (await stella.get("/calendar")).text
    assert (await stella.post("/calendar", data={"kind": "venue", "venue": venue.key})).status_code == 303
    shown = await stella.get("/calendar")
    assert "Bazaar, Lille" in shown.text
    assert "Bazaar: when it is busy" in (await client.get(LINK.search(shown.text)[1])).text


async def test_a_house_one_does_not_host(page_of, db):
    venue = await make.venue()
    for key in (venue.key, "no-such-house", ""):
        answer = await page_of.post("/calendar", data={"kind": "venue", "venue": key})
        assert answer.status_code == 404
    assert "When a house is busy" not in (await page_of.get("/calendar")).text
    await nothing_happened()


async def test_a_kind_that_is_none(page_of):
    assert (await page_of.post("/calendar", data={"kind": "everything"})).status_code == 422
    await nothing_happened()


async def test_nobody_is_sent_to_sign_in(client):
    for answer in (await client.get("/calendar"), await client.post("/calendar", data={"kind": "member"})):
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/sign-in")
    await nothing_happened()


async def test_one_booking_as_a_file(page_of, alice):
    room = await make.resource()
    booked = await make.reservation(room, alice, title="Planning")
    answer = await page_of.get(f"/reservations/{booked.id}/calendar.ics")
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["content-disposition"] == 'attachment; filename="booking.ics"'
    calendar = Calendar.from_ical(answer.content)
    assert "METHOD" not in calendar
    assert [str(event["UID"]) for event in calendar.walk("VEVENT")] == [booked.uid]


async def test_somebody_elses_booking_is_no_file(client_of, client, alice):
    booked = await make.reservation(await make.resource(), alice)
    charlie = await client_of(await make.member("Charlie"))
    assert (await charlie.get(f"/reservations/{booked.id}/calendar.ics")).status_code == 404
    assert (await charlie.get(f"/reservations/{uuid4()}/calendar.ics")).status_code == 404
    assert (await client.get(f"/reservations/{booked.id}/calendar.ics")).status_code == 303


async def test_taking_a_link_back_can_be_undone_for_ten_minutes(page_of, client_of, client, app, alice):
    await page_of.post("/calendar", data={"kind": "member"})
    [path] = set(LINK.findall((await page_of.get("/calendar")).text))
    feed = await Feed.get(owner_id=alice.id)
    await page_of.post(f"/calendar/{feed.id}/revoke")
    shown = (await page_of.get("/calendar")).text
    assert f'<form method="post" action="/calendar/{feed.id}/restore">' in shown
    assert f'action="/calendar/{feed.id}/restore"' not in (await page_of.get("/calendar")).text
    bob = await client_of(await make.member("Bob"))
    assert (await bob.post(f"/calendar/{feed.id}/restore")).status_code == 404
    assert (await page_of.post(f"/calendar/{feed.id}/restore")).status_code == 303
    assert "The link works again." in (await page_of.get("/calendar")).text
    assert (await client.get(path)).status_code == 200
    # A second click finds nothing to give back; and later it is too late.
    assert (await page_of.post(f"/calendar/{feed.id}/restore")).status_code == 404
    await page_of.post(f"/calendar/{feed.id}/revoke")
    app.state.clock = lambda: NOW + timedelta(minutes=11)
    assert (await page_of.post(f"/calendar/{feed.id}/restore")).status_code == 404
    assert (await Feed.get(id=feed.id)).revoked_at is not None
    told = [each.name for each in await events.Event.filter(subject=f"feed:{feed.id}").order_by("id")]
    assert told == ["feed.made", "feed.revoked", "feed.restored", "feed.revoked"]


async def test_undo_gives_back_no_more_links_than_there_may_be(page_of, alice):
    await page_of.post("/calendar", data={"kind": "member"})
    first = await Feed.get(owner_id=alice.id)
    await page_of.post(f"/calendar/{first.id}/revoke")
    for _number in range(calendars.FEEDS_MAX):
        await page_of.post("/calendar", data={"kind": "member"})
    assert (await page_of.post(f"/calendar/{first.id}/restore")).status_code == 409
    assert (await Feed.get(id=first.id)).revoked_at is not None
