"""`migrate` keeps a copy of a SQLite file as it was before an upgrade, and only then."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

import settings
from booking import migrating
from tests.conftest import use


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "desk.sqlite3"
    use(f"sqlite://{path}")
    return path


def copy_of(file: Path) -> Path:
    return file.with_name("desk.sqlite3.before-migrating")


async def test_it_works(file: Path):
    await migrating.migrate(settings.TORTOISE_ORM, target="booking.0001_initial")
    assert not copy_of(file).exists()  # there was nothing before
    applied = await migrating.migrate(settings.TORTOISE_ORM)
    assert "0002_guards" in applied
    with sqlite3.connect(copy_of(file)) as before:
        assert before.execute("SELECT name FROM tortoise_migrations").fetchall() == [("0001_initial",)]
    before.close()


async def test_a_run_with_nothing_to_do_leaves_the_copy_of_the_last_upgrade(file: Path):
    await migrating.migrate(settings.TORTOISE_ORM)
    copy_of(file).write_text("from the last upgrade")
    assert await migrating.migrate(settings.TORTOISE_ORM) == []
    assert copy_of(file).read_text() == "from the last upgrade"
    assert sorted(path.name for path in file.parent.glob("*migrating*")) == [copy_of(file).name]


async def test_a_failed_upgrade_keeps_the_copy(file: Path, monkeypatch: pytest.MonkeyPatch):
    await migrating.migrate(settings.TORTOISE_ORM)

    async def fail(*, reporter: Callable[..., None], **_: object) -> None:
        reporter("default", ["a step"], False, False)
        raise RuntimeError("half way")

    monkeypatch.setattr(migrating, "run_migrations", fail)
    with pytest.raises(RuntimeError, match="half way"):
        await migrating.migrate(settings.TORTOISE_ORM)
    assert copy_of(file).stat().st_size > 0
