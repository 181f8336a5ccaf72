"""Signing in by another service, over OpenID Connect: sending the visitor there, and who they are when they come back.

State, nonce and PKCE's verifier stay on the server, bound to the browser that asked, used once, gone after ten minutes.
A person there is linked to a member here once, by an e-mail address that the service has verified; from then on by
what the service calls them, whatever becomes of the address.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import uuid4

from tortoise.exceptions import IntegrityError

import settings
from booking import db, events
from booking.errors import Refused
from booking.i18n import lazy as _
from booking.members import oidc_provider as there
from booking.members.models import Identity, Member, OidcRequest
from booking.members.oidc_provider import Claims, OidcAway, OidcNotAccepted, name
from booking.members.sessions import digest

__all__ = [
    "AddressLinked", "EmailNotVerified", "NobodyHere", "OidcAway", "OidcNotAccepted", "OidcSpent", "OidcStopped",
    "begin", "finish", "forget", "is_on", "name", "redirect_uri",
]  # fmt: skip

LASTS = timedelta(minutes=10)


class OidcSpent(Refused):
    code = "sign_in_spent"
    text = _("This sign-in took too long, or it began in another browser. Try once more.")


class OidcStopped(Refused):
    code = "sign_in_stopped"
    text = _("You did not go on at %(name)s. Nothing has happened.")


class EmailNotVerified(Refused):
    code = "email_not_verified"
    text = _("%(name)s has not verified your e-mail address, so we cannot know you by it. Sign in by e-mail.")


class AddressLinked(Refused):
    code = "address_linked"
    text = _("Your e-mail address belongs to another person at %(name)s. Ask an administrator.")


class NobodyHere(Refused):
    code = "nobody_here"
    text = _(
        "Nobody here has the e-mail address that %(name)s told us. You become a member through your cooperative."
    )


def is_on() -> bool:
    """Whether this installation offers it."""
    return bool(settings.OIDC_ISSUER and settings.OIDC_CLIENT_ID)


def redirect_uri() -> str:
    """Where the service sends people back to, as it must be registered there: by BASE_URL, whatever a proxy does."""
    return f"{settings.BASE_URL}/sign-in/oidc/back"


async def begin(*, browser: str, next_path: str, at: datetime) -> str:
    """Remember that this browser goes to sign in there; returns the address. Raises OidcAway."""
    provider = await there.discover(at)
    state, nonce, verifier = (secrets.token_urlsafe(32), secrets.token_urlsafe(32), secrets.token_urlsafe(64))
    await OidcRequest.create(
        id=uuid4(),
        state_hash=digest(state),
        browser_hash=digest(browser),
        issuer=provider.issuer,
        nonce=nonce,
        verifier=verifier,
        next_path=next_path,
        created_at=at,
        expires_at=at + LASTS,
    )
    return there.authorization_url(
        provider, state=state, nonce=nonce, verifier=verifier, redirect_uri=redirect_uri()
    )


async def finish(told: Mapping[str, str], *, browser: str, language: str, at: datetime) -> tuple[Member, str]:
    """Who came back with this query, and the path they wanted. A request is used once, whatever comes of it.

    Raises OidcSpent, OidcStopped, OidcAway, OidcNotAccepted, EmailNotVerified, AddressLinked, NobodyHere.
    """
    asked = await _spend(told.get("state", ""), browser, at)
    provider = await there.discover(at)
    issuer = told.get("iss", provider.issuer if not provider.says_issuer else "")
    # Two services mixed up: an answer of one must not be redeemed at the other (RFC 9207).
    if issuer != asked.issuer or provider.issuer != asked.issuer:
        raise there.not_accepted(f"the answer comes from {issuer!r}")
    if "error" in told:
        if told["error"] == "access_denied":
            raise OidcStopped(name=name())
        raise there.not_accepted(told["error"])
    code = told.get("code", "")
    if not 0 < len(code) <= 4000:
        raise there.not_accepted("there is no code")
    claims = await there.redeem(
        provider, code, nonce=asked.nonce, verifier=asked.verifier, redirect_uri=redirect_uri(), at=at
    )
    return await _member_of(provider.issuer, claims, language, at), asked.next_path


async def _spend(state: str, browser: str, at: datetime) -> OidcRequest:
    asked = await OidcRequest.get_or_none(state_hash=digest(state), browser_hash=digest(browser))
    if asked is None or not await OidcRequest.filter(
        id=asked.id, used_at__isnull=True, expires_at__gt=at
    ).update(used_at=at, verifier="", nonce=""):
        raise OidcSpent
    return asked


async def _member_of(issuer: str, claims: Claims, language: str, at: datetime) -> Member:
    known = await Identity.get_or_none(issuer=issuer, subject=claims.subject).select_related("member")
    if known is not None:
        if known.member.suspended_at:
            raise NobodyHere(name=name())
        await Identity.filter(id=known.id).update(used_at=at)
        return known.member
    if not claims.email or not claims.email_verified:
        raise EmailNotVerified(name=name())
    return await _link(issuer, claims, language, at)


@db.atomic
async def _link(issuer: str, claims: Claims, language: str, at: datetime) -> Member:
    """The member with this verified address from now on, or a new one where the settings allow it."""
    member = await Member.get_or_none(email=claims.email)
    if member is None:
        member = await _create(claims, language, at)
    elif member.suspended_at:
        raise NobodyHere(name=name())
    else:
        await db.lock(Member, [member.id])
    # The address may have gone to somebody else there; what was linked first stays.
    if await Identity.exists(issuer=issuer, member_id=member.id):
        raise AddressLinked(name=name())
    try:
        async with db.transaction():
            await Identity.create(
                member_id=member.id,
                issuer=issuer,
                subject=claims.subject,
                email=claims.email,
                linked_at=at,
                used_at=at,
            )
    except IntegrityError as error:
        raise AddressLinked(name=name()) from error
    await events.record("identity.linked", f"member:{member.id}", at=at, by_id=member.id, issuer=issuer)
    return member


async def _create(claims: Claims, language: str, at: datetime) -> Member:
    if not settings.OIDC_CREATE_MEMBERS:
        raise NobodyHere(name=name())
    try:
        async with db.transaction():
            member = await Member.create(
                email=claims.email,
                name=claims.name or claims.email.partition("@")[0],
                language=language,
                created_at=at,
            )
    except IntegrityError as error:
        # Two browsers at once: the other one made the member, and the next try finds them.
        raise OidcSpent from error
    await events.record("member.created", f"member:{member.id}", at=at, by_id=member.id, way="oidc")
    return member


async def forget(*, at: datetime) -> int:
    """Delete requests older than a day. Returns how many rows went."""
    return await OidcRequest.filter(expires_at__lt=at - timedelta(days=1)).delete()
