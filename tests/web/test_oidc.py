"""Signing in by another service: what must work, and the answers that must not be taken (U6: eight attacks)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.datastructures import Secret

import settings
from booking import events, members
from booking.members import oidc_provider
from booking.members.models import Identity, Member, OidcRequest, Session
from tests import make, provider
from tests.conftest import NOW
from tests.provider import CLIENT, SECRET, Provider


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    with provider.provider(NOW) as made:
        configure(monkeypatch, made.issuer)
        yield made


def configure(monkeypatch: pytest.MonkeyPatch, issuer: str) -> None:
    oidc_provider.forget_everything()
    for name, value in {
        "OIDC_ISSUER": issuer,
        "OIDC_CLIENT_ID": CLIENT,
        "OIDC_CLIENT_SECRET": Secret(SECRET),
        "OIDC_NAME": "Smart ID",
        "OIDC_CREATE_MEMBERS": False,
    }.items():
        monkeypatch.setattr(settings, name, value)


@pytest.fixture
async def alice(db: str, there: Provider) -> Member:
    made = await make.member()
    there.person["email"] = made.email
    return made


async def go(client: httpx.AsyncClient, **more: str) -> str:
    """Press the button: the address of the service that the page leads to."""
    answer = await client.post("/sign-in/oidc", data=more)
    assert answer.status_code == 200, answer.text
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', answer.text)
    assert found
    return unescape(found[1])


async def sign_in(client: httpx.AsyncClient, there: Provider, **more: str) -> httpx.Response:
    return await client.get(there.visit(await go(client, **more)))


async def nobody_is_in(client: httpx.AsyncClient) -> None:
    assert (await client.get("/settings")).status_code == 303
    assert await Session.all().count() == 0
    assert await Identity.all().count() == 0


async def test_it_works(client: httpx.AsyncClient, there: Provider, alice: Member) -> None:
    assert "Sign in by Smart ID" in (await client.get("/sign-in")).text
    answer = await sign_in(client, there, next="/settings?x=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/settings?x=1")
    assert alice.email in (await client.get("/settings")).text
    known = await Identity.get()
    assert (known.member_id, known.issuer, known.subject) == (alice.id, there.issuer, "person-1")
    assert [one.name for one in await events.history(f"member:{alice.id}")] == ["identity.linked"]
    # It proves the address, as a mail does; a role still asks for a passkey.
    assert (await Session.get()).confirmed_at is None
    # Signing out stays here.
    assert (await client.post("/sign-out")).headers["location"] == "/"
    assert there.asked.count("/.well-known/openid-configuration") == 1


async def test_the_address_matters_once(client: httpx.AsyncClient, there: Provider, alice: Member) -> None:
    await sign_in(client, there)
    bob = await make.member("Bob")
    there.person |= {"email": bob.email, "email_verified": False}
    assert (await sign_in(client, there)).status_code == 303
    assert alice.email in (await client.get("/settings")).text
    assert await Identity.all().count() == 1


async def test_without_settings_there_is_no_such_way(client: httpx.AsyncClient) -> None:
    assert "/sign-in/oidc" not in (await client.get("/sign-in")).text
    assert (await client.post("/sign-in/oidc")).status_code == 404
    assert (await client.get("/sign-in/oidc/back?code=x&state=y")).status_code == 404


# --- U6 ----------------------------------------------------------------------------------------------


async def test_state(client: httpx.AsyncClient, client_of: Any, there: Provider, alice: Member) -> None:
    """Somebody else's, one of another browser, a second time, too late, or none."""
    back = there.visit(await go(client))
    for told in ("code=code-0&state=" + "x" * 43, "code=code-0", "code=code-0&state=", ""):
        answer = await client.get(f"/sign-in/oidc/back?{told}")
        assert answer.status_code == 409
        assert "began in another browser" in answer.text
    # The attacker's own answer, which the victim is made to open: else she would be signed in as the attacker.
    victim = await client_of()
    assert (await victim.get(back)).status_code == 409
    await nobody_is_in(victim)
    assert (await client.get(back)).status_code == 303
    await client.post("/sign-out")
    assert (await client.get(back)).status_code == 409
    assert (await client.get("/settings")).status_code == 303


