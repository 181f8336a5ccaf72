"""leave: end the account of a member, as they could themself on the page."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from booking.commands import DONE
from booking.commands.running import NotPossible, as_json, run, say


def leave(wish: Namespace) -> int:
    async def work(_settings: Any) -> dict[str, Any]:
        from booking import clock, leaving, members
        from booking.errors import NotFound, Refused

        at, member = clock.now(), await members.by_email(wish.email)
        if member is None:
            raise NotPossible(f"Nobody here has the e-mail address {wish.email}.")
        if member.guest and not wish.at_once:
            raise NotPossible(
                f"{wish.email} is a guest, who cannot sign in to keep the account: add --at-once."
            )
        told = await _told(member, at)
        try:
            if wish.dry_run:
                await leaving.check(member, at=at)
                told["ends_at"] = at if wish.at_once else member.leaves_at or at + leaving.THINK_FOR
            elif wish.at_once:
                await leaving.end(member, at=at)
                told["ends_at"] = at
            else:
                told["ends_at"] = await leaving.ask(member, at=at, by_operator=True)
        except NotFound:
            raise NotPossible(f"Nobody here has the e-mail address {wish.email}.") from None
        except Refused as refusal:
            raise NotPossible(await _why(refusal, member, at)) from refusal
        return told

    told = run(work)
    if wish.json:
        say(as_json(told))
        return DONE
    if wish.dry_run:
        say("Nothing was changed. Without --dry-run:")
    day = f"{told['ends_at']:%Y-%m-%d %H:%M} UTC"
    if wish.at_once:
        say(f"The account of {wish.email} ends at once, and nobody can bring it back. No mail is sent.")
    else:
        say(f"The account of {wish.email} ends at {day}. A mail tells them; until then they can keep it.")
    kept = told["bookings_kept"]
    say(f"{kept} booking{'' if kept == 1 else 's'} of the past stay without their name, with what was paid.")
    for role in told["roles"]:
        say(f"Role that ends: {role}.")
    for one in told["activities"]:
        say(f"Activity that stays with {one['entity']}: {one['name']}, {one['left']} available.")
    return DONE


async def _told(member: Any, at: Any) -> dict[str, Any]:
    """What becomes of what they have."""
    from booking import budgets, i18n, members
    from booking.reservations import Reservation

    roles = await members.listed(at, email=member.email)
    return {
        "email": member.email,
        "ends_at": None,
        "bookings_kept": await Reservation.filter(member_id=member.id).count(),
        "roles": [
            f"{each.kind} of {house.key if (house := each.venue or each.entity) else 'the network'}"
            for each in roles
        ],
        "activities": [
            {
                "name": purse.activity.name,
                "entity": (await purse.activity.entity).key,
                "left": i18n.money(purse.available_cents, purse.currency),
                "left_cents": purse.available_cents,
                "currency": purse.currency,
            }
            for purse in await budgets.of(member.id)
        ],
    }


async def _why(refusal: Any, member: Any, at: Any) -> str:
    """The refusal, said to an operator; what the member is told speaks to the member."""
    from booking import i18n, leaving

    if isinstance(refusal, leaving.BookingsToCome):
        lines = [
            f"  {each.begins_at:%Y-%m-%d %H:%M} UTC, {i18n.name_of(each.resource)}, {i18n.name_of(each.venue)}"
            f" ({each.state}, {each.id})"
            for each in await leaving.to_come(member.id, at)
        ]
        return "\n".join([f"{member.email} still has bookings to come. Cancel them first, or wait:", *lines])
    if isinstance(refusal, leaving.MoneyUnderWay):
        return f"Money is still on its way back to a card of {member.email}. A treasurer sees it under Card payments."
    if isinstance(refusal, leaving.LastAdministrator):
        return f"{member.email} is the only administrator. Make somebody else one first (role grant)."
    return str(refusal.sentence)
