"""Passkeys: made, shown and ended; and the answers that must not be taken (U5: six attacks, six refusals)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from booking import events
from booking.errors import NotFound
from booking.members import passkeys, sessions, suspend
from booking.members.models import Challenge, Member, Passkey, Session
from booking.members.passkeys import (
    ChallengeSpent,
    PasskeyCopied,
    PasskeyNotAccepted,
    PasskeyTaken,
    PasskeyUnknown,
    TooManyPasskeys,
)
from tests import make
from tests.authenticator import Authenticator, text
from tests.conftest import NOW

BROWSER = "the secret of this browser"


async def add(member: Member, device: Authenticator, name: str = "Phone", **lies: Any) -> Passkey:
    asked = await passkeys.ask_to_register(member, bound_to=BROWSER, at=NOW)
    answer = device.create(asked["options"], **lies)
    return await passkeys.register(
        UUID(asked["challenge"]), answer, name=name, member=member, bound_to=BROWSER, at=NOW
    )


async def show(device: Authenticator, member: Member | None = None, **lies: Any) -> Passkey:
    """Sign in with the device, or confirm a session of the member's."""
    asked = await passkeys.ask_to_show(member=member, bound_to=BROWSER, at=NOW)
    return await answered(asked, device.get(asked["options"], **lies), member)


async def answered(asked: dict[str, Any], answer: dict[str, Any], member: Member | None = None) -> Passkey:
    challenge = UUID(asked["challenge"])
    if member is None:
        return await passkeys.sign_in(challenge, answer, bound_to=BROWSER, at=NOW)
    return await passkeys.confirm(challenge, answer, member=member, bound_to=BROWSER, at=NOW)


@pytest.fixture
async def alice(db: str) -> Member:
    return await make.member()


@pytest.fixture
def device() -> Authenticator:
    return Authenticator()


async def test_it_works(alice: Member, device: Authenticator) -> None:
    kept = await add(alice, device, name="  Phone ")
    assert (kept.name, kept.sign_count, kept.transports, kept.used_at) == (
        "Phone",
        1,
        ["hybrid", "internal"],
        None,
    )
    for member in (None, alice):
        shown = await show(device, member)
        assert (shown.id, shown.member.id) == (kept.id, alice.id)
    assert ((await Passkey.get()).sign_count, (await Passkey.get()).used_at) == (3, NOW)
    [happened] = await events.history(f"member:{alice.id}")
    assert (happened.name, happened.data) == ("passkey.added", {"passkey_id": kept.id})


async def test_what_a_device_is_asked(alice: Member, device: Authenticator) -> None:
    first = await passkeys.ask_to_register(alice, bound_to=BROWSER, at=NOW)
    options = first["options"]
    assert options["rp"]["id"] == "localhost"
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"
    assert options["attestation"] == "none"
    assert alice.email not in options["user"]["id"]
    assert len(options["challenge"]) >= 43
    await add(alice, device)
    again = (await passkeys.ask_to_register(alice, bound_to=BROWSER, at=NOW))["options"]
    assert [one["id"] for one in again["excludeCredentials"]] == [text(device.credential_id)]
    assert again["user"]["id"] == options["user"]["id"]
    assert again["challenge"] != options["challenge"]
    # Whoever signs in is asked for any passkey, so nobody learns who has one.
    anybody = (await passkeys.ask_to_show(member=None, bound_to=BROWSER, at=NOW))["options"]
    assert anybody.get("allowCredentials", []) == []
    assert anybody["userVerification"] == "required"


async def test_a_device_that_counts_nothing(alice: Member) -> None:
    device = Authenticator(counts=False)
    await add(alice, device)
    for _time in range(3):
        await show(device)
    assert (await Passkey.get()).sign_count == 0


# --- U5 ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://localhost:8001",
        "https://localhost:8000",
        "http://localhost:8000.evil.example",
        "",
    ],
)
async def test_another_origin(alice: Member, device: Authenticator, origin: str) -> None:
    with pytest.raises(PasskeyNotAccepted):
        await add(alice, Authenticator(), origin=origin)
    await add(alice, device)
    await nothing_shown(device, PasskeyNotAccepted, alice, origin=origin)


