"""Delivery: after a kill twice rather than never, a bad one parked, the others not held up."""

import asyncio
import socket
from datetime import timedelta
from email import message_from_bytes, policy
from uuid import uuid4

import pytest
from aiosmtpd.controller import Controller
from icalendar import Calendar
from starlette.datastructures import Secret

import settings
from booking import notifications
from booking.notifications import Message, delivering
from booking.notifications.composing import message_id
from tests import make
from tests.make import NOW


class Mailbox:
    """Keeps every mail it gets; `refuses` are words in addresses it does not want."""

    def __init__(self):
        self.mails = []
        self.refuses = ()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if any(word in address for word in self.refuses):
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


@pytest.fixture
def mailbox(monkeypatch):
    """A real SMTP server on this machine."""
    box = Mailbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    monkeypatch.setattr(settings, "MAIL_URL", Secret(f"smtp://127.0.0.1:{port}"))
    yield box
    controller.stop()


async def waiting(to="alice@example.org", **values):
    id = uuid4()
    return await Message.create(
        **{
            "id": id,
            "key": str(id),
            "kind": "reservation_confirmed",
            "to_email": to,
            "to_name": "Alice",
            "language": "en",
            "subject": "Booked: Café",
            "text": "Héllo\n",
            "html": "<p>Héllo</p>\n",
            "message_id": message_id(id),
            "next_at": NOW,
            "created_at": NOW,
            **values,
        }
    )


async def test_it_works(db, mailbox):
    room, alice = await make.resource(name="Quai"), await make.member()
    booked = await make.reservation(room, alice, title="Réunion")
    await notifications.write_messages(NOW)
    assert await notifications.deliver(NOW) == 1
    [mail] = mailbox.mails
    [message] = await Message.all()
    assert (message.state, message.sent_at) == ("sent", NOW)
    assert mail["Message-ID"] == message.message_id
    assert mail["Subject"] == message.subject
    assert mail["To"] == f"Alice <{alice.email}>"
    assert mail["Auto-Submitted"] == "auto-generated"
    parts = [part for part in mail.walk() if not part.is_multipart()]
    assert [part.get_content_type() for part in parts] == [
        "text/plain",
        "text/html",
        "text/calendar",
        "application/ics",
    ]
    plain, _html, inline, attached = parts
    assert "Réunion" in plain.get_content()
    assert inline.get_param("method") == "REQUEST"
    assert inline.get_param("charset").lower() == "utf-8"
    assert not inline.is_attachment()
    assert attached.get_filename() == "booking.ics"
    raw = inline.get_payload(decode=True)
    assert raw == attached.get_payload(decode=True)
    assert raw.count(b"\n") == raw.count(b"\r\n")
    calendar = Calendar.from_ical(raw)
    assert calendar["METHOD"] == "REQUEST"
    assert str(calendar.walk("VEVENT")[0]["UID"]) == booked.uid


async def test_a_second_run_sends_nothing(db, mailbox):
    await waiting()
    assert await notifications.deliver(NOW) == 1
    assert await notifications.deliver(NOW + timedelta(days=1)) == 0
    assert len(mailbox.mails) == 1


async def test_two_at_once_send_each_once(db, mailbox):
    for _ in range(10):
        await waiting()
    sent = await asyncio.gather(notifications.deliver(NOW), notifications.deliver(NOW))
    assert sum(sent) == 10 == len(mailbox.mails)


async def test_killed_after_sending_sends_the_same_mail_again(db, mailbox, monkeypatch):
    message = await waiting()

    class Killed(BaseException):
        pass

    class Dying(delivering.Message):
        @classmethod
        def filter(cls, *args, **kwargs):
            if mailbox.mails and "state" not in kwargs:
                raise Killed
            return Message.filter(*args, **kwargs)

    monkeypatch.setattr(delivering, "Message", Dying)
    with pytest.raises(Killed):
        await notifications.deliver(NOW)
    monkeypatch.setattr(delivering, "Message", Message)
    assert (await Message.get(id=message.id)).state == "waiting"
    assert await notifications.deliver(NOW + timedelta(minutes=1)) == 0
    assert await notifications.deliver(NOW + timedelta(minutes=6)) == 1
    first, second = mailbox.mails
    assert first["Message-ID"] == second["Message-ID"] == message.message_id
    assert first["Date"] == second["Date"]


async def test_a_refused_one_waits_longer_each_time_and_is_parked(db, mailbox):
    mailbox.refuses = ("nobody",)
    bad = await waiting("nobody@example.org")
    good = [await waiting(f"a{number}@example.org") for number in range(3)]
    assert await notifications.deliver(NOW) == 3
    assert {(await Message.get(id=each.id)).state for each in good} == {"sent"}
    now = NOW
    for tries, wait in enumerate([1, 5, 30, 120], start=1):
        kept = await Message.get(id=bad.id)
        assert (kept.attempts, kept.next_at) == (tries, now + timedelta(minutes=wait))
        assert "550" in kept.error
        assert await notifications.deliver(kept.next_at - timedelta(seconds=1)) == 0
        now = kept.next_at
        await notifications.deliver(now)
    kept = await Message.get(id=bad.id)
    assert (kept.state, kept.attempts) == ("parked", 5)
    assert await notifications.deliver(now + timedelta(days=3)) == 0
    assert len(mailbox.mails) == 3


async def test_one_that_cannot_be_a_mail_holds_nobody_up(db, mailbox):
    await waiting("not an address", next_at=NOW - timedelta(minutes=1))
    await waiting()
    assert await notifications.deliver(NOW) == 1
    assert (await Message.get(to_email="not an address")).attempts == 1


async def test_while_the_server_is_away_nothing_counts(db, monkeypatch):
    message = await waiting()
    monkeypatch.setattr(settings, "MAIL_URL", Secret("smtp://127.0.0.1:1"))
    assert await notifications.deliver(NOW) == 0
    kept = await Message.get(id=message.id)
    assert (kept.state, kept.attempts, kept.next_at) == ("waiting", 0, NOW)


async def test_without_a_server_mails_are_files(db, mails):
    message = await waiting()
    assert await notifications.deliver(NOW) == 1
    [path] = mails.iterdir()
    mail = message_from_bytes(path.read_bytes(), policy=policy.default)
    assert mail["Message-ID"] == message.message_id
    assert mail.get_body(("plain",)).get_content().strip() == "Héllo"


async def test_not_before_its_time(db, mails):
    await waiting(next_at=NOW + timedelta(minutes=1))
    assert await notifications.deliver(NOW) == 0
    assert not mails.exists()


async def test_many_go_in_one_run(db, mails):
    for number in range(delivering.BATCH + 5):
        await waiting(f"a{number}@example.org")
    assert await notifications.deliver(NOW) == delivering.BATCH + 5


@pytest.mark.parametrize("url", ["http://x", "smtp://", "mail.example.org"])
async def test_an_address_of_no_server_is_told(db, monkeypatch, url):
    await waiting()
    monkeypatch.setattr(settings, "MAIL_URL", Secret(url))
    with pytest.raises(ValueError, match="MAIL_URL"):
        await notifications.deliver(NOW)


async def test_a_password_goes_only_over_an_encrypted_way(db):
    from booking.notifications.sending import Server

    assert Server("smtp://a:b@mail.example.org").client._start_tls_on_connect is True
    assert Server("smtp://mail.example.org").client._start_tls_on_connect is None
    assert Server("smtps://a:b@mail.example.org").client.use_tls is True
    assert Server("smtps://a:b@mail.example.org").client.port == 465
