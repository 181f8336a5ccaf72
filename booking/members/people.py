"""Members themselves: finding them, and what they may change about themselves."""

from __future__ import annotations

from datetime import UTC, datetime

from tortoise.expressions import Q

from booking import db, events
from booking.errors import NotFound
from booking.i18n import LANGUAGES
from booking.members.models import Member, MemberSkill, Session

FIND_LETTERS_MIN = 3
# Stands for people and is none: imported bookings of people who are no members. No mailbox ends so (RFC 2606).
NOBODYS = ".invalid"


async def by_email(email: str) -> Member | None:
    """The member with this address, in whatever case it was typed."""
    email = email.strip().lower()
    return None if email.endswith(NOBODYS) else await Member.get_or_none(email=email)


async def get(member_id: int) -> Member:
    """The member. Raises NotFound."""
    member = await Member.get_or_none(id=member_id)
    if member is None:
        raise NotFound
    return member


async def find(term: str, *, most: int = 10, suspended: bool = False) -> list[Member]:
    """Members who are not suspended, by a part of their name or the beginning of their address, in order of names.

    `suspended` finds those too.

    For the hosts of a venue, who book for members: the caller asks who they are, and counts how often. Less than
    three letters find nobody, so that nobody lists everyone.
    """
    term = " ".join(term.split())
    if len(term) < FIND_LETTERS_MIN:
        return []
    # SQLite knows capitals of plain letters only, so a name is also looked up as names are written.
    named = Q(name__icontains=term) | Q(name__contains=term.title()) | Q(email__startswith=term.lower())
    found = Member.filter(named) if suspended else Member.filter(named, suspended_at__isnull=True)
    return await found.exclude(email__endswith=NOBODYS).order_by("name", "id").limit(most)


async def for_demo() -> list[Member]:
    """The invented people of the demonstration, in the order they were made."""
    return await Member.filter(demo=True, suspended_at__isnull=True).select_related("entity").order_by("id")


async def skills_of(member: Member, at: datetime) -> list[MemberSkill]:
    """The inductions the member holds today (by UTC's calendar), each with its skill fetched."""
    held = await MemberSkill.filter(member_id=member.id).select_related("skill").order_by("id")
    today = at.astimezone(UTC).date()
    return [skill for skill in held if skill.expires_on is None or skill.expires_on >= today]


@db.atomic
async def describe(
    member: Member, *, name: str, language: str, home_city: str, clock_hours: int, at: datetime
) -> None:
    """Change the member's own name, language, home city and clock. Raises ValueError for a language we do not speak."""
    if language not in LANGUAGES:
        raise ValueError(f"not one of our languages: {language}")
    [locked] = await db.lock(Member, [member.id])
    after = {"name": name, "language": language, "home_city": home_city, "clock_hours": clock_hours}
    before = {key: getattr(locked, key) for key in after}
    if before == after:
        return
    await Member.filter(id=member.id).update(**after)
    member.name, member.language, member.home_city, member.clock_hours = (
        name,
        language,
        home_city,
        clock_hours,
    )
    # The words themselves stay out of the events: what is written there can never be erased.
    changed = sorted(key for key in after if before[key] != after[key])
    await events.record("member.described", f"member:{member.id}", at=at, by_id=member.id, changed=changed)


@db.atomic
async def address_receipts(
    member: Member, *, company: str, address: str, vat_number: str, at: datetime
) -> None:
    """Say whom the member's receipts of card payments are for; '' for what is not on them. Issued ones stay."""
    await db.lock(Member, [member.id])
    after = {"company": company, "receipt_address": address, "vat_number": vat_number}
    if all(getattr(member, key) == value for key, value in after.items()):
        return
    await Member.filter(id=member.id).update(**after)
    member.company, member.receipt_address, member.vat_number = company, address, vat_number
    await events.record(
        "member.described", f"member:{member.id}", at=at, by_id=member.id, changed=["receipts"]
    )


async def speak(member: Member, language: str) -> None:
    """Remember the language the member chose. Raises ValueError for one we do not speak."""
    if language not in LANGUAGES:
        raise ValueError(f"not one of our languages: {language}")
    await Member.filter(id=member.id).update(language=language)
    member.language = language


@db.atomic
async def suspend(member: Member, *, by: Member | None, at: datetime) -> None:
    """Shut a member out, at once and in every browser: sessions are asked for a member who is not suspended."""
    await db.lock(Member, [member.id])
    if await Member.filter(id=member.id, suspended_at__isnull=True).update(suspended_at=at):
        by_id = by.id if by else None
        await events.record("member.suspended", f"member:{member.id}", at=at, by_id=by_id)


@db.atomic
async def unsuspend(member: Member, *, by: Member | None, at: datetime) -> None:
    """Let a member in again. Sessions from before the suspension stay ended."""
    await db.lock(Member, [member.id])
    if await Member.filter(id=member.id, suspended_at__isnull=False).update(suspended_at=None):
        await Session.filter(member_id=member.id, revoked_at__isnull=True).update(revoked_at=at)
        by_id = by.id if by else None
        await events.record("member.unsuspended", f"member:{member.id}", at=at, by_id=by_id)
