"""A client that a generator makes from our description does the main job: search, quote, book, change, list, cancel."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.serving import served


@pytest.fixture
def api(database_url: str) -> Any:
    with served(database_url) as running:
        yield running


@pytest.fixture
def desk(api: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    return generated(api, tmp_path, monkeypatch)


def generated(api: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The generated package, imported, and a client of it."""
    (tmp_path / "openapi.json").write_text(json.dumps(httpx.get(f"{api['home']}/openapi.json").json()))
    (tmp_path / "config.yml").write_text("package_name_override: desk_client\nproject_name_override: desk\n"
                                         "post_hooks: []\n")  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", "from openapi_python_client.cli import app; app()", "generate", "--path",
         "openapi.json", "--config", "config.yml", "--fail-on-warning"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    monkeypatch.syspath_prepend(str(tmp_path / "desk"))
    for name in [name for name in sys.modules if name.startswith("desk_client")]:
        monkeypatch.delitem(sys.modules, name)
    package = importlib.import_module("desk_client")
    return package.AuthenticatedClient(base_url=api["home"], token=api["alice"])


def call(tag: str, name: str) -> Any:
    return importlib.import_module(f"desk_client.api.{tag}.{name}")


def test_it_works(api: dict[str, Any], desk: Any) -> None:
    from datetime import datetime

    models = importlib.import_module("desk_client.models")
    with desk as client:
        assert call("about", "me").sync(client=client).name == "Alice"
        found = call("places", "search").sync(
            client=client,
            where="Lille",
            day=datetime(2026, 11, 24).date(),
            begins="14:00",
            ends="16:00",
            people=4,
        )
        hit = found.items[0]
        assert hit.price.total_cents == 2420
        [money] = [
            each
            for each in call("money", "list_activities").sync(client=client).items
            if each.id == api["activity_id"]
        ]
        quote = call("reservations", "quote").sync(
            hit.resource.id, client=client, begins_at=hit.begins_at, ends_at=hit.ends_at, activity_id=money.id
        )
        assert (quote.bookable, quote.price.total_cents) == (True, 2420)
        key = str(uuid4())
        wish = models.ReservationWish(
            resource_id=hit.resource.id,
            begins_at=hit.begins_at,
            ends_at=hit.ends_at,
            activity_id=money.id,
            people=4,
        )
        reserve = call("reservations", "reserve")
        done = reserve.sync_detailed(client=client, body=wish, idempotency_key=key)
        assert done.status_code == 201
        booked = done.parsed
        again = reserve.sync_detailed(client=client, body=wish, idempotency_key=key)
        assert (again.parsed.id, again.headers["idempotent-replayed"]) == (booked.id, "true")
        taken = reserve.sync_detailed(client=client, body=wish, idempotency_key=str(uuid4()))
        assert (taken.status_code, taken.parsed.code) == (409, "taken")
        assert taken.parsed.alternatives[0].begins_at
        later = datetime.fromisoformat("2026-11-24T17:00:00+01:00")
        moved = call("reservations", "change_reservation").sync(
            booked.id, client=client, body=models.ReservationChange(ends_at=later)
        )
        assert moved.ends_at == later
        listed = call("reservations", "list_reservations").sync(client=client, limit=100)
        assert booked.id in [each.id for each in listed.items]
        gone = call("reservations", "cancel_reservation").sync(
            booked.id, client=client, body=models.CancelWish(reason="Rain")
        )
        assert gone.state == "cancelled"
        lines = call("money", "statement").sync(money.id, client=client)
        assert [each.state for each in lines.items if each.reservation_id == booked.id][-1] == "freed"
