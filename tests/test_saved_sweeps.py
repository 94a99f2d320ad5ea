"""What a sweep always, sometimes and never opens, read back and shown on a map."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import toy

import siting
from siting import study
from siting.cli import main
from siting.errors import InputError
from siting.present import sweeps
from siting.present.files import write_map
from siting.saved import read_sweep
from siting.saved.sweeps import SWEEP_FORMAT_VERSION

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from siting.study import Outcome


@pytest.fixture
def swept(toy_folder: Path) -> tuple[Outcome, Path]:
    """One main with no, one or two satellites on the toy; and the answer to one of them."""
    scenario = toy.write_scenario(toy_folder, choice={"n_main": 1, "n_satellites": 1})
    sweep = siting.sweep(scenario, vary={"choice.n_satellites": [0, 1, 2, 9]})
    siting.write(sweep, toy_folder / "sweep")
    return study.run(scenario), toy_folder / "sweep"


def test_the_version_is_the_one_that_sweeps_are_written_with() -> None:
    assert SWEEP_FORMAT_VERSION == sweeps.FORMAT_VERSION


def test_plans_are_counted_and_variants_without_a_plan_left_out(swept: tuple[Outcome, Path]) -> None:
    outcome, folder = swept
    found = read_sweep(folder, outcome)
    rows = json.loads((folder / "sweep.json").read_text(encoding="utf-8"))["rows"]
    assert [row["answer"] is None for row in rows] == [False, False, False, True]
    assert found.n_variants == 3
    assert sorted(len(plan) for _, plan in found.plans) == [1, 2, 3]
    assert {role for _, plan in found.plans for _, role, _ in plan} == {"main", "satellite"}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda tree: tree.update(format="siting-plan"), "is not what siting sweep writes"),
        (lambda tree: tree.update(format_version=99), "is not what siting sweep writes"),
        (lambda tree: tree["dataset"]["sha256"].update(cells="0" * 64), "rests on another dataset"),
        (lambda tree: tree.update(rows=[]), "no variant has a plan"),
        (lambda tree: tree.update(rows=[{"answer": 7}]), "rows.0.answer"),
        (
            lambda tree: tree["rows"][0]["answer"]["sites"]["main"][0].update(site_id="gone"),
            "opens 'gone', which is no candidate",
        ),
        *(
            (
                lambda tree, days=days: tree["rows"][0]["answer"]["sites"]["main"][0].update(
                    days_per_week=days
                ),
                complaint,
            )
            for days, complaint in (
                (0, "days_per_week: input should be greater than 0"),
                (-3, "days_per_week: input should be greater than 0"),
                (1e308, "days_per_week: input should be less than or equal to 5"),
                (10**400, "holds the number 1000.*, too large"),
            )
        ),
    ],
)
def test_a_sweep_that_does_not_fit_is_refused_in_a_sentence(
    swept: tuple[Outcome, Path], change: Any, complaint: str
) -> None:
    outcome, folder = swept
    file = folder / "sweep.json"
    tree = json.loads(file.read_text(encoding="utf-8"))
    change(tree)
    file.write_text(json.dumps(tree), encoding="utf-8")
    with pytest.raises(InputError, match=complaint):
        read_sweep(file, outcome)


@pytest.mark.browser
def test_the_map_says_how_often_each_place_is_open(
    swept: tuple[Outcome, Path], chromium_page: Page, tmp_path: Path
) -> None:
    outcome, folder = swept
    found = read_sweep(folder, outcome)
    page = chromium_page
    page.goto(write_map((outcome,), tmp_path / "map.html", swept=found).as_uri())
    page.evaluate("window.sitingMap.ready()")
    page.locator("select[name=view]").select_option("certainty")
    expected = {
        outcome.region.sites.names[outcome.region.sites.site_ids.index(site_id)]: round(
            100 * sum(n for n, plan in found.plans if site_id in [each for each, *_ in plan]) / 3
        )
        for site_id in outcome.region.sites.site_ids
    }
    told = {}
    for marker in page.locator(".site").all():
        words = (marker.get_attribute("aria-label") or "").split(", ")
        number = int(words[0]) if words[0].isdigit() else 0
        told[words[1] if number else words[0]] = number
    assert told == expected
    assert "3 körningar av toy" in page.locator(".legend").inner_text()
    assert page.problems == []


def test_the_command_takes_a_sweep(swept: tuple[Outcome, Path], tmp_path: Path) -> None:
    outcome, folder = swept
    siting.write(outcome, tmp_path / "result")
    dataset = str(outcome.dataset.folder)
    assert main(["map", str(tmp_path / "result"), "--dataset", dataset, "--sweep", str(folder)]) == 0
    page = (tmp_path / "result" / "map.html").read_text(encoding="utf-8")
    assert '"swept": {"hint": "Ur 3 k' in page
    assert main(["map", str(tmp_path / "result"), "--dataset", dataset, "--sweep", "nowhere.json"]) == 10
