"""What must always hold, as one question to the database each. Run hourly, by `python -m booking check`, and after
every test that writes.

Each question answers with the rows that break it; no rows, no finding. The numbers I1 to I14 are the names under
which operators and treasurers know them (docs/operating.md). Sums are made from the transfers themselves, never from
the totals that the accounts keep, so that a wrong total cannot hide.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from booking import db, guards, occupancy

EXAMPLES_MAX = 5
HOLD_GRACE = timedelta(seconds=60)
CARD_GRACE = timedelta(minutes=10)
MESSAGE_GRACE = timedelta(minutes=5)
STAY_GRACE = timedelta(minutes=1)


@dataclass(frozen=True)
class Finding:
    """One invariant that is broken: how many rows, and the first few of them as text."""

    code: str
    sentence: str
    count: int
    examples: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.code} {self.sentence} {self.count} found: {', '.join(self.examples)}"


@dataclass(frozen=True)
class Check:
    """One question: SQL whose rows (column `what`) are the broken ones."""

    code: str
    sentence: str
    sql: str
    # Moments that fill the `?` places, made from the moment of the check.
    moments: Callable[[datetime], tuple[datetime, ...]] | None = None


# What an account holds by its transfers: posted money, and pends that nothing has resolved.
_POSTED = "t.kind IN ('move', 'post', 'reverse')"
_OPEN_PEND = "t.kind = 'pend' AND NOT EXISTS (SELECT 1 FROM transfer r WHERE r.pending_id = t.id)"
_SUMS = f"""
    SELECT a.id, a.key, a.limited, a.limit_cents,
           a.credits_posted_cents, a.debits_posted_cents, a.debits_pending_cents,
           COALESCE((SELECT SUM(t.amount_cents) FROM transfer t WHERE t.credit_id = a.id AND {_POSTED}), 0) AS credits,
           COALESCE((SELECT SUM(t.amount_cents) FROM transfer t WHERE t.debit_id = a.id AND {_POSTED}), 0) AS debits,
           COALESCE((SELECT SUM(t.amount_cents) FROM transfer t WHERE t.debit_id = a.id AND {_OPEN_PEND}), 0) AS pending
      FROM account a WHERE a.limited
