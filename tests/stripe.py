"""The double of Stripe for tests: a server of its own on a free port, and hands to drive it.

`with running() as double:` starts one; `double.client(key)` is the real `stripe` library pointed at it, to be made in
the test's own event loop and closed there (`await double.close()`). `double.pay(url)` is a payer on the Checkout page,
without a browser. `with receiving() as webhook:` is somebody to send events to.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import stripe
import uvicorn

from booking.stripe_double import create_app
from tests.postgres import free_port

KEY = "sk_test_of_the_tests"
OK, DECLINED, NO_FUNDS = "4242 4242 4242 4242", "4000 0000 0000 0002", "4000 0000 0000 9995"
NEEDS_3DS, ALWAYS_3DS = "4000 0025 0000 3155", "4000 0000 0000 3220"
DISPUTED, REFUND_FAILS = "4000 0000 0000 0259", "4000 0000 0000 5126"
READY_WITHIN_SECONDS = 20


@dataclass
class Double:
    """A running double. Its controls are JSON under /_double/ (docs/payments.md)."""

    url: str
    app: Any
    clients: list[stripe.HTTPXClient] = field(default_factory=list)

    def client(self, key: str = KEY, *, retries: int = 0, timeout: float = 10) -> stripe.StripeClient:
        """Stripe's own library, talking to the double. It belongs to one event loop; `close()` ends it there."""
        self.clients.append(stripe.HTTPXClient(timeout=timeout))
        return stripe.StripeClient(
            key,
            http_client=self.clients[-1],
            max_network_retries=retries,
            base_addresses={"api": self.url},
        )

    async def close(self) -> None:
        """Close the connections of the clients that were made."""
        while self.clients:
            await self.clients.pop().close_async()

    def ask(self, what: str, **values: Any) -> Any:
        """POST to a control: ask("clock", advance_seconds=1800)."""
        answer = httpx.post(f"{self.url}/_double/{what}", json=values, trust_env=False, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def read(self, what: str, **query: Any) -> Any:
        answer = httpx.get(f"{self.url}/_double/{what}", params=query, trust_env=False)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def see(self, url: str) -> httpx.Response:
        """A page, by its address or its path."""
        return httpx.get(url if url.startswith("http") else self.url + url, trust_env=False, timeout=20)

    def press(self, path: str, **headers: str) -> httpx.Response:
        """A form without fields."""
        return httpx.post(self.url + path, headers=headers, trust_env=False, timeout=20)

    def pay(self, url: str, number: str = OK, **typed: str) -> httpx.Response:
        """Send the form of a Checkout page. The answer is the redirect (303), or the page with what is wrong."""
        form = {
            "number": number,
            "expiry": "12 / 34",
            "cvc": "123",
            "name": "Ada",
            "email": "ada@example.org",
        }
        return httpx.post(url, data=form | typed, trust_env=False, timeout=20)

    def answer_bank(self, path: str, *, passed: bool = True) -> httpx.Response:
        """Answer on the 3-D Secure page that a redirect led to, and follow to the merchant."""
        url = path if path.startswith("http") else self.url + path
        with httpx.Client(trust_env=False, timeout=20) as browser:
            answer = browser.post(url, data={"answer": "complete" if passed else "fail"})
            if (where := answer.headers.get("location", "")).startswith("/"):
                answer = browser.get(self.url + where)
            return answer


@contextmanager
def running(
    file: str = ":memory:", webhooks: Sequence[tuple[str, str, str]] = (), port: int = 0
) -> Iterator[Double]:
    """A double for as long as the block runs, in a thread with a loop of its own. webhooks: (key, url, secret)."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    app = create_app(file, webhooks, url)
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, lifespan="on"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while not server.started:
        assert time.monotonic() < deadline, "the double did not start"
        assert thread.is_alive(), "the double did not start"
        time.sleep(0.01)
    try:
        yield Double(url, app)
    finally:
        server.should_exit = True
        thread.join(READY_WITHIN_SECONDS)


@dataclass
class Webhook:
    """What a webhook of the tests has received; `answers` are the next statuses it gives (then 200)."""

    url: str
    received: list[tuple[bytes, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def types(self) -> list[str]:
        return [stripe.Event.construct_from(_json(body), None).type for body, _signature in self.received]

    def wait_for(self, count: int, seconds: float = 10) -> None:
        """Wait until so many events have come."""
        deadline = time.monotonic() + seconds
        while len(self.received) < count:
            assert time.monotonic() < deadline, f"{len(self.received)} of {count}: {self.types()}"
            time.sleep(0.02)


def _json(body: bytes) -> Any:
    import json

    return json.loads(body)


@contextmanager
def receiving() -> Iterator[Webhook]:
    """A webhook on a free port that keeps what it is sent."""
    hook = Webhook("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            hook.received.append((body, self.headers["Stripe-Signature"]))
            self.send_response(hook.answers.pop(0) if hook.answers else 200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hook.url = f"http://127.0.0.1:{server.server_address[1]}/hook"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()
