"""The command line. It speaks English, as operators' tools do; what members read is translated.

Each command answers with 0 (done), 1 (it ran, and found problems), 2 (it was called wrongly) or 3 (it is not possible
here; nothing was changed). Where a command answers something, `--json` gives it to programs on one line. Nothing
heavy is imported before a command runs, so that `--help` is quick. docs/commands.md describes each.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

DONE, PROBLEMS, NOT_POSSIBLE = 0, 1, 3
NOBODY_READS = 141  # as shells say of a program that wrote to a closed pipe: 128 + SIGPIPE


def parser() -> argparse.ArgumentParser:
    """Every command and its arguments."""
    top = argparse.ArgumentParser(
        prog="python -m booking",
        description="Share the desk: finds, books and accounts for shared rooms, workshops and tools.",
        epilog="Exit codes: 0 done, 1 problems found, 2 called wrongly, 3 not possible here.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    as_json = argparse.ArgumentParser(add_help=False)
    as_json.add_argument("--json", action="store_true", help="answer with one line of JSON")

    serve = commands.add_parser(
        "serve", help="serve the pages", description="Serve the pages until told to stop."
    )
    serve.add_argument("--host", help="address to listen on (default: 127.0.0.1)", default="127.0.0.1")
    serve.add_argument(
        "--port", type=_port, help="port to listen on (default: the one in BASE_URL, else 8000)"
    )
    serve.add_argument("--workers", type=_count, default=1, help="processes (PostgreSQL only; default: 1)")
    serve.add_argument(
        "--prepare",
        action="store_true",
        help="migrate first, and where DEMO is on, make the demonstration in an empty database",
    )
    serve.set_defaults(run="serving:serve")

    jobs = commands.add_parser(
        "jobs",
        parents=[as_json],
        help="run the timetable (PostgreSQL)",
        description="Run the timetable until told to stop. On SQLite the jobs run inside `serve`.",
    )
    how = jobs.add_mutually_exclusive_group()
    how.add_argument("--once", action="store_true", help="run what is due now, and end (on either database)")
    how.add_argument("--list", action="store_true", help="say which jobs there are, and how they went last")
    jobs.set_defaults(run="serving:jobs")

    migrate = commands.add_parser(
        "migrate",
        parents=[as_json],
        help="bring the database to the newest schema",
        description="Apply the migrations that are missing. A SQLite file is copied to FILE.before-migrating first.",
    )
    migrate.add_argument("--no-backup", action="store_true", help="do not copy a SQLite file first")
    migrate.set_defaults(run="data:migrate")

    demo = commands.add_parser(
        "demo",
        parents=[as_json],
        help="make the demonstration in an empty database",
        description="Load the demonstration network with invented people and bookings into an empty database.",
    )
    demo.set_defaults(run="data:demo")

    double = commands.add_parser(
        "stripe-double",
        help="serve a stand-in for Stripe, for demonstrations and tests",
        description="Serve a double of Stripe on this machine. It takes test cards only, and charges nobody.",
    )
    double.add_argument("--port", type=_port, default=8001, help="port to listen on (default: 8001)")
    double.add_argument("--file", type=Path, default=Path("stripe-double.sqlite3"),
                        help="where it remembers (default: stripe-double.sqlite3)")  # fmt: skip
    double.add_argument(
        "--webhooks", metavar="URL", help="send the events of the keys in STRIPE_KEYS to this server"
    )
    double.add_argument("--parent", metavar="PID", type=int, help="end when this process does")
    double.add_argument(
        "--make-keys", action="store_true", help="only print new keys for the demonstration's .env"
    )
    double.set_defaults(run="doubling:double")

    bring = commands.add_parser(
        "import",
        help="bring in a network, its people, money or history",
        description="Bring in files of other systems, everything or nothing. docs/import.md describes them.",
    )
    what = bring.add_subparsers(dest="what", required=True, metavar="WHAT")
    for name, place, sentence in IMPORTS:
        part = what.add_parser(name, parents=[as_json], help=sentence, description=f"Import {sentence}.")
        part.add_argument("path", metavar=place, type=Path)
        part.add_argument("--dry-run", action="store_true", help="only tell what would change")
        part.add_argument("--progress", metavar="N", type=_every,
                          help="where no terminal is: a line on the error output for each N rows")  # fmt: skip
        part.set_defaults(run="data:bring")

    check = commands.add_parser(
        "check",
        parents=[as_json],
        help="ask whether all that must hold does",
        description="Ask the database whether every invariant holds. Ends with 1 when one does not.",
    )
    check.set_defaults(run="data:check")

    backup = commands.add_parser(
        "backup",
        parents=[as_json],
        help="make a backup, while the server runs",
        description="Put the database and the pictures into one file, consistent, while the product is in use.",
    )
    backup.add_argument(
        "path",
        metavar="PATH",
        type=Path,
        nargs="?",
        help="a folder, or a file ending with .backup (default: BACKUP_DIR, else backups/)",
    )
    backup.add_argument("--keep", metavar="N", type=_count, help="afterwards delete all but the newest N")
    backup.set_defaults(run="keeping:backup")

    restore = commands.add_parser(
        "restore",
        parents=[as_json],
        help="bring a backup back",
        description="Bring a backup into an empty database, migrate it, and ask whether everything holds.",
    )
    restore.add_argument("path", metavar="PATH", type=Path)
    restore.add_argument(
        "--replace", action="store_true", help="take the place of what is there, which is kept"
    )
    restore.add_argument("--end-sessions", action="store_true", help="everybody signs in again")
    restore.set_defaults(run="keeping:restore")

    figures = commands.add_parser(
        "occupancy",
        parents=[as_json],
        help="the figures of a house for a period",
        description="How a house was used: utilisation, visitors, money. Both days are included.",
    )
    figures.add_argument("venue", metavar="VENUE", help="the key of the venue, like bazaar-st-so")
    figures.add_argument("first", metavar="FROM", type=_date, help="the first day, like 2021-04-01")
    figures.add_argument("last", metavar="TO", type=_date, help="the last day, like 2021-04-30")
    figures.set_defaults(run="occupancy:occupancy")

    role = commands.add_parser(
        "role", help="give, take and list roles", description="Give, take and list roles."
    )
    verbs = role.add_subparsers(dest="verb", required=True, metavar="VERB")
    grant = verbs.add_parser(
        "grant", parents=[as_json], help="give a role", description="Give a member a role."
    )
    revoke = verbs.add_parser(
        "revoke", parents=[as_json], help="take a role away", description="Take a role away."
    )
    for verb in (grant, revoke):
        verb.add_argument("email", metavar="EMAIL")
        verb.add_argument("role", metavar="ROLE", choices=("host", "manager", "treasurer", "administrator"),
                          help="host, manager, treasurer or administrator")  # fmt: skip
        verb.add_argument("scope", metavar="SCOPE", nargs="?", default="network",
                          help="venue:KEY, entity:KEY, or network for an administrator")  # fmt: skip
    grant.add_argument(
        "--until", metavar="DATE", type=_date, help="last day, like 2027-12-31 (default: no end)"
    )
    grant.add_argument("--name", help="make the member, under this name, if nobody has the address yet")
    grant.set_defaults(run="people:grant")
    revoke.set_defaults(run="people:revoke")
    listing = verbs.add_parser(
        "list", parents=[as_json], help="list the roles in force", description="List roles."
    )
    listing.add_argument("email", metavar="EMAIL", nargs="?", default="", help="only this member's")
    listing.set_defaults(run="people:listing")

    token = commands.add_parser(
        "token",
        parents=[as_json],
        help="make, list and take back keys for programs",
        description="Make a key with which a program acts for a member, list the member's keys, or take one back.",
    )
    token.add_argument("email", metavar="EMAIL", help="the member for whom the program acts")
    token.add_argument(
        "--scope",
        metavar="SCOPE",
        nargs="+",
        action="extend",
        help="read, book, money, presence, occupancy (default: read)",
    )
    token.add_argument("--days", type=_days, default=90, help="how long it works, at most 365 (default: 90)")
    token.add_argument("--name", default="Command line", help="so that the member knows which it is")
    what_else = token.add_mutually_exclusive_group()
    what_else.add_argument("--list", action="store_true", help="only list the member's keys")
    what_else.add_argument("--revoke", metavar="ID", type=int, help="take this key back instead")
    token.set_defaults(run="people:token")

    recover = commands.add_parser(
        "recover",
        parents=[as_json],
        help="end a member's passkeys and browsers",
        description="End all passkeys, browsers and linked sign-in services of a member, who then signs in by e-mail. "
        "For an administrator whom no other one can help. It is logged, and told by mail.",
    )
    recover.add_argument("email", metavar="EMAIL")
    recover.add_argument("--reason", required=True, help="why; it is kept, and stands in the mails")
    recover.set_defaults(run="people:recover")

    leave = commands.add_parser(
        "leave",
        parents=[as_json],
        help="end a member's account",
        description="End the account of a member in seven days, as they could themself: they are told by mail, and can "
        "keep it until then. What the books need stays. Refused while bookings are to come, or money is under way.",
    )
    leave.add_argument("email", metavar="EMAIL")
    leave.add_argument("--dry-run", action="store_true", help="only tell what would happen")
    leave.add_argument("--at-once", action="store_true", help="now, and for good; no mail is sent")
    leave.set_defaults(run="leaving:leave")
    return top


IMPORTS = (
    ("network", "FOLDER", "entities, venues, resources and prices"),
    ("members", "FILE", "members"),
    ("roles", "FILE", "the roles of members"),
    ("skills", "FILE", "the inductions of members"),
    ("activities", "FILE", "Activities and the people who share them"),
    ("allotments", "FILE", "what the books put into Activities"),
    ("history", "PATH", "reservations and presences of the past"),
)


def main(arguments: Sequence[str]) -> int:
    """Run one command and give its exit code."""
    wish = parser().parse_args(arguments)
    module, function = wish.run.split(":")
    from booking.commands.running import NotPossible, complain

    try:
        return getattr(importlib.import_module(f"booking.commands.{module}"), function)(wish)
    except NotPossible as reason:
        complain(str(reason))
        return NOT_POSSIBLE
    except BrokenPipeError:
        # `... | head` has read enough. What Python would still write at its end goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_READS
    except KeyboardInterrupt:
        return DONE


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 65536:
        raise argparse.ArgumentTypeError("a port is between 1 and 65535")
    return port


def _every(text: str) -> int:
    if not (text.isdecimal() and int(text) >= 1):
        raise argparse.ArgumentTypeError("a number from 1 on")
    return int(text)


def _count(text: str) -> int:
    count = int(text)
    if not 0 < count <= 64:
        raise argparse.ArgumentTypeError("between 1 and 64")
    return count


def _days(text: str) -> int:
    days = int(text)
    if not 0 < days <= 365:
        raise argparse.ArgumentTypeError("between 1 and 365")
    return days


def _date(text: str) -> Any:
    from datetime import date

    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError("a date like 2027-12-31 is needed") from None
