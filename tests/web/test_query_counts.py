"""Every list page asks the database the same number of questions for 10, 100 and 1 000 rows."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from booking.budgets import Activity, ActivityPerson
from booking.ledger import Account, Transfer
from booking.members import Member, Session
from booking.places import Closure, Venue
from booking.places.models import Resource
from tests import make
from tests.conftest import NOW
from tests.queries import counted, many_reservations, many_resources

SIZES = (10, 100, 1_000)


class World:
    """One member who has, and one manager who sees, ever more of everything."""

    def __init__(self) -> None:
        self.number = 0

    async def begin(self) -> None:
        self.entity = await make.entity()
        self.venue = await make.venue(of=self.entity)
        self.alice = await make.member("Alice")
        self.stella = await make.manager(self.venue)
        self.activity = await make.activity(self.alice, of=self.entity)
        self.theo = await make.member("Theo")
        await make.role("treasurer", self.theo, entity=self.entity)
        await make.role("administrator", self.theo)

    async def grow(self, to: int) -> None:
        more = range(self.number, to)
        self.number = to
        rooms: list[Resource] = await many_resources(self.venue, len(more))
        await many_reservations(rooms, self.alice)
        await Venue.bulk_create(
            Venue(
                key=f"more-{number}", entity_id=self.venue.entity_id, kind="shared_space", name=f"More {number}",
                city=f"City {number % 50}", country="BE", lat=45 + number % 13, lon=number % 17, zone=make.ZONE,
                currency="EUR",
            )
            for number in more
        )  # fmt: skip
        await Closure.bulk_create(
            Closure(
                venue_id=self.venue.id, begins_at=NOW + timedelta(days=400 + number),
                ends_at=NOW + timedelta(days=400 + number, hours=1), reason="Repairs", created_at=NOW,
            )
            for number in more
        )  # fmt: skip
        await Session.bulk_create(
            Session(
                token_hash=f"{number:064}", member_id=self.alice.id, agent="test", created_at=NOW, seen_at=NOW,
                expires_at=NOW + timedelta(days=30),
            )
            for number in more
        )  # fmt: skip
        await self.money(more)

    async def money(self, more: range) -> None:
        """Further Activities of Alice, and as many lines in the statement of her first."""
        await Account.bulk_create(
            Account(key=f"budget:more-{number}", kind="budget", currency="EUR", limited=True)
            for number in more
        )
        accounts = await Account.filter(key__in=[f"budget:more-{number}" for number in more])
        await Activity.bulk_create(
            Activity(
                number=account.key, name=account.key, entity_id=self.venue.entity_id, account_id=account.id,
                created_at=NOW,
            )
            for account in accounts
        )  # fmt: skip
        made = await Activity.filter(number__in=[account.key for account in accounts])
        await ActivityPerson.bulk_create(
            ActivityPerson(activity_id=each.id, member_id=self.alice.id, part="owner") for each in made
        )
        books = await Account.get(kind="books")
        await Transfer.bulk_create(
            Transfer(
                id=uuid4(), kind="move", debit_id=books.id, credit_id=self.activity.account_id, amount_cents=1,
                currency="EUR", code="allotment", subject=f"activity:{self.activity.id}", at=NOW,
            )
            for _number in more
        )  # fmt: skip
        budget = await Account.get(id=self.activity.account_id)
        await Account.filter(id=budget.id).update(
            credits_posted_cents=budget.credits_posted_cents + len(more)
        )

    def pages(self) -> list[tuple[Member | None, str]]:
        key = self.venue.key
        members = [
            "/", "/venues", "/search?day=2026-11-25&begins=10:00&ends=11:00",
            "/search?where=Brussels&day=2026-11-24&begins=10:00&ends=12:00", f"/venues/{key}?day=2026-11-24",
            f"/venues/{key}?day=2026-11-24&view=week", f"/venues/{key}?day=2026-11-24&view=list",
            f"/venues/{key}?day=2026-11-24&view=month", "/reservations",
            "/budgets", f"/budgets/{self.activity.id}", f"/budgets/{self.activity.id}.csv", "/settings", "/calendar",
        ]  # fmt: skip
        managers = [f"/manage/{key}?day=2026-11-24", f"/manage/{key}/reservations.csv?day=2026-11-24",
                    f"/manage/{key}/closures"]  # fmt: skip
        return [
            (None, "/"),
            *((self.alice, path) for path in members),
            *((self.stella, path) for path in managers),
            *((self.theo, path) for path in ("/manage", "/budgets")),
        ]


async def test_the_same_number_for_many_rows(db: str, client_of: Any) -> None:
    world = World()
    await world.begin()
    found: dict[str, list[int]] = {}
    for size in SIZES:
        await world.grow(size)
        for member, path in world.pages():
            client = await client_of(member)
            await client.get(path)  # what is remembered for the next time is not counted
            with counted() as asked:
                answer = await client.get(path)
            assert answer.status_code == 200, f"{path}: {answer.status_code}"
            found.setdefault(f"{member.name if member else 'nobody'} {path}", []).append(len(asked))
    # Where the nearest two hundred do not fill the map of a search, those farther away are asked about, once.
    for page in found:
        if page.startswith("Alice /search?day"):
            few, more, many = found[page]
            found[page] = [few, more, max(few, many - 1)]
        # Where too few of the nearest are free, the others are asked about, with their claims: twice at most.
        if page.startswith("Alice /search?where"):
            few = found[page][0]
            found[page] = [max(few, many - 2) for many in found[page]]
    differing = {page: counts for page, counts in found.items() if len(set(counts)) > 1}
    assert differing == {}
