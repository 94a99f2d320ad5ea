"""An outcome with a satellite, two stops and a team on the toy, put together without the solver.

B is the main reception and the team's base, A a satellite open two days a week. The team drives B - C - D - B
B is the main reception and the base of the team, A a satellite open two days a week. The team drives B-C-D-B
Digital contact counts as 35 minutes, so the corner at E, 40 minutes from B, goes digital for its near visits.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import toy

from siting import study
from siting.comparison import compare
from siting.dataset import load_dataset
from siting.evaluate import evaluate
from siting.plan import Plan, Status
from siting.scenario import Scenario
from siting.scenario_file import load
from siting.study import Alternatives, Outcome
from siting.teams import rota
from siting.tours import possible_tours

KINDS = ["youth_clinic", "health_centre", "hospital"]
SECTIONS: dict[str, Any] = {
    "access": {"waiting_minutes_per_day": 5, "digital_minutes": {"near": 35, "main": 180}},
    "roles": {"satellite": {"days_per_week": [1, 2, 3, 4, 5]}},
    "sites": {"hosts": {"main": KINDS, "satellite": KINDS, "stop": KINDS}},
    "choice": {
        "n_main": 1,
        "n_satellites": {"minimum": 0, "maximum": 2},
        "n_stops": {"minimum": 0, "maximum": 2},
        "n_teams": {"minimum": 0, "maximum": 1},
    },
}


def scenario(folder: Path, name: str = "teams", **sections: Any) -> Scenario:
    return load(toy.write_scenario(folder, name, **{**SECTIONS, **sections}))


def with_teams(folder: Path, **sections: Any) -> Outcome:
    """The outcome described above; the folder holds the toy's dataset."""
    asked = scenario(folder, **sections)
    region = study.measure(asked, load_dataset(folder / "data"))
    ids = region.sites.site_ids
    tours = possible_tours(
        region.between_sites_minutes,
        region.site_kilometres,
        bases=np.array([ids.index("B")]),
        stops=np.array([ids.index("C"), ids.index("D")]),
        stop=asked.roles.stop,
        team=asked.roles.team,
    )
    both = int(np.flatnonzero(tours.n_stops == 2)[0])
    only_c = int(np.flatnonzero((tours.stops[:, 0] == ids.index("C")) & (tours.n_stops == 1))[0])
    teams = {"B": 1}
    runs = rota(
        ([both], [only_c]),
        tours,
        minutes=region.between_sites_minutes,
        site_ids=ids,
        teams=teams,
        roles=asked.roles,
    )
    plan = Plan(
        main=("B",),
        satellite=("A",),
        stop=("C", "D"),
        days_per_week={"B": 5.0, "A": 2.0, "C": 1.0, "D": 0.5},
        teams=teams,
        rota=runs,
        status=Status.GIVEN,
        objectives=(),
        solve_seconds=0.0,
    )
    return _outcome(asked, region, plan, folder)


def with_satellites(folder: Path, **days: float) -> Outcome:
    """B as main, and satellites with their days a week; no team."""
    asked = scenario(folder, "satellites")
    region = study.measure(asked, load_dataset(folder / "data"))
    plan = Plan(("B",), tuple(days), Status.GIVEN, (), 0.0, days_per_week={"B": 5.0, **days})
    return _outcome(asked, region, plan, folder)


def _outcome(asked: Scenario, region: Any, plan: Plan, folder: Path) -> Outcome:
    evaluation = evaluate(
        plan, region, asked.evaluation, standard_minutes=30.0, worst_share=asked.choice.worst_share
    )
    return Outcome(asked, load_dataset(folder / "data"), region, plan, evaluation)


def side_by_side(*outcomes: Outcome) -> Alternatives:
    """Compare outcomes with the first."""
    comparison = compare(
        {each.scenario.name: each.evaluation for each in outcomes},
        outcomes[0].region.demand,
        base=outcomes[0].scenario.name,
        noticeable_minutes=5.0,
        standard_minutes=30.0,
    )
    return Alternatives(outcomes, comparison)
