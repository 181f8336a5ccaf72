"""The week as a table of darker and lighter cells: what the ramp ends at."""

from __future__ import annotations

from fractions import Fraction

from booking.occupancy.figures_grid import Cell, Grid
from booking.web.figure_rows import HEAT_STEPS, heat


def week(fullest: int) -> Grid:
    """One open hour a day, booked up to so many hundredths on Monday, and half as much on Tuesday."""
    booked = [fullest, fullest // 2, 0, 0, 0, 0, 0]
    return Grid([[Cell(Fraction(each), Fraction(100))] for each in booked], 0, 1)


def steps(fullest: int) -> list[int]:
    shown = heat(week(fullest))
    assert shown is not None
    return [cell[1] for cell in shown["rows"][0][1][:2]]


def test_it_works() -> None:
    """A full week ends at 100 %: two reports of it can be compared."""
    assert steps(100) == [HEAT_STEPS, HEAT_STEPS // 2]
    assert not heat(week(50))["relative"]  # type: ignore[index]


def test_a_week_that_is_hardly_booked_is_no_grey_field() -> None:
    assert steps(4) == [HEAT_STEPS, HEAT_STEPS // 2]
    assert heat(week(49))["relative"]  # type: ignore[index]


def test_where_nothing_is_booked_there_is_none() -> None:
    assert heat(week(0)) is None
    assert Cell(Fraction(0), Fraction(100)).share == Fraction(0)