async def test_state_lasts_ten_minutes(
    client: httpx.AsyncClient, app: Any, there: Provider, alice: Member
) -> None:
    back = there.visit(await go(client))
    app.state.clock = lambda: NOW + timedelta(minutes=10)
    assert (await client.get(back)).status_code == 409
    await nobody_is_in(client)


@pytest.mark.parametrize("nonce", ["another", "", None, 3, ["x"]])
async def test_nonce(client: httpx.AsyncClient, there: Provider, alice: Member, nonce: Any) -> None:
    there.claims["nonce"] = nonce
    assert (await sign_in(client, there)).status_code == 409
    await nobody_is_in(client)


async def test_pkce(client: httpx.AsyncClient, client_of: Any, there: Provider, alice: Member) -> None:
    """A code that was stolen on its way is worth nothing in another sign-in."""
    stolen = parse_qs(urlsplit(there.visit(await go(client))).query)["code"][0]
    thief = await client_of()
    own = parse_qs(urlsplit(there.visit(await go(thief))).query)
    answer = await thief.get(f"/sign-in/oidc/back?code={stolen}&state={own['state'][0]}")
    assert answer.status_code == 409
    await nobody_is_in(thief)


async def test_pkce_is_never_left_out(client: httpx.AsyncClient, there: Provider, alice: Member) -> None:
    first, second = [parse_qs(urlsplit(await go(client)).query) for _time in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 43
        assert first[name] != second[name]
    kept = await OidcRequest.all().order_by("created_at", "id")
    assert {oidc_provider.challenge_of(one.verifier) for one in kept} == {
        one["code_challenge"][0] for one in (first, second)
    }


@pytest.mark.parametrize("lie", ["token", "answer", "silence", "discovery"])
async def test_issuers_mixed_up(client: httpx.AsyncClient, there: Provider, alice: Member, lie: str) -> None:
    more = ""
    if lie == "token":
        there.claims["iss"] = "https://evil.example"
    if lie == "answer":
        more = "&iss=https%3A%2F%2Fevil.example"
    if lie == "silence":
        there.metadata["authorization_response_iss_parameter_supported"] = True
    if lie == "discovery":
        there.metadata["issuer"] = "https://evil.example"
        assert (await client.post("/sign-in/oidc")).status_code == 503
        return
    back = there.visit(await go(client)) + more
    assert (await client.get(back)).status_code == 409
    await nobody_is_in(client)


async def test_an_issuer_that_says_who_it_is(
    client: httpx.AsyncClient, there: Provider, alice: Member
) -> None:
    there.metadata["authorization_response_iss_parameter_supported"] = True
    back = there.visit(await go(client))
    answer = await client.get(f"{back}&iss={there.issuer}")
    assert answer.status_code == 303


async def test_booleans_as_text(client: httpx.AsyncClient, there: Provider, alice: Member) -> None:
    there.person["email_verified"] = "true"
    assert (await sign_in(client, there)).status_code == 303


@pytest.mark.parametrize("verified", [False, None, "false", 0, 1, "yes", []])
async def test_an_address_that_is_not_verified(
    client: httpx.AsyncClient, there: Provider, alice: Member, verified: Any
) -> None:
    there.person["email_verified"] = verified
    answer = await sign_in(client, there)
    assert answer.status_code == 409
    assert "has not verified your e-mail address" in answer.text
    await nobody_is_in(client)


@pytest.mark.parametrize(
    "sign",
    [
        Provider.unsigned,
        Provider.with_our_public_key_as_secret,
        Provider.with_another_key,
        Provider.with_its_own_key_inside,
    ],
)
async def test_nobody_signed(client: httpx.AsyncClient, there: Provider, alice: Member, sign: Any) -> None:
    """alg=none, and its relatives."""
    there.sign = sign.__get__(there)
    assert (await sign_in(client, there)).status_code == 409
    await nobody_is_in(client)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": -61},
        {"exp": None},
        {"exp": "soon"},
        {"iat": 120},
        {"iat": None},
        {"nbf": 120},
    ],
)
async def test_expired(
    client: httpx.AsyncClient, there: Provider, alice: Member, claims: dict[str, Any]
) -> None:
    there.claims = {
        name: there.now + value if isinstance(value, int) else value for name, value in claims.items()
    }
    assert (await sign_in(client, there)).status_code == 409
    await nobody_is_in(client)


