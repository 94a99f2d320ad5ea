"""What is packaged: conda and PyPI agree, the wheel stands alone, the house keeps its order."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path

import pytest
from ruamel.yaml import YAML

import siting

ROOT = Path(__file__).parent.parent
FROM_PYPI_ALONE = {"typst>=0.15"}


def pyproject() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_environment_yml_asks_for_what_pyproject_asks_for() -> None:
    environment = YAML(typ="safe").load((ROOT / "environment.yml").read_text(encoding="utf-8"))
    on_conda = {each for each in environment["dependencies"] if isinstance(each, str)} - {"pip"}
    project = pyproject()["project"]
    expected = set(project["dependencies"]) - FROM_PYPI_ALONE
    assert on_conda == expected | {f"python{project['requires-python']}"}


def test_every_dependency_is_imported_somewhere() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "siting").rglob("*.py"))
    modules = {"python-docx": "docx"}
    for dependency in pyproject()["project"]["dependencies"]:
        name = re.split(r"[<>=]", dependency)[0]
        assert re.search(rf"(import|from) {modules.get(name, name)}|engine=\"{name}\"", code), name


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        list(map(str, command)),
        cwd=cwd,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


@pytest.mark.parametrize(
    "command",
    [
        ("ruff", "check", "."),
        ("ruff", "format", "--check", "."),
        ("mypy",),
        ("lint-imports",),
        ("numpydoc", "lint", *map(str, sorted((ROOT / "siting").rglob("*.py")))),
    ],
    ids=lambda command: command[0],
)
def test_the_house_keeps_its_order(command: tuple[str, ...]) -> None:
    tool = Path(sys.executable).with_name(command[0])
    done = run(tool, *command[1:], cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a fresh environment that holds the wheel, and sees the dependencies installed here."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    tracked = run(
        "git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT
    ).stdout.split("\0")
    for name in filter(None, tracked):
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, source / name)
    pip = (sys.executable, "-m", "pip", "--disable-pip-version-check")
    built = run(*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", folder, source, cwd=folder)
    assert built.returncode == 0, built.stderr
    venv.create(folder / "venv", with_pip=False)
    python = folder / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    site_packages = Path(
        run(python, "-c", "import site; print(site.getsitepackages()[0])", cwd=folder).stdout.strip()
    )
    wheel = next(folder.glob("siting-*.whl"))
    done = run(*pip, "--python", python, "install", "--no-deps", "--no-index", wheel, cwd=folder)
    assert done.returncode == 0, done.stderr
    (site_packages / "dependencies.pth").write_text(
        os.pathsep.join(p for p in sys.path if "site-packages" in p)
    )
    return python


def test_the_installed_wheel_runs_without_the_repository(installed: Path, tmp_path: Path) -> None:
    where = run(installed, "-c", "import siting; print(siting.__file__)", cwd=tmp_path)
    assert str(ROOT) not in where.stdout
    done = run(installed, "-m", "siting", "run", cwd=tmp_path, HOME=str(tmp_path))
    assert done.returncode == 0, done.stderr
    names = {path.name for path in (tmp_path / "maps" / "base").iterdir()}
    assert names == {"map.html", "plan.gpkg", "plan.json", "report.html", "sites.csv"}
    plan = json.loads((tmp_path / "maps" / "base" / "plan.json").read_text(encoding="utf-8"))
    assert plan["status"] == "optimal"


def test_no_lock_file_and_no_path_of_a_machine_is_tracked() -> None:
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    tracked = run("git", "ls-files", cwd=ROOT).stdout.splitlines()
    assert not [name for name in tracked if name.endswith((".lock", "package-lock.json"))]
    assert not [
        name for name in tracked if (ROOT / name).is_file() and (ROOT / name).stat().st_size > 1_000_000
    ]


def test_no_name_of_the_short_list_is_hidden_by_a_module() -> None:
    """A module of the package becomes its attribute when it is loaded, whatever the list says of the name."""
    modules = {path.stem for path in (ROOT / "siting").iterdir() if path.suffix in ("", ".py")}
    assert not modules & set(siting._HOME_OF)
