"""An analysis of the toy, put together without any of the rooms that would work it out.

The plan is B as main and A as satellite: 22.4 minutes. C or D instead of A are just as good (each corner
saves the same), so three plans are within 1 %; nothing beats B as main. Spreads, shares and money are made
up, and each is another number so that a test can find it.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import toy

from siting import study
from siting.analysis.accessibility import Accessibility, AreaAccessibility
from siting.analysis.analyse import Analysis
from siting.analysis.departures import Departure
from siting.analysis.equity import Equity, GroupEquity
from siting.analysis.findings import histogram, quantiles
from siting.analysis.municipalities import Membership, Municipalities
from siting.analysis.near_best import Certainty, NearBest, Place, Worth
from siting.analysis.nobody_worse import NobodyWorse
from siting.analysis.stages import Order, Stage, Stages
from siting.analysis.subject import count
from siting.analysis.trade_offs import CurvePoint, Front, Point, PriceOfFairness, TradeOffs
from siting.analysis.uncertainty import Assumption, ComparedPlan, Frequency, Quantiles, Swing, Uncertainty
from siting.plan import ObjectiveValue, Plan, Status
from siting.scenario_analysis import StageSection
from siting.scenario_base import Text
from siting.scenario_choice import CountRange
from siting.sites import Role
from siting.study import Outcome

BEST = 22.4
MEAN = ObjectiveValue("mean_minutes", "minutes", BEST, BEST, 0.0, Status.OPTIMAL)
PLACES = (
    Place("B", Role.MAIN, 5.0),
    Place("A", Role.SATELLITE, 5.0),
    Place("C", Role.SATELLITE, 5.0),
    Place("D", Role.SATELLITE, 5.0),
)


def analysis(folder: Path, **sections: object) -> Analysis:
    """All six parts; the folder holds the toy's dataset, sections replace those of the toy's scenario."""
    return of(outcome(folder, **sections))


def outcome(folder: Path, **sections: object) -> Outcome:
    """B as main and A as satellite."""
    choice = {"n_main": 1, "n_satellites": 1, "required": {"main": ["B"], "satellite": ["A"]}}
    return study.run(toy.write_scenario(folder, **{"choice": choice, **sections}))


def of(outcome: Outcome) -> Analysis:
    """The parts of an outcome on the toy's places, however these are named."""
    return Analysis(
        outcome,
        near_best=near_best(),
        trade_offs=trade_offs(outcome),
        uncertainty=uncertainty(),
        municipalities=municipalities(outcome),
        stages=stages(outcome),
        accessibility=accessibility(),
    )


def plan(main: str, satellite: str = "") -> Plan:
    """Open sites by the letters of their names."""
    return Plan(tuple(main), tuple(satellite), Status.OPTIMAL, (MEAN,), 0.1)


def near_best() -> NearBest:
    def worth(what: tuple[Any, str], certainty: Certainty, *prices: float | None) -> Worth:
        """Best with it, then without it; that of B is not proven."""
        share = {Certainty.ALWAYS: 1.0, Certainty.NEVER: 0.0}.get(certainty, 1 / 3)
        return Worth(*what, certainty, share, prices[0] == BEST, *prices, True, what[1] != "B")

    return NearBest(
        within=0.01,
        objective=MEAN,
        limit=22.624,
        is_complete=True,
        complete_to=22.624,
        places=PLACES,
        plans=np.array([[0, 1], [0, 2], [0, 3]], dtype=np.int16),
        values=np.array([22.4, 22.4, 22.43]),
        n_plans=3,
        n_by_municipality=2,
        worths=(
            worth(("site", "A"), Certainty.SOMETIMES, BEST, 22.4),
            worth(("site", "B"), Certainty.ALWAYS, BEST, 25.6),
            worth(("site", "C"), Certainty.SOMETIMES, 22.4004, BEST),
            worth(("main_site", "B"), Certainty.ALWAYS, BEST, 28.8123),
            worth(("municipality", "01"), Certainty.SOMETIMES, BEST, 22.43),
            worth(("municipality", "02"), Certainty.ALWAYS, BEST, None),
        ),
        seconds=0.5,
    )


