"""No card number and no security code is kept: not in the file, not in what is logged, not in what may be read."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest
import stripe

from booking.stripe_double.cards import passes_luhn
from tests.postgres import free_port
from tests.stripe import ALWAYS_3DS, DECLINED, DISPUTED, NEEDS_3DS, OK, Double
from tests.stripe_double.conftest import session

ROOT = Path(__file__).parents[2]
NUMBERS = [OK, "5555-5555-5555-4444", "378282246310005", DECLINED, NEEDS_3DS, ALWAYS_3DS, DISPUTED]
REAL = "4111 1111 1111 1111"  # none of Stripe's for tests: as if somebody typed a card of their own
CODE = "7391"


# How the card brands begin their numbers, and how long they are: other long numbers are no cards.
BRANDS = re.compile(rb"4(\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[0689]\d{12}|6\d{15}")


def like_cards(data: bytes) -> list[bytes]:
    """Runs of digits, blanks and hyphens left out, that could be a card's number and end in the right check digit."""
    plain = re.sub(rb"(?<=\d)[ -](?=\d)", b"", data)
    runs = re.findall(rb"(?<!\d)\d{12,19}(?!\d)", plain)
    return [run for run in runs if BRANDS.fullmatch(run) and passes_luhn(run.decode())]


def test_a_card_number_would_be_found() -> None:
    assert like_cards(b'{"a": "4242 4242 4242 4242", "b": 4000-0000-0000-0002, "c": 1234567890123}') == [
        b"4242424242424242", b"4000000000000002",
    ]  # fmt: skip


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "double.sqlite3"


async def test_it_works(file: Path, tmp_path: Path) -> None:
    """A process of its own, paid at with every kind of card, refused and broken calls too; then it is read whole."""
    port, log = free_port(), tmp_path / "log"
    command = [sys.executable, "-m", "booking", "stripe-double", "--port", str(port), "--file", str(file)]
    with log.open("wb") as said:
        process = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=said)
        try:
            double = Double(f"http://127.0.0.1:{port}", None)
            wait_for(f"{double.url}/_double/health")
            await use(double)
            everything = "".join(
                double.see(f"/_double/{page}").text for page in ("", "received", "deliveries")
            )
        finally:
            process.send_signal(signal.SIGTERM)
            assert process.wait(20) == 0
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"Ada" in kept
    assert like_cards(kept) == []
    assert like_cards(everything.encode()) == []
    for number in (*NUMBERS, REAL):
        assert re.sub(r"\D", "", number).encode() not in re.sub(rb"(?<=\d)[ -](?=\d)", b"", kept)
    for secret in (CODE, "sk_test_keep_me_secret", "whsec_hidden"):
        assert secret not in everything
        assert secret.encode() not in log.read_bytes()
    assert CODE.encode() not in kept
    assert b"sk_test_keep_me_secret" not in kept


async def use(double: Double) -> None:
    api = double.client("sk_test_keep_me_secret").v1
    for number in (*NUMBERS, REAL, "4242 4242 4242 4241"):
        made = await session(api)
        double.pay(made.url, number, cvc=CODE)
        double.pay(made.url, number, cvc=CODE[:3])
        digits = re.sub(r"\D", "", number)
        card = {"number": digits, "exp_month": 1, "exp_year": 2035, "cvc": CODE}
        with contextlib.suppress(stripe.CardError):
            await api.payment_methods.create_async(
                {"type": "card", "card": card}, {"idempotency_key": f"k{digits[-4:]}"}
            )
        with pytest.raises(stripe.InvalidRequestError):
            await api.payment_methods.create_async({"type": "card", "card": card, "unknown": "1"})
    await double.close()


def wait_for(url: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            httpx.get(url, trust_env=False)
            return
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
