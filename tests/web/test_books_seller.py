"""What stands on an entity's receipts as the seller: kept by its treasurer, copied when a receipt is issued."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from starlette.datastructures import Secret

import settings
from booking import importing
from booking.events import Event
from booking.places import Entity
from tests import make

SAID = {
    "legal_name": "Acme Cooperative",
    "address": "Example street 1\r\n1000 Brussels",
    "vat_number": "be 0456.789.123",
    "register_number": "KBO 0456.789.123",
}


@pytest.fixture
async def acme(db: str) -> Any:
    return await make.entity(key="acme", name="Acme")


@pytest.fixture
async def theo(acme: Any, client_of: Callable[..., Any]) -> Any:
    member = await make.member("Theo")
    await make.role("treasurer", member, entity=acme)
    return await client_of(member)


async def test_it_works(acme: Any, theo: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "STRIPE_KEYS", Secret("acme:sk_test_x:whsec_x"))
    cards = await theo.get("/books/cards")
    assert "Receipts of Acme lack: Legal name, Address, VAT number." in cards.text
    assert 'href="/books/acme/seller"' in cards.text
    answer = await theo.post("/books/acme/seller", data=SAID)
    assert (answer.status_code, answer.headers["location"]) == (303, "/books/acme/seller")
    kept = await Entity.get()
    assert (kept.legal_name, kept.address) == ("Acme Cooperative", "Example street 1\n1000 Brussels")
    assert (kept.vat_number, kept.register_number) == ("BE0456789123", "KBO 0456.789.123")
    event = await Event.get(name="entity.seller")
    assert (event.data["before"]["address"], event.data["after"]["address"]) == ("", kept.address)
    assert "Example street 1\n1000 Brussels</textarea>" in (await theo.get("/books/acme/seller")).text
    assert "lack:" not in (await theo.get("/books/cards")).text
    # The same again changes nothing.
    await theo.post("/books/acme/seller", data=SAID)
    assert await Event.filter(name="entity.seller").count() == 1


async def test_what_cannot_be_read_is_told_and_kept(acme: Any, theo: Any) -> None:
    answer = await theo.post("/books/acme/seller", data=SAID | {"vat_number": "12", "legal_name": "x" * 161})
    assert answer.status_code == 422
    assert "This does not look like a VAT number." in answer.text
    assert "Example street 1" in answer.text
    assert (await Entity.get()).address == ""
    assert not await Event.filter(name="entity.seller").exists()


async def test_who_cannot(acme: Any, client_of: Callable[..., Any]) -> None:
    other = await make.member("Tilda")
    await make.role("treasurer", other, entity=await make.entity())
    for member in (other, await make.member("Alice")):
        client = await client_of(member)
        assert (await client.get("/books/acme/seller")).status_code == 404
        assert (await client.post("/books/acme/seller", data=SAID)).status_code == 404
    assert (await Entity.get(key="acme")).address == ""


async def test_an_import_says_it_too_and_takes_nothing_away(acme: Any, theo: Any, tmp_path: Any) -> None:
    await theo.post("/books/acme/seller", data=SAID)
    row = {
        "key": "acme",
        "name": "Acme",
        "country": "BE",
        "currency": "EUR",
        "zone": "Europe/Brussels",
        "address": "Other street 2\n1000 Brussels",
    }
    whole = {"format": "share-the-desk/network/1", "entities": [row]}
    (tmp_path / "network.json").write_text(json.dumps(whole))
    await importing.network(tmp_path, at=make.NOW)
    kept = await Entity.get(key="acme")
    assert (kept.address, kept.vat_number) == ("Other street 2\n1000 Brussels", "BE0456789123")
    assert kept.legal_name == "Acme Cooperative"
