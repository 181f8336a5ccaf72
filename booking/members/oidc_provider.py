"""Talking to another sign-in service (OpenID Connect): what it says about itself, its keys, and its tokens.

Everything that it answers is checked here before anybody believes it: signature by one of its published keys and an
asymmetric algorithm, issuer, audience, times, nonce. joserfc does the cryptography. Nothing here touches the database.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx
import structlog

import settings
from booking.errors import Refused
from booking.i18n import lazy as _

TIMEOUT = httpx.Timeout(5.0, connect=3.0)
# Of a whole answer, for one that comes drop by drop.
WHOLE_SECONDS_MAX = 10
ANSWER_BYTES_MAX = 256 * 1024
KNOWN_FOR = timedelta(minutes=10)
SKEW_SECONDS = 60
# Asymmetric ones only: "none" and the HMACs would let anybody sign who knows what is public.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519")
KEY_TYPES = ("RSA", "EC", "OKP")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
log = structlog.get_logger("booking.members")


class OidcAway(Refused):
    code = "sign_in_service_away"
    text = _("%(name)s does not answer at the moment. Sign in by e-mail instead.")


class OidcNotAccepted(Refused):
    code = "sign_in_not_accepted"
    text = _("Signing in by %(name)s did not work. Try once more, or sign in by e-mail.")


@dataclass(frozen=True)
class Provider:
    """What the service says about itself, and its keys as JSON Web Keys."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    userinfo_endpoint: str
    jwks_uri: str
    posts_secret: bool
    says_issuer: bool


@dataclass(frozen=True)
class Claims:
    """Who signed in there. `email` is empty where none is told."""

    subject: str
    email: str
    email_verified: bool
    name: str


# Per process: (issuer) → (until, what it says); (address) → (until, its keys).
_providers: dict[str, tuple[datetime, Provider]] = {}
_keys: dict[str, tuple[datetime, list[dict[str, Any]]]] = {}


def name() -> str:
    """What the service is called on our pages."""
    return settings.OIDC_NAME or urlsplit(settings.OIDC_ISSUER).hostname or ""


def away(why: object) -> OidcAway:
    log.warning("sign_in_service_away", why=str(why)[:300])
    return OidcAway(name=name())


def not_accepted(why: object) -> OidcNotAccepted:
    log.warning("sign_in_not_accepted", why=str(why)[:300])
    return OidcNotAccepted(name=name())


async def discover(at: datetime) -> Provider:
    """The service of the settings, asked at most every ten minutes. Raises OidcAway."""
    issuer = settings.OIDC_ISSUER
    known = _providers.get(issuer)
    if known and at < known[0]:
        return known[1]
    told = await _fetch(issuer.rstrip("/") + "/.well-known/openid-configuration")
    # A service that speaks for another issuer than ours would sign tokens in its name.
    if told.get("issuer") != issuer:
        raise away(f"it calls itself {told.get('issuer')!r}")
    ways = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    found = Provider(
        issuer=issuer,
        authorization_endpoint=_address(told, "authorization_endpoint"),
        token_endpoint=_address(told, "token_endpoint"),
        userinfo_endpoint=_address(told, "userinfo_endpoint") if told.get("userinfo_endpoint") else "",
        jwks_uri=_address(told, "jwks_uri"),
        posts_secret="client_secret_basic" not in ways and "client_secret_post" in ways,
        says_issuer=told.get("authorization_response_iss_parameter_supported") is True,
    )
    _providers[issuer] = (at + KNOWN_FOR, found)
    return found


def forget_everything() -> None:
    """Ask the service anew at the next sign-in."""
    _providers.clear()
    _keys.clear()


def authorization_url(provider: Provider, *, state: str, nonce: str, verifier: str, redirect_uri: str) -> str:
    """Where the visitor goes to sign in."""
    query = {
        "response_type": "code",
        "client_id": settings.OIDC_CLIENT_ID,
        "redirect_uri": redirect_uri,
        "scope": "openid email profile",
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
    }
    joint = "&" if "?" in provider.authorization_endpoint else "?"
    return provider.authorization_endpoint + joint + urlencode(query)


def challenge_of(verifier: str) -> str:
    """PKCE's S256."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


async def redeem(
    provider: Provider, code: str, *, nonce: str, verifier: str, redirect_uri: str, at: datetime
) -> Claims:
    """Who signed in, for the code that the visitor brought back. Raises OidcAway, OidcNotAccepted."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": redirect_uri,
        "code_verifier": verifier,
        "client_id": settings.OIDC_CLIENT_ID,
    }
    secret, headers = str(settings.OIDC_CLIENT_SECRET), {}
    if secret and provider.posts_secret:
        form["client_secret"] = secret
    elif secret:
        pair = f"{quote(settings.OIDC_CLIENT_ID, safe='')}:{quote(secret, safe='')}"
        headers["Authorization"] = "Basic " + base64.b64encode(pair.encode()).decode()
    tokens = await _fetch(provider.token_endpoint, form=form, headers=headers, asking=True)
    id_token, access_token = tokens.get("id_token"), tokens.get("access_token")
    if not isinstance(id_token, str):
        raise not_accepted("there is no id_token")
    told = await _checked(provider, id_token, nonce=nonce, at=at)
    if "email" not in told and provider.userinfo_endpoint and isinstance(access_token, str):
        bearer = {"Authorization": f"Bearer {access_token}"}
        more = await _fetch(provider.userinfo_endpoint, headers=bearer, asking=True)
        if more.get("sub") != told["sub"]:
            raise not_accepted("userinfo is about somebody else")
        told = {**more, **told}
    return Claims(
        subject=told["sub"],
        email=_text(told, "email", 254).lower(),
        # Some services write their booleans as text.
        email_verified=told.get("email_verified") is True or told.get("email_verified") == "true",
        name=" ".join(_text(told, "name", 120).split()),
    )


