"""Making, renewing and taking back links: the token is told once and never kept."""

import pytest

from booking import calendars, events
from booking.calendars import Feed
from booking.calendars.feeds import digest
from booking.errors import NotFound
from tests import make
from tests.make import NOW


@pytest.fixture
async def alice(db):
    return await make.member("Alice")


async def test_it_works(alice):
    feed, token = await calendars.make_feed("member", alice, None, "nl", at=NOW)
    assert len(token) == 43
    kept = await Feed.get(id=feed.id)
    assert kept.token_hash == digest(token)
    assert (kept.owner_id, kept.venue_id, kept.language) == (alice.id, None, "nl")
    assert token not in repr(dict(kept))
    [happened] = await events.history(f"feed:{feed.id}")
    assert (happened.name, happened.data) == ("feed.made", {"kind": "member"})


async def test_every_token_is_another(alice):
    tokens = {(await calendars.make_feed("member", alice, None, "en", at=NOW))[1] for _ in range(5)}
    assert len(tokens) == 5
    feed, old = await calendars.make_feed("member", alice, None, "en", at=NOW)
    same, new = await calendars.rotate(feed.id, by=alice, at=NOW)
    assert same.id == feed.id
    assert new != old
    assert (await Feed.get(id=feed.id)).token_hash == digest(new)


async def test_a_house_one_does_not_host(alice):
    venue = await make.venue()
    await make.role("manager", alice, venue=await make.venue())
    with pytest.raises(NotFound):
        await calendars.make_feed("venue", alice, venue, "en", at=NOW)
    assert await Feed.all().count() == 0


async def test_more_than_ten(alice):
    for _ in range(10):
        await calendars.make_feed("member", alice, None, "en", at=NOW)
    with pytest.raises(calendars.FeedsEnough):
        await calendars.make_feed("member", alice, None, "en", at=NOW)
    [first, *_rest] = await calendars.feeds_of(alice)
    await calendars.revoke(first.id, by=alice, at=NOW)
    await calendars.make_feed("member", alice, None, "en", at=NOW)
    assert len(await calendars.feeds_of(alice)) == 10


async def test_somebody_elses(alice):
    bob = await make.member("Bob")
    feed, token = await calendars.make_feed("member", alice, None, "en", at=NOW)
    for act in (calendars.rotate, calendars.revoke):
        with pytest.raises(NotFound):
            await act(feed.id, by=bob, at=NOW)
    kept = await Feed.get(id=feed.id)
    assert (kept.token_hash, kept.revoked_at) == (digest(token), None)
    assert await calendars.feed_by_token(bob, token) is None


def test_masked():
    assert calendars.masked("/feeds/abcdefghijkl.ics") == "/feeds/abcdef…"
    assert calendars.masked("/calendar") == "/calendar"
