"""The pages of webhooks: an address, its secret shown once, its deliveries, sending again, switching, removing."""

import re

import pytest

from booking import webhooks
from booking.webhooks import WebhookDelivery, WebhookEndpoint
from tests import make
from tests.make import NOW

ASKED = {
    "name": "Agenda",
    "url": "https://example.org/hook",
    "of": "member",
    "events": ["reservation.confirmed", "reservation.cancelled"],
}


@pytest.fixture
async def alice(db):
    return await make.member("Alice")


async def test_it_works(client_of, alice):
    client = await client_of(alice)
    answer = await client.post("/settings/webhooks", data=ASKED)
    [made] = await WebhookEndpoint.all()
    page = f"/settings/webhooks/{made.id}"
    assert (answer.status_code, answer.headers["location"]) == (303, page)
    shown = (await client.get(page)).text
    assert re.search(r'value="(whsec_[^"]+)"', shown)[1] == webhooks.secret_of(made)
    assert "whsec_" not in (await client.get(page)).text
    assert "Agenda" in (await client.get("/settings/webhooks")).text
    assert (made.kind, made.events) == ("member", ASKED["events"])


async def test_what_is_wrong(client_of, alice):
    client = await client_of(alice)
    answer = await client.post(
        "/settings/webhooks", data={"name": "", "url": "x", "of": "moon", "events": ["nothing"]}
    )
    assert answer.status_code == 422
    assert answer.text.count("field-error") >= 2
    answer = await client.post("/settings/webhooks", data=ASKED | {"url": "https://10.0.0.1/"})
    assert answer.status_code == 422
    assert "https://10.0.0.1/" in answer.text
    assert "open Internet" in answer.text
    assert not await WebhookEndpoint.exists()


async def test_of_a_house(client_of, alice):
    venue = await make.venue(name="Bazaar")
    stella = await make.manager(venue)
    of = ASKED | {"of": f"venue:{venue.id}"}
    assert (await (await client_of(alice)).post("/settings/webhooks", data=of)).status_code == 404
    client = await client_of(stella)
    assert "Bazaar" in (await client.get("/settings/webhooks")).text
    assert (await client.post("/settings/webhooks", data=of)).status_code == 303
    [made] = await WebhookEndpoint.all()
    assert (made.kind, made.venue_id, made.owner_id) == ("venue", venue.id, stella.id)


async def test_deliveries(client_of, alice):
    client = await client_of(alice)
    made = await webhooks.make(alice, name="Agenda", url=ASKED["url"], names=ASKED["events"], at=NOW)
    page = f"/settings/webhooks/{made.id}"
    assert (await client.post(f"{page}/test")).status_code == 303
    [row] = await WebhookDelivery.all()
    await WebhookDelivery.all().update(state="parked", attempts=9, status=500, response="<b>boom</b>")
    shown = (await client.get(page)).text
    assert "&lt;b&gt;boom" in shown
    assert "9 tries" in shown
    assert "boom" not in (await client.get(f"{page}?state=sent")).text
    assert (await client.get(f"{page}?state=lost")).status_code == 422
    assert (await client.post(f"{page}/deliveries/{row.id}")).status_code == 303
    assert [each.state for each in await WebhookDelivery.all().order_by("id")] == ["parked", "waiting"]
    assert (await client.post(f"{page}/deliveries/999")).status_code == 404


async def test_page_by_page(client_of, alice):
    made = await webhooks.make(alice, name="Agenda", url=ASKED["url"], names=ASKED["events"], at=NOW)
    for _ in range(51):
        await webhooks.send_test(made.id, by=alice, at=NOW)
    client = await client_of(alice)
    first = (await client.get(f"/settings/webhooks/{made.id}")).text
    older = re.search(r'href="(/settings/webhooks/\d+\?before=\d+)"', first)[1]
    assert (await client.get(older)).text.count("Send again") == 1


async def test_change_switch_and_remove(client_of, alice):
    client = await client_of(alice)
    made = await webhooks.make(alice, name="Agenda", url=ASKED["url"], names=ASKED["events"], at=NOW)
    page = f"/settings/webhooks/{made.id}"
    changed = ASKED | {"name": "Other", "events": ["reservation.expired"]}
    assert (await client.post(page, data=changed)).status_code == 303
    assert (await client.post(page, data=changed | {"url": "http://example.org/"})).status_code == 422
    assert (await client.post(f"{page}/on-or-off/off")).status_code == 303
    assert (await client.post(f"{page}/on-or-off/maybe")).status_code == 404
    now = await WebhookEndpoint.get()
    assert (now.name, now.events, now.active) == ("Other", ["reservation.expired"], False)
    assert (await client.post(f"{page}/secret")).status_code == 303
    assert (await WebhookEndpoint.get()).salt != made.salt
    assert (await client.post(f"{page}/remove")).status_code == 303
    assert (await client.get(page)).status_code == 404


async def test_it_is_nobody_elses(client_of, alice):
    made = await webhooks.make(alice, name="Agenda", url=ASKED["url"], names=ASKED["events"], at=NOW)
    bob = await client_of(await make.member("Bob"))
    page = f"/settings/webhooks/{made.id}"
    assert (await bob.get(page)).status_code == 404
    for end in ("", "/test", "/on-or-off/off", "/secret", "/remove", "/deliveries/1"):
        assert (await bob.post(page + end, data=ASKED)).status_code == 404
    now = await WebhookEndpoint.get()
    assert (now.active, now.salt, now.deleted_at) == (True, made.salt, None)
    assert not await WebhookDelivery.exists()
