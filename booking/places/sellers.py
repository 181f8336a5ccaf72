"""What stands on an entity's receipts as the seller: its legal name, address, VAT number and number in a register."""

from __future__ import annotations

from datetime import datetime

from booking import db, events
from booking.places.models import Entity

SELLER = ("legal_name", "address", "vat_number", "register_number")
# What a receipt or an invoice has to name in all our countries (VAT Directive, art. 226).
NEEDED = ("legal_name", "address", "vat_number")


def seller_lacks(entity: Entity) -> list[str]:
    """Which of NEEDED are missing."""
    return [name for name in NEEDED if not getattr(entity, name)]


@db.atomic
async def describe_seller(entity_id: int, *, by_id: int, at: datetime, **said: str) -> bool:
    """Change what SELLER names, for receipts from now on; issued ones keep their copy. False where nothing differs."""
    [entity] = await db.lock(Entity, [entity_id])
    after = {name: said[name] for name in SELLER}
    before = {name: getattr(entity, name) for name in SELLER}
    if before == after:
        return False
    entity.update_from_dict(after)
    await entity.save(update_fields=list(SELLER))
    await events.record(
        "entity.seller", f"entity:{entity_id}", at=at, by_id=by_id, before=before, after=after
    )
    return True
