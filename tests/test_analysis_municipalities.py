"""What is in it for each municipality: by hand on the toy, and against every plan of small counties."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from math import factorial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import toy
from pydantic import ValidationError

from siting import study
from siting.analysis.coalitions import CostGame, cost_game, costs, least_sek
from siting.analysis.departures import Departure
from siting.analysis.municipalities import Municipalities, municipalities
from siting.analysis.shapley import Shapley, exact_shapley, on_the_way, orders, sampled_shapley
from siting.dataset import load_dataset
from siting.errors import InputError
from siting.evaluate import evaluate
from siting.plan import Plan, Status
from siting.region import Region
from siting.scenario import AccessSection, ByService, RolesSection, SatelliteRole
from siting.scenario_analysis import MunicipalitiesSection
from siting.scenario_choice import SitesByRole
from siting.scenario_file import load
from siting.sites import ROLES
from siting.study import Outcome
from siting.workers import InThisProcess

MAIN_SEK = 3_768_000.0
SATELLITE_SEK = 1_338_000.0  # five days a week
THREE = {"01": "Väst", "02": "Mitt", "03": "Öst"}
KINDS = ["youth_clinic", "health_centre", "hospital"]


# --- the toy, with two municipalities or three ---


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The toy's dataset: Väst (columns 0-1; A and C) and Öst (B and D)."""
    toy.write_dataset(tmp_path / "data")
    return tmp_path


