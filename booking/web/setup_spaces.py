"""The spaces of a house: the list, a new one, and each with its rules and terms in one form."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, create_model
from starlette.requests import Request
from starlette.responses import Response

from booking import houses, i18n, places
from booking.errors import Refused
from booking.forms import Form, Line, Shape, Ticked, blank, read, wrong
from booking.houses import fields
from booking.houses.changing import resource_of
from booking.houses.spaces import LongestTooShort
from booking.i18n import gettext as _
from booking.i18n import lazy
from booking.members import Member, Skill
from booking.places import KINDS, KINDS_BY_GROUP, Resource, Venue, wording
from booking.pricing.models import VatRate
from booking.timespan import local_day
from booking.web import amounts, session, tongues
from booking.web.manage import house_of
from booking.web.pages import redirect, url
from booking.web.setup import Confirmed, refuse, saved, shown, tell

STEPS = (5, 10, 15, 30, 60, 120, 240, 720, 1440)


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise wrong(lazy("Choose one of the values on offer."))
    return kind


class _Space(Shape):
    kind: Annotated[str, AfterValidator(_kind)]
    name: Line = Field(min_length=1, max_length=fields.NAME_MAX)
    published: Ticked = False
    capacity_people: fields.AtLeastOne | None = None
    area_m2: float | None = Field(None, gt=0, le=1_000_000, allow_inf_nan=False)
    features: list[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=60)]] = Field(
        default_factory=list, max_length=100
    )
    step_free: Literal["", "yes", "no"] = ""
    located_in: Line = Field("", max_length=120)
    position: int = Field(0, ge=0, le=100_000)
    raster_minutes: fields.Raster = 30
    shortest_minutes: fields.Length = 30
    longest_minutes: fields.Length = 600
    lead_minutes: fields.Lead = 0
    horizon_days: fields.Horizon = 180
    buffer_before_minutes: fields.Buffer = 0
    buffer_after_minutes: fields.Buffer = 0
    quota: fields.AtLeastOne | None = None
    approval: Ticked = False
    approval_hours: fields.ApprovalHours = 72
    external: Ticked = False
    role: Literal["", "host", "manager"] = ""
    skill: int | None = None
    release_minutes: int | None = Field(None, ge=1, le=fields.DAY_MINUTES)
    free_until_hours: fields.FreeUntil = 24
    late_fee_percent: fields.Percent = 50
    no_show_fee_percent: fields.Percent = 100
    deposit: amounts.Amount | None = None
    vat_category: str = Field("ROOM_SERVICED", pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=24)
    confirmed: Confirmed = False


_TEXTS = tongues.fields("names", fields.NAME_MAX, line=True) | tongues.fields("descriptions", fields.TEXT_MAX)
Space: Any = create_model("Space", __base__=_Space, **_TEXTS)


class _New(_Space):
    takes: Literal["all", "any"] = "all"
    quantity: int | None = Field(None, ge=1, le=200)
    units: list[int] = Field(default_factory=list, max_length=100)


NewSpace: Any = create_model("NewSpace", __base__=_New, **_TEXTS)
OWN = {"confirmed", "takes", "quantity", "units", "skill", "deposit", "step_free"}
STEP_FREE = {True: "yes", False: "no", None: ""}


async def index(request: Request) -> Response:
    """The spaces in the order of the house's page, unpublished ones too. A fixed number of queries."""
    _member, venue = await house_of(request, managing=True)
    today = local_day(session.at(request), venue.zone)
    found = await Resource.filter(venue_id=venue.id).order_by("position", "id")
    ids = [each.id for each in found]
    units, prices = await places.units_of(ids), await houses.price_history(ids)
    hours = await places.hours_of([venue.id])
    rows = tree({each.id: frozenset(units.get(each.id, [])) for each in found if each.takes == "all"}, ids)
    by_id = {each.id: each for each in found}
    return shown(
        request,
        "setup/spaces.html",
        venue,
        "setup_spaces",
        spaces=[
            {
                "resource": each,
                "kind": wording.kind_name(each.kind),
                "capacity": wording.capacity(each),
                "units": len(units.get(each.id, [])),
                "priced": any(row.from_on <= today for row in prices.get(each.id, [])),
                "own_hours": (venue.id, each.id) in hours,
                "url": url("setup_space", key=venue.key, resource_id=each.id),
                "units_url": url("setup_compose", key=venue.key, resource_id=each.id),
                "hours_url": url("setup_hours", key=venue.key, resource=each.id),
                "price_url": url("setup_price", key=venue.key, resource_id=each.id),
                "depth": depth,
                "part_of": i18n.name_of(by_id[whole]) if whole else "",
            }
            for each, depth, whole in ((by_id[id], depth, whole) for id, depth, whole in rows)
        ],
    )


