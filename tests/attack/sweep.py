"""sweep.json (sweep.csv holds the same): the county by the plan of each variant, or why there is none."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from siting.scenario import Scenario
from siting.scenario_file import with_values

from .access import read_areas
from .comparison import read_measures, require_coarse_gaps
from .equations import Equations
from .plans import with_places
from .spoils import Spoils, travel_of

NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?")
OF_PLACES_ALONE = re.compile(
    r"raise the maximum of choice\.n_\w+ to \d+|raise choice\.(?:link_minutes|most_full_time_posts"
    r"|most_sek_per_year|(?:municipality_limits \([^)]*\) )?largest_minutes\.\w+) to \d+"
    r"|: \d+ minutes(?=[;,)])|; allow \d+|, line \d+|no end in \d+ s|: \d+ municipalities need a place"
)
"""How many places, how long a way, which money or staff would do; where a key stands; how long was sought."""
OF_PEOPLE = re.compile(r"(?:raise|lower) [^;]* to [\d.]+|[\d.]+ (?:youths|young|persons|visits)")


def numbers_of_people(reason: str, asked: Scenario) -> Iterator[str]:
    """Give each number of a reason that is neither the scenario's own nor one of places alone.

    It may hang on who lives where: no inequality is written of it, for no reason may hold it.
    """
    known = {float(each) for each in NUMBER.findall(json.dumps(asked.resolved, ensure_ascii=False))}
    rest = OF_PLACES_ALONE.sub("", reason)
    yield from OF_PEOPLE.findall(rest)
    yield from (each for each in NUMBER.findall(OF_PEOPLE.sub("", rest)) if float(each) not in known)


def read_sweep(spoil: Spoils, equations: Equations) -> None:
    """Read each variant by its own scenario; who counts is varied of public numbers alone."""
    if not spoil.has("sweep.json"):
        return
    outcome, record = spoil.outcomes[0], spoil.record("sweep.json")
    if any(key.startswith(("demand", "leaving")) for key in record["keys"]):
        message = "a sweep over who counts is refused where it would tell anything: docs/threat-model.md"
        raise AssertionError(message)
    for row in record["rows"]:
        if row["answer"] is None:
            asked = with_values(outcome.scenario, row["values"])
            if told := list(numbers_of_people(row["reason"], asked)):
                message = f"variant {row['variant']} tells {', '.join(told)} in its reason: {row['reason']}"
                raise AssertionError(message)
            continue
        answer, name = row["answer"], f"variant {row['variant']}"
        places = [
            {**site, "role": role} for role in ("main", "satellite", "stop") for site in answer["sites"][role]
        ]
        variant = with_places(outcome, places, with_values(outcome.scenario, row["values"]))
        travel = travel_of(variant, equations)
        read_areas(equations, variant, travel, {"county": answer["county"]}, name, own=True)
        read_measures(equations, variant, travel, answer["measures"], name)
        require_coarse_gaps(variant, answer["objectives"], name)
        for mode, county in answer["by_mode"].items():
            by_mode = travel_of(variant, equations, mode)
            read_areas(equations, variant, by_mode, {"county": county}, f"{name} by {mode}", own=False)
