"""serve and jobs."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from argparse import Namespace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from booking.commands import DONE, data, doubling
from booking.commands.running import NotPossible, as_json, database, load_settings, run, say

PORT = 8000
GRACE_SECONDS = 20


def serve(wish: Namespace) -> int:
    _choose_base_url(wish)
    settings = load_settings()
    if wish.workers > 1 and str(settings.DATABASE_URL).startswith("sqlite"):
        raise NotPossible(
            "SQLite is served by one process. For several workers set DATABASE_URL to a PostgreSQL database."
        )
    if wish.prepare:
        # One process for all three: each of its own would import everything again.
        data.migrate(Namespace(no_backup=False, json=False, quiet=True))
        if settings.DEMO:
            data.demo(Namespace(json=False))
    port = wish.port or urlsplit(settings.BASE_URL).port or PORT
    people = asyncio.run(_ready(wish.host))
    _take_port(wish.host, port)
    with doubling.beside(settings, port, wanted=wish.prepare) as double:
        return _serve(wish, settings, port, people, double)


def _serve(wish: Namespace, settings: Any, port: int, people: list[Any], double: str) -> int:
    import uvicorn

    from booking.app import configure_logs

    configure_logs()
    said = _greeting(settings, wish.host, port, people, double)

    class Server(uvicorn.Server):
        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets=sockets)
            if self.started:
                say(said)

    options: dict[str, Any] = {
        "app": "booking.app:create_app",
        "factory": True,
        "host": wish.host,
        "port": port,
        "loop": "uvloop",
        "http": "httptools",
        "log_config": None,
        "access_log": False,
        "server_header": False,
        "proxy_headers": True,
        "forwarded_allow_ips": list(settings.TRUSTED_PROXIES),
        "timeout_graceful_shutdown": GRACE_SECONDS,
    }
    if wish.workers > 1:
        say(said)
        uvicorn.run(workers=wish.workers, **options)
        return DONE
    server = Server(uvicorn.Config(**options))
    # uvicorn ends well and then raises the signal again; being told to stop is not a failure.
    signal.signal(signal.SIGTERM, lambda *_: None)
    server.run()
    if not server.started:
        raise NotPossible("The server did not start; the lines above say why.")
    return DONE


def _choose_base_url(wish: Namespace) -> None:
    """Without a BASE_URL of their own, pages believe that they are where `serve` listens."""
    from starlette.config import Config

    env = Path(__file__).parents[2] / ".env"
    known = Config(env if env.exists() else None).get("BASE_URL", default="")
    if not known:
        name = "localhost" if wish.host in ("127.0.0.1", "::1", "0.0.0.0", "::") else wish.host  # noqa: S104
        os.environ["BASE_URL"] = f"http://{name}:{wish.port or PORT}"


async def _ready(host: str) -> list[Any]:
    """Look before starting: is the database there, and may the demonstration run? Returns the demo's people."""
    async with database() as settings:
        if not settings.DEMO:
            return []
        from booking import clock, demo, members

        try:
            await demo.check(host)
        except demo.NotTheDemo as reason:
            raise NotPossible(reason.sentence) from reason
        return [(person, await members.active(person, clock.now())) for person in await members.for_demo()]


def _take_port(host: str, port: int) -> None:
    """Raise NotPossible when the address cannot be listened on."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        with socket.socket(found[0][0], socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(found[0][4])
    except OSError as wrong:
        raise NotPossible(
            f"{host} port {port} cannot be used: {wrong.strerror or wrong}. Another one: --port 8080"
        ) from wrong


def _greeting(settings: Any, host: str, port: int, people: list[Any], double: str = "") -> str:
    lines = [f"Share the desk is at {settings.BASE_URL}"]
    if urlsplit(settings.BASE_URL).port != port and not settings.BASE_URL.startswith("https"):
        lines.append(f"(listening on {host} port {port})")
    if people:
        lines += ["", f"This is the demonstration. Sign in with one click at {settings.BASE_URL}/sign-in as"]
        for person, roles in people:
            part = ", ".join(roles.names) or ("guest" if person.category == "external" else "member")
            lines.append(f"  {person.name:<9} {part}, {person.home_city} ({person.language})")
        lines.append(f"Mails are kept, not sent: {settings.BASE_URL}/demo/mails")
        if double:
            lines.append(f"Cards are paid at a double of Stripe, with test numbers only: {double}/_double/")
        lines += ["", "Stop with Ctrl-C."]
    return "\n".join(lines)


def jobs(wish: Namespace) -> int:
    if wish.list:
        return _list(wish)
    if wish.once:
        return _once(wish)
    settings = load_settings()
    if str(settings.DATABASE_URL).startswith("sqlite"):
        raise NotPossible("On SQLite the jobs run inside `serve`. `jobs --once` runs what is due.")

    async def work(_settings: Any) -> None:
        from booking import jobs as timetable
        from booking.app import configure_logs

        configure_logs()
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        say(f"Running {len(timetable.TIMETABLE)} jobs.")
        await timetable.run_for_ever(stop)

    run(work)
    return DONE


def _once(wish: Namespace) -> int:
    async def work(_settings: Any) -> list[str]:
        from booking import clock
        from booking import jobs as timetable

        return [job.name for job in timetable.TIMETABLE if await timetable.tick(job, clock.now())]

    ran = run(work)
    say(as_json({"ran": ran}) if wish.json else f"Ran: {', '.join(ran) or 'nothing was due'}.")
    return DONE


def _list(wish: Namespace) -> int:
    async def work(_settings: Any) -> list[dict[str, Any]]:
        from booking import jobs as timetable

        found = []
        for job in timetable.TIMETABLE:
            last = await timetable.JobRun.filter(job=job.name).order_by("-slot").first()
            found.append(
                {
                    "job": job.name,
                    "every_seconds": job.interval_seconds,
                    "sentence": job.sentence,
                    "last_at": last.started_at.isoformat() if last else None,
                    "last_summary": last.summary if last else "",
                    "last_error": last.error if last else "",
                }
            )
        return found

    found = run(work)
    if wish.json:
        say(as_json({"jobs": found}))
        return DONE
    for job in found:
        went = job["last_error"] or job["last_summary"] or "nothing to do"
        last = f"last {job['last_at'][:19]}: {went}" if job["last_at"] else "never yet"
        say(f"{job['job']:<18} every {job['every_seconds']} s. {job['sentence']} ({last})")
    return DONE
