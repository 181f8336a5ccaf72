"""An import tells how far it is: on a terminal in one line that counts, elsewhere only where that is wished."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from booking.commands import main, running
from booking.commands.running import Progress
from booking.members import Member
from tests.commands.test_data import NETWORK, asked, nothing, own_database  # noqa: F401

ROOT = Path(__file__).parents[2]


@pytest.fixture
def people(tmp_path: Path) -> Path:
    file = tmp_path / "members.csv"
    rows = [f"B-{number},someone{number}@mail.example,Someone {number}" for number in range(1, 26)]
    file.write_text("\n".join(["number,email,name", *rows]) + "\n")
    return file


def test_it_works(capsys: pytest.CaptureFixture[str], people: Path) -> None:
    assert main(["import", "members", str(people), "--progress", "10"]) == 0
    said = capsys.readouterr()
    assert said.err == "10 rows …\n20 rows …\n"
    assert said.out.splitlines()[-1] == "Done: 25 new, 0 changed, 0 as they were."
    assert asked(lambda: Member.all().count()) == 25


def test_silent_where_no_terminal_is(capsys: pytest.CaptureFixture[str], people: Path) -> None:
    assert main(["import", "members", str(people), "--dry-run"]) == 0
    assert capsys.readouterr().err == ""


def test_the_output_stays_as_it_is(capsys: pytest.CaptureFixture[str], people: Path) -> None:
    assert main(["import", "members", str(people), "--dry-run", "--json"]) == 0
    plain = capsys.readouterr().out
    assert main(["import", "members", str(people), "--dry-run", "--json", "--progress", "1"]) == 0
    told = capsys.readouterr()
    assert told.out == plain
    assert json.loads(plain)["new"] == 25
    assert told.err.splitlines()[-1] == "25 rows …"


def test_each_kind_of_import_tells(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "network", str(NETWORK), "--progress", "805"]) == 0
    assert capsys.readouterr().err == "805 rows …\n"
    for what, name in (
        ("members", "members"),
        ("roles", "roles"),
        ("skills", "member_skills"),
        ("activities", "activities"),
        ("allotments", "allotments"),
    ):
        assert main(["import", what, str(NETWORK / f"{name}.csv"), "--progress", "1"]) == 0
        assert capsys.readouterr().err.startswith("1 rows …\n2 rows …\n"), what


@pytest.mark.parametrize("wish", ["0", "-1", "many", ""])
def test_a_wrong_number(capsys: pytest.CaptureFixture[str], people: Path, wish: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["import", "members", str(people), f"--progress={wish}"])
    assert ended.value.code == 2
    assert "--progress" in capsys.readouterr().err
    assert asked(nothing) == [0, 0, 0]


def on_a_terminal(*arguments: str) -> tuple[int, str, str]:
    """How the command ends, its standard output, and what a terminal was told on its error output."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "booking", *arguments],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": os.environ.get("DATABASE_URL", "")},
        stdout=subprocess.PIPE,
        stderr=theirs,
        text=True,
    ) as command:
        os.close(theirs)
        out, _none = command.communicate(timeout=60)
    told = b""
    while True:
        try:
            part = os.read(ours, 65_536)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        told += part
    os.close(ours)
    return command.returncode, out, told.decode()


def test_on_a_real_terminal(people: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    code, out, told = on_a_terminal("import", "members", str(people), "--dry-run")
    assert code == 0
    assert out.splitlines()[-1].startswith("This would be: 25 new")
    assert told.startswith("\r0 rows …\033[K")
    assert told.endswith("\r\033[K")
    assert "\n" not in told


def test_complaints_begin_at_the_left_edge(
    people: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    people.write_text("number,email,name\nB-1,nobody,Alice\n")
    code, out, told = on_a_terminal("import", "members", str(people))
    assert (code, out) == (1, "")
    counted, _edge, complaints = told.rpartition("\r\033[K")
    assert counted == "\r0 rows …\033[K"
    assert complaints.splitlines()[0] == "members.csv, line 2, email: This does not look right: 'nobody'."


def test_not_more_often_than_eyes_follow(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    times = iter([0.0, 0.05, 0.11, 0.12])
    monkeypatch.setattr(running, "monotonic", lambda: next(times))
    progress = Progress("rows", every=None)
    progress.live = True
    for count in range(4):
        progress(count)
    progress.done()
    progress.done()
    assert capsys.readouterr().err == "\r0 rows …\033[K\r2 rows …\033[K\r\033[K"


def test_nobody_listens_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as gone:
        monkeypatch.setattr(sys, "stderr", gone)
        Progress("rows", every=1)(1)
        monkeypatch.undo()
        # What could not be written is given up when it is closed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), writing)
