"""Every "no" has a class: a code for programs, a sentence for people, and what would work instead.

`Refused` is a rule of the house saying no (409). `NotFound` covers "missing" and "not for you" alike, so that
nobody learns what exists (404). `SignInNeeded` sends a visitor to the sign-in page (303), `PasskeyNeeded` asks for a
passkey first (403 with the form kept, or 303).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from booking import i18n


@dataclass(frozen=True)
class Alternative:
    """Something near the wish that works: the same resource at another time, or another resource then.

    Times are UTC instants. `kind` is 'time', 'place', 'people' or 'way' (another way to pay, ask, or be let in).
    """

    kind: str
    resource_id: int | None = None
    resource_name: str = ""
    venue_name: str = ""
    begins_at: datetime | None = None
    ends_at: datetime | None = None
    zone: str = "UTC"
    values: Mapping[str, Any] = field(default_factory=dict)


class Refused(Exception):
    """A rule says no. Subclasses set `code` and `text`, a lazily translated sentence with %(name)s places.

    `values` fill the sentence and are part of the API's answer. A value that is a datetime is shown in `zone`;
    one whose name ends in `_cents` is shown as money in `values['currency']`.
    """

    code = "refused"
    text: Any = "The house says no."
    rule: Any = ""

    def __init__(self, *, zone: str = "UTC", alternatives: Sequence[Alternative] = (), **values: Any) -> None:
        self.zone = zone
        self.values = values
        self.alternatives = list(alternatives)
        super().__init__(self.code)

    @property
    def sentence(self) -> str:
        """The sentence in the language spoken here, with instants in the venue's zone and amounts as money."""
        return str(self.text) % _Shown(self.values, self.zone)

    @property
    def rule_sentence(self) -> str:
        """The rule's own text in the language spoken here; empty where the sentence says it all."""
        return str(self.rule) % _Shown(self.values, self.zone) if self.rule else ""

    def with_alternatives(self, alternatives: Sequence[Alternative]) -> Refused:
        self.alternatives = list(alternatives)
        return self


class _Shown(dict[str, Any]):
    """The values of a refusal, each as people read it."""

    def __init__(self, values: Mapping[str, Any], zone: str) -> None:
        super().__init__(values)
        self.zone = zone

    def __getitem__(self, name: str) -> Any:
        value = super().__getitem__(name)
        if isinstance(value, datetime):
            return i18n.moment(value, self.zone)
        if isinstance(value, date):
            return i18n.day(value)
        if name.endswith("_cents"):
            return i18n.money(value, super().__getitem__("currency"))
        if name.endswith("_minutes"):
            return i18n.duration(value)
        return value


class NotFound(Exception):
    """There is nothing here that this person may know of."""


class SignInNeeded(Exception):
    """The page needs a member. `next_path` is where they wanted to go."""

    def __init__(self, next_path: str = "/") -> None:
        self.next_path = next_path
        super().__init__(next_path)


class PasskeyNeeded(Exception):
    """The session must first be confirmed with a passkey. `next_path` is the page to come back to."""

    def __init__(self, next_path: str = "/") -> None:
        self.next_path = next_path
        super().__init__(next_path)


class TooMany(Exception):
    """A rate limit was reached; `retry_after_seconds` says when to come back."""

    def __init__(self, retry_after_seconds: int) -> None:
        self.retry_after_seconds = retry_after_seconds
        super().__init__(retry_after_seconds)


class Busy(Exception):
    """The database is away or too busy after some tries: nothing was done; come back in a moment (503)."""
