"""Indexes that the models bring along, and that nobody asks (decision 56)."""

from booking import db as database
from booking import guards


async def test_indexes_that_nobody_asks_are_not_there(db):
    """What makes one superfluous is; and the names are those that the ORM gives, on both engines."""
    if db == "sqlite":
        sql = "SELECT name, sql AS told FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    else:
        sql = "SELECT indexname AS name, indexdef AS told FROM pg_indexes WHERE schemaname = current_schema()"
    there = {row["name"]: row["told"].replace('"', "") for row in await database.rows(sql)}
    assert not there.keys() & set(guards.UNASKED)
    connection = database.connection()
    names = connection.schema_generator(connection)._get_index_name
    stands_in = {
        ("reservation", "member_id"): "(member_id, ends_at)",
        ("reservation", "resource_id"): "(resource_id, ends_at)",
        ("reservation", "venue_id"): "(venue_id, ends_at)",
        ("claim", "unit_id"): "(unit_id, ends_at, begins_at)",
        ("event", "venue_id"): "(venue_id, name, id)",
        ("transfer", "pending_id"): "(pending_id) WHERE",
    }
    for (table, column), longer in stands_in.items():
        assert names("idx", table, [column]) in guards.UNASKED
        assert any(f"{table} " in told and longer in told for told in there.values()), (table, column)
    assert names("idx", "reservation", ["state", "held_until"]) in guards.UNASKED
    assert "reservation_held" in there
    for column in ("decided_by_id", "cancelled_by_id", "pend_id"):
        assert names("idx", "reservation", [column]) in guards.UNASKED
