"""The page of a house's photos: sent, told what is wrong, described, cut, moved, removed with undo; and the files."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import settings
from booking.pictures import OCTETS_MAX
from booking.places import Photo, photos
from tests import make
from tests.pictures import opened, picture
from tests.queries import counted

ALT = "A long table under a skylight"


@pytest.fixture
async def house(db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(settings, "MEDIA_DIR", tmp_path)
    return await make.venue()


@pytest.fixture
async def stella(house: Any, client_of: Callable[..., Any]) -> Any:
    return await client_of(await make.manager(house))


async def sent(client: Any, house: Any, octets: bytes = b"", **values: Any) -> Any:
    files = {"file": ("../../evil.php", octets or picture(), "text/html")}
    data = {"id": str(uuid4()), "alt": ALT, **values}
    return await client.post(f"/manage/{house.key}/photos", data=data, files=files)


async def test_it_works(stella: Any, house: Any, client: Any) -> None:
    room = await make.resource(at=house)
    done = await sent(stella, house, of=str(room.id), alt_nl="Een lange tafel")
    assert (done.status_code, done.headers["location"]) == (303, f"/manage/{house.key}/photos")
    photo = await Photo.get()
    assert (photo.alts, photo.resource_id) == ({"en": ALT, "nl": "Een lange tafel"}, room.id)
    for address in (f"/venues/{house.key}", f"/resources/{room.id}", "/search"):
        assert str(photo.id) in (await client.get(address)).text, address
    page = (await client.get(f"/venues/{house.key}")).text
    assert f'alt="{ALT}"' in page
    addresses = set(re.findall(rf"/photos/{photo.id}/[\w.-]+", page))
    assert len(addresses) == 6
    for address in addresses:
        answer = await client.get(address)
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("image/")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-security-policy"] == "default-src 'none'; sandbox"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "evil" not in str(answer.headers)


@pytest.mark.parametrize(
    "octets, values, words",
    [
        (b"<html>", {}, "not a picture"),
        (b"x" * 2000, {}, "not a picture"),
        (None, {"alt": ""}, "What is to be seen"),
        (None, {"alt": "x" * 201}, "200"),
        (None, {"of": "999999"}, "no such space"),
        (None, {"id": "nonsense"}, "One thing needs another look"),
    ],
)
async def test_what_is_wrong_is_told(
    stella: Any, house: Any, octets: bytes | None, values: dict[str, str], words: str
) -> None:
    answer = await sent(stella, house, octets or b"", **{"alt_nl": "Een tafel", **values})
    assert answer.status_code == 422
    assert words in answer.text
    assert "Een tafel" in answer.text
    assert await Photo.all().count() == 0


async def test_no_file_at_all(stella: Any, house: Any) -> None:
    answer = await stella.post(f"/manage/{house.key}/photos", data={"id": str(uuid4()), "alt": ALT})
    assert (answer.status_code, "Choose a picture" in answer.text) == (422, True)


async def test_too_much_is_sent(stella: Any, house: Any) -> None:
    assert (await sent(stella, house, b"x" * (OCTETS_MAX + 1))).status_code == 422
    assert (await sent(stella, house, b"x" * (OCTETS_MAX + 70_000))).status_code == 413
    # No other form takes as much.
    assert (await stella.post("/settings", content=b"x" * 2_000_000)).status_code == 413


async def one(house: Any, stella: Any) -> Photo:
    await sent(stella, house)
    return await Photo.all().order_by("-position").first()  # type: ignore[return-value]


async def test_other_words(stella: Any, house: Any) -> None:
    photo = await one(house, stella)
    address = f"/manage/{house.key}/photos/{photo.id}"
    assert ALT in (await stella.get(address)).text
    assert (await stella.post(address, data={"alt": "Quiet"})).status_code == 303
    assert (await Photo.get()).alts == {"en": "Quiet"}
    wrong = await stella.post(address, data={"alt": ""})
    assert wrong.status_code == 422
    assert (await Photo.get()).alts == {"en": "Quiet"}


async def test_a_part(stella: Any, house: Any) -> None:
    photo = await one(house, stella)
    address = f"/manage/{house.key}/photos/{photo.id}/crop"
    assert (await stella.post(address, data={"left": "50"})).status_code == 303
    assert (await Photo.get()).width == 400
    whole = await stella.get(f"/manage/{house.key}/photos/{photo.id}/whole.jpg")
    assert opened(whole.content).size == (800, 600)
    assert whole.headers["cache-control"] == "private, no-store"
    for wrong in (
        {"left": "96"},
        {"left": "x"},
        {"left": "60", "right": "39"},
        {"left": "90", "right": "90"},
    ):
        assert (await stella.post(address, data=wrong)).status_code == 422
    assert (await Photo.get()).width == 400


async def test_one_place_up_and_all_at_once(stella: Any, house: Any) -> None:
    first, second, third = [await one(house, stella) for _each in range(3)]
    order = f"/manage/{house.key}/photos/order"
    await stella.post(order, data={"up": str(third.id)})
    assert [each.id for each in await photos.of_venue(house.id)] == [first.id, third.id, second.id]
    await stella.post(order, data={"down": str(first.id)})
    await stella.post(order, data={"up": str(third.id)})
    assert [each.id for each in await photos.of_venue(house.id)] == [third.id, first.id, second.id]
    await stella.post(order, data={"ids": [str(second.id), str(first.id), str(third.id)]})
    assert [each.id for each in await photos.of_venue(house.id)] == [second.id, first.id, third.id]
    assert (await stella.post(order, data={"up": "nonsense"})).status_code == 422


async def test_removed_with_undo(stella: Any, house: Any, client: Any) -> None:
    photo = await one(house, stella)
    address = f"/manage/{house.key}/photos/{photo.id}"
    file = f"/photos/{photo.id}/{photo.stamp}-480.jpg"
    done = await stella.post(f"{address}/remove")
    page = await stella.get(done.headers["location"])
    assert "Put it back" in page.text
    assert (await client.get(file)).status_code == 404
    assert (await stella.get(address)).status_code == 404
    assert (await stella.post(f"{address}/put-back")).status_code == 303
    assert (await client.get(file)).status_code == 200


async def test_hosts_and_others_have_no_such_page(
    house: Any, stella: Any, client_of: Callable[..., Any]
) -> None:
    photo = await one(house, stella)
    host = await make.member("Hanna")
    await make.role("host", host, venue=house)
    for client in (await client_of(host), await client_of(await make.member("Charlie"))):
        assert (await sent(client, house)).status_code == 404
        assert (await client.post(f"/manage/{house.key}/photos/{photo.id}/remove")).status_code == 404
    assert await Photo.filter(removed_at=None).count() == 1


async def test_the_number_of_queries_stays(house: Any, stella: Any) -> None:
    await one(house, stella)
    address = f"/manage/{house.key}/photos"
    await stella.get(address)
    with counted() as few:
        await stella.get(address)
    for _each in range(3):
        await one(house, stella)
    with counted() as many:
        await stella.get(address)
    assert len(many) == len(few)


async def test_no_photos_yet(stella: Any, house: Any) -> None:
    assert "No photos yet" in (await stella.get(f"/manage/{house.key}/photos")).text
