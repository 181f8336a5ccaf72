"""What the double remembers: a small SQLite file of its own, or memory. No card number and no security code is in it.

Objects are kept as the JSON that the API answers, with a private part beside it (how a test card behaves, the secret
of a webhook). Times are Unix seconds by the double's own clock, which tests may put forward.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import string
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from booking import clock

Thing = dict[str, Any]

LETTERS = string.ascii_letters + string.digits
SCHEMA = """
CREATE TABLE IF NOT EXISTS object (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, account TEXT NOT NULL, kind TEXT NOT NULL,
  created INTEGER NOT NULL, body TEXT NOT NULL, private TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS object_kind ON object (account, kind, seq);
CREATE TABLE IF NOT EXISTS delivery (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, event TEXT NOT NULL, endpoint TEXT NOT NULL,
  state TEXT NOT NULL, due REAL NOT NULL, attempts INTEGER NOT NULL DEFAULT 0, answer TEXT NOT NULL DEFAULT '');
CREATE INDEX IF NOT EXISTS delivery_due ON delivery (state, due);
CREATE TABLE IF NOT EXISTS answer (
  account TEXT NOT NULL, key TEXT NOT NULL, fingerprint TEXT NOT NULL, status INTEGER, body TEXT,
  request TEXT NOT NULL, created INTEGER NOT NULL, PRIMARY KEY (account, key));
CREATE TABLE IF NOT EXISTS received (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, created INTEGER NOT NULL, method TEXT NOT NULL,
  path TEXT NOT NULL, params TEXT NOT NULL, idempotency_key TEXT, status INTEGER NOT NULL, request TEXT NOT NULL,
  replayed INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS later (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, account TEXT NOT NULL, due INTEGER NOT NULL, action TEXT NOT NULL,
  subject TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS fault (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, method TEXT NOT NULL, path TEXT NOT NULL, kind TEXT NOT NULL,
  moment TEXT NOT NULL, seconds REAL NOT NULL, times INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS value (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


def new_id(prefix: str, length: int = 24) -> str:
    """An id as Stripe's look: "pi_3Nx…". Letters keep digits apart, so that none can look like a card number."""
    return prefix + "_" + "".join(secrets.choice(LETTERS) for _ in range(length))


class Store:
    """One SQLite connection; one writer at a time, since everything runs in one thread."""

    def __init__(self, path: str = ":memory:") -> None:
        self.path = path
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self.db.row_factory = sqlite3.Row
        if path != ":memory:":
            self.db.execute("PRAGMA journal_mode = WAL")
        self.db.executescript(SCHEMA)
        # Whoever was answered by a process that ended hears nothing of it any more, and may ask again.
        self.db.execute("DELETE FROM answer WHERE status IS NULL")

    def close(self) -> None:
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing. What stands inside does not wait for anything, so no two are ever open at once."""
        self.db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException as error:
            self.db.execute("COMMIT" if getattr(error, "keep", False) else "ROLLBACK")
            raise
        self.db.execute("COMMIT")

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        return self.db.execute(sql, values).fetchall()

    def do(self, sql: str, *values: Any) -> int:
        """Run a statement and give the number of rows that it changed."""
        return self.db.execute(sql, values).rowcount

    # --- time ------------------------------------------------------------------------------------

    @staticmethod
    def real_now() -> float:
        return clock.now().timestamp()

    def now(self) -> int:
        """The double's own time: the real one, and what tests have put it forward by."""
        return int(self.real_now() + float(self.value("clock", "0")))

    def value(self, name: str, default: str = "") -> str:
        found = self.rows("SELECT value FROM value WHERE name = ?", name)
        return found[0]["value"] if found else default

    def set_value(self, name: str, value: str) -> None:
        self.do(
            "INSERT INTO value VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            name,
            value,
        )

    # --- objects ---------------------------------------------------------------------------------

    def get(self, account: str, id: str) -> Thing | None:
        found = self.rows("SELECT body FROM object WHERE id = ? AND account = ?", id, account)
        return json.loads(found[0]["body"]) if found else None

    def private(self, id: str) -> Thing:
        found = self.rows("SELECT private FROM object WHERE id = ?", id)
        return json.loads(found[0]["private"]) if found else {}

    def owner(self, id: str) -> str | None:
        """The account that an object belongs to."""
        found = self.rows("SELECT account FROM object WHERE id = ?", id)
        return found[0]["account"] if found else None

    def put(self, account: str, thing: Thing, private: Thing | None = None) -> None:
        """Keep the object as it is now; the private part stays where none is given."""
        body = json.dumps(thing)
        known = {} if private is None else private
        self.do(
            "INSERT INTO object (id, account, kind, created, body, private) VALUES (?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET body = excluded.body"
            + ("" if private is None else ", private = excluded.private"),
            thing["id"], account, thing["object"], thing["created"], body, json.dumps(known),
        )  # fmt: skip

    def delete(self, id: str) -> None:
        self.do("DELETE FROM object WHERE id = ?", id)

    def newest_first(self, account: str, kind: str) -> list[Thing]:
        found = self.rows(
            "SELECT body FROM object WHERE account = ? AND kind = ? ORDER BY seq DESC", account, kind
        )
        return [json.loads(row["body"]) for row in found]

    def everything(self, kind: str, limit: int) -> list[tuple[str, Thing]]:
        """(account, object) of all accounts, newest first, for people to look at."""
        found = self.rows(
            "SELECT account, body FROM object WHERE kind = ? ORDER BY seq DESC LIMIT ?", kind, limit
        )
        return [(row["account"], json.loads(row["body"])) for row in found]

    # --- later -----------------------------------------------------------------------------------

    def later(self, account: str, due: int, action: str, subject: str) -> None:
        """Something that happens by itself when the double's clock is there (`passing.py`)."""
        self.do(
            "INSERT INTO later (account, due, action, subject) VALUES (?, ?, ?, ?)",
            account,
            due,
            action,
            subject,
        )
