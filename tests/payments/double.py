"""The double of Stripe as a process of its own, whose clock stands at the tests' NOW; and a hand on it.

`python -m tests.payments.double PORT` runs it. `Double` asks it what tests ask; every call is real HTTP.
"""

from __future__ import annotations

import json
import sys
import time
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import httpx

VISA, REFUND_FAILS, REFUND_PENDING = "4242424242424242", "4000000000005126", "4000000000007726"
DECLINED, NEEDS_3DS, DISPUTED = "4000000000000002", "4000002760003184", "4000000000000259"
ASKS_LATER = "4000000000003220"
_numbers = count(1)


class Double:
    """One account of the double, fresh for each test."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.key = f"sk_test_{next(_numbers)}x{time.monotonic_ns()}"
        self.secret = f"whsec_{self.key[8:]}"
        self.http = httpx.Client(base_url=base, timeout=30)
        self.http.post("/_tests/back")

    def get(self, path: str, **params: Any) -> Any:
        return self.http.get(f"/v1/{path}", params=params, auth=(self.key, "")).json()

    def ask(self, path: str, /, **given: Any) -> Any:
        answer = self.http.post(f"/_double/{path}", json=given)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def pay(self, url: str, number: str = VISA) -> httpx.Response:
        """Type a card into the page; 3-D Secure stays unanswered. The page's own address."""
        return self.http.post(
            url,
            data={
                "email": "payer@example.org",
                "number": number,
                "expiry": "12/34",
                "cvc": "123",
                "name": "A. Payer",
            },
        )

    def authenticate(self, intent_id: str, passed: bool = True) -> None:
        self.ask("authenticate", intent=intent_id, passed=passed)

    def fail(self, path: str, kind: str, moment: str = "before", times: int = 1, **more: Any) -> None:
        self.ask("faults", path=path, kind=kind, moment=moment, times=times, **more)

    def well(self) -> None:
        self.ask("faults", clear=True)

    def later(self, **span: float) -> None:
        self.ask("clock", advance_seconds=timedelta(**span).total_seconds())

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.http.get("/_double/health").json()["now"], UTC)

    def events(self) -> list[dict[str, Any]]:
        """All events of this account, oldest first."""
        found: list[dict[str, Any]] = []
        after: dict[str, Any] = {}
        while True:
            page = self.get("events", limit=100, **after)
            found += page["data"]
            if not page["has_more"]:
                return found[::-1]
            after = {"starting_after": found[-1]["id"]}

    def signed(
        self, event: dict[str, Any], *, at: datetime, secret: str = ""
    ) -> tuple[bytes, dict[str, str]]:
        """The body of a webhook and its headers, as Stripe sends them."""
        import stripe

        body = json.dumps(event)
        stamp = int(at.timestamp())
        signature = stripe.WebhookSignature._compute_signature(f"{stamp}.{body}", secret or self.secret)
        return body.encode(), {"Stripe-Signature": f"t={stamp},v1={signature}"}

    def received(self, path: str = "", method: str = "POST") -> list[dict[str, Any]]:
        rows = self.http.get("/_double/received", params={"key": self.key}).json()["received"]
        return [row for row in rows if row["method"] == method and row["path"].startswith(path or "/v1/")]

    def close(self) -> None:
        self.http.close()


def main(port: int, began: datetime) -> None:
    import uvicorn
    from starlette.requests import Request
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    from booking import clock
    from booking.stripe_double import create_app

    clock.now = lambda: began  # it moves only where a test puts it forward
    app = create_app(base=f"http://127.0.0.1:{port}")

    async def back(request: Request) -> PlainTextResponse:
        app.state.store.set_value("clock", "0")
        app.state.store.do("DELETE FROM later")
        return PlainTextResponse("ok")

    app.router.routes.insert(0, Route("/_tests/back", back, methods=["POST"]))
    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]), datetime.fromisoformat(sys.argv[2]))
