"""What happens to the others when a municipality leaves, or two: the best plan of those who stay.

The scenario's own rules hold, with its own numbers. What they say by name of those who leave, or of their
premises, is left out, and `Departure.reason` says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np

from ..errors import InfeasibleError, InputError, SolveError
from ..optimise import planning
from ..scenario_choice import SitesByRole
from ..sites import ROLES
from .subject import choose, count, is_proven, region_without, with_choice

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from ..evaluate import Evaluation
    from ..plan import Plan
    from ..region import Region
    from ..scenario import ChoiceSection
    from ..study import Outcome
    from ..workers import Workers

NAMING_KEYS: Final = (
    "existing",
    "required",
    "given",
    "at_least_one_of",
    "place_in",
    "municipality_limits",
    "mode_limits",
)


@dataclass(frozen=True, eq=False)
class Departure:
    """What happens to the others when one municipality leaves, or two."""

    codes: tuple[str, ...]
    plan: Plan | None
    """Best plan of those who stay; None = there is none."""
    reason: str
    """Why there is none; or what rules no longer speak of."""
    minutes_of_rest_before: float | None
    """Mean generalised minutes of those who stay, in the joint plan; None = none of them is served. Of a
    saved analysis only the change is known: there it is 0."""
    minutes_of_rest_after: float | None
    sek_per_head_before: float
    """Yearly cost for each youth, of all in the joint plan."""
    sek_per_head_after: float | None
    """... of those who stay, when they have left."""
    places_moved: tuple[str, ...]
    """Sites of the joint plan, outside the leaving municipalities, that are closed in the new one."""
    is_proven: bool


def departures(
    outcome: Outcome,
    most_leaving: int,
    *,
    workers: Workers,
    on_progress: Callable[[int, int], None],
) -> tuple[Departure, ...]:
    """Let each municipality leave, then any two, up to so many at once."""
    codes = tuple(outcome.region.municipality_names)
    leaving = [
        each for n in range(1, min(most_leaving, len(codes) - 1) + 1) for each in combinations(codes, n)
    ]
    return tuple(workers.map(departure, leaving, shared=outcome, on_progress=on_progress))


def departure(outcome: Outcome, codes: tuple[str, ...]) -> Departure:
    """Let municipalities leave, by code, and choose anew for those who stay."""
    names = tuple(outcome.region.municipality_names[code] for code in codes)
    before = outcome.evaluation
    stay = [code for code in outcome.region.municipality_names if code not in codes]
    plan: Plan | None = None
    after: Evaluation | None = None
    try:
        region = region_without(outcome, names)
        choice, reason = choice_without(outcome, codes)
        plan = _plan(outcome, choice, region)
        after = count(outcome, plan, region)
    except (InputError, SolveError) as error:
        plan, reason = None, str(error)
    gone = gone_sites(outcome.region, codes)
    opened = set() if plan is None else set(plan.open_sites)
    return Departure(
        codes=codes,
        plan=plan,
        reason=reason,
        minutes_of_rest_before=mean_over(before, stay),
        minutes_of_rest_after=None if after is None else after.county.overall.mean_generalised_minutes,
        sek_per_head_before=before.resources.sek_per_year / before.county.youths,
        sek_per_head_after=None if after is None else after.resources.sek_per_year / after.county.youths,
        places_moved=()
        if plan is None
        else tuple(each for each in outcome.plan.open_sites if each not in gone | opened),
        is_proven=plan is not None and is_proven(plan),
    )


def _plan(outcome: Outcome, choice: ChoiceSection, region: Region) -> Plan:
    if choice.given is None:
        return choose(outcome, choice, region)
    if not choice.given.all_sites:
        message = "choice.given: all its places lie in municipalities that leave"
        raise InfeasibleError(message)
    scenario = outcome.scenario
    return planning.evaluate_only(choice.given, region, hosts=scenario.sites.hosts, solver=scenario.solver)


def mean_over(evaluation: Evaluation, codes: Iterable[str]) -> float | None:
    """Mean generalised minutes of the served visits from some municipalities."""
    areas = [evaluation.by_municipality[code].overall for code in codes if code in evaluation.by_municipality]
    served = [
        (each.mean_generalised_minutes, each.visits_per_year * each.served_share)
        for each in areas
        if each.mean_generalised_minutes is not None
    ]
    if not served:
        return None
    minutes, visits = np.array(served).T
    return float(np.average(minutes, weights=visits))


def gone_sites(region: Region, codes: Iterable[str]) -> set[str]:
    """Give the candidate sites that lie in some municipalities."""
    codes = set(codes)
    pairs = zip(region.sites.site_ids, region.sites.municipality_codes, strict=True)
    return {site_id for site_id, code in pairs if code in codes}


def choice_without(outcome: Outcome, codes: Iterable[str]) -> tuple[ChoiceSection, str]:
    """Leave out of the rules what names those who leave, or their premises; and say what that was."""
    codes = tuple(codes)
    choice, gone = outcome.scenario.choice, gone_sites(outcome.region, codes)
    names = {outcome.region.municipality_names[code] for code in codes}
    lists = {
        key: tuple(tuple(site for site in each if site not in gone) for each in getattr(choice, key))
        for key in ("at_least_one_of", "at_most_one_of")
    }
    other = with_choice(
        outcome.scenario,
        existing=_named_without(choice.existing, gone),
        required=_named_without(choice.required, gone),
        given=None if choice.given is None else _named_without(choice.given, gone),
        place_in=tuple(each for each in choice.place_in if each not in names),
        municipality_limits=tuple(
            each for each in choice.municipality_limits if each.municipality not in names
        ),
        mode_limits=tuple(each for each in choice.mode_limits if each.municipality not in names),
        **{key: tuple(each for each in sites if each) for key, sites in lists.items()},
    )
    changed = [f"choice.{key}" for key in NAMING_KEYS if getattr(other, key) != getattr(choice, key)]
    return other, f"without what names them in {', '.join(changed)}" if changed else ""


def _named_without(named: SitesByRole, gone: set[str]) -> SitesByRole:
    kept = {role.value: tuple(site for site in getattr(named, role) if site not in gone) for role in ROLES}
    days = {site: days for site, days in named.days_per_week.items() if site not in gone}
    return SitesByRole(main=kept["main"], satellite=kept["satellite"], stop=kept["stop"], days_per_week=days)
