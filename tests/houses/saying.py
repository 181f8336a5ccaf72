"""What tests of setting up ask again and again."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Any

import pytest

from booking.errors import NotFound
from booking.events import Event
from booking.members.models import Member
from booking.places import Venue
from tests import make


async def strangers(house: Venue) -> list[Member]:
    """Everybody who may not set up this house: a member, its host, a manager of another house, a treasurer."""
    alice, hugo, theo = await make.member("Alice"), await make.member("Hugo"), await make.member("Theo")
    await house.fetch_related("entity")
    await make.role("host", hugo, venue=house)
    await make.role("treasurer", theo, entity=house.entity)
    return [alice, hugo, theo, await make.manager(await make.venue(), "Max")]


async def is_not_for(house: Venue, operation: Any) -> None:
    """`operation(member)` is NotFound for each of them, and nothing has happened."""
    before = await Event.all().count()
    for member in await strangers(house):
        with pytest.raises(NotFound):
            await operation(member)
    assert await Event.all().count() == before


async def last_event(name: str) -> Event:
    """The newest event of a name."""
    return (await Event.filter(name=name).order_by("-id").limit(1))[0]


async def quiet(attempt: Awaitable[Any], refusal: type[Exception]) -> Any:
    """The attempt is refused, and no event was written."""
    before = await Event.all().count()
    with pytest.raises(refusal) as found:
        await attempt
    assert await Event.all().count() == before
    return found.value
