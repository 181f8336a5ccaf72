"""occupancy: the figures of a house."""

from __future__ import annotations

from argparse import Namespace
from typing import Any

from booking.commands import DONE
from booking.commands.running import NotPossible, as_json, run, say


def occupancy(wish: Namespace) -> int:
    if wish.last < wish.first:
        raise NotPossible("The last day is before the first.")

    async def work(_settings: Any) -> Any:
        from booking import clock, places
        from booking import occupancy as figures
        from booking.errors import NotFound, Refused

        try:
            venue = await places.venue(wish.venue)
            return await figures.report(venue, wish.first, wish.last, at=clock.now())
        except NotFound:
            raise NotPossible(f"There is no venue {wish.venue}.") from None
        except Refused as refusal:
            raise NotPossible(refusal.sentence) from refusal

    report = run(work)
    if wish.json:
        say(as_json(report.as_json()))
        return DONE
    say(f"{report.venue.name}, {report.first} to {report.last}, days of {report.venue.zone}")
    visitors, share = report.figures["daily_visitors"], report.figures["visitor_share"]
    if share.value is not None and not share.withheld:
        of = f"{_number(visitors.value)} of {report.venue.capacity_people} ({float(share.value):.1%})"
        say(f"Mean daily visitors: {of.replace('%', ' %')}")
    for part in report.kinds:
        booked = part.figures["booked_utilisation"]
        if booked.value is not None:
            hours = f"{_number(booked.numerator)} of {_number(booked.denominator)} hours"
            say(f"{part.kind}: {hours} booked ({float(booked.value):.1%})".replace("%", " %"))
    say("")
    for figure in report.figures.values():
        say(_line(figure))
    return DONE


def _line(figure: Any) -> str:
    said = f"{figure.formula.label}: {_value(figure)}"
    about = [f"n {figure.n}"]
    if figure.coverage is not None:
        about.append(f"coverage {float(figure.coverage):.0%}".replace("%", " %"))
    if figure.source:
        about.append("from " + ", ".join(figure.source))
    return f"{said} ({'; '.join(about)}). {figure.formula.sentence}"


def _value(figure: Any) -> str:
    if figure.withheld:
        return "withheld, fewer than five people"
    if figure.value is None:
        return "not known"
    value = figure.value
    if figure.formula.unit == "share":
        return f"{float(value) * 100:.1f} %"
    if figure.formula.unit == "money":
        from booking import i18n, money

        return i18n.money(money.rounded(value), figure.currency)
    return f"{_number(value)} {figure.formula.unit}"


def _number(value: Any) -> str:
    """1 050, or 7.25."""
    text = f"{float(value):,.2f}".replace(",", " ")
    return text.removesuffix(".00")
