"""What may take seconds to work out: the page answers at once, says so, looks again by itself, and then has the result.

    report = await slow.result(key, work, patience=slow.PATIENCE_SECONDS)
    if report is slow.WORKING:
        return page(request, "…_working.html", 202, …)           # which asks again after two seconds

The work goes on in this process meanwhile, once however many ask for the same. What was quick leaves nothing behind; a
result that somebody still waits for is kept for a minute. Each process works on its own: with several of them, another
may have to begin anew, and be as quick the next time.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any

PATIENCE_SECONDS = 2
KEPT_SECONDS = 60
KEPT_MAX = 16
WORKING: Any = object()

_works: dict[Hashable, asyncio.Task[Any]] = {}
_kept: set[Hashable] = set()  # somebody was told to come back for these


async def result(key: Hashable, work: Callable[[], Awaitable[Any]], *, patience: float | None) -> Any:
    """What `work` returns, or WORKING after so many seconds of patience (None: as long as it takes).

    Raises what the work raised. `key` says what is asked for: whoever asks the same meanwhile waits for the same work.
    """
    task = _works.get(key)
    if task is None:
        task = asyncio.ensure_future(work())
        if len(_works) < KEPT_MAX:
            _works[key] = task
        else:
            patience = None  # nobody could come back for it: each time it would begin anew
    done, _pending = await asyncio.wait({task}, timeout=patience)
    if done:
        if key not in _kept:
            _works.pop(key, None)
        return task.result()
    if key not in _kept and key in _works:
        _kept.add(key)
        task.add_done_callback(
            lambda _task: asyncio.get_running_loop().call_later(KEPT_SECONDS, _forget, key)
        )
    return WORKING


def _forget(key: Hashable) -> None:
    _works.pop(key, None)
    _kept.discard(key)


async def finish() -> None:
    """Wait for what is being worked out, before the database closes."""
    working = [task for task in _works.values() if not task.done()]
    _works.clear()
    _kept.clear()
    if working:
        await asyncio.wait(working)
