"""The database's own guards: the net under the rules. One list for both engines.

Tortoise drops named constraints of new tables in silence, and a table rebuilt on SQLite loses its triggers, so these
are created by SQL of ours after every run of the migrations (`booking/migrating.py`), on both engines: what is there
and has not changed stays. A guard that refuses answers with its name, which `db.violated` reads.
"""

from __future__ import annotations

# (name, table, expression over {new}columns that must be true)
CHECKS: list[tuple[str, str, str]] = [
    ("claim_span_forward", "claim", "{new}begins_at < {new}ends_at"),
    ("reservation_span_forward", "reservation", "{new}begins_at < {new}ends_at"),
    ("closure_span_forward", "closure", "{new}begins_at < {new}ends_at"),
    (
        "opening_hours_sane",
        "opening_hours",
        "{new}weekday BETWEEN 1 AND 7 AND {new}opens_minute >= 0 "
        "AND {new}opens_minute < {new}closes_minute AND {new}closes_minute <= 2880",
    ),
    ("transfer_amount_positive", "transfer", "{new}amount_cents > 0"),
    ("transfer_two_accounts", "transfer", "{new}debit_id <> {new}credit_id"),
    (
        "transfer_kind_known",
        "transfer",
        "{new}kind IN ('move', 'pend', 'post', 'void', 'reverse') AND "
        "(({new}kind IN ('move', 'pend')) = ({new}pending_id IS NULL))",
    ),
    (
        "account_not_overdrawn",
        "account",
        "NOT {new}limited OR {new}credits_posted_cents + {new}limit_cents "
        ">= {new}debits_posted_cents + {new}debits_pending_cents",
    ),
    (
        "account_totals_positive",
        "account",
        "{new}credits_posted_cents >= 0 AND {new}debits_posted_cents >= 0 AND {new}debits_pending_cents >= 0",
    ),
    (
        "reservation_state_known",
        "reservation",
        "{new}state IN ('held', 'confirmed', 'cancelled', 'declined', 'expired')",
    ),
    ("reservation_hold_ends", "reservation", "{new}state <> 'held' OR {new}held_until IS NOT NULL"),
    (
        "reservation_price_adds_up",
        "reservation",
        "{new}total_cents = {new}net_cents + {new}vat_cents "
        "AND {new}net_cents >= 0 AND {new}vat_cents >= 0 AND {new}fee_cents >= 0",
    ),
    (
        "reservation_card_part",
        "reservation",
        "{new}card_cents >= 0 AND {new}card_cents <= {new}total_cents "
        "AND {new}held_for IN ('', 'payment', 'card', 'approval')",
    ),
    (
        "payment_sane",
        "payment",
        "{new}status IN ('opening', 'open', 'processing', 'authorised', 'saved', 'expired', 'failed', 'cancelled', "
        "'paid') AND {new}method IN ('charge', 'authorise', 'save', 'saved_charge') AND {new}amount_cents > 0 "
        "AND {new}captured_cents >= 0 AND {new}captured_cents <= {new}amount_cents AND {new}fee_cents >= 0 "
        "AND (({new}status = 'paid') = ({new}captured_cents > 0))",
    ),
    (
        "refund_sane",
        "refund",
        "{new}amount_cents > 0 AND {new}status IN ('asked', 'pending', 'succeeded', 'failed', 'retried') "
        "AND ({new}status NOT IN ('pending', 'succeeded') OR {new}stripe_id IS NOT NULL)",
    ),
    (
        "receipt_adds_up",
        "receipt",
        "{new}kind IN ('payment', 'refund', 'refund_back') AND {new}number > 0 AND {new}gross_cents > 0 "
        "AND {new}net_cents >= 0 AND {new}vat_cents >= 0 AND {new}gross_cents = {new}net_cents + {new}vat_cents "
        "AND (({new}kind = 'payment') = ({new}refund_id IS NULL))",
    ),
    (
        "change_hold_sane",
        "change_hold",
        "{new}begins_at < {new}ends_at AND {new}card_cents > 0 AND {new}quantity >= 1 "
        "AND {new}state IN ('held', 'done', 'given_up', 'expired')",
    ),
    (
        "payout_sane",
        "payout",
        "{new}status IN ('pending', 'in_transit', 'paid', 'failed', 'canceled')",
    ),
    ("receipt_book_counts", "receipt_book", "{new}used >= 0"),
    ("dispute_amount_positive", "dispute", "{new}amount_cents > 0 AND {new}fee_cents >= 0"),
    (
        "reservation_series_dated",
        "reservation",
        "(({new}series_id IS NULL) = ({new}series_on IS NULL)) "
        "AND ({new}beside_id IS NULL OR {new}beside_id <> {new}id)",
    ),
    ("reservation_counts_positive", "reservation", "{new}people >= 1 AND {new}quantity >= 1"),
    ("resource_takes_known", "resource", "{new}takes IN ('all', 'any')"),
    (
        "resource_rules_sane",
        "resource",
        "{new}raster_minutes > 0 AND {new}shortest_minutes > 0 "
        "AND {new}longest_minutes >= {new}shortest_minutes AND {new}buffer_before_minutes >= 0 "
        "AND {new}buffer_after_minutes >= 0 AND {new}lead_minutes >= 0 AND {new}horizon_days > 0 "
        "AND {new}approval_hours > 0",
    ),
    ("presence_span_forward", "presence", "{new}ends_at IS NULL OR {new}begins_at < {new}ends_at"),
    ("presence_people_sane", "presence", "{new}people >= 0 AND ({new}member_id IS NULL OR {new}people = 1)"),
    (
        "presence_source_known",
        "presence",
        "{new}source IN ('checked_in', 'door', 'wifi', 'sensor', 'staff_count')",
    ),
    (
        "floor_plan_sane",
        "floor_plan",
        "{new}width_cm BETWEEN 100 AND 20000 AND {new}height_cm BETWEEN 100 AND 20000 AND {new}revision > 0",
    ),
    (
        "placement_sane",
        "placement",
        "{new}x >= 0 AND {new}y >= 0 AND {new}w >= 20 AND {new}h >= 20 AND {new}turn BETWEEN 0 AND 359",
    ),
    (
        "demand_sane",
        "demand",
        "{new}wishes >= 0 AND {new}hour BETWEEN -1 AND 23",
    ),
    ("api_token_ends", "api_token", "{new}created_at < {new}expires_at"),
    (
        "webhook_endpoint_scope_fits",
        "webhook_endpoint",
        "({new}kind = 'member' AND {new}venue_id IS NULL AND {new}entity_id IS NULL) "
        "OR ({new}kind = 'venue' AND {new}venue_id IS NOT NULL AND {new}entity_id IS NULL) "
        "OR ({new}kind = 'entity' AND {new}entity_id IS NOT NULL AND {new}venue_id IS NULL)",
    ),
    ("webhook_delivery_state_known", "webhook_delivery", "{new}state IN ('waiting', 'sent', 'parked')"),
    ("member_email_lower", "member", "{new}email = lower({new}email)"),
    ("member_clock_known", "member", "{new}clock_hours IN (12, 24)"),
    (
        "role_scope_fits",
        "role",
        "({new}kind = 'administrator' AND {new}entity_id IS NULL AND {new}venue_id IS NULL) "
        "OR ({new}kind = 'treasurer' AND {new}entity_id IS NOT NULL AND {new}venue_id IS NULL) "
        "OR ({new}kind IN ('host', 'manager') AND ({new}entity_id IS NULL) <> ({new}venue_id IS NULL))",
    ),
]

