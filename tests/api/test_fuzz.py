"""A fuzzer reads our description and does its worst: no 500, and no answer that the description does not know."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.serving import served

# What a shape lets through a rule may still refuse (a span that runs backwards, a day in 2500).
LEFT_OUT = "positive_data_acceptance"


def fuzz(url: str, folder: Path, *, phases: str, examples: int, seed: int = 1) -> None:
    with served(url) as api:
        command = [
            sys.executable, "-m", "schemathesis.cli", "run", f"{api['home']}/openapi.json",
            "--url", api["home"], "--header", f"Authorization: Bearer {api['alice']}",
            "--phases", phases, "--checks", "all", "--exclude-checks", LEFT_OUT, "--max-examples", str(examples),
            "--seed", str(seed), "--no-color", "--request-timeout", "20",
        ]  # fmt: skip
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, env={**os.environ}
        )
    said = "\n".join(line[:300] for line in done.stdout.splitlines())
    assert done.returncode == 0, said[-8_000:] + done.stderr[-2_000:]


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_it_works(database_url: str, tmp_path: Path) -> None:
    fuzz(database_url, tmp_path, phases="examples,fuzzing,stateful", examples=5)


@pytest.mark.slow
def test_at_length(database_url: str, tmp_path: Path) -> None:
    fuzz(
        database_url,
        tmp_path,
        phases="examples,coverage,fuzzing,stateful",
        examples=400,
        seed=int.from_bytes(os.urandom(4)),
    )
