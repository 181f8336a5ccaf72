"""The pages that a payer sees, Checkout and 3-D Secure, and one for whoever wants to look. Each says what it is not."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from booking.stripe_double import cards, control, objects, passing, sessions
from booking.stripe_double.calls import Call
from booking.stripe_double.errors import ApiError
from booking.stripe_double.store import Store, Thing

HERE = Path(__file__).parent
SHOWN = 50
TEXT_MAX = 200
TEMPLATES = Environment(
    loader=FileSystemLoader(HERE / "templates"), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
# No form-action: the last step of a payment is a redirect to the merchant, and browsers count that as a part of it.
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path fill="#6b3a6e" d="M1 3h14v10H1z"/>'
    '<path fill="#fff" d="M1 5h14v2H1z"/></svg>'
)


def money(amount: int | None, currency: str | None) -> str:
    """Minor units for people: "EUR 12.50"."""
    return "" if amount is None else f"{(currency or '').upper()} {amount / 100:,.2f}".strip()


TEMPLATES.filters["money"] = money
TEMPLATES.filters["day"] = objects.day


def page(name: str, status: int = 200, **values: Any) -> Response:
    html = TEMPLATES.get_template(name).render(values)
    headers = {"Content-Security-Policy": POLICY, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
               "X-Content-Type-Options": "nosniff"}  # fmt: skip
    return HTMLResponse(html, status, headers)


def away(url: str) -> Response:
    return RedirectResponse(url, 303, {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


def session_for(request: Request, id: str) -> tuple[Call, Thing]:
    """The session of a payer, who has no key: its id is long and secret. Raises ApiError, 404."""
    store: Store = request.app.state.store
    request.app.state.base = f"{request.url.scheme}://{request.url.netloc}"
    passing.catch_up(store, request.app.state.base)
    return control.call_for(request, id, "checkout.session")


async def checkout(request: Request) -> Response:
    call, session = session_for(request, request.path_params["id"])
    if session["status"] != "open":
        return closed(session)
    wrong: dict[str, str] = {}
    if session["payment_intent"] or session["setup_intent"]:
        kind = "payment_intent" if session["payment_intent"] else "setup_intent"
        intent = call.get(kind, session[kind])
        if intent["status"] == "requires_action":
            return away(f"/3ds/{intent['id']}")
        error = intent.get("last_payment_error") or intent.get("last_setup_error")
        if error:
            wrong["card"] = error["message"]
    return form(call, session, {}, wrong)


def form(
    call: Call, session: Thing, typed: dict[str, str], wrong: dict[str, str], status: int = 200
) -> Response:
    given = call.private(session["id"])
    return page(
        "checkout.html", status, session=session, items=given["line_items"], typed=typed, wrong=wrong,
        held=given["intent"].get("capture_method") == "manual", saved=given["intent"].get("setup_future_usage"),
        cards=cards.SHOWN, number_of=len(wrong),
    )  # fmt: skip


def closed(session: Thing) -> Response:
    """Paid: on to the merchant, also at the second click. Expired: say so."""
    if session["status"] == "complete":
        return away(session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"]))
    return page("closed.html", 410, session=session)


async def pay(request: Request) -> Response:
    call, session = session_for(request, request.path_params["id"])
    if session["status"] != "open":
        return closed(session)
    sent = await request.form()
    typed = {
        name: str(sent.get(name, ""))[:TEXT_MAX].strip()
        for name in ("email", "number", "expiry", "cvc", "name")
    }
    typed["email"] = session["customer_email"] or typed["email"]
    card, month, year, wrong = read(call, typed)
    # Neither the number nor the code goes back into the page.
    shown = {name: typed[name] for name in ("email", "name", "expiry")}
    if card is None or wrong:
        return form(call, session, shown, wrong, 422)
    try:
        with call.store.transaction():
            intent = sessions.pay(
                call, session, card, month=month, year=year, name=typed["name"], email=typed["email"]
            )
    except ApiError as error:
        request.app.state.deliverer.wake()
        return form(call, call.get("checkout.session", session["id"]), shown, {"card": str(error)}, 402)
    request.app.state.deliverer.wake()
    if intent["status"] == "requires_action":
        return away(f"/3ds/{intent['id']}")
    return closed(call.get("checkout.session", session["id"]))


def read(call: Call, typed: dict[str, str]) -> tuple[cards.Card | None, int, int, dict[str, str]]:
    """The card, its expiry, and what is wrong, by field."""
    wrong: dict[str, str] = {}
    card = None
    try:
        card = cards.by_number(typed["number"])
    except ApiError as error:
        wrong["number"] = str(error)
    month = year = 0
    if found := re.fullmatch(r"(\d{1,2})\s*/?\s*(\d{2}|\d{4})", typed["expiry"]):
        month, year = int(found[1]), int(found[2]) + (2000 if len(found[2]) == 2 else 0)
    if not 1 <= month <= 12:
        wrong["expiry"] = "Write month and year of the card's expiry, like 12 / 34."
    elif (year, month) < objects.year_and_month(call.now):
        wrong["expiry"] = "The card has expired. A date to come will do here."
    digits = 4 if card and card.brand == "amex" else 3
    if not re.fullmatch(rf"\d{{{digits}}}", typed["cvc"]):
        wrong["cvc"] = f"The security code has {digits} digits; any will do here."
    if not typed["name"]:
        wrong["name"] = "Write the name on the card; any will do here."
    if not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", typed["email"]):
        wrong["email"] = "Write an e-mail address, like ada@example.org."
    return card, month, year, wrong


async def secure(request: Request) -> Response:
    """The bank's question."""
    id = request.path_params["id"]
    kind = "setup_intent" if id.startswith("seti_") else "payment_intent"
    call, intent = control.call_for(request, id, kind)
    back = way_back(call, intent)
    if intent["status"] != "requires_action":
        return away(back) if back else page("answered.html", intent=intent)
    return page("secure.html", intent=intent, kind=kind, give_up=give_up(call, intent))


