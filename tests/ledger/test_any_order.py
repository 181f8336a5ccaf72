"""Whatever is done to the ledger in whatever order: both sides are equal, nothing is overdrawn, totals are true."""

from __future__ import annotations

import random
from uuid import uuid4

import pytest

from booking import db, ledger
from booking.ledger import Account, NotEnough, Transfer
from tests.make import NOW

ACTS = ("pend", "pend", "post", "post_part", "void", "move_out", "move_in", "reverse", "again")


class Model:
    """The same in forty lines: what two budgets must hold."""

    def __init__(self) -> None:
        self.balance = {"one": 0, "two": 0}
        self.open: dict[object, tuple[str, int]] = {}

    def available(self, name: str) -> int:
        return self.balance[name] - sum(amount for whose, amount in self.open.values() if whose == name)


@pytest.mark.parametrize("seed", range(3))
async def test_it_works(db, seed):
    await _history(seed, 120)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(100, 140))
async def test_many_histories(db, seed):
    await _history(seed, 400)


async def _history(seed: int, length: int) -> None:
    rng = random.Random(seed)
    house = await ledger.account("house", kind="income", currency="EUR")
    budgets = {
        name: await ledger.account(f"budget:{name}", kind="budget", currency="EUR", limited=True)
        for name in ("one", "two")
    }
    model, pends, done, sent = Model(), {}, [], []
    for step in range(length):
        act, name, amount = rng.choice(ACTS), rng.choice(("one", "two")), rng.randint(1, 500)
        if act == "again" and sent:
            await _atomically(rng.choice(sent))
            continue
        if act == "pend":
            call = _call(ledger.pend, uuid4(), budgets[name], house, amount)
            pend = await _refused_when(call, amount > model.available(name), step)
            if pend:
                pends[pend.id], model.open[pend.id] = pend, (name, amount)
                sent.append(call)
        elif act in ("post", "post_part", "void") and pends:
            id = rng.choice(list(pends))
            pend, (whose, held) = pends.pop(id), model.open.pop(id)
            taken = held if act == "post" else rng.randint(1, held)
            if act == "void":
                call = _resolve(ledger.void, uuid4(), pend)
            else:
                call = _resolve(ledger.post, uuid4(), pend, taken)
                model.balance[whose] -= taken
            transfer = await _atomically(call)
            if act != "void":
                done.append((transfer, whose, -taken))
            sent.append(call)
        elif act in ("move_in", "move_out"):
            sides = (house, budgets[name]) if act == "move_in" else (budgets[name], house)
            call = _call(ledger.move, uuid4(), *sides, amount)
            too_much = act == "move_out" and amount > model.available(name)
            transfer = await _refused_when(call, too_much, step)
            if transfer:
                change = amount if act == "move_in" else -amount
                model.balance[name] += change
                done.append((transfer, name, change))
                sent.append(call)
        elif act == "reverse" and done:
            transfer, whose, change = done.pop(rng.randrange(len(done)))
            call = _reversal(uuid4(), transfer)
            if await _refused_when(call, change > model.available(whose), step):
                model.balance[whose] -= change
                sent.append(call)
    for name, budget in budgets.items():
        fresh = await Account.get(id=budget.id)
        assert fresh.balance_cents == model.balance[name] == await ledger.balance_of(fresh)
        assert fresh.available_cents == model.available(name) >= 0
    for pend in pends.values():
        await _atomically(_resolve(ledger.void, uuid4(), pend))
    everything = [await ledger.balance_of(each) for each in await Account.all()]
    assert sum(everything) == 0
    assert await Transfer.all().count() > length // 8


def _call(act, id, debit, credit, amount):
    return lambda: act(id, debit, credit, amount, code="test", subject="test:1", at=NOW)


def _resolve(act, id, pend, *amount):
    return lambda: act(id, pend, *amount, at=NOW)


def _reversal(id, transfer):
    return lambda: ledger.reverse(id, transfer, code="correction", at=NOW)


async def _atomically(call):
    async with db.transaction():
        return await call()


async def _refused_when(call, refused: bool, step: int):
    try:
        transfer = await _atomically(call)
    except NotEnough:
        assert refused, f"step {step}: refused although there was enough"
        return None
    assert not refused, f"step {step}: taken although there was not enough"
    return transfer
