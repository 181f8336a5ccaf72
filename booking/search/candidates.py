"""What fits a wish in everything but the time: by a box in SQL (the circle is Python's)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from booking import db, i18n, places
from booking.search import cities
from booking.search.cities import Where
from booking.search.wishes import Wish

if TYPE_CHECKING:
    from booking.search.kept import Kept


# Every city once, by as many looks into the index as there are cities, however many houses they have.
CITIES = """SELECT city FROM (
    WITH RECURSIVE each_city (city) AS (
        SELECT MIN(city) FROM venue
        UNION ALL SELECT (SELECT MIN(v.city) FROM venue v WHERE v.city > c.city) FROM each_city c
            WHERE c.city IS NOT NULL
    ) SELECT city FROM each_city
) found WHERE city IS NOT NULL"""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A resource that fits the wish in everything but the time, from one row."""

    id: int
    venue_id: int
    takes: str
    zone: str
    country: str
    buffers: tuple[int, int]
    distance_km: float | None
    order: tuple[Any, ...]


async def where_of(wish: Wish, kept: Kept) -> Where:
    """What the wish means by its place."""
    if wish.in_box:
        return cities.middle_of(wish.box)  # type: ignore[arg-type]
    if not (words := cities.plain(wish.where)):
        return cities.find("", [], lat=wish.lat, lon=wish.lon)
    return await kept.where((words, i18n.language()), lambda: _called(wish))


async def candidates_of(wish: Wish, where: Where, most: int | None, kept: Kept) -> list[Candidate]:
    """The first resources (all, without `most`) that fit in place, kind, size and features, in the order in which to
    look at them. The list is kept, and not to be changed."""
    box, quantity = wish.box if wish.in_box else None, wish.quantity if wish.people > 1 else 1
    key = (where.lat, where.lon, where.venue_ids, box, wish.radius_km, wish.kind, wish.group, wish.people, quantity,
           wish.features, most)  # fmt: skip
    return await kept.candidates(key, lambda: _fitting(wish, where, most))


async def _fitting(wish: Wish, where: Where, most: int | None) -> list[Candidate]:
    sql = (
        "SELECT r.id, r.venue_id, r.takes, r.features, r.step_free, r.buffer_before_minutes, r.buffer_after_minutes, "
        "r.position, r.kind, v.lat, v.lon, v.zone, v.city, v.country, "
        "v.features AS venue_features "
        "FROM resource r JOIN venue v ON v.id = r.venue_id WHERE r.published AND v.status <> 'closed'"
    )
    values: list[Any] = []
    measured = where.lat is not None and where.lon is not None
    if where.venue_ids is not None:
        sql += f" AND {db.among('v.id')}"
        values.append(db.many(sorted(where.venue_ids)))
    elif wish.in_box:
        sql += " AND v.lon BETWEEN ? AND ? AND v.lat BETWEEN ? AND ?"
        west, south, east, north = wish.box  # type: ignore[misc]
        values += [west, east, south, north]
    elif measured and wish.radius_km:
        south, north, west, east = cities.box(where.lat, where.lon, wish.radius_km)  # type: ignore[arg-type]
        sql += " AND v.lat BETWEEN ? AND ? AND v.lon BETWEEN ? AND ?"
        values += [south, north, west, east]
    kinds = [wish.kind] if wish.kind else list(places.KINDS_BY_GROUP.get(wish.group, ()))
    if not kinds and wish.people > 1:  # People sit in rooms: a projector for four is not what they mean.
        kinds = [kind for kind in places.KINDS if places.GROUP_OF[kind] != "equipment"]
    if kinds:
        sql += f" AND r.kind IN ({', '.join('?' * len(kinds))})"
        values += kinds
    if wish.people > 1:
        sql += " AND (r.capacity_people IS NULL OR r.capacity_people * ? >= ? "
        sql += "OR (r.takes = 'all' AND r.capacity_people >= ?))"
        values += [wish.quantity, wish.people, wish.people]
    found: list[Candidate] = []
    away: dict[int, float] = {}
    if not measured and not wish.features:
        things = ", ".join(f"'{kind}'" for kind in places.KINDS_BY_GROUP["equipment"])
        sql += f" ORDER BY v.city, v.id, r.kind IN ({things}), r.position, r.id"
        sql += f" LIMIT {most}" if most else ""
    for row in await db.rows(sql, *values):
        if wish.features and not _has(row, wish.features):
            continue
        distance = None
        if measured:
            distance = away.get(row["venue_id"])
            if distance is None:
                distance = cities.distance_km(where.lat, where.lon, row["lat"], row["lon"])  # type: ignore[arg-type]
                away[row["venue_id"]] = distance
            if wish.radius_km and where.venue_ids is None and not wish.in_box and distance > wish.radius_km:
                continue
        found.append(
            Candidate(
                row["id"],
                row["venue_id"],
                row["takes"],
                row["zone"],
                row["country"],
                (row["buffer_before_minutes"], row["buffer_after_minutes"]),
                distance,
                _order(row, distance),
            )
        )
    return sorted(found, key=lambda candidate: candidate.order)[:most]


async def _called(wish: Wish) -> Where:
    called = cities.called(wish.where, [row["city"] for row in await db.rows(CITIES)])
    if called:
        middles = await db.rows(
            "SELECT city, AVG(lat) AS lat, AVG(lon) AS lon FROM venue "
            f"WHERE {db.among('city')} GROUP BY city, country ORDER BY MIN(id) LIMIT 1",
            db.many(called),
        )
        return cities.city_at(**middles[0])
    spots: list[cities.Spot] = []
    sql = "SELECT id, key, name, names, city, country, lat, lon FROM venue ORDER BY id"
    for row in await db.rows(sql):
        names = tuple(dict.fromkeys((row["name"], *read_json(row["names"], {}).values())))
        place = row["city"], row["country"], row["lat"], row["lon"]
        spots.append(cities.Spot(row["id"], row["key"], names, *place))
    return cities.find(wish.where, spots, lat=wish.lat, lon=wish.lon)


def _order(row: Mapping[str, Any], distance: float | None) -> tuple[Any, ...]:
    """Nearest first; in one house rooms before things, then as the house lists them."""
    is_thing = places.GROUP_OF[row["kind"]] == "equipment"
    return round(distance or 0, 3), row["city"], row["venue_id"], is_thing, row["position"], row["id"]


def _has(row: Mapping[str, Any], wanted: Sequence[str]) -> bool:
    """Whether the resource, or the house around it, has all these features."""
    has = _features(row["features"]) | _features(row["venue_features"])
    if row["step_free"] is not None:
        has = has | {"step_free"} if row["step_free"] else has - {"step_free"}
    return has.issuperset(wanted)


@lru_cache(maxsize=4096)  # of thousands of places, most have one of a few dozen lists
def _features(told: str) -> frozenset[str]:
    return frozenset(json.loads(told) or ())


def read_json(value: Any, empty: Any) -> Any:
    """A JSON column out of `db.rows`, which answers it as text."""
    return (json.loads(value) if isinstance(value, str) else value) or empty