async def secure_answer(request: Request) -> Response:
    """Complete or fail. Afterwards back to where the payer came from."""
    id = request.path_params["id"]
    sent = await request.form()
    kind = "setup_intent" if id.startswith("seti_") else "payment_intent"
    call, intent = control.call_for(request, id, kind)
    if intent["status"] == "requires_action":
        try:
            intent = control.answer_bank(request, id, sent.get("answer") == "complete")
        except ApiError:
            intent = call.get(kind, id)  # declined after all; the page that comes next says why
        request.app.state.deliverer.wake()
    back = way_back(call, intent)
    return away(back) if back else page("answered.html", intent=intent)


def way_back(call: Call, intent: Thing) -> str | None:
    """To the session's page, which sends on who has paid; or to the return_url of the call that confirmed."""
    private = call.private(intent["id"])
    if id := private.get("session"):
        return f"/c/pay/{id}"
    url = private.get("return_url")
    if not url:
        return None
    name = intent["object"]
    joint = "&" if "?" in url else "?"
    return (
        f"{url}{joint}{name}={intent['id']}&{name}_client_secret={intent['client_secret']}&redirect_status="
        + ("succeeded" if intent["status"] in ("succeeded", "requires_capture") else "failed")
    )


def give_up(call: Call, intent: Thing) -> str | None:
    """Where who walks away ends: nothing is answered, the payment stays open until it expires."""
    id = call.private(intent["id"]).get("session")
    session = call.store.get(call.account, id) if id else None
    return session["cancel_url"] if session else None


async def overview(request: Request) -> Response:
    """Payments and events of all accounts, newest first."""
    store: Store = request.app.state.store
    passing.catch_up(store, request.app.state.base)
    events = []
    for account, event in store.everything("event", SHOWN):
        rows = store.rows("SELECT state, attempts, answer FROM delivery WHERE event = ?", event["id"])
        events.append((account, event, [dict(row) for row in rows]))
    return page(
        "overview.html",
        intents=store.everything("payment_intent", SHOWN),
        sessions=store.everything("checkout.session", SHOWN),
        refunds=store.everything("refund", SHOWN),
        events=events,
        now=store.now(),
        ahead=int(float(store.value("clock", "0"))),
        held=bool(store.value("hold")),
        sent=request.query_params.get("sent", ""),
    )


async def event(request: Request) -> Response:
    """One event as it was sent."""
    _call, found = control.call_for(request, request.path_params["id"], "event")
    return page("event.html", event=found, body=json.dumps(found, indent=2, ensure_ascii=False))


async def send_again(request: Request) -> Response:
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return page("nothing.html", 403, message="This was asked by another site.")
    id = request.path_params["id"]
    control.call_for(request, id, "event")
    sent = await request.app.state.deliverer.send_in_order([id], 1)
    return away(f"/_double/?sent={len(sent)}#events")


async def receipt(request: Request) -> Response:
    _call, charge = control.call_for(request, request.path_params["id"], "charge")
    return page("receipt.html", charge=charge)


async def front(request: Request) -> Response:
    return away("/_double/")


async def style(request: Request) -> Response:
    return Response((HERE / "style.css").read_text(), media_type="text/css")


async def icon(request: Request) -> Response:
    return Response(ICON, media_type="image/svg+xml")


async def not_found(request: Request, error: Exception) -> Response:
    return page("nothing.html", 404, message="There is nothing here.")


async def refused(request: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, ApiError) else 400
    return page("nothing.html", status, message=str(error))


routes = [
    Route("/", front),
    Route("/c/pay/{id}", checkout, methods=["GET"]),
    Route("/c/pay/{id}", pay, methods=["POST"]),
    Route("/3ds/{id}", secure, methods=["GET"]),
    Route("/3ds/{id}", secure_answer, methods=["POST"]),
    Route("/receipts/{id}", receipt),
    Route("/_double/", overview),
    Route("/_double/events/{id}", event),
    Route("/_double/events/{id}/send", send_again, methods=["POST"]),
    Route("/_double/style.css", style),
    Route("/_double/icon.svg", icon),
]