# (name, table): rows that are written once and then only read.
FINAL: list[tuple[str, str]] = [
    ("transfer_is_final", "transfer"),
    ("event_is_final", "event"),
    ("receipt_is_final", "receipt"),
]

# (name, table, columns that may never change)
FIXED: list[tuple[str, str, tuple[str, ...]]] = [
    ("reservation_uid_fixed", "reservation", ("uid",)),
    ("payment_call_fixed", "payment_call", ("key", "payment_id", "verb", "amount_cents")),
    ("stripe_event_fixed", "stripe_event", ("event_id", "kind", "object_id")),
    ("refund_amount_fixed", "refund", ("amount_cents", "currency", "payment_id")),
    ("mandate_words_fixed", "mandate", ("words", "most_cents", "payment_id", "member_id", "agreed_at")),
]

# (trigger, guard, table, what is wrong, asked of the NEW row): what a row has to do with those of other tables.
BELONGS: list[tuple[str, str, str, str]] = [
    (
        "display_in_its_house",
        "display_in_its_house",
        "display",
        "NEW.resource_id IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM resource r WHERE r.id = NEW.resource_id AND r.venue_id = NEW.venue_id)",
    ),
    (
        "display_keeps_its_house",
        "display_in_its_house",
        "resource",
        "EXISTS (SELECT 1 FROM display d WHERE d.resource_id = NEW.id AND d.venue_id <> NEW.venue_id)",
    ),
    (
        "reservation_in_own_series",
        "reservation_in_own_series",
        "reservation",
        "NEW.series_id IS NOT NULL AND NOT EXISTS "
        "(SELECT 1 FROM series s WHERE s.id = NEW.series_id AND s.member_id = NEW.member_id)",
    ),
]