"""
_LIVE = "r.state IN ('held', 'confirmed')"
# A reservation's card money: what cards paid, and what was promised back (by us, or by hand at Stripe).
_CAPTURED = "COALESCE((SELECT SUM(p.captured_cents) FROM payment p WHERE p.reservation_id = r.id), 0)"
_PROMISED = (
    "COALESCE((SELECT SUM(f.amount_cents) FROM refund f JOIN payment p ON p.id = f.payment_id "
    "WHERE p.reservation_id = r.id AND f.status <> 'retried' AND f.reason {}), 0)"
)
# What the house keeps; of a fee that an Activity shares, to the cent.
_KEEPS = (
    f"CASE WHEN {_LIVE} THEN r.card_cents "
    "WHEN r.state = 'cancelled' AND r.card_cents > 0 THEN r.fee_cents * r.card_cents / r.total_cents + 1 ELSE 0 END"
)


def _booked(code: str) -> str:
    return (
        "COALESCE((SELECT SUM(t.amount_cents) FROM transfer t "
        f"WHERE t.subject = 'card:' || CAST(r.id AS TEXT) AND t.code = '{code}'), 0)"
    )


CHECKS: tuple[Check, ...] = (
    Check(
        "I1",
        "No unit is in two live reservations at once.",
        """
        SELECT 'unit ' || unit_id || ' in claims ' || id || ' and ' || next_id AS what FROM (
            SELECT id, unit_id, ends_at,
                   LEAD(id) OVER (PARTITION BY unit_id ORDER BY begins_at, id) AS next_id,
                   LEAD(begins_at) OVER (PARTITION BY unit_id ORDER BY begins_at, id) AS next_begins_at
              FROM claim) pair
         WHERE next_begins_at < ends_at
        """,
    ),
    Check(
        "I2",
        "Only live reservations hold claims, on units of their resource, for at least their own time.",
        f"""
        SELECT 'claim ' || c.id || ' of reservation ' || CAST(r.id AS TEXT) AS what
          FROM claim c JOIN reservation r ON r.id = c.reservation_id
         WHERE NOT ({_LIVE}) OR (c.change_id IS NULL AND r.released_at IS NULL
               AND (c.begins_at > r.begins_at OR c.ends_at < r.ends_at))
        """,
    ),
    Check(
        "I2",
        "A live reservation holds as many claims as its resource needs.",
        f"""
        SELECT 'reservation ' || CAST(id AS TEXT) || ' has ' || has || ' of ' || needs AS what FROM (
            SELECT r.id,
                   (SELECT COUNT(*) FROM claim c WHERE c.reservation_id = r.id AND c.change_id IS NULL
                       AND EXISTS (SELECT 1 FROM resource_unit u
                                    WHERE u.resource_id = r.resource_id AND u.unit_id = c.unit_id)) AS has,
                   CASE s.takes WHEN 'any' THEN r.quantity
                        ELSE (SELECT COUNT(*) FROM resource_unit u WHERE u.resource_id = r.resource_id) END AS needs
              FROM reservation r JOIN resource s ON s.id = r.resource_id
             WHERE {_LIVE} AND r.released_at IS NULL AND r.ends_at > ?) counted
         WHERE has <> needs
        """,
        lambda at: (at,),
    ),
    Check(
        "I2",
        "Only a change that waits for its payment holds claims besides those of its booking.",
        "SELECT 'claim ' || c.id AS what FROM claim c JOIN change_hold h ON h.id = c.change_id WHERE h.state <> 'held'",
    ),
    Check(
        "I3",
        "All entries of a currency sum to zero.",
        f"""
        SELECT currency || ' sums to ' || SUM(cents) AS what FROM (
            SELECT a.currency, t.amount_cents AS cents
              FROM transfer t JOIN account a ON a.id = t.credit_id WHERE {_POSTED}
             UNION ALL
            SELECT a.currency, -t.amount_cents
              FROM transfer t JOIN account a ON a.id = t.debit_id WHERE {_POSTED}) entry
         GROUP BY currency HAVING SUM(cents) <> 0
        """,
    ),
    Check(
        "I4",
        "A transfer speaks the currency of both its accounts.",
        """
        SELECT 'transfer ' || CAST(t.id AS TEXT) AS what
          FROM transfer t JOIN account d ON d.id = t.debit_id JOIN account c ON c.id = t.credit_id
         WHERE t.currency <> d.currency OR t.currency <> c.currency
        """,
    ),
    Check(
        "I4",
        "A resolving transfer fits the one it names: not more money, the same currency, a kind that may resolve it.",
        """
        SELECT 'transfer ' || CAST(t.id AS TEXT) AS what
          FROM transfer t JOIN transfer p ON p.id = t.pending_id
         WHERE t.amount_cents > p.amount_cents OR t.currency <> p.currency
            OR (t.kind IN ('post', 'void')) <> (p.kind = 'pend')
            OR (t.kind = 'post' AND t.debit_id <> p.debit_id)
        """,
    ),
    Check(
        "I5",
        "The totals that an account keeps are those of its transfers.",
        f"""
        SELECT key || ' keeps ' || credits_posted_cents || ', ' || debits_posted_cents || ', '
               || debits_pending_cents || ' and sums to ' || credits || ', ' || debits || ', ' || pending AS what
          FROM ({_SUMS}) total
         WHERE credits_posted_cents <> credits OR debits_posted_cents <> debits OR debits_pending_cents <> pending
        """,
    ),
    Check(
        "I6",
        "No budget is below its limit.",
        f"""
        SELECT key || ' has ' || (credits + limit_cents - debits - pending) AS what
          FROM ({_SUMS}) total WHERE credits + limit_cents < debits + pending
        """,
    ),
    Check(
        "I8",
        "A live reservation that an Activity pays has its money pended, or posted.",
        f"""
        SELECT 'reservation ' || CAST(r.id AS TEXT) AS what FROM reservation r
         WHERE {_LIVE} AND r.activity_id IS NOT NULL AND r.paid_cents <> (
            SELECT COALESCE(SUM(t.amount_cents), 0) FROM transfer t
             WHERE t.subject = 'reservation:' || CAST(r.id AS TEXT)
               AND CASE WHEN r.posted_at IS NULL THEN {_OPEN_PEND}
                        ELSE t.kind = 'post'
                         AND NOT EXISTS (SELECT 1 FROM transfer u WHERE u.pending_id = t.id) END)
        """,
    ),
    Check(
        "I8",
        "Money is pended only for a live reservation.",
        f"""
        SELECT 'transfer ' || CAST(t.id AS TEXT) || ' for ' || t.subject AS what FROM transfer t
         WHERE {_OPEN_PEND}
           AND t.id NOT IN (SELECT r.pend_id FROM reservation r WHERE r.pend_id IS NOT NULL AND {_LIVE})
        """,
    ),
    Check(
        "I8",
        "A booking that a card pays is confirmed only when the card has paid.",
        f"""
        SELECT 'reservation ' || CAST(r.id AS TEXT) AS what FROM reservation r
         WHERE r.state = 'confirmed' AND r.card_cents > 0 AND r.no_show_at IS NULL
           AND r.card_cents > {_CAPTURED} - {_PROMISED.format("<> 'by_hand'")}
        """,
    ),
    Check(
        "I8",
        "What a card paid beyond what the house keeps goes back within ten minutes.",
        f"""
        SELECT 'reservation ' || CAST(r.id AS TEXT) AS what FROM reservation r
         WHERE r.id IN (SELECT p.reservation_id FROM payment p WHERE p.captured_cents > 0 AND p.settled_at < ?)
           AND r.revised_at < ? AND {_CAPTURED} - {_PROMISED.format("<> ''")} > {_KEEPS}
        """,
        lambda at: (at - CARD_GRACE, at - CARD_GRACE),
    ),
    Check(
        "I8",
        "A refund that was promised is asked for within ten minutes.",
        "SELECT 'refund ' || CAST(f.id AS TEXT) AS what FROM refund f WHERE f.status = 'asked' AND f.created_at < ?",
        lambda at: (at - CARD_GRACE,),
    ),
    Check(
        "I9",
        "No hold outlives its time by more than a minute.",
        "SELECT 'reservation ' || CAST(r.id AS TEXT) AS what FROM reservation r "
        "WHERE r.state = 'held' AND r.held_until < ?",
        lambda at: (at - HOLD_GRACE,),
    ),
    Check(
        "I9",
        "No change that waits for its payment outlives its time by more than a minute.",
        "SELECT 'change ' || CAST(h.id AS TEXT) AS what FROM change_hold h WHERE h.state = 'held' AND h.held_until < ?",
        lambda at: (at - HOLD_GRACE,),
    ),
    Check(
        "I10",
        "Nothing is resolved twice.",
        "SELECT 'transfer ' || CAST(pending_id AS TEXT) AS what FROM transfer WHERE pending_id IS NOT NULL "
        "GROUP BY pending_id HAVING COUNT(*) > 1",
    ),
    Check(
        "I11",
        "What cards paid and got back is in the books, once.",
        f"""
        SELECT 'reservation ' || CAST(r.id AS TEXT) AS what FROM reservation r
         WHERE r.id IN (SELECT p.reservation_id FROM payment p WHERE p.captured_cents > 0)
           AND ({_CAPTURED} <> {_booked("capture")}
                OR COALESCE((SELECT SUM(f.amount_cents) FROM refund f JOIN payment p ON p.id = f.payment_id
                             WHERE p.reservation_id = r.id AND f.status IN ('pending', 'succeeded')), 0)
                   <> {_booked("card_refund")} - {_booked("card_refund_back")})
        """,
    ),
    Check(
        "I15",
        "Every payment that was taken and every refund that succeeded has its receipt, of the same sum.",
        """
        SELECT 'payment ' || CAST(p.id AS TEXT) AS what FROM payment p WHERE p.captured_cents > 0
           AND NOT EXISTS (SELECT 1 FROM receipt q WHERE q.kind = 'payment' AND q.payment_id = p.id
                            AND q.key = 'payment:' || CAST(p.id AS TEXT) AND q.gross_cents = p.captured_cents)
         UNION ALL
        SELECT 'refund ' || CAST(f.id AS TEXT) FROM refund f WHERE f.status = 'succeeded'
           AND NOT EXISTS (SELECT 1 FROM receipt q WHERE q.kind = 'refund' AND q.refund_id = f.id
                            AND q.gross_cents = f.amount_cents)
         UNION ALL
        SELECT 'receipt ' || CAST(q.id AS TEXT) FROM receipt q JOIN refund f ON f.id = q.refund_id
         WHERE q.kind = 'refund' AND f.status <> 'succeeded' AND NOT EXISTS (
            SELECT 1 FROM receipt b WHERE b.kind = 'refund_back' AND b.refund_id = f.id)
        """,
    ),
    Check(
        "I15",
        "The numbers of receipts have no gap: per entity and year they are 1 to as many as there are.",
        """
        SELECT 'entity ' || b.entity_id || ' in ' || b.year || ' counts ' || b.used || ', has ' || COUNT(q.id) AS what
          FROM receipt_book b LEFT JOIN receipt q ON q.entity_id = b.entity_id AND q.year = b.year
         GROUP BY b.id, b.entity_id, b.year, b.used
        HAVING b.used <> COUNT(q.id) OR b.used <> COALESCE(MAX(q.number), 0)
            OR (b.used > 0 AND COALESCE(MIN(q.number), 0) <> 1)
        """,
    ),
    Check(
        "I12",
        "No message waits more than five minutes for its turn.",
        "SELECT 'message ' || CAST(id AS TEXT) || ' (' || kind || ')' AS what FROM message "
        "WHERE state = 'waiting' AND next_at < ?",
        lambda at: (at - MESSAGE_GRACE,),
    ),
    Check(
        "I12",
        "No event waits more than five minutes to be told.",
        "SELECT 'event ' || e.id || ' (' || e.name || ')' AS what "
        "FROM event_unread u JOIN event e ON e.id = u.event_id "
        # Allotments are dated by the books.
        "WHERE e.at < ? AND e.name <> 'activity.allotted'",
        lambda at: (at - MESSAGE_GRACE,),
    ),
    Check(
        "I13",
        "Nobody is in two places: a member has one open stay at the most.",
        "SELECT 'member ' || member_id AS what FROM presence WHERE ends_at IS NULL AND member_id IS NOT NULL "
        "GROUP BY member_id HAVING COUNT(*) > 1",
    ),
    Check(
        "I13",
        "Who checked in did not miss the booking, and who left it had come.",
        f"""
        SELECT 'reservation ' || CAST(r.id AS TEXT) AS what FROM reservation r
         WHERE {_LIVE} AND ((r.checked_in_at IS NOT NULL AND r.no_show_at IS NOT NULL)
            OR (r.checked_in_at IS NULL AND r.checked_out_at IS NOT NULL))
        """,
    ),
    Check(
        "I14",
        "Our card payments and Stripe's agree.",
        "SELECT kind || ' of ' || object_id || ': ' || ours_cents || ' here, ' || theirs_cents || ' there' AS what "
        "FROM card_difference WHERE settled_at IS NULL",
    ),
)


async def run(at: datetime | None = None) -> list[Finding]:
    """Every invariant that is broken, in the order above; an empty list when all is well.

    Without `at` the checks that ask for a moment (a hold too old, a message too late) are left out.
    """
    findings: list[Finding] = []
    for check in CHECKS:
        if check.moments is None:
            _note(findings, check.code, check.sentence, await db.rows(check.sql))
        elif at is not None:
            _note(findings, check.code, check.sentence, await db.rows(check.sql, *check.moments(at)))
    for code, sentence, question in SCHEMA_CHECKS:
        _note(findings, code, sentence, [{"what": what} for what in await question()])
    return findings


def _note(findings: list[Finding], code: str, sentence: str, broken: list[dict[str, Any]]) -> None:
    if broken:
        examples = tuple(str(row["what"]) for row in broken[:EXAMPLES_MAX])
        findings.append(Finding(code, sentence, len(broken), examples))


async def missing_guards() -> list[str]:
    """The names of guards that the database does not have. Without them, rows could be changed that are final."""
    if db.dialect() == "postgres":
        there = await db.rows(
            "SELECT conname AS name FROM pg_constraint UNION SELECT tgname FROM pg_trigger "
            "UNION SELECT indexname FROM pg_indexes"
        )
        names = {row["name"] for row in there}
        return sorted(name for name in guards.names() if name not in names)
    there = await db.rows("SELECT name FROM sqlite_master WHERE type IN ('trigger', 'index')")
    names = {row["name"] for row in there}
    verbs = ("", "_insert", "_update", "_delete")
    return sorted(name for name in guards.names() if not any(name + verb in names for verb in verbs))


async def wrong_columns() -> list[str]:
    """Columns that keep money as anything but whole numbers, or an instant without its zone."""
    if db.dialect() == "postgres":
        wrong = await db.rows(
            "SELECT table_name || '.' || column_name || ' is ' || data_type AS what FROM information_schema.columns "
            "WHERE table_schema = current_schema() AND (data_type = 'timestamp without time zone' OR "
            "(column_name LIKE '%\\_cents' AND data_type NOT IN ('integer', 'bigint')))"
        )
        return [row["what"] for row in wrong]
    columns = await db.rows(
        "SELECT t.name AS holder, c.name AS name, upper(c.type) AS kind "
        "FROM sqlite_master t, pragma_table_info(t.name) c WHERE t.type = 'table'"
    )
    wrong_kinds = [
        f"{column['holder']}.{column['name']} is {column['kind']}"
        for column in columns
        if column["name"].endswith("_cents") and column["kind"] not in ("INT", "INTEGER", "BIGINT")
    ]
    for column in columns:
        if (
            column["kind"] == "TIMESTAMP"
            and column["name"].endswith(("_at", "_until"))
            and column["holder"] != "tortoise_migrations"
        ):
            # SQLite compares them as text, which is right only while every one says +00:00.
            naive = await db.rows(
                f'SELECT COUNT(*) AS n FROM "{column["holder"]}" WHERE "{column["name"]}" NOT LIKE \'%+00:00\''
            )
            if naive[0]["n"]:
                wrong_kinds.append(
                    f"{column['holder']}.{column['name']} has {naive[0]['n']} instants without UTC"
                )
    return wrong_kinds


async def stays_out_of_time() -> list[str]:
    """Stays for a booking that stands, begun before one may check in for it, or after its end."""
    rows = await db.rows(
        "SELECT p.id, p.begins_at, r.begins_at AS due_at, r.ends_at AS over_at "
        "FROM presence p JOIN reservation r ON r.id = p.reservation_id "
        "WHERE r.state = 'confirmed' AND (p.begins_at < r.begins_at OR p.begins_at >= r.ends_at)"
    )
    return [
        f"presence {row['id']}"
        for row in rows
        if db.instant(row["begins_at"]) >= db.instant(row["over_at"])
        or db.instant(row["begins_at"]) < db.instant(row["due_at"]) - occupancy.EARLY - STAY_GRACE
    ]


SCHEMA_CHECKS: tuple[tuple[str, str, Callable[[], Awaitable[list[str]]]], ...] = (
    (
        "I7",
        "The database's guards are all there, so that transfers and events cannot be changed.",
        missing_guards,
    ),
    ("I13", "A stay for a booking began within it, or shortly before.", stays_out_of_time),
    ("schema", "Money is whole numbers, and every instant is UTC.", wrong_columns),
)
