"""The door of a feed: right bytes, right tags, and never a page, a sign-in or a 5xx."""

import gzip
import itertools
from datetime import timedelta

import pytest
from icalendar import Calendar

from booking import calendars, reservations
from booking.calendars import Feed, answering, copies
from tests import make
from tests.make import NOW


@pytest.fixture(autouse=True)
def new_process():
    copies.forget()


@pytest.fixture
async def alice(db):
    return await make.member("Alice")


@pytest.fixture
async def room(db):
    return await make.resource(at=await make.venue(name="Bazaar", access={"en": "Code 4711#"}), name="Quai")


@pytest.fixture
async def link(alice):
    """The path of Alice's feed."""
    _feed, token = await calendars.make_feed("member", alice, None, "en", at=NOW)
    return f"/feeds/{token}.ics"


@pytest.fixture
def plain(client):
    """A program that does not unpack."""
    client.headers["accept-encoding"] = "identity"
    return client


async def test_it_works(plain, link, alice, room):
    booked = await make.reservation(room, alice, title="Planning", note="Bring the plans", people=4)
    answer = await plain.get(link)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.headers["cache-control"] == "private, no-cache"
    assert answer.headers["x-robots-tag"] == "noindex"
    assert "set-cookie" not in answer.headers
    [event] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert str(event["UID"]) == booked.uid
    assert str(event["SUMMARY"]) == "Planning"
    assert "Bring the plans" in event["DESCRIPTION"]
    assert f"/reservations/{booked.id}" in event["DESCRIPTION"]
    assert event["DTSTART"].dt == booked.begins_at
    assert event["DTEND"].dt == booked.ends_at
    for secret in ("4711", alice.email, "36.30", "Stella"):
        assert secret not in answer.text


async def test_the_door_asks_nobody_to_sign_in(client, link):
    for accept in ("*/*", "text/html", ""):
        answer = await client.get(link, headers={"accept": accept})
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/calendar")


async def test_with_and_without_ics_and_with_a_slash(plain, link):
    first = await plain.get(link)
    assert (await plain.get(link.removesuffix(".ics"))).content == first.content
    again = await plain.get(link + "/", follow_redirects=True)
    assert again.status_code == 200
    assert len(again.history) <= 1


async def test_head_is_get_without_a_body(plain, link, alice, room):
    await make.reservation(room, alice)
    got = await plain.get(link)
    head = await plain.head(link)
    assert head.status_code == 200
    assert head.content == b""
    for name in ("etag", "last-modified", "content-type", "content-length", "cache-control"):
        assert head.headers[name] == got.headers[name]


async def test_options_and_everything_else(client, link):
    options = await client.options(link)
    assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
    for method in ("POST", "PUT", "DELETE", "PATCH", "PROPFIND", "REPORT"):
        answer = await client.request(method, link)
        assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD, OPTIONS")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ('"{tag}"', 304),
        ('W/"{tag}"', 304),
        ('"other", "{tag}"', 304),
        ('"other",W/"{tag}" , "third"', 304),
        ("*", 304),
        ('"other"', 200),
        ('W/"other", "third"', 200),
        ('"{tag}x"', 200),
        ("", 200),
        ('"{tag}-gzip"', 304),
    ],
)
async def test_if_none_match(plain, link, alice, room, sent, status):
    await make.reservation(room, alice)
    tag = (await plain.get(link)).headers["etag"].strip('"')
    answer = await plain.get(link, headers={"if-none-match": sent.format(tag=tag)})
    assert answer.status_code == status
    assert answer.headers["etag"] == f'"{tag}"'
    assert (answer.content == b"") == (status == 304)


async def test_if_none_match_beats_if_modified_since(plain, link):
    modified = (await plain.get(link)).headers["last-modified"]
    answer = await plain.get(link, headers={"if-none-match": '"other"', "if-modified-since": modified})
    assert answer.status_code == 200


async def test_if_modified_since(plain, link, alice, room):
    first = (await plain.get(link)).headers["last-modified"]
    assert (await plain.get(link, headers={"if-modified-since": first})).status_code == 304
    for unreadable in ("yesterday", "", "Mon, 99 Foo 2026 99:99:99 GMT", "0"):
        assert (await plain.get(link, headers={"if-modified-since": unreadable})).status_code == 200
    await make.reservation(room, alice)
    answer = await plain.get(link, headers={"if-modified-since": first})
    assert answer.status_code == 200
    assert answer.headers["last-modified"] != first


