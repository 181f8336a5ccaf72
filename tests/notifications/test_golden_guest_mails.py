"""The mails to guests, and those that bring a receipt, in every language, as their readers see them."""

import email
import email.policy
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

import settings
from booking import guests, i18n, notifications, reservations
from booking.guests import GuestWish
from booking.notifications import Message
from tests import make
from tests.golden_files import same_as
from tests.make import NOW
from tests.notifications.test_golden_mails import BOOKED, room_in_lille

LINK = "http://localhost:8000/guest-booking/link/AbCdEf"


@pytest.fixture
async def room(db):
    return await room_in_lille()


async def wish(room, language: str) -> GuestWish:
    span = make.span()
    made = await GuestWish.create(
        id=uuid4(),
        sign_in_id=uuid4(),
        browser_hash="x",
        resource_id=room.id,
        begins_at=span.begins_at,
        ends_at=span.ends_at,
        email="greta@guest.example",
        name="Greta <b>",
        language=language,
        seen_cents=100,
        created_at=NOW,
    )
    made.resource = room
    return made


def kept(monkeypatch) -> None:
    """The texts stay as they were sent."""
    monkeypatch.setattr(notifications.delivering, "_kept", lambda _message: {})


async def as_golden(kind: str, language: str) -> None:
    message = await Message.get(kind=kind)
    same_as(f"mails/{kind}.{language}.txt", f"Subject: {message.subject}\n\n{message.text}")
    same_as(f"mails/{kind}.{language}.html", message.html)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
async def test_the_code(room, language, monkeypatch, tmp_path):
    kept(monkeypatch)
    monkeypatch.setattr(settings, "MAIL_DIR", tmp_path)
    assert await notifications.send_guest_code(await wish(room, language), "123456", LINK, NOW)
    await as_golden("guest_code", language)


@pytest.mark.parametrize("language", i18n.LANGUAGES)
async def test_the_one_to_somebody_with_an_account(room, language, monkeypatch, tmp_path):
    monkeypatch.setattr(settings, "MAIL_DIR", tmp_path)
    alice = await make.member("Alice", language=language)
    assert await notifications.send_guest_account(await wish(room, language), alice, NOW)
    message = await Message.get(kind="guest_account")
    assert message.to_email == alice.email
    text = message.text.replace(f"/resources/{room.id}/", "/resources/7/")
    same_as(f"mails/guest_account.{language}.txt", f"Subject: {message.subject}\n\n{text}")
    same_as(
        f"mails/guest_account.{language}.html",
        message.html.replace(f"/resources/{room.id}/", "/resources/7/"),
    )


@pytest.mark.parametrize("language", i18n.LANGUAGES)
async def test_the_way_to_the_pages(room, language, monkeypatch, tmp_path):
    kept(monkeypatch)
    monkeypatch.setattr(settings, "MAIL_DIR", tmp_path)
    guest = await make.member("Greta", language=language, guest=True, category="external")
    free = await make.resource(at=room.venue, external_hour_cents=0, name="Hall")
    made = await reservations.reserve(BOOKED, free.id, make.span(), by=guest, at=NOW)
    secret = await guests.make_key(made.id, at=NOW)
    assert await notifications.send_guest_pages(guest, await guests.pages_of(guest, NOW), NOW)
    message = await Message.get(kind="guest_pages")
    assert secret in message.text
    same_as(
        f"mails/guest_pages.{language}.txt",
        f"Subject: {message.subject}\n\n{message.text.replace(secret, 'SECRET')}",
    )
    same_as(f"mails/guest_pages.{language}.html", message.html.replace(secret, "SECRET"))


@pytest.mark.parametrize("language", i18n.LANGUAGES)
async def test_a_receipt_of_its_own(room, language, monkeypatch, tmp_path):
    """For a payment whose booking is not confirmed: nothing else brings it."""
    monkeypatch.setattr(settings, "MAIL_DIR", tmp_path)
    from tests.payments.rows import receipt_of

    reader = await make.member("Alice", language=language)
    made = await reservations.reserve(
        UUID(int=7),
        room.id,
        make.span(),
        by=reader,
        at=NOW,
        card=reservations.ByCard(50, timedelta(minutes=32)),
    )
    receipt = await receipt_of(made, at=NOW)
    await notifications.write_messages(NOW)
    await as_golden("receipt", language)
    await notifications.deliver(NOW)
    mail = next(
        each
        for path in tmp_path.glob("*-receipt-*.eml")
        for each in [email.message_from_bytes(path.read_bytes(), policy=email.policy.default)]
    )
    [file] = [part for part in mail.iter_attachments() if part.get_content_type() == "application/pdf"]
    assert file.get_filename() == f"receipt-{receipt.label}.pdf"
    assert file.get_content().startswith(b"%PDF-")