async def _checked(provider: Provider, id_token: str, *, nonce: str, at: datetime) -> dict[str, Any]:
    """The claims of an ID token, if it is theirs, for us, for this sign-in and for now. Raises OidcNotAccepted."""
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    for fresh in (False, True):
        keys = KeySet(_imported(await _keys_of(provider, at, fresh=fresh)))
        try:
            token = jwt.decode(id_token, keys, algorithms=list(ALGORITHMS))
            break
        except (JoseError, ValueError) as error:
            # Perhaps they have a new key since we last asked.
            if fresh:
                raise not_accepted(error) from error
    claims = token.claims
    registry = jwt.JWTClaimsRegistry(
        now=int(at.timestamp()),
        leeway=SKEW_SECONDS,
        iss={"essential": True, "value": provider.issuer},
        aud={"essential": True, "value": settings.OIDC_CLIENT_ID},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        nonce={"essential": True},
    )
    try:
        registry.validate(claims)
    except JoseError as error:
        raise not_accepted(error) from error
    audience = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]
    if claims.get("azp", settings.OIDC_CLIENT_ID) != settings.OIDC_CLIENT_ID or (
        len(audience) > 1 and "azp" not in claims
    ):
        raise not_accepted("it was made for somebody else")
    if not hmac.compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
        raise not_accepted("it belongs to another sign-in")
    if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255 or "\x00" in claims["sub"]:
        raise not_accepted("it names nobody")
    return claims


def _imported(keys: list[dict[str, Any]]) -> list[Any]:
    """Their signing keys, without those of kinds that we do not read."""
    from joserfc.errors import JoseError
    from joserfc.jwk import import_key

    found = []
    for key in keys:
        if key.get("kty") not in KEY_TYPES or key.get("use", "sig") != "sig":
            continue
        try:
            found.append(import_key(key))
        except (JoseError, ValueError, TypeError):
            log.info("sign_in_key_not_read", kid=str(key.get("kid"))[:80])
    return found


async def _keys_of(provider: Provider, at: datetime, *, fresh: bool) -> list[dict[str, Any]]:
    known = _keys.get(provider.jwks_uri)
    if known and at < known[0] and not fresh:
        return known[1]
    told = (await _fetch(provider.jwks_uri)).get("keys")
    keys = [key for key in told if isinstance(key, dict)] if isinstance(told, list) else []
    _keys[provider.jwks_uri] = (at + KNOWN_FOR, keys)
    return keys


async def _fetch(
    address: str,
    *,
    form: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
    asking: bool = False,
) -> dict[str, Any]:
    """What an address answers, as a JSON object. `asking`: a 4xx means no, and not that they are away."""
    try:
        # Proxies and authorities of the machine's environment are heeded: the service may be inside or outside.
        async with (
            asyncio.timeout(WHOLE_SECONDS_MAX),
            httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False) as client,
            client.stream(
                "POST" if form is not None else "GET",
                address,
                data=form,
                headers={"Accept": "application/json", **(headers or {})},
            ) as answer,
        ):
            body = b""
            async for part in answer.aiter_bytes():
                body += part
                if len(body) > ANSWER_BYTES_MAX:
                    raise away(f"{address} answers without an end")
        if asking and 400 <= answer.status_code < 500:
            raise not_accepted(f"{address} answers {answer.status_code}: {body[:200]!r}")
        if answer.status_code != 200:
            raise away(f"{address} answers {answer.status_code}")
        told = json.loads(body)
    except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, ValueError, RecursionError) as error:
        raise away(f"{address}: {type(error).__name__} {error}") from error
    if not isinstance(told, dict):
        raise away(f"{address} answers no object")
    return told


def _address(told: Mapping[str, Any], what: str) -> str:
    """One of their addresses: by TLS, except on this machine. Raises OidcAway."""
    address = told.get(what)
    parts = urlsplit(address if isinstance(address, str) else "")
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        raise away(f"its {what} is {address!r}")
    return str(address)


def _text(told: Mapping[str, Any], what: str, most: int) -> str:
    found = told.get(what)
    return found.strip() if isinstance(found, str) and len(found) <= most and found.isprintable() else ""
