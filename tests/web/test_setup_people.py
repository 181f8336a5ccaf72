"""Hosts, given and ended by managers; all roles, by administrators."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from booking import members
from booking.events import Event
from booking.members import Role, roles
from tests import make
from tests.make import NOW


@pytest.fixture
async def house(db: str) -> Any:
    return await make.venue()


@pytest.fixture
async def hugo(house: Any) -> Any:
    return await make.member("Hugo")


@pytest.fixture
async def stella(house: Any, client_of: Callable[..., Any]) -> Any:
    return await client_of(await make.manager(house))


async def test_it_works(stella: Any, house: Any, hugo: Any) -> None:
    address = f"/manage/{house.key}/set-up/hosts"
    done = await stella.post(address, data={"email": hugo.email.upper(), "ends_on": "2027-06-30"})
    assert (done.status_code, done.headers["location"]) == (303, address)
    assert (await members.active(hugo, NOW)).hosts(house)
    seen = (await stella.get(address)).text
    for words in ("Hugo", "Host", "Wed, 30 Jun 2027", "Stella", "Manager"):
        assert words in seen
    role = await Role.get(member_id=hugo.id)
    for _click in range(2):
        assert (await stella.post(f"{address}/{role.id}/end")).status_code == 303
    assert not (await members.active(hugo, NOW)).hosts(house)


async def test_the_history_says_whose_role_it_was(stella: Any, house: Any, hugo: Any) -> None:
    await stella.post(f"/manage/{house.key}/set-up/hosts", data={"email": hugo.email})
    history = f"/manage/{house.key}/set-up/history"
    assert "A role was given: Host, Hugo" in (await stella.get(history)).text
    given = await Event.filter(name="role.granted").order_by("-id").first()
    assert given is not None
    await stella.post(f"{history}/{given.id}/undo")
    assert "Undone: A role was given: Host, Hugo" in (await stella.get(history)).text


async def test_refused_and_wrong(stella: Any, house: Any, hugo: Any) -> None:
    address = f"/manage/{house.key}/set-up/hosts"
    assert (await stella.post(address, data={"email": "hugo"})).status_code == 422
    unknown = await stella.post(address, data={"email": "nobody@example.org"})
    assert unknown.status_code == 409
    assert "nobody@example.org" in unknown.text
    past = await stella.post(address, data={"email": hugo.email, "ends_on": "2026-11-22"})
    assert past.status_code == 409
    manager = await Role.get(kind="manager", venue_id=house.id)
    assert (await stella.post(f"{address}/{manager.id}/end")).status_code == 404
    assert await Role.all().count() == 1
    assert (await Role.get(id=manager.id)).revoked_at is None


async def test_a_manager_gives_nothing_but_hosts_of_their_own_houses(house: Any, hugo: Any) -> None:
    """Each other role and each other place is refused, in words that do not say what there is."""
    stella, elsewhere = await make.manager(house), await make.venue()
    await house.fetch_related("entity")
    wishes = [
        ("manager", f"venue:{house.key}"),
        ("treasurer", f"entity:{house.entity.key}"),
        ("administrator", ""),
        ("host", f"entity:{house.entity.key}"),
        ("host", f"venue:{elsewhere.key}"),
        ("host", "venue:nowhere"),
        ("host", house.key),
        ("host", ""),
    ]
    before = await Role.all().count()
    for kind, scope in wishes:
        for act in (members.grant, members.revoke):
            for email in (hugo.email, "nobody@example.org"):
                with pytest.raises(roles.OnlyAdministrators):
                    await act(email, kind, scope, by=stella, at=NOW)
    for stranger in (hugo, await make.member("Alice")):
        with pytest.raises(roles.OnlyAdministrators):
            await members.grant(hugo.email, "host", f"venue:{house.key}", by=stranger, at=NOW)
    assert await Role.all().count() == before


async def test_a_host_may_not_make_hosts(house: Any, hugo: Any) -> None:
    await members.grant(hugo.email, "host", f"venue:{house.key}", by=None, at=NOW)
    with pytest.raises(roles.OnlyAdministrators):
        await members.grant(hugo.email, "host", f"venue:{house.key}", by=hugo, at=NOW)


async def test_a_manager_whose_time_is_over_may_not(house: Any, hugo: Any) -> None:
    stella = await make.manager(house)
    await Role.filter(member_id=stella.id).update(ends_on="2026-11-22")
    with pytest.raises(roles.OnlyAdministrators):
        await members.grant(hugo.email, "host", f"venue:{house.key}", by=stella, at=NOW)


async def test_the_last_administrator_stays(db: str) -> None:
    ada, eva = await make.member("Ada"), await make.member("Eva")
    await make.role("administrator", ada)
    with pytest.raises(roles.LastAdministrator):
        await members.revoke(ada.email, "administrator", by=ada, at=NOW)
    assert (await members.active(ada, NOW)).administrator
    await members.grant(eva.email, "administrator", by=ada, at=NOW)
    await members.revoke(ada.email, "administrator", by=ada, at=NOW)
    assert not (await members.active(ada, NOW)).administrator


# --- all roles -----------------------------------------------------------------------------------------


@pytest.fixture
async def ada(db: str, client_of: Callable[..., Any]) -> Any:
    made = await make.member("Ada")
    await make.role("administrator", made)
    return await client_of(made)


async def test_administrators_give_every_role(ada: Any, house: Any, hugo: Any) -> None:
    await house.fetch_related("entity")
    for kind, scope in (
        ("manager", f"venue:{house.key}"),
        ("treasurer", f"entity:{house.entity.key}"),
        ("administrator", ""),
    ):
        got = await ada.post("/admin/roles", data={"email": hugo.email, "kind": kind, "scope": scope})
        assert got.status_code == 303
    held = await members.active(hugo, NOW)
    assert (held.manages(house), held.keeps_books_of(house.entity_id), held.administrator) == (
        True,
        True,
        True,
    )
    seen = (await ada.get(f"/admin/roles?q={hugo.email}")).text
    for words in ("3 roles", "Manager", "Treasurer", "Administrator", "Everything"):
        assert words in seen
    role = await Role.get(member_id=hugo.id, kind="treasurer")
    assert (await ada.post(f"/admin/roles/{role.id}/end")).status_code == 303
    assert (await ada.post(f"/admin/roles/{role.id}/end")).status_code == 303
    assert (await Role.get(id=role.id)).revoked_at == NOW
    assert "Hugo" in (await ada.get("/admin/roles?q=hug")).text
    assert "Nobody of that name" in (await ada.get("/admin/roles?q=zzz")).text


async def test_administrators_are_told_what_does_not_fit(ada: Any, house: Any, hugo: Any) -> None:
    for sent, status in (
        ({"email": hugo.email, "kind": "treasurer", "scope": f"venue:{house.key}"}, 422),
        ({"email": hugo.email, "kind": "host", "scope": ""}, 422),
        ({"email": hugo.email, "kind": "king"}, 422),
        ({"email": "nobody@example.org", "kind": "administrator"}, 409),
        ({"email": hugo.email, "kind": "host", "scope": "venue:nowhere"}, 409),
    ):
        assert (await ada.post("/admin/roles", data=sent)).status_code == status, sent
    own = await Role.get(kind="administrator")
    last = await ada.post(f"/admin/roles/{own.id}/end")
    assert last.status_code == 409
    assert "last administrator" in last.text
    assert await Role.all().count() == 1


async def test_the_page_of_roles_is_for_administrators(stella: Any, house: Any, hugo: Any) -> None:
    assert (await stella.get("/admin/roles")).status_code == 404
    sent = {"email": hugo.email, "kind": "administrator"}
    assert (await stella.post("/admin/roles", data=sent)).status_code == 404
    role = await Role.get(venue_id=house.id)
    assert (await stella.post(f"/admin/roles/{role.id}/end")).status_code == 404
    assert not (await members.active(hugo, NOW)).administrator
    assert (await Role.get(id=role.id)).revoked_at is None
