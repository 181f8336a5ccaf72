"""A device that holds a passkey, in software: it makes one and shows it, honestly or as an attacker would wish."""

from __future__ import annotations

import hashlib
import json
import os
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text(raw: bytes) -> str:
    return urlsafe_b64encode(raw).decode().rstrip("=")


def raw(said: str) -> bytes:
    return urlsafe_b64decode(said + "=" * (-len(said) % 4))


@dataclass
class Authenticator:
    """One passkey. `counts` as some devices do; others always say 0. `verifies` its person by finger, face or PIN."""

    origin: str = "http://localhost:8000"
    counts: bool = True
    verifies: bool = True
    count: int = 0
    user: str = ""
    credential_id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def copy(self) -> Authenticator:
        """Another device with the same key, as far as it had counted."""
        return Authenticator(
            self.origin, self.counts, self.verifies, self.count, self.user, self.credential_id, self.key
        )

    def create(self, options: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """What a browser brings back for navigator.credentials.create()."""
        self.user = options["user"]["id"]
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        attested = bytes(16) + struct.pack(">H", len(self.credential_id)) + self.credential_id
        attested += cbor2.dumps(public)
        data = self._data(lies.get("rp_id", options["rp"]["id"]), ATTESTED) + attested
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
        return self._credential(
            {
                "clientDataJSON": text(self._client("webauthn.create", options, lies)),
                "attestationObject": text(attestation),
                "transports": ["internal", "hybrid"],
            }
        )

    def get(self, options: dict[str, Any], **lies: Any) -> dict[str, Any]:
        """What a browser brings back for navigator.credentials.get(). lies: origin, rp_id, challenge, user, signed."""
        client = self._client("webauthn.get", options, lies)
        data = self._data(lies.get("rp_id", options["rpId"]), 0)
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._credential(
            {
                "clientDataJSON": text(client),
                "authenticatorData": text(data),
                "signature": text(lies.get("signed", signed)),
                "userHandle": lies.get("user", self.user),
            }
        )

    def _data(self, rp_id: str, flags: int) -> bytes:
        self.count += self.counts
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self.count)

    def _client(self, kind: str, options: dict[str, Any], lies: dict[str, Any]) -> bytes:
        said = {
            "type": kind,
            "challenge": lies.get("challenge", options["challenge"]),
            "origin": lies.get("origin", self.origin),
            "crossOrigin": False,
        }
        return json.dumps(said).encode()

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        named = text(self.credential_id)
        return {"id": named, "rawId": named, "type": "public-key", "response": response}
