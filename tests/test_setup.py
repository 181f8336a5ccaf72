"""The set-up: pins agree with each other, and make does each step once, in a copy where the tools only take notes."""

import os
import re
import shutil
import stat
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
# Stands in for .venv/bin/python: writes down what it was asked, and makes the files that make looks for.
NOTE_TAKER = """#!/bin/sh
echo "$*" >> notes
case "$*" in
  *"secrets"*) echo "SECRET_KEY=not-a-secret" ;;
  *"--make-keys"*) echo "STRIPE_KEYS=new-ones"; echo "STRIPE_API=http://localhost:8001" ;;
  *"ci --ignore-scripts"*) mkdir -p node_modules && touch node_modules/.package-lock.json ;;
  *"static/build.mjs"*) mkdir -p static/dist && touch static/dist/manifest.json ;;
  *"compile --directory"*) for po in booking/locale/*/LC_MESSAGES/*.po; do touch "${po%.po}.mo"; done ;;
esac
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A project of a few small files, set up by our Makefile with a Python that only takes notes."""
    for name in ("Makefile", "requirements.txt", "requirements-test.txt", "package-lock.json"):
        shutil.copy(ROOT / name, tmp_path / name)
    for name in ("static/src/app.css", "static/build.mjs", "booking/locale/nl/LC_MESSAGES/messages.po"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("first\n")
    program(tmp_path / ".venv" / "bin" / "python", NOTE_TAKER)
    return tmp_path


def program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


def make(folder: Path, *words: str, **environment: str) -> subprocess.CompletedProcess:
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith("MAKE") and name != "MFLAGS"
    }
    return subprocess.run(
        ["make", *words], cwd=folder, env={**clean, **environment}, capture_output=True, text=True, timeout=60
    )


def notes(folder: Path) -> list[str]:
    """What Python was asked since the last look, one word for each step."""
    file = folder / "notes"
    said = file.read_text() if file.exists() else ""
    file.unlink(missing_ok=True)
    steps = {
        "requirements.txt": "packages",
        "requirements-test.txt": "test packages",
        "ci --ignore-scripts": "modules",
        "static/build.mjs": "front",
        "compile --directory": "texts",
        "secrets": "key",
        "booking serve --prepare": "serve",
    }
    return [step for line in said.splitlines() for sign, step in steps.items() if sign in line]


def test_it_works(copy: Path):
    done = make(copy, "setup")
    assert done.returncode == 0, done.stderr
    assert sorted(notes(copy)) == ["front", "key", "modules", "packages", "texts"]


def test_a_second_set_up_does_nothing(copy: Path):
    make(copy, "setup")
    notes(copy)
    done = make(copy, "setup")
    assert (done.returncode, done.stdout, notes(copy)) == (0, "", [])


@pytest.mark.parametrize(
    "file, steps",
    [
        ("requirements.txt", ["packages"]),
        ("package-lock.json", ["front", "modules"]),
        ("static/src/app.css", ["front"]),
        ("static/build.mjs", ["front"]),
        ("booking/locale/nl/LC_MESSAGES/messages.po", ["texts"]),
    ],
)
def test_a_change_does_its_own_step_again(copy: Path, file: str, steps: list[str]):
    make(copy, "setup")
    notes(copy)
    (copy / file).write_text("second\n")
    make(copy, "setup")
    assert sorted(notes(copy)) == steps


@pytest.mark.parametrize(
    "lost, step",
    [
        ("static/dist", "front"),
        ("node_modules", "modules"),
        ("booking/locale/nl/LC_MESSAGES/messages.mo", "texts"),
    ],
)
def test_what_was_deleted_is_made_again(copy: Path, lost: str, step: str):
    make(copy, "setup")
    notes(copy)
    path = copy / lost
    shutil.rmtree(path) if path.is_dir() else path.unlink()
    make(copy, "setup")
    assert notes(copy) == [step]


def test_a_step_that_fails_is_not_taken_for_done(copy: Path):
    program(
        copy / ".venv" / "bin" / "python",
        NOTE_TAKER.replace("#!/bin/sh", '#!/bin/sh\ncase "$*" in *build.mjs) exit 1;; esac'),
    )
    assert make(copy, "setup").returncode != 0
    program(copy / ".venv" / "bin" / "python", NOTE_TAKER)
    notes(copy)
    make(copy, "setup")
    assert "front" in notes(copy)


def test_set_up_alone_makes_a_key_that_nobody_else_reads_and_no_demo(copy: Path):
    make(copy, "setup")
    assert (copy / ".env").read_text() == "SECRET_KEY=not-a-secret\n"
    assert stat.S_IMODE((copy / ".env").stat().st_mode) == 0o600


