"""What siting rests on: written down, licensed so that it may, and listed by one command."""

from __future__ import annotations

import importlib.metadata
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "dependencies.md"
EXTRAS_THAT_RUN = ("sources", "postgis", "transit", "cluster")

ALLOWED = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "MIT", "MIT-0", "MIT-CMU"),
    *("PSF-2.0", "Zlib"),
    "Apache-2.0 WITH LLVM-exception",
    # As classifiers and free text say it.
    *("Apache 2.0", "Apache Software License", "MIT License", "BSD", "BSD License", "3-Clause BSD License"),
    *("ISC", "ISC License (ISCL)", "Unlicense", "Unicode-3.0"),
}  # fmt: skip
"""Licences that ask for no more than a notice."""

ALLOWED_FOR = {
    "certifi": {"MPL-2.0", "Mozilla Public License 2.0 (MPL 2.0)"},
    "matplotlib": {"Python Software Foundation License"},
    "psycopg": {"LGPL-3.0-only"},
    "psycopg-binary": {"LGPL-3.0-only"},
    "tqdm": {"MPL-2.0"},
}
"""Licences that were read for one distribution; docs/dependencies.md tells what they ask for."""


def requirements() -> dict[str, list[str]]:
    """Requirements as pyproject has them, by extra; those without one under ''."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {"": project["dependencies"], **project["optional-dependencies"]}


# --- written down ---


def rows_of_the_page() -> set[tuple[str, str]]:
    """Extra and requirement of each row: three-column tables are of one extra, told by their heading."""
    found, heading = set(), ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line[3:]
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("|") or ">=" not in line.split("what for")[0]:
            continue
        if heading == "Needed to run":
            found.add(("", cells[0]))
        elif heading == "Extras":
            found.add((cells[0], cells[1]))
        elif heading == "For developing":
            found.add(("test", cells[0]))
    return found


def test_every_dependency_has_its_row_with_its_bound_and_no_row_is_left_over() -> None:
    expected = {
        (extra, each)
        for extra, those in requirements().items()
        for each in those
        if not each.startswith("siting[")
    }
    assert rows_of_the_page() == expected


def test_every_dependency_has_a_lower_bound() -> None:
    for each in (each for those in requirements().values() for each in those):
        requirement = Requirement(each)
        operators = {bound.operator for bound in requirement.specifier}
        assert requirement.name == "siting" or ">=" in operators, each


# --- licences ---


def licences(distribution: importlib.metadata.Distribution) -> list[list[str]]:
    """Give all that it is under; of each inner list one is enough."""
    metadata = distribution.metadata
    if expression := metadata.get("License-Expression"):
        return alternatives(expression)
    classifiers = [
        each.split(" :: ")[-1] for each in metadata.get_all("Classifier", []) if each.startswith("License ::")
    ]
    if classifiers and classifiers != ["OSI Approved"]:
        return [[each] for each in classifiers]
    return alternatives((metadata.get("License") or "nothing is said").splitlines()[0])


def alternatives(expression: str) -> list[list[str]]:
    """Split at AND, then at OR; brackets around alternatives go."""
    return [
        [each.strip(" ()") for each in re.split(r"\bOR\b", part)]
        for part in re.split(r"\bAND\b(?![^(]*\))", expression)
    ]


def refused(distribution: importlib.metadata.Distribution) -> str | None:
    """Say which licence has not been read and allowed, if there is one."""
    name = canonicalize_name(distribution.name)
    allowed = ALLOWED | ALLOWED_FOR.get(name, set())
    bad = [one_of for one_of in licences(distribution) if not allowed.intersection(one_of)]
    return (
        f"{name} {distribution.version}: {' and '.join(' or '.join(each) for each in bad)}" if bad else None
    )


def reached(extras: tuple[str, ...]) -> dict[str, importlib.metadata.Distribution]:
    """Distributions that siting needs with these extras, through however many others, as installed here."""
    found: dict[tuple[str, frozenset[str]], importlib.metadata.Distribution] = {}

    def walk(name: str, extras: frozenset[str]) -> None:
        key = (canonicalize_name(name), extras)
        if key in found:
            return
        found[key] = importlib.metadata.distribution(name)
        for each in found[key].requires or []:
            requirement = Requirement(each)
            environments = [{"extra": extra} for extra in extras or {""}]
            if requirement.marker is None or any(map(requirement.marker.evaluate, environments)):
                walk(requirement.name, frozenset(requirement.extras))

    walk("siting", frozenset(extras))
    return {name: distribution for (name, _), distribution in found.items() if name != "siting"}


def test_every_licence_that_is_reached_was_read_and_allowed() -> None:
    told = [refused(distribution) for distribution in reached(EXTRAS_THAT_RUN).values()]
    assert [each for each in told if each] == []


def test_licences_that_ask_for_something_are_told_on_the_page() -> None:
    asking = PAGE.read_text(encoding="utf-8").split("## Licences that ask for something")[1]
    for name in set(ALLOWED_FOR) - {"matplotlib"}:
        assert name in asking, name


def test_without_an_extra_no_licence_asks_for_more_than_to_keep_its_files_open() -> None:
    base = reached(())
    assert set(ALLOWED_FOR).intersection(base) == {"certifi", "matplotlib"}
    assert len(base) > len(requirements()[""])


class Pretended(importlib.metadata.Distribution):
    def __init__(self, name: str, *lines: str) -> None:
        self.text = "\n".join(["Metadata-Version: 2.4", f"Name: {name}", "Version: 1", *lines, ""])

    def read_text(self, filename: str) -> str | None:
        return self.text if filename == "METADATA" else None

    def locate_file(self, path: object) -> Path:  # type: ignore[override]
        raise FileNotFoundError(path)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        (["License-Expression: GPL-3.0-only"], "new 1: GPL-3.0-only"),
        (["License-Expression: MIT AND (GPL-2.0-only OR AGPL-3.0-only)"],
         "new 1: GPL-2.0-only or AGPL-3.0-only"),
        (["License-Expression: MIT AND (GPL-2.0-only OR MIT)"], None),
        (["License-Expression: Apache-2.0 OR GPL-2.0-only"], None),
        (["License-Expression: MPL-2.0"], "new 1: MPL-2.0"),
        (["Classifier: License :: OSI Approved :: MIT License"], None),
        (["Classifier: License :: OSI Approved :: GNU General Public License (GPL)"],
         "new 1: GNU General Public License (GPL)"),
        (["License: Some text of our own"], "new 1: Some text of our own"),
        ([], "new 1: nothing is said"),
    ],
)  # fmt: skip
def test_a_new_licence_is_told_with_the_name_of_who_has_it(lines: list[str], told: str | None) -> None:
    assert refused(Pretended("new", *lines)) == told


# --- bill of materials ---


def command_of_the_page() -> list[str]:
    text = PAGE.read_text(encoding="utf-8")
    line = text.split("<!-- sbom-command -->")[1].split("<!-- end -->")[0].strip()
    return shlex.split(line)


def bounded(components: list[dict]) -> Iterator[tuple[str, str]]:
    for each in components:
        yield canonicalize_name(each["name"]), each["version"]


def test_one_command_writes_a_bill_of_materials_that_names_all(tmp_path: Path) -> None:
    tool, *options = command_of_the_page()
    options[options.index("pyproject.toml")] = str(ROOT / "pyproject.toml")
    # Whether it keeps to its schema takes 12 s to check, which the command does by itself.
    command = [Path(sys.executable).with_name(tool), *options, "--no-validate", sys.executable]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    bill = json.loads((tmp_path / "sbom.json").read_text(encoding="utf-8"))
    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.6")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert bill["metadata"]["component"]["name"] == "siting"
    assert bill["metadata"]["component"]["version"] == project["version"]
    expected = {(name, each.version) for name, each in reached((*EXTRAS_THAT_RUN, "test")).items()}
    assert expected - set(bounded(bill["components"])) == set()
