"""The state of a venue in words and as a tag: on the map, in lists, and in what is sent to pages that are open."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from markupsafe import Markup

from booking import i18n, search
from booking.i18n import gettext as _
from booking.i18n import ngettext
from booking.timespan import local_day
from booking.web.pages import environment, url

BEST_FIRST = ("free", "later", "full", "closed")


@dataclass(frozen=True)
class City:
    """A city of the list beside the map: how many places to book it has, the best state among them, and where its link
    leads. Without places to book the state is 'none', or 'closed' where all that was there has closed. `words` say the
    state more closely, `key` names the city on the page."""

    name: str
    url: str
    spaces: int
    state: str
    words: str = ""
    key: str = ""


def map_state(venue: Any, kept: Any) -> str:
    """The kept state of a venue, as the map says it; a house that has closed is closed, whatever was kept."""
    if venue.status == "closed":
        return "closed"
    return kept.state if kept else "none"


def state_words(state: str, kept: Any, venue: Any, at: datetime) -> str:
    """A state in lower-case words, as the end of a sentence: '3 spaces free now', 'opens Monday 08:30'."""
    if venue.status == "closed":
        return _("closed for good")
    if state == "free" and kept and kept.free_now:
        many = ngettext("%(n)s space free now", "%(n)s spaces free now", kept.free_now)
        return many % {"n": kept.free_now}
    if state == "later" and kept and kept.free_at:
        return _("free from %(time)s") % {"time": i18n.clock(kept.free_at, venue.zone)}
    if state == "closed" and kept and kept.state == "closed" and kept.free_at:
        return _("closed, opens %(when)s") % {"when": opening(kept.free_at, venue.zone, at)}
    return {
        "free": _("free now"),
        "later": _("free later"),
        "full": _("full today"),
        "closed": _("closed"),
    }.get(state, _("a place to ask"))


def tag_words(venue: Any, kept: Any, at: datetime) -> str:
    """What the tag of a venue says beyond its state: 'Free from 14:00', 'Opens Monday 08:30'; else nothing."""
    if venue.status == "closed" or not kept or not kept.free_at:
        return ""
    if kept.state == "later":
        return _("Free from %(time)s") % {"time": i18n.clock(kept.free_at, venue.zone)}
    if kept.state == "closed":
        return _("Opens %(when)s") % {"when": opening(kept.free_at, venue.zone, at)}
    return ""


def opening(opens_at: datetime, zone: str, at: datetime) -> str:
    """'Monday 08:30', or with the date where a weekday would not say which; on the venue's clock."""
    days_ahead = (local_day(opens_at, zone) - local_day(at, zone)).days
    day = i18n.weekday(opens_at, zone) if days_ahead < 7 else i18n.day(opens_at, zone, "short")
    return _("%(day)s %(time)s") % {"day": day, "time": i18n.clock(opens_at, zone)}


def tag_of(state: str, words: str = "") -> Markup:
    """The tag of a state, as pages have it."""
    made: Any = environment().get_template("parts/tag.html").module
    return made.place_tag(state, words or None) if state != "none" else made.tag(_("A place to ask"))


def anchor(city: str) -> str:
    """The id of a city on the list of all places."""
    return "city-" + search.plain(city).replace(" ", "-")


def city_state(here: Sequence[Any], states: Mapping[int, Any], at: datetime) -> tuple[str, str]:
    """The best state among a city's venues that can be booked, and what its tag says beyond it, by the earliest."""
    open_ = [venue for venue in here if venue.kind == "shared_space" and venue.status != "closed"]
    said = {venue.id: map_state(venue, states.get(venue.id)) for venue in open_}
    if all(venue.status == "closed" for venue in here):
        return "closed", ""
    best = next((state for state in BEST_FIRST if state in said.values()), "none")
    known = [(kept.free_at, venue.id, venue) for venue in open_ if said[venue.id] == best
             and (kept := states.get(venue.id)) and kept.free_at]  # fmt: skip
    first = min(known)[2] if known else None
    return best, tag_words(first, states[first.id], at) if first else ""


def cities_by_country(
    venues: list[Any], states: Mapping[int, Any], at: datetime
) -> list[tuple[str, list[City]]]:
    """(country, its cities), both in the order of this language's alphabet as far as plain letters go."""
    found: dict[str, list[City]] = {}
    for (country, city), here in by_city(venues).items():
        spaces = sum(venue.kind == "shared_space" and venue.status != "closed" for venue in here)
        name = search.city_name(city)
        leads = url("search", where=name) if spaces else f"{url('venues')}#{anchor(name)}"
        state, words = city_state(here, states, at)
        shown = City(name, leads, spaces, state, words, city_key(country, city))
        found.setdefault(i18n.country(country), []).append(shown)
    return [
        (country, sorted(cities, key=lambda city: search.plain(city.name)))
        for country, cities in sorted(found.items(), key=lambda item: search.plain(item[0]))
    ]


def by_city(venues: Sequence[Any]) -> dict[tuple[str, str], list[Any]]:
    """The venues by country and city, as the data name them."""
    found: dict[tuple[str, str], list[Any]] = {}
    for venue in venues:
        found.setdefault((venue.country, venue.city), []).append(venue)
    return found


def city_key(country: str, city: str) -> str:
    """What a city is called between page and server, in every language."""
    return f"city-{country}-{search.plain(city).replace(' ', '-')}".lower()