@pytest.mark.parametrize("rp_id", ["evil.example", "localhost.evil.example", ""])
async def test_another_site(alice: Member, device: Authenticator, rp_id: str) -> None:
    with pytest.raises(PasskeyNotAccepted):
        await add(alice, Authenticator(), rp_id=rp_id)
    await add(alice, device)
    await nothing_shown(device, PasskeyNotAccepted, alice, rp_id=rp_id)


async def test_a_challenge_again(alice: Member, device: Authenticator) -> None:
    await add(alice, device)
    asked = await passkeys.ask_to_show(member=None, bound_to=BROWSER, at=NOW)
    answer = device.get(asked["options"])
    await answered(asked, answer)
    with pytest.raises(ChallengeSpent):
        await answered(asked, answer)
    # The old answer under a new challenge of ours.
    with pytest.raises(PasskeyNotAccepted):
        await answered(await passkeys.ask_to_show(member=None, bound_to=BROWSER, at=NOW), answer)


@pytest.mark.parametrize("back", [1, 2])
async def test_a_count_that_goes_back(alice: Member, device: Authenticator, back: int) -> None:
    await add(alice, device)
    await show(device)
    device.count -= back
    with pytest.raises(PasskeyCopied):
        await show(device)
    assert (await Passkey.get()).revoked_at == NOW


async def test_a_device_that_stops_counting(alice: Member, device: Authenticator) -> None:
    await add(alice, device)
    device.counts, device.count = False, 0
    with pytest.raises(PasskeyCopied):
        await show(device)


async def test_without_asking_the_person(alice: Member, device: Authenticator) -> None:
    with pytest.raises(PasskeyNotAccepted):
        await add(alice, Authenticator(verifies=False))
    await add(alice, device)
    device.verifies = False
    await nothing_shown(device, PasskeyNotAccepted, alice)


async def test_a_copy_of_a_key(alice: Member, device: Authenticator) -> None:
    await add(alice, device)
    copy = device.copy()
    for _time in range(2):
        await show(device)
    with pytest.raises(PasskeyCopied):
        await show(copy)
    # Nobody can tell which of the two is the owner's, so it ends for both, and the owner is told.
    with pytest.raises(PasskeyUnknown):
        await show(device)
    assert [one.name for one in await events.history(f"member:{alice.id}")][-1] == "passkey.copied"
    assert len(await events.history(f"member:{alice.id}")) == 2


async def nothing_shown(device: Authenticator, refusal: type[Exception], member: Member, **lies: Any) -> None:
    """Neither signs in nor confirms, and the passkey stays as it was."""
    before = await Passkey.get()
    for owner in (None, member):
        with pytest.raises(refusal):
            await show(device, owner, **lies)
    after = await Passkey.get()
    assert (after.sign_count, after.used_at, after.revoked_at) == (before.sign_count, before.used_at, None)


# --- more that is not taken ----------------------------------------------------------------------------


async def test_a_wrong_signature_ends_nothing(alice: Member, device: Authenticator) -> None:
    """Whoever knows the id of a passkey alone cannot make it end by an old count."""
    await add(alice, device)
    await show(device)
    device.count = 0
    await nothing_shown(device, PasskeyNotAccepted, alice, signed=b"\x30\x06\x02\x01\x01\x02\x01\x01")


async def test_the_key_of_somebody_else(alice: Member, device: Authenticator) -> None:
    bob = await make.member("Bob")
    await add(alice, device)
    with pytest.raises(PasskeyUnknown):
        await show(device, bob)
    other = Authenticator()
    await add(bob, other)
    with pytest.raises(PasskeyNotAccepted):
        await show(device, user=other.user)
    with pytest.raises(PasskeyNotAccepted):
        await show(device, user=None)
    with pytest.raises(PasskeyTaken):
        await add(bob, device)