# (key, tables): what changes the mark of that key, whoever writes: see search.models.Stamp.
STAMPED: list[tuple[str, tuple[str, ...]]] = [
    (
        "places",
        ("venue", "resource", "resource_unit", "skill", "opening_hours", "closure", "yearly_closure", "open_holiday",
         "tariff", "vat_rate"),
    ),
    ("map", ("venue", "venue_state")),
]  # fmt: skip
# A mark is never seen twice, not even after a backup was brought back. Two transactions of one key wait for each other.
_STAMP = "INSERT INTO stamp (key, mark) VALUES ('{key}', {mark}) ON CONFLICT (key) DO UPDATE SET mark = excluded.mark"
_MARKS = {"sqlite": "hex(randomblob(12))", "postgres": "md5(random()::text || txid_current()::text)"}


def stamp_statements(dialect: str) -> list[str]:
    """New marks for everything: what a migration has changed, no trigger may have seen."""
    return [_STAMP.format(key=key, mark=_MARKS[dialect]) for key, _tables in STAMPED]


# (name, definition): the same SQL on both engines.
INDEXES: list[tuple[str, str]] = [
    # All cities with their middles, without reading the venues' long rows.
    ("venue_city_place", "CREATE INDEX IF NOT EXISTS venue_city_place ON venue (city, country, lat, lon)"),
    (
        "transfer_pending_once",
        "CREATE UNIQUE INDEX IF NOT EXISTS transfer_pending_once ON transfer (pending_id) "
        "WHERE pending_id IS NOT NULL",
    ),
    ("claim_next", "CREATE INDEX IF NOT EXISTS claim_next ON claim (unit_id, ends_at, begins_at)"),
    (
        "claim_of_change",
        "CREATE INDEX IF NOT EXISTS claim_of_change ON claim (change_id) WHERE change_id IS NOT NULL",
    ),
    (
        "change_hold_once",
        "CREATE UNIQUE INDEX IF NOT EXISTS change_hold_once ON change_hold (reservation_id) WHERE state = 'held'",
    ),
    (
        "series_date_once",
        "CREATE UNIQUE INDEX IF NOT EXISTS series_date_once ON reservation (series_id, series_on) "
        "WHERE series_id IS NOT NULL AND beside_id IS NULL",
    ),
    (
        "presence_open_once",
        "CREATE UNIQUE INDEX IF NOT EXISTS presence_open_once ON presence (member_id) "
        "WHERE ends_at IS NULL AND member_id IS NOT NULL",
    ),
    (
        "message_waiting",
        "CREATE INDEX IF NOT EXISTS message_waiting ON message (next_at) WHERE state = 'waiting'",
    ),
    (
        "webhook_delivery_waiting",
        "CREATE INDEX IF NOT EXISTS webhook_delivery_waiting ON webhook_delivery (endpoint_id, id) "
        "WHERE state = 'waiting'",
    ),
    (
        "reservation_held",
        "CREATE INDEX IF NOT EXISTS reservation_held ON reservation (held_until) WHERE state = 'held'",
    ),
    # The history of a house: a few changes among all that ever happened to its bookings.
    ("event_of_venue", "CREATE INDEX IF NOT EXISTS event_of_venue ON event (venue_id, name, id)"),
    (
        "reservation_to_post",
        "CREATE INDEX IF NOT EXISTS reservation_to_post ON reservation (begins_at) "
        "WHERE state = 'confirmed' AND posted_at IS NULL",
    ),
]

