"""The shapes of the network's objects as files hold them. docs/import.md describes every field for people.

Shapes know types, lengths and patterns. Whether a venue's entity exists, or a price may still change, is asked later.
"""

from __future__ import annotations

import calendar
from datetime import date
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from booking.houses import fields
from booking.members import CATEGORIES
from booking.places import HOLIDAY_REGIONS, KINDS

DAY_MINUTES = fields.DAY_MINUTES


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name} is not a time zone of the IANA database.") from None
    return name


def _region(code: str) -> str:
    if code and code not in HOLIDAY_REGIONS:
        raise ValueError(f"{code} is not a country or region whose public holidays are known.")
    return code


def _kind(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"{kind} is not one of {', '.join(KINDS)}.")
    return kind


def _category(category: str) -> str:
    if category not in CATEGORIES:
        raise ValueError(f"{category} is not one of {', '.join(CATEGORIES)}.")
    return category


def _wall_minutes(text: Any) -> int:
    """'09:30' as minutes past midnight; '24:00' is the midnight that ends the day."""
    hours, colon, minutes = str(text).partition(":")
    if not (colon and hours.isdigit() and minutes.isdigit() and len(minutes) == 2 and int(minutes) < 60):
        raise ValueError("A time like 09:30 is needed.")
    total = int(hours) * 60 + int(minutes)
    if total > DAY_MINUTES:
        raise ValueError("A day ends at 24:00.")
    return total


def _month_day(text: str) -> str:
    month, dash, day = text.partition("-")
    fits = dash and month.isdigit() and day.isdigit() and len(text) == 5 and 1 <= int(month) <= 12
    # 2024 has a 29 February.
    if not fits or not 1 <= int(day) <= calendar.monthrange(2024, int(month))[1]:
        raise ValueError("A month and day like 12-24 is needed.")
    return text


def _plain(text: str) -> str:
    if any(ord(sign) < 32 and sign not in "\n\t" for sign in text):
        raise ValueError("This holds control characters.")
    return text


