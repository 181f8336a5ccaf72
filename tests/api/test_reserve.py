"""POST /reservations."""

from booking import reservations
from booking.events import Event
from booking.ledger import Transfer
from booking.reservations import Claim, Reservation
from tests import make
from tests.api.conftest import problem, wish
from tests.make import NOW


async def nothing_happened() -> None:
    assert not await Reservation.exists()
    assert not await Claim.exists()
    assert not await Transfer.filter(kind="pend").exists()
    assert not await Event.filter(name__startswith="reservation.").exists()


async def test_it_works(program, alice, room, money):
    client = await program(alice)
    answer = await client.post("/reservations", json=wish(room, money, title="Planning", people=4))
    assert answer.status_code == 201, answer.text
    said = answer.json()
    [row] = await Reservation.all()
    assert answer.headers["location"] == said["href"] == f"http://localhost:8000/api/v1/reservations/{row.id}"
    assert (row.member_id, row.state, row.title, row.people) == (alice.id, "confirmed", "Planning", 4)
    assert said["state"] == "confirmed"
    assert said["begins_at"] == "2026-11-24T09:00:00Z"
    assert said["zone"] == "Europe/Brussels"
    assert (said["price"]["net_cents"], said["price"]["vat_cents"], said["price"]["total_cents"]) == (
        2000,
        420,
        2420,
    )
    assert said["cancelling"] == {
        "allowed": True, "free_until": "2026-11-23T09:00:00Z", "fee_cents": 0, "back_cents": 2420,
    }  # fmt: skip
    assert await Transfer.filter(kind="pend").count() == 1


async def test_what_is_told_at_once_is_what_is_read_back(program, alice, money, room):
    """The answer comes from what the operation has in hand: to the letter what the row says afterwards."""
    client = await program(alice)
    for approval in (False, True):
        room.approval = approval
        await room.save(update_fields=["approval"])
        span = make.span(days=3 + approval)
        body = wish(room, money, title="Ça va – \u202f?", note="Two\nlines", people=3) | {
            "begins_at": span.begins_at.isoformat(), "ends_at": span.ends_at.isoformat(),
        }  # fmt: skip
        made = await client.post("/reservations", json=body)
        assert made.status_code == 201, made.text
        assert made.content == (await client.get(f"/reservations/{made.json()['id']}")).content


async def test_it_waits_for_a_host(program, alice, money, room):
    room.approval = True
    await room.save(update_fields=["approval"])
    answer = await (await program(alice)).post("/reservations", json=wish(room, money))
    assert answer.status_code == 201
    assert answer.json()["state"] == "held"
    assert answer.json()["held_until"] == "2026-11-24T09:00:00Z"


async def test_a_rule_says_no_and_what_would_work(program, alice, room, money):
    await make.reservation(room, await make.member("Bob"))
    answer = await (await program(alice)).post("/reservations", json=wish(room, money))
    said = problem(answer, 409, "taken")
    assert said["detail"] == "Quai is no longer free at that time."
    assert said["type"] == "http://localhost:8000/api/v1/problems/taken"
    nearest = said["alternatives"][0]
    assert nearest["kind"] == "time"
    assert {nearest["begins_at"], nearest["ends_at"]} & {"2026-11-24T09:00:00Z", "2026-11-24T11:00:00Z"}
    offered = await (await program(alice)).get(nearest["href"])
    assert offered.json()["bookable"] is False  # nobody said who pays
    assert [each["code"] for each in offered.json()["refusals"]] == ["payment_needed"]
    assert await Reservation.all().count() == 1


async def test_everything_that_cannot_be_read_is_told_at_once(program, alice, room):
    body = {
        "resource_id": "12", "begins_at": "2026-11-24T10:00:00", "ends_at": "tomorrow", "people": 0,
        "title": "x" * 121, "price_cents": 1, "state": "confirmed", "member_id": 2,
    }  # fmt: skip
    said = problem(await (await program(alice)).post("/reservations", json=body), 422, "invalid")
    told = {each["field"]: each["message"] for each in said["errors"]}
    assert set(told) == set(body)
    assert "with an offset" in told["begins_at"]
    assert told["price_cents"] == told["state"] == told["member_id"] == "There is no such field."
    await nothing_happened()


async def test_the_end_comes_after_the_beginning(program, alice, room, money):
    body = wish(room, money) | {"ends_at": "2026-11-24T10:00:00+01:00"}
    said = problem(await (await program(alice)).post("/reservations", json=body), 422, "invalid")
    assert [each["field"] for each in said["errors"]] == ["ends_at"]
    await nothing_happened()