# Indexes of single columns that the models' foreign keys bring along, and that nobody asks: each is one more page to
# write for every booking (docs/decisions/0056-indexes-nobody-asks.md).
UNASKED: list[str] = [
    # A longer index begins with the same column.
    "idx_reservation_member__bf0463",
    "idx_reservation_resourc_a27c16",
    "idx_reservation_venue_i_454ef5",
    "idx_claim_unit_id_6d8222",
    "idx_event_venue_i_9e3744",
    "idx_keyed_reque_member__60b0ed",
    # A partial index has the few rows that count.
    "idx_reservation_state_fb2575",
    "idx_transfer_pending_6e767a",
    # Read off the reservation, never searched by; and what they point to is never deleted.
    "idx_reservation_decided_3a7e8b",
    "idx_reservation_cancell_d3aec2",
    "idx_reservation_pend_id_cfc01c",
]


def _indexes() -> list[str]:
    return [*(sql for _, sql in INDEXES), *(f"DROP INDEX IF EXISTS {name}" for name in UNASKED)]


def sqlite_statements() -> list[str]:
    """Every guard as whole statements that may be run again and again."""
    statements = _indexes()
    for name, table, expression in CHECKS:
        for verb in ("INSERT", "UPDATE"):
            statements += _trigger(
                f"{name}_{verb.lower()}",
                f"BEFORE {verb} ON {table}",
                name,
                f"NOT ({expression.format(new='NEW.')})",
            )
    for name, table in FINAL:
        for verb in ("UPDATE", "DELETE"):
            statements += _trigger(f"{name}_{verb.lower()}", f"BEFORE {verb} ON {table}", name, "1")
    for name, table, columns in FIXED:
        changed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in columns)
        statements += _trigger(name, f"BEFORE UPDATE ON {table}", name, changed)
    for trigger, name, table, wrong in BELONGS:
        for verb in ("INSERT", "UPDATE"):
            statements += _trigger(f"{trigger}_{verb.lower()}", f"BEFORE {verb} ON {table}", name, wrong)
    overlap = (
        "EXISTS (SELECT 1 FROM claim other WHERE other.unit_id = NEW.unit_id AND other.id <> NEW.id "
        "AND other.ends_at > NEW.begins_at AND other.begins_at < NEW.ends_at)"
    )
    for verb in ("INSERT", "UPDATE"):
        statements += _trigger(
            f"claim_no_overlap_{verb.lower()}", f"AFTER {verb} ON claim", "claim_no_overlap", overlap
        )
    for key, tables in STAMPED:
        stamp = _STAMP.format(key=key, mark=_MARKS["sqlite"])
        for table in tables:
            for verb in ("INSERT", "UPDATE", "DELETE"):
                trigger = f"stamp_{key}_{table}_{verb.lower()}"
                statements += [
                    f"DROP TRIGGER IF EXISTS {trigger}",
                    f"CREATE TRIGGER {trigger} AFTER {verb} ON {table} BEGIN {stamp}; END",
                ]
    return statements


