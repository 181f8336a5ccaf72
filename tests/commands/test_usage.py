"""Help and wrong calls: quick, and before anything heavy is imported."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from booking.commands import NOBODY_READS, main, parser

ROOT = Path(__file__).parents[2]
COMMANDS = (
    "serve",
    "jobs",
    "migrate",
    "demo",
    "import",
    "check",
    "backup",
    "restore",
    "role",
    "stripe-double",
)


@pytest.mark.parametrize(
    "command", [[], *([name] for name in COMMANDS), ["import", "network"], ["role", "grant"]]
)
def test_help(command: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([*command, "--help"])
    assert end.value.code == 0
    assert "usage: python -m booking" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["dance"],
        ["import"],
        ["import", "weather", "x"],
        ["role", "grant", "a@example.org", "king"],
        ["role", "grant", "a@example.org", "host", "venue:x", "--until", "soon"],
        ["serve", "--port", "0"],
        ["serve", "--workers", "0"],
        ["jobs", "--once", "--list"],
        ["restore"],
        ["backup", "--keep", "0"],
        ["stripe-double", "--port", "0"],
    ],
)
def test_wrong_calls_end_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    assert end.value.code == 2


def test_help_imports_nothing_heavy() -> None:
    code = "import sys; from booking.commands import parser; parser().format_help(); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"tortoise", "starlette", "pydantic", "uvicorn", "settings"} & set(done.stdout.split())


def test_a_reader_that_stops_reading_is_no_error() -> None:
    """`python -m booking ... | head -1`"""
    code = "from booking.commands import main, running\n"
    code += "import sys, types; said = types.ModuleType('booking.commands.said')\n"
    code += "said.much = lambda wish: [running.say('x' * 9999) for _ in range(99)] and 0\n"
    code += "sys.modules[said.__name__] = said\n"
    code += "from booking import commands; wish = types.SimpleNamespace(run='said:much')\n"
    code += "commands.parser = lambda: types.SimpleNamespace(parse_args=lambda _: wish); sys.exit(main([]))"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as writer:
        assert writer.stdout
        assert writer.stderr
        writer.stdout.read(10)
        writer.stdout.close()
        assert writer.stderr.read() == b""
    assert writer.returncode == NOBODY_READS


def test_a_missing_secret_is_told() -> None:
    code = "import sys; sys.path.insert(0, %r); from booking.commands import main; sys.exit(main(['check']))"
    environment = {name: value for name, value in os.environ.items() if name != "SECRET_KEY"}
    # A settings module of a folder without .env, so that the file of this installation does not count.
    text = (ROOT / "settings.py").read_text().replace("Path(__file__).parent", "Path('/nowhere')")
    program = f"import sys, types; m = types.ModuleType('settings'); exec({text!r}, m.__dict__)"
    done = subprocess.run(
        [sys.executable, "-c", f"try:\n    {program}\nexcept KeyError as e:\n    print(e)\n" + code % str(ROOT)],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "SECRET_KEY" in done.stdout + done.stderr


def test_every_command_is_in_the_guide() -> None:
    guide = (ROOT / "docs" / "commands.md").read_text()
    for name in COMMANDS:
        assert f"## {name}" in guide
    for option in (
        "--prepare",
        "--workers",
        "--once",
        "--list",
        "--dry-run",
        "--until",
        "--name",
        "--no-backup",
        "--keep",
        "--replace",
        "--end-sessions",
    ):
        assert option in guide
    assert "serve" in parser().format_help()
