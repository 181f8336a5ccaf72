"""Recovery: every way in ends but the mail; never by oneself alone; and it is told to all who must know."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest

from booking import events, members, notifications
from booking.members import Member, passkeys, recovery, sessions, sign_in
from booking.members.models import Identity, Passkey, Session
from booking.members.recovery import NotYourself, Recovered
from booking.members.roles import OnlyAdministrators
from booking.notifications import Message
from tests import make
from tests.authenticator import Authenticator
from tests.conftest import NOW
from tests.golden_files import same_as
from tests.members.test_passkeys import BROWSER, add, show

WHY = "Her phone fell into the Deûle <and stayed there>."


@pytest.fixture
async def ada(db: str) -> Member:
    made = await make.member("Ada")
    await make.role("administrator", made)
    return made


@pytest.fixture
async def stella(db: str) -> Member:
    return await make.member("Stella", email="stella@example.org")


async def test_it_works(ada: Member, stella: Member) -> None:
    device = Authenticator()
    key = await add(stella, device)
    token = await sessions.start(stella, agent="", at=NOW, confirmed_at=NOW, confirmed_by_id=key.id)
    adas = await sessions.start(ada, agent="", at=NOW)
    half = await sign_in.ask(stella.email, browser=BROWSER, next_path="/", language="en", at=NOW)
    waiting = await passkeys.ask_to_register(stella, bound_to=BROWSER, at=NOW)
    await Identity.create(
        member_id=stella.id, issuer="https://id.example", subject="1", email=stella.email, linked_at=NOW
    )
    ended = await recovery.recover(stella, by=ada, reason=WHY, at=NOW)
    assert ended == Recovered(passkeys=1, sessions=1, identities=1)
    assert await sessions.find(token, NOW) is None
    assert await sessions.find(adas, NOW) is not None
    with pytest.raises(passkeys.PasskeyUnknown):
        await show(device)
    with pytest.raises(sign_in.LinkUsed):
        await sign_in.use_link(half.link_token, NOW)
    answer = Authenticator().create(waiting["options"])
    with pytest.raises(passkeys.ChallengeSpent):
        await passkeys.register(
            UUID(waiting["challenge"]), answer, name="x", member=stella, bound_to=BROWSER, at=NOW
        )
    assert await Identity.all().count() == 0
    last = (await events.history(f"member:{stella.id}"))[-1]
    assert (last.name, last.by_id, last.data["reason"]) == ("member.recovered", ada.id, WHY)
    # And in again, by mail, with a new passkey.
    again = await sign_in.ask(stella.email, browser=BROWSER, next_path="/", language="en", at=NOW)
    assert (await sign_in.use_link(again.link_token, NOW))[0].id == stella.id
    await add(stella, Authenticator())


async def test_administrators_only_and_never_oneself(ada: Member, stella: Member) -> None:
    await add(ada, Authenticator())
    for by, member, refusal in (
        (stella, ada, OnlyAdministrators),
        (stella, stella, OnlyAdministrators),
        (ada, ada, NotYourself),
    ):
        with pytest.raises(refusal):
            await recovery.recover(member, by=by, reason=WHY, at=NOW)
        with pytest.raises(refusal):
            await recovery.suspend(member, by=by, at=NOW)
        with pytest.raises(refusal):
            await recovery.unsuspend(member, by=by, at=NOW)
    assert await Passkey.filter(revoked_at__isnull=True).count() == 1
    assert await events.history(f"member:{stella.id}") == []


async def test_the_command_line_helps_the_only_administrator(ada: Member) -> None:
    await add(ada, Authenticator())
    assert (await recovery.recover(ada, by=None, reason=WHY, at=NOW)).passkeys == 1


async def test_a_suspended_member_let_in_again(ada: Member, stella: Member) -> None:
    token = await sessions.start(stella, agent="", at=NOW)
    await recovery.suspend(stella, by=ada, at=NOW)
    assert await sessions.find(token, NOW) is None
    await recovery.unsuspend(await members.get(stella.id), by=ada, at=NOW + timedelta(hours=1))
    await recovery.unsuspend(stella, by=ada, at=NOW + timedelta(hours=2))
    assert (await members.get(stella.id)).suspended_at is None
    # A browser that was open before stays out.
    assert await sessions.find(token, NOW) is None
    names = [one.name for one in await events.history(f"member:{stella.id}")]
    assert names == ["member.suspended", "member.unsuspended"]


# --- the mails ---------------------------------------------------------------------------------------


async def test_who_is_told(ada: Member, stella: Member) -> None:
    other, away = await make.member("Otto", email="otto@example.org"), await make.member("Anna")
    await make.role("administrator", other)
    await make.role("administrator", away)
    await members.suspend(away, by=None, at=NOW)
    await add(stella, Authenticator())
    await notifications.write_messages(NOW)
    await Message.all().delete()
    await recovery.recover(stella, by=ada, reason=WHY, at=NOW)
    await notifications.write_messages(NOW)
    await notifications.write_messages(NOW)
    told = {(one.kind, one.to_email) for one in await Message.all()}
    assert told == {("recovered", stella.email), ("recovery_done", other.email)}
    for kind in ("recovered", "recovery_done"):
        await looks_as(kind, stella.id)


@pytest.mark.parametrize("happened", ["added", "removed", "copied"])
async def test_a_passkey_is_told(stella: Member, happened: str) -> None:
    device = Authenticator()
    key = await add(stella, device, name="Phone <mine>")
    if happened == "removed":
        await passkeys.remove(key.id, member=stella, at=NOW)
    if happened == "copied":
        device.count = 0
        with pytest.raises(passkeys.PasskeyCopied):
            await show(device)
    await notifications.write_messages(NOW)
    last = await Message.filter(kind="passkey").order_by("-event_id").first()
    assert last is not None
    assert last.to_email == stella.email
    await Message.exclude(id=last.id).delete()
    await looks_as("passkey", stella.id, f".{happened}")


async def looks_as(kind: str, member_id: int, suffix: str = "") -> None:
    found = await Message.get(kind=kind)
    place = f"/members/{member_id}"
    whole = f"Subject: {found.subject}\n\n{found.text}".replace(place, "/members/[id]")
    same_as(f"mails/{kind}{suffix}.txt", whole)
    same_as(f"mails/{kind}{suffix}.html", found.html.replace(place, "/members/[id]"))


async def test_sessions_of_others_stay(ada: Member, stella: Member) -> None:
    await sessions.start(ada, agent="", at=NOW)
    await recovery.recover(stella, by=ada, reason=WHY, at=NOW)
    assert await Session.filter(revoked_at__isnull=True).count() == 1
