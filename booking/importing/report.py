"""What an import did, or would do; and the transaction that it is done in."""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from booking import db, events
from booking.importing.files import Reading


@dataclass(frozen=True)
class Change:
    """One object that is new, or whose fields change: name to (before, after)."""

    kind: str
    key: str
    new: bool
    fields: dict[str, tuple[Any, Any]]

    def __str__(self) -> str:
        if self.new:
            return f"new {self.kind} {self.key}"
        said = "; ".join(f"{name}: {_brief(old)} → {_brief(new)}" for name, (old, new) in self.fields.items())
        return f"{self.kind} {self.key}: {said}"


@dataclass
class Report:
    """What changed, and how many objects were there already just so."""

    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0

    def as_json(self) -> dict[str, Any]:
        return {
            "new": sum(change.new for change in self.changes),
            "changed": sum(not change.new for change in self.changes),
            "unchanged": self.unchanged,
            "changes": [
                {
                    "kind": change.kind,
                    "key": change.key,
                    "new": change.new,
                    "fields": {name: [plain(old), plain(new)] for name, (old, new) in change.fields.items()},
                }
                for change in self.changes
            ],
        }


def ignored(_count: int) -> None:
    """For whoever does not want to hear how far an import is."""


@dataclass
class Run:
    """One import under way: its moment, the complaints, and what it changed so far.

    `tell` hears how many objects were gone through; after a deadlock it hears 1 again. It must not raise.
    """

    at: datetime
    reading: Reading
    report: Report = field(default_factory=Report)
    tell: Callable[[int], None] = ignored
    counted: int = 0

    async def note(
        self,
        kind: str,
        key: str,
        row_id: int,
        *,
        new: bool,
        fields: dict[str, tuple[Any, Any]] | None = None,
        venue_id: int | None = None,
        told: bool = True,
        names_only: bool = False,
    ) -> None:
        """Count one object; where something really changed, write that down as an event too (unless not `told`).

        `names_only`: the event names the changed columns without their values.
        """
        self.counted += 1
        self.tell(self.counted)
        if not new and not fields:
            self.report.unchanged += 1
            return
        self.report.changes.append(Change(kind, key, new, fields or {}))
        if told:
            await events.record(
                f"{kind}.imported",
                f"{kind}:{row_id}",
                at=self.at,
                venue_id=venue_id,
                key=key,
                new=new,
                changed=sorted(fields or {})
                if names_only
                else {name: [plain(old), plain(now)] for name, (old, now) in (fields or {}).items()},
            )

    async def save(
        self, model: Any, found: Any, marks: dict[str, Any], wanted: dict[str, Any]
    ) -> tuple[Any, dict[str, tuple[Any, Any]]]:
        """Make the row, or change the columns that differ, and only those. Returns the row and what changed."""
        if found is None:
            return await model.create(**marks, **wanted), {}
        fields = differences(found, wanted)
        if fields:
            await found.update_from_dict({name: wanted[name] for name in fields}).save(
                update_fields=list(fields)
            )
        return found, fields


class _Undo(Exception):
    """A dry run is over: everything it did is taken back."""


async def all_or_nothing(
    reading: Reading,
    at: datetime,
    work: Callable[[Run], Awaitable[None]],
    *,
    dry_run: bool,
    tell: Callable[[int], None] = ignored,
) -> Report:
    """Run the work in one transaction, again after a deadlock, and keep it only when there is no complaint.

    A dry run does the same work and takes it back. Raises files.Wrong.
    """
    reading.finish()
    done: list[Report] = []

    async def once() -> None:
        run = Run(at, Reading(), tell=tell)
        await work(run)
        run.reading.finish()
        done[:] = [run.report]
        if dry_run:
            raise _Undo

    with contextlib.suppress(_Undo):
        await db.atomic(once)()
    return done[0]


def differences(row: Any, wanted: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    """The columns in which the row is not as wanted, with both values."""
    return {
        name: (getattr(row, name), value) for name, value in wanted.items() if getattr(row, name) != value
    }


def plain(value: Any) -> Any:
    """A value that JSON can hold."""
    return value.isoformat() if isinstance(value, date) else value


def _brief(value: Any) -> str:
    text = str(plain(value))
    return text if len(text) <= 60 else f"{text[:57]}…"
