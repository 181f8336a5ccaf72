"""The ledger from a total down to its transfers: every total is the sum of the lines one step below it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from booking import checks, ledger, reservations
from booking.ledger import Account, Transfer
from booking.ledger.totals import KINDS, Total
from booking.web.books_checks import SAID
from booking.web.books_ledger import KIND_NAMES
from tests import make
from tests.make import NOW
from tests.queries import counted

BEGINNING, END = datetime(1900, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)
LATER = NOW + timedelta(days=30)


@pytest.fixture
async def books(db: str) -> Any:
    """Two entities with some life: at home, between them, across currencies, cancelled, refunded in part."""
    home, host = await make.entity(), await make.entity(country="SE", currency="SEK", zone="Europe/Stockholm")
    from booking.pricing.models import ExchangeRate

    await ExchangeRate.create(currency="SEK", on_date="2026-11-01", per_euro="11.2", source="test")
    room = await make.resource(at=await make.venue(of=home))
    far = await make.resource(at=await make.venue(of=host))
    alice, bob = await make.member("Alice"), await make.member("Bob")
    ours, theirs = await make.activity(alice, of=home), await make.activity(bob, of=host, cents=5_000_000)
    first = await make.reservation(room, alice, on=ours)
    await make.reservation(far, alice, make.span("12:00", "13:30", zone="Europe/Stockholm"), on=ours)
    await make.reservation(room, bob, make.span("14:00", "15:00"), on=theirs)
    gone = await make.reservation(room, alice, make.span("16:00", "17:00", days=3), on=ours)
    await reservations.post_started(NOW + timedelta(days=2))
    await reservations.cancel(gone.id, by=alice, at=NOW)
    return home, host, first


async def summed_by_hand(account_id: int, since: datetime, until: datetime) -> tuple[int, int]:
    kinds = ["move", "post", "reverse"]
    rows = Transfer.filter(kind__in=kinds, at__gte=since, at__lt=until)
    money_in = sum(await rows.filter(credit_id=account_id).values_list("amount_cents", flat=True))
    money_out = sum(await rows.filter(debit_id=account_id).values_list("amount_cents", flat=True))
    return money_in, money_out


@pytest.mark.parametrize(
    ("since", "until"),
    [
        (BEGINNING, END),
        (NOW, END),
        (BEGINNING, NOW),
        (NOW + timedelta(days=1), NOW + timedelta(days=1, hours=4)),
    ],
    ids=["all", "from", "until", "within"],
)
async def test_it_works(books: Any, since: datetime, until: datetime) -> None:
    """Kinds are the sums of their accounts, accounts those of their transfers, and each book balances."""
    for entity in books[:2]:
        lines = await ledger.totals(entity.id, since, until)
        for line in lines:
            moved = await ledger.moved(line.account_id, since, until)
            assert line.in_cents == sum(each.amount_cents for each in moved if each.amount_cents > 0)
            assert line.out_cents == -sum(each.amount_cents for each in moved if each.amount_cents < 0)
            assert (line.in_cents, line.out_cents) == await summed_by_hand(line.account_id, since, until)
            before_in, before_out = await summed_by_hand(line.account_id, BEGINNING, since)
            assert line.opening_cents == before_in - before_out
        for kind, currency, opening, money_in, money_out, closing in ledger.summed(lines):
            of_kind = [each for each in lines if (each.kind, each.currency) == (kind, currency)]
            assert await ledger.totals(entity.id, since, until, kind=kind) == [
                e for e in lines if e.kind == kind
            ]
            assert (opening, money_in, money_out, closing) == (
                sum(each.opening_cents for each in of_kind),
                sum(each.in_cents for each in of_kind),
                sum(each.out_cents for each in of_kind),
                sum(each.closing_cents for each in of_kind),
            )
        for currency in {each.currency for each in lines}:
            assert sum(each.closing_cents for each in lines if each.currency == currency) == 0


async def test_budgets_are_what_their_accounts_say(books: Any) -> None:
    for entity in books[:2]:
        found = {
            each.account_id: each.closing_cents for each in await ledger.totals(entity.id, BEGINNING, END)
        }
        for account in await Account.filter(entity_id=entity.id, kind="budget"):
            assert found[account.id] == account.balance_cents


def test_no_line_no_sum() -> None:
    assert ledger.summed([]) == []
    assert Total(1, "k", "income", "EUR", 5, 7, 3).closing_cents == 9


# --- pages ---------------------------------------------------------------------------------------------


@pytest.fixture
async def theo(books: Any, client_of: Callable[..., Any]) -> Any:
    member = await make.member("Theo")
    await make.role("treasurer", member, entity=books[0])
    return await client_of(member)


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


async def test_down_to_the_reservation(theo: Any, books: Any) -> None:
    home, host, first = books
    top = (await theo.get(f"/books/{home.key}/ledger")).text
    for words in (
        "Budgets of Activities",
        "VAT 21%, Belgium",
        f"Clearing with {host.name}",
        "Exchange of currencies",
    ):
        assert words in top, words
    kind = (await theo.get(f"/books/{home.key}/ledger?kind=income")).text
    link = re.search(rf'href="(/books/{home.key}/ledger/\d+)"', kind)
    assert link
    account = (await theo.get(link[1])).text
    address = f"/books/{home.key}/reservations/{first.id}"
    assert f'href="{address}?account=' in account
    seen = (await theo.get(address)).text
    for words in ("€20.00", "€4.20", "€24.20", str(first.id), "Income"):
        assert words in seen


async def test_the_way_back_keeps_the_account_and_the_period(theo: Any, books: Any) -> None:
    home, host, first = books
    income = await Account.get(entity_id=home.id, kind="income")
    days = "first=2026-11-01&amp;last=2026-11-30"
    account = (await theo.get(f"/books/{home.key}/ledger/{income.id}?first=2026-11-01&last=2026-11-30")).text
    link = re.search(rf'href="(/books/{home.key}/reservations/{first.id}[^"]+)"', account)
    assert link
    # Which booking it was stands beside each entry.
    assert re.search(
        rf'{first.id}[^"]+">Income</a><span class="price-detail">Room [^<]+, Tue 24 Nov<', account
    )
    seen = (await theo.get(link[1].replace("&amp;", "&"))).text
    assert f'href="/books/{home.key}/ledger/{income.id}?{days}"' in seen
    assert seen.count(f'href="/books/{home.key}/ledger?{days}"') == 2  # the crumb and the tab
    # What nobody could have come from leads to the ledger all the same.
    strange = await Account.get(entity_id=host.id, kind="income")
    for odd in (f"account={strange.id}", "account=x", "first=soon", "account=999999999999"):
        odd_page = await theo.get(f"/books/{home.key}/reservations/{first.id}?{odd}")
        assert odd_page.status_code == 200
        assert f"/ledger/{strange.id}" not in odd_page.text


async def test_a_file_of_a_wrong_period_is_the_page_that_says_so(theo: Any, books: Any) -> None:
    home = books[0]
    income = await Account.get(entity_id=home.id, kind="income")
    for address in (f"/books/{home.key}/ledger", f"/books/{home.key}/ledger/{income.id}"):
        wrong = await theo.get(f"{address}.csv?first=2026-12-01&last=2026-11-01")
        assert wrong.status_code == 422
        assert wrong.headers["content-type"].startswith("text/html")
        assert "content-disposition" not in wrong.headers
        assert "The last day must not be before the first." in wrong.text


async def test_periods(theo: Any, books: Any) -> None:
    home = books[0]
    before = rows_of((await theo.get(f"/books/{home.key}/ledger.csv?last=2026-11-22")).text)
    assert {row["Kind"] for row in before} == {"budget", "books"}
    then = rows_of((await theo.get(f"/books/{home.key}/ledger.csv?first=2026-11-25&last=2026-11-25")).text)
    assert {row["Kind"] for row in then} >= {"income", "vat", "clearing", "exchange"}
    whole = sum(float(row["After"]) for row in then if row["Currency"] == "EUR")
    assert abs(whole) < 0.001
    wrong = await theo.get(f"/books/{home.key}/ledger?first=2026-12-01&last=2026-11-01")
    assert wrong.status_code == 422
    assert (await theo.get(f"/books/{home.key}/ledger?kind=gold")).status_code == 404


async def test_account_csv(theo: Any, books: Any) -> None:
    home = books[0]
    income = await Account.get(entity_id=home.id, kind="income")
    rows = rows_of((await theo.get(f"/books/{home.key}/ledger/{income.id}.csv")).text)
    total = next(
        each for each in await ledger.totals(home.id, BEGINNING, END) if each.account_id == income.id
    )
    assert round(100 * sum(float(row["In"]) for row in rows)) == total.in_cents
    assert rows[0]["Reference"].startswith("reservation:")


async def test_whose_reservation_it_is_not(theo: Any, books: Any, client_of: Callable[..., Any]) -> None:
    """Another entity's treasurer sees a booking only where it moved money in their own books."""
    home, host, first = books
    other = await make.member("Olga")
    await make.role("treasurer", other, entity=host)
    olga = await client_of(other)
    assert (await olga.get(f"/books/{host.key}/reservations/{first.id}")).status_code == 404
    assert (await olga.get(f"/books/{home.key}/reservations/{first.id}")).status_code == 404
    assert (await theo.get(f"/books/{home.key}/reservations/{make.uuid4()}")).status_code == 404
    strange = await Account.get(entity_id=host.id, kind="income")
    assert (await theo.get(f"/books/{home.key}/ledger/{strange.id}")).status_code == 404