def tree(units: dict[int, frozenset[int]], ids: list[int]) -> list[tuple[int, int, int | None]]:
    """(space, depth, the whole it is part of): each whole before its parts, else in the order of `ids`.

    A space is part of the smallest other one that takes all its units and more. `units` are of those that are taken as
    a whole; the others stand by themselves.
    """
    wholes: dict[int, int | None] = {}
    for id in ids:
        around = [
            other for other, theirs in units.items() if id in units and units[id] and units[id] < theirs
        ]
        wholes[id] = min(around, key=lambda other: (len(units[other]), ids.index(other)), default=None)
    found: list[tuple[int, int, int | None]] = []

    def add(whole: int | None, depth: int) -> None:
        for id in ids:
            if wholes[id] == whole:
                found.append((id, depth, whole))
                add(id, depth + 1)

    add(None, 0)
    return found


async def new(request: Request) -> Response:
    """A form for a new space."""
    _member, venue = await house_of(request, managing=True)
    last = await Resource.filter(venue_id=venue.id).order_by("-position").first()
    start = {name: field.default for name, field in _Space.model_fields.items() if not field.is_required()}
    form = blank(
        **{
            **start,
            "features": [],
            "published": True,
            "external": True,
            "kind": "meeting_room",
            "takes": "all",
            "quantity": 1,
            "units": [],
            "position": last.position + 1 if last else 0,
        }
    )
    return await _form(request, venue, form, None)


async def create(request: Request) -> Response:
    """Make the space, and go on to its price."""
    member, venue = await house_of(request, managing=True)
    form = await read(request, NewSpace)
    columns = await _columns(form, venue, None)
    if not form.valid:
        return await _form(request, venue, form, None)
    wish = form.value
    try:
        made = await houses.add_resource(
            venue.id,
            columns,
            units=wish.units,
            quantity=0 if wish.units else wish.quantity or 0,
            takes=wish.takes,
            by=member,
            at=session.at(request),
        )
    except Refused as refusal:
        return await _form(request, venue, form, None, **refuse(form, refusal, venue))
    await tell(request, venue, _("%(name)s is there. Now its price.") % {"name": i18n.name_of(made)})
    return redirect(request, "setup_price", key=venue.key, resource_id=made.id)


async def edit(request: Request) -> Response:
    """All about one space in one form."""
    _member, venue = await house_of(request, managing=True)
    resource = await resource_of(venue, request.path_params["resource_id"])
    return await _form(request, venue, blank(**_typed(resource, venue)), resource)


async def save(request: Request) -> Response:
    """Save what changed; where upcoming bookings would no longer fit, ask first."""
    member, venue = await house_of(request, managing=True)
    resource = await resource_of(venue, request.path_params["resource_id"])
    form = await read(request, Space)
    columns = await _columns(form, venue, resource)
    if not form.valid:
        return await _form(request, venue, form, resource)
    try:
        changed = await _save(resource, columns, member, form.value.confirmed, request)
    except Refused as refusal:
        return await _form(request, venue, form, resource, **refuse(form, refusal, venue))
    await tell(request, venue, _("Saved.") if changed else _("Nothing was different."))
    return saved(request, form, venue, "setup_space", resource_id=resource.id)


