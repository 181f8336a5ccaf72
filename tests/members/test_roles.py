"""Roles: where they hold, until when, who gives and takes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from booking import events, members
from booking.errors import Refused
from booking.members import roles
from booking.members.models import Role
from tests import make
from tests.conftest import NOW


async def test_it_works(db: str) -> None:
    home, other = await make.venue(), await make.venue()
    stella = await make.member("Stella")
    given = await members.grant(stella.email.upper(), "manager", home.key, by=None, at=NOW)
    held = await members.active(stella, NOW)
    assert (held.manages(home), held.hosts(home), held.manages(other)) == (True, True, False)
    assert (held.manages_anything, held.administrator) == (True, False)
    assert held.names == ("manager",)
    [event] = await events.history(f"member:{stella.id}")
    assert (event.name, event.data["role_id"], event.venue_id) == ("role.granted", given.id, home.id)


async def test_who_may_what(db: str) -> None:
    """Every role against a venue of the entity, one of another, and their books: explicit yes and no."""
    house, elsewhere = await make.venue(), await make.venue()
    await house.fetch_related("entity")
    entity = house.entity
    table = {
        # role and scope: (manages house, manages elsewhere, hosts house, hosts elsewhere, books of house, of elsewhere)
        ("administrator", ""): (True, True, True, True, True, True),
        ("manager", house.key): (True, False, True, False, False, False),
        ("manager", entity.key): (True, False, True, False, False, False),
        ("host", house.key): (False, False, True, False, False, False),
        ("host", entity.key): (False, False, True, False, False, False),
        ("treasurer", entity.key): (False, False, False, False, True, False),
    }
    for (kind, scope), expected in table.items():
        member = await make.member(kind)
        await members.grant(member.email, kind, scope, by=None, at=NOW)
        held = await members.active(member, NOW)
        found = (
            held.manages(house),
            held.manages(elsewhere),
            held.hosts(house),
            held.hosts(elsewhere),
            held.keeps_books_of(house.entity_id),
            held.keeps_books_of(elsewhere.entity_id),
        )
        assert found == expected, (kind, scope)
    nobody = await members.active(await make.member(), NOW)
    assert not any([nobody.manages(house), nobody.hosts(house), nobody.keeps_books_of(house.entity_id)])
    assert nobody == roles.NONE == await members.active(None, NOW)


async def test_the_last_day_counts_whole_where_the_house_stands(db: str) -> None:
    house = await make.venue(zone="Europe/Tallinn")
    stella = await make.member("Stella")
    last = date(2026, 11, 24)
    await members.grant(stella.email, "manager", house.key, ends_on=last, by=None, at=NOW)
    before_midnight = datetime(2026, 11, 24, 21, 59, tzinfo=UTC)  # 23:59 in Tallinn
    assert (await members.active(stella, before_midnight)).manages(house)
    assert not (await members.active(stella, before_midnight + timedelta(minutes=1))).manages(house)


async def test_taking_it_away_works_at_once(db: str) -> None:
    house = await make.venue()
    stella = await make.member("Stella")
    await members.grant(stella.email, "host", house.key, by=None, at=NOW)
    await members.revoke(stella.email, "host", house.key, by=None, at=NOW)
    assert await members.active(stella, NOW) == roles.NONE
    assert [event.name for event in await events.history(f"member:{stella.id}")] == [
        "role.granted",
        "role.revoked",
    ]
    again = await members.grant(stella.email, "host", house.key, by=None, at=NOW)
    assert again.revoked_at is None
    assert await Role.all().count() == 2


async def test_twice_is_once(db: str) -> None:
    house = await make.venue()
    stella = await make.member("Stella")
    first = await members.grant(stella.email, "host", house.key, by=None, at=NOW)
    second = await members.grant(stella.email, "host", house.key, by=None, at=NOW)
    longer = await members.grant(stella.email, "host", house.key, ends_on=date(2027, 1, 1), by=None, at=NOW)
    assert first.id == second.id == longer.id
    assert (await Role.get()).ends_on == date(2027, 1, 1)
    assert len(await events.history(f"member:{stella.id}")) == 2


async def test_a_key_that_a_venue_and_an_entity_share(db: str) -> None:
    owner = await make.entity(key="lille")
    house = await make.venue(key="lille", of=owner)
    other = await make.venue(of=owner)
    stella = await make.member("Stella")
    await members.grant(stella.email, "manager", "lille", by=None, at=NOW)
    assert not (await members.active(stella, NOW)).manages(other)
    await members.grant(stella.email, "manager", "entity:lille", by=None, at=NOW)
    held = await members.active(stella, NOW)
    assert held.manages(other)
    assert held.manages(house)


@pytest.mark.parametrize(
    ("kind", "scope", "code"),
    [
        ("owner", "", "unknown_role"),
        ("host", "", "scope_does_not_fit"),
        ("treasurer", "", "scope_does_not_fit"),
        ("manager", "nowhere", "unknown_scope"),
        ("manager", "planet:earth", "unknown_scope"),
        ("treasurer", "VENUE", "scope_does_not_fit"),
        ("administrator", "VENUE", "scope_does_not_fit"),
    ],
)
async def test_refusals(db: str, kind: str, scope: str, code: str) -> None:
    house = await make.venue()
    stella = await make.member("Stella")
    with pytest.raises(Refused) as refused:
        await members.grant(stella.email, kind, scope.replace("VENUE", house.key), by=None, at=NOW)
    assert refused.value.code == code
    assert refused.value.sentence
    assert await Role.all().count() == 0
    assert await events.history(f"member:{stella.id}") == []


async def test_nobody_there(db: str) -> None:
    with pytest.raises(roles.UnknownMember):
        await members.grant("nobody@example.org", "administrator", by=None, at=NOW)
    stella = await make.member("Stella")
    with pytest.raises(roles.NoSuchRole):
        await members.revoke(stella.email, "administrator", by=None, at=NOW)


async def test_only_administrators_give_roles(db: str) -> None:
    house = await make.venue()
    ada, stella, alice = await make.member("Ada"), await make.manager(house), await make.member()
    for who in (stella, alice):
        for act in (members.grant, members.revoke):
            with pytest.raises(roles.OnlyAdministrators):
                await act(alice.email, "host", house.key, by=who, at=NOW)
    assert await Role.filter(member_id=alice.id).count() == 0
    await members.grant(ada.email, "administrator", by=None, at=NOW)
    given = await members.grant(alice.email, "host", house.key, by=ada, at=NOW)
    assert given.granted_by_id == ada.id  # type: ignore[attr-defined]


async def test_the_suspended_have_none(db: str) -> None:
    house = await make.venue()
    stella = await make.manager(house)
    await members.suspend(stella, by=None, at=NOW)
    assert await members.active(await members.get(stella.id), NOW) == roles.NONE


async def test_the_list(db: str) -> None:
    house = await make.venue()
    stella, theo = await make.manager(house), await make.member("Theo")
    await house.fetch_related("entity")
    await members.grant(theo.email, "treasurer", house.entity.key, ends_on=date(2026, 11, 1), by=None, at=NOW)
    assert [(role.member.name, role.kind) for role in await members.listed(NOW)] == [("Stella", "manager")]
    assert [role.venue.id for role in await members.listed(NOW, email=stella.email)] == [house.id]
    assert await members.listed(NOW, email=theo.email) == []
