"""A sign-in service of our own over loopback HTTP, which insists on PKCE, and lies when it is told to.

The other tests ask a real provider program; this one is for the answers that no honest provider gives.
"""

from __future__ import annotations

import base64
import hmac
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from booking.members.oidc_provider import challenge_of
from tests.authenticator import text

CLIENT, SECRET = "share-the-desk", "a secret & more"


def part(value: dict[str, Any]) -> str:
    """One part of a JSON Web Token."""
    return text(json.dumps(value).encode())


class Provider:
    """`person` are the claims about who signs in there. What a test changes from then on is a lie."""

    def __init__(self, at: datetime) -> None:
        self.now = int(at.timestamp())
        self.key: Any = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
        self.alg = "RS256"
        self.person: dict[str, Any] = {"sub": "person-1", "email_verified": True}
        self.claims: dict[str, Any] = {}
        self.metadata: dict[str, Any] = {}
        self.userinfo: dict[str, Any] | None = None
        self.sign: Callable[[dict[str, Any]], str] = self.honestly
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.pause_seconds = 0.0
        self.codes: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        self.issuer = ""

    # --- what a browser does there ---

    def visit(self, address: str) -> str:
        """Sign in there: the address, path and query, that the browser is sent back to."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert (query["response_type"], query["client_id"]) == ("code", CLIENT)
        assert query["code_challenge_method"] == "S256"
        assert {"openid", "email"} <= set(query["scope"].split())
        code = f"code-{len(self.codes)}"
        self.codes[code] = query
        back = urlsplit(query["redirect_uri"])
        return f"{back.path}?{urlencode({'code': code, 'state': query['state']})}"

    # --- what the server asks ---

    def token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, Any]]:
        query = self.codes.pop(form.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT}:a%20secret%20%26%20more".encode()).decode()
        if authorization != f"Basic {basic}" and form.get("client_secret") != SECRET:
            return 401, {"error": "invalid_client"}
        if (
            query is None
            or form.get("redirect_uri") != query["redirect_uri"]
            or challenge_of(form.get("code_verifier", "")) != query["code_challenge"]
        ):
            return 400, {"error": "invalid_grant"}
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": self.now,
            "exp": self.now + 300,
            "nonce": query["nonce"],
            **self.person,
            **self.claims,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return 200, {"access_token": "access", "token_type": "Bearer", "id_token": self.sign(claims)}

    def honestly(self, claims: dict[str, Any]) -> str:
        return jwt.encode({"alg": self.alg, "kid": self.key.kid}, claims, self.key, algorithms=[self.alg])

    def unsigned(self, claims: dict[str, Any]) -> str:
        return f"{part({'alg': 'none', 'kid': 'one'})}.{part(claims)}."

    def with_our_public_key_as_secret(self, claims: dict[str, Any]) -> str:
        signed = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(claims)}"
        shared = self.key.as_pem(private=False)
        return f"{signed}.{text(hmac.new(shared, signed.encode(), 'sha256').digest())}"

    def with_another_key(self, claims: dict[str, Any]) -> str:
        other = RSAKey.generate_key(2048, {"kid": "one"})
        return jwt.encode({"alg": "RS256", "kid": "one"}, claims, other, algorithms=["RS256"])

    def with_its_own_key_inside(self, claims: dict[str, Any]) -> str:
        other = ECKey.generate_key("P-256", {"kid": "mine"})
        header = {"alg": "ES256", "kid": "mine", "jwk": other.as_dict(private=False)}
        return jwt.encode(header, claims, other, algorithms=["ES256"])

    def get(self, path: str) -> dict[str, Any]:
        if path == "/.well-known/openid-configuration":
            return {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/keys",
                **self.metadata,
            }
        if path == "/keys":
            keys = KeySet([self.key]).as_dict(private=False)["keys"]
            return {"keys": [{"kty": "oct", "k": "AA"}, {"kty": "RSA", "kid": "broken"}, 3, *keys]}
        if path == "/userinfo" and self.userinfo is not None:
            return self.userinfo
        return {}


@contextmanager
def provider(at: datetime) -> Iterator[Provider]:
    """A provider that listens until the block ends; its clock stands at `at`."""
    made = Provider(at)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(200, made.get(self.path))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            self.reply(*made.token(form, self.headers.get("Authorization", "")))

        def reply(self, status: int, told: dict[str, Any]) -> None:
            made.asked.append(self.path)
            time.sleep(made.pause_seconds)
            status, body = made.answers.get(self.path, (status, json.dumps(told).encode()))
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            if 300 <= status < 400:
                self.send_header("Location", "http://127.0.0.1:1/")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_said: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
