"""The code on the wall, and the one on the display."""

import re
from datetime import timedelta

import pytest

from booking import occupancy
from booking.errors import NotFound, TooMany
from booking.occupancy import codes
from booking.occupancy import refusals as no
from booking.places import Resource, Venue
from tests import make
from tests.make import NOW


async def test_it_works(room, house):
    for place in (room, house):
        token = occupancy.token_of(place)
        assert re.fullmatch(r"[rv]\d+-[a-z2-7]{16}", token)
        found = await occupancy.place_of(token)
        assert found.venue.id == house.id
        assert (found.resource.id if found.resource else None) == (room.id if place is room else None)


async def test_nobody_guesses_another_one(room, house):
    token = occupancy.token_of(room)
    for wrong in (
        token[:-1] + ("a" if token[-1] != "a" else "b"),
        token.replace("r", "v", 1),
        f"r{room.id + 1}-{token.partition('-')[2]}",
        token.upper(),
        "",
        "r-",
        "r999999999-aaaaaaaaaaaaaaaa",
        "r9999999999999999-aaaaaaaaaaaaaaaa",
    ):
        with pytest.raises(NotFound):
            await occupancy.place_of(wrong)


async def test_a_new_code_ends_the_old_print(room, house, stella):
    beside = await make.resource(at=house)
    before = [occupancy.token_of(each) for each in (room, beside, house)]
    await occupancy.renew(house, room, by_id=stella.id, at=NOW)
    with pytest.raises(NotFound):
        await occupancy.place_of(before[0])
    assert await occupancy.place_of(before[1])
    assert await occupancy.place_of(before[2])
    await occupancy.renew(house, None, by_id=stella.id, at=NOW)
    for token in before:
        with pytest.raises(NotFound):
            await occupancy.place_of(token)
    assert await occupancy.place_of(occupancy.token_of(await Resource.get(id=room.id)))
    assert await occupancy.place_of(occupancy.token_of(await Venue.get(id=house.id)))


async def test_a_resource_that_is_not_published_has_no_page(room):
    await Resource.filter(id=room.id).update(published=False)
    with pytest.raises(NotFound):
        await occupancy.place_of(occupancy.token_of(room))


async def test_the_display_changes_every_minute_and_is_another_in_every_house(house):
    shown = {occupancy.display_code(house, NOW + timedelta(minutes=minute)) for minute in range(30)}
    assert len(shown) > 25
    assert all(re.fullmatch(r"\d{6}", each) for each in shown)
    assert occupancy.display_code(house, NOW) == occupancy.display_code(house, NOW + timedelta(seconds=59))
    assert occupancy.display_code(house, NOW) != occupancy.display_code(await make.venue(), NOW)
    assert f"?proof={occupancy.display_code(house, NOW)}" in occupancy.display_path(house, NOW)


async def test_the_minute_before_still_counts_and_the_one_before_that_does_not(house, alice):
    house.presence_proof = True
    shown = occupancy.display_code(house, NOW)
    await codes.prove(house, alice.id, shown, at=NOW + timedelta(seconds=119))
    with pytest.raises(no.WrongProof):
        await codes.prove(house, alice.id, shown, at=NOW + timedelta(seconds=120))


async def test_ten_tries_and_no_more(house, alice):
    house.presence_proof = True
    right = occupancy.display_code(house, NOW)
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    for _try in range(codes.TRIES_MAX):
        with pytest.raises(no.WrongProof):
            await codes.prove(house, alice.id, wrong, at=NOW)
    with pytest.raises(TooMany):
        await codes.prove(house, alice.id, right, at=NOW)
    # Somebody else at the same door is not held up.
    await codes.prove(house, alice.id + 1, right, at=NOW)
