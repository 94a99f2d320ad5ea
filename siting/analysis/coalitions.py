r"""The cost game: what it costs at least that some municipalities give their own what the joint plan does.

A *coalition* S has the youths and the premises of its members, and no others. Its cost c(S) is the least
yearly cost of main receptions and satellites at these premises such that the mean generalised minutes of each
member, over all its visits, are no more than the larger of

- those in the joint plan,
- those with all premises of S open (as mains where they may be, else as satellites),

the second so that a coalition without the joint plan's place beyond its border can do its best. Premises
and days are those that the roles' hosts, room-days and forbidden sites leave, and the places of the joint
plan; their number is free. A role that the scenario does not use is not used. The scenario's other rules
(numbers, named sites, municipalities where a role may or must stand, limits, links, room, staff, money,
teams) speak of all together and are not asked of a part. Visits that the joint plan does not serve, or that
no premises of S reach, are left out of the means; where S reaches no visit of a member, it has no cost.

How it is solved: a broken limit can only be mended by opening more. So where openings break a member's
limit, what helps it least is opened too, as long as the limit stays broken; of all that is then still
closed at least one must be open. Such a *cover* speaks of one member, not of the coalition, and so serves
other coalitions too. The cheapest openings that meet the covers found so far (a small whole-number problem)
either keep all limits, and are the answer, or give new covers (an implicit hitting set).

References
----------
Moreno-Centeno, E. & Karp, R. M. (2013). The implicit hitting set approach to solve combinatorial optimization
problems with an application to multigenome alignment. Operations Research 61(2).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from .. import study
from ..errors import InfeasibleError, SolveError
from ..evaluate import trips_of
from ..offers import GENERALISED_DECIMALS
from ..scenario import Municipalities
from ..sites import ROLES, Role
from ..workers import InThisProcess

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from ..offers import Offer
    from ..plan import Plan
    from ..region import Region
    from ..scenario import ChoiceSection
    from ..study import Outcome
    from ..workers import Workers

Coalition = frozenset[str]
"""Codes of municipalities."""
CoverKey = tuple[str, float, bytes]
"""Of covers that hold alike: member, its limit, and which of its visits count."""
Covers = dict[CoverKey, list["NDArray[np.bool_]"]]

KEPT_WITHIN: Final = 1e-9  # relative: means are sums in different orders
SEK_PER_UNIT: Final = 1e3  # the solver stops within a millionth of a unit: far below one öre
ORE: Final = 2  # decimals of SEK
MILP_OPTIMAL: Final = 0
MILP_INFEASIBLE: Final = 2
SERVICES: Final = ("main", "near")
CHUNK: Final = 100  # coalitions in a row, which share what they learn


@dataclass(frozen=True, eq=False)
class Member:
    """The visits of one municipality, main and near ones, row by row; columns are the options of all."""

    visits: NDArray[np.float64]  # (n,) a year, > 0
    minutes: NDArray[np.float64]  # (n, q) generalised; inf = does not serve these visits
    digital_minutes: NDArray[np.float64]  # (n,) inf = not offered
    joint_minutes: float
    """Mean in the joint plan; what a coalition has to reach."""


@dataclass(frozen=True, eq=False)
class CostGame:
    """Members and what may be opened: options are premises with an offer."""

    codes: tuple[str, ...]
    """The players: all municipalities that take part."""
    members: Mapping[str, Member]
    """By code; those with visits that the joint plan serves."""
    options: tuple[tuple[int, Offer], ...]
    """Row of the premises among the candidate sites, and an offer; those of a site together, widest first."""
    option_site: NDArray[np.intp]  # (q,)
    option_code: NDArray[np.str_]  # (q,) municipality of the premises
    option_sek: NDArray[np.float64]  # (q,) a year
    is_widest: NDArray[np.bool_]  # (q,) the offer that helps most, one for each site

    def of(self, coalition: Coalition) -> NDArray[np.bool_]:
        """Mark the options of a coalition, (q,)."""
        return np.isin(self.option_code, sorted(coalition))


def anywhere(outcome: Outcome) -> Outcome:
    """Let roles stand in any municipality: where they may is a decision of all together."""
    scenario = outcome.scenario
    if scenario.sites.municipalities == Municipalities():
        return outcome
    sites = scenario.sites.model_copy(update={"municipalities": Municipalities()})
    free = scenario.model_copy(update={"sites": sites})
    region = study.measure(free, outcome.dataset, ways=study.ways_of(outcome.region))
    return replace(outcome, scenario=free, region=region)


def cost_game(outcome: Outcome) -> CostGame:
    """State the game of an outcome's plan, which is the joint one."""
    outcome = anywhere(outcome)
    region = outcome.region
    options = tuple((j, offer) for j in range(len(region.sites.site_ids)) for offer in _offers(outcome, j))
    rows = [visit_rows(region, outcome.plan, service, options) for service in SERVICES]
    cell, visits, minutes, digital = (np.concatenate(each) for each in zip(*rows, strict=True))
    codes = np.array(region.demand.municipality_codes)[cell]
    site = np.array([j for j, _ in options], dtype=np.intp)
    members = {}
    for code in region.municipality_names:
        mean = _joint_minutes(outcome, code)
        mine = codes == code
        if mean is not None and mine.any():
            members[code] = Member(visits[mine], minutes[mine], digital[mine], mean)
    return CostGame(
        codes=tuple(region.municipality_names),
        members=members,
        options=options,
        option_site=site,
        option_code=np.array(region.sites.municipality_codes)[site],
        option_sek=np.array([offer.cost_sek_per_year for _, offer in options]),
        is_widest=np.append(True, site[1:] != site[:-1])[: len(site)],
    )


