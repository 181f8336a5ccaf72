"""The test server itself: databases come from a template, are separate, and go away."""

import asyncpg
import pytest

from tests import postgres


async def ask(url: str, question: str):
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


async def test_it_works():
    assert int(await ask(postgres.server(), "SHOW server_version_num")) >= postgres.OLDEST * 10_000


async def test_a_database_is_a_copy_of_its_template_and_goes_away():
    original = await postgres.create_database("original")
    await ask(original, "CREATE TABLE venue AS SELECT 'Bazaar' AS name")
    copy = await postgres.create_database("copy", "original")
    await ask(copy, "INSERT INTO venue VALUES ('Kuringersteenweg')")
    assert await ask(copy, "SELECT count(*) FROM venue") == 2
    assert await ask(original, "SELECT count(*) FROM venue") == 1

    again = await postgres.create_database("copy", "original")
    assert await ask(again, "SELECT count(*) FROM venue") == 1

    await postgres.drop_database("copy")
    await postgres.drop_database("original")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await ask(copy, "SELECT 1")


async def test_text_and_times_are_as_in_production():
    url = await postgres.create_database("manners")
    try:
        assert await ask(url, "SHOW timezone") == "UTC"
        assert await ask(url, "SHOW server_encoding") == "UTF8"
        assert await ask(url, "SELECT lower('ÉTÉ')") == "été"
    finally:
        await postgres.drop_database("manners")


@pytest.mark.parametrize("name", ["", "Upper", "a;b", 'a"b', "1a", "a" * 64])
async def test_odd_names_are_refused(name: str):
    with pytest.raises(ValueError, match="not a plain database name"):
        await postgres.create_database(name)
