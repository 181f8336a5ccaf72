"""backup and restore."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from pathlib import Path
from typing import Any

from booking.commands import DONE, PROBLEMS
from booking.commands.running import NotPossible, as_json, load_settings, say

FOLDER = "backups"


def backup(wish: Namespace) -> int:
    settings = load_settings()
    from booking import backups, clock

    where = wish.path or folder_of(settings)
    try:
        file, told = asyncio.run(
            backups.make(settings.TORTOISE_ORM, where, at=clock.now(), media=settings.MEDIA_DIR)
        )
        gone = backups.prune(file.parent, wish.keep) if wish.keep else []
    except backups.Unfit as reason:
        raise NotPossible(str(reason)) from reason
    rows = sum(told.rows.values())
    if wish.json:
        say(as_json({"file": file, "octets": file.stat().st_size, "rows": rows, "removed": gone}))
        return DONE
    pictures = f" and {told.media_files} pictures" if told.media_files else ""
    say(f"{file}: {rows} rows{pictures}, {file.stat().st_size / 1e6:.1f} MB.")
    if gone:
        say(f"Removed {len(gone)} older: {', '.join(path.name for path in gone)}.")
    return DONE


def restore(wish: Namespace) -> int:
    settings = load_settings()
    from booking import backups, clock

    try:
        done = asyncio.run(
            backups.restore(
                settings.TORTOISE_ORM,
                wish.path,
                at=clock.now(),
                replace=wish.replace,
                end_sessions=wish.end_sessions,
                media=settings.MEDIA_DIR,
                aside=folder_of(settings),
            )
        )
    except backups.Unfit as reason:
        raise NotPossible(str(reason)) from reason
    if wish.json:
        findings = [
            {"code": each.code, "sentence": each.sentence, "count": each.count} for each in done.findings
        ]
        say(as_json({"made_at": done.manifest.made_at, "kept": done.kept, "migrated": done.migrated,
                     "sessions_ended": done.ended, "findings": findings}))  # fmt: skip
        return PROBLEMS if findings else DONE
    say(f"Restored {sum(done.manifest.rows.values())} rows, as they were at {done.manifest.made_at}.")
    for kept in done.kept:
        say(f"What was there before is kept: {kept}")
    if done.migrated:
        say(f"Migrated: {', '.join(done.migrated)}.")
    if done.ended:
        say(f"Ended {done.ended} sessions: everybody signs in again.")
    for finding in done.findings:
        say(str(finding))
    if not done.findings:
        say("Everything holds.")
    return PROBLEMS if done.findings else DONE


def folder_of(settings: Any) -> Path:
    """Where backups go when nothing else is said."""
    return Path(settings.BACKUP_DIR or settings.ROOT / FOLDER)
