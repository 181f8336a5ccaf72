"""Everything that we install may stand beside the AGPL, and each direct dependency is explained.

Python packages are asked for their own metadata; packages of the front end are read from package-lock.json.
"""

import json
import re
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).parent.parent
# Permissive licences, and weak copyleft that stays within its own files. Nothing here limits what the AGPL grants.
ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "BlueOak-1.0.0",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "CC0-1.0",
    "ISC",
    "MIT",
    "MIT-0",  # MIT without even the notice
    "MIT-CMU",
    "MPL-2.0",
    "OFL-1.1",
    "PSF-2.0",
    "Unlicense",
    "Zlib",
}
# Packages say the same licence in many ways; the left side is what stands in their metadata.
SPELLINGS = {
    "Apache 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD-0-Clause": "0BSD",
    "BSD License": "BSD-3-Clause",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}


def pinned(file: str) -> list[Requirement]:
    """The requirements of a lock file that this platform and this Python need."""
    lines = [line for line in (ROOT / file).read_text().splitlines() if line and not line.startswith("#")]
    found = [Requirement(line) for line in lines]
    return [each for each in found if each.marker is None or each.marker.evaluate()]


def direct() -> dict[str, str]:
    """Name and version of each dependency that we chose ourselves, Python and front end."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = [project["project"]["dependencies"], *project["dependency-groups"].values()]
    chosen = [Requirement(line) for group in groups for line in group]
    front = json.loads((ROOT / "package.json").read_text())
    return {
        **{each.name: str(each.specifier).removeprefix("==") for each in chosen},
        **front["dependencies"],
        **front["devDependencies"],
    }


def licences(package: metadata.PackageMetadata) -> set[str]:
    """Every licence that a package names: its expression, else its classifiers, else its free text."""
    if expression := package.get("License-Expression"):
        return named(expression)
    classified = [
        line.split(" :: ")[-1] for line in package.get_all("Classifier") or [] if "License ::" in line
    ]
    classified = [name for name in classified if name != "OSI Approved"]
    return {SPELLINGS.get(name, name) for name in classified or [package.get("License") or "none"]}


def named(expression: str) -> set[str]:
    """The licences of an SPDX expression; we ask that each part is allowed, whichever way it is joined."""
    parts = re.split(r"\s+(?:AND|OR)\s+", expression.strip("() "))
    return {SPELLINGS.get(part.strip("() "), part.strip("() ")) for part in parts}


def test_every_python_package_has_a_licence_that_we_allow():
    packages = pinned("requirements-test.txt")
    assert len(packages) > 30
    refused = {each.name: licences(metadata.metadata(each.name)) - ALLOWED for each in packages}
    assert {name: said for name, said in refused.items() if said} == {}


def test_every_package_of_the_front_end_has_a_licence_that_we_allow():
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    refused = {
        path: named(said.get("license", "none")) - ALLOWED for path, said in packages.items() if path != ""
    }
    assert len(refused) > 10
    assert {path: said for path, said in refused.items() if said} == {}


@pytest.mark.parametrize(
    "said",
    ["GPL-3.0-only", "MIT AND GPL-2.0-only", "SSPL-1.0", "none", "(MIT OR BUSL-1.1)"],
)
def test_a_licence_that_we_do_not_allow_is_found(said: str):
    assert named(said) - ALLOWED


def test_each_direct_dependency_is_explained_with_its_version():
    text = (ROOT / "docs" / "dependencies.md").read_text()
    rows = dict(re.findall(r"^\| `([^`]+)` \| ([^ |]+) \|", text, re.MULTILINE))
    assert rows == direct()


def test_our_own_licence_is_whole():
    text = (ROOT / "LICENSE").read_text()
    assert "GNU AFFERO GENERAL PUBLIC LICENSE" in text
    assert "END OF TERMS AND CONDITIONS" in text
