"""docs/api.md: its walk through the API is run as it stands; and the signature check that it shows."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from textwrap import dedent

import pytest

from booking import webhooks
from tests.api.serving import served

TEXT = (Path(__file__).parents[2] / "docs" / "api.md").read_text()


def test_it_works(database_url: str, tmp_path: Path) -> None:
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL))
    with served(database_url) as api:
        env = {**os.environ, "DESK": api["home"], "KEY": api["alice"]}
        done = subprocess.run(
            ["bash", "-eu", "-o", "pipefail", "-c", script.replace("curl -sS", "curl -sS --fail-with-body")],
            env=env, cwd=tmp_path, capture_output=True, text=True, check=False,
        )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    for said in (
        '"name":"Alice"',
        '"bookable":true',
        '"state":"confirmed"',
        "T16:00:00Z",
        '"state":"cancelled"',
        '"freed"',
        '"series_on":"2027-02-02"',
    ):
        assert said in done.stdout, said


@pytest.mark.parametrize("late", [0, 301])
def test_the_signature(late: int) -> None:
    [source] = re.findall(r"^  ```python\n(.*?)^  ```", TEXT, re.MULTILINE | re.DOTALL)
    known = {"hmac": hmac, "hashlib": hashlib}
    exec(dedent(source), known)
    at = datetime(2026, 11, 23, 8, tzinfo=UTC)
    header = webhooks.signature("whsec_x", '{"id":"é"}', at)
    check = known["is_ours"]
    assert check(header, '{"id":"é"}'.encode(), "whsec_x", at.timestamp() + late) is (late == 0)
    assert not check(header, b"{}", "whsec_x", at.timestamp())
    assert not check(header, '{"id":"é"}'.encode(), "whsec_y", at.timestamp())
