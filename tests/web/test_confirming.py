"""Managers, treasurers and administrators show a passkey before they write; hosts and members need none."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from starlette.convertors import UUIDConvertor
from starlette.routing import Route

import settings
from booking.events import Event
from booking.members import Member, Roles
from booking.members.models import Passkey, Session
from booking.places.models import Closure
from booking.web.routes import routes
from tests import make
from tests.authenticator import Authenticator
from tests.conftest import NOW

FIRST, SHOW = "Make your passkey first", "Confirm with your passkey"
AREAS = ("/manage/", "/admin", "/books")
# What a host may do, whoever does it. Whatever else is written under AREAS needs a passkey: a new route is asked by
# itself, and is listed here only if hosts may use it.
OF_HOSTS = {
    "/manage/{key}/book",
    "/manage/{key}/book/guest",
    "/manage/{key}/reservations/{reservation_id}/approve",
    "/manage/{key}/reservations/{reservation_id}/decline",
    "/manage/{key}/series/{series_id}/approve",
    "/manage/{key}/series/{series_id}/decline",
    "/manage/{key}/reservations/{reservation_id}/cancel",
    "/manage/{key}/reservations/{reservation_id}/check-in",
    "/manage/{key}/stays/{stay_id}/check-out",
    "/manage/{key}/stays/{stay_id}/undo",
    "/manage/{key}/walk-in",
    "/manage/{key}/count",
}
ELSEWHERE = "00000000-0000-4000-8000-000000000000"


def writing_routes() -> list[str]:
    """The paths of all routes that write with a role."""
    return sorted(
        {
            route.path_format
            for route in routes
            if isinstance(route, Route)
            and route.methods is not None
            and route.methods - {"GET", "HEAD"}
            and route.path_format.startswith(AREAS)
        }
    )


def filled(path: str, key: str) -> str:
    """The path with the key of what is there, and with ids of nothing."""
    route = next(each for each in routes if isinstance(each, Route) and each.path_format == path)
    for name, convertor in route.param_convertors.items():
        other = ELSEWHERE if isinstance(convertor, UUIDConvertor) else "1"
        path = path.replace(f"{{{name}}}", key if name == "key" else other)
    return path


async def register(client: httpx.AsyncClient, device: Authenticator, **more: str) -> httpx.Response:
    """Make a passkey as the script of the settings page does."""
    asked = (await client.post("/settings/passkeys/options", json={})).json()
    if "options" not in asked:
        return await client.post("/settings/passkeys", json={"challenge": ELSEWHERE, "credential": {}})
    answer = {"challenge": asked["challenge"], "credential": device.create(asked["options"]), **more}
    return await client.post("/settings/passkeys", json=answer)


async def confirm(client: httpx.AsyncClient, device: Authenticator, **more: str) -> httpx.Response:
    """Show a passkey as the script of the page does."""
    asked = (await client.post("/confirm/options", json={})).json()
    answer = {"challenge": asked["challenge"], "credential": device.get(asked["options"]), **more}
    return await client.post("/confirm", json=answer)


@pytest.fixture
async def house(db: str) -> Any:
    return await make.venue()


@pytest.fixture
async def stella(house: Any) -> Member:
    return await make.manager(house)


CLOSING = {"day": "2026-12-01", "reason": "The heating is <mended>"}


async def test_it_works(client_of: Any, house: Any, stella: Member) -> None:
    client, device = await client_of(stella, confirmed=False), Authenticator()
    path = f"/manage/{house.key}/closures"
    assert (await client.get(path)).status_code == 200
    answer = await client.post(path, data=CLOSING, headers={"Referer": f"http://localhost:8000{path}"})
    assert answer.status_code == 403
    assert FIRST in answer.text
    assert await Closure.all().count() == 0
    before = client.cookies["desk_session"]
    done = await register(client, device, next=path)
    assert (done.status_code, done.json()) == (200, {"next": path})
    # Whoever makes a passkey shows it: the session is confirmed, under a new token.
    assert client.cookies["desk_session"] != before
    assert (await client.post(path, data=CLOSING)).status_code == 303
    assert await Closure.all().count() == 1


async def test_what_was_typed_is_kept(client_of: Any, house: Any, stella: Member) -> None:
    client, device = await client_of(stella), Authenticator()
    await register(client, device)
    later = await client_of(stella, confirmed=False)
    path = f"/manage/{house.key}/closures"
    answer = await later.post(path, data=CLOSING, headers={"Referer": f"http://localhost:8000{path}?x=1"})
    assert answer.status_code == 403
    assert SHOW in answer.text
    assert f'<form id="waiting-form" method="post" action="{path}">' in answer.text
    assert 'name="reason" value="The heating is &lt;mended&gt;"' in answer.text
    assert 'name="day" value="2026-12-01"' in answer.text
    assert f'data-next="{path}?x=1"' in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert (await confirm(later, device)).status_code == 200
    assert (await later.post(path, data=CLOSING)).status_code == 303


async def test_fragments_and_programs_are_sent_to_the_page(
    client_of: Any, house: Any, stella: Member
) -> None:
    client = await client_of(stella, confirmed=False)
    path = f"/manage/{house.key}/closures"
    came = {"Referer": f"http://localhost:8000{path}"}
    part = await client.post(path, data=CLOSING, headers={"HX-Request": "true", **came})
    assert (part.status_code, part.headers["hx-redirect"]) == (
        204,
        f"/confirm?next={path.replace('/', '%2F')}",
    )
    program = await client.post(path, json=CLOSING, headers=came)
    assert program.status_code == 303
    assert urlsplit(program.headers["location"]).path == "/confirm"
    assert await Closure.all().count() == 0


async def test_files_cannot_be_kept(client_of: Any, house: Any, stella: Member) -> None:
    client = await client_of(stella, confirmed=False)
    sent = {"plan": ("plan.png", b"\x89PNG", "image/png")}
    answer = await client.post(f"/manage/{house.key}/closures", data=CLOSING, files=sent)
    assert answer.status_code == 403
    assert "The file plan.png cannot be kept" in answer.text
    assert 'name="day" value="2026-12-01"' in answer.text


async def test_it_lasts_twelve_hours(client_of: Any, app: Any, house: Any, stella: Member) -> None:
    client = await client_of(stella)
    path = f"/manage/{house.key}/closures"
    for hours, status in ((11, 303), (12, 403)):
        app.state.clock = lambda hours=hours: NOW + timedelta(hours=hours)
        assert (await client.post(path, data=CLOSING)).status_code == status


# --- who, and for what -------------------------------------------------------------------------------


def test_the_areas_are_there() -> None:
    assert {"/manage/{key}/closures", "/admin/members/{member_id}/recover"} <= set(writing_routes())
    assert set(writing_routes()) >= OF_HOSTS


@pytest.mark.parametrize("path", [path for path in writing_routes() if path not in OF_HOSTS])
async def test_no_such_role_writes_without_a_passkey(client_of: Any, house: Any, path: str) -> None:
    """Asked of every route by itself: as administrator, who holds every role."""
    ada = await make.member("Ada")
    await make.role("administrator", ada)
    address = filled(path, (await house.entity).key if path.startswith("/books/") else house.key)
    unconfirmed, confirmed = await client_of(ada, confirmed=False), await client_of(ada)
    before = await Event.all().count()
    answer = await unconfirmed.post(address, data={})
    assert answer.status_code == 403, f"{path} must ask session.confirmed(request)"
    assert FIRST in answer.text
    assert await Event.all().count() == before
    assert FIRST not in (await confirmed.post(address, data={})).text
    # For everybody else there is no such page, and nothing tells that there is.
    stranger = await client_of(await make.member(), confirmed=False)
    assert (await stranger.post(address, data={})).status_code == 404


@pytest.mark.parametrize("path", sorted(OF_HOSTS))
async def test_hosts_need_none(client_of: Any, house: Any, path: str) -> None:
    henri = await make.member("Henri")
    await make.role("host", henri, venue=house)
    client = await client_of(henri, confirmed=False)
    answer = await client.post(filled(path, house.key), data={})
    assert answer.status_code in (404, 422)
    assert FIRST not in answer.text


async def test_a_manager_who_hosts_needs_none(client_of: Any, house: Any, stella: Member) -> None:
    room = await make.resource(at=house, approval=True)
    booked = await make.reservation(room, await make.member())
    client = await client_of(stella, confirmed=False)
    answer = await client.post(f"/manage/{house.key}/reservations/{booked.id}/approve")
    assert answer.status_code == 303


async def test_setting_a_rule_aside_is_a_managers(client_of: Any, house: Any, stella: Member) -> None:
    room, alice = await make.resource(at=house, longest_minutes=60), await make.member()
    wish = {
        "id": ELSEWHERE,
        "q": alice.email,
        "member": alice.id,
        "resource": room.id,
        "day": "2026-11-24",
        "begins": "10:00",
        "ends": "12:00",
        "overrides": ["longest", "payment"],
        "override_reason": "An open day",
    }
    client = await client_of(stella, confirmed=False)
    answer = await client.post(f"/manage/{house.key}/book", data=wish)
    assert answer.status_code == 403
    assert answer.text.count('name="overrides"') == 2
    assert await Event.filter(name__startswith="reservation").count() == 0
    assert (await (await client_of(stella)).post(f"/manage/{house.key}/book", data=wish)).status_code == 303


async def test_members_are_only_offered_one(client_of: Any) -> None:
    client = await client_of(await make.member(), confirmed=False)
    assert "Add a passkey" in (await client.get("/settings")).text
    answer = await client.post("/settings", data={"name": "Alice Two", "language": "en"})
    assert answer.status_code == 303


async def test_an_installation_may_do_without(
    client_of: Any, house: Any, stella: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "PASSKEYS_REQUIRED", False)
    client = await client_of(stella, confirmed=False)
    assert (await client.post(f"/manage/{house.key}/closures", data=CLOSING)).status_code == 303


async def test_one_click_counts_in_the_demonstration_alone(
    client_of: Any, house: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stella = await make.member("Stella", demo=True)
    await make.role("manager", stella, venue=house)
    client = await client_of()
    monkeypatch.setattr(settings, "DEMO", True)
    assert "counts as a passkey" in (await client.get("/sign-in")).text
    await client.post("/sign-in/demo", data={"email": stella.email})
    assert (await client.post(f"/manage/{house.key}/closures", data=CLOSING)).status_code == 303
    later = await client_of(stella, confirmed=False)
    answer = await later.post(f"/manage/{house.key}/closures", data=CLOSING)
    assert "In the demonstration one click counts as a passkey" in answer.text


@pytest.mark.parametrize(
    ("roles", "asked"),
    [
        (Roles(), False),
        (Roles(hosted_venues=frozenset({1})), False),
        (Roles(managed_venues=frozenset({1})), True),
        (Roles(managed_entities=frozenset({1})), True),
        (Roles(treasurer_of=frozenset({1})), True),
        (Roles(administrator=True), True),
    ],
)
def test_which_roles_ask(roles: Roles, asked: bool) -> None:
    assert roles.asks_for_passkey is asked


# --- the page ----------------------------------------------------------------------------------------


async def test_the_page_itself(client_of: Any, stella: Member) -> None:
    assert (await (await client_of()).get("/confirm")).status_code == 303
    client, device = await client_of(stella, confirmed=False), Authenticator()
    assert FIRST in (await client.get("/confirm?next=//evil.example")).text
    assert 'data-next="/"' in (await client.get("/confirm?next=//evil.example")).text
    await register(client, device)
    assert "You are confirmed" in (await client.get("/confirm?next=/settings")).text


async def test_where_it_leads(client_of: Any, stella: Member) -> None:
    client, device = await client_of(stella), Authenticator()
    await register(client, device)
    for path, leads_to in (("/manage", "/manage"), ("//evil.example", "/"), ("https://evil.example", "/")):
        answer = await confirm(client, device, next=path)
        assert answer.json() == {"next": leads_to}
    assert "Confirmed for 12 hours in this browser." in (await client.get("/settings")).text


async def test_a_passkey_of_somebody_else_confirms_nothing(
    client_of: Any, house: Any, stella: Member
) -> None:
    alices = Authenticator()
    await register(await client_of(await make.member()), alices)
    client = await client_of(stella, confirmed=False)
    answer = await confirm(client, alices)
    assert (answer.status_code, answer.json()["code"]) == (409, "passkey_unknown")
    assert (await client.post(f"/manage/{house.key}/closures", data=CLOSING)).status_code == 403
    assert await Session.filter(member_id=stella.id, confirmed_at__isnull=False).count() == 0


async def test_a_first_passkey_wants_a_fresh_sign_in(
    client_of: Any, app: Any, house: Any, stella: Member
) -> None:
    """Else whoever finds a browser open, or a session's token, would make themself a passkey, and be the manager."""
    client, device = await client_of(stella, confirmed=False), Authenticator()
    app.state.clock = lambda: NOW + timedelta(hours=1)
    answer = await register(client, device)
    assert (answer.status_code, answer.json()["code"]) == (409, "not_fresh")
    assert await Passkey.all().count() == 0
    page = await client.post(f"/manage/{house.key}/closures", data=CLOSING)
    assert "Sign in again" in page.text
    again = await client.post("/sign-in/again", data={"next": "/confirm?next=%2Fmanage"})
    assert again.headers["location"] == "/sign-in?next=%2Fconfirm%3Fnext%3D%252Fmanage"
    assert "desk_session" not in client.cookies


async def test_another_passkey_wants_the_first_one(client_of: Any, stella: Member) -> None:
    await register(await client_of(stella), first := Authenticator())
    # A fresh sign-in by mail alone: somebody who reads her mail.
    client = await client_of(stella, confirmed=False)
    assert (await register(client, Authenticator())).json()["code"] == "not_fresh"
    key = await Passkey.get()
    answer = await client.post(f"/settings/passkeys/{key.id}/remove")
    assert answer.status_code == 403
    assert SHOW in answer.text
    assert [one.revoked_at for one in await Passkey.all()] == [None]
    await confirm(client, first)
    assert (await register(client, Authenticator())).status_code == 200
    assert (await client.post(f"/settings/passkeys/{key.id}/remove")).status_code == 303
    assert await Passkey.filter(revoked_at__isnull=True).count() == 1
