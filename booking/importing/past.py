"""What was before: reservations and presences of other systems, from CSV files, for the figures of the past.

A reservation of the past is a row with its own state and facts. It takes no money, moves no budget and makes no mail;
it claims its units for its own time, so that the database refuses the same hour twice. All of it lies before now, so
nothing that members could still book is taken. Who booked may be a member, or nobody we know: then it is the
reservation of one suspended account that stands for all of them. People in presences may be pseudonyms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from uuid import UUID, uuid5

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from booking import events
from booking.houses.fields import Cents
from booking.importing.files import Problem, Reading, Record
from booking.importing.people import Email
from booking.importing.report import Run
from booking.importing.saving_past import IDS, Touched, save_presences, save_reservations
from booking.importing.shapes import LongKey, Shape, Text, Texts
from booking.occupancy import HISTORY_EVENT as EVENT
from booking.occupancy import SOURCES
from booking.timespan import NoSuchTime, wall_to_utc

NAMES = ("reservations.csv", "presences.csv")
_MOMENT = re.compile(r"^(\d{4}-\d\d-\d\d)[T ](\d\d):(\d\d)(?::\d\d)?(Z|[+-]\d\d:\d\d)?$")


@dataclass(frozen=True)
class Wall:
    """A moment as a file writes it: a time of the house's clock, or an instant where it tells its offset."""

    day: date
    minutes: int
    at: datetime | None

    def instant(self, zone: str) -> datetime:
        """The instant. Of an hour that comes twice, the first. Raises ValueError for a time that the clocks skip."""
        if self.at is not None:
            return self.at
        try:
            return wall_to_utc(self.day, self.minutes, zone)
        except NoSuchTime:
            raise ValueError("The clocks jump over this time of the house.") from None


def _moment(text: Any) -> Any:
    sentence = "A time like 2021-04-01 09:30 is needed, by the clock of the house; or with an offset."
    if not isinstance(text, str) or not (found := _MOMENT.match(text)):
        raise ValueError(sentence)
    try:
        day = date.fromisoformat(found[1])
        at = datetime.fromisoformat(text) if found[4] else None
    except ValueError:
        raise ValueError(sentence) from None
    minutes = int(found[2]) * 60 + int(found[3])
    if int(found[3]) > 59 or minutes > 24 * 60 or day.year < 1980:
        raise ValueError(sentence)
    return Wall(day, minutes, at)


def _no_address(text: str) -> str:
    if "@" in text:
        raise ValueError("A pseudonym is needed, not an address.")
    return text


Moment = Annotated[Wall, BeforeValidator(_moment)]


class ReservationShape(Shape):
    """One reservation of the past. Amounts are net of VAT, in the venue's currency."""

    key: LongKey
    resource: str
    begins: Moment
    ends: Moment
    state: Literal["confirmed", "cancelled"] = "confirmed"
    member: Email | None = None
    people: int = Field(default=1, ge=1, le=100_000)
    quantity: int = Field(default=1, ge=1, le=2000)
    title: Annotated[Text, Field(max_length=120)] = ""
    booked: Moment | None = None
    cancelled: Moment | None = None
    cancelled_by_house: bool = False
    free_until: Moment | None = None
    checked_in: Moment | None = None
    checked_out: Moment | None = None
    released: Moment | None = None
    no_show: bool = False
    net_cents: Cents = 0
    fee_cents: Cents = 0

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if (self.state == "cancelled") != (self.cancelled is not None):
            raise ValueError("A cancelled reservation, and no other, has a time in cancelled.")
        if self.state == "cancelled" and (self.checked_in or self.released or self.no_show):
            raise ValueError("A cancelled reservation was not checked in, released or missed.")
        if self.no_show and self.checked_in:
            raise ValueError("Who checked in is no no-show.")
        if self.checked_out and not self.checked_in:
            raise ValueError("A check-out needs a check-in.")
        if self.fee_cents > self.net_cents:
            raise ValueError("A fee is at most the price, net_cents.")
        return self

    @property
    def id(self) -> UUID:
        """The reservation's id: the same key is the same reservation."""
        return uuid5(IDS, self.key)


class PresenceShape(Shape):
    """One stay of a person, or of a number of people, that has ended."""

    key: LongKey
    venue: str
    begins: Moment
    ends: Moment
    source: str
    resource: str | None = None
    reservation: str | None = None
    member: Email | None = None
    person: Annotated[Text, Field(max_length=64), AfterValidator(_no_address)] = ""
    people: int = Field(default=1, ge=0, le=100_000)
    estimated: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.source not in SOURCES:
            raise ValueError(f"{self.source} is not one of {', '.join(SOURCES)}.")
        if self.member and self.person:
            raise ValueError("Either a member or a pseudonym is possible.")
        if (self.member or self.person) and self.people != 1:
            raise ValueError("One person is 1 in people; a number of people has no name.")
        if self.people == 0 and self.source != "staff_count":
            raise ValueError("Nobody is no stay, except in a staff_count.")
        return self


@dataclass
class Past:
    """What a folder tells of the past. `source` says in words, by language, where the rows come from."""

    reservations: list[Record[ReservationShape]]
    presences: list[Record[PresenceShape]]
    source: dict[str, str]


class SourceShape(Shape):
    """`source.json`: where the rows come from, shown beside figures of their time."""

    source: Annotated[Texts, Field(min_length=1)]


def read(path: Path, reading: Reading) -> Past:
    """`reservations.csv`, `presences.csv` and `source.json` of a folder, or one of the tables alone."""
    past = Past([], [], {})
    files = [path] if path.is_file() else [path / name for name in NAMES if (path / name).exists()]
    if not files or files[0].name not in NAMES:
        sentence = "A folder with reservations.csv or presences.csv is needed, or one of these files."
        reading.problems.append(Problem(path.name, "", "", sentence))
        return past
    for file in files:
        if file.name == NAMES[0]:
            past.reservations = reading.csv(file, ReservationShape)
        else:
            past.presences = reading.csv(file, PresenceShape)
    about = path / "source.json"
    if path.is_dir() and about.exists() and (raw := reading.json(about)) is not None:
        for record in reading.shaped(SourceShape, raw, about.name, ""):
            past.source = record.value.source
    return past


async def save(past: Past, run: Run) -> None:
    """Save it all, and write one event per venue. Complaints go to `run.reading`."""
    touched: Touched = {}
    await save_reservations(past.reservations, run, touched)
    await save_presences(past.presences, run, touched)
    if run.reading.problems:
        return
    for venue_id, mark in sorted(touched.items()):
        # One event, of a name that nobody is told of: not a mail to everybody who booked years ago.
        await events.record(
            EVENT,
            f"venue:{venue_id}",
            at=run.at,
            venue_id=venue_id,
            reservations=mark.reservations,
            presences=mark.presences,
            begins_at=mark.begins_at.isoformat(),
            ends_at=mark.ends_at.isoformat(),
            source=past.source,
        )
