"""Who may have which endpoint."""

import pytest

from booking import members, webhooks
from booking.errors import NotFound
from booking.webhooks import WebhookEndpoint
from tests import make
from tests.make import NOW
from tests.webhooks.conftest import endpoint

URL = "https://example.org/hook"


async def test_it_works(alice):
    made = await endpoint(alice, URL, "reservation.cancelled", "reservation.confirmed")
    assert made.events == ["reservation.confirmed", "reservation.cancelled"]
    assert [each.id for each in await webhooks.of(alice)] == [made.id]
    assert await webhooks.places_of(alice, NOW) == []
    secret = webhooks.secret_of(made)
    assert secret.startswith("whsec_")
    assert secret not in str(await WebhookEndpoint.all().values())


@pytest.mark.parametrize("role", ["", "host", "manager elsewhere", "treasurer"])
async def test_who_may_not_hear_of_a_venue(alice, room, role):
    if role == "host":
        await make.role("host", alice, venue=room.venue)
    if role == "manager elsewhere":
        await make.role("manager", alice, venue=await make.venue())
    if role == "treasurer":
        await make.role("treasurer", alice, entity=room.venue.entity)
    with pytest.raises(NotFound):
        await endpoint(alice, URL, kind="venue", place=room.venue)
    if role != "treasurer":
        with pytest.raises(NotFound):
            await endpoint(alice, URL, kind="entity", place=room.venue.entity)
    assert not await WebhookEndpoint.exists()


async def test_what_managers_treasurers_and_administrators_may(alice, room):
    stella, theo, ada = await make.manager(room.venue), await make.member("Theo"), await make.member("Ada")
    await make.role("treasurer", theo, entity=room.venue.entity)
    await make.role("administrator", ada)
    assert [kind for kind, _place in await webhooks.places_of(stella, NOW)] == ["venue"]
    assert [kind for kind, _place in await webhooks.places_of(theo, NOW)] == ["entity"]
    assert [kind for kind, _place in await webhooks.places_of(ada, NOW)] == ["entity", "venue"]
    await endpoint(stella, URL, kind="venue", place=room.venue)
    await endpoint(theo, URL, kind="entity", place=room.venue.entity)
    await endpoint(ada, URL, kind="venue", place=room.venue)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/",
        "https://127.0.0.1/",
        "https://10.0.0.1/",
        "ftp://example.org",
        "x",
        "http://localhost/",
    ],
)
async def test_addresses_that_may_not_be_asked(alice, url):
    with pytest.raises(webhooks.NotAllowed):
        await endpoint(alice, url)
    made = await endpoint(alice, URL)
    with pytest.raises(webhooks.NotAllowed):
        await webhooks.change(made.id, by=alice, name="x", url=url, names=["venue.closed"], at=NOW)
    assert (await WebhookEndpoint.get()).url == URL


async def test_somebody_elses(alice):
    made = await endpoint(alice, URL)
    bob = await make.member("Bob")
    for act in (
        webhooks.endpoint(made.id, by=bob),
        webhooks.switch(made.id, False, by=bob, at=NOW),
        webhooks.new_secret(made.id, by=bob, at=NOW),
        webhooks.remove(made.id, by=bob, at=NOW),
        webhooks.send_test(made.id, by=bob, at=NOW),
    ):
        with pytest.raises(NotFound):
            await act
    now = await WebhookEndpoint.get()
    assert (now.active, now.salt, now.deleted_at) == (True, made.salt, None)


async def test_not_more_than_ten(alice):
    for _ in range(webhooks.ENDPOINTS_MAX):
        await endpoint(alice, URL)
    with pytest.raises(webhooks.EndpointsEnough):
        await endpoint(alice, URL)


async def test_an_event_that_does_not_exist(alice):
    for names in ([], ["reservation.exploded"]):
        with pytest.raises(ValueError, match="at least one event"):
            await webhooks.make(alice, name="x", url=URL, names=names, at=NOW)
    assert (await members.active(alice, NOW)).names == ()
