"""Calls that go wrong on demand: answers of 429 and 500, slow ones, and connections that break off."""

from __future__ import annotations

from dataclasses import dataclass

from booking.stripe_double.errors import ApiError
from booking.stripe_double.store import Store

KINDS = ("500", "429", "slow", "reset")
MOMENTS = ("before", "after")  # of the work: after it, the work is done and only its answer is lost


@dataclass(frozen=True, slots=True)
class Fault:
    """What goes wrong with one call."""

    kind: str = ""
    moment: str = "before"
    seconds: float = 0

    def error(self) -> ApiError | None:
        if self.kind == "500":
            return ApiError(500, "An unknown error occurred", type="api_error")
        if self.kind == "429":
            return ApiError(
                429, "Too many requests hit the API too quickly.", code="rate_limit", executed=False
            )
        return None


NONE = Fault()


def ask(store: Store, *, method: str, path: str, kind: str, moment: str, seconds: float, times: int) -> None:
    """The next `times` calls of the path (or of what begins like it, with * at the end) go wrong."""
    store.do(
        "INSERT INTO fault (method, path, kind, moment, seconds, times) VALUES (?, ?, ?, ?, ?, ?)",
        method, path, kind, moment, seconds, times,
    )  # fmt: skip


def forget(store: Store) -> None:
    store.do("DELETE FROM fault")


def next_for(store: Store, method: str, path: str) -> Fault:
    """The fault that waits for this call, used up by one."""
    for row in store.rows("SELECT * FROM fault WHERE times > 0 ORDER BY seq"):
        wanted = row["path"]
        same = path.startswith(wanted[:-1]) if wanted.endswith("*") else path == wanted
        if row["method"] in (method, "*") and same:
            store.do("UPDATE fault SET times = times - 1 WHERE seq = ?", row["seq"])
            return Fault(row["kind"], row["moment"], row["seconds"])
    return NONE