async def test_a_304_builds_nothing(plain, link, alice, room, monkeypatch):
    await make.reservation(room, alice)
    tag = (await plain.get(link)).headers["etag"]

    async def never(*_args, **_more):
        raise AssertionError("built")

    monkeypatch.setattr(answering.contents, "build", never)
    answer = await plain.get(link, headers={"if-none-match": tag})
    assert answer.status_code == 304


async def test_packed_bytes_have_a_tag_of_their_own(client, link, alice, room):
    await make.reservation(room, alice)
    plain = await client.get(link, headers={"accept-encoding": "identity"})
    async with client.stream("GET", link, headers={"accept-encoding": "gzip"}) as answer:
        raw = b"".join([part async for part in answer.aiter_raw()])
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) == len(raw)
    assert gzip.decompress(raw) == plain.content
    assert answer.headers["etag"] != plain.headers["etag"]
    assert answer.headers["vary"] == plain.headers["vary"] == "Accept-Encoding"
    refused = await client.get(link, headers={"accept-encoding": "gzip;q=0, br"})
    assert "content-encoding" not in refused.headers


async def test_a_range_gets_the_whole(plain, link):
    assert (await plain.get(link, headers={"range": "bytes=0-5"})).status_code == 200


async def test_unknown_old_revoked_and_lost_look_the_same(client, alice, db):
    feed, old = await calendars.make_feed("member", alice, None, "en", at=NOW)
    await calendars.rotate(feed.id, by=alice, at=NOW)
    gone, revoked = await calendars.make_feed("member", alice, None, "en", at=NOW)
    await calendars.revoke(gone.id, by=alice, at=NOW)
    bob = await make.member("Bob", suspended_at=NOW)
    _feed, suspended = await calendars.make_feed("member", bob, None, "en", at=NOW)
    answers = [
        await client.get(f"/feeds/{token}.ics")
        for token in ("x", "y" * 43, old, revoked, suspended, "%2e%2e", "é%00", "z" * 400)
    ]
    told = {(each.status_code, each.content, each.headers["content-type"]) for each in answers}
    assert told == {(404, b"Not found\n", "text/plain; charset=utf-8")}
    assert all(each.headers["cache-control"] == "private, no-store" for each in answers)


async def test_a_new_token_replaces_the_old_one_at_once(client, link, alice):
    assert (await client.get(link)).status_code == 200
    [feed] = await calendars.feeds_of(alice)
    _feed, token = await calendars.rotate(feed.id, by=alice, at=NOW)
    assert (await client.get(link)).status_code == 404
    assert (await client.get(f"/feeds/{token}.ics")).status_code == 200


async def test_who_fetched_it_is_noted_now_and_then(client, app, link, alice):
    await client.get(link, headers={"user-agent": "Mozilla/5.0 (X11) Gecko/20100101 Thunderbird/153.0"})
    [feed] = await calendars.feeds_of(alice)
    assert (feed.fetched_by, feed.fetched_at) == ("Thunderbird", NOW)
    app.state.clock = lambda: NOW + timedelta(minutes=2)
    await client.get(link, headers={"user-agent": "Google-Calendar-Importer"})
    [feed] = await calendars.feeds_of(alice)
    assert feed.fetched_at == NOW
    app.state.clock = lambda: NOW + timedelta(minutes=6)
    await client.get(link, headers={"user-agent": "Google-Calendar-Importer"})
    [feed] = await calendars.feeds_of(alice)
    assert (feed.fetched_by, feed.fetched_at) == ("Google", NOW + timedelta(minutes=6))


async def test_too_often(client, app, link):
    for _ in range(120):
        assert (await client.head(link)).status_code == 200
    answer = await client.get(link)
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 3600
    app.state.clock = lambda: NOW + timedelta(hours=1)
    assert (await client.get(link)).status_code == 200


