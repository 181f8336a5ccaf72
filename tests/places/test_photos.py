"""Photos of a house: taken in once, described, cut, put in order, removed and put back; files follow their rows."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

import settings
from booking.errors import NotFound
from booking.events import Event
from booking.pictures import PictureRefused
from booking.places import Photo, photos
from tests import make
from tests.make import NOW
from tests.pictures import opened, picture

ALT = {"en": "A long table under a skylight"}


@pytest.fixture
async def house(db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(settings, "MEDIA_DIR", tmp_path)
    return await make.venue()


@pytest.fixture
async def stella(house: Any) -> Any:
    return await make.manager(house)


async def added(house: Any, stella: Any, **values: Any) -> Photo:
    given = {"resource": None, "sent": picture(), "alts": ALT, "id": uuid4(), **values}
    resource, sent, alts, id = (given[name] for name in ("resource", "sent", "alts", "id"))
    return await photos.add(house, resource, sent, alts, id=id, by_id=stella.id, at=NOW)


def files() -> list[str]:
    return sorted(path.name for path in Path(settings.MEDIA_DIR).rglob("*") if path.is_file())


async def test_it_works(house: Any, stella: Any) -> None:
    photo = await added(house, stella)
    assert (photo.width, photo.height, photo.widths, photo.position) == (800, 600, [480, 800], 0)
    assert len(files()) == 7
    path = await photos.file_of(photo.id, photo.stamp, "480.avif")
    assert opened(path.read_bytes()).size == (480, 360)
    assert [event.name for event in await Event.filter(name__startswith="photo.")] == ["photo.added"]
    assert [each.id for each in await photos.of_venue(house.id)] == [photo.id]


async def test_the_same_id_again_is_the_first_one(house: Any, stella: Any) -> None:
    id = uuid4()
    first, second = await added(house, stella, id=id), await added(house, stella, id=id)
    assert first.id == second.id
    assert (await Photo.all().count(), len(files())) == (1, 7)


async def test_anothers_id_is_unknown(house: Any, stella: Any) -> None:
    photo = await added(house, stella)
    elsewhere = await make.venue()
    with pytest.raises(NotFound):
        await added(elsewhere, stella, id=photo.id)


async def test_what_is_no_picture_leaves_nothing(house: Any, stella: Any) -> None:
    with pytest.raises(PictureRefused):
        await added(house, stella, sent=b"<html>")
    assert (await Photo.all().count(), files(), await Event.filter(name__startswith="photo.").count()) == (
        0,
        [],
        0,
    )


async def test_forty_are_enough(house: Any, stella: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(photos, "PHOTOS_MAX", 2)
    await added(house, stella)
    last = await added(house, stella)
    with pytest.raises(photos.EnoughPhotos):
        await added(house, stella)
    await photos.remove(house, last.id, by_id=stella.id, at=NOW)
    await added(house, stella)
    with pytest.raises(photos.EnoughPhotos):
        await photos.put_back(house, last.id, by_id=stella.id, at=NOW)


async def test_a_new_cut_has_new_addresses(house: Any, stella: Any) -> None:
    photo = await added(house, stella)
    old = photo.stamp
    cut = await photos.crop(house, photo.id, (0.5, 0, 1, 1), by_id=stella.id, at=NOW)
    assert (cut.width, cut.height, cut.crop) == (400, 600, [0.5, 0, 1, 1])
    with pytest.raises(NotFound):
        await photos.file_of(photo.id, old, "480.avif")
    red, _green, blue = opened((await photos.file_of(photo.id, cut.stamp, "400.jpg")).read_bytes()).getpixel(
        (9, 9)
    )
    assert blue > red
    whole = await photos.crop(house, photo.id, (0, 0, 1, 1), by_id=stella.id, at=NOW)
    assert (whole.width, whole.crop) == (800, None)


async def test_the_same_cut_changes_nothing(house: Any, stella: Any) -> None:
    photo = await added(house, stella)
    same = await photos.crop(house, photo.id, None, by_id=stella.id, at=NOW)
    assert same.stamp == photo.stamp
    assert await Event.filter(name="photo.cropped").count() == 0


async def test_another_order(house: Any, stella: Any) -> None:
    one, two, three = [await added(house, stella) for _each in range(3)]
    await photos.arrange(house, [three.id, one.id], by_id=stella.id, at=NOW)
    assert [each.id for each in await photos.of_venue(house.id)] == [three.id, one.id, two.id]
    await photos.arrange(house, [three.id, one.id], by_id=stella.id, at=NOW)
    assert await Event.filter(name="photo.arranged").count() == 1


async def test_of_a_space(house: Any, stella: Any) -> None:
    room = await make.resource(at=house)
    first, _second = await added(house, stella, resource=room), await added(house, stella, resource=room)
    assert (await photos.first_of([room.id]))[room.id].id == first.id
    assert len(await photos.of_resource(room.id)) == 2
    await photos.describe(house, first.id, {"nl": "Een tafel"}, None, by_id=stella.id, at=NOW)
    assert len(await photos.of_resource(room.id)) == 1


async def test_removed_and_put_back(house: Any, stella: Any) -> None:
    photo = await added(house, stella)
    await photos.remove(house, photo.id, by_id=stella.id, at=NOW)
    with pytest.raises(NotFound):
        await photos.file_of(photo.id, photo.stamp, "480.avif")
    with pytest.raises(NotFound):
        await photos.remove(house, photo.id, by_id=stella.id, at=NOW)
    await photos.put_back(house, photo.id, by_id=stella.id, at=NOW)
    await photos.put_back(house, photo.id, by_id=stella.id, at=NOW)
    assert await photos.file_of(photo.id, photo.stamp, "480.avif")
    assert await Event.filter(name="photo.put_back").count() == 1


async def test_what_was_removed_is_forgotten_after_some_days(house: Any, stella: Any) -> None:
    kept, gone = await added(house, stella), await added(house, stella)
    await photos.crop(house, kept.id, (0.5, 0, 1, 1), by_id=stella.id, at=NOW)
    await photos.remove(house, gone.id, by_id=stella.id, at=NOW)
    assert await photos.forget(NOW) == 0
    # Files are as old as this test, whatever the clock of the rows says; what is a day old goes.
    later = NOW + timedelta(days=3650)
    assert await photos.forget(later) > 0
    assert await Photo.all().count() == 1
    assert {name[:36] for name in files()} == {str(kept.id)}
    fresh = await Photo.get(id=kept.id)
    assert {name.split("-")[5] for name in files()} == {"0", fresh.stamp}
    with pytest.raises(NotFound):
        await photos.put_back(house, gone.id, by_id=stella.id, at=later)


async def test_another_houses_photo_is_not_there(house: Any, stella: Any) -> None:
    photo = await added(house, stella)
    elsewhere = await make.venue()
    for attempt in (
        photos.crop(elsewhere, photo.id, (0.5, 0, 1, 1), by_id=stella.id, at=NOW),
        photos.describe(elsewhere, photo.id, ALT, None, by_id=stella.id, at=NOW),
        photos.remove(elsewhere, photo.id, by_id=stella.id, at=NOW),
        photos.put_back(elsewhere, photo.id, by_id=stella.id, at=NOW),
    ):
        with pytest.raises(NotFound):
            await attempt
    assert (await Photo.get(id=photo.id)).stamp == photo.stamp


@pytest.mark.parametrize(
    "name", ["480.php", "../480.jpg", "source.jpg", "0-source.jpg", "481.jpg", "480.jpg.part", ""]
)
async def test_no_other_file_is_served(house: Any, stella: Any, name: str) -> None:
    photo = await added(house, stella)
    for stamp in (photo.stamp, "0"):
        with pytest.raises(NotFound):
            await photos.file_of(photo.id, stamp, name)