def trade_offs(outcome: Outcome) -> TradeOffs:
    def point(main: str, satellite: str = "", *, is_proven: bool = True) -> Point:
        chosen = plan(main, satellite)
        measures = count(outcome, chosen).measures
        mean = replace(MEAN, value=measures.mean_minutes)
        return Point(replace(chosen, objectives=(mean,)), measures, is_proven, None if is_proven else 20.0)

    return TradeOffs(
        fronts=(
            Front(
                ("cost", "mean_minutes"),
                "mean_minutes",
                (point("B"), point("B", "A"), point("B", "ACD")),
                is_whole=True,
            ),
            Front(
                ("mean_minutes", "within_standard"),
                "mean_minutes",
                (point("B", "A"), point("BD", is_proven=False)),
                is_whole=False,
            ),
        ),
        curve=(
            CurvePoint(0, point("B")),
            CurvePoint(1, point("B", "A")),
            CurvePoint(2, point("B", "AC")),
            CurvePoint(3, None, "no plan has 3 satellites"),
        ),
        fairness=(PriceOfFairness("worst_share_minutes", 22.4, 24.64, 40.0, 36.0, 0.1, is_proven=False),),
        seconds=1.5,
    )


def uncertainty() -> Uncertainty:
    chosen = ComparedPlan("chosen", PLACES[:2], 61, 0.12, 0.53, 1.27, Quantiles(20.1, 22.6, 25.3), 0)
    other = ComparedPlan(
        "drawn_1", (PLACES[0], PLACES[2]), 24, 0.31, 0.94, 1.86, Quantiles(20.2, 22.7, 25.9), 2
    )
    speed = Assumption("travel.speed_factor", "normal(1,0.05)", 1.0, 0.918, 1.082)
    need = Assumption("demand.risk_groups.all.prevalence", "beta(50,50)", 0.5, 0.41828, 0.582)
    cells = Assumption("cells", "lognormal(1,0.5)", None, None, None)
    values = np.linspace(20.0, 26.0, 100)
    values[7] = np.nan
    found = values[np.isfinite(values)]
    return Uncertainty(
        n_draws=100,
        n_without_plan=1,
        seed=7,
        objective_name="mean_minutes",
        unit="minutes",
        mode="",
        assumptions=(speed, need, cells),
        best_values=values,
        best=quantiles(found),
        best_counts=histogram(found, "minutes"),
        n_unproven=3,
        frequencies=(Frequency("B", 99, 95), Frequency("A", 67, 0), Frequency("C", 30, 4)),
        plans=(chosen, other),
        n_different_plans=5,
        min_max_regret=replace(other, name="min_max_regret", regret_largest=1.13),
        min_max_is_proven=False,
        min_max_bound=0.87,
        visits_per_year=Quantiles(1803.0, 2511.0, 3390.0),
        persons_in_need=Quantiles(1100.0, 1252.0, 1430.0),
        within_standard=Quantiles(0.61, 0.68, 0.74),
        swings=(
            Swing(cells, None, None, 0.2, 0.3, None, None, None),
            Swing(speed, 20.6, 24.2, 0.0, 0.1, None, 1.3172, (0.5, 2.0)),
            Swing(need, 22.4, 22.4, 0.0, 0.0, None, None, (0.1, 0.9)),
        ),
        seconds=2.5,
    )


