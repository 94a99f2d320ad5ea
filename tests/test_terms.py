"""What whoever owns a dataset lets be told of it holds for every scenario, before anything is measured."""

from __future__ import annotations

import json
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
from siting.scenario_file import from_resolved, load
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


def with_ages(folder: Path, youngest: int, oldest: int) -> Path:
    demand = {**toy.demand_section(alpha=0.5), "ages": {"youngest": youngest, "oldest": oldest}}
    return toy.write_scenario(folder, f"aged-{youngest}-{oldest}", choice=TWO, demand=demand)


@pytest.mark.parametrize(
    ("terms", "allowed", "refused", "hint"),
    [
        ("{}", (5, 10, 15, 1000), (3,), "give 5 or a multiple of it"),
        ("{ages: {youngest: 13, oldest: 19}}", (5,), (3,), "which says nothing of"),
        ("{smallest_count_shown: 10}", (10, 20, 1000), (3, 5, 15), "give 10 or a multiple of it"),
        (
            "{smallest_count_shown: 3}",
            (3,),
            (5, 15, 30),
            "where disclosure.smallest_count_shown is 3; give 3",
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
        ("{ages: {youngest: 15, oldest: 20}}", (15, 20), True),
        ("{ages: {youngest: 15, oldest: 20}}", (13, 19), False),
        ("{ages: {youngest: 15}}", (15, 19), True),
        ("{ages: any}", (15, 18), True),
    ],
)
def test_a_scenario_that_counts_other_ages_than_its_dataset_lets_is_refused(
    toy_folder: Path, terms: str, ages: tuple[int, int], is_allowed: bool
) -> None:
    manifest = with_terms(toy_folder, terms)
    asked = load(with_ages(toy_folder, *ages))
    dataset = load_dataset("data", relative_to=toy_folder)
    if is_allowed:
        dataset.require_terms(asked)
        return
    with pytest.raises(ScenarioError, match=f"demand.ages: {ages[0]}-{ages[1]} does not go with") as caught:
        dataset.require_terms(asked)
    told = str(caught.value)
    holds = (
        "disclosure.ages is 15-20"
        if "15" in terms
        else "which says nothing of disclosure.ages, so 13-19 holds"
    )
    assert str(manifest) in told
    assert holds in told
    assert f"write `disclosure: {{ages: {{youngest: {ages[0]}, oldest: {ages[1]}}}}}` in it" in told


def test_a_column_of_youths_counts_the_ages_of_the_terms(toy_folder: Path) -> None:
    with_terms(toy_folder, "{ages: {youngest: 12, oldest: 18}}")
    outcome = study.run(with_ages(toy_folder, 12, 18), cache=NO_CACHE)
    assert outcome.region.demand.youths.sum() == toy.SIDE**2 * toy.YOUTHS_PER_CELL
    write_outcome(outcome, toy_folder / "out")
    record = json.loads((toy_folder / "out" / "plan.json").read_text(encoding="utf-8"))
    assert record["scenario"]["resolved"]["demand"]["ages"] == {"youngest": 12, "oldest": 18}


def test_where_any_ages_may_be_told_a_column_of_youths_still_has_one_span(toy_folder: Path) -> None:
    with_terms(toy_folder, "{ages: any}")
    study.run(toy.write_scenario(toy_folder, choice=TWO), cache=NO_CACHE)
    with pytest.raises(
        ScenarioError, match=r"the column youths of .* counts 13-19, not 12-18; ask for 13-19"
    ):
        study.run(with_ages(toy_folder, 12, 18), cache=NO_CACHE)


@pytest.mark.parametrize(
    ("meaning", "terms", "problem"),
    [
        (
            "Young people (13-19)",
            "{ages: {youngest: 12, oldest: 18}}",
            "says 13-19, but .* has it count 12-18",
        ),
        ("Aged 12–18 on 2025-12-31", "{ages: any}", "says 12-18, but .* has it count 13-19"),
        ("Aged 12–18 on 2025-12-31", "{ages: {youngest: 12, oldest: 18}}", ""),
        ("Of the years 2006-2012, on 31-12", "{}", "says 31-12"),
        ("Of the years 2006-2012, 2025-12-31", "{}", ""),
    ],
)
def test_youths_that_are_said_to_be_of_other_ages_than_the_terms_are_refused(
    toy_folder: Path, meaning: str, terms: str, problem: str
) -> None:
    path = with_terms(toy_folder, terms)
    text, n_changed = re.subn(
        r"(youths: *\{[^}]*meaning: )x", rf'\1"{meaning}"', path.read_text(encoding="utf-8")
    )
    assert n_changed == 1
    path.write_text(text, encoding="utf-8")
    if not problem:
        load_dataset("data", relative_to=toy_folder)
        return
    with pytest.raises(DatasetError, match=rf"tables\.cells\.youths: its meaning {problem}"):
        load_dataset("data", relative_to=toy_folder)


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        (
            "{smallest_count_shown: 2}",
            "disclosure.smallest_count_shown: should be greater than or equal to 3 (got 2)",
        ),
        ("{smallest_count_shown: 7}", "disclosure.smallest_count_shown: must be 5, 10, 15 ..., not 7, since"),
        (
            "{ages: {youngest: 19, oldest: 13}}",
            "dataset.yaml: disclosure.ages: youngest 19 is larger than oldest 13",
        ),
        (
            "{ages: {youngest: 13, oldest: 31}}",
            "disclosure.ages.oldest: should be less than or equal to 30 (got 31)",
        ),
        ("{ages: {young: 13}}", "disclosure.ages.young: unknown key; did you mean 'youngest'?"),
        ("{ages: [13, 19]}", "disclosure.ages: must be a span such as {youngest: 13, oldest: 19}, or any"),
        ("{ages: all}", "disclosure.ages: must be a span such as {youngest: 13, oldest: 19}, or any"),
        ("{year: any}", "disclosure.year: unknown key; allowed: ages, smallest_count_shown"),
        ("all", "dataset.yaml: disclosure: must hold keys and values (got 'all')"),
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
    told: list[str] = []
    asked = {
        "run": lambda **how: study.run(by_five, **how),
        "compare": lambda **how: study.compare([by_ten, by_five], **how),
        "sweep": lambda **how: siting.sweep(by_five, vary={"choice.standard_minutes": [10, 20]}, **how),
        "sweep k": lambda **how: siting.sweep(
            by_ten, vary={"evaluation.smallest_count_shown": [10, 15]}, **how
        ),
        "analyse": lambda **how: siting.analyse(by_five, **how),
        "reopen": lambda **how: siting.reopen(written, **how),
    }
    for name, ask in asked.items():
        with pytest.raises(ScenarioError, match=r"disclosure\.smallest_count_shown"):
            pytest.fail(f"{name}: {ask(on_progress=told.append)}")
    assert told
    assert not [each for each in told if "travel times" in each]


def test_a_saved_result_by_a_count_that_is_no_longer_allowed_says_what_to_do(toy_folder: Path) -> None:
    resolved = load(with_smallest(toy_folder, 5)).model_dump(mode="json", exclude_none=True)
    resolved["evaluation"]["smallest_count_shown"] = 4
    with pytest.raises(ScenarioError, match=r"plan\.json: .* not 4, since .*: run the scenario again$"):
        from_resolved(resolved, path=Path("plan.json"))