async def test_another_entitys_activities_are_not_named(theo: Any, books: Any) -> None:
    home, host, _first = books
    theirs = await make.activity(await make.member("Eva"), of=host, name="Secret project")
    income = await Account.get(entity_id=home.id, kind="income")
    seen = (await theo.get(f"/books/{home.key}/ledger/{income.id}")).text
    assert theirs.name not in seen


async def test_as_many_queries_however_much_moved(theo: Any, books: Any) -> None:
    home = books[0]
    income = await Account.get(entity_id=home.id, kind="income")
    pages = (f"/books/{home.key}/ledger", f"/books/{home.key}/ledger/{income.id}")
    few = []
    for page in pages:
        with counted() as asked:
            await theo.get(page)
        few.append(len(asked))
    room = await make.resource(at=await make.venue(of=home))
    alice = await make.member("Alice")
    for hour in range(8, 20):
        await make.reservation(room, alice, make.span(f"{hour:02}:00", f"{hour + 1:02}:00"))
    await reservations.post_started(NOW + timedelta(days=2))
    for page, before in zip(pages, few, strict=True):
        with counted() as asked:
            await theo.get(page)
        assert len(asked) == before


async def test_checks(theo: Any, books: Any, app: Any) -> None:
    await Account.filter(key__startswith="nothing").delete()
    seen = (await theo.get(f"/books/{books[0].key}/checks")).text
    assert "No room or thing is in two live bookings at once." in seen
    # All but I12: nobody writes mails here, so the events of the fixtures wait.
    assert seen.count("Holds") == len(SAID) - 1
    assert "Our card payments and Stripe’s agree." in seen


