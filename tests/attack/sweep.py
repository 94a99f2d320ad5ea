"""sweep.json (sweep.csv holds the same): the county by the plan of each variant."""

from __future__ import annotations

from siting.scenario_file import with_values

from .access import read_areas
from .comparison import read_measures
from .equations import Equations
from .plans import with_places
from .spoils import Spoils, travel_of


def read_sweep(spoil: Spoils, equations: Equations) -> None:
    """Read each variant by its own scenario; one that counts other young people is not attacked."""
    if not spoil.has("sweep.json"):
        return
    outcome, record = spoil.outcomes[0], spoil.record("sweep.json")
    if any(key.startswith(("demand", "leaving")) for key in record["keys"]):
        message = "a sweep over who is counted is not attacked: docs/threat-model.md, Many runs"
        raise AssertionError(message)
    for row in record["rows"]:
        if row["answer"] is None:
            continue
        answer, name = row["answer"], f"variant {row['variant']}"
        places = [
            {**site, "role": role} for role in ("main", "satellite", "stop") for site in answer["sites"][role]
        ]
        variant = with_places(outcome, places, with_values(outcome.scenario, row["values"]))
        travel = travel_of(variant, equations)
        read_areas(equations, variant, travel, {"county": answer["county"]}, name, own=True)
        read_measures(equations, variant, travel, answer["measures"], name)
        for mode, county in answer["by_mode"].items():
            by_mode = travel_of(variant, equations, mode)
            read_areas(equations, variant, by_mode, {"county": county}, f"{name} by {mode}", own=False)
