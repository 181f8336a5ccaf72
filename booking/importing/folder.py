"""Reading a folder that describes a network: `network.json`, its parts in files of their own, and two CSV tables.

What is checked here needs no database: shapes, keys that come twice, and what belongs together. Whether a key that
the folder does not bring is known from an earlier import is asked when saving.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from booking.importing.files import Problem, Reading, Record
from booking.importing.shapes import (
    EntityShape,
    ExchangeRateShape,
    Head,
    ResourceShape,
    Rules,
    Shape,
    SkillShape,
    UnitShape,
    VatRateShape,
    VenueShape,
)

SHAPES: dict[str, type[Shape]] = {
    "entities": EntityShape,
    "vat_rates": VatRateShape,
    "exchange_rates": ExchangeRateShape,
    "skills": SkillShape,
    "venues": VenueShape,
    "units": UnitShape,
    "resources": ResourceShape,
}
_LANGUAGE = "(?P<language>[a-z]{2})"
_TEXTS = re.compile(rf"^(?P<field>names|description|access|city_names|status_notes)_{_LANGUAGE}$")
_TARIFF = re.compile(r"^(?P<category>[a-z]+)_(?P<price>hour_cents|half_day_cents|day_cents)$")
_HOURS = re.compile(r"^(?P<first>[1-7])(?:-(?P<last>[1-7]))? (?P<opens>\d\d?:\d\d)-(?P<closes>\d\d?:\d\d)$")
_LISTS = ("languages", "features", "units", "open_holidays")
_EVER, _NEVER = date.min, date.max
_ADDRESS = ("street", "postal_code", "district", "city", "country")


@dataclass
class Network:
    """The objects of a folder, each with its place in the files."""

    entities: list[Record[EntityShape]] = field(default_factory=list)
    vat_rates: list[Record[VatRateShape]] = field(default_factory=list)
    exchange_rates: list[Record[ExchangeRateShape]] = field(default_factory=list)
    skills: list[Record[SkillShape]] = field(default_factory=list)
    venues: list[Record[VenueShape]] = field(default_factory=list)
    units: list[Record[UnitShape]] = field(default_factory=list)
    resources: list[Record[ResourceShape]] = field(default_factory=list)


def read(folder: Path, reading: Reading) -> Network:
    """Everything in the folder that could be read; `reading` collects the complaints about the rest."""
    network = Network()
    whole = folder / "network.json"
    if whole.exists():
        _read_whole(whole, network, reading)
    for name, shape in SHAPES.items():
        part = folder / f"{name}.json"
        if part.exists() and (raw := reading.json(part)) is not None:
            getattr(network, name).extend(_read_list(raw, shape, part.name, "", reading))
    for name, shape in (("venues", VenueShape), ("resources", ResourceShape)):
        table = folder / f"{name}.csv"
        if table.exists():
            getattr(network, name).extend(reading.csv(table, shape, unfold))
    if not any(getattr(network, name) for name in SHAPES) and not reading.problems:
        reading.problems.append(
            Problem(folder.name, "", "", "There is no network.json and no part of one in this folder.")
        )
    _check(network, reading)
    return network


def _read_whole(path: Path, network: Network, reading: Reading) -> None:
    raw = reading.json(path)
    if raw is None:
        return
    if not isinstance(raw, dict):
        reading.problems.append(Problem(path.name, "", "", "An object is needed."))
        return
    head = {name: value for name, value in raw.items() if name not in SHAPES}
    list(reading.shaped(Head, head, path.name, ""))
    for name, shape in SHAPES.items():
        if raw.get(name) is not None:
            getattr(network, name).extend(_read_list(raw[name], shape, path.name, name, reading))


def _read_list(raw: Any, shape: type[Shape], file: str, name: str, reading: Reading) -> Iterable[Record[Any]]:
    if not isinstance(raw, list):
        reading.problems.append(Problem(file, name, "", "A list is needed."))
        return
    for number, item in enumerate(raw):
        yield from reading.shaped(shape, item, file, f"{name}[{number}]")


def unfold(row: dict[str, str]) -> dict[str, Any]:
    """A CSV row of a venue or resource as the object that JSON would hold. Raises ValueError('column: sentence')."""
    found: dict[str, Any] = {}
    prices: dict[str, dict[str, str]] = {}
    for name, cell in row.items():
        texts, price = _TEXTS.match(name), _TARIFF.match(name)
        if texts:
            found.setdefault(texts["field"], {})[texts["language"]] = cell
        elif price:
            prices.setdefault(price["category"], {})[price["price"]] = cell
        elif name in _LISTS:
            found[name] = cell.split()
        elif name in _ADDRESS:
            found.setdefault("address", {})[name] = cell
        elif name.startswith("contact_"):
            found.setdefault("contact", {})[name.removeprefix("contact_")] = cell
        elif name in Rules.model_fields:
            found.setdefault("rules", {})[name] = cell
        elif name == "opening_hours":
            found[name] = _hours(cell)
        elif name != "tariff_from":
            found[name] = cell
    if prices:
        if "tariff_from" not in row:
            raise ValueError("tariff_from: Prices need the date from which they hold.")
        found["tariffs"] = [
            {"from": row["tariff_from"], "category": category, **amounts}
            for category, amounts in prices.items()
        ]
    return found


def _hours(cell: str) -> list[dict[str, Any]]:
    """'1-5 09:00-18:00; 6 10:00-14:00' as one object per weekday."""
    found = []
    for part in filter(None, (part.strip() for part in cell.split(";"))):
        hours = _HOURS.match(part)
        if not hours:
            raise ValueError(f"opening_hours: Hours like 1-5 09:00-18:00 are needed, not {part}.")
        last = int(hours["last"] or hours["first"])
        for weekday in range(int(hours["first"]), last + 1):
            found.append({"weekday": weekday, "opens": hours["opens"], "closes": hours["closes"]})
    return found


def _check(network: Network, reading: Reading) -> None:
    for name in ("entities", "skills", "venues", "units", "resources"):
        _check_once(getattr(network, name), lambda value: value.key, "key", reading)
    _check_once(network.vat_rates, lambda rate: (rate.country, rate.category, rate.from_on), "from", reading)
    _check_once(network.exchange_rates, lambda rate: (rate.currency, rate.on), "on", reading)
    for venue in network.venues:
        _check_hours(venue, reading)
    for resource in network.resources:
        _check_hours(resource, reading)
        units = resource.value.unit_keys
        if len(set(units)) < len(units):
            reading.complain(resource, "units", "A unit stands here twice.")
        tariffs = [(tariff.category, tariff.from_on) for tariff in resource.value.tariffs]
        if len(set(tariffs)) < len(tariffs):
            reading.complain(resource, "tariffs", "A category has two tariffs from the same day.")


def _check_once(records: list[Record[Any]], key: Any, name: str, reading: Reading) -> None:
    seen: dict[Any, Record[Any]] = {}
    for record in records:
        mark = key(record.value)
        if first := seen.get(mark):
            said = mark if isinstance(mark, str) else " ".join(str(part) for part in mark)
            reading.complain(record, name, f"{said} stands already in {first.file}, {first.place}.")
        seen.setdefault(mark, record)


def _check_hours(record: Record[Any], reading: Reading) -> None:
    """No two openings of a weekday may overlap while both are in season."""
    rows = sorted(enumerate(record.value.opening_hours), key=lambda row: (row[1].weekday, row[1].opens))
    for (_, one), (number, other) in itertools.pairwise(rows):
        same_season = (one.valid_from or _EVER) <= (other.valid_until or _NEVER) and (
            other.valid_from or _EVER
        ) <= (one.valid_until or _NEVER)
        if one.weekday == other.weekday and other.opens < one.closes_minute and same_season:
            reading.complain(
                record, f"opening_hours[{number}]", "These hours overlap others of the same weekday."
            )
