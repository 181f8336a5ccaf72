"""migrate, demo, import and check."""

from __future__ import annotations

import asyncio
from argparse import Namespace
from typing import Any

from booking.commands import DONE, PROBLEMS
from booking.commands.running import NotPossible, Progress, as_json, complain, load_settings, run, say


def migrate(wish: Namespace) -> int:
    settings = load_settings()
    from tortoise.exceptions import DBConnectionError

    from booking import migrating

    try:
        applied = asyncio.run(migrating.migrate(settings.TORTOISE_ORM, backup=not wish.no_backup))
    except (DBConnectionError, OSError) as away:
        raise NotPossible(f"The database does not answer: {away}") from away
    if wish.json:
        say(as_json({"applied": applied}))
    elif applied:
        say(f"Migrated: {', '.join(applied)}.")
    elif not getattr(wish, "quiet", False):
        say("The database is at the newest schema.")
    return DONE


def demo(wish: Namespace) -> int:
    async def work(_settings: Any) -> int | None:
        from booking import clock
        from booking import demo as demonstration

        if not wish.json and not await demonstration.is_demo():
            say("Making the demonstration: the network of 2020, with invented people and bookings ...")
        try:
            return await demonstration.load(clock.now())
        except demonstration.NotTheDemo as reason:
            raise NotPossible(reason.sentence) from reason

    booked = run(work)
    if wish.json:
        say(as_json({"made": booked is not None, "reservations": booked or 0}))
    elif booked is not None:
        say(f"Done: {booked} bookings round this week.")
    return DONE


def bring(wish: Namespace) -> int:
    if wish.what == "network" and not wish.path.is_dir():
        raise NotPossible(f"{wish.path} is not a folder.")
    if wish.what == "history" and not wish.path.exists():
        raise NotPossible(f"There is no {wish.path}.")
    if wish.what not in ("network", "history") and not wish.path.is_file():
        raise NotPossible(f"{wish.path} is not a file.")

    async def work(_settings: Any) -> Any:
        from booking import clock, importing

        bring_in = getattr(importing, wish.what)
        progress = Progress("rows", every=wish.progress)
        progress(0)
        try:
            return await bring_in(wish.path, at=clock.now(), dry_run=wish.dry_run, tell=progress)
        except importing.Wrong as wrong:
            return wrong.problems
        finally:
            progress.done()

    done = run(work)
    return _wrong(done, wish) if isinstance(done, list) else _brought(done, wish)


def _wrong(problems: list[Any], wish: Namespace) -> int:
    if wish.json:
        fields = ("file", "place", "field", "sentence")
        say(as_json({"problems": [{name: getattr(each, name) for name in fields} for each in problems]}))
    else:
        for problem in problems:
            complain(str(problem))
        complain(f"Nothing was imported: {len(problems)} problem{'s' if len(problems) > 1 else ''}.")
    return PROBLEMS


def _brought(report: Any, wish: Namespace) -> int:
    answer = report.as_json()
    if wish.json:
        say(as_json({"dry_run": wish.dry_run, **answer}))
        return DONE
    for change in report.changes:
        say(str(change))
    counted = f"{answer['new']} new, {answer['changed']} changed, {answer['unchanged']} as they were"
    say(f"This would be: {counted}. Nothing was saved." if wish.dry_run else f"Done: {counted}.")
    return DONE


def check(wish: Namespace) -> int:
    async def work(_settings: Any) -> Any:
        from booking import checks, clock

        return await checks.run(clock.now())

    findings = run(work)
    if wish.json:
        fields = ("code", "sentence", "count", "examples")
        say(as_json({"findings": [{name: getattr(each, name) for name in fields} for each in findings]}))
    elif not findings:
        say("Everything holds.")
    for finding in [] if wish.json else findings:
        say(f"{finding.code}: {finding.sentence} Broken {finding.count} times: {', '.join(finding.examples)}")
    return PROBLEMS if findings else DONE
