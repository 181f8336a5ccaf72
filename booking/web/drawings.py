"""The drawn map of Europe: all houses on the first page, those with something free beside the hits of a search."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from markupsafe import Markup

from booking import i18n, search
from booking.i18n import gettext as _
from booking.i18n import ngettext
from booking.search import Corners, Results
from booking.search.map import Pin, Place, sheet
from booking.web import maps
from booking.web.pages import environment, url
from booking.web.venue_states import anchor, map_state, state_words

HOUSES_DRAWN = 100  # on the map of a search; the interactive one asks for all of them
AROUND = 0.005  # degrees, so that what stands at the edge is within
HERE = "HERE"  # stands in an address for a part of the map


def placed(venue: Any, kept: Any, at: datetime) -> Place:
    """The venue as the map draws it."""
    state = map_state(venue, kept)
    return Place(
        venue.id,
        i18n.name_of(venue),
        search.city_name(venue.city),
        venue.lat,
        venue.lon,
        state,
        url("venue", key=venue.key),
        state_words(state, kept, venue, at),
    )


def of_search(results: Results | None) -> tuple[Place, ...]:
    """The houses of all hits, those on other pages too; where there are none, of what comes nearest. A house on this
    page leads to its place in the list, another one to its own page on that day."""
    if results is None:
        return ()
    listed = results.hits or [*results.times, *results.elsewhere]
    here = {hit.resource.venue_id: hit.resource.venue for hit in listed}
    # Pins of a search say what was asked for, which may be another day, and not this moment.
    free = bool(results.hits or results.on_map)
    return tuple(
        found_at(
            venue,
            free=free,
            url=f"#venue-{venue.id}"
            if venue.id in here
            else url("venue", key=venue.key, day=results.wish.day),
        )
        for venue in (results.on_map or here.values())
    )


def found_at(venue: Any, *, free: bool = True, url: str = "") -> Place:
    """A house as the map of a search shows it; without an address, that is only its key."""
    state, words = ("free", _("free then")) if free else ("later", _("comes nearest"))
    city = search.city_name(venue.city)
    return Place(venue.id, i18n.name_of(venue), city, venue.lat, venue.lon, state, url or venue.key, words)


@lru_cache(maxsize=64)
def drawn(
    language: str, venues: tuple[Place, ...], box: Corners | None = None, closer: str = "", every: str = ""
) -> Markup:
    """The map of a search's venues, in this language: the same answer is often asked for, so it is made once."""
    return drawn_map(venues, zoom=True, box=box, closer=closer, every=every)


def drawn_map(
    venues: tuple[Place, ...], *, zoom: bool, box: Corners | None = None, closer: str = "", every: str = ""
) -> Markup:
    """The map as a drawing, with what an interactive one needs. `closer`: an address with HERE in it, where a pin of
    several houses leads; `every`: where the interactive map finds all houses, if these are only the first of them."""

    def url_of(pin: Pin) -> str:
        return _pin_url(pin, closer)

    map_ = sheet(venues, url_of=url_of, title_of=_pin_title, country_name=i18n.country, zoom=zoom, box=box)
    template = environment().get_template("search/_map.html")
    told = maps.in_page(maps.venues_json(venues, base="", box=box)) if zoom and not every else ""
    skip = "results" if zoom else "cities"
    return Markup(  # noqa: S704 our own template
        template.render(
            map=map_,
            map_skip=skip,
            map_key=not zoom,
            map_places=told,
            map_every=every,
            map_first=len(venues),
            map_host=maps.source().host,
        )
    )


def _pin_url(pin: Pin, closer: str) -> str:
    if len({venue.url for venue in pin.venues}) == 1:
        return pin.venues[0].url
    if here := [venue.url for venue in pin.venues if venue.url.startswith("#")]:
        return here[0]
    if not closer:
        return f"{url('venues')}#{anchor(pin.venues[0].city)}"
    lats, lons = [venue.lat for venue in pin.venues], [venue.lon for venue in pin.venues]
    corners = min(lons) - AROUND, min(lats) - AROUND, max(lons) + AROUND, max(lats) + AROUND
    return closer.replace(HERE, ",".join(f"{corner:.3f}" for corner in corners))


def _pin_title(pin: Pin) -> str:
    said = [
        _("%(name)s, %(city)s: %(state)s") % {"name": one.name, "city": one.city, "state": one.words}
        for one in pin.venues[:6]
    ]
    if len(pin.venues) > 6:
        more = len(pin.venues) - 6
        said.append(ngettext("and %(number)s more", "and %(number)s more", more) % {"number": more})
    return "; ".join(said)