async def test_clocks_may_differ_a_little(client: httpx.AsyncClient, there: Provider, alice: Member) -> None:
    there.claims = {"iat": there.now + 50, "nbf": there.now + 50, "exp": there.now - 50}
    assert (await sign_in(client, there)).status_code == 303


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": ["another"]},
        {"aud": []},
        {"aud": None},
        {"aud": [CLIENT, "another"]},
        {"aud": CLIENT, "azp": "another"},
        {"aud": [CLIENT, "another"], "azp": "another"},
    ],
)
async def test_another_audience(
    client: httpx.AsyncClient, there: Provider, alice: Member, claims: dict[str, Any]
) -> None:
    there.claims = claims
    assert (await sign_in(client, there)).status_code == 409
    await nobody_is_in(client)


# --- whom it is -------------------------------------------------------------------------------------


@pytest.mark.parametrize("sub", [None, "", 7, "x" * 256, "\x00"])
async def test_a_token_about_nobody(
    client: httpx.AsyncClient, there: Provider, alice: Member, sub: Any
) -> None:
    there.claims["sub"] = sub
    assert (await sign_in(client, there)).status_code == 409
    await nobody_is_in(client)


async def test_the_address_may_be_told_apart(
    client: httpx.AsyncClient, there: Provider, alice: Member
) -> None:
    told = {"email": there.person.pop("email"), "email_verified": there.person.pop("email_verified")}
    there.userinfo = {"sub": "somebody-else", **told}
    assert (await sign_in(client, there)).status_code == 409
    await nobody_is_in(client)
    there.userinfo = {"sub": "person-1", **told}
    assert (await sign_in(client, there)).status_code == 303


async def test_nobody_here(client: httpx.AsyncClient, there: Provider, alice: Member) -> None:
    there.person["email"] = "new@example.org"
    answer = await sign_in(client, there)
    assert answer.status_code == 409
    assert "You become a member through your cooperative" in answer.text
    assert answer.headers["referrer-policy"] == "no-referrer"
    await nobody_is_in(client)
    assert await Member.all().count() == 1


async def test_members_made_where_the_settings_say_so(
    client: httpx.AsyncClient, there: Provider, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "OIDC_CREATE_MEMBERS", True)
    there.person |= {"email": "New@Example.org", "name": "  Nora   New ", "sub": "person-2"}
    assert (await sign_in(client, there)).status_code == 303
    made = await Member.get(email="new@example.org")
    assert (made.name, made.category, made.language) == ("Nora New", "member", "en")
    assert [one.name for one in await events.history(f"member:{made.id}")] == [
        "member.created",
        "identity.linked",
    ]
    there.person |= {"email": "other@example.org", "email_verified": False, "sub": "person-3"}
    await client.post("/sign-out")
    assert (await sign_in(client, there)).status_code == 409
    assert await Member.all().count() == 2


async def test_an_address_that_went_to_somebody_else(
    client: httpx.AsyncClient, there: Provider, alice: Member
) -> None:
    await sign_in(client, there)
    await client.post("/sign-out")
    there.person["sub"] = "person-9"
    answer = await sign_in(client, there)
    assert answer.status_code == 409
    assert "belongs to another person" in answer.text
    assert (await client.get("/settings")).status_code == 303


async def test_the_suspended(client: httpx.AsyncClient, there: Provider, alice: Member) -> None:
    await members.suspend(alice, by=None, at=NOW)
    assert (await sign_in(client, there)).status_code == 409
    await nobody_is_in(client)
    alice = await members.get(alice.id)
    await members.unsuspend(alice, by=None, at=NOW)
    await sign_in(client, there)
    await client.post("/sign-out")
    await members.suspend(await members.get(alice.id), by=None, at=NOW)
    assert (await sign_in(client, there)).status_code == 409
    assert (await client.get("/settings")).status_code == 303


async def test_a_change_of_mind(client: httpx.AsyncClient, there: Provider, alice: Member) -> None:
    state = parse_qs(urlsplit(there.visit(await go(client))).query)["state"][0]
    answer = await client.get(f"/sign-in/oidc/back?error=access_denied&state={state}")
    assert answer.status_code == 409
    assert "You did not go on at Smart ID" in answer.text
    assert "Send me a link and a code" in answer.text
    await nobody_is_in(client)