def _joint_minutes(outcome: Outcome, code: str) -> float | None:
    area = outcome.evaluation.by_municipality.get(code)
    return None if area is None else area.overall.mean_generalised_minutes


def _offers(outcome: Outcome, site: int) -> list[Offer]:
    """Give what a site may be open as, the widest first; dearer offers that help no more are left out."""
    region, choice, plan = outcome.region, outcome.scenario.choice, outcome.plan
    site_id = region.sites.site_ids[site]
    found = []
    for role, days in (
        (Role.MAIN, (region.roles.main.days_per_week,)),
        (Role.SATELLITE, tuple(float(each) for each in region.roles.satellite.days_per_week)),
    ):
        may = region.sites.allowed[site, ROLES.index(role)] and is_used(choice, plan, role)
        fits = {each for each in days if may and each <= region.sites.room_days_per_week[site]}
        fits |= {plan.days_of(site_id)} if plan.role_of(site_id) is role else set()
        offers = [region.offer(role, each) for each in fits]
        cheapest = np.inf
        for offer in sorted(offers, key=lambda each: (each.waiting_minutes, each.cost_sek_per_year)):
            if offer.cost_sek_per_year < cheapest:
                cheapest = offer.cost_sek_per_year
                found.append(offer)
    return found


def is_used(choice: ChoiceSection, plan: Plan, role: Role) -> bool:
    """Whether the scenario has the role; where it takes a given plan, whether that has it."""
    count, opened = (choice.n_main, plan.main) if role is Role.MAIN else (choice.n_satellites, plan.satellite)
    return bool(opened) or (choice.given is None and count.maximum > 0)


