"""What makes one reservation of several: reserved, changed or cancelled by one press, and told by one mail."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Part:
    """A reservation's place among those made with it. `on` is the local date of the series that it stands for,
    `beside_id` the reservation of the room for which this equipment is."""

    together: UUID
    series_id: UUID | None = None
    on: date | None = None
    beside_id: UUID | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """What of it the reservation keeps."""
        return {"series_id": self.series_id, "series_on": self.on, "beside_id": self.beside_id}


def told_together(together: UUID | None) -> dict[str, Any]:
    """Beside an event: another one tells the member of all these at once, so this one makes no mail."""
    return {} if together is None else {"together": str(together)}
