"""A small world with everything that somebody may not know of, and the people who look at it.

Two entities with a house each. Alice books in the first house on her Activity, which Bob may use; Charlie shares
nothing with them. Hosts, managers and a treasurer of each house and entity; an administrator; Susan, who is suspended.
Private texts are canaries: words that stand nowhere else, so that a page which shows one to the wrong person is found.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

from booking import budgets, calendars, events, guests, occupancy, places, reservations, webhooks
from booking.members import mails, sessions, tokens
from booking.members.models import Member, Passkey, Role
from booking.payments import Payment, Refund
from booking.places import photos
from booking.places.models import YearlyClosure
from booking.pricing.models import TariffRow
from tests import make
from tests.make import NOW
from tests.pictures import picture

# Who looks. The order is that of the table in docs/permissions.md.
VISITORS = (
    "nobody",
    "suspended",
    "other",
    "member",
    "sharer",
    "host",
    "host elsewhere",
    "manager",
    "manager elsewhere",
    "entity manager",
    "treasurer",
    "treasurer elsewhere",
    "administrator",
)
TITLE, NOTE, NAME, EMAIL = "Kestrel title", "Kestrel note", "Alice Kestrel", "kestrel@example.org"
ACTIVITY, DOOR = "Kestrel project", "Kestrel door 4711"

HOSTS = frozenset({"host", "manager", "entity manager", "administrator"})
OF_THE_ACTIVITY = frozenset({"member", "sharer"})
# Canary -> who may read it, wherever it stands.
CANARIES: dict[str, frozenset[str]] = {
    TITLE: HOSTS | {"member"},
    NOTE: HOSTS | {"member"},
    NAME: HOSTS | OF_THE_ACTIVITY | {"treasurer"},
    EMAIL: HOSTS | {"member", "treasurer"},
    ACTIVITY: HOSTS | OF_THE_ACTIVITY | {"treasurer"},
    DOOR: HOSTS | {"member"},
}


@dataclass
class World:
    """The people by the name of their part, and what fills the places of a path."""

    people: dict[str, Member | None]
    places: dict[str, Any]
    tokens: dict[str, str] = field(default_factory=dict)


async def build() -> World:
    """Everything once; every object belongs to Alice or to the first house."""
    here, there = await make.entity(name="Entity here"), await make.entity(name="Entity there", country="DE")
    house = await make.venue(of=here, access={"door": DOOR})
    elsewhere = await make.venue(of=there)
    alice = await make.member(NAME, email=EMAIL, entity=here)
    people: dict[str, Member | None] = {
        "nobody": None,
        "member": alice,
        "sharer": await make.member("Bob", entity=here),
        "other": await make.member("Charlie", entity=here),
        "suspended": await make.member("Susan", suspended_at=NOW - timedelta(days=1)),
        "host": await _with_role("host", "Hanna", venue=house),
        "host elsewhere": await _with_role("host", "Hugo", venue=elsewhere),
        "manager": await make.manager(house),
        "manager elsewhere": await make.manager(elsewhere, "Steve"),
        "entity manager": await _with_role("manager", "Emma", entity=here),
        "treasurer": await _with_role("treasurer", "Theo", entity=here),
        "treasurer elsewhere": await _with_role("treasurer", "Tilda", entity=there),
        "administrator": await _with_role("administrator", "Ada"),
    }
    activity = await make.activity(alice, of=here, name=ACTIVITY)
    bob, manager = people["sharer"], people["manager"]
    assert bob is not None
    assert manager is not None
    await budgets.share_with(activity, bob.id, at=NOW)
    room = await make.resource(at=house)
    asked = await make.resource(at=house, approval=True)
    words = {"title": TITLE, "note": NOTE}
    booked = await make.reservation(room, alice, on=activity, **words)
    request = await make.reservation(asked, alice, on=activity, **words)
    dated = await _series_of(await make.resource(at=house), alice, activity)
    asked_for = await _series_of(await make.resource(at=house, approval=True), alice, activity)
    closure = await places.close(
        house, None, make.span(days=200), "Stocktaking", by_id=manager.id, at=NOW - timedelta(days=1)
    )
    for_all = await make.resource(at=house, external_hour_cents=0)
    guest = await make.member("Greta", category="external", guest=True)
    visit = await reservations.reserve(uuid4(), for_all.id, make.span(), by=guest, at=NOW)
    tariff = (await TariffRow.filter(resource_id=room.id))[0]
    yearly = await YearlyClosure.create(venue_id=house.id, first_day="08-01", last_day="08-02", reason="Fair")
    changed = await events.record(
        "venue.changed", house.subject, at=NOW, by_id=manager.id, venue_id=house.id,
        before={"district": "Old"}, after={"district": ""},
    )  # fmt: skip
    hosting = await Role.get(kind="host", venue_id=house.id)
    feed, feed_token = await calendars.make_feed("member", alice, None, "en", at=NOW)
    spare = await make.member("Zoe")
    key = await Passkey.create(
        member_id=alice.id, credential_id="kestrel", public_key="x", name="Phone", created_at=NOW
    )
    photo = await photos.add(
        house, None, picture(size=(240, 240)), {"en": "A door"}, id=uuid4(), by_id=manager.id, at=NOW
    )
    plan, spare_plan = await make.plan(house, [room]), await make.plan(house)
    await make.ground(plan)
    refund = await _refused_refund(booked, here)
    stay = await occupancy.walk_in(house, by=manager, member=bob, at=NOW)
    token, _text = await tokens.make(alice, name="Laptop", scopes=["read"], days=30, at=NOW)
    webhook = await webhooks.make(
        alice, name="Ours", url="https://hooks.example/x", names=["reservation.confirmed"], at=NOW
    )
    delivery = await webhooks.send_test(webhook.id, by=alice, at=NOW)
    display, _code = await occupancy.add_display(house, room, "Door", by_id=manager.id, at=NOW)
    spare_display, _code = await occupancy.add_display(house, None, "Hall", by_id=manager.id, at=NOW)
    world = World(
        people,
        {
            "key": house.key,
            "seen": "0",
            "resource_id": room.id,
            "reservation_id": booked.id,
            "request_id": request.id,
            "dated_id": dated.id,
            "series_id": dated.series_id,
            "asked_series_id": asked_for.series_id,
            "activity_id": activity.id,
            "closure_id": closure.id,
            "member_id": alice.id,
            "spare_id": spare.id,
            "token_id": token.id,
            "webhook_id": webhook.id,
            "delivery_id": delivery.id,
            "passkey_id": key.id,
            "plan_id": plan.id,
            "spare_plan_id": spare_plan.id,
            "unit_id": (await places.units_of([room.id]))[room.id][0],
            "tariff_id": tariff.id,
            "yearly_id": yearly.id,
            "role_id": hosting.id,
            "event_id": changed.id,
            "entity": here.id,
            "entity_key": here.key,
            "account_id": activity.account_id,
            "feed_id": feed.id,
            "feed_token": feed_token,
            "mails_key": mails.key_of(alice.id, "reminders"),
            "guest_secret": await guests.make_key(visit.id, at=NOW),
            "refund_id": refund.id,
            "photo_id": photo.id,
            "photo_name": f"{photo.stamp}-240.jpg",
            "stay_id": stay.id,
            "display_id": display.id,
            "spare_display_id": spare_display.id,
            "code": occupancy.token_of(house),
            "space_code": occupancy.token_of(asked),
            "people": 3,
            "name": "Greta",
            "email": "greta@guest.example",
            "begins_at": "2026-12-03T09:00:00Z",
            "ends_at": "2026-12-03T10:00:00Z",
            "q": EMAIL,
            "member": alice.id,
            "resource": room.id,
        },
    )
    for name, person in people.items():
        if person is not None:
            world.tokens[name] = await sessions.start(person, agent="test", at=NOW, confirmed_at=NOW)
    world.places["session_id"] = (await sessions.list_for(alice, NOW))[0].id
    return world


async def _series_of(room: Any, member: Any, activity: Any) -> Any:
    """The first of three Tuesdays."""
    id, first, repeat = uuid4(), date(2026, 11, 24), reservations.Repeat("week", times=3)
    wanted = reservations.wishes(
        id,
        repeat.dates(first),
        reservations.Wall(600, 720),
        resource_id=room.id,
        zone=room.venue.zone,
    )
    made = await reservations.reserve_together(
        id,
        wanted,
        by=member,
        at=NOW,
        repeat=repeat,
        first_on=first,
        activity_id=activity.id,
        title=TITLE,
        note=NOTE,
    )
    return made.reservations[0]


async def _refused_refund(booked: Any, entity: Any) -> Refund:
    """Of a card that once paid for Alice's booking."""
    payment = await Payment.create(
        id=uuid4(),
        reservation_id=booked.id,
        entity_id=entity.id,
        number=1,
        method="charge",
        status="expired",
        currency="EUR",
        amount_cents=100,
        created_at=NOW,
        settled_at=NOW,
    )
    return await Refund.create(
        id=uuid4(),
        payment_id=payment.id,
        amount_cents=100,
        currency="EUR",
        reason="twice",
        status="failed",
        created_at=NOW,
    )


async def _with_role(kind: str, name: str, **scope: Any) -> Member:
    person = await make.member(name)
    await make.role(kind, person, **scope)
    return person