async def test_while_the_database_is_away_the_last_good_copy_answers(
    plain, app, link, alice, room, monkeypatch
):
    await make.reservation(room, alice)
    good = await plain.get(link)
    app.state.clock = lambda: NOW + timedelta(minutes=10)

    async def away(*_args, **_more):
        raise ConnectionRefusedError("the database is away")

    monkeypatch.setattr(answering.feeds, "known", away)
    stale = await plain.get(link)
    assert (stale.status_code, stale.content) == (200, good.content)
    assert stale.headers["warning"].startswith("110 ")
    assert stale.headers["age"] == "600"
    assert stale.headers["etag"] == good.headers["etag"]
    same = await plain.get(link, headers={"if-none-match": good.headers["etag"]})
    assert same.status_code == 304
    copies.forget()
    without = await plain.get(link)
    assert (without.status_code, without.headers["retry-after"]) == (429, "300")


async def test_a_mistake_in_building_is_no_5xx(plain, link, alice, room, monkeypatch):
    async def broken(*_args, **_more):
        raise ZeroDivisionError

    monkeypatch.setattr(answering.contents, "build", broken)
    assert (await plain.get(link)).status_code == 429


async def test_a_slow_database_does_not_hang_the_client(plain, link, monkeypatch):
    import asyncio

    async def slow(*_args, **_more):
        await asyncio.sleep(10)

    monkeypatch.setattr(answering, "DATABASE_SECONDS_MAX", 0.05)
    monkeypatch.setattr(answering.feeds, "known", slow)
    assert (await plain.get(link)).status_code == 429


async def test_the_same_from_another_process_a_day_later(plain, app, link, alice, room):
    await make.reservation(room, alice)
    first = await plain.get(link)
    copies.forget()
    app.state.clock = lambda: NOW + timedelta(hours=24)
    later = await plain.get(link)
    assert later.content == first.content
    for name in ("etag", "last-modified"):
        assert later.headers[name] == first.headers[name]


async def test_last_modified_never_goes_back(plain, app, link, alice, room):
    seen = []

    async def look(minutes):
        app.state.clock = lambda: NOW + timedelta(minutes=minutes)
        headers = (await plain.get(link)).headers
        seen.append((answering._instant(headers["last-modified"]), headers["etag"]))

    await look(0)
    booked = await make.reservation(room, alice)
    await look(1)
    await look(2)
    await reservations.cancel(booked.id, by=alice, at=NOW + timedelta(minutes=3))
    await look(4)
    [feed] = await Feed.all()
    await calendars.rotate(feed.id, by=alice, at=NOW)
    await Feed.filter(id=feed.id).update(token_hash=calendars.feeds.digest(link[7:-4]))
    await look(5)
    await look(60 * 24 * 90)
    moments = [moment for moment, _tag in seen]
    assert moments == sorted(moments)
    for (before, tag), (after, next_tag) in itertools.pairwise(seen):
        assert (before < after) == (tag != next_tag)


async def test_a_renamed_room_is_a_change(plain, app, link, alice, room):
    await make.reservation(room, alice)
    before = await plain.get(link)
    room.name = "Quai 2"
    await room.save(update_fields=["name"])
    after = await plain.get(link, headers={"if-none-match": before.headers["etag"]})
    assert after.status_code == 200
    assert "Quai 2" in after.text


async def test_the_feed_of_a_house_names_nobody(plain, alice, room):
    stella = await make.manager(room.venue)
    booked = await make.reservation(room, alice, title="Secret plan", note="Hush", people=5)
    _feed, token = await calendars.make_feed("venue", stella, room.venue, "en", at=NOW)
    answer = await plain.get(f"/feeds/{token}.ics")
    [event] = Calendar.from_ical(answer.content).walk("VEVENT")
    assert str(event["SUMMARY"]) == "Busy: Quai"
    assert event["DTSTART"].dt == booked.begins_at
    for secret in ("Alice", alice.email, "Secret", "Hush", str(booked.id), "4711", "DESCRIPTION:Quai"):
        assert secret not in answer.text


async def test_the_feed_of_a_house_ends_with_the_role(client, room):
    from booking.members import Role

    stella = await make.manager(room.venue)
    _feed, token = await calendars.make_feed("venue", stella, room.venue, "en", at=NOW)
    assert (await client.get(f"/feeds/{token}.ics")).status_code == 200
    await Role.filter(member_id=stella.id).update(revoked_at=NOW)
    assert (await client.get(f"/feeds/{token}.ics")).status_code == 404


async def test_robots_may_come(client):
    answer = await client.get("/robots.txt")
    assert answer.status_code == 200
    assert "/feeds" not in answer.text
