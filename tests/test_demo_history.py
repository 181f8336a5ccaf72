"""The first real case: Bazaar St-So in April 2021, counted from rows, and nowhere written down."""

import csv
import re
from collections import defaultdict
from datetime import date
from pathlib import Path

from booking import checks, demo, importing, occupancy, places
from booking.timespan import local_day
from tests import reconstruct
from tests.conftest import NOW

HISTORY = demo.FOLDER / "history"
FIRST, LAST = date(2021, 4, 1), date(2021, 4, 30)


async def test_it_works(db: str) -> None:
    await importing.network(demo.FOLDER, at=NOW)
    await importing.history(HISTORY, at=NOW)
    venue = await places.venue("bazaar-st-so")
    report = await occupancy.report(venue, FIRST, LAST, at=NOW)
    visitors, share = report.figures["daily_visitors"], report.figures["visitor_share"]
    assert (visitors.numerator, visitors.denominator, visitors.value) == (3990, 21, 190)
    assert (share.numerator, share.denominator, float(share.value or 0)) == (3990, 5250, 0.76)
    assert (visitors.n, visitors.coverage, visitors.source) == (21, 1, ("door",))
    [rooms] = [part for part in report.kinds if part.kind == "meeting_room"]
    booked = rooms.figures["booked_utilisation"]
    assert (booked.numerator, booked.denominator, float(booked.value or 0)) == (840, 1050, 0.8)
    # Easter Monday is a holiday and nobody came.
    assert date(2021, 4, 5) not in {day.on for day in report.days if day.open or day.visitors}
    # Nobody knows who used the rooms, and nobody says so.
    assert rooms.figures["used_utilisation"].value is None
    assert [texts["en"][:13] for texts in report.sources] == ["Reconstructed"]
    assert await checks.run() == []
    # The months around know nothing of it.
    after = await occupancy.report(venue, date(2021, 5, 1), date(2021, 5, 31), at=NOW)
    assert (after.used, after.sources) == (False, [])


def test_the_rows_are_plausible() -> None:
    with (HISTORY / "reservations.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    by_room: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        by_room[row["resource"]].add(row["begins"])
    assert len(by_room) == 5
    assert sum(row["state"] == "cancelled" for row in rows) > 20
    with (HISTORY / "presences.csv").open(encoding="utf-8") as lines:
        stays = list(csv.DictReader(lines))
    by_day: dict[str, set[str]] = defaultdict(set)
    for stay in stays:
        by_day[stay["begins"][:10]].add(stay["person"])
    assert len({len(people) for people in by_day.values()}) > 10, "different days differ"
    assert max(len(people) for people in by_day.values()) <= 250
    assert len(stays) > sum(len(people) for people in by_day.values()), "some come twice on a day"


def test_the_files_are_what_the_script_writes(tmp_path: Path) -> None:
    reconstruct.write(tmp_path)
    for name in ("reservations.csv", "presences.csv"):
        assert (tmp_path / name).read_bytes() == (HISTORY / name).read_bytes()


def test_the_answers_are_nowhere_written_down() -> None:
    """The code that counts, and the rows that it counts, do not hold the sums."""
    looked_at = [*Path(occupancy.__file__).parent.glob("*.py"), *HISTORY.glob("*.csv")]
    for path in looked_at:
        assert not re.search(
            r"(?<![\d-])(3990|5250|1050|840)(?!\d)(?!00)", path.read_text(encoding="utf-8")
        ), path
    assert local_day(NOW, "Europe/Paris").year > 2021
