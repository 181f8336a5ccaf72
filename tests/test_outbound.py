"""Addresses that others typed: nothing of our own network is ever connected to, whatever they write."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import httpx
import pytest

from booking import outbound

PUBLIC = "93.184.216.34"
# As a resolver would answer: names of an attacker's zone, and the odd ways to write a number.
ANSWERS = {
    "good.example": [PUBLIC],
    "six.example": ["2606:2800:220:1::1"],
    "loop.example": ["127.0.0.1"],
    "loop6.example": ["::1"],
    "mapped.example": ["::ffff:127.0.0.1"],
    "mapped10.example": ["::ffff:10.0.0.1"],
    "metadata.example": ["169.254.169.254"],
    "ten.example": ["10.1.2.3"],
    "home.example": ["192.168.1.1"],
    "seventeen.example": ["172.16.0.1"],
    "carrier.example": ["100.64.0.1"],
    "unique.example": ["fd00::1"],
    "link6.example": ["fe80::1"],
    "zero.example": ["0.0.0.0"],
    "both.example": [PUBLIC, "10.0.0.1"],
    "both6.example": [PUBLIC, "::1"],
    "nat64.example": ["64:ff9b::7f00:1"],
    "sixtofour.example": ["2002:7f00:1::"],
    "teredo.example": ["2001:0:4136:e378:8000:63bf:80ff:fffe"],
    "compatible.example": ["::127.0.0.1"],
    "multicast.example": ["224.0.0.1"],
    "broadcast.example": ["255.255.255.255"],
    "test.example": ["192.0.2.1"],
    "bench.example": ["198.18.0.1"],
    "nobody.example": [],
}
REFUSED = [
    "https://127.0.0.1/", "https://127.0.0.2:8443/", "https://127.1/", "https://127.0.1/", "https://2130706433/",
    "https://0177.0.0.1/", "https://0x7f.0.0.1/", "https://0x7f000001/", "https://017700000001/", "https://0/",
    "https://0.0.0.0/", "https://[::1]/", "https://[::]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/",
    "https://[::ffff:10.0.0.1]/", "https://[::127.0.0.1]/", "https://[64:ff9b::7f00:1]/", "https://[2002:7f00:1::]/",
    "https://[2001:0:4136:e378:8000:63bf:80ff:fffe]/", "https://169.254.169.254/latest/meta-data/",
    "https://10.0.0.1/", "https://172.16.0.1/", "https://172.31.255.255/", "https://192.168.0.1/",
    "https://100.64.0.1/", "https://100.127.255.255/", "https://[fd00::1]/", "https://[fc00::1]/", "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/", "https://[fec0::1]/", "https://224.0.0.1/", "https://[ff02::1]/",
    "https://255.255.255.255/", "https://192.0.2.1/", "https://198.18.0.1/", "https://240.0.0.1/",
    "https://user@good.example/", "https://good.example@127.0.0.1/", "https://user:password@good.example/",
    "https://127.0.0.1#@good.example/", "https://good.example\\@127.0.0.1/", "https://good.example./",
    "http://good.example/", "http://127.0.0.1/", "file:///etc/passwd", "gopher://good.example/", "ftp://good.example/",
    "//good.example/", "good.example", "", "https://", "https:///x", "javascript:alert(1)", "https://good.example/\n",
    "https://good example/", "https://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ/", "https://localhost/", "https://" + "a" * 600 + ".example/",
    *(f"https://{name}/" for name in ANSWERS if name not in ("good.example", "six.example")),
]  # fmt: skip


class Network:
    """Our resolver and connector: remembers who was looked up, and where a connection would have gone."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.connected: list[str] = []

    async def getaddrinfo(self, host: str, port: int, **_more: Any) -> list[Any]:
        self.asked.append(host)
        try:
            found = ANSWERS[host] if host in ANSWERS else [socket.inet_ntoa(socket.inet_aton(host))]
        except OSError:
            found = ["127.0.0.1"] if host == "localhost" else []
        if not found:
            raise socket.gaierror("nobody")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in found]


@pytest.fixture
async def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    made = Network()
    monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", made.getaddrinfo, raising=False)

    async def send(self: Any, request: httpx.Request, **_more: Any) -> httpx.Response:
        made.connected.append(
            f"{request.url.host} {request.extensions['sni_hostname']} {request.headers['host']}"
        )
        where = {
            "/private": "https://10.0.0.1/",
            "/plain": "http://good.example/",
            "/loop": "https://good.example/loop",
        }
        if request.url.path in where:
            return httpx.Response(
                302, headers={"Location": where[request.url.path]}, stream=httpx.ByteStream(b"")
            )
        return httpx.Response(200, stream=httpx.ByteStream(b"y" * 9000))

    monkeypatch.setattr(httpx.AsyncClient, "send", send)
    return made


async def test_it_works(network: Network) -> None:
    answer = await outbound.ask("GET", "https://good.example/x?y=1")
    assert (answer.status, len(answer.body), answer.whole) == (200, 9000, True)
    assert network.connected == [f"{PUBLIC} good.example good.example"]
    assert network.asked == ["good.example"]  # once: no second answer can be another
    short = await outbound.ask("GET", "https://good.example/", octets_most=500)
    assert (len(short.body), short.whole) == (500, False)
    assert (await outbound.ask("GET", "https://six.example:8443/")).status == 200
    assert network.connected[-1] == "2606:2800:220:1::1 six.example six.example:8443"


@pytest.mark.parametrize("url", REFUSED)
async def test_refused_without_a_packet(network: Network, url: str) -> None:
    with pytest.raises(outbound.NotReachable):
        await outbound.ask("GET", url, redirects_most=3)
    assert network.connected == []


def test_there_are_enough_of_them() -> None:
    assert len(REFUSED) >= 60


async def test_redirects_are_looked_at_too(network: Network) -> None:
    for path in ("private", "plain", "loop"):
        with pytest.raises(outbound.NotReachable):
            await outbound.ask("GET", f"https://good.example/{path}", redirects_most=3)
    assert all(each.startswith(PUBLIC) for each in network.connected)
    assert len(network.connected) == 1 + 1 + 4
    assert (await outbound.ask("GET", "https://good.example/private")).status == 302


@pytest.mark.parametrize(
    ("url", "fine"),
    [
        ("http://127.0.0.1:8000/", True),
        ("http://localhost/", True),
        ("http://[::1]:8000/", True),
        ("https://127.0.0.1/", True),
        ("http://10.0.0.1/", False),
        ("http://good.example/", False),
        ("https://10.0.0.1/", False),
    ],
)
async def test_this_machine_while_developing(network: Network, url: str, fine: bool) -> None:
    if fine:
        assert outbound.read(url, loopback=True)
        return
    with pytest.raises(outbound.NotReachable):
        await outbound.ask("GET", url, loopback=True)
    assert network.connected == []