async def test_one_device_once(alice: Member, device: Authenticator) -> None:
    await add(alice, device)
    with pytest.raises(PasskeyTaken):
        await add(alice, device)
    assert await Passkey.all().count() == 1


async def test_a_challenge_is_for_one_browser_one_purpose_and_five_minutes(
    alice: Member, device: Authenticator
) -> None:
    await add(alice, device)
    bob = await make.member("Bob")
    asked = await passkeys.ask_to_show(member=alice, bound_to=BROWSER, at=NOW)
    answer, id = device.get(asked["options"]), UUID(asked["challenge"])
    late = NOW + passkeys.LASTS
    for refused in (
        passkeys.confirm(id, answer, member=alice, bound_to="another browser", at=NOW),
        passkeys.confirm(id, answer, member=bob, bound_to=BROWSER, at=NOW),
        passkeys.confirm(id, answer, member=alice, bound_to=BROWSER, at=late),
        passkeys.confirm(uuid4(), answer, member=alice, bound_to=BROWSER, at=NOW),
        passkeys.sign_in(id, answer, bound_to=BROWSER, at=NOW),
        passkeys.register(id, answer, name="x", member=alice, bound_to=BROWSER, at=NOW),
    ):
        with pytest.raises(ChallengeSpent):
            await refused
    assert (await passkeys.confirm(id, answer, member=alice, bound_to=BROWSER, at=NOW)).member_id == alice.id


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"id": None},
        {"id": "x"},
        {"id": "\x00"},
        {"id": ["x"]},
        {"id": "x" * 2000, "response": 3},
        {"id": "x", "rawId": "y", "type": "public-key", "response": {}},
    ],
)
async def test_nonsense(alice: Member, device: Authenticator, answer: dict[str, Any]) -> None:
    await add(alice, device)
    asked = await passkeys.ask_to_show(member=None, bound_to=BROWSER, at=NOW)
    with pytest.raises(PasskeyUnknown):
        await answered(asked, answer)
    asked = await passkeys.ask_to_register(alice, bound_to=BROWSER, at=NOW)
    with pytest.raises(PasskeyNotAccepted):
        await passkeys.register(
            UUID(asked["challenge"]), answer, name="x", member=alice, bound_to=BROWSER, at=NOW
        )


@pytest.mark.parametrize("name", ["clientDataJSON", "authenticatorData", "signature", "userHandle"])
@pytest.mark.parametrize("value", [None, 3, "", "!", "AAAA", {"x": 1}, "\x00", "é"])
async def test_damaged_answers(alice: Member, device: Authenticator, name: str, value: Any) -> None:
    await add(alice, device)
    asked = await passkeys.ask_to_show(member=None, bound_to=BROWSER, at=NOW)
    answer = device.get(asked["options"])
    answer["response"][name] = value
    with pytest.raises(PasskeyNotAccepted):
        await answered(asked, answer)
    assert (await Passkey.get()).used_at is None


@pytest.mark.parametrize("hints", [None, "usb", [3, {"x": 1}, ["usb"], "usb", "telepathy"], {"usb": 1}])
async def test_hints_from_anywhere(alice: Member, device: Authenticator, hints: Any) -> None:
    asked = await passkeys.ask_to_register(alice, bound_to=BROWSER, at=NOW)
    answer = device.create(asked["options"])
    answer["response"]["transports"] = hints
    key = await passkeys.register(
        UUID(asked["challenge"]), answer, name="", member=alice, bound_to=BROWSER, at=NOW
    )
    assert key.transports == (["usb"] if isinstance(hints, list) else [])
    assert key.name == "Passkey"


async def test_a_suspended_member(alice: Member, device: Authenticator) -> None:
    await add(alice, device)
    await suspend(alice, by=None, at=NOW)
    with pytest.raises(PasskeyUnknown):
        await show(device)


