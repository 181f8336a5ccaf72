"""Bringing in what other systems keep: the network, its people, money and history, from JSON and CSV files.

It knows the documented formats (docs/import.md), and how to bring the database to what the files say. It refuses to
know who asked for it. Everything or nothing: with one wrong line nothing is written. The same files again change
nothing, and write no event. A dry run is the same work, taken back. Nothing is ever deleted.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from booking.importing.files import Problem, Reading, Wrong
from booking.importing.report import Change, Report, all_or_nothing, ignored

__all__ = [
    "Change",
    "Problem",
    "Report",
    "Wrong",
    "activities",
    "allotments",
    "history",
    "members",
    "network",
    "roles",
    "skills",
]

Tell = Callable[[int], None]  # hears how many objects an import has gone through


async def network(folder: Path, *, at: datetime, dry_run: bool = False, tell: Tell = ignored) -> Report:
    """Import a folder that describes a network. Raises Wrong with every complaint; then nothing has changed."""
    from booking.importing import folder as reader
    from booking.importing.saving import save

    reading = Reading()
    wanted = reader.read(folder, reading)
    return await all_or_nothing(reading, at, lambda run: save(wanted, run), dry_run=dry_run, tell=tell)


async def members(file: Path, *, at: datetime, dry_run: bool = False, tell: Tell = ignored) -> Report:
    """Import members.csv. Raises Wrong."""
    from booking.importing.people import MemberShape, save_members

    return await _table(file, MemberShape, save_members, at=at, dry_run=dry_run, tell=tell)


async def roles(file: Path, *, at: datetime, dry_run: bool = False, tell: Tell = ignored) -> Report:
    """Import roles.csv. Raises Wrong."""
    from booking.importing.people import RoleShape, save_roles

    return await _table(file, RoleShape, save_roles, at=at, dry_run=dry_run, tell=tell)


async def skills(file: Path, *, at: datetime, dry_run: bool = False, tell: Tell = ignored) -> Report:
    """Import member_skills.csv. Raises Wrong."""
    from booking.importing.people import MemberSkillShape, save_skills

    return await _table(file, MemberSkillShape, save_skills, at=at, dry_run=dry_run, tell=tell)


async def activities(file: Path, *, at: datetime, dry_run: bool = False, tell: Tell = ignored) -> Report:
    """Import activities.csv. Raises Wrong."""
    from booking.importing.money import ActivityShape, save_activities, unfold_activity

    return await _table(
        file, ActivityShape, save_activities, unfold_activity, at=at, dry_run=dry_run, tell=tell
    )


async def allotments(file: Path, *, at: datetime, dry_run: bool = False, tell: Tell = ignored) -> Report:
    """Import allotments.csv. Raises Wrong."""
    from booking.importing.money import AllotmentShape, save_allotments

    return await _table(file, AllotmentShape, save_allotments, at=at, dry_run=dry_run, tell=tell)


async def history(path: Path, *, at: datetime, dry_run: bool = False, tell: Tell = ignored) -> Report:
    """Import `reservations.csv` and `presences.csv` of a folder, or one of these files. Raises Wrong."""
    from booking.importing.past import read, save

    reading = Reading()
    past = read(path, reading)
    return await all_or_nothing(reading, at, lambda run: save(past, run), dry_run=dry_run, tell=tell)


async def _table(
    file: Path, shape: Any, save: Any, unfold: Any = dict, *, at: datetime, dry_run: bool, tell: Tell
) -> Report:
    reading = Reading()
    rows = reading.csv(file, shape, unfold)
    return await all_or_nothing(reading, at, lambda run: save(rows, run), dry_run=dry_run, tell=tell)