def test_every_check_has_words_for_treasurers() -> None:
    asked = {check.code for check in checks.CHECKS} | {code for code, _words, _ask in checks.SCHEMA_CHECKS}
    assert asked == SAID.keys()


@pytest.mark.breaks_invariants
async def test_what_does_not_hold_is_shown(theo: Any, books: Any) -> None:
    account = (await Account.filter(kind="budget"))[0]
    await Account.filter(id=account.id).update(credits_posted_cents=account.credits_posted_cents + 100)
    seen = (await theo.get(f"/books/{books[0].key}/checks")).text
    for words in ("Something does not hold", "Broken", account.key):
        assert words in seen


def test_every_kind_of_account_has_words_for_people() -> None:
    """Those of card payments too: they stand in the same ledger."""
    cards = ("card", "transit", "bank", "advance", "fees", "disputes")
    assert {*KINDS, *cards} <= KIND_NAMES.keys()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({}, "Everything"),
        ({"first": "2026-11-01", "last": "2026-11-30"}, "Sun, 1 Nov – Mon, 30 Nov 2026"),
        ({"first": "2026-11-01"}, "From Sun, 1 Nov 2026 on"),
        ({"last": "2026-11-30"}, "Until Mon, 30 Nov 2026"),
    ],
    ids=["all", "both", "first", "last"],
)
async def test_on_paper_stands_which_days_these_are(
    theo: Any, books: Any, asked: dict[str, str], said: str
) -> None:
    home = books[0]
    account = await Account.get(entity_id=home.id, kind="income")
    for address in (f"/books/{home.key}/ledger", f"/books/{home.key}/ledger/{account.id}"):
        seen = (await theo.get(address, params=asked)).text
        paper = re.search(r'<p class="only-print">([^<]*)</p>', seen)
        assert paper
        assert paper[1].startswith(f"{home.name} · {said} · As of ")


async def test_a_kind_in_several_currencies_says_which(theo: Any, books: Any) -> None:
    home = books[0]
    seen = (await theo.get(f"/books/{home.key}/ledger")).text
    currencies = set(
        await Account.filter(entity_id=home.id, kind="exchange").values_list("currency", flat=True)
    )
    assert len(currencies) > 1
    for currency in currencies:
        assert f"Exchange of currencies, {currency}</a>" in seen
    assert "Income of houses</a>" in seen