Text = Annotated[str, AfterValidator(_plain)]
_KEY = r"^[A-Za-z0-9][A-Za-z0-9_-]*$"
Key = Annotated[str, Field(pattern=_KEY, max_length=80)]
LongKey = Annotated[str, Field(pattern=_KEY, max_length=120)]
FeatureKey = Annotated[str, Field(pattern=_KEY, max_length=60)]
Country = Annotated[str, Field(pattern=r"^[A-Z]{2}$")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Language = Annotated[str, Field(pattern=r"^[a-z]{2}$")]
Zone = Annotated[str, AfterValidator(_zone)]
Region = Annotated[str, AfterValidator(_region)]
Minutes = Annotated[int, BeforeValidator(_wall_minutes)]
MonthDay = Annotated[str, AfterValidator(_month_day)]
Names = dict[Language, Annotated[Text, Field(max_length=120)]]
Texts = dict[Language, Annotated[Text, Field(max_length=5000)]]
Category = Annotated[str, AfterValidator(_category)]
ResourceKind = Annotated[str, AfterValidator(_kind)]
VatCategory = Annotated[str, Field(pattern=_KEY, max_length=24)]
Name = Annotated[Text, Field(min_length=1, max_length=120)]


class Shape(BaseModel):
    """What all of them share: unknown fields are mistakes, and texts have no blanks around them."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


class Head(Shape):
    """What `network.json` says about itself."""

    format: Literal["share-the-desk/network/1"]
    as_of: date | None = None
    demo: bool = False
    attribution: list[Text] = []


class Hours(Shape):
    """One opening of one weekday, 1 (Monday) to 7. Closing at or before opening means: past midnight."""

    weekday: int = Field(ge=1, le=7)
    opens: Minutes
    closes: Minutes
    valid_from: date | None = Field(default=None, alias="from")
    valid_until: date | None = Field(default=None, alias="until")

    @property
    def closes_minute(self) -> int:
        """Minutes past the midnight before opening: above 1440 when it closes on the next day."""
        return self.closes if self.closes > self.opens else self.closes + DAY_MINUTES

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.opens == DAY_MINUTES:
            raise ValueError("Opening at 24:00 is opening at 00:00 of the next day.")
        if self.valid_from and self.valid_until and self.valid_from > self.valid_until:
            raise ValueError("The season ends before it begins.")
        return self


class DatedClosure(Shape):
    """Whole local days, both inclusive: dates, or with `yearly` a month and day that come back each year."""

    first: str = Field(alias="from")
    last: str = Field(alias="to")
    yearly: bool = False
    reason: Text = Field(max_length=200)
    reasons: Names = {}

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.yearly:
            _month_day(self.first)
            _month_day(self.last)
        elif self.first_on > self.last_on:
            raise ValueError("It ends before it begins.")
        return self

    @property
    def first_on(self) -> date:
        return _date(self.first)

    @property
    def last_on(self) -> date:
        return _date(self.last)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(
            "A date like 2027-01-31 is needed, or yearly and a month and day like 12-24."
        ) from None


class EntityShape(Shape):
    key: Annotated[str, Field(pattern=_KEY, max_length=40)]
    name: Text = Field(max_length=160)
    legal_name: Text = Field(default="", max_length=160)
    country: Country
    currency: Currency
    zone: Zone
    vat_number: Text = Field(default="", max_length=30)
    address: Text = Field(default="", max_length=300)
    register_number: Text = Field(default="", max_length=60)
    website: Text = Field(default="", max_length=200)
    languages: list[Language] = []
    status: Literal["active", "in_liquidation", "unknown", "closed"] = "active"
    status_on: Text = Field(default="", max_length=10)
    status_note: Text = Field(default="", max_length=2000)
    status_notes: Texts = {}


class VatRateShape(Shape):
    country: Country
    category: VatCategory
    from_on: date = Field(alias="from")
    basis_points: int = Field(ge=0, le=10_000)
    reason: Text = Field(max_length=300)


class ExchangeRateShape(Shape):
    currency: Currency
    on: date
    per_euro: Annotated[str, Field(pattern=r"^\d{1,9}(?:\.\d{1,10})?$")]
    source: Text = Field(max_length=80)
    demo: bool = False


class SkillShape(Shape):
    key: FeatureKey
    name: Name
    names: Names = {}
    valid_months: int | None = Field(default=None, ge=1, le=240)
    across_venues: bool = False
    demo: bool = False


class Address(Shape):
    street: Text = Field(default="", max_length=160)
    postal_code: Text = Field(default="", max_length=20)
    district: Text = Field(default="", max_length=80)
    city: Annotated[Text, Field(min_length=1, max_length=80)]
    country: Country


class Contact(Shape):
    name: Text = Field(default="", max_length=120)
    email: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=254)] | Literal[""] = ""
    phone: Text = Field(default="", max_length=40)
    website: Text = Field(default="", max_length=200)
    demo: bool = False


class Fact(Shape):
    key: FeatureKey
    value: bool | int | float | Annotated[Text, Field(max_length=200)]
    unit: Text = Field(default="", max_length=20)


class VenueShape(Shape):
    key: Key
    kind: Literal["shared_space", "office"]
    entity: str
    name: Name
    names: Names = {}
    description: Texts = {}
    operator: Text = Field(default="", max_length=300)
    address: Address
    city_names: Names = {}
    lat: fields.Latitude
    lon: fields.Longitude
    precision: Literal["site", "approx_300m", "approx_500m", "district_centre", "city_centre"] = "site"
    zone: Zone
    currency: Currency
    capacity_people: fields.AtLeastOne | None = None
    languages: list[Language] = []
    facts: list[Fact] = []
    features: list[FeatureKey] = []
    access: Texts = {}
    ask: str | None = None
    contact: Contact = Contact()
    holidays: Region = ""
    open_holidays: list[date] = []
    opening_hours: list[Hours] = Field(default=[], max_length=100)
    closures: list[DatedClosure] = Field(default=[], max_length=200)
    status: Literal["open", "unknown", "closed"] = "open"
    status_on: Text = Field(default="", max_length=10)
    status_note: Text = Field(default="", max_length=2000)
    status_notes: Texts = {}
    bookable: bool | None = None
    demo: bool = False


class UnitShape(Shape):
    key: LongKey
    venue: str
    name: Name


class Rules(Shape):
    """The rules of booking; a field that is left out has the default of the database."""

    raster_minutes: fields.Raster = 30
    shortest_minutes: fields.Length = 30
    longest_minutes: fields.Length = 600
    lead_minutes: fields.Lead = 0
    horizon_days: fields.Horizon = 180
    buffer_before_minutes: fields.Buffer = 0
    buffer_after_minutes: fields.Buffer = 0
    quota: fields.AtLeastOne | None = None
    approval: bool = False
    approval_hours: fields.ApprovalHours = 72
    external: bool = True
    role: Literal["host", "manager"] | None = None
    skill: str | None = None
    free_until_hours: fields.FreeUntil = 24
    late_fee_percent: fields.Percent = 50
    no_show_fee_percent: fields.Percent = 100
    deposit_cents: fields.Cents = 0
    release_minutes: int | None = Field(default=None, ge=1, le=DAY_MINUTES)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.longest_minutes < self.shortest_minutes:
            raise ValueError("The longest booking is shorter than the shortest.")
        return self


class TariffShape(Shape):
    """Prices from a day on, net of VAT, in minor units of the venue's currency, per unit. Null: not sold so."""

    from_on: date = Field(alias="from")
    category: Category
    hour_cents: fields.Cents | None = None
    half_day_cents: fields.Cents | None = None
    day_cents: fields.Cents | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.hour_cents is None and self.half_day_cents is None and self.day_cents is None:
            raise ValueError("A tariff needs a price per hour, half day or day; 0 is free.")
        return self


class ResourceShape(Shape):
    key: LongKey
    venue: str
    kind: ResourceKind
    name: Name
    names: Names = {}
    description: Texts = {}
    units: list[str] = Field(default=[], max_length=2000)
    quantity: int | None = Field(default=None, ge=1, le=fields.UNITS_MAX)
    takes: Literal["all", "any"] | None = None
    capacity_people: fields.AtLeastOne | None = None
    area_m2: float | None = Field(default=None, gt=0)
    features: list[FeatureKey] = []
    step_free: bool | None = None
    located_in: str | None = None
    existence: Literal["known", "invented"] = "known"
    published: bool = True
    rules: Rules = Rules()
    vat_category: VatCategory
    opening_hours: list[Hours] = Field(default=[], max_length=100)
    tariffs: list[TariffShape] = Field(min_length=1, max_length=200)
    demo: bool = False

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if bool(self.units) == (self.quantity is not None):
            raise ValueError("Either units or a quantity is needed.")
        return self

    @property
    def unit_keys(self) -> list[str]:
        """The named units; with a quantity, units of the resource's own."""
        return self.units or [f"{self.key}--{number:02}" for number in range(1, (self.quantity or 0) + 1)]

    @property
    def takes_units(self) -> str:
        """'all' or 'any': a pool of several units is 'any' unless the file says otherwise."""
        return self.takes or ("all" if len(self.unit_keys) == 1 else "any")
