"""Nothing that a run puts out gives a small count away: a small attack; the large one is `tests/attack`."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import small_counts
import toy
from attack import made_up
from attack.judging import attack, false_rows
from attack.reading import read
from attack.spoils import Spoils
from attack.sweep import numbers_of_people
from pydantic import ValidationError

from siting import write
from siting.cache import NO_CACHE
from siting.evaluate import Measures
from siting.present.access_records import county_record, measures_record
from siting.present.disclosure import Gate
from siting.present.protected import protected_youths
from siting.saved.analysis_areas import SavedMember
from siting.scenario import ChoiceSection
from siting.scenario_file import load, with_values
from siting.study import run
from siting.variants import sweep

PRESENT = Path(__file__).resolve().parents[1] / "siting" / "present"
TOUCHES_PERSONS = re.compile(
    r"(youths\w*|persons\w*|near_visits_per_year|main_visits_per_year|visits_per_year|share_within|served_share"
    r"|digital_share)$"
)
GATE = {"gate", "gate_of", "Gate", "of_both", "both_text", "share_of_both"}
NEED_NO_GATE = {
    # Why functions that read figures of persons need not name the gate. A new one passes it or stands here.
    "makes or packs the map's multiples of k, and public rates": """
        payload.py:_cells payload.py:_what_if what_if.py:protected_demand what_if.py:map_what_if
        what_if.py:_visits_per_youth""",
    "a county share in whole per cent: finer than the gate's below 500 youths (docs/threat-model.md)": """
        answer.py:_access_sentences answer.py:headline comparison_tables.py:_figures
        comparison_tables.py:_combined comparison_tables.py:_share map_plan.py:_tables
        modes_tables.py:modes_table
        modes_tables.py:mode_sentences modes_tables.py:_cells modes_tables.py:_cannot modes_tables.py:_within
        reports/options.py:_about_reference reports/options.py:_times reports/options.py:_modes
        tables.py:_access_cells""",
    "whether some visits are digital or unserved, or which limits there are, but not how many": """
        modes_tables.py:modes_by_municipality_table pictures/times.py:travel_histogram report.py:plan_html
        report.py:_somebody_is_digital report.py:_somebody_is_unserved reports/side_by_side.py:_notes
        reports/side_by_side.py:_municipalities tables.py:comparable_mean tables.py:weighable_mean
        tables.py:_share_columns tables.py:municipalities_table value_for_money.py:_reason_to_leave_out""",
    "hands figures on to a function that passes the gate, or to a decision what is rounded how": """
        analysis/accessibility.py:_blocks analysis/departures.py:change_of_rest
        analysis/departures.py:head_before analysis/departures.py:head_after analysis/equity.py:_groups
        analysis/record_areas.py:_equity analysis/record_draws.py:uncertainty_record
        analysis/shown.py:Shown.youths analysis/shown.py:Shown.youths_measured
        analysis/shown.py:Shown.rest_in_effect measures_table.py:minutes_decimals measures_table.py:gap_of
        analysis/shown.py:Shown.price_decimals analysis/shown.py:Shown._decimals
        analysis/uncertainty.py:_what_draws_add
        analysis/untold.py:county_share comparison_tables.py:_minutes comparison_tables.py:_counts
        comparison_tables.py:_changes_differ modes_tables.py:_youths pictures/times.py:_shares
        reports/facts.py:Facts.figure reports/facts.py:Facts.within reports/sheets_areas.py:_youths_by_place
        tables.py:parts_of""",
    "writes the full data into files that are marked as internal, when asked to": """
        internal.py:_cells internal.py:_trips""",
}


@pytest.fixture(scope="module")
def spoils(tmp_path_factory: pytest.TempPathFactory) -> Spoils:
    youths = small_counts.draw(0)
    return made_up.compared(tmp_path_factory.mktemp("attacked") / "county", youths, with_workbook=True)


def test_the_attack_writes_down_what_is_true(spoils: Spoils) -> None:
    equations = read([spoils])
    assert false_rows(equations, spoils.outcomes[0].region.demand.youths) == []
    assert {row.source.split()[0] for row in equations.rows} >= {"one:", "workbook"}
    assert len(equations.rows) > 500
    assert len(equations.lots) == len(small_counts.TOTALS)


def test_no_count_below_k_is_recovered_from_all_that_a_comparison_puts_out(spoils: Spoils) -> None:
    equations = read([spoils])
    youths = spoils.outcomes[0].region.demand.youths
    everywhere = np.ones(len(youths), dtype=bool)
    found = attack(equations, youths, [everywhere], whole=True, most_groups=150)
    assert found.recovered == []
    assert found.n_cells > 40
    assert found.n_groups == 150


def test_the_attack_recovers_counts_where_one_figure_is_told_too_finely(spoils: Spoils) -> None:
    """What it finds in a file with a leak, else it would prove nothing."""
    equations = read([spoils])
    youths = spoils.outcomes[0].region.demand.youths
    [cells] = [np.flatnonzero(youths > 0)]
    members = np.zeros(len(youths), dtype=bool)
    members[cells[:3]] = True
    equations.within(members.astype(float), youths[members].sum() - 0.5, youths[members].sum() + 0.5, "leak")
    equations.within(
        np.where(members, np.arange(len(youths)), 0.0),
        float((youths * np.arange(len(youths)))[members].sum()) - 0.1,
        float((youths * np.arange(len(youths)))[members].sum()) + 0.1,
        "leak",
    )
    found = attack(equations, youths, [np.ones(len(youths), dtype=bool)], whole=True, most_groups=0)
    assert found.recovered


def test_the_lots_of_the_map_cannot_be_drawn_again_by_trying_all_that_may_be() -> None:
    """A municipality of one cell with three youths: without the secret only some numbers would give its 0."""
    place, codes = np.zeros((1, 2)), ["a"]

    def told(youths: float, secret: bytes) -> float:
        return float(
            protected_youths(np.array([youths]), codes, place, smallest_count_shown=5, secret=secret)[0]
        )

    secrets = [bytes([number]) * 32 for number in range(60)]
    for youths in (1.0, 2.0, 3.0, 4.0):
        assert {told(youths, secret) for secret in secrets} == {0.0, 5.0}
    by_secret = [tuple(told(youths, secret) for youths in (1.0, 2.0, 3.0, 4.0)) for secret in secrets]
    assert len(set(by_secret)) > 5


def functions(tree: ast.AST, within: str = "") -> Iterator[tuple[str, ast.FunctionDef]]:
    """Functions and methods by name; those inside a function are part of it."""
    for node in ast.iter_child_nodes(tree):
        name = (
            f"{within}.{node.name}".lstrip(".")
            if isinstance(node, ast.FunctionDef | ast.ClassDef)
            else within
        )
        if isinstance(node, ast.FunctionDef):
            yield name, node
        else:
            yield from functions(node, name)


def unguarded(source: str) -> Iterator[str]:
    """Functions that read figures of persons and do not name the gate."""
    for name, function in functions(ast.parse(source)):
        nodes = list(ast.walk(function))
        read = {node.attr for node in nodes if isinstance(node, ast.Attribute)}
        named = read | {node.id for node in nodes if isinstance(node, ast.Name)}
        named |= {node.arg for node in nodes if isinstance(node, ast.arg)}
        if any(map(TOUCHES_PERSONS.match, read)) and not named & GATE:
            yield name


def test_every_function_that_touches_persons_passes_the_gate_or_is_argued_for() -> None:
    found = {
        f"{path.relative_to(PRESENT).as_posix()}:{name}"
        for path in sorted(PRESENT.rglob("*.py"))
        for name in unguarded(path.read_text("utf-8"))
    }
    argued_for = {name for names in NEED_NO_GATE.values() for name in names.split()}
    assert found - argued_for == set(), "pass the gate, or say in NEED_NO_GATE why it need not"
    assert argued_for - found == set(), "needs no argument any longer"


def test_a_function_that_tells_a_count_without_the_gate_is_found() -> None:
    leak = "def tell(area, words):\n    return words.number(area.youths)"
    assert list(unguarded(leak)) == ["tell"]
    assert list(unguarded(leak.replace("words.number(", "gate.text("))) == []


def test_the_mean_of_the_worst_tenth_is_told_as_that_of_a_tenth_of_the_youths() -> None:
    """To a tenth of a minute, those of many plans gave a square of two and one of five away."""
    measures, gate = Measures(30.54, 0.5, 120.04, 76.14, 5e6), Gate(5)
    choice = ChoiceSection(n_main=1, n_satellites=0)
    told = measures_record(measures, choice, gate, youths=2_146.0)
    assert (told["mean_minutes"], told["largest_minutes"], told["worst_share_minutes"]) == (30.5, 120.0, 76)
    assert measures_record(measures, choice, gate, youths=22_846.0)["worst_share_minutes"] == 76.1


def test_minutes_of_few_are_read_back_as_hidden_and_of_many_never() -> None:
    """An analysis of a county with a municipality of 320 once ended in an error: its youths were told."""
    member = dict.fromkeys(SavedMember.model_fields)
    member |= {"code": "01", "name": "Ett", "n_main": 0, "n_places": 0, "untold": {"joint_minutes": "hidden"}}
    known = {"municipalities": {"01"}}
    told = SavedMember.model_validate({**member, "youths": 320}, context=known)
    assert np.isnan(told.sure("joint_minutes"))
    with pytest.raises(ValidationError, match="youths enough"):
        SavedMember.model_validate({**member, "youths": 400}, context=known)


TOO_FEW = "x.yaml, line 7: choice.largest_minutes.near: 50 minutes are too few (Mora: 74 minutes"


@pytest.mark.parametrize(
    ("reason", "found"),
    [
        (f"{TOO_FEW}, about 50 youths); allow 74", ["50 youths"]),
        ("raise choice.link_minutes to 74; lower choice.a.main to 50", ["lower choice.a.main to 50"]),
        ("this would do: raise choice.most_mean_minutes to 31", ["raise choice.most_mean_minutes to 31"]),
        ("12.3 minutes on the mean", ["12.3"]),
        (f"{TOO_FEW}; Orsa: 61 minutes); allow 74", []),
    ],
)
def test_a_number_of_people_in_a_reason_is_found(toy_folder: Path, reason: str, found: list[str]) -> None:
    choice = {"n_main": 1, "n_satellites": 1, "largest_minutes": {"near": 50}}
    asked = load(toy.write_scenario(toy_folder, choice=choice))
    assert list(numbers_of_people(reason, asked)) == found


def test_why_variants_of_a_sweep_have_no_plan_tells_no_number_of_people(toy_folder: Path) -> None:
    """A way too long, and too few visits, alone and with a mean that no plan has; each told how many."""
    hosts = {"main": ["health_centre"], "satellite": ["hospital"]}
    path = toy.write_scenario(toy_folder, choice={"n_main": 1, "n_satellites": 1}, sites={"hosts": hosts})
    asked = {
        "choice.largest_minutes.near": [20, 100],
        "choice.least_visits_per_year.satellite": [617],
        "choice.most_mean_minutes": [17, 100],
    }
    rows = sweep(path, vary=asked, cache=NO_CACHE).rows
    assert [row.answer for row in rows] == [None] * 4
    assert any("Väst: 40 minutes" in row.reason for row in rows)
    assert any("lower choice.least_visits_per_year.satellite far enough" in row.reason for row in rows)
    told = [list(numbers_of_people(row.reason, with_values(load(path), row.variant.values))) for row in rows]
    assert told == [[]] * 4


def test_no_count_is_recovered_where_factors_make_one_municipality_the_county(tmp_path: Path) -> None:
    youths = small_counts.draw(0)
    small_counts.write_dataset(tmp_path / "data", youths)
    factors = {name: 1.0 if name == "Hundra" else 0.001 for name in small_counts.TOTALS}
    demand = {**toy.demand_section(alpha=0.5), "municipality_factors": factors}
    outcome = run(small_counts.write_free_scenario(tmp_path, demand=demand), cache=NO_CACHE)
    write(outcome, tmp_path / "out")
    equations = read([Spoils((outcome,), tmp_path / "out")])
    assert false_rows(equations, outcome.region.demand.youths) == []
    everywhere = np.ones(len(youths), dtype=bool)
    found = attack(equations, outcome.region.demand.youths, [everywhere], whole=True, most_groups=20)
    assert found.recovered == []


def test_where_factors_weigh_few_the_county_is_told_as_these_few(toy_folder: Path) -> None:
    factors = {**toy.demand_section(alpha=0.5), "municipality_factors": {"Väst": 0}}
    county = run(toy.write_scenario(toy_folder, demand=factors), cache=NO_CACHE).evaluation
    east = max(county.by_municipality.values(), key=lambda area: area.overall.visits_per_year)
    assert county.county.youths_in_effect == pytest.approx(east.youths)
    assert county.county.youths > east.youths

    few = replace(county.county, youths=22_846.0, youths_in_effect=515.0, persons_in_need=2_230.0)
    told = county_record(few, Gate(5))
    assert told["overall"]["mean_minutes"] == round(told["overall"]["mean_minutes"])
    assert (told["youths"], told["persons_in_need"]) == (22_800, Gate(5).derived(2_230.0, 515.0))