async def test_only_json_and_not_too_much(program, alice, room):
    client = await program(alice)
    problem(await client.post("/reservations", data={"resource_id": "1"}), 415, "not_json")
    problem(await client.post("/reservations", content=b"{}"), 415, "not_json")
    kind = {"Content-Type": "application/json"}
    for broken in (b"", b"[]", b"{", b"\xff", b'{"resource_id": NaN}', b"[" * 5000, b'{"title": "\\ud800"}'):
        problem(await client.post("/reservations", content=broken, headers=kind), 422, "invalid")
    for large in (70_000, 2_000_000):
        problem(await client.post("/reservations", content=b" " * large, headers=kind), 413, "body_too_large")
    await nothing_happened()


async def test_somebody_elses_activity(program, alice, room):
    hers = await make.activity(await make.member("Charlie"), of=room.venue.entity)
    problem(await (await program(alice)).post("/reservations", json=wish(room, hers)), 404, "not_found")
    await nothing_happened()


async def test_not_enough_money(program, alice, room):
    poor = await make.activity(alice, of=room.venue.entity, cents=100)
    said = problem(
        await (await program(alice)).post("/reservations", json=wish(room, poor)), 409, "not_enough_budget"
    )
    assert said["values"]
    await nothing_happened()


async def test_without_an_activity_it_has_to_be_paid(program, alice, room):
    problem(await (await program(alice)).post("/reservations", json=wish(room)), 409, "payment_needed")
    await nothing_happened()


async def test_a_resource_that_is_not_there(program, alice, room, money):
    body = wish(room, money) | {"resource_id": room.id + 1}
    problem(await (await program(alice)).post("/reservations", json=body), 404, "not_found")
    await nothing_happened()


async def test_a_key_that_may_only_read(program, alice, room, money):
    answer = await (await program(alice, "read")).post("/reservations", json=wish(room, money))
    said = problem(answer, 403, "scope_missing")
    assert said["values"] == {"scope": "book"}
    assert 'error="insufficient_scope", scope="book"' in answer.headers["www-authenticate"]
    await nothing_happened()


async def test_a_host_books_for_a_member(program, alice, room, money):
    stella = await make.manager(room.venue)
    body = wish(room, money, member_email=alice.email)
    answer = await (await program(stella)).post("/reservations", json=body)
    assert answer.status_code == 201, answer.text
    [row] = await Reservation.all()
    assert (row.member_id, row.booked_by_id) == (alice.id, stella.id)


async def test_others_book_for_nobody_else(program, alice, room, money):
    bob = await make.member("Bob")
    body = wish(room, money, member_email=alice.email)
    problem(await (await program(bob)).post("/reservations", json=body), 404, "not_found")
    stella = await make.manager(room.venue)
    body["member_email"] = "nobody@example.org"
    said = problem(await (await program(stella)).post("/reservations", json=body), 422, "invalid")
    assert said["errors"][0]["field"] == "member_email"
    await nothing_happened()


async def test_too_many_in_a_minute(program, alice, room):
    client = await program(alice)
    for _ in range(60):
        assert (await client.post("/reservations", json={})).status_code == 422
    answer = await client.post("/reservations", json={})
    problem(answer, 429, "too_many_requests")
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert (await client.get("/me")).status_code == 200


async def test_in_the_language_of_the_program_or_its_member(program, alice, room, money):
    alice.language = "nl"
    await alice.save(update_fields=["language"])
    client = await program(alice, **{"Accept-Language": "fr"})
    french = problem(await client.post("/reservations", json=wish(room)), 409, "payment_needed")["detail"]
    del client.headers["accept-language"]
    dutch = problem(await client.post("/reservations", json=wish(room)), 409, "payment_needed")["detail"]
    assert "This costs" not in french + dutch
    assert french != dutch


async def test_cookies_are_not_asked(client_of, alice, room, money):
    signed_in = await client_of(alice)
    problem(await signed_in.post("/api/v1/reservations", json=wish(room, money)), 401, "token_missing")
    await nothing_happened()
    assert (await reservations.mine(alice, NOW)).upcoming == []


async def test_the_price_that_was_shown_holds(program, alice, room, money):
    client = await program(alice)
    answer = await client.post("/reservations", json=wish(room, money, seen_cents=2000))
    said = problem(answer, 409, "price_moved")
    assert said["values"] == {"total_cents": 2420, "seen_cents": 2000, "currency": "EUR"}
    assert said["alternatives"] == []
    await nothing_happened()
    made = await client.post("/reservations", json=wish(room, money, seen_cents=2420))
    assert made.status_code == 201
    longer = {"ends_at": "2026-11-24T13:00:00+01:00", "seen_difference_cents": 0}
    said = problem(await client.patch(made.json()["href"], json=longer), 409, "price_moved")
    assert said["values"]["total_cents"] == 3630
    assert (await Reservation.get(id=made.json()["id"])).total_cents == 2420