async def _save(
    resource: Resource, columns: dict[str, Any], by: Member, sure: bool, request: Request
) -> bool:
    return bool(
        await houses.change_resource(
            resource.venue_id, resource.id, columns, by=by, at=session.at(request), confirmed=sure
        )
    )


async def _columns(form: Form[Any], venue: Venue, there: Resource | None) -> dict[str, Any]:
    """The columns as the form has them; complaints of what only the database knows go on the form."""
    if not form.valid:
        return {}
    value = form.value
    found = {name: getattr(value, name) for name in _Space.model_fields if name not in OWN}
    for name in ("names", "descriptions"):
        found[name] = tongues.texts_of(value, name, getattr(there, name, None))
    found["step_free"] = {word: said for said, word in STEP_FREE.items()}[value.step_free]
    found["skill_id"] = value.skill
    if value.skill is not None and not await Skill.exists(id=value.skill):
        form.wrong("skill", _("Choose one of the values on offer."))
    deposit = amounts.cents(value.deposit, venue.currency) if value.deposit is not None else 0
    if deposit is None or deposit < 0:
        form.wrong("deposit", amounts.NOT_AN_AMOUNT)
    found["deposit_cents"] = deposit
    keys = there.features if there else []
    found["features"] = [key for key in keys if key in value.features] + [
        key for key in value.features if key not in keys
    ]
    if value.longest_minutes < value.shortest_minutes:
        form.wrong("longest_minutes", LongestTooShort.text)
    return found


def _typed(resource: Resource, venue: Venue) -> dict[str, Any]:
    found = {name: getattr(resource, name) for name in _Space.model_fields if name not in OWN}
    return {
        **found,
        **tongues.typed("names", resource.names),
        **tongues.typed("descriptions", resource.descriptions),
        "step_free": STEP_FREE[resource.step_free],
        "skill": resource.skill_id,
        "deposit": amounts.typed(resource.deposit_cents or None, venue.currency),
    }


async def _form(
    request: Request, venue: Venue, form: Form[Any], resource: Resource | None, **more: Any
) -> Response:
    there = resource.features if resource else []
    keys = [*wording.FEATURES, *(key for key in there if key not in wording.FEATURES)]
    rates = await VatRate.filter(country=venue.country).distinct().values_list("category", flat=True)
    categories = list(dict.fromkeys([*rates, resource.vat_category if resource else "ROOM_SERVICED"]))
    return shown(
        request,
        "setup/space.html",
        venue,
        "setup_spaces",
        form,
        resource=resource,
        tongues=tongues.order(),
        kinds=[
            (wording.group_name(group), [(kind, wording.kind_name(kind)) for kind in kinds])
            for group, kinds in KINDS_BY_GROUP.items()
        ],
        features=[(key, wording.feature_name(key)) for key in keys],
        skills=[(each.id, i18n.name_of(each)) for each in await Skill.all().order_by("key")],
        vat_categories=[(key, _vat_name(str(key))) for key in categories],
        units=[(unit.id, unit.name) for unit, _of in await houses.units_at(venue.id)]
        if resource is None
        else [],
        steps=[(minutes, i18n.duration(minutes)) for minutes in _steps(form)],
        **more,
    )


def _steps(form: Form[Any]) -> list[int]:
    typed = str(form.values.get("raster_minutes") or "")
    own = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 6 else 30
    return sorted({*STEPS, own})


def _vat_name(category: str) -> str:
    known = {
        "ROOM_SERVICED": _("Room"),
        "EQUIPMENT_HIRE": _("Equipment"),
        "EVENT_SPACE": _("Hall"),
        "WORKSHOP_SPACE": _("Workshop"),
        "MACHINE_TIME": _("Machine"),
        "INTERNAL_CHARGE": _("Charged within the cooperative"),
    }
    return known.get(category, category.replace("_", " ").capitalize())