# --- the service ------------------------------------------------------------------------------------


async def test_a_service_that_is_down(
    client: httpx.AsyncClient, db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    configure(monkeypatch, "http://127.0.0.1:1")
    answer = await client.post("/sign-in/oidc", data={"next": "/settings"})
    assert answer.status_code == 503
    assert "Smart ID does not answer at the moment" in answer.text
    assert "Send me a link and a code" in answer.text
    assert 'name="next" value="/settings"' in answer.text
    assert answer.headers["retry-after"] == "60"
    assert await OidcRequest.all().count() == 0


@pytest.mark.parametrize(("limit", "most"), [("TIMEOUT", httpx.Timeout(0.2)), ("WHOLE_SECONDS_MAX", 0.2)])
async def test_a_service_that_is_slow(
    client: httpx.AsyncClient,
    there: Provider,
    alice: Member,
    monkeypatch: pytest.MonkeyPatch,
    limit: str,
    most: Any,
) -> None:
    monkeypatch.setattr(oidc_provider, limit, most)
    there.pause_seconds = 0.5
    assert (await client.post("/sign-in/oidc")).status_code == 503


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/keys", "/token"])
@pytest.mark.parametrize(
    "answer", [(500, b"{}"), (302, b""), (200, b"[]"), (200, b"<html>"), (200, b"x" * 300_000), (200, b"")]
)
async def test_a_service_that_talks_nonsense(
    client: httpx.AsyncClient, there: Provider, alice: Member, path: str, answer: tuple[int, bytes]
) -> None:
    there.answers[path] = answer
    if path.startswith("/.well"):
        assert (await client.post("/sign-in/oidc")).status_code == 503
    else:
        assert (await sign_in(client, there)).status_code == 503
    await nobody_is_in(client)


@pytest.mark.parametrize("what", ["authorization_endpoint", "token_endpoint", "jwks_uri"])
@pytest.mark.parametrize("address", [None, "http://evil.example/x", "javascript:alert(1)", 3, "//x"])
async def test_addresses_without_tls(
    client: httpx.AsyncClient, there: Provider, alice: Member, what: str, address: Any
) -> None:
    there.metadata[what] = address
    assert (await client.post("/sign-in/oidc")).status_code == 503


async def test_a_new_key(client: httpx.AsyncClient, there: Provider, alice: Member) -> None:
    await sign_in(client, there)
    await client.post("/sign-out")
    there.key, there.alg = provider.ECKey.generate_key("P-256", {"kid": "two"}), "ES256"
    assert (await sign_in(client, there)).status_code == 303


async def test_a_service_that_wants_the_secret_in_the_form(
    client: httpx.AsyncClient, there: Provider, alice: Member
) -> None:
    there.metadata["token_endpoint_auth_methods_supported"] = ["client_secret_post"]
    assert (await sign_in(client, there)).status_code == 303


async def test_behind_a_proxy_the_way_back_is_ours(
    client: httpx.AsyncClient, there: Provider, alice: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "BASE_URL", "https://desk.example.org")
    answer = await client.post("/sign-in/oidc", headers={"X-Forwarded-Host": "evil.example"})
    assert "redirect_uri=https%3A%2F%2Fdesk.example.org%2Fsign-in%2Foidc%2Fback" in unescape(answer.text)


async def test_ten_tries_a_minute(client: httpx.AsyncClient, there: Provider, alice: Member) -> None:
    answers = [await client.get("/sign-in/oidc/back?code=x&state=y") for _number in range(12)]
    assert [answer.status_code for answer in answers] == [409] * 10 + [429] * 2


async def test_no_way_leads_to_another_site(
    client: httpx.AsyncClient, there: Provider, alice: Member
) -> None:
    answer = await sign_in(client, there, next="//evil.example")
    assert answer.headers["location"] == "/"


async def test_nothing_secret_stays(client: httpx.AsyncClient, there: Provider, alice: Member) -> None:
    address = await go(client)
    state = parse_qs(urlsplit(address).query)["state"][0]
    assert state not in str(dict(await OidcRequest.get()))
    await client.get(there.visit(address))
    kept = await OidcRequest.get()
    assert (kept.verifier, kept.nonce) == ("", "")
    assert await members.oidc.forget(at=NOW + timedelta(days=2)) == 1
