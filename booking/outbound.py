"""Requests to addresses that somebody typed: only to public machines, to the very address that was looked at.

A name is asked for its addresses once; every one of them must be public, and the connection goes to one of these,
while TLS still checks the name. So a name that answers differently the second time gains nothing. No redirect is
followed without looking at its target in the same way. Proxies of the environment are not used.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
# Ways to write an IPv4 address inside an IPv6 one, behind which another machine stands than it seems.
WRAPPED = tuple(
    ipaddress.ip_network(each)
    for each in ("::/96", "64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")
)
URL_LETTERS_MAX = 500
CONNECT_SECONDS = 5


class NotReachable(Exception):
    """The address may not or cannot be asked; `why` is a plain English sentence for a log or a page."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True)
class Answer:
    """What came back; of the body only as much as was asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    whole: bool


@dataclass(frozen=True)
class Target:
    """An address that was looked at: connect to `address`, and nowhere else."""

    url: httpx.URL
    address: str


def is_public(address: Address) -> bool:
    """Whether the address belongs to a machine on the open Internet, and to no network of our own."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return False  # nobody has a reason to write it so
        if any(address in network for network in WRAPPED) or address.scope_id:
            return False
    return address.is_global and not (
        address.is_multicast or address.is_private or address.is_reserved or address.is_loopback
        or address.is_link_local or address.is_unspecified
    )  # fmt: skip


def read(url: str, *, loopback: bool = False) -> httpx.URL:
    """The URL, if it is one that we may ask at all; no name is looked up yet. Raises NotReachable.

    `loopback` lets http through to this machine itself, for demonstrations and development.
    """
    if len(url) > URL_LETTERS_MAX or any(not "!" <= letter <= "~" for letter in url) or "\\" in url:
        raise NotReachable("That is no address.")
    try:
        found = httpx.URL(url)
    except (httpx.InvalidURL, ValueError, UnicodeError):
        raise NotReachable("That is no address.") from None
    host = found.host
    if not host or found.userinfo or host.endswith("."):
        raise NotReachable("That is no address.")
    if found.scheme == "http" and loopback and _is_here(host):
        return found
    if found.scheme != "https":
        raise NotReachable("Only https is allowed.")
    literal = _literal(host)
    if literal is None and re.fullmatch(r"(0x[0-9a-f]*|[0-9]+)", host.rpartition(".")[2], re.IGNORECASE):
        # 127.1, 2130706433, 0x7f.1: numbers that some resolvers take for an address.
        raise NotReachable("Write the address with its name.")
    if literal is not None and not is_public(literal) and not (loopback and literal.is_loopback):
        raise NotReachable("That machine is not on the open Internet.")
    return found


async def look_up(url: str, *, loopback: bool = False) -> Target:
    """The URL with the one address that may be connected to. Raises NotReachable."""
    found = read(url, loopback=loopback)
    port = found.port or (443 if found.scheme == "https" else 80)
    try:
        loop = asyncio.get_running_loop()
        answers = await asyncio.wait_for(
            loop.getaddrinfo(found.host, port, type=socket.SOCK_STREAM), CONNECT_SECONDS
        )
    except (OSError, UnicodeError, TimeoutError):
        raise NotReachable("Nobody knows that name.") from None
    texts = [str(answer[4][0]) for answer in answers]
    if not texts:
        raise NotReachable("Nobody knows that name.")
    for text in texts:
        # All of them: one private answer among public ones is an attack or a mistake.
        address = _literal(text)
        if address is None or not (is_public(address) or (loopback and address.is_loopback)):
            raise NotReachable("That machine is not on the open Internet.")
    return Target(found, texts[0])


async def ask(
    method: str,
    url: str,
    *,
    headers: Mapping[str, str] | None = None,
    content: bytes | None = None,
    seconds: float = 15,
    octets_most: int = 5 * 1024 * 1024,
    redirects_most: int = 0,
    loopback: bool = False,
) -> Answer:
    """Ask, within so many seconds in all. Raises NotReachable for what may not be asked, or does not answer in time.

    More than `octets_most` is cut off, and then `whole` is False.
    """
    try:
        async with asyncio.timeout(seconds):
            for _redirect in range(redirects_most + 1):
                target = await look_up(url, loopback=loopback)
                answer = await _once(method, target, headers or {}, content, octets_most)
                where = answer.headers.get("location", "")
                if answer.status not in (301, 302, 303, 307, 308) or not where or redirects_most == 0:
                    return answer
                url = str(target.url.join(where))
            raise NotReachable("It sends us from one address to the next.")
    except TimeoutError:
        raise NotReachable("It did not answer in time.") from None
    except httpx.InvalidURL:
        raise NotReachable("It sends us to what is no address.") from None
    except httpx.HTTPError as error:
        raise NotReachable(f"It did not answer: {type(error).__name__}.") from None


async def _once(
    method: str, target: Target, headers: Mapping[str, str], content: bytes | None, octets_most: int
) -> Answer:
    """One request to the address that was looked at. The name stays in Host and in the check of the certificate."""
    url = target.url
    # Unpacked: so nothing small can become something huge.
    named = {"Host": url.netloc.decode("ascii"), "Accept-Encoding": "identity", **headers}
    async with httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=CONNECT_SECONDS) as client:
        request = client.build_request(
            method,
            url.copy_with(host=target.address),
            headers=named,
            content=content,
            extensions={
                "sni_hostname": url.host,
                "timeout": httpx.Timeout(CONNECT_SECONDS, read=None).as_dict(),
            },
        )
        response = await client.send(request, stream=True)
        try:
            body, whole = b"", True
            if response.headers.get("content-encoding", "identity") != "identity":
                raise NotReachable("It answers packed, though nobody asked for that.")
            async for chunk in response.aiter_raw(16 * 1024):
                body += chunk
                if len(body) > octets_most:
                    body, whole = body[:octets_most], False
                    break
        finally:
            await response.aclose()
    return Answer(response.status_code, dict(response.headers), body, whole)


def _literal(text: str) -> Address | None:
    try:
        return ipaddress.ip_address(text.strip("[]"))
    except ValueError:
        return None


def _is_here(host: str) -> bool:
    literal = _literal(host)
    return host == "localhost" or (literal is not None and literal.is_loopback)