def _trigger(trigger: str, when: str, guard: str, broken: str) -> list[str]:
    return [
        f"DROP TRIGGER IF EXISTS {trigger}",
        f"CREATE TRIGGER {trigger} {when} BEGIN SELECT RAISE(ABORT, '{guard}') WHERE {broken}; END",
    ]


def postgres_statements(*, gist: bool, there: dict[str, str | None]) -> list[str]:
    """What brings the guards of a database up to date. `gist`: btree_gist is there.

    `there` has the guards that the database has, each with its definition as this function once noted it in the
    catalogue (None where nothing is noted). A changed check is made anew; nothing else is touched.
    """
    statements = _indexes()
    for name, table, expression in CHECKS:
        definition = expression.format(new="")
        if there.get(name, "") == definition:
            continue
        noted = definition.replace("'", "''")
        statements += [
            f"ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}",
            f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({definition})",
            f"COMMENT ON CONSTRAINT {name} ON {table} IS '{noted}'",
        ]
    for name, table in FINAL:
        if name in there:
            continue
        statements += [
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"RAISE EXCEPTION '{name}' USING ERRCODE = '23514', CONSTRAINT = '{name}'; END $$",
            f"CREATE TRIGGER {name} BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()",
            f"CREATE TRIGGER {name}_truncate BEFORE TRUNCATE ON {table} EXECUTE FUNCTION {name}()",
        ]
    for name, table, columns in FIXED:
        changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in columns)
        statements.append(
            f"CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {changed} THEN "
            f"RAISE EXCEPTION '{name}' USING ERRCODE = '23514', CONSTRAINT = '{name}'; END IF; RETURN NEW; END $$"
        )
        if name not in there:
            statements.append(
                f"CREATE TRIGGER {name} BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()"
            )
    for trigger, name, table, wrong in BELONGS:
        statements.append(
            f"CREATE OR REPLACE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {wrong} THEN "
            f"RAISE EXCEPTION '{name}' USING ERRCODE = '23514', CONSTRAINT = '{name}'; END IF; RETURN NEW; END $$"
        )
        if trigger not in there:
            statements.append(
                f"CREATE TRIGGER {trigger} BEFORE INSERT OR UPDATE ON {table} "
                f"FOR EACH ROW EXECUTE FUNCTION {trigger}()"
            )
    if "claim_no_overlap" not in there:
        # Without btree_gist the same guard from core types alone: a unit is the range from itself to itself.
        unit = "unit_id WITH =" if gist else "int8range(unit_id, unit_id, '[]') WITH &&"
        statements.append(
            "ALTER TABLE claim ADD CONSTRAINT claim_no_overlap "
            f"EXCLUDE USING gist ({unit}, tstzrange(begins_at, ends_at, '[)') WITH &&)"
        )
    for key, tables in STAMPED:
        stamp = _STAMP.format(key=key, mark=_MARKS["postgres"])
        statements.append(
            f"CREATE OR REPLACE FUNCTION stamp_{key}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {stamp}; "
            "RETURN NULL; END $$"
        )
        statements += [
            f"CREATE TRIGGER stamp_{key}_{table} AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION stamp_{key}()"
            for table in tables
            if f"stamp_{key}_{table}" not in there
        ]
    return statements


def names() -> set[str]:
    """The names of all guards that refuse something."""
    return (
        {name for name, _, _ in CHECKS}
        | {name for name, _ in FINAL}
        | {name for name, _, _ in FIXED}
        | {name for _, name, _, _ in BELONGS}
        | {
            "claim_no_overlap",
            "transfer_pending_once",
            "presence_open_once",
            "change_hold_once",
            "series_date_once",
        }
    )
