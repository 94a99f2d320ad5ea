"""siting reaches for no network: neither when imported nor at work, `fetch` and named addresses apart.

The commands run in one process that is cut off: an audit hook refuses each look-up of a name and each
connection, and keeps who asked. Native code (HiGHS, GDAL, typst) raises no audit events, so where Linux
allows it the process is also in a network namespace of its own, which holds nothing at all.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import by_hand
import pytest
import toy

CUT_OFF = '''
"""Refuse the network and keep who asked; a process of Python loads this before anything else."""

import os
import socket
import sys

WATCHED = {
    "socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind",
    "socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr", "socket.getnameinfo",
}


def refuse(event, arguments):
    if event not in WATCHED or getattr(arguments[0], "family", None) == getattr(socket, "AF_UNIX", ()):
        return
    if event == "socket.bind" and arguments[1][0] == "::1":  # urllib3 asks whether there is IPv6, no one else
        return
    with open(os.environ["CUT_OFF_LOG"], "a", encoding="utf-8") as log:
        log.write(f"{event} {arguments[1:] if hasattr(arguments[0], 'family') else arguments}\\n")
    raise OSError(f"cut off: {event}")


sys.addaudithook(refuse)
'''

RUN_ALL = """
import importlib, json, pkgutil, sys
import siting
from siting.cli import main
for module in pkgutil.walk_packages(siting.__path__, "siting."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
for arguments in json.loads(sys.argv[1]):
    code = main(arguments)
    if code:
        sys.exit(f"{arguments}: exit code {code}")
"""


class CutOff:
    """Runs Python without network; `tried` is what asked for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "tried.txt"
        hooks = folder / "hooks"
        hooks.mkdir()
        (hooks / "sitecustomize.py").write_text(CUT_OFF, encoding="utf-8")
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(hooks),
            "CUT_OFF_LOG": str(self.log),
            "SITING_CACHE": str(folder / "cache"),
        }

    def __call__(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*namespace_without_network(), sys.executable, *arguments],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
        )

    @property
    def tried(self) -> str:
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""


def namespace_without_network() -> list[str]:
    """The command that takes even loopback away, on Linux where it is allowed; else nothing."""
    unshare = shutil.which("unshare")
    if unshare is None:
        return []
    for command in ([unshare, "--net"], [unshare, "--user", "--map-root-user", "--net"]):
        if subprocess.run([*command, "true"], capture_output=True, check=False).returncode == 0:
            return command
    return []


@pytest.fixture
def cut_off(tmp_path: Path) -> CutOff:
    return CutOff(tmp_path)


@pytest.fixture
def toy_sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A sources file with a GeoPackage, a CSV, a workbook and a parquet file."""
    monkeypatch.syspath_prepend(Path(__file__).parent / "sources")
    import test_build

    folder = tmp_path / "sources"
    folder.mkdir()
    for write in (
        test_build.write_municipalities,
        test_build.write_cells,
        test_build.write_sites,
        test_build.write_edges,
    ):
        write(folder)
    return test_build.write_recipe(folder)


def test_the_cut_is_felt_and_told(cut_off: CutOff) -> None:
    """Else the tests below would pass for nothing."""
    for attempt in (
        "import socket; socket.create_connection(('192.0.2.1', 80), timeout=1)",
        "import requests; requests.get('http://192.0.2.1/', timeout=1)",
        "import socket; socket.getaddrinfo('example.org', 80)",
        "import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
    ):
        cut_off.log.unlink(missing_ok=True)
        done = cut_off("-c", attempt)
        assert "cut off: socket." in done.stderr, attempt
        assert cut_off.tried, attempt


def test_what_swallows_the_refusal_is_still_told(cut_off: CutOff) -> None:
    done = cut_off(
        "-c", "import socket\ntry: socket.gethostbyname('example.org')\nexcept OSError: print('calm')"
    )
    assert (done.returncode, done.stdout) == (0, "calm\n")
    assert "example.org" in cut_off.tried


def test_no_module_and_no_command_reaches_for_the_network(cut_off: CutOff, toy_sources: Path) -> None:
    folder = cut_off.folder
    toy.write_dataset(folder / "data")
    sections = {"access": by_hand.SECTIONS["access"], "analysis": {"near_best": {"within": 0.05}}}
    for name, satellites in (("one", 1), ("two", 2)):
        toy.write_scenario(folder, name, choice={"n_main": 1, "n_satellites": satellites}, **sections)
    lon_lat = [toy.lon_lat(*place) for place in toy.SITES.values()]
    places = [f"{lat:.6f} {lon:.6f}" for lon, lat in lon_lat]
    trips = [f"{places[0]},{places[k]},{minutes}" for k, minutes in ((1, 40), (2, 40), (3, 80), (4, 40))]
    (folder / "trips.csv").write_text("\n".join(["from,to,minutes", *trips, ""]), encoding="utf-8")
    commands = [
        ["scenarios"],
        ["show", "one.yaml"],
        ["sites", "data"],
        ["seal", "data"],
        ["run", "one.yaml", "--out", "first"],
        ["compare", "one.yaml", "two.yaml", "--out", "both"],
        ["map", "first", "both", "--out", "map.html"],
        ["sweep", "one.yaml", "--vary", "choice.n_satellites=0,1", "--workers", "1", "--out", "swept"],
        ["analyse", "one.yaml", "near-best", "--workers", "1", "--out", "examined"],
        ["report", "both", "examined", "--out", "report"],
        ["check-times", "one.yaml", "--trips", "trips.csv"],
        ["build", str(toy_sources), "--out", "built"],
    ]
    done = cut_off("-c", RUN_ALL, json.dumps(commands))
    assert done.returncode == 0, done.stderr
    assert cut_off.tried == ""
    written = {path.suffix for path in (folder / "report").iterdir()}
    assert {".html", ".pdf", ".docx", ".xlsx"} <= written
