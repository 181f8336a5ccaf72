"""Passkeys: a key pair on a member's own device that proves who they are, by finger, face or PIN.

The server keeps the public half. A device signs a challenge of ours, which is random, made for one purpose, bound to
the session or browser that asked, used once and gone after five minutes. Whoever shows a passkey was verified by
their device: without that no answer is taken. The protocol's details are py_webauthn's.

A device that counts its signatures must count upwards. A good signature with an old count means that the key exists
twice: it is refused, the passkey ends for both, and its member is told.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import structlog
from tortoise.exceptions import IntegrityError

import settings
from booking import db, events
from booking.errors import NotFound, Refused
from booking.i18n import lazy as _
from booking.members.models import Challenge, Member, Passkey, Session
from booking.members.sessions import digest

LASTS = timedelta(minutes=5)
PASSKEYS_MAX = 20
NAME_LETTERS_MAX = 80
REGISTER, SIGN_IN, CONFIRM = "register", "sign_in", "confirm"
TRANSPORTS = frozenset({"usb", "nfc", "ble", "internal", "hybrid", "smart-card"})
CREDENTIAL_ID = re.compile(r"[A-Za-z0-9_-]{1,1400}")
log = structlog.get_logger("booking.members")


class PasskeyNotAccepted(Refused):
    code = "passkey_not_accepted"
    text = _("This passkey was not accepted. Try once more, or sign in by e-mail.")


class PasskeyUnknown(Refused):
    code = "passkey_unknown"
    text = _("We do not know this passkey; perhaps it was removed. Sign in by e-mail, and make a new one.")


class PasskeyCopied(Refused):
    code = "passkey_copied"
    text = _(
        "This passkey seems to exist twice, so it no longer works. Sign in by e-mail, and make a new one."
    )


class PasskeyTaken(Refused):
    code = "passkey_taken"
    text = _("This device has a passkey for you already.")


class TooManyPasskeys(Refused):
    code = "too_many_passkeys"
    text = _("You have %(most)d passkeys already. Remove one that you no longer use.")


class ChallengeSpent(Refused):
    code = "challenge_spent"
    text = _("That took too long. Try once more.")


# --- what we ask a device ----------------------------------------------------------------------------


async def ask_to_register(member: Member, *, bound_to: str, at: datetime) -> dict[str, Any]:
    """What a browser needs to make a passkey: {"challenge": our id for it, "options": WebAuthn's own, as JSON}.

    `bound_to` is the secret of the session. Raises TooManyPasskeys.
    """
    from webauthn import generate_registration_options
    from webauthn.helpers import options_to_json_dict
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    held = await list_for(member)
    if len(held) >= PASSKEYS_MAX:
        raise TooManyPasskeys(most=PASSKEYS_MAX)
    challenge = secrets.token_bytes(32)
    options = generate_registration_options(
        rp_id=rp_id(),
        rp_name=settings.NETWORK_NAME,
        user_id=handle(member.id),
        user_name=member.email,
        user_display_name=member.name,
        challenge=challenge,
        timeout=int(LASTS.total_seconds() * 1000),
        authenticator_selection=AuthenticatorSelectionCriteria(
            # The key must live on the device by itself, so that one can sign in without typing an address first.
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(held),
    )
    asked = await _ask(REGISTER, member.id, challenge, bound_to, at)
    return {"challenge": str(asked), "options": options_to_json_dict(options=options)}


async def ask_to_show(*, member: Member | None, bound_to: str, at: datetime) -> dict[str, Any]:
    """What a browser needs to show a passkey: one of the member's to confirm a session, any of ours to sign in."""
    from webauthn import generate_authentication_options
    from webauthn.helpers import options_to_json_dict
    from webauthn.helpers.structs import UserVerificationRequirement

    challenge = secrets.token_bytes(32)
    options = generate_authentication_options(
        rp_id=rp_id(),
        challenge=challenge,
        timeout=int(LASTS.total_seconds() * 1000),
        allow_credentials=_descriptors(await list_for(member)) if member else None,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    asked = await _ask(CONFIRM if member else SIGN_IN, member.id if member else None, challenge, bound_to, at)
    return {"challenge": str(asked), "options": options_to_json_dict(options=options)}


async def _ask(purpose: str, member_id: int | None, challenge: bytes, bound_to: str, at: datetime) -> UUID:
    from webauthn.helpers import bytes_to_base64url

    made = await Challenge.create(
        id=uuid4(),
        purpose=purpose,
        member_id=member_id,
        bound_hash=digest(bound_to),
        challenge=bytes_to_base64url(challenge),
        created_at=at,
        expires_at=at + LASTS,
    )
    return made.id


# --- what a device answers ---------------------------------------------------------------------------


async def register(
    asked: UUID, answer: Mapping[str, Any], *, name: str, member: Member, bound_to: str, at: datetime
) -> Passkey:
    """Keep a new passkey of the member. `answer` is the browser's PublicKeyCredential as JSON.

    Raises ChallengeSpent, PasskeyNotAccepted, PasskeyTaken, TooManyPasskeys.
    """
    from webauthn import verify_registration_response
    from webauthn.helpers import bytes_to_base64url

    challenge = await _spend(asked, REGISTER, member.id, bound_to, at)
    try:
        shown = verify_registration_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=rp_id(),
            expected_origin=origin(),
            require_user_verification=True,
        )
    except Exception as error:
        # The library lets errors of its parsers through, and what is parsed comes from outside.
        raise _not_accepted(error) from error
    hints = _part(answer, "response").get("transports")
    said = [hint for hint in hints if isinstance(hint, str)] if isinstance(hints, list) else []
    credential_id = bytes_to_base64url(shown.credential_id)
    if not CREDENTIAL_ID.fullmatch(credential_id):
        raise _not_accepted("the id of its credential is too long")
    return await _keep(
        member,
        name=name.strip()[:NAME_LETTERS_MAX] or "Passkey",
        credential_id=credential_id,
        public_key=bytes_to_base64url(shown.credential_public_key),
        sign_count=shown.sign_count,
        transports=sorted(TRANSPORTS.intersection(said)),
        synced=shown.credential_backed_up,
        at=at,
    )


async def sign_in(asked: UUID, answer: Mapping[str, Any], *, bound_to: str, at: datetime) -> Passkey:
    """The passkey that somebody signs in with, its member fetched.

    Raises ChallengeSpent, PasskeyUnknown (also for a suspended member), PasskeyNotAccepted, PasskeyCopied.
    """
    challenge = await _spend(asked, SIGN_IN, None, bound_to, at)
    # Who is asking is what the device says here, so it must say it, and it must be the key's owner.
    return await _shown(answer, challenge, at=at, owner=None)


async def confirm(
    asked: UUID, answer: Mapping[str, Any], *, member: Member, bound_to: str, at: datetime
) -> Passkey:
    """The passkey with which the member confirms a session. Raises what `sign_in` raises."""
    challenge = await _spend(asked, CONFIRM, member.id, bound_to, at)
    return await _shown(answer, challenge, at=at, owner=member)


async def _spend(asked: UUID, purpose: str, member_id: int | None, bound_to: str, at: datetime) -> bytes:
    """The challenge, which no second answer will find. Raises ChallengeSpent."""
    from webauthn import base64url_to_bytes

    found = await Challenge.get_or_none(
        id=asked, purpose=purpose, member_id=member_id, bound_hash=digest(bound_to)
    )
    # Spent before the answer is looked at, so that nobody tries twice with one challenge.
    if found is None or not await Challenge.filter(
        id=found.id, used_at__isnull=True, expires_at__gt=at
    ).update(used_at=at):
        raise ChallengeSpent
    return base64url_to_bytes(found.challenge)


async def _shown(
    answer: Mapping[str, Any], challenge: bytes, *, at: datetime, owner: Member | None
) -> Passkey:
    from webauthn import base64url_to_bytes, verify_authentication_response
    from webauthn.helpers import bytes_to_base64url

    credential_id = answer.get("id")
    if not isinstance(credential_id, str) or not CREDENTIAL_ID.fullmatch(credential_id):
        raise PasskeyUnknown
    key = await Passkey.get_or_none(credential_id=credential_id, revoked_at__isnull=True).select_related(
        "member"
    )
    if key is None or key.member.suspended_at or (owner is not None and key.member_id != owner.id):
        raise PasskeyUnknown
    told = _part(answer, "response").get("userHandle")
    if (told or owner is None) and told != bytes_to_base64url(handle(key.member_id)):
        raise _not_accepted("another user handle")
    try:
        shown = verify_authentication_response(
            credential=dict(answer),
            expected_challenge=challenge,
            expected_rp_id=rp_id(),
            expected_origin=origin(),
            credential_public_key=base64url_to_bytes(key.public_key),
            # The library would look at the count before the signature; only a good signature may end a passkey.
            credential_current_sign_count=0,
            require_user_verification=True,
        )
    except Exception as error:
        raise _not_accepted(error) from error
    if not await _counts_up(key, shown.new_sign_count, at):
        await _end_copied(key, at)
        raise PasskeyCopied
    return key


async def _counts_up(key: Passkey, new: int, at: datetime) -> bool:
    """Note the device's count, if it is higher than before or the device never counts. One of two at once wins."""
    live = Passkey.filter(id=key.id, revoked_at__isnull=True)
    if new == 0:
        return bool(await live.filter(sign_count=0).update(used_at=at))
    return bool(await live.filter(sign_count__lt=new).update(sign_count=new, used_at=at))


@db.atomic
async def _keep(member: Member, *, name: str, at: datetime, credential_id: str, **values: Any) -> Passkey:
    await db.lock(Member, [member.id])
    if await Passkey.filter(member_id=member.id, revoked_at__isnull=True).count() >= PASSKEYS_MAX:
        raise TooManyPasskeys(most=PASSKEYS_MAX)
    if await Passkey.exists(credential_id=credential_id):
        raise PasskeyTaken
    try:
        async with db.transaction():
            key = await Passkey.create(
                member_id=member.id, name=name, created_at=at, credential_id=credential_id, **values
            )
    except IntegrityError as error:
        raise PasskeyTaken from error
    await _record("passkey.added", key, at=at, by_id=member.id)
    return key


# --- keeping them ------------------------------------------------------------------------------------


async def list_for(member: Member) -> list[Passkey]:
    """The member's passkeys, the oldest first."""
    return await Passkey.filter(member_id=member.id, revoked_at__isnull=True).order_by("id")


async def rename(passkey_id: int, name: str, *, member: Member) -> None:
    """Call one of the member's passkeys something else. Raises NotFound for anyone else's."""
    mine = Passkey.filter(id=passkey_id, member_id=member.id, revoked_at__isnull=True)
    if not await mine.update(name=name[:NAME_LETTERS_MAX]):
        raise NotFound


@db.atomic
async def remove(passkey_id: int, *, member: Member, at: datetime) -> str:
    """End one of the member's passkeys; sessions that it confirmed are no longer confirmed. Returns its name.

    Raises NotFound for anyone else's and for one that ended before.
    """
    await db.lock(Member, [member.id])
    key = await Passkey.get_or_none(id=passkey_id, member_id=member.id, revoked_at__isnull=True)
    if key is None:
        raise NotFound
    await _end(key, at)
    await _record("passkey.removed", key, at=at, by_id=member.id)
    return key.name


@db.atomic
async def _end_copied(key: Passkey, at: datetime) -> None:
    await db.lock(Member, [key.member_id])
    if await _end(key, at):
        log.warning("passkey_copied", passkey_id=key.id, member_id=key.member_id)
        await _record("passkey.copied", key, at=at, by_id=None)


async def _end(key: Passkey, at: datetime) -> bool:
    await Session.filter(confirmed_by_id=key.id).update(confirmed_at=None)
    return bool(await Passkey.filter(id=key.id, revoked_at__isnull=True).update(revoked_at=at))


async def _record(name: str, key: Passkey, *, at: datetime, by_id: int | None) -> None:
    # The name stays out: the member wrote it, and what is written into the events can never be erased.
    await events.record(name, f"member:{key.member_id}", at=at, by_id=by_id, passkey_id=key.id)


async def forget(*, at: datetime) -> int:
    """Delete challenges older than a day. Returns how many rows went."""
    return await Challenge.filter(expires_at__lt=at - timedelta(days=1)).delete()


# --- who we are to a device --------------------------------------------------------------------------


def rp_id() -> str:
    """The host that passkeys belong to: they work on no other."""
    return urlsplit(settings.BASE_URL).hostname or ""


def origin() -> str:
    """Where a passkey must have been asked for: our own address, with scheme and port."""
    address = urlsplit(settings.BASE_URL)
    return f"{address.scheme}://{address.netloc}".lower()


def handle(member_id: int) -> bytes:
    """What a device calls the member: always the same, and nothing that tells who it is."""
    return hashlib.sha256(f"share-the-desk member {member_id}".encode()).digest()


def _descriptors(keys: list[Passkey]) -> list[Any]:
    from webauthn import base64url_to_bytes
    from webauthn.helpers.structs import AuthenticatorTransport, PublicKeyCredentialDescriptor

    known = {each.value for each in AuthenticatorTransport}
    return [
        PublicKeyCredentialDescriptor(
            id=base64url_to_bytes(key.credential_id),
            transports=[AuthenticatorTransport(hint) for hint in key.transports if hint in known] or None,
        )
        for key in keys
    ]


def _part(answer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = answer.get(name)
    return found if isinstance(found, Mapping) else {}


def _not_accepted(why: object) -> PasskeyNotAccepted:
    log.info("passkey_not_accepted", why=str(why)[:200])
    return PasskeyNotAccepted()