async def test_so_many_and_no_more(alice: Member) -> None:
    for _number in range(passkeys.PASSKEYS_MAX):
        await add(alice, Authenticator())
    with pytest.raises(TooManyPasskeys):
        await add(alice, Authenticator())


# --- keeping them --------------------------------------------------------------------------------------


async def test_removing(alice: Member, device: Authenticator) -> None:
    kept = await add(alice, device)
    token = await sessions.start(alice, agent="", at=NOW, confirmed_at=NOW, confirmed_by_id=kept.id)
    other = await sessions.start(alice, agent="", at=NOW, confirmed_at=NOW)
    bob = await make.member("Bob")
    with pytest.raises(NotFound):
        await passkeys.remove(kept.id, member=bob, at=NOW)
    assert await passkeys.remove(kept.id, member=alice, at=NOW) == "Phone"
    assert await passkeys.list_for(alice) == []
    with pytest.raises(PasskeyUnknown):
        await show(device)
    with pytest.raises(NotFound):
        await passkeys.remove(kept.id, member=alice, at=NOW)
    confirmed = [sessions.is_confirmed(await sessions.find(one, NOW), NOW) for one in (token, other)]
    assert confirmed == [False, True]
    assert [one.name for one in await events.history(f"member:{alice.id}")] == [
        "passkey.added",
        "passkey.removed",
    ]


async def test_naming(alice: Member, device: Authenticator) -> None:
    kept = await add(alice, device)
    await passkeys.rename(kept.id, "Key ring", member=alice)
    assert (await Passkey.get()).name == "Key ring"
    with pytest.raises(NotFound):
        await passkeys.rename(kept.id, "Mine", member=await make.member("Bob"))


async def test_nothing_secret_is_kept(alice: Member, device: Authenticator) -> None:
    await add(alice, device)
    await passkeys.ask_to_show(member=None, bound_to=BROWSER, at=NOW)
    secret = text(device.key.private_numbers().private_value.to_bytes(32, "big"))
    stored = str([dict(one) for one in [*await Passkey.all(), *await Challenge.all()]])
    assert secret not in stored
    assert BROWSER not in stored


async def test_forgetting(alice: Member) -> None:
    await passkeys.ask_to_show(member=alice, bound_to=BROWSER, at=NOW)
    assert await passkeys.forget(at=NOW + timedelta(days=1)) == 0
    assert await passkeys.forget(at=NOW + timedelta(days=1, minutes=6)) == 1


async def test_confirming_a_session(alice: Member, device: Authenticator) -> None:
    kept = await add(alice, device)
    token = await sessions.start(alice, agent="x", at=NOW)
    later = NOW + timedelta(hours=2)
    new = await sessions.confirm(token, kept.id, later)
    assert new is not None
    found = await sessions.find(new, later)
    assert found is not None
    assert sessions.is_confirmed(found, later + timedelta(hours=11, minutes=59))
    assert not sessions.is_confirmed(found, later + timedelta(hours=12))
    assert sessions.is_fresh(found, later + timedelta(minutes=59))
    # The old token lives a minute longer for requests under way, and is no better than before.
    old = await sessions.find(token, later)
    assert old is not None
    assert not sessions.is_confirmed(old, later)
    assert await sessions.find(token, later + timedelta(minutes=1)) is None
    assert await sessions.confirm(token, kept.id, later) is None
    assert await sessions.confirm("nobody's", kept.id, later) is None


async def test_a_new_token_keeps_what_was_shown(alice: Member) -> None:
    token = await sessions.start(alice, agent="x", at=NOW, confirmed_at=NOW)
    later = NOW + timedelta(minutes=30)
    renewed = await sessions.renew(await sessions.find(token, later), NOW + timedelta(minutes=20), later)
    found = await sessions.find(renewed or "", later)
    assert found is not None
    assert sessions.is_confirmed(found, NOW + timedelta(hours=11))
    assert not sessions.is_confirmed(found, NOW + timedelta(hours=12))
    assert not sessions.is_fresh(found, NOW + timedelta(hours=1))
    assert await Session.all().count() == 2
