"""Models made of rows and rows made of models, without what the ORM asks of each value on the way.

What it does for a wide row takes several times what the database takes to find it, and a booking reads twenty and
writes three. Here the readers of a table's columns are looked up once. A value may come as either engine's driver gives
it, or as JSON has it: instants, dates and UUIDs as text, true as 1.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any, TypeVar
from uuid import UUID

from tortoise import fields
from tortoise.fields.base import Field
from tortoise.fields.data import JSON_DUMPS
from tortoise.models import Model
from tortoise.validators import MaxLengthValidator

M = TypeVar("M", bound=Model)
Reader = Callable[[Any], Any]

PLAIN_TYPES = (int, str)
_json_of = json.JSONEncoder(separators=(",", ":")).encode  # as the ORM has it, made once


def made(model: type[M], found: Iterable[dict[str, Any]]) -> list[M]:
    """Models of rows with all of their table's columns."""
    state, columns = _columns_of(model)
    listed = []
    for row in found:
        one = object.__new__(model)
        own = one.__dict__
        own.update(state, _await_when_save={})
        for column, name, read in columns:
            value = row[column]
            own[name] = value if read is None or value is None else read(value)
        listed.append(one)
    return listed


def fresh(model: type[M], **values: Any) -> M:
    """A model that is not in the database yet, of Python values in their columns' types; the rest has its default."""
    one = object.__new__(model)
    own = one.__dict__
    own.update(_partial=False, _saved_in_db=False, _custom_generated_pk="id" in values, _await_when_save={})
    for name, default in _defaults_of(model):
        own[name] = values[name] if name in values else default() if callable(default) else default
    assert values.keys() <= own.keys(), f"{model.__name__} has no {values.keys() - own.keys()}"
    return one


def attach(one: Any, name: str, related: Any) -> None:
    """Set the foreign key `name` to the model that its column names already, without asking whether it does."""
    one.__dict__[f"_{name}"] = related


def insertion(row: Model) -> tuple[Any, ...]:
    """The INSERT of a `fresh` model that brings its own id, with its values, for `db.write`."""
    sql, columns = _insertion_of(type(row))
    values = row.__dict__
    return sql, *(values[name] if write is None else write(values[name], row) for name, write in columns)


@functools.cache
def _columns_of(model: type[Model]) -> tuple[dict[str, Any], list[tuple[str, str, Reader | None]]]:
    meta = model._meta
    own_id = meta.db_pk_column not in meta.generated_db_fields
    state = {"_partial": False, "_saved_in_db": True, "_custom_generated_pk": own_id}
    return state, [
        (column, name, _reader_of(meta.fields_map[name]))
        for name, column in meta.fields_db_projection.items()
    ]


def _reader_of(field: Field[Any]) -> Reader | None:
    """What makes the value of this column out of any form in which it comes; None: it comes as it is."""
    if isinstance(field, fields.JSONField):
        return _json
    if field.field_type in PLAIN_TYPES:
        return None
    known: dict[Any, Reader] = {datetime: instant, date: _day, UUID: _uuid, bool: bool, float: float}
    return known.get(field.field_type, field.to_python_value)


def instant(value: Any) -> Any:
    """A datetime column, as an aware UTC datetime (None stays None). Raises ValueError for a naive one."""
    if value is None:
        return None
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if value.tzinfo is UTC:
        return value
    if value.tzinfo is None:
        raise ValueError("a naive datetime has no place in the database")
    return value.astimezone(UTC)


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str) else value


def _day(value: Any) -> date:
    return date.fromisoformat(value) if isinstance(value, str) else value


def _uuid(value: Any) -> UUID:
    return UUID(value) if isinstance(value, str) else value


@functools.cache
def _defaults_of(model: type[Model]) -> list[tuple[str, Any]]:
    return [(name, model._meta.fields_map[name].default) for name in model._meta.fields_db_projection]


@functools.cache
def _insertion_of(model: type[Model]) -> tuple[str, list[tuple[str, Any]]]:
    meta = model._meta
    columns = [(name, _writer_of(meta.fields_map[name])) for name in meta.fields_db_projection]
    names = ", ".join(f'"{column}"' for column in meta.fields_db_projection.values())
    places = ", ".join("?" * len(columns))
    return f'INSERT INTO "{meta.db_table}" ({names}) VALUES ({places})', columns


def _writer_of(field: Field[Any]) -> Callable[[Any, Any], Any] | None:
    """The field's own way to the database, with what it checks; None where there is nothing to check or to change.

    What nearly every value is like goes a shorter way to the same.
    """
    stock = field.to_db_value
    if field.validators:
        checks = [type(each) for each in field.validators]
        if isinstance(field, fields.CharField) and checks == [MaxLengthValidator]:
            most = field.max_length
            return lambda text, row: text if type(text) is str and len(text) <= most else stock(text, row)
        return stock
    # Either driver takes a UUID, see `db.rows`.
    if type(field).to_db_value is Field.to_db_value or isinstance(field, fields.UUIDField):
        return None
    if isinstance(field, fields.JSONField) and field.encoder is JSON_DUMPS:
        return lambda value, row: _json_of(value) if type(value) in (dict, list) else stock(value, row)
    return stock
