"""Signing in without a password: a mail with a link for any browser, and a code for the browser that asked.

Nobody learns here whether an address is a member's: the same rows are written, the same answer is given, and only
the mail is missing. A link and its code are used once, together; both end after thirty minutes.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import settings
from booking import limits
from booking.errors import NotFound, Refused
from booking.i18n import lazy as _
from booking.members.models import Member, SignIn
from booking.members.sessions import digest

LASTS = timedelta(minutes=30)
ATTEMPTS_MAX = 5
ASKS_MAX, ASKS_SECONDS = 10, 15 * 60
CODES_MAX, CODES_SECONDS = 10, 15 * 60


@dataclass(frozen=True)
class Asked:
    """A request to sign in. `member` is None for an address of nobody who can: then no mail goes out."""

    sign_in_id: UUID
    code: str
    link_token: str
    email: str
    language: str
    member: Member | None


class LinkUsed(Refused):
    code = "link_used"
    text = _("This link no longer works: it was used already, or it is older than half an hour.")


class CodeWrong(Refused):
    code = "code_wrong"
    text = _("This is not the code that we sent. You may try %(left)d more times.")


class CodeSpent(Refused):
    code = "code_spent"
    text = _("This code no longer works. Ask for a new one.")


async def ask(
    email: str, *, browser: str, next_path: str, language: str, at: datetime, known: bool = False
) -> Asked:
    """Begin to sign in. `browser` is the secret of the browser that asks; the code will work only there.

    `known` says that this browser has signed in as this address before: then strangers who ask for the same address
    do not use up its tries. Raises TooMany after ten within a quarter of an hour.
    """
    email = email.strip().lower()
    await limits.count(
        _rate_key("ask", email, browser, known), most=ASKS_MAX, per_seconds=ASKS_SECONDS, at=at
    )
    member = await _who_can(email)
    sign_in_id, link_token = uuid4(), secrets.token_urlsafe(32)
    code = f"{secrets.randbelow(1_000_000):06}"
    speak = member.language if member else language
    await SignIn.create(
        id=sign_in_id,
        email=email,
        link_hash=digest(link_token),
        code_hash=_code_hash(sign_in_id, code),
        browser_hash=digest(browser),
        next_path=next_path,
        language=speak,
        created_at=at,
        expires_at=at + LASTS,
    )
    return Asked(sign_in_id, code, link_token, email, speak, member)


async def waiting(sign_in_id: UUID, *, browser: str) -> SignIn:
    """The request whose code this browser may type, whether it still runs or not. Raises NotFound elsewhere."""
    asked = await SignIn.get_or_none(id=sign_in_id, browser_hash=digest(browser))
    if asked is None:
        raise NotFound
    return asked


async def check_link(token: str, at: datetime) -> SignIn:
    """The request a link belongs to, without using it. Raises LinkUsed."""
    asked = await SignIn.get_or_none(link_hash=digest(token))
    if asked is None or asked.used_at is not None or asked.expires_at <= at:
        raise LinkUsed
    return asked


async def use_link(token: str, at: datetime) -> tuple[Member, str]:
    """Sign in by link: the member, and the path they wanted. Works once, in any browser. Raises LinkUsed."""
    asked = await check_link(token, at)
    member = await _who_can(asked.email)
    if member is None:
        raise LinkUsed
    await prove_by_link(token, at)
    return member, asked.next_path


async def prove_by_link(token: str, at: datetime) -> SignIn:
    """Use the link up: whoever sends it reads the mail of its address. Works once. Raises LinkUsed."""
    asked = await check_link(token, at)
    if not await SignIn.filter(id=asked.id, used_at__isnull=True).update(used_at=at):
        raise LinkUsed
    return asked


async def use_code(
    sign_in_id: UUID, code: str, *, browser: str, at: datetime, known: bool = False
) -> tuple[Member, str]:
    """Sign in by the six digits, in the browser that asked: the member, and the path they wanted.

    Raises what `prove_by_code` raises, and CodeSpent for somebody who cannot sign in.
    """
    asked = await prove_by_code(sign_in_id, code, browser=browser, at=at, known=known, use=False)
    member = await _who_can(asked.email)
    live = SignIn.filter(id=sign_in_id, used_at__isnull=True, expires_at__gt=at)
    if member is None or not await live.update(used_at=at):
        raise CodeSpent
    return member, asked.next_path


async def prove_by_code(
    sign_in_id: UUID, code: str, *, browser: str, at: datetime, known: bool = False, use: bool = True
) -> SignIn:
    """Check the six digits, and use them up: whoever types them here reads the mail of its address.

    Raises CodeWrong, CodeSpent (five wrong ones, used, or half an hour old), NotFound in another browser, and TooMany
    after ten codes for one address within a quarter of an hour.
    """
    asked = await waiting(sign_in_id, browser=browser)
    key = _rate_key("code", asked.email, browser, known)
    await limits.count(key, most=CODES_MAX, per_seconds=CODES_SECONDS, at=at)
    # The attempt is counted before the code is looked at, so parallel guesses cannot share one count.
    live = SignIn.filter(id=sign_in_id, used_at__isnull=True, expires_at__gt=at)
    if not await live.filter(attempts=asked.attempts, attempts__lt=ATTEMPTS_MAX).update(
        attempts=asked.attempts + 1
    ):
        raise CodeSpent
    if not hmac.compare_digest(asked.code_hash, _code_hash(sign_in_id, code)):
        left = ATTEMPTS_MAX - asked.attempts - 1
        raise CodeWrong(left=left) if left else CodeSpent
    if use and not await live.update(used_at=at):
        raise CodeSpent
    return asked


async def _who_can(email: str) -> Member | None:
    """The member with this address, if they may sign in: guests have no account, suspended members no access."""
    return await Member.get_or_none(email=email, suspended_at__isnull=True, guest=False)


async def forget(*, at: datetime) -> int:
    """Delete requests older than a day. Returns how many rows went."""
    return await SignIn.filter(expires_at__lt=at - timedelta(days=1)).delete()


def _code_hash(sign_in_id: UUID, code: str) -> str:
    """Six digits are guessed in a blink from a plain hash, so the server's key goes in."""
    key = str(settings.SECRET_KEY).encode()
    return hmac.new(key, f"sign-in code {sign_in_id} {code}".encode(), hashlib.sha256).hexdigest()


def _rate_key(what: str, email: str, browser: str, known: bool) -> str:
    whose = digest(f"{email} {browser}" if known else email)[:32]
    return f"sign-in-{what}{'-known' if known else ''}:{whose}"
