"""From what a guest types to a reservation: ask, prove the address by the code or the link in a mail, then book.

Nobody learns here whether an address belongs to somebody who can sign in: the same rows are written and the same page
follows; only the mail differs, and says to sign in.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from tortoise.exceptions import IntegrityError

from booking import db, events, members, reservations
from booking.errors import NotFound, Refused
from booking.guests.keys import make_key
from booking.guests.models import GuestKey, GuestWish
from booking.i18n import lazy
from booking.members import Member
from booking.members.sessions import digest
from booking.reservations import ByCard, Reservation
from booking.timespan import TimeSpan

KEPT = timedelta(days=1)
# So long after their last booking a guest's name and address are kept.
REMEMBERED = timedelta(days=730)
# So long somebody whom a host asked is kept after the time that was held for them has run out.
NEVER_ANSWERED = timedelta(days=30)
FIELDS = ("name", "company", "vat_number", "title", "note", "language")


class MustSignIn(Refused):
    """The address belongs to somebody with an account, and they have just proved that it is theirs."""

    code = "must_sign_in"
    text = lazy("There is an account with your address. Please sign in: you may pay less, too.")


@dataclass(frozen=True)
class Asked:
    """A wish that waits for its proof. `code` and `link_token` are for the mail; both '' where it was sent before.

    `account`: the address is that of somebody who can sign in, who is told so by mail, and gets no code.
    """

    wish: GuestWish
    code: str
    link_token: str
    account: Member | None


def stranger(at: datetime) -> Member:
    """Somebody outside whom we do not know yet, for prices and rules; never saved."""
    return Member(id=0, email="", name="", category="external", guest=True, created_at=at)


async def ask(
    id: UUID,
    resource_id: int,
    span: TimeSpan,
    *,
    email: str,
    browser: str,
    seen_cents: int,
    people: int,
    quantity: int,
    at: datetime,
    **said: Any,
) -> Asked:
    """Keep what was typed (`said`: FIELDS) and begin to prove the address. The same again, in this browser, finds it.

    Raises TooMany as signing in does.
    """
    values = {
        "resource_id": resource_id,
        "begins_at": span.begins_at,
        "ends_at": span.ends_at,
        "people": people,
        "quantity": quantity,
        "email": email.strip().lower(),
        "seen_cents": seen_cents,
        **{name: said.get(name, "") for name in FIELDS},
    }
    known = await GuestWish.get_or_none(id=id)
    if known is not None:
        mine = hmac.compare_digest(known.browser_hash, digest(browser))
        if mine and all(getattr(known, name) == value for name, value in values.items()):
            return Asked(known, "", "", None)
        id = uuid4()  # typed anew, or somebody else's: a wish of its own
    asked = await members.sign_in.ask(
        values["email"], browser=browser, next_path="/guest", language=values["language"], at=at
    )
    try:
        async with db.transaction():
            wish = await GuestWish.create(
                id=id,
                sign_in_id=asked.sign_in_id,
                browser_hash=digest(browser),
                created_at=at,
                **values,
            )
    except IntegrityError:
        return await ask(
            id,
            resource_id,
            span,
            email=email,
            browser=browser,
            seen_cents=seen_cents,
            people=people,
            quantity=quantity,
            at=at,
            **said,
        )
    return Asked(wish, asked.code, asked.link_token, asked.member)


async def waiting(sign_in_id: UUID, *, browser: str, at: datetime) -> GuestWish:
    """The wish that this browser may go on with, its resource fetched. Raises NotFound elsewhere, and after a day."""
    found = (
        await GuestWish.filter(sign_in_id=sign_in_id, browser_hash=digest(browser), created_at__gt=at - KEPT)
        .select_related("resource__venue__entity", "resource__skill")
        .first()
    )
    if found is None:
        raise NotFound
    return found


async def prove(wish: GuestWish, code: str, *, browser: str, at: datetime) -> None:
    """The address is theirs: they typed its code. Raises CodeWrong, CodeSpent, TooMany, NotFound."""
    await members.sign_in.prove_by_code(wish.sign_in_id, code, browser=browser, at=at)
    await _proved(wish, at=at)


async def of_link(token: str, at: datetime) -> GuestWish:
    """The wish that a link belongs to, without using it. Raises LinkUsed."""
    asked = await members.sign_in.check_link(token, at)
    found = await GuestWish.filter(sign_in_id=asked.id).select_related("resource__venue__entity").first()
    if found is None:
        raise members.sign_in.LinkUsed
    return found


async def prove_by_link(token: str, *, browser: str, at: datetime) -> GuestWish:
    """The address is theirs: they used its link, in any browser, which may go on with it. Raises LinkUsed."""
    wish = await of_link(token, at)
    await members.sign_in.prove_by_link(token, at)
    wish.browser_hash = digest(browser)
    await wish.save(update_fields=["browser_hash"])
    await _proved(wish, at=at)
    return wish


async def _proved(wish: GuestWish, *, at: datetime) -> None:
    wish.verified_at = at
    await wish.save(update_fields=["verified_at"])


async def move(wish: GuestWish, resource_id: int, span: TimeSpan, *, seen_cents: int) -> None:
    """Another time or place instead: what else was typed stays."""
    wish.resource_id, wish.begins_at, wish.ends_at = resource_id, span.begins_at, span.ends_at
    wish.seen_cents = seen_cents
    await wish.save(update_fields=["resource_id", "begins_at", "ends_at", "seen_cents"])


async def book(
    wish: GuestWish, *, card: ByCard | None, at: datetime, seen_cents: int | None = None
) -> Reservation:
    """Take what was wished for, for the guest of this proved address, by the rules and prices for people outside.

    `seen_cents` is the price that was seen last, where that was not when they asked. Raises NotFound before the address
    is proved, MustSignIn, and what `reservations.reserve` raises.
    """
    if wish.verified_at is None:
        raise NotFound
    member = await _guest(wish, at=at)
    done = await reservations.reserve(
        wish.id,
        wish.resource_id,
        TimeSpan(wish.begins_at, wish.ends_at),
        by=member,
        at=at,
        card=card,
        people=wish.people,
        quantity=wish.quantity,
        title=wish.title,
        note=wish.note,
        company=wish.company,
        vat_number=wish.vat_number,
        seen_cents=wish.seen_cents if seen_cents is None else seen_cents,
    )
    await make_key(done.id, at=at)
    return done


async def _guest(wish: GuestWish, *, at: datetime) -> Member:
    """The guest with this address, made where there is none; their name and language are as typed last."""
    try:
        return await _found_or_made(wish, at=at)
    except IntegrityError:
        return await _found_or_made(wish, at=at)  # somebody was quicker


@db.atomic
async def _found_or_made(wish: GuestWish, *, at: datetime) -> Member:
    found = await Member.get_or_none(email=wish.email)
    if found is None:
        found = await Member.create(
            email=wish.email,
            name=wish.name,
            category="external",
            guest=True,
            language=wish.language,
            created_at=at,
        )
        # Names and addresses are not for ever, and events are.
        await events.record("member.guest", f"member:{found.id}", at=at, by_id=found.id)
        return found
    if not found.guest:
        raise MustSignIn
    await db.lock(Member, [found.id])
    found.name, found.language = wish.name, wish.language
    await found.save(update_fields=["name", "language"])
    return found


# --- forgetting --------------------------------------------------------------------------------------


async def forget(at: datetime) -> int:
    """Forget wishes older than a day, and guests whose last booking is two years past. Returns how many."""
    gone = await GuestWish.filter(created_at__lt=at - KEPT).delete()
    since = at - REMEMBERED
    old = await db.rows(
        "SELECT m.id AS id FROM member m WHERE m.guest AND m.created_at < ? AND m.email NOT LIKE ? "
        "AND NOT EXISTS (SELECT 1 FROM reservation r WHERE r.member_id = m.id AND r.ends_at >= ?) LIMIT 100",
        since,
        "%@forgotten.invalid",
        since,
    )
    # Whoever was only ever asked by a host, and never answered.
    old += await db.rows(
        "SELECT m.id AS id FROM member m WHERE m.guest AND m.email NOT LIKE ? "
        "AND EXISTS (SELECT 1 FROM reservation r WHERE r.member_id = m.id) "
        "AND NOT EXISTS (SELECT 1 FROM reservation r WHERE r.member_id = m.id "
        "AND (r.booked_by_id = m.id OR r.state <> 'expired' OR r.revised_at >= ?)) LIMIT 100",
        "%@forgotten.invalid",
        at - NEVER_ANSWERED,
    )
    ids = {row["id"] for row in old}
    for id in sorted(ids):
        await _forget_guest(id, at=at)
    return gone + len(ids)


@db.atomic
async def _forget_guest(member_id: int, *, at: datetime) -> None:
    """Name, address and words go; the booking's time and money, and its receipts, stay as the law of books asks."""
    [member] = await db.lock(Member, [member_id])
    member.email, member.name = f"guest-{member.id}@forgotten.invalid", "–"
    await member.save(update_fields=["email", "name"])
    theirs = Reservation.filter(member_id=member_id)
    ids: Any = await theirs.values_list("id", flat=True)
    await db.lock(Reservation, ids)
    await theirs.update(title="", note="", company="", vat_number="", reason="")
    await GuestKey.filter(reservation_id__in=list(ids)).delete()
    await events.record("member.forgotten", f"member:{member_id}", at=at)
