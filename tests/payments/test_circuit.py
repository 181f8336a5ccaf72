"""When an account is left alone: after so many calls without an answer, for pages sooner than for the clock."""

import asyncio

import pytest

from booking.payments import stripe

PATH = "/v1/payment_intents"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(stripe, "NETWORK_RETRIES", 0)
    monkeypatch.setattr(stripe, "LEARNT_SECONDS", 0.25)
    monkeypatch.setattr(stripe, "BEGUN_SECONDS", 0.05)
    monkeypatch.setattr(stripe, "PAGE_SECONDS", 0.5)


async def ask():
    return await stripe.call("acme", "payment_intents.list", {"limit": 1})


async def why_not(seconds=None):
    """The reason why there was no answer, '' where there was one; with `seconds` somebody waits for so long."""
    try:
        if seconds is None:
            await ask()
        else:
            with stripe.while_somebody_waits(seconds):
                await ask()
    except stripe.Unreachable as reason:
        return str(reason)
    return ""


async def slowly(double, seconds=0.8):
    double.fail(PATH, "slow", method="GET", times=500, seconds=seconds)


async def test_cut_by_pages_keeps_pages_away_and_lets_the_clock_ask(double, house):
    await slowly(double)
    assert [await why_not(0.3) for _each in range(5)] == ["slow"] * 5
    assert await why_not(0.3) == "left alone for a moment"
    assert await why_not() == ""  # slow, and the clock has the time
    # Slow answers to the clock are no reason for pages to hope.
    assert await why_not(0.3) == "left alone for a moment"
    double.well()
    assert await why_not() == ""
    assert await why_not(0.3) == ""


async def test_what_was_cut_at_once_says_nothing(double, house):
    """The time of a page was used up by the calls before: this one is no sign of anything."""
    await slowly(double)
    assert {await why_not(0.1) for _each in range(8)} == {"slow"}
    assert await why_not(0.01) == "no time left"
    double.well()
    assert await why_not(0.3) == ""


async def test_no_call_begins_without_time(double, house):
    assert await why_not(0.01) == "no time left"
    assert double.received(method="GET") == []


async def test_down_is_down_for_everybody(double, house):
    double.fail(PATH, "reset", method="GET", times=500)
    for _each in range(5):
        assert await why_not() == "APIConnectionError"
    assert await why_not() == await why_not(0.3) == "left alone for a moment"


async def test_all_at_once_count_too(double, house):
    double.fail(PATH, "500", method="GET", times=500)
    assert set(await asyncio.gather(*(why_not() for _each in range(5)))) == {"500"}
    assert await why_not() == "left alone for a moment"