def visit_rows(
    region: Region, plan: Plan, service: str, options: Sequence[tuple[int, Offer]]
) -> tuple[NDArray[np.intp], NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Give what a plan serves of a service: cells (n,), visits, minutes by option, and digitally."""
    trips, is_main = trips_of(plan, region, service), service == "main"
    visits = region.demand.main_visits_per_year if is_main else region.demand.near_visits_per_year
    is_served = np.isfinite(trips.generalised_minutes) & (trips.share > 0)
    cell = np.intersect1d(np.flatnonzero(visits > 0), trips.cell[is_served])
    serves = np.array([not is_main or offer.role is Role.MAIN for _, offer in options], dtype=bool)
    waiting = np.array([offer.waiting_minutes for _, offer in options])
    site = np.array([j for j, _ in options], dtype=np.intp)
    minutes = np.round(region.times.minutes[np.ix_(cell, site)] + waiting, GENERALISED_DECIMALS)
    digital = getattr(region.access.digital_minutes, service)
    by_digital = np.full(len(cell), np.inf if digital is None else digital)
    return cell, visits[cell], np.where(serves, minutes, np.inf), by_digital


@dataclass(frozen=True, eq=False)
class Promise:
    """What the visits of one municipality are promised: a mean."""

    visits: NDArray[np.float64]  # (n,) those that count
    minutes: NDArray[np.float64]  # (n, q) generalised, by option; inf = does not serve them
    digital_minutes: NDArray[np.float64]  # (n,) inf = not offered
    most_minutes: float
    key: CoverKey

    def best(self, is_open: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Generalised minutes of each row with these options open, (n,)."""
        nearest: NDArray[np.float64] = self.minutes[:, is_open].min(axis=1, initial=np.inf)
        return np.minimum(nearest, self.digital_minutes)

    def is_broken(self, best: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether the mean is more than promised, for minutes (n,) or columns of them (n, k)."""
        most = self.most_minutes * (1 + KEPT_WITHIN) + KEPT_WITHIN
        return np.asarray(self.visits @ best / self.visits.sum() > most)

    def cover(self, is_open: NDArray[np.bool_], own: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Mark options of which one must be open: without them the promise is broken, whatever else is.

        Of all options `own` are added first, so that few of them are left to choose from.
        """
        added, best = is_open.copy(), self.best(is_open)
        for group in (own, ~own):
            left = np.flatnonzero(group & ~added)
            while left.size:
                with_each = np.minimum(best[:, None], self.minutes[:, left])
                helps = (with_each < best[:, None]).any(axis=0)
                added[left[~helps]] = True
                left, with_each = left[helps], with_each[:, helps]
                stays = np.flatnonzero(self.is_broken(with_each))
                if not stays.size:
                    break
                least = stays[np.argmax((self.visits @ with_each)[stays])]
                added[left[least]] = True
                best = with_each[:, least]
                left = np.delete(left, least)
        return ~added


def least_sek(game: CostGame, coalition: Coalition, covers: Covers) -> float | None:
    """Find c(S), SEK a year; None if S reaches no visit of a member. Covers found are added to `covers`."""
    promises = promises_of(game, coalition)
    if promises is None:
        return None
    is_open = cheapest_openings(game, game.of(coalition), promises, covers)
    return round(float(game.option_sek[is_open].sum()), ORE)


def promises_of(game: CostGame, coalition: Coalition) -> list[Promise] | None:
    """Say what each member is promised; None if one cannot be reached at all."""
    widest = game.of(coalition) & game.is_widest
    promises = []
    for code in sorted(coalition & game.members.keys()):
        member = game.members[code]
        nearest = member.minutes[:, widest].min(axis=1, initial=np.inf)
        best = np.minimum(nearest, member.digital_minutes)
        reached = np.isfinite(best)
        if not reached.any():
            return None
        visits = member.visits[reached]
        most = max(member.joint_minutes, float(visits @ best[reached] / visits.sum()))
        promises.append(
            Promise(
                visits=visits,
                minutes=member.minutes[reached],
                digital_minutes=member.digital_minutes[reached],
                most_minutes=most,
                key=(code, most, np.packbits(reached).tobytes()),
            )
        )
    return promises


def cheapest_openings(
    game: CostGame, own: NDArray[np.bool_], promises: Sequence[Promise], covers: Covers
) -> NDArray[np.bool_]:
    """Open as cheaply as can be what keeps all promises, of the options `own`.

    Raises
    ------
    InfeasibleError
        If nothing does.
    SolveError
        If the solver stumbles.
    """
    while True:
        known = [cover for each in promises for cover in covers.get(each.key, [])]
        is_open = _cheapest_cover(game, own, known)
        broken = [each for each in promises if each.is_broken(each.best(is_open))]
        if not broken:
            return is_open
        for each in broken:
            covers.setdefault(each.key, []).append(each.cover(is_open, own))


def _cheapest_cover(
    game: CostGame, own: NDArray[np.bool_], covers: Sequence[NDArray[np.bool_]]
) -> NDArray[np.bool_]:
    """Open at least one option of each cover, one offer a site at most, as cheaply as can be."""
    is_open = np.zeros(len(own), dtype=bool)
    if not covers:
        return is_open
    columns = np.flatnonzero(own)
    rows = np.unique(np.array(covers)[:, columns], axis=0)
    _, site = np.unique(game.option_site[columns], return_inverse=True)
    one_offer = csr_array((np.ones(len(columns)), (site, np.arange(len(columns)))))
    found = milp(
        game.option_sek[columns] / SEK_PER_UNIT,
        integrality=np.ones(len(columns)),
        bounds=Bounds(0, 1),
        constraints=[
            LinearConstraint(csr_array(rows.astype(np.float64)), 1, np.inf),
            LinearConstraint(one_offer, -np.inf, 1),
        ],
        options={"mip_rel_gap": 0.0},
    )
    if found.status == MILP_INFEASIBLE:
        message = "no premises, however many are opened, give each municipality what it is promised"
        raise InfeasibleError(message)
    if found.x is None or found.status != MILP_OPTIMAL:
        message = f"the cost of a coalition of municipalities: the solver stopped ({found.message})"
        raise SolveError(message)
    is_open[columns] = found.x > 0.5
    return is_open


def costs(
    game: CostGame,
    coalitions: Iterable[Coalition],
    *,
    workers: Workers | None = None,
    on_progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> dict[Coalition, float | None]:
    """Find the cost of each coalition, SEK a year; None where it cannot serve a member.

    They are the same whoever works them out: what is shared on the way only saves time.
    """
    asked = list(dict.fromkeys(coalitions))
    chunks = [asked[k : k + CHUNK] for k in range(0, len(asked), CHUNK)]
    found = (workers or InThisProcess()).map(_costs_of, chunks, shared=game, on_progress=on_progress)
    return {
        coalition: cost
        for chunk, answers in zip(chunks, found, strict=True)
        for coalition, cost in zip(chunk, answers, strict=True)
    }


def _costs_of(game: CostGame, coalitions: Sequence[Coalition]) -> list[float | None]:
    covers: Covers = {}
    return [least_sek(game, each, covers) for each in coalitions]
