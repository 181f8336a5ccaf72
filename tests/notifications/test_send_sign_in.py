"""The sign-in mail: at once, and its secrets gone after it."""

from datetime import timedelta

import pytest
from starlette.datastructures import Secret

import settings
from booking import notifications
from booking.notifications import Message
from tests.make import NOW

LINK = "http://localhost:8000/sign-in/link/" + "x" * 43


async def send(**values):
    said = {
        "email": "alice@example.org",
        "name": "Alice",
        "code": "123456",
        "link": LINK,
        "language": "nl",
        "at": NOW,
    }
    return await notifications.send_sign_in(**{**said, **values})


async def test_it_works(db, mails):
    assert await send()
    [path] = mails.iterdir()
    text = path.read_bytes().replace(b"=\r\n", b"").decode()
    assert "123456" in text
    assert LINK in text
    [message] = await Message.all()
    assert message.state == "sent"
    assert message.subject + message.text + message.html == ""


async def test_when_the_server_is_away_the_job_sends_it(db, mails, monkeypatch):
    monkeypatch.setattr(settings, "MAIL_URL", Secret("smtp://127.0.0.1:1"))
    assert not await send()
    [message] = await Message.all()
    assert message.state == "waiting"
    monkeypatch.setattr(settings, "MAIL_URL", Secret(""))
    assert await notifications.deliver(NOW + timedelta(minutes=2)) == 1
    assert (await Message.get(id=message.id)).text == ""


@pytest.mark.parametrize("minutes", [31, 600])
async def test_too_late_it_is_not_sent_and_not_kept(db, mails, monkeypatch, minutes):
    monkeypatch.setattr(settings, "MAIL_URL", Secret("smtp://127.0.0.1:1"))
    await send()
    monkeypatch.setattr(settings, "MAIL_URL", Secret(""))
    assert await notifications.deliver(NOW + timedelta(minutes=minutes)) == 0
    [message] = await Message.all()
    assert (message.state, message.text, message.html) == ("parked", "", "")
    assert not mails.exists()