def municipalities(outcome: Outcome) -> Municipalities:
    west = Membership(
        code="01",
        name="Väst",
        youths=1000.0,
        visits_per_year=1000.0,
        n_main=0,
        n_places=1,
        joint_minutes=23.2,
        joint_minutes_as_today=21.7,
        today_minutes=34.8,
        alone_minutes=41.3,
        alone_sek_per_year=4_123_456.0,
        share_by_population=0.4,
        share_by_use=0.37,
        share_by_shapley=0.352,
        shapley_standard_error=0.012,
    )
    east = replace(
        west,
        code="02",
        name="Öst",
        youths=1500.0,
        visits_per_year=1500.0,
        n_main=1,
        joint_minutes=21.9,
        joint_minutes_as_today=20.4,
        today_minutes=14.2,
        alone_minutes=None,
        alone_sek_per_year=None,
        share_by_population=0.6,
        share_by_use=0.63,
        share_by_shapley=0.648,
    )
    group = GroupEquity("", 2500.0, 2500.0, 22.4, 41.7, 0.2837)
    return Municipalities(
        members=(west, east),
        sek_per_year=outcome.evaluation.resources.sek_per_year,
        least_sek_per_year=4_876_543.0,
        shapley_is_exact=False,
        shapley_reason="",
        n_coalitions=3,
        departures=(
            Departure(("01",), plan("B"), "", 21.9, 20.46, 1842.0, 2391.0, ("A",), is_proven=True),
            Departure(("02",), None, "no main reception", 23.2, None, 1842.0, None, (), is_proven=True),
        ),
        nobody_worse=NobodyWorse(
            ("02",),
            False,
            plan("B", "D"),
            "",
            23.1,
            BEST,
            True,
            least_cost_plan=plan("B", "ACD"),
            least_sek_per_year=7_781_234.0,
        ),
        largest_gap_minutes=1.34,
        largest_gap_between=("01", "02"),
        equity=Equity(
            overall=group,
            by_municipality=(
                replace(group, key="01", youths=1000.0, worst_tenth_minutes=38.4, gini=0.2513),
                replace(group, key="02", youths=1500.0, worst_tenth_minutes=42.6, gini=0.3014),
            ),
            by_gender=(replace(group, key="girls", mean_minutes=22.37),),
            by_risk_group=(replace(group, key=next(iter(outcome.scenario.demand.risk_groups))),),
            theil=0.123,
            share_between_municipalities=0.0423,
            worst_visits_share_by_municipality=(("01", 0.3), ("02", 0.7)),
        ),
        seconds=3.5,
    )


def stages(outcome: Outcome) -> Stages:
    def stage(title: str, chosen: Plan, opened: str, value: float) -> Stage:
        n = len(chosen.satellite)
        section = StageSection(
            title=Text(sv=f"{title} steget", en=f"{title} step"),
            n_main=CountRange(minimum=1, maximum=1),
            n_satellites=CountRange(minimum=n, maximum=n),
        )
        cost = count(outcome, chosen).measures.cost
        return Stage(section, chosen, cost, tuple(opened), (), value, value, 0.0, True)

    first = stage("1:a", plan("B"), "B", 24.0)
    last = stage("2:a", plan("B", "A"), "A", 22.4)
    together = Order("together", (first, last), 23.2, 23.2, is_proven=True)
    return Stages(
        objective_name="mean_minutes",
        unit="minutes",
        mode="",
        orders=(together, replace(together, name="forward", bound=None, is_proven=False)),
        no_regret_first=("B",),
        least_largest_loss=0.0,
        least_largest_loss_is_proven=True,
        least_largest_loss_first=("B",),
        least_largest_loss_plans=(plan("B"), plan("B", "A")),
        seconds=4.5,
    )


def accessibility() -> Accessibility:
    return Accessibility(
        by_cell=np.full(25, 1.9317),
        overall=AreaAccessibility("", 2500.0, 1.936, 1.004, 0.08),
        by_municipality=(
            AreaAccessibility("01", 1000.0, 1.512, 0.913, 0.2),
            AreaAccessibility("02", 1500.0, 2.218, 1.066, 0.0),
        ),
        load_by_site={"B": 2.7182818, "A": 1.1415926},
        gini=0.3344,
    )
