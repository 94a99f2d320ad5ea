"""Made-up counties of whole counts by squares, and all that every command puts out of them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from datetime import date
from io import StringIO
from pathlib import Path

import small_counts
from numpy.typing import NDArray

from siting import cli, saved, study
from siting.cache import NO_CACHE
from siting.present import report_files
from siting.present.files import write_alternatives

from .spoils import Spoils

DAY = date(2026, 11, 28)
SWEPT = "choice.standard_minutes=5,10,15,20,25,30,35,40,45,50,55,60,65,70,75,80"
TIGHT = {
    # Both places fill up: the county needs some 2,100 visits a year.
    "choice": {"n_main": 1, "n_satellites": 1, "with_capacity": True},
    "access": {"digital_minutes": {"main": 90, "near": 90}},
    "roles": {"main": {"visits_per_open_hour": 0.6}, "satellite": {"visits_per_open_hour": 0.3}},
}


def compared(
    folder: Path, youths: NDArray, *, k: int = 5, terms: int = 5, with_workbook: bool = False
) -> Spoils:
    """Compare five plans on a county that was made to be attacked; all in this process, and no log."""
    folder.mkdir()
    small_counts.write_dataset(folder / "data", youths)
    with (folder / "data" / "dataset.yaml").open("a", encoding="utf-8") as manifest:
        manifest.write(f"disclosure: {{smallest_count_shown: {terms}}}\n")
    alternatives = study.compare(small_counts.write_scenarios(folder, k=k), cache=NO_CACHE)
    write_alternatives(alternatives, folder / "out")
    if with_workbook:
        order = report_files.ReportOrder(day=DAY, forms=("xlsx",))
        report_files.report(
            folder / "out", out=folder / "report", order=order, dataset=folder / "data", cache=NO_CACHE
        )
        (folder / "report" / "report.xlsx").rename(folder / "out" / "report.xlsx")
    return Spoils(alternatives.outcomes, folder / "out", alternatives=alternatives)


def put_out(folder: Path, youths: NDArray, *, k: int = 5, with_report: bool = True) -> None:
    """Have every command write what it writes into a folder of its own, with all that it says and logs."""
    folder.mkdir(parents=True, exist_ok=True)
    small_counts.write_dataset(folder / "data", youths)
    given = small_counts.write_scenarios(folder, k=k)
    free = small_counts.write_free_scenario(folder, k=k)
    tight = small_counts.write_free_scenario(folder, "tight", k=k, **TIGHT)
    out = {name: str(folder / name) for name in ("cmp", "one", "free", "tight", "ana", "swp", "rep")}
    commands: dict[str, Sequence[str]] = {
        "cmp": ("compare", *given, "--base", "one"),
        "one": ("run", given[2]),
        "free": ("run", free),
        "tight": ("run", tight),
        "ana": ("analyse", free, "--workers", "1"),
        "swp": ("sweep", free, "--vary", SWEPT, "--workers", "1"),
    }
    if with_report:
        commands["rep"] = ("report", out["cmp"], "--date", str(DAY), "--dataset", str(folder / "data"))
    for name, words in commands.items():
        said = _run([*words, "--out", out[name], "--no-cache"])
        (Path(out[name]) / "said.txt").write_text(said.replace(str(folder), "."), "utf-8")


def spoils_of(folder: Path) -> dict[str, Spoils]:
    """Give what `put_out` wrote, folder by folder; the report lies beside the comparison."""
    data = folder / "data"
    alternatives = saved.compare(folder / "cmp", dataset=data, cache=NO_CACHE)
    book = folder / "rep" / "report.xlsx"
    if book.is_file():
        book.rename(folder / "cmp" / "report.xlsx")
    free = saved.reopen(folder / "free", dataset=data, cache=NO_CACHE)
    found = {"cmp": Spoils(alternatives.outcomes, folder / "cmp", alternatives=alternatives)}
    for name in ("one", "free", "tight"):
        opened = saved.reopen(folder / name, dataset=data, cache=NO_CACHE)
        found[name] = Spoils(opened, folder / name)
    found |= {name: Spoils(free, folder / name) for name in ("ana", "swp")}
    return found


def _run(words: Sequence[str]) -> str:
    """Run a command, verbosely; give all that it says on the screen and in the log."""
    said = StringIO()
    log = logging.StreamHandler(said)
    root = logging.getLogger("siting")
    level = root.level
    root.addHandler(log)
    root.setLevel(logging.DEBUG)
    try:
        with redirect_stdout(said), redirect_stderr(said):
            code = cli.main(list(words))
    finally:
        root.removeHandler(log)
        root.setLevel(level)
    if code:
        message = f"siting {' '.join(words)} ended with {code}: {said.getvalue()}"
        raise AssertionError(message)
    return said.getvalue()
