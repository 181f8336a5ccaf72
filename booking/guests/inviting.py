"""A host asks somebody without an account: the time is held at once, and a mail asks them to confirm and pay.

The mail alone has the address of the private page, so whoever pays there has shown that the address is theirs. Until
then the host answers for it: the hold ends by itself, and somebody who never answered is forgotten after a month.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from tortoise.exceptions import IntegrityError

from booking import db, events, i18n, limits, places, reservations
from booking.errors import Refused
from booking.guests.keys import make_key
from booking.i18n import lazy
from booking.members import Member
from booking.members.sessions import digest
from booking.reservations import ByCard, Reservation
from booking.timespan import TimeSpan

# Of one host; of looking people up, as other pages count it too; of mails to one address, whoever has them sent.
ASKS_MAX, ASKS_SECONDS = 30, 60 * 60
FINDS_MAX, FINDS_SECONDS = 60, 600
MAILS_MAX, MAILS_SECONDS = 5, 15 * 60


class NoCards(Refused):
    """Whoever is not a member pays by card, and this house takes none."""

    code = "no_cards"
    text = lazy("Guests pay by card, and %(resource)s cannot be paid by card yet.")


class HasAccount(Refused):
    """The address is that of somebody with an account: they are booked for as members are."""

    code = "has_account"
    text = lazy("There is an account with this address. Book for them as a member: their own prices hold.")


async def count_asking(by: Member, email: str, *, at: datetime) -> None:
    """Raises TooMany: each time may mail somebody who does not know us, and tells whether they have an account."""
    await limits.count(f"ask-guest:{by.id}", most=ASKS_MAX, per_seconds=ASKS_SECONDS, at=at)
    await limits.count(f"find-members:{by.id}", most=FINDS_MAX, per_seconds=FINDS_SECONDS, at=at)
    await limits.count(f"guest-pages:{digest(email)[:32]}", most=MAILS_MAX, per_seconds=MAILS_SECONDS, at=at)


async def invite(
    id: UUID,
    resource_id: int,
    span: TimeSpan,
    *,
    by: Member,
    card: ByCard | None,
    email: str,
    name: str,
    language: str,
    at: datetime,
    company: str = "",
    vat_number: str = "",
    people: int = 1,
    quantity: int = 1,
    title: str = "",
    note: str = "",
    seen_cents: int | None = None,
    overrides: Iterable[str] = (),
    override_reason: str = "",
) -> Reservation:
    """Hold it for the guest of this address, by the rules and prices for people outside; the event makes the mail.

    `by` is a host of the venue, or NotFound. A guest we know keeps the name and language they gave. Raises HasAccount,
    NoCards, and what `reservations.reserve` raises; then nobody new is kept.
    """
    email = email.strip().lower()
    try:
        member, made = await _guest(email, name, language, by=by, at=at)
    except IntegrityError:
        member, made = await _guest(email, name, language, by=by, at=at)  # somebody was quicker
    try:
        done = await reservations.reserve(
            id,
            resource_id,
            span,
            by=by,
            for_member=member,
            at=at,
            card=card,
            people=people,
            quantity=quantity,
            title=title,
            note=note,
            company=company,
            vat_number=vat_number,
            seen_cents=seen_cents,
            overrides=overrides,
            override_reason=override_reason,
        )
    except Exception as error:
        if made:
            await _take_back(member)
        if isinstance(error, Refused) and error.code == "payment_needed":
            raise NoCards(resource=i18n.name_of(await places.resource(resource_id))) from error
        raise
    if made and done.member_id != member.id:
        await _take_back(member)  # the second press of one button, with another address in it
    await make_key(done.id, at=at)
    return done


@db.atomic
async def _guest(email: str, name: str, language: str, *, by: Member, at: datetime) -> tuple[Member, bool]:
    """The guest of this address, and whether they are new."""
    found = await Member.get_or_none(email=email)
    if found is not None:
        if not found.guest:
            raise HasAccount()
        return found, False
    made = await Member.create(
        email=email, name=name, category="external", guest=True, language=language, created_at=at
    )
    await events.record("member.guest", f"member:{made.id}", at=at, by_id=by.id)
    return made, True


@db.atomic
async def _take_back(member: Member) -> None:
    """Nothing was held for them, so nothing of them is kept; unless somebody else has booked for them meanwhile."""
    await db.lock(Member, [member.id])
    if not await Reservation.exists(member_id=member.id):
        await Member.filter(id=member.id).delete()
