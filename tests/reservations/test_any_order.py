"""Any history of reserving, moving and cancelling accepts and refuses what sixty lines of lists would."""

from __future__ import annotations

import random
from datetime import timedelta
from uuid import uuid4

import pytest

from booking import reservations
from booking.places import units_of
from booking.reservations import Claim
from booking.reservations import refusals as no
from booking.timespan import TimeSpan
from tests import make
from tests.make import NOW

BUFFER = 15


@pytest.fixture(autouse=True)
def no_alternatives(monkeypatch):
    """They are tested elsewhere and would take most of the time here."""

    async def none(refusal, *_args, **_values):
        return refusal

    monkeypatch.setattr("booking.reservations.alternatives.add", none)


class Model:
    """What is taken, as plain lists. A pool is full when at some instant all its desks are taken."""

    def __init__(self, needs: dict[int, list[int]], desks: tuple[int, int]) -> None:
        self.needs, self.desks = needs, desks
        self.live: dict[object, tuple[int, TimeSpan]] = {}

    def fits(self, resource: int, span: TimeSpan, *, without: object = None) -> bool:
        wish = span.widened(0, BUFFER)
        others = [(of, each.widened(0, BUFFER)) for id, (of, each) in self.live.items() if id != without]
        clashing = [(of, each) for of, each in others if each.overlaps(wish)]
        if resource == self.desks[0]:
            own = [each for of, each in clashing if of == resource]
            edges = [wish.begins_at, *(each.begins_at for each in own)]
            return all(
                sum(each.covers(edge) for each in own) < self.desks[1] for edge in edges if wish.covers(edge)
            )
        wanted = set(self.needs[resource])
        return not any(wanted & set(self.needs[of]) for of, _each in clashing)


@pytest.mark.parametrize("seed", range(3))
async def test_it_works(db, seed):
    await _history(seed, 60)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 130))
async def test_many_histories(db, seed):
    await _history(seed, 300)


async def _history(seed: int, length: int) -> None:
    rng = random.Random(seed)
    house = await make.venue(hours=None)
    gratis = {"hour_cents": 0, "half_day_cents": 0, "day_cents": 0, "buffer_after_minutes": BUFFER}
    left, right = await make.resource(at=house, **gratis), await make.resource(at=house, **gratis)
    halves = await units_of([left.id, right.id])
    whole = await make.resource(at=house, shares=halves[left.id] + halves[right.id], **gratis)
    desks = await make.resource(at=house, units=3, **gratis)
    rooms = [left.id, right.id, whole.id, desks.id]
    model = Model(await units_of(rooms), (desks.id, 3))
    people = [await make.member(f"Member{number}") for number in range(3)]
    owners = {}

    def a_span() -> TimeSpan:
        begins = make.span("00:00", "01:00").begins_at + timedelta(minutes=15 * rng.randrange(60))
        return TimeSpan(begins, begins + timedelta(minutes=15 * rng.randint(1, 12)))

    for step in range(length):
        act = rng.choice(("reserve", "reserve", "move", "cancel"))
        if act == "reserve":
            room, span, by = rng.choice(rooms), a_span(), rng.choice(people)
            expected = model.fits(room, span)
            try:
                done = await reservations.reserve(uuid4(), room, span, by=by, at=NOW)
            except no.Taken:
                assert not expected, f"step {step}: refused although it fits"
                continue
            assert expected, f"step {step}: accepted although it does not fit"
            model.live[done.id], owners[done.id] = (room, span), by
        elif model.live:
            id = rng.choice(list(model.live))
            if act == "cancel":
                await reservations.cancel(id, by=owners[id], at=NOW)
                del model.live[id]
                continue
            room, span = model.live[id][0], a_span()
            expected = model.fits(room, span, without=id)
            try:
                await reservations.change(id, by=owners[id], at=NOW, span=span)
            except no.Taken:
                assert not expected, f"step {step}: not moved although it fits"
                continue
            assert expected, f"step {step}: moved although it does not fit"
            model.live[id] = (room, span)
    assert await Claim.all().count() == sum(
        1 if room == desks.id else len(model.needs[room]) for room, _span in model.live.values()
    )