def test_run_switches_the_demo_on_beside_its_own_database(copy: Path):
    done = make(copy, "run")
    assert done.returncode == 0, done.stderr
    assert notes(copy)[-1] == "serve"
    lines = (copy / ".env").read_text().splitlines()
    assert lines[1:] == [
        "DEMO=true",
        "DATABASE_URL=sqlite://demo.sqlite3",
        "STRIPE_KEYS=new-ones",
        "STRIPE_API=http://localhost:8001",
    ]
    make(copy, "run")
    assert (copy / ".env").read_text().splitlines() == lines


def test_run_leaves_keys_of_stripe_alone(copy: Path):
    text = "SECRET_KEY=ours\nDEMO=true\nSTRIPE_KEYS=be:sk_test_of_our_own:whsec_ours\n"
    (copy / ".env").write_text(text)
    make(copy, "run")
    assert (copy / ".env").read_text() == text


@pytest.mark.parametrize("line", ["DATABASE_URL=postgres://desk@db/desk", "DEMO=false"])
def test_run_leaves_settings_alone_that_someone_made(copy: Path, line: str):
    (copy / ".env").write_text(f"SECRET_KEY=ours\n{line}\n")
    make(copy, "run")
    assert (copy / ".env").read_text() == f"SECRET_KEY=ours\n{line}\n"


def test_an_old_python_is_told_so(copy: Path):
    shutil.rmtree(copy / ".venv")
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        program(copy / "bin" / name, '#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" || exit 1\n')
    done = make(copy, "setup", PATH=f"{copy}/bin:/usr/bin:/bin")
    assert done.returncode != 0
    assert "needs Python 3.11 or newer; python3 is Python 3.9.2." in done.stderr
    assert not (copy / ".venv").exists()


def test_a_python_without_venv_is_told_so(copy: Path):
    shutil.rmtree(copy / ".venv")
    for name in ("python3", "python3.11", "python3.12", "python3.13", "python3.14"):
        program(copy / "bin" / name, '#!/bin/sh\ncase "$*" in *version_info*) exit 0;; esac\nexit 1\n')
    done = make(copy, "setup", PATH=f"{copy}/bin:/usr/bin:/bin")
    assert done.returncode != 0
    assert "apt-get install python3-venv" in done.stderr


def test_without_a_browser_the_tests_say_what_to_install(copy: Path):
    program(copy / "bin" / "id", "#!/bin/sh\necho 1000\n")
    tools = [
        "sh",
        "sed",
        "awk",
        "cat",
        "cksum",
        "tr",
        "find",
        "sort",
        "xargs",
        "touch",
        "rm",
        "mkdir",
        "grep",
    ]
    for tool in [*tools, "make"]:
        (copy / "bin" / tool).symlink_to(shutil.which(tool))
    done = make(copy, "test", PATH=f"{copy}/bin")
    assert done.returncode != 0
    assert "apt-get install chromium" in done.stderr
    assert make(copy, "test", "ARGS=-m 'not slow and not browser'", PATH=f"{copy}/bin").returncode == 0


def test_help_is_what_make_alone_says(copy: Path):
    said = make(copy).stdout
    assert "make run " in said
    assert "make test " in said


def test_the_lock_files_pin_what_the_project_names():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = project["dependency-groups"]
    run = project["project"]["dependencies"] + groups["build"]
    for file, wanted in [("requirements.txt", run), ("requirements-test.txt", run + groups["test"])]:
        found = {(each := Requirement(line)).name: str(each.specifier) for line in lines(file)}
        for each in map(Requirement, wanted):
            assert found[each.name] == str(each.specifier), f"run make lock: {each.name} in {file}"
    assert set(lines("requirements.txt")) <= set(lines("requirements-test.txt"))


def lines(file: str) -> list[str]:
    return (ROOT / file).read_text().splitlines()


@pytest.mark.parametrize("file", ["requirements.txt", "requirements-test.txt", "package-lock.json"])
def test_lock_files_name_exact_versions_and_no_host(file: str):
    text = (ROOT / file).read_text()
    assert "://" not in re.sub(r'"url": "[^"]*"', "", text)  # package-lock.json tells where to fund a project
    if file.endswith(".txt"):
        assert all(re.match(r"^[A-Za-z0-9._-]+==[0-9][^ ]*( ; .+)?$", line) for line in lines(file))


def test_the_readme_names_the_two_commands():
    text = (ROOT / "README.md").read_text()
    assert "make run" in text
    assert "make test" in text


def test_the_build_machine_runs_the_same_commands():
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    said = [line.split(" ||")[0] for line in lines(".ci/run") if line.startswith("make ")]
    assert said == ["make check", "make test"]
