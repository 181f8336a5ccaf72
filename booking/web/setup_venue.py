"""The house itself, as its managers write it; and a new house, for administrators and managers of an entity."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, create_model
from starlette.requests import Request
from starlette.responses import Response

from booking import houses, i18n
from booking.errors import NotFound, Refused
from booking.forms import Email, Form, Line, Shape, Text, Ticked, blank, read, wrong
from booking.i18n import gettext as _
from booking.i18n import lazy
from booking.places import HOLIDAY_REGIONS, Entity, Venue, wording
from booking.web import session, tongues
from booking.web.manage import house_of
from booking.web.pages import flash, page, redirect, url
from booking.web.setup import Confirmed, refuse, saved, shown, tell

FACTS_MAX = 12
FACT_KEY = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
CURRENCIES = ("EUR", "SEK", "CHF", "DKK", "NOK", "GBP", "CZK", "PLN", "HUF")
STATUSES = {"open": lazy("Open"), "unknown": lazy("Not known"), "closed": lazy("Closed for good")}


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise wrong(lazy("%(name)s is not a time zone. Write it like Europe/Brussels."), name=name)
    return ZoneInfo(name).key


def _region(code: str) -> str:
    if code and code not in HOLIDAY_REGIONS:
        raise wrong(lazy("Choose one of the values on offer."))
    return code


Zone = Annotated[str, AfterValidator(_zone)]
Feature = Annotated[str, Field(pattern=FACT_KEY, max_length=60)]


class _House(Shape):
    name: Line = Field(min_length=1, max_length=houses.fields.NAME_MAX)
    street: Line = Field("", max_length=160)
    postal_code: Line = Field("", max_length=20)
    district: Line = Field("", max_length=80)
    city: Line = Field(min_length=1, max_length=80)
    lat: houses.fields.Latitude
    lon: houses.fields.Longitude
    capacity_people: houses.fields.AtLeastOne | None = None
    contact_name: Line = Field("", max_length=120)
    contact_email: Email | None = None
    contact_phone: Line = Field("", max_length=40)
    website: Line = Field("", max_length=200, pattern=r"^(https?://\S+)?$")
    features: list[Feature] = Field(default_factory=list, max_length=100)
    holidays_region: Annotated[str, AfterValidator(_region)] = ""
    presence_proof: Ticked = False
    status: Literal["open", "unknown", "closed"] = "open"
    status_note: Text = ""
    zone: Zone | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    confirmed: Confirmed = False


_FACTS: dict[str, Any] = {
    name: (Annotated[Line, Field(max_length=most)], "")
    for number in range(FACTS_MAX)
    for name, most in ((f"fact_{number}", 60), (f"fact_value_{number}", 200), (f"fact_unit_{number}", 20))
}
House: Any = create_model(
    "House",
    __base__=_House,
    **tongues.fields("names", houses.fields.NAME_MAX, line=True),
    **tongues.fields("descriptions", houses.fields.TEXT_MAX),
    **tongues.fields("access", houses.fields.TEXT_MAX),
    **_FACTS,
)


class NewHouse(Shape):
    """A new house: what a map needs. The rest follows on its own pages."""

    entity: int
    name: Line = Field(min_length=1, max_length=houses.fields.NAME_MAX)
    street: Line = Field("", max_length=160)
    postal_code: Line = Field("", max_length=20)
    city: Line = Field(min_length=1, max_length=80)
    lat: houses.fields.Latitude
    lon: houses.fields.Longitude
    zone: Zone | None = None


# --- the house -----------------------------------------------------------------------------------------


async def edit(request: Request) -> Response:
    """All about the house in one form."""
    _member, venue = await house_of(request, managing=True)
    return await _form(request, venue, blank(**_typed(venue)))


async def save(request: Request) -> Response:
    """Save what changed."""
    member, venue = await house_of(request, managing=True)
    form = await read(request, House)
    if not form.valid:
        return await _form(request, venue, form)
    try:
        changed = await houses.change_venue(
            venue.id,
            await _wanted(form.value, venue),
            by=member,
            at=session.at(request),
            confirmed=form.value.confirmed,
        )
    except Refused as refusal:
        return await _form(request, venue, form, **refuse(form, refusal, venue))
    await tell(request, venue, _("Saved.") if changed else _("Nothing was different."))
    return saved(request, form, venue, "setup_venue")


async def _form(request: Request, venue: Venue, form: Form[Any], **more: Any) -> Response:
    keys = [*wording.FEATURES, *(key for key in venue.features if key not in wording.FEATURES)]
    known = [*wording.FACTS, *(fact["key"] for fact in venue.facts or () if fact["key"] not in wording.FACTS)]
    filled = [number for number in range(FACTS_MAX) if form.values.get(f"fact_{number}")]
    return shown(
        request,
        "setup/venue.html",
        venue,
        "setup_venue",
        form,
        tongues=tongues.order(),
        features=[(key, wording.feature_name(key)) for key in keys],
        facts=[(key, wording.fact_name(key)) for key in dict.fromkeys(known)],
        fact_rows=range(min(FACTS_MAX, max(filled, default=-1) + 3)),
        regions=_regions(venue.country),
        statuses=list(STATUSES.items()),
        currencies=[(code, code) for code in dict.fromkeys([venue.currency, *CURRENCIES])],
        fixed={name: refusal.sentence for name, refusal in (await houses.fixed_columns(venue)).items()},
        entity=venue.entity,
        **more,
    )


def _typed(venue: Venue) -> dict[str, Any]:
    same = {name: getattr(venue, name) for name in _House.model_fields if name != "confirmed"}
    found = same | tongues.typed("names", venue.names) | tongues.typed("descriptions", venue.descriptions)
    found |= tongues.typed("access", venue.access)
    for number, fact in enumerate((venue.facts or [])[:FACTS_MAX]):
        value = fact.get("value")
        said = {True: _("yes"), False: _("no")}.get(value, value) if isinstance(value, bool) else value
        found |= {
            f"fact_{number}": fact["key"],
            f"fact_value_{number}": said,
            f"fact_unit_{number}": fact.get("unit", ""),
        }
    return found


async def _wanted(value: Any, venue: Venue) -> dict[str, Any]:
    """The columns as the form has them. Zone and currency only where the form had them."""
    skip = {"confirmed", "zone", "currency", "contact_email"}
    wanted = {name: getattr(value, name) for name in _House.model_fields if name not in skip}
    for name in ("zone", "currency"):
        if said := getattr(value, name):
            wanted[name] = said
    for name in ("names", "descriptions", "access"):
        wanted[name] = tongues.texts_of(value, name, getattr(venue, name))
    # Features keep the order in which they stand already, so that a save without a change is none.
    chosen = set(value.features)
    wanted["features"] = [key for key in venue.features if key in chosen] + [
        key for key in value.features if key not in venue.features
    ]
    return {**wanted, "contact_email": value.contact_email or "", "facts": _facts(value, venue)}


def _facts(value: Any, venue: Venue) -> list[dict[str, Any]]:
    """The filled rows; what was a number or yes and no stays one."""
    found: list[dict[str, Any]] = []
    for number in range(FACTS_MAX):
        key, said = getattr(value, f"fact_{number}"), getattr(value, f"fact_value_{number}")
        if not key or not said:
            continue
        fact: dict[str, Any] = {"key": key, "value": _fact_value(said)}
        if unit := getattr(value, f"fact_unit_{number}"):
            fact["unit"] = unit
        found.append(fact)
    return found + list((venue.facts or [])[FACTS_MAX:])


def _fact_value(said: str) -> bool | int | float | str:
    if said.lower() in (_("yes").lower(), "yes"):
        return True
    if said.lower() in (_("no").lower(), "no"):
        return False
    plain = said.replace(",", ".")
    if plain.isdigit() and plain.isascii():
        return int(plain)
    try:
        number = float(plain)
    except ValueError:
        return said
    return number if abs(number) < 1e12 else said


def _regions(country: str) -> list[tuple[str, str]]:
    """The country as a whole, then its regions by their code."""
    codes = sorted(code for code in HOLIDAY_REGIONS.codes if code.partition("-")[0] == country)
    return [(code, i18n.country(country) if code == country else code) for code in codes]


# --- a new house -----------------------------------------------------------------------------------------


async def new(request: Request) -> Response:
    """A form for a new house."""
    entities = await _entities(request)
    return _new(request, blank(entity=entities[0].id), entities)


async def create(request: Request) -> Response:
    """Make the house, and go on to its own pages."""
    entities = await _entities(request)
    member = await session.confirmed(request)
    form = await read(request, NewHouse)
    if not form.valid:
        return _new(request, form, entities)
    wish = form.value
    values = wish.model_dump(exclude={"entity"}, exclude_none=True)
    try:
        venue = await houses.add_venue(wish.entity, values, by=member, at=session.at(request))
    except Refused as refusal:
        form.refuse(refusal)
        return _new(request, form, entities)
    flash(request, "success", _("The house is there. Now its hours, spaces and prices."))
    return redirect(request, "setup", key=venue.key)


async def _entities(request: Request) -> list[Entity]:
    """The entities this visitor may make a house of. Raises NotFound where there is none."""
    await session.signed_in(request)
    standing = session.roles(request)
    found = [
        each
        for each in await Entity.filter(status="active").order_by("name")
        if standing.administrator or each.id in standing.managed_entities
    ]
    if not found:
        raise NotFound
    return found


def _new(request: Request, form: Form[Any], entities: list[Entity]) -> Response:
    return page(
        request,
        "setup/new_house.html",
        form.status,
        form=form,
        entities=[(each.id, f"{each.name}, {i18n.country(each.country)}") for each in entities],
        back=url("manage") if session.roles(request).manages_anything else url("home"),
    )
