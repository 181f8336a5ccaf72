"""Every page of setting up: there for managers, nowhere for anybody else, in a fixed number of queries."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from booking.events import Event
from booking.places import Resource, Venue
from tests import make
from tests.houses.saying import strangers
from tests.queries import counted, many_resources

PAGES = (
    "", "/house", "/spaces", "/spaces/new", "/spaces/{room}", "/spaces/{room}/units", "/units", "/hours",
    "/hours?resource={room}", "/holidays", "/prices", "/prices/{room}", "/hosts", "/history", "/history.csv",
)  # fmt: skip
POSTS = (
    "/house", "/spaces", "/spaces/{room}", "/spaces/{room}/units", "/spaces/{room}/units/add", "/units/{unit}",
    "/units/{unit}/out", "/hours", "/hours/follow", "/holidays", "/holidays/yearly", "/holidays/yearly/1/remove",
    "/prices/{room}", "/prices/{room}/1/withdraw", "/hosts", "/hosts/1/end", "/history/1/undo",
)  # fmt: skip
LISTS = ("", "/spaces", "/units", "/prices", "/hours")


@pytest.fixture
async def house(db: str) -> Any:
    return await make.venue(
        holidays_region="BE",
        features=["wifi", "sauna"],
        facts=[{"key": "area", "value": 1200, "unit": "m2"}, {"key": "garden", "value": True}],
    )


@pytest.fixture
async def room(house: Any) -> Any:
    return await make.resource(at=house, name="Quai")


def path(house: Venue, room: Resource, page: str) -> str:
    return f"/manage/{house.key}/set-up{page}".format(room=room.id, unit=room.id)


@pytest.mark.parametrize("page", PAGES)
async def test_it_works(house: Any, room: Any, client_of: Callable[..., Any], page: str) -> None:
    stella = await client_of(await make.manager(house))
    got = await stella.get(path(house, room, page))
    assert got.status_code == 200
    assert got.headers["cache-control"] == "no-store"


async def test_for_nobody_else(house: Any, room: Any, client_of: Callable[..., Any]) -> None:
    before = await Event.all().count()
    for member in await strangers(house):
        client = await client_of(member)
        for page in PAGES:
            assert (await client.get(path(house, room, page))).status_code == 404, page
        for page in POSTS:
            assert (await client.post(path(house, room, page), data={"name": "Mine"})).status_code == 404, (
                page
            )
    nobody = await client_of()
    assert (await nobody.get(path(house, room, ""))).status_code == 303
    assert await Event.all().count() == before


async def test_another_houses_space_is_not_here(house: Any, client_of: Callable[..., Any]) -> None:
    elsewhere = await make.resource()
    stella = await client_of(await make.manager(house))
    for page in ("/spaces/{room}", "/spaces/{room}/units", "/hours?resource={room}", "/prices/{room}"):
        assert (await stella.get(path(house, elsewhere, page))).status_code == 404


@pytest.mark.parametrize("page", LISTS)
async def test_as_many_queries_however_much_there_is(
    house: Any, room: Any, client_of: Callable[..., Any], page: str
) -> None:
    stella = await client_of(await make.manager(house))
    with counted() as few:
        await stella.get(path(house, room, page))
    await many_resources(house, 40)
    with counted() as many:
        await stella.get(path(house, room, page))
    assert len(many) == len(few)


async def test_the_tab_is_for_managers(house: Any, client_of: Callable[..., Any]) -> None:
    stella, hugo = await client_of(await make.manager(house)), await make.member("Hugo")
    await make.role("host", hugo, venue=house)
    assert "/set-up" in (await stella.get(f"/manage/{house.key}")).text
    assert "/set-up" not in (await (await client_of(hugo)).get(f"/manage/{house.key}")).text


async def test_the_first_page_says_what_is_missing(house: Any, client_of: Callable[..., Any]) -> None:
    await make.resource(at=house, name="Fret", hour_cents=None, external_hour_cents=None, published=False)
    stella = await client_of(await make.manager(house))
    seen = (await stella.get(f"/manage/{house.key}/set-up")).text
    assert "Fret has no price yet" in seen
    assert "Fret is not published" in seen
