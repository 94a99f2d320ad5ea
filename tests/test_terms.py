"""What whoever owns a dataset lets be told of it holds for every scenario, before anything is measured."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import toy

import siting
from siting import study
from siting.cache import NO_CACHE
from siting.dataset import load_dataset
from siting.errors import DatasetError, ScenarioError
from siting.present.files import write_outcome
from siting.scenario import AgeSpan
from siting.scenario_file import load
from siting.variants import sweeping

TWO = {"n_main": 1, "n_satellites": 1, "given": {"main": ["B"], "satellite": ["D"]}}


def with_terms(folder: Path, terms: str) -> Path:
    """Put terms into the manifest of the toy."""
    path = folder / "data" / "dataset.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\ndisclosure: {terms}\n", encoding="utf-8")
    return path


def with_smallest(folder: Path, smallest: int) -> str:
    return toy.write_scenario(
        folder, f"by-{smallest}", choice=TWO, evaluation={"smallest_count_shown": smallest}
    )


@pytest.mark.parametrize(
    ("terms", "allowed", "refused", "hint"),
    [
        ("{}", (5, 10, 15, 1000), (3,), "give 5 or a multiple of it"),
        ("{ages: [13, 19]}", (5,), (3,), "give 5 or a multiple of it"),
        ("{smallest_count_shown: 10}", (10, 20, 1000), (3, 5, 15), "give 10 or a multiple of it"),
        (
            "{smallest_count_shown: 3}",
            (3,),
            (5, 15, 30),
            "shown from 3 on (disclosure.smallest_count_shown); give 3",
        ),
    ],
)
def test_a_scenario_on_another_ladder_than_its_dataset_is_refused(
    toy_folder: Path, terms: str, allowed: tuple[int, ...], refused: tuple[int, ...], hint: str
) -> None:
    manifest = with_terms(toy_folder, terms)
    dataset = load_dataset("data", relative_to=toy_folder)
    for smallest in allowed:
        dataset.require_terms(load(with_smallest(toy_folder, smallest)))
    for smallest in refused:
        with pytest.raises(ScenarioError, match=re.escape(hint)) as caught:
            dataset.require_terms(load(with_smallest(toy_folder, smallest)))
        assert str(caught.value).startswith(f"{toy_folder / f'by-{smallest}.yaml'}, line ")
        assert f"evaluation.smallest_count_shown: {smallest} does not go with {manifest}" in str(caught.value)
        assert caught.value.exit_code == 11


@pytest.mark.parametrize(
    ("terms", "ages", "is_allowed"),
    [
        ("{}", (13, 19), True),
        ("{}", (13, 18), False),
        ("{ages: [15, 20]}", (15, 20), True),
        ("{ages: [15, 20]}", (13, 19), False),
        ("{ages: any}", (15, 18), True),
    ],
)
def test_a_scenario_that_counts_other_ages_than_its_dataset_lets_is_refused(
    toy_folder: Path, terms: str, ages: tuple[int, int], is_allowed: bool
) -> None:
    manifest = with_terms(toy_folder, terms)
    scenario = load(toy.write_scenario(toy_folder, choice=TWO))
    span = AgeSpan(youngest=ages[0], oldest=ages[1])
    asked = scenario.model_copy(update={"demand": scenario.demand.model_copy(update={"ages": span})})
    dataset = load_dataset("data", relative_to=toy_folder)
    if is_allowed:
        dataset.require_terms(asked)
        return
    with pytest.raises(ScenarioError, match=f"demand.ages: {ages[0]}-{ages[1]} does not go with") as caught:
        dataset.require_terms(asked)
    assert str(manifest) in str(caught.value)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (
            "{smallest_count_shown: 2}",
            "disclosure.smallest_count_shown: Input should be greater than or equal",
        ),
        ("{smallest_count_shown: 7}", "disclosure.smallest_count_shown: Value error, 7 is no multiple of 5"),
        ("{ages: [19, 13]}", "disclosure.ages: Value error, expected [youngest, oldest] of 0 to 30"),
        ("{ages: [13, 14, 15]}", "disclosure.ages: Value error, expected [youngest, oldest]"),
        ("{ages: all}", "disclosure.ages: Value error, expected [youngest, oldest]"),
        ("{age: any}", "disclosure.age: Extra inputs are not permitted"),
    ],
)
def test_terms_that_say_nothing_clear_are_refused(toy_folder: Path, terms: str, expected: str) -> None:
    with_terms(toy_folder, terms)
    with pytest.raises(DatasetError, match=re.escape(expected)):
        load_dataset("data", relative_to=toy_folder)


def test_whatever_is_asked_a_dataset_keeps_its_terms_before_anything_is_measured(
    toy_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_five, by_ten = (with_smallest(toy_folder, smallest) for smallest in (5, 10))
    outcome = study.run(by_five, cache=NO_CACHE)
    written = toy_folder / "out" / "plan.json"
    write_outcome(outcome, toy_folder / "out")
    with_terms(toy_folder, "{smallest_count_shown: 10}")
    for module in (study, sweeping):
        monkeypatch.setattr(module, "measure_ways", lambda *_, **__: pytest.fail("measured before"))
    asked = {
        "run": lambda: study.run(by_five),
        "compare": lambda: study.compare([by_ten, by_five]),
        "sweep": lambda: siting.sweep(by_five, vary={"choice.standard_minutes": [10, 20]}),
        "sweep k": lambda: siting.sweep(by_ten, vary={"evaluation.smallest_count_shown": [10, 15]}),
        "reopen": lambda: siting.reopen(written),
    }
    for name, ask in asked.items():
        with pytest.raises(ScenarioError, match=r"disclosure\.smallest_count_shown"):
            pytest.fail(f"{name}: {ask()}")
