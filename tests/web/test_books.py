"""An entity's Activities, for its treasurer: the list, one of them, allotments, people, a new one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from booking import budgets
from booking.budgets import Activity, ActivityPerson, Allotment
from booking.events import Event
from booking.ledger import Account, Transfer
from tests import make
from tests.queries import counted

PAGES = (
    "", "/activities.csv", "/activities/new", "/activities/{id}", "/activities/{id}/allot?amount=1&reference=r",
    "/ledger", "/ledger.csv", "/ledger/{account}", "/ledger/{account}.csv", "/checks",
)  # fmt: skip
POSTS = (
    "/activities/new",
    "/activities/{id}/allot",
    "/activities/{id}/people",
    "/activities/{id}/people/1/leave",
)


@pytest.fixture
async def entity(db: str) -> Any:
    return await make.entity()


@pytest.fixture
async def activity(entity: Any) -> Any:
    return await make.activity(await make.member("Alice"), of=entity, name="Podcast")


@pytest.fixture
async def theo(entity: Any, client_of: Callable[..., Any]) -> Any:
    member = await make.member("Theo")
    await make.role("treasurer", member, entity=entity)
    return await client_of(member)


def at(entity: Any, page: str = "", activity: Any = None) -> str:
    known = {"id": activity.id, "account": activity.account_id} if activity else {}
    return f"/books/{entity.key}{page}".format(**known)


async def test_it_works(theo: Any, entity: Any, activity: Any) -> None:
    assert (await theo.get("/books")).headers["location"] == at(entity)
    seen = (await theo.get(at(entity))).text
    for words in ("Podcast", activity.number, "€1,000.00", "1 Activity"):
        assert words in seen
    assert "Books" in (await theo.get("/budgets")).text


@pytest.mark.parametrize("page", PAGES)
async def test_each_page_is_for_treasurers(
    theo: Any, entity: Any, activity: Any, client_of: Callable[..., Any], page: str
) -> None:
    assert (await theo.get(at(entity, page, activity))).status_code == 200
    other = await make.member("Bob")
    await make.role("treasurer", other, entity=await make.entity())
    house = await make.venue(of=entity)
    for member in (other, await make.manager(house), await make.member("Alice")):
        assert (await (await client_of(member)).get(at(entity, page, activity))).status_code == 404
    ada = await make.member("Ada")
    await make.role("administrator", ada)
    assert (await (await client_of(ada)).get(at(entity, page, activity))).status_code == 200


async def test_no_act_is_for_others(entity: Any, activity: Any, client_of: Callable[..., Any]) -> None:
    other = await make.member("Bob")
    await make.role("treasurer", other, entity=await make.entity())
    owner = await ActivityPerson.get(activity_id=activity.id).select_related("member")
    before = (await Event.all().count(), await Transfer.all().count())
    for member in (other, owner.member):
        client = await client_of(member)
        for page in POSTS:
            sent = {
                "amount": "5",
                "reference": "x",
                "email": member.email,
                "number": "N",
                "name": "N",
                "owner": member.email,
            }
            assert (await client.post(at(entity, page, activity), data=sent)).status_code == 404
    assert (await Event.all().count(), await Transfer.all().count()) == before


async def test_another_entitys_activity_is_not_here(theo: Any, entity: Any) -> None:
    strange = await make.activity(await make.member("Charlie"))
    for page in ("/activities/{id}", "/ledger/{account}"):
        assert (await theo.get(at(entity, page, strange))).status_code == 404
    sent = await theo.post(
        at(entity, "/activities/{id}/allot", strange), data={"amount": "5", "reference": "x"}
    )
    assert sent.status_code == 404
    assert await Allotment.filter(reference="x").count() == 0


async def test_searching(theo: Any, entity: Any, activity: Any) -> None:
    alice = await make.member("Alice")
    await make.activity(alice, of=entity, name="Choir", ends_on=date(2026, 11, 1))
    for query, there, gone in (
        ("?q=pod", "Podcast", "Choir"),
        (f"?q={activity.number}", "Podcast", "Choir"),
        ("?state=ended", "Choir", "Podcast"),
        ("?state=open", "Podcast", "Choir"),
        ("?q=%25", "No Activity of that name", "Podcast"),
    ):
        seen = (await theo.get(at(entity, query))).text
        assert there in seen, query
        assert gone not in seen, query
    lines = (await theo.get(at(entity, "/activities.csv?state=ended"))).text.splitlines()
    assert lines[0] == "Number,Name,Currency,Balance,Reserved,Available,Ends on"
    assert lines[1].endswith(",Choir,EUR,1000.00,0.00,1000.00,2026-11-01")


async def test_as_many_queries_however_many(theo: Any, entity: Any, activity: Any) -> None:
    with counted() as few:
        await theo.get(at(entity))
    alice = await make.member("Alice")
    for _number in range(12):
        await make.activity(alice, of=entity, cents=0)
    with counted() as many:
        await theo.get(at(entity))
    assert len(many) == len(few)


# --- an allotment --------------------------------------------------------------------------------------


async def test_an_allotment_is_shown_before_it_is_entered(theo: Any, entity: Any, activity: Any) -> None:
    address = at(entity, "/activities/{id}/allot", activity)
    sent = {"amount": "250,50", "reference": "B-2026-17", "note": "November"}
    seen = await theo.get(address, params=sent)
    assert seen.status_code == 200
    for words in ("€250.50", "€1,000.00", "€1,250.50", "B-2026-17"):
        assert words in seen.text
    assert await Allotment.filter(reference="B-2026-17").count() == 0
    for _click in range(2):
        done = await theo.post(address, data=sent)
        assert (done.status_code, done.headers["location"]) == (303, at(entity, "/activities/{id}", activity))
    allotment = await Allotment.get(reference="B-2026-17")
    assert (allotment.amount_cents, allotment.note) == (25_050, "November")
    assert (await Account.get(id=activity.account_id)).balance_cents == 125_050
    assert "entered already" in (await theo.get(done.headers["location"])).text
    event = (await Event.filter(name="activity.allotted").order_by("-id").limit(1))[0]
    assert (event.data["reference"], event.by_id is not None) == ("B-2026-17", True)


async def test_taking_back(theo: Any, entity: Any, activity: Any) -> None:
    address = at(entity, "/activities/{id}/allot", activity)
    assert (await theo.post(address, data={"amount": "-400", "reference": "BACK"})).status_code == 303
    assert (await Account.get(id=activity.account_id)).balance_cents == 60_000
    too_much = {"amount": "-700", "reference": "MORE"}
    assert "it will be refused" in (await theo.get(address, params=too_much)).text
    refused = await theo.post(address, data=too_much)
    assert refused.status_code == 409
    assert "€600.00" in refused.text
    assert await Allotment.filter(reference="MORE").count() == 0
    assert (await Account.get(id=activity.account_id)).balance_cents == 60_000


async def test_wrong_amounts_and_used_references(theo: Any, entity: Any, activity: Any) -> None:
    address = at(entity, "/activities/{id}/allot", activity)
    for wrong in ({"amount": "0"}, {"amount": "1.005"}, {"amount": "much"}, {"reference": ""}):
        sent = {"amount": "5", "reference": "x"} | wrong
        assert (await theo.post(address, data=sent)).status_code == 422, wrong
        assert (await theo.get(address, params=sent)).status_code == 422, wrong
    assert (await theo.post(address, data={"amount": "5", "reference": "x"})).status_code == 303
    for ask in (
        theo.post(address, data={"amount": "6", "reference": "x"}),
        theo.get(f"{address}?amount=6&reference=x"),
    ):
        used = await ask
        assert used.status_code == 409
        assert "x was used for another allotment" in used.text
        assert 'value="6"' in used.text
    again = await theo.get(f"{address}?amount=5&reference=x", follow_redirects=True)
    assert "This reference was entered already, with the same amount." in again.text
    assert (await Account.get(id=activity.account_id)).balance_cents == 100_500


# --- opening, and people -------------------------------------------------------------------------------


async def test_opening_an_activity(theo: Any, entity: Any) -> None:
    alice = await make.member("Alice")
    sent = {"number": "A-77", "name": "Choir", "owner": alice.email, "ends_on": "2027-06-30"}
    done = await theo.post(at(entity, "/activities/new"), data=sent)
    made = await Activity.get(number="A-77").select_related("account")
    assert done.headers["location"] == at(entity, "/activities/{id}", made)
    assert (made.entity_id, made.account.currency) == (entity.id, "EUR")
    assert [purse.activity.id for purse in await budgets.of(alice.id)] == [made.id]
    assert (await theo.post(at(entity, "/activities/new"), data=sent)).status_code == 303
    for wrong, status in (
        ({"name": "Other"}, 409),
        ({"number": "A-78", "owner": "nobody@example.org"}, 409),
        ({"number": "A-78", "ends_on": "2026-11-22"}, 422),
        ({"number": ""}, 422),
    ):
        assert (await theo.post(at(entity, "/activities/new"), data=sent | wrong)).status_code == status
    assert await Activity.all().count() == 1


async def test_people(theo: Any, entity: Any, activity: Any) -> None:
    bob = await make.member("Bob")
    address = at(entity, "/activities/{id}/people", activity)
    sent = {"email": bob.email, "part": "user", "per_booking": "50", "per_month": "200,00"}
    assert (await theo.post(address, data=sent)).status_code == 303
    person = await ActivityPerson.get(member_id=bob.id)
    assert (person.part, person.reservation_limit_cents, person.month_limit_cents) == ("user", 5000, 20_000)
    seen = (await theo.get(at(entity, "/activities/{id}", activity))).text
    for words in ("Bob", "€50.00", "€200.00", "Owner"):
        assert words in seen
    assert (await theo.post(address, data={"email": bob.email, "part": "owner"})).status_code == 303
    parts = dict(await ActivityPerson.filter(activity_id=activity.id).values_list("member_id", "part"))
    assert sorted(parts.values()) == ["manager", "owner"]
    assert parts[bob.id] == "owner"
    assert (await theo.post(f"{address}/{bob.id}/leave")).status_code == 409
    assert (await theo.post(address, data={"email": bob.email, "part": "user"})).status_code == 409
    assert (await theo.post(address, data=sent | {"per_month": "-1"})).status_code == 422
    assert (await theo.post(address, data=sent | {"email": "nobody@example.org"})).status_code == 409
    assert (await ActivityPerson.get(member_id=bob.id)).part == "owner"
    other = next(member_id for member_id in parts if member_id != bob.id)
    for _click in range(2):
        assert (await theo.post(f"{address}/{other}/leave")).status_code == 303
    assert await budgets.of(other) == []
