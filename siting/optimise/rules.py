"""Turns a scenario's rules into the numbers of a `SitingProblem`, and refuses those that contradict.

Two services: visits that need a main reception go to the nearest one; the rest to the nearest open
place of either role.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..errors import InfeasibleError, InputError
from ..sites import ROLES, Role
from .problem import Service, SitingProblem, Support

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ..demand import DemandGrid
    from ..scenario import ChoiceSection, SitesByRole
    from ..sites import SiteTable
    from ..travel import TravelTimes

MAIN, SATELLITE = ROLES.index(Role.MAIN), ROLES.index(Role.SATELLITE)
SERVED_BY = {"main": (MAIN,), "near": (MAIN, SATELLITE)}
MOST_PLACES_NAMED = 3


def state_problem(
    demand: DemandGrid,
    sites: SiteTable,
    times: TravelTimes,
    site_times: TravelTimes,
    *,
    choice: ChoiceSection,
    municipality_names: Mapping[str, str],
) -> SitingProblem:
    """State the choice in numbers.

    Raises
    ------
    InputError
        If rules contradict each other, or name a site that is not there.
    InfeasibleError
        If one rule alone can be kept by no plan.
    """
    existing = named_sites(sites, choice.existing, "choice.existing")
    required = named_sites(sites, choice.required, "choice.required")
    allowed = _allowed_roles(sites, site_times, choice, existing)
    _refuse_contradictions(sites, allowed, existing, required)
    count_range = _count_range(choice, allowed, existing)
    allowed &= np.array([most > 0 for _, most in count_range])[None, :]
    return SitingProblem(
        services=_services(demand, times, allowed, choice, municipality_names),
        allowed=allowed,
        required=existing | required,
        count_range=count_range,
        at_least_one_of=(
            *(
                _one_per_municipality(sites, allowed, count_range, municipality_names)
                if choice.place_in_every_municipality
                else ()
            ),
            *_site_lists(sites, choice.at_least_one_of, "choice.at_least_one_of"),
        ),
        at_most_one_of=_site_lists(sites, choice.at_most_one_of, "choice.at_most_one_of"),
        supports=_links(sites, site_times, choice.link_minutes),
    )


def named_sites(sites: SiteTable, named: SitesByRole, where: str) -> NDArray[np.bool_]:
    """Mark the sites that a scenario names by role, shape (m, r)."""
    mask = np.zeros(sites.allowed.shape, dtype=bool)
    for r, role in enumerate(ROLES):
        mask[sites.indices(getattr(named, role), f"{where}.{role}"), r] = True
    return mask


def _allowed_roles(
    sites: SiteTable, site_times: TravelTimes, choice: ChoiceSection, existing: NDArray[np.bool_]
) -> NDArray[np.bool_]:
    allowed = sites.allowed.copy()
    for neighbour in choice.main_near:
        if neighbour.site not in site_times.destination_ids:
            message = f"choice.main_near: there is no site {neighbour.site!r} in the dataset"
            raise InputError(message)
        column = site_times.destination_ids.index(neighbour.site)
        allowed[:, MAIN] &= site_times.minutes[:, column] <= neighbour.minutes
        if choice.n_main.minimum and not allowed[:, MAIN].any():
            message = (
                f"choice.main_near: no premises that may be a main reception lie within "
                f"{neighbour.minutes:g} minutes of {neighbour.site} and the other companions named"
            )
            raise InfeasibleError(message)
    # A site that exists stays in its role, whatever may be opened anew.
    stays = existing.any(axis=1)
    allowed[stays] = existing[stays]
    return allowed


def _refuse_contradictions(
    sites: SiteTable, allowed: NDArray[np.bool_], existing: NDArray[np.bool_], required: NDArray[np.bool_]
) -> None:
    both = np.flatnonzero((existing | required).all(axis=1))
    if both.size:
        message = f"choice: {sites.site_ids[both[0]]} is named in two roles; a site has one"
        raise InputError(message)
    for j, r in np.argwhere(required & ~allowed):
        message = (
            f"choice.required.{ROLES[r]}: {sites.site_ids[j]} may not be used as {ROLES[r]}: it is forbidden "
            f"here, its kind ({sites.kinds[j]}) is not among sites.hosts.{ROLES[r]}, or another rule "
            "(sites.municipalities, choice.main_near) keeps it out"
        )
        raise InputError(message)


def _count_range(
    choice: ChoiceSection, allowed: NDArray[np.bool_], existing: NDArray[np.bool_]
) -> tuple[tuple[int, int], ...]:
    """Least and most sites open in each role, the existing ones counted."""
    counts = []
    for r, count in ((MAIN, choice.n_main), (SATELLITE, choice.n_satellites)):
        n_existing = int(existing[:, r].sum())
        n_free = int(allowed[:, r].sum()) - n_existing
        if count.minimum > n_free:
            message = (
                f"choice: {count.minimum} sites are to be opened as {ROLES[r]}, "
                f"but only {n_free} may host one"
            )
            raise InputError(message)
        counts.append((count.minimum + n_existing, count.maximum + n_existing))
    n_asked, n_usable = sum(least for least, _ in counts), int(allowed.any(axis=1).sum())
    if n_asked > n_usable:
        message = (
            f"choice: n_main and n_satellites ask for {n_asked} sites with the existing ones, "
            f"but only {n_usable} premises may be used"
        )
        raise InputError(message)
    return tuple(counts)


def _services(
    demand: DemandGrid,
    times: TravelTimes,
    allowed: NDArray[np.bool_],
    choice: ChoiceSection,
    municipality_names: Mapping[str, str],
) -> tuple[Service, ...]:
    """Visits and minutes of each kind; a trip beyond the largest allowed is no way at all."""
    visits_of = {"main": demand.main_visits_per_year, "near": demand.near_visits_per_year}
    services = []
    for name, visits in visits_of.items():
        usable = allowed[:, list(SERVED_BY[name])].any(axis=1)
        minutes = times.minutes
        limit = getattr(choice.largest_minutes, name)
        if limit is not None and visits.any():
            nearest = np.where(visits > 0, minutes[:, usable].min(axis=1, initial=np.inf), 0.0)
            _refuse_too_far(nearest, limit, demand, name, municipality_names)
            minutes = np.where(minutes <= limit, minutes, np.inf)
        if visits.any():  # with alpha 0 or 1 one of the two has no visits
            services.append(Service(name, visits, minutes, SERVED_BY[name]))
    if not any(
        np.isfinite(each.minutes[:, allowed[:, list(each.roles)].any(axis=1)]).any() for each in services
    ):
        message = "choice: no visit can be served: no premises may be opened in the role that the visits need"
        raise InputError(message)
    return tuple(services)


def _refuse_too_far(
    nearest: NDArray[np.float64],
    limit: float,
    demand: DemandGrid,
    name: str,
    municipality_names: Mapping[str, str],
) -> None:
    """Say where the nearest place that may be opened is too far, and by how much."""
    too_far = np.isfinite(nearest) & (nearest > limit)
    if not too_far.any():
        return
    codes = np.array(demand.municipality_codes)
    worst = {str(code): float(nearest[too_far & (codes == code)].max()) for code in np.unique(codes[too_far])}
    order = sorted(worst, key=lambda code: -worst[code])[:MOST_PLACES_NAMED]
    named = ", ".join(f"{municipality_names.get(code, code)} {np.ceil(worst[code]):.0f}" for code in order)
    enough = np.ceil(max(worst.values()))
    message = (
        f"choice.largest_minutes.{name}: {limit:g} minutes are too few: from some cells even the nearest "
        f"premises that may be used lie farther ({named} minutes); allow {enough:.0f}, or more premises"
    )
    raise InfeasibleError(message)


def _site_lists(
    sites: SiteTable, lists: tuple[tuple[str, ...], ...], where: str
) -> tuple[tuple[str, NDArray[np.intp]], ...]:
    return tuple((f"{where}.{k}", sites.indices(each, f"{where}.{k}")) for k, each in enumerate(lists))


def _links(sites: SiteTable, site_times: TravelTimes, link_minutes: float | None) -> tuple[Support, ...]:
    """Which main receptions are near enough to staff a satellite."""
    if link_minutes is None:
        return ()
    columns = [site_times.destination_ids.index(site_id) for site_id in sites.site_ids]
    near = site_times.minutes[:, columns] <= link_minutes
    return (Support(role=SATELLITE, by_role=MAIN, sites=near),)


def _one_per_municipality(
    sites: SiteTable,
    allowed: NDArray[np.bool_],
    count_range: tuple[tuple[int, int], ...],
    municipality_names: Mapping[str, str],
) -> tuple[tuple[str, NDArray[np.intp]], ...]:
    most = sum(maximum for _, maximum in count_range)
    if most < len(municipality_names):
        message = (
            f"choice.place_in_every_municipality: {len(municipality_names)} municipalities need a place, "
            f"but at most {most} are opened; raise n_main or n_satellites"
        )
        raise InfeasibleError(message)
    usable = allowed.any(axis=1)
    groups = []
    for code, name in municipality_names.items():
        members = np.flatnonzero(usable & (np.array(sites.municipality_codes) == code))
        if not members.size:
            message = f"choice.place_in_every_municipality: {name} has no premises that may be used"
            raise InfeasibleError(message)
        groups.append((name, members))
    return tuple(groups)
