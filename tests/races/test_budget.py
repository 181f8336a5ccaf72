"""Many debits of one budget at once: it is spent to the last cent and never further."""

from __future__ import annotations

from uuid import uuid4

import pytest

from booking import db, ledger
from booking.ledger import Account, NotEnough, Transfer
from tests import make
from tests.make import NOW
from tests.races.controls import at_once, without_lock_and_guard


@pytest.fixture
async def accounts(db):
    """A budget of 100 and the account it pays to."""
    project = await make.activity(await make.member(), cents=100)
    due = await ledger.account("due:test:EUR", kind="due", currency="EUR")
    return project.account, due


def debits(accounts, count):
    budget, due = accounts

    @db.atomic
    async def once(id):
        return await ledger.move(id, budget, due, 1, code="test", subject="test:1", at=NOW)

    return [lambda id=uuid4(): once(id) for _ in range(count)]


@pytest.mark.breaks_invariants
async def test_without_the_lock_the_totals_are_wrong(accounts, monkeypatch):
    await without_lock_and_guard(monkeypatch)
    results = await at_once(debits(accounts, 150))
    succeeded = sum(isinstance(each, Transfer) for each in results)
    budget = await Account.get(id=accounts[0].id)
    assert succeeded > 100 or budget.debits_posted_cents != succeeded


async def test_it_works(accounts):
    results = await at_once(debits(accounts, 500))
    assert sum(isinstance(each, Transfer) for each in results) == 100
    assert sum(isinstance(each, NotEnough) for each in results) == 400
    budget = await Account.get(id=accounts[0].id)
    assert budget.available_cents == 0
    assert await ledger.balance_of(accounts[1]) == 100


async def test_each_sent_up_to_five_times_counts_once(accounts):
    once = debits(accounts, 60)
    results = await at_once([attempt for attempt in once for _ in range(5)])
    assert all(isinstance(each, Transfer) for each in results)
    assert len({each.id for each in results}) == 60
    assert (await Account.get(id=accounts[0].id)).available_cents == 40
