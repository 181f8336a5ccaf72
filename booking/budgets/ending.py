"""Closing an Activity and opening it again: nothing waits on it any more, and what is left goes back to the books."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from booking import db, events
from booking.budgets import activities
from booking.budgets.keeping import kept
from booking.budgets.models import Activity
from booking.errors import Refused
from booking.i18n import lazy
from booking.ledger import Account
from booking.members import Member


class StillReserved(Refused):
    """Bookings that have not begun wait for money of the Activity."""

    code = "still_reserved"
    text = lazy(
        "%(reserved_cents)s of %(name)s is still reserved for bookings. They come first: cancel them, or wait."
    )
    rule = lazy("An Activity is closed when nothing waits for its money.")


class BalanceMoved(Refused):
    """There is another sum on it than the page said."""

    code = "balance_moved"
    text = lazy("There is %(balance_cents)s on %(name)s by now. Look at it again, then close it.")


class BelowZero(Refused):
    """The Activity owes something."""

    code = "below_zero"
    text = lazy("%(name)s stands at %(balance_cents)s. Enter an allotment first, so that it owes nothing.")
    rule = lazy("An Activity is closed at zero: what is left goes back to the books of the cooperative.")


@db.atomic
async def close(activity_id: int, *, seen_cents: int, by: Member, at: datetime) -> Activity:
    """Give what is left back to the books and close it, both or neither. A second click finds it closed.

    `seen_cents` is the balance that stood beside the button. Raises NotFound, StillReserved, BalanceMoved, BelowZero.
    """
    activity = await kept(activity_id, by=by, at=at)
    # Whoever is just booking on it has the account's lock, or comes after us and finds no money and no Activity.
    [account] = await db.lock(Account, [activity.account_id])
    activity = await Activity.get(id=activity_id).select_related("account", "entity")
    if activity.closed_at is not None:
        return activity
    about: dict[str, Any] = {"name": activity.name, "currency": account.currency}
    if account.debits_pending_cents:
        raise StillReserved(reserved_cents=account.debits_pending_cents, **about)
    left = account.balance_cents
    if left != seen_cents:
        raise BalanceMoved(balance_cents=left, **about)
    if left < 0:
        raise BelowZero(balance_cents=left, **about)
    if left:
        reference = f"closing {activity.number} {at:%Y-%m-%d %H:%M:%S}"[:80]
        await activities.allot(reference, activity, -left, at=at, note=str(activity.name)[:200], by_id=by.id)
    activity.closed_at = at
    await activity.save(update_fields=["closed_at"])
    await events.record(
        "activity.closed",
        f"activity:{activity.id}",
        at=at,
        by_id=by.id,
        number=activity.number,
        name=activity.name,
        given_back_cents=left,
        currency=account.currency,
    )
    return activity


@db.atomic
async def reopen(activity_id: int, *, by: Member, at: datetime) -> Activity:
    """Let it pay again; money comes by an allotment, as always. Again: nothing more happens. Raises NotFound."""
    activity = await kept(activity_id, by=by, at=at)
    await db.lock(Account, [activity.account_id])
    activity = await Activity.get(id=activity_id).select_related("account", "entity")
    if activity.closed_at is None:
        return activity
    activity.closed_at = None
    await activity.save(update_fields=["closed_at"])
    await events.record(
        "activity.reopened",
        f"activity:{activity.id}",
        at=at,
        by_id=by.id,
        number=activity.number,
        name=activity.name,
    )
    return activity
