"""Scenario files: what they mean, and what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from siting.errors import ScenarioError
from siting.scenario_file import embedded_folder, embedded_scenarios, load, to_yaml

FILES = sorted(embedded_folder("scenarios").glob("*.yaml"))


def write(folder: Path, text: str, name: str = "mine.yaml") -> Path:
    (folder / "base.yaml").write_text(
        (embedded_folder("scenarios") / "base.yaml").read_text(encoding="utf-8"), encoding="utf-8"
    )
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_scenario_file_loads_and_comes_back_from_its_own_yaml(path: Path, tmp_path: Path) -> None:
    scenario = load(path)
    assert scenario.name == path.stem
    copy = tmp_path / path.name
    copy.write_text(to_yaml(scenario), encoding="utf-8")
    assert load(copy).sha256 == scenario.sha256


def test_there_are_base_and_at_least_five_that_extend_it() -> None:
    names = set(embedded_scenarios())
    assert "base" in names
    assert len(names) >= 6


def test_extending_with_nothing_is_the_base_but_for_its_words(tmp_path: Path) -> None:
    mine, base = load(write(tmp_path, "extends: base.yaml\n")), load("base")
    words = {each: getattr(base, each) for each in ("name", "title", "question")}
    assert mine.model_copy(update=words).sha256 == base.sha256


def test_a_scenario_without_words_of_its_own_does_not_speak_with_its_parents(tmp_path: Path) -> None:
    mine = load(write(tmp_path, "extends: base.yaml\nquestion: {sv: Var?, en: Where?}\n"))
    assert mine.title.sv == "mine"
    assert mine.question.sv == "Var?"
    assert "En huvudmottagning" in load(write(tmp_path, "extends: base.yaml\n")).question.sv


def test_an_embedded_scenario_can_be_extended_from_any_folder(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("extends: base\nchoice: {n_main: 2}\n", encoding="utf-8")
    assert load(tmp_path / "mine.yaml").choice.n_main.minimum == 2


def test_mappings_merge_and_lists_replace(tmp_path: Path) -> None:
    mine = load(write(tmp_path, "extends: base.yaml\nsites: {hosts: {main: [hospital]}}\n"))
    assert mine.sites.hosts.main == ("hospital",)
    assert mine.sites.hosts.satellite == load("base").sites.hosts.satellite


def test_one_number_stands_for_both_limits(tmp_path: Path) -> None:
    choice = load(
        write(tmp_path, "extends: base.yaml\nchoice: {n_main: 2, n_satellites: {minimum: 1, maximum: 3}}\n")
    ).choice
    assert (choice.n_main.minimum, choice.n_main.maximum) == (2, 2)
    assert (choice.n_satellites.minimum, choice.n_satellites.maximum) == (1, 3)


def test_yaml_words_that_look_like_booleans_stay_words(tmp_path: Path) -> None:
    path = write(tmp_path, "extends: base.yaml\ntitle: {sv: no, en: off}\n")
    assert load(path).title.sv == "no"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "extends: base.yaml\nchoise: {n_main: 1}\n",
            "mine.yaml, line 2: choise: unknown key; did you mean 'choice'?",
        ),
        (
            "extends: base.yaml\ntravel:\n  speedfactor: 2\n",
            "mine.yaml, line 3: travel.speedfactor: unknown key; did you mean 'speed_factor'?",
        ),
        (
            "extends: base.yaml\ndemand:\n  risk_groups:\n    high:\n      prevalense: 0.1\n",
            "line 5: demand.risk_groups.high.prevalense: unknown key; did you mean 'prevalence'?",
        ),
        ("extends: base.yaml\nchoice:\n  n_main: two\n", "line 3: choice.n_main: must be a whole number"),
        ("extends: base.yaml\nchoice:\n  n_main: -1\n", "line 3: choice.n_main.minimum: should be greater"),
        (
            "extends: base.yaml\nchoice:\n  n_main: {minimum: 3, maximum: 1}\n",
            "minimum 3 is larger than maximum 1",
        ),
        (
            "extends: base.yaml\nchoice: {objectives: [fastest]}\n",
            "choice.objectives.0.measure: should be 'mean_minutes', 'within_standard', 'largest_minutes'",
        ),
        (
            "extends: base.yaml\nchoice: {objectives: [mean_minutes, mean_minutes]}\n",
            "the same measure twice",
        ),
        (
            "extends: base.yaml\nchoice: {required: {main: [YC01, YC02]}}\n",
            "2 sites are required but n_main allows 1",
        ),
        ("extends: base.yaml\nchoice: {given: {main: [A], satellite: [A]}}\n", "site A is named twice"),
        (
            "extends: base.yaml\nchoice: {existing: {satellite: [YC01]}, required: {satellite: [YC01]}}\n",
            "YC01 is both existing and required",
        ),
        (
            "extends: base.yaml\ntravel: {speed_factor: .nan}\n",
            "travel.speed_factor: should be a finite number",
        ),
        (
            "extends: base.yaml\ntravel: {speed_factor: 0}\n",
            "travel.speed_factor: should be greater than or equal to 0.1",
        ),
        (
            "extends: base.yaml\nevaluation: {smallest_count_shown: 2}\n",
            "should be greater than or equal to 3",
        ),
        *(
            (
                f"extends: base.yaml\nevaluation: {{smallest_count_shown: {k}}}\n",
                f"smallest_count_shown: must be 5, 10, 15 ..., not {k}, since",
            )
            for k in (4, 6, 7, 999)
        ),
        ("extends: base.yaml\ntravel: {basis: {speed: {sv: a, en: b}}}\n", "basis speaks of 'speed'"),
        (
            "extends: base.yaml\ndemand: {risk_groups: {high: {prevalence: 0.95}}}\n",
            "the prevalences sum to 1.051",
        ),
        (
            "extends: base.yaml\ndemand: {risk_groups: {high: {prevalence: 0}, middle: {prevalence: 0}}}\n",
            "every prevalence or share_reached is 0",
        ),
        ("extends: base.yaml\ntitle: 3\n", "line 2: title: must hold keys and values"),
        ("extends: base.yaml\n12: 3\n", "line 2: the key 12 must be text"),
        (
            "extends: nothing.yaml\n",
            "line 1: extends: there is no file nothing.yaml in its folder, and no embedded scenario",
        ),
        ("extends: mine.yaml\n", "extends goes in a circle (mine.yaml -> mine.yaml)"),
        ("extends: [base.yaml]\n", "extends must be the name of one file"),
        ("extends: base.yaml\nname: a\nname: b\n", 'line 3: found duplicate key "name"'),
        ("name: [\n", "line"),
        ("- a\n", "must hold keys and values"),
        ("", "must hold keys and values"),
        (
            "extends: base.yaml\nn_main: 2\n",
            "n_main: unknown key; it belongs under choice: (indent it by two spaces)",
        ),
        (
            "extends: base.yaml\nsites: {forbidden: HC01}\n",
            "must be a list in brackets, such as [YC01, YC02]",
        ),
        (
            "extends: base.yaml\nchoice: {place_in_every_municipality: ja}\n",
            "must be true or false (got 'ja')",
        ),
        ("extends: base.yaml\ntravel: {speed_factor: '2,2'}\n", "must be a number with a decimal point"),
        ("extends: base.yaml\ndemand: {risk_groups: {high: {prevalence: 2.2}}}\n", "2.2 % is 0.022"),
        ("extends: base.yaml\ntravel:\n\tspeed_factor: 1\n", "indent with spaces"),
        ("extends: base.yaml\ntitle: {sv: a: b, en: c}\n", "line 2"),
        ("name: Malung-Älvdalen\nextends: base.yaml\n", "may hold a-z, 0-9 and hyphens"),
        ("name: lonely\n", "title: is missing; add it, or extend a complete file"),
    ],
)
def test_a_wrong_file_is_refused_in_one_sentence(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(write(tmp_path, text))
    message = str(caught.value)
    assert expected in message
    assert "\n" not in message


def test_a_file_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "latin.yaml"
    path.write_bytes("title: Älvdalen".encode("latin-1"))
    with pytest.raises(ScenarioError, match="not UTF-8"):
        load(path)


def test_an_unknown_name_lists_the_embedded_scenarios() -> None:
    with pytest.raises(ScenarioError, match="two-mains"):
        load("no-such-scenario")


def test_a_key_is_found_in_the_file_that_sets_it(tmp_path: Path) -> None:
    scenario = load(write(tmp_path, "extends: base.yaml\nchoice:\n  n_main: 2\n"))
    assert scenario.where("choice", "n_main").endswith("mine.yaml, line 3: choice.n_main")
    assert "base.yaml, line" in scenario.where("travel", "speed_factor")


def test_a_value_that_changes_does_not_keep_its_parents_source(tmp_path: Path) -> None:
    path = write(tmp_path, "extends: base.yaml\ndemand: {risk_groups: {high: {prevalence: 0.05}}}\n")
    high = load(path).demand.risk_groups["high"]
    assert high.prevalence == 0.05
    assert "prevalence" not in high.basis
    assert "visits_per_person_per_year" in high.basis


def test_null_takes_a_parents_key_away(tmp_path: Path) -> None:
    path = write(tmp_path, "extends: base.yaml\ndemand: {risk_groups: {middle: null}}\n")
    assert set(load(path).demand.risk_groups) == {"high"}


def test_a_bomb_of_aliases_is_refused_at_once(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 9)}]" for k in range(1, 9)]
    with pytest.raises(ScenarioError, match="more than 10000 values"):
        load(write(tmp_path, "\n".join(lines)))


def test_a_yaml_merge_is_read_and_a_tag_is_refused(tmp_path: Path) -> None:
    merged = load(write(tmp_path, "extends: base.yaml\ntitle: &t {sv: a, en: b}\nquestion: {<<: *t}\n"))
    assert merged.question.sv == "a"
    for text in ("sites: !x [S0]\n", "a: !!python/name:os\n"):
        with pytest.raises(ScenarioError) as caught:
            load(write(tmp_path, "extends: base.yaml\n" + text))
        assert "\n" not in str(caught.value)
