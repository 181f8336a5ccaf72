"""A room in a house, booked by Alice today from ten to twelve."""

from datetime import timedelta

import pytest

from tests import make

TODAY = make.span(days=0)
BEGIN, END = TODAY.begins_at, TODAY.ends_at


def after(minutes):
    """So many minutes after the booking begins."""
    return BEGIN + timedelta(minutes=minutes)


@pytest.fixture
async def room(db):
    return await make.resource(name="Quai", release_minutes=15, buffer_after_minutes=15)


@pytest.fixture
async def house(room):
    return room.venue


@pytest.fixture
async def alice(db):
    return await make.member("Alice")


@pytest.fixture
async def stella(house):
    return await make.manager(house)


@pytest.fixture
async def booked(room, alice):
    return await make.reservation(room, alice, TODAY, people=4)