@pytest.fixture
def three(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The toy with three: Väst (columns 0-1; A and C), Mitt (column 2; B), Öst (columns 3-4; D)."""

    def table() -> tuple[dict[str, Any], list[list[Any]]]:
        columns = {"code": toy._text(key=True), "name": toy._text(key=True)}
        return columns, [list(each) for each in THREE.items()]

    monkeypatch.setattr(toy, "_municipalities", table)
    monkeypatch.setattr(toy, "_municipality", lambda column: ("01", "01", "02", "03", "03")[column])
    toy.write_dataset(tmp_path / "data")
    return tmp_path


def asked(folder: Path, *, choice: dict[str, Any], name: str = "shared", **sections: Any) -> Outcome:
    scenario = load(toy.write_scenario(folder, name, choice=choice, **sections))
    return study.run(scenario, dataset=load_dataset(folder / "data"))


def examined(outcome: Outcome, **section: Any) -> Municipalities:
    scenario = outcome.scenario
    analysis = scenario.analysis.model_copy(update={"municipalities": MunicipalitiesSection(**section)})
    return municipalities(replace(outcome, scenario=scenario.model_copy(update={"analysis": analysis})))


def test_memberships_on_the_toy(folder: Path) -> None:
    """Main at B, satellite at A (first of the equal corners), half of the visits need a main.

    Väst: main visits 27 minutes from B. Near ones: column 0 lies 0, 10, 20, 30, 40 minutes from A and
    40, 30, 20, 30, 40 from B; column 1 10, 20, 30, 40, 50 and 30, 20, 10, 20, 30. The better are
    0, 10, 20, 30, 40 and 10, 20, 10, 20, 30, mean 19. In Öst A is nowhere nearer than B: 22 for both.
    """
    found = examined(asked(folder, choice={"n_main": 1, "n_satellites": 1}), most_leaving=0)
    west, east = found.members
    assert (west.name, west.n_main, west.n_places) == ("Väst", 0, 1)
    assert (east.name, east.n_main, east.n_places) == ("Öst", 1, 1)
    assert west.joint_minutes == pytest.approx((27 + 19) / 2)
    assert east.joint_minutes == pytest.approx(22)
    assert found.sek_per_year == pytest.approx(MAIN_SEK + SATELLITE_SEK)
    assert [each.share_by_population for each in found.members] == pytest.approx([0.4, 0.6])
    # A has near visits of ten cells, seven of them in Väst (of equals it comes first); B has the rest.
    west_sek = SATELLITE_SEK * 350 / 500 + MAIN_SEK * (500 + 150) / 2000
    west_share = west_sek / (MAIN_SEK + SATELLITE_SEK)
    assert [each.share_by_use for each in found.members] == pytest.approx([west_share, 1 - west_share])
    assert found.largest_gap_between == ("01", "02")
    assert found.largest_gap_minutes == pytest.approx(1)
    assert found.departures == ()
    assert found.nobody_worse is None
    assert west.today_minutes is None
    assert west.joint_minutes_as_today is None


def test_costs_on_the_toy_are_shared_as_on_paper(folder: Path) -> None:
    """The joint plan is a main at B alone: Väst 27 minutes, Öst 22; all visits need a main.

    Alone, Öst pays for B. Väst has A and C: from A its cells lie 0, 10, 20, 30, 40 and 10, 20, 30, 40, 50
    minutes away, mean 25, better than 27. Each alone costs a main, and so do both: half each.
    """
    outcome = asked(folder, choice={"n_main": 1, "n_satellites": 0}, demand=toy.demand_section(alpha=1.0))
    found = examined(outcome, most_leaving=0)
    assert [each.alone_sek_per_year for each in found.members] == [MAIN_SEK, MAIN_SEK]
    assert found.least_sek_per_year == MAIN_SEK
    assert found.shapley_is_exact
    assert found.n_coalitions == 3
    assert [each.share_by_shapley for each in found.members] == pytest.approx([0.5, 0.5])
    assert [each.shapley_standard_error for each in found.members] == [0, 0]


def test_alone_minutes_are_those_that_its_share_pays_for(folder: Path) -> None:
    """Of two mains and two satellites Väst's two fifths pay for a main, Öst's rest for a satellite too.

    Väst has A and C, at opposite ends of its two columns: alike. Of two mains Väst's two fifths pay for none.
    """
    rich = asked(folder, choice={"n_main": 2, "n_satellites": 2}, name="rich")
    west, east = examined(rich, most_leaving=0).members
    assert MAIN_SEK < 0.4 * rich.evaluation.resources.sek_per_year < MAIN_SEK + SATELLITE_SEK
    assert west.alone_minutes == pytest.approx(np.mean([0, 10, 20, 30, 40, 10, 20, 30, 40, 50]))
    # D saves 40, 20 and 20 minutes at its corner and beside it, of near visits, half of all from 15 cells.
    assert east.alone_minutes == pytest.approx(22 - (40 + 20 + 20) / 15 / 2)
    poor = asked(folder, choice={"n_main": 2, "n_satellites": 0}, name="poor")
    west, east = examined(poor, most_leaving=0).members
    assert west.alone_minutes is None
    assert east.alone_minutes == pytest.approx(22)


def test_a_municipality_without_premises_has_no_cost_alone(folder: Path) -> None:
    outcome = asked(
        folder,
        choice={"n_main": 1, "n_satellites": 0},
        sites={"hosts": {"main": KINDS, "satellite": KINDS}, "forbidden": ["A", "C"]},
    )
    found = examined(outcome, most_leaving=1)
    west, east = found.members
    assert west.alone_sek_per_year is None
    assert west.alone_minutes is None
    assert east.alone_sek_per_year == MAIN_SEK
    assert west.share_by_shapley is None
    assert east.shapley_standard_error is None
    assert "Väst" in found.shapley_reason
    assert "Öst" not in found.shapley_reason
    assert found.least_sek_per_year == MAIN_SEK
    gone = next(each for each in found.departures if each.codes == ("02",))
    assert gone.plan is None
    assert gone.reason


def test_where_roles_may_stand_is_not_asked_of_a_coalition(folder: Path) -> None:
    """Mains may stand in Öst only; alone Väst may use its own premises."""
    outcome = asked(
        folder,
        choice={"n_main": 1, "n_satellites": 0},
        sites={"hosts": {"main": KINDS, "satellite": KINDS}, "municipalities": {"main": ["Öst"]}},
        demand=toy.demand_section(alpha=1.0),
    )
    west, _ = examined(outcome, most_leaving=0).members
    assert west.alone_sek_per_year == MAIN_SEK


# --- departures ---


def by_codes(found: Municipalities) -> dict[tuple[str, ...], Departure]:
    return {each.codes: each for each in found.departures}


@pytest.mark.parametrize("gone", [("01",), ("02",), ("03",), ("01", "02"), ("01", "03"), ("02", "03")])
def test_departures_are_the_scenario_without_those_who_leave(three: Path, gone: tuple[str, ...]) -> None:
    choice = {"n_main": 1, "n_satellites": {"minimum": 0, "maximum": 1}}
    outcome = asked(three, choice=choice)
    left = by_codes(examined(outcome, most_leaving=2))
    assert len(left) == 6
    again = asked(
        three, choice=choice, name="again", leaving_municipalities=sorted(THREE[code] for code in gone)
    )
    found, rest = left[gone], again.evaluation
    assert found.plan is not None
    assert found.plan.open_sites == again.plan.open_sites
    assert found.minutes_of_rest_after == pytest.approx(rest.county.overall.mean_generalised_minutes)
    assert found.sek_per_head_after == pytest.approx(rest.resources.sek_per_year / rest.county.youths)
    assert found.sek_per_head_before == pytest.approx(outcome.evaluation.resources.sek_per_year / 2500)
    stay = [code for code in THREE if code not in gone]
    cells = {"01": 10, "02": 5, "03": 10}
    minutes = [
        outcome.evaluation.by_municipality[code].overall.mean_generalised_minutes or 0.0 for code in stay
    ]
    before = np.average(minutes, weights=[cells[code] for code in stay])
    assert found.minutes_of_rest_before == pytest.approx(before)
    assert found.is_proven


def test_a_municipality_that_leaves_takes_its_premises(three: Path) -> None:
    """The joint plan is a main at B, in Mitt; without Mitt a corner is opened instead."""
    outcome = asked(three, choice={"n_main": 1, "n_satellites": 0})
    left = by_codes(examined(outcome, most_leaving=1))
    assert outcome.plan.main == ("B",)
    without = left["02",]
    assert without.plan is not None
    assert "B" not in without.plan.open_sites
    assert without.places_moved == ()  # B is gone with Mitt, not moved
    assert left["01",].plan is not None
    assert len(left) == 3


def test_places_of_others_that_are_closed_have_moved(three: Path) -> None:
    """Hardly anybody needs it in Mitt. B lies 27 steps from both Väst's cells and Öst's, D 25 from Öst's."""
    demand = {**toy.demand_section(alpha=0.5), "municipality_factors": {"Mitt": 0.01}}
    outcome = asked(three, choice={"n_main": 1, "n_satellites": 0}, demand=demand)
    assert outcome.plan.main == ("B",)
    without_west = by_codes(examined(outcome, most_leaving=1))["01",]
    assert without_west.plan is not None
    assert without_west.plan.main == ("D",)
    assert without_west.places_moved == ("B",)


def test_rules_that_name_who_leaves_are_left_out_and_told(three: Path) -> None:
    choice = {
        "n_main": 1,
        "n_satellites": {"minimum": 0, "maximum": 2},
        "required": {"satellite": ["A", "D"], "days_per_week": {"D": 5}},
        "place_in": ["Väst", "Öst"],
        "at_least_one_of": [["D"], ["A", "D"]],
        "at_most_one_of": [["B", "C"]],
        "municipality_limits": [{"municipality": "Öst", "mean_minutes": 60}],
        "mode_limits": [{"mode": "car", "municipality": "Öst", "mean_minutes": 60}],
    }
    left = by_codes(examined(asked(three, choice=choice), most_leaving=1))
    east = left["03",]
    assert east.plan is not None
    assert "A" in east.plan.satellite
    for key in ("required", "place_in", "at_least_one_of", "municipality_limits", "mode_limits"):
        assert f"choice.{key}" in east.reason
    assert left["02",].reason == ""


def test_a_given_plan_loses_the_places_of_who_leaves(three: Path) -> None:
    choice = {"n_main": 1, "n_satellites": 1, "given": {"main": ["B"], "satellite": ["A"]}}
    outcome = asked(three, choice=choice)
    left = by_codes(examined(outcome, most_leaving=2))
    assert left["01",].plan is not None
    assert left["01",].plan.open_sites == ("B",)
    assert not left["01",].is_proven
    assert left["01", "02"].plan is None
    assert "choice.given" in left["01", "02"].reason


def test_rules_that_cannot_be_kept_any_more_are_a_reason(three: Path) -> None:
    """Without Mitt and Öst three mains are asked for, but only A and C are left."""
    outcome = asked(three, choice={"n_main": 3, "n_satellites": 0})
    found = by_codes(examined(outcome, most_leaving=2))["02", "03"]
    assert found.plan is None
    assert "choice.n_main" in found.reason
    assert found.minutes_of_rest_after is None
    assert found.places_moved == ()
    assert not found.is_proven


# --- today ---


def test_today_is_compared_over_the_visits_that_it_has_places_for(folder: Path) -> None:
    """Today has satellites at B and A only: near visits lie as in the toy with A as satellite."""
    outcome = asked(folder, choice={"n_main": 1, "n_satellites": 0})
    found = examined(outcome, today=SitesByRole(satellite=("B", "A")), most_leaving=0)
    west, east = found.members
    assert west.joint_minutes == pytest.approx(27)
    assert west.joint_minutes_as_today == pytest.approx(27)
    assert west.today_minutes == pytest.approx(19)
    assert east.today_minutes == pytest.approx(22)
    rule = found.nobody_worse
    assert rule is not None
    assert rule.worse_now == ("01",)
    assert rule.plan is None  # there is no satellite to open
    assert rule.reason
    assert rule.joint_value == pytest.approx(24)


def test_nobody_worse_is_the_best_plan_under_the_rule(folder: Path) -> None:
    """Today has D and C; the joint plan opens A beside B, and Öst's corner at D is worse off."""
    choice = {"n_main": 1, "n_satellites": 1}
    outcome = asked(folder, choice=choice)
    today = SitesByRole(satellite=("B", "D"))
    assert outcome.plan.satellite == ("A",)
    found = examined(outcome, today=today, most_leaving=0).nobody_worse
    assert found is not None
    assert found.worse_now == ("02",)
    again = asked(
        folder,
        choice={**choice, "nobody_worse_than": {"plan": {"satellite": ["B", "D"]}, "by": "municipality"}},
        name="rule",
    )
    assert found.plan is not None
    assert found.plan.open_sites == again.plan.open_sites == ("B", "D")
    assert found.value == pytest.approx(again.evaluation.measures.mean_minutes)
    assert found.joint_value == pytest.approx(outcome.evaluation.measures.mean_minutes)
    assert found.is_proven
    # A serves Väst as the joint plan does, D Öst as today: both are needed, and a main at B.
    assert found.least_cost_plan is not None
    assert set(found.least_cost_plan.open_sites) >= {"B", "D"}
    assert found.least_sek_per_year == pytest.approx(MAIN_SEK + 2 * SATELLITE_SEK)


@pytest.mark.parametrize(("noticeable", "worse"), [(2, ("01",)), (2.5, ())])
def test_what_today_gives_may_be_out_of_reach(
    folder: Path, noticeable: float, worse: tuple[str, ...]
) -> None:
    """Väst's near visits go to A today (25 minutes), which may not be used; from B it is 27.

    The rule is broken whether or not two minutes are noticed.
    """
    outcome = asked(
        folder,
        evaluation={"noticeable_minutes": noticeable},
        choice={"n_main": 1, "n_satellites": {"minimum": 0, "maximum": 1}},
        sites={"hosts": {"main": KINDS, "satellite": KINDS}, "forbidden": ["A", "C"]},
    )
    found = examined(outcome, today=SitesByRole(satellite=("A",)), most_leaving=0).nobody_worse
    assert found is not None
    assert found.worse_now == worse
    assert not found.joint_obeys
    assert found.plan is None
    assert found.least_cost_plan is None
    assert found.least_sek_per_year is None


def test_a_joint_plan_that_nobody_loses_by_is_the_best_under_the_rule(folder: Path) -> None:
    outcome = asked(folder, choice={"n_main": 1, "n_satellites": 1})
    found = examined(outcome, today=SitesByRole(satellite=("D",)), most_leaving=0).nobody_worse
    assert found is not None
    assert found.worse_now == ()
    assert found.joint_obeys
    assert found.plan is outcome.plan
    assert found.value == found.joint_value


def test_today_names_sites_that_there_are_and_no_stops(folder: Path) -> None:
    outcome = asked(folder, choice={"n_main": 1, "n_satellites": 1})
    with pytest.raises(InputError, match=r"analysis\.municipalities\.today\.satellite"):
        examined(outcome, today=SitesByRole(satellite=("X",)))
    with pytest.raises(ValidationError, match="stops"):
        MunicipalitiesSection(today=SitesByRole(stop=("A",)))


# --- the cost game, against every plan of small counties ---


def county(folder: Path, seed: int) -> Outcome:
    """Four municipalities with two premises each but one; some without a way, some with digital contact."""
    rng = np.random.default_rng(seed)
    n_cells, codes_of_sites = 14, ("01", "01", "02", "02", "03", "03", "04")
    minutes = np.round(rng.uniform(0, 60, (n_cells, len(codes_of_sites))), 1)
    if seed % 3 == 0:
        minutes[rng.random(minutes.shape) < 0.15] = np.inf
    allowed = np.ones((len(codes_of_sites), len(ROLES)), dtype=bool)
    allowed[rng.integers(0, 6), 0] = False
    digital = ByService(near=45.0, main=70.0) if seed % 4 == 0 else ByService()
    region = toy.region(
        minutes,
        allowed=allowed,
        visits=rng.integers(0, 5, (n_cells, 2)).astype(float) + 0.5,
        alpha=(0.3, 0.7) if seed % 5 else (0.0, 0.0),
        roles=RolesSection(satellite=SatelliteRole(days_per_week=(1, 5))),
        access=AccessSection(waiting_minutes_per_day=float(seed % 2) * 3, digital_minutes=digital),
    )
    cells = tuple(f"0{1 + i % 4}" for i in range(n_cells))
    region = replace(
        region,
        demand=replace(region.demand, municipality_codes=cells),
        sites=replace(region.sites, municipality_codes=codes_of_sites),
        municipality_names={f"0{k}": f"M{k}" for k in range(1, 5)},
    )
    return with_plan(folder, region, random_plan(region, rng))


def random_plan(region: Region, rng: np.random.Generator) -> Plan:
    main = int(rng.choice(np.flatnonzero(region.sites.allowed[:, 0])))
    satellites = [j for j in rng.permutation(len(region.sites.site_ids)) if j != main][:2]
    days = {f"S{j}": float(rng.choice([1, 5])) for j in satellites}
    return Plan((f"S{main}",), tuple(sorted(days)), Status.GIVEN, (), 0.0, days_per_week=days)


def with_plan(folder: Path, region: Region, plan: Plan) -> Outcome:
    scenario = load(toy.write_scenario(folder, "game"))
    evaluation = evaluate(plan, region, scenario.evaluation, standard_minutes=30.0)
    return Outcome(scenario, load_dataset(folder / "data"), region, plan, evaluation)


@dataclass(frozen=True)
class Every:
    """Every plan of a coalition, one after the other, in plain steps."""

    outcome: Outcome
    known: dict[frozenset[str], float | None] = field(default_factory=dict)

    def offers(self, j: int) -> Iterator[tuple[str, float]]:
        """Role and days that a site may have; as the joint plan has it in any case."""
        region, plan = self.outcome.region, self.outcome.plan
        if region.sites.allowed[j, 0] or f"S{j}" in plan.main:
            yield "main", 5.0
        for days in (1.0, 5.0):
            yield "satellite", days

    def felt(self, i: int, service: str, opened: Iterable[tuple[int, str, float]]) -> float:
        access = self.outcome.region.access
        digital = getattr(access.digital_minutes, service)
        best = np.inf if digital is None else digital
        for j, role, days in opened:
            if service == "near" or role == "main":
                wait = access.waiting_minutes_per_day * (5 / days - 1) / 2
                best = min(best, round(self.outcome.region.times.minutes[i, j] + wait, 6))
        return float(best)

    def visits(self, i: int, service: str) -> float:
        demand = self.outcome.region.demand
        of_service = demand.main_visits_per_year if service == "main" else demand.near_visits_per_year
        return float(of_service[i])

    def joint(self) -> list[tuple[int, str, float]]:
        plan = self.outcome.plan
        return [(int(site[1:]), str(plan.role_of(site)), plan.days_of(site)) for site in plan.open_sites]

    def mean(self, counted: Sequence[tuple[int, str]], opened: Sequence[tuple[int, str, float]]) -> float:
        felt = [self.felt(i, service, opened) for i, service in counted]
        if not np.isfinite(felt).all():
            return np.inf
        return float(np.average(felt, weights=[self.visits(*each) for each in counted]))

    def cost(self, opened: Sequence[tuple[int, str, float]]) -> float:
        of = {("main", 5.0): MAIN_SEK, ("satellite", 5.0): SATELLITE_SEK, ("satellite", 1.0): 307_600.0}
        return sum(of[role, days] for _, role, days in opened)

    def least(self, coalition: frozenset[str]) -> float | None:
        """c(S), by trying everything."""
        region = self.outcome.region
        sites = [j for j, code in enumerate(region.sites.municipality_codes) if code in coalition]
        widest = [(j, "main", 5.0) if region.sites.allowed[j, 0] or f"S{j}" in self.outcome.plan.main
                  else (j, "satellite", 5.0) for j in sites]  # fmt: skip
        promises = []
        for code in sorted(coalition):
            rows = [
                (i, service)
                for i, of_cell in enumerate(region.demand.municipality_codes)
                for service in ("main", "near")
                if of_cell == code
                and self.visits(i, service)
                and np.isfinite(self.felt(i, service, self.joint()))
            ]
            counted = [row for row in rows if np.isfinite(self.felt(*row, widest))]
            if rows and not counted:
                return None
            if counted:
                promises.append((counted, max(self.mean(rows, self.joint()), self.mean(counted, widest))))
        best = np.inf
        for each in itertools.product(*([None, *self.offers(j)] for j in sites)):
            opened = [(j, *offer) for j, offer in zip(sites, each, strict=True) if offer is not None]
            if self.cost(opened) < best and all(
                self.mean(counted, opened) <= most + 1e-7 for counted, most in promises
            ):
                best = self.cost(opened)
        return best


def every_coalition(players: Sequence[str]) -> list[frozenset[str]]:
    return [
        frozenset(each)
        for size in range(1, len(players) + 1)
        for each in itertools.combinations(players, size)
    ]


@pytest.mark.parametrize("seed", range(1, 9))
def test_the_cost_of_a_coalition_is_the_least_of_all_its_plans(folder: Path, seed: int) -> None:
    outcome = county(folder, seed)
    game, brute, covers = cost_game(outcome), Every(outcome), {}
    for coalition in every_coalition(game.codes):
        if len(coalition) < 4:  # of all four there are too many plans
            assert least_sek(game, coalition, covers) == brute.least(coalition), sorted(coalition)


def test_all_together_cost_no_more_than_the_joint_plan(folder: Path) -> None:
    for seed in range(9, 20):
        outcome = county(folder, seed)
        least = least_sek(cost_game(outcome), frozenset(outcome.region.municipality_names), {})
        assert least is not None
        assert least <= outcome.evaluation.resources.sek_per_year


def test_exact_shapley_values_are_the_mean_over_all_orders(folder: Path) -> None:
    outcome = county(folder, 2)
    game = cost_game(outcome)
    known = costs(game, every_coalition(game.codes))
    cost = {coalition: value for coalition, value in known.items() if value is not None}
    assert len(cost) == 15
    mean = np.zeros(4)
    for order in itertools.permutations(game.codes):
        totals = [0.0, *(cost[each] for each in on_the_way(order))]
        for code, added in zip(order, np.diff(totals), strict=True):
            mean[game.codes.index(code)] += added / factorial(4)
    found = exact_shapley(game.codes, cost.__getitem__)
    assert found.values == pytest.approx(mean)
    assert found.values.sum() == pytest.approx(cost[frozenset(game.codes)])  # efficiency


def test_municipalities_that_are_alike_pay_alike(folder: Path) -> None:
    """Three mirror each other; each is 10 minutes from its own place, 30 from the others."""
    minutes = np.full((3, 3), 30.0)
    np.fill_diagonal(minutes, 10.0)
    region = toy.region(minutes, alpha=(0.5,))
    codes = ("01", "02", "03")
    region = replace(
        region,
        demand=replace(region.demand, municipality_codes=codes),
        sites=replace(region.sites, municipality_codes=codes),
        municipality_names=THREE,
    )
    game = cost_game(with_plan(folder, region, Plan(("S0",), ("S1", "S2"), Status.GIVEN, (), 0.0)))
    cost = costs(game, every_coalition(codes))
    # Alone each has a main. Two of them: one main, and a satellite for the other's near visits.
    assert cost[frozenset(["02"])] == MAIN_SEK
    assert cost[frozenset(["02", "03"])] == MAIN_SEK + SATELLITE_SEK
    found = exact_shapley(codes, {each: value or 0.0 for each, value in cost.items()}.__getitem__)
    assert cost[frozenset(codes)] == MAIN_SEK + 2 * SATELLITE_SEK
    assert found.values == pytest.approx(np.full(3, (MAIN_SEK + 2 * SATELLITE_SEK) / 3))


# --- Shapley values of known games ---

AIRCRAFT = {"A": 8.0, "B": 11.0, "C": 13.0, "D": 18.0}


def runway(coalition: frozenset[str]) -> float:
    """The airport game (Littlechild & Owen 1973): a runway as long as the largest aircraft needs."""
    return max(AIRCRAFT[player] for player in coalition)


def test_the_airport_game_has_its_published_values() -> None:
    """Each length is shared by those who need it: 8/4, + 3/3, + 2/2, + 5."""
    assert exact_shapley("ABCD", runway).values == pytest.approx([2, 3, 4, 9])


def test_a_player_who_always_adds_the_same_pays_that() -> None:
    def with_dummy(coalition: frozenset[str]) -> float:
        others = coalition - {"X"}
        return (runway(others) if others else 0.0) + (5.0 if "X" in coalition else 0.0)

    assert exact_shapley("ABCDX", with_dummy).values == pytest.approx([2, 3, 4, 9, 5])


def sampled(players: str, n_pairs: int, cost: Callable[[frozenset[str]], float], seed: int = 1) -> Shapley:
    return sampled_shapley(players, orders(players, n_pairs, seed=seed), cost)


def test_sampled_values_lie_within_their_error_of_the_exact_ones() -> None:
    exact = exact_shapley("ABCD", runway).values
    within = []
    for seed in range(40):
        found = sampled("ABCD", 50, runway, seed)
        assert found.values.sum() == pytest.approx(18)
        within += list(np.abs(found.values - exact) <= 2 * found.standard_errors + 1e-12)
    assert 0.9 < np.mean(within) <= 1  # of normal errors 95 % lie within two of them


def test_the_error_falls_with_the_root_of_the_number_of_orders() -> None:
    few, many = (sampled("ABCD", n, runway).standard_errors for n in (100, 1600))
    assert few / many == pytest.approx(np.full(4, 4.0), rel=0.25)


def test_orders_do_not_depend_on_how_many_there_are_or_on_the_other_players() -> None:
    few, more = orders("ABCD", 5, seed=7), orders("ABCD", 9, seed=7)
    assert few == more[:5]
    assert [tuple(each for each in first if each != "B") for first, _ in few] == [
        first for first, _ in orders("ACD", 5, seed=7)
    ]
    assert orders("ABCD", 5, seed=8) != few
    assert all(second == first[::-1] for first, second in few)
    assert {first for first, _ in orders("ABC", 100, seed=1)} == set(itertools.permutations("ABC"))


# --- who works it out ---


@dataclass(frozen=True)
class Backwards:
    """Workers who take the last item first."""

    def map(
        self,
        work: Callable[[Any, Any], Any],
        items: Sequence[Any],
        *,
        shared: Any,
        on_progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> list[Any]:
        return InThisProcess().map(work, list(reversed(items)), shared=shared, on_progress=on_progress)[::-1]


def test_the_same_whoever_works_it_out_and_in_which_order(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    game: CostGame = cost_game(county(folder, 3))
    asked_for = every_coalition(game.codes)
    at_once = costs(game, asked_for)
    monkeypatch.setattr("siting.analysis.coalitions.CHUNK", 2)
    assert costs(game, asked_for[::-1], workers=Backwards()) == at_once


def test_few_orders_are_sampled_where_there_are_too_many_coalitions(three: Path) -> None:
    outcome = asked(three, choice={"n_main": 1, "n_satellites": 1})
    exact = examined(outcome, most_leaving=0)
    found = examined(outcome, most_leaving=0, most_coalitions=6, orders=400)
    assert exact.shapley_is_exact
    assert not found.shapley_is_exact
    for one, other in zip(found.members, exact.members, strict=True):
        assert one.share_by_shapley is not None
        assert other.share_by_shapley is not None
        assert one.shapley_standard_error is not None
        error = max(one.shapley_standard_error, 1e-9)
        assert abs(one.share_by_shapley - other.share_by_shapley) <= 4 * error
    assert sum(each.share_by_shapley or 0.0 for each in found.members) == pytest.approx(1)


def test_progress_is_told_in_words(three: Path) -> None:
    told: list[str] = []
    outcome = asked(three, choice={"n_main": 1, "n_satellites": 0})
    municipalities(outcome, on_progress=told.append)
    assert any("departures: 6 of 6" in each for each in told)
    assert all(each.startswith("municipalities: ") for each in told)
