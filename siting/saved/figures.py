"""Whether a plan counted anew gives the figures that were written, as far as these were rounded."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard

from ..errors import VerificationError
from ..sites import ROLES
from ..study import count_measure
from .hidden import (
    NOISE,
    SHARE_DECIMALS,
    finest_beside,
    hides_minutes,
    is_small,
    may_hide_share,
    share_decimals,
)
from .rounding import (
    AREA_DECIMALS,
    COUNTY_DECIMALS,
    DRIVING_DECIMALS,
    POSTS_DECIMALS,
    SMALL_COUNTY_YOUTHS,
    county_decimals,
    youths_measured,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..evaluate import Access, AreaAccess
    from ..study import Outcome
    from .record import SavedPlan


class Figure(NamedTuple):
    """A number that was written, and the same counted anew."""

    name: str
    told: object
    counted: float | None
    half_a_step: float
    may_be_hidden: bool = False
    """Whether it may be missing though it was counted."""

    @property
    def counted_as_told(self) -> str:
        """Text of what was counted, no finer than the file may tell it."""
        if self.counted is None:
            return "nothing"
        if self.may_be_hidden:
            return "what may not be told"
        decimals = -round(log10(2 * self.half_a_step))
        return f"{round(self.counted, decimals):.15g}"


def check_figures(outcome: Outcome, saved: SavedPlan) -> None:
    """See that the figures that were written are those of the plan, and only hidden ones missing.

    Raises
    ------
    VerificationError
        At the first that is not, or is missing.
    """
    for figure in _figures(outcome, saved):
        name, told, counted, half_a_step, may_be_hidden = figure
        if told is None and (counted is None or may_be_hidden):
            continue
        if _is_number(told) and counted is not None:
            within = half_a_step * (1 + NOISE) + NOISE * max(1.0, abs(counted))
            if abs(told - counted) <= within:
                continue
        written = "missing" if told is None else repr(told)
        message = f"{name} is {written} in the file, but {figure.counted_as_told} counted again"
        raise VerificationError(message)


def _figures(outcome: Outcome, saved: SavedPlan) -> Iterator[Figure]:
    county, few = outcome.evaluation.county, _few(outcome)
    minutes = _half_of_minutes(outcome, "")
    share, told_share = _half_of_share(outcome, SHARE_DECIMALS), _half_of_share(outcome)
    written = saved.evaluation
    yield from _objectives(outcome, saved, told_share)
    measures = _part(written, "measures")
    for name in ("mean_minutes", "within_standard", "largest_minutes", "worst_share_minutes", "cost"):
        told = _at(measures, name)
        own_step = {"within_standard": told_share, "cost": _half_of_three_digits(told)}
        step = own_step.get(name, _half_of_minutes(outcome, name))
        counted = count_measure(outcome, name)
        may_be_hidden = _may_hide_measure(outcome, name, counted)
        yield Figure(f"evaluation.measures.{name}", told, counted, step, may_be_hidden)
    yield from _area("evaluation.county", _part(written, "county"), county, few, (minutes, share))
    yield from _places(outcome, _part(written, "by_municipality"))
    for mode, access in outcome.by_mode.items():
        of_mode = _part(_part(_part(written, "by_mode"), mode), "county")
        steps = _half(AREA_DECIMALS), share
        yield from _area(f"evaluation.by_mode.{mode}", of_mode, access.county, few, steps)
    yield from _resources(outcome, saved)
    yield from _driven(outcome, saved)


def _objectives(outcome: Outcome, saved: SavedPlan, share: float) -> Iterator[Figure]:
    for k, each in enumerate(saved.objectives):
        minutes = _half_of_minutes(outcome, each.name)
        steps = {"minutes": minutes, "share": share, "sek_per_year": _half(COUNTY_DECIMALS)}
        mode = "" if each.mode == outcome.region.mode else each.mode
        counted = count_measure(outcome, each.name, mode)
        may_be_hidden = _may_hide_measure(outcome, each.name, counted)
        where = f"objectives.{k}.objective"
        yield Figure(where, each.objective, counted, steps[each.unit], may_be_hidden)


def _may_hide_measure(outcome: Outcome, name: str, counted: float | None) -> bool:
    youths, few = outcome.evaluation.county.youths_in_effect, _few(outcome)
    if name == "within_standard":
        return counted is None or may_hide_share(counted, youths, few)
    return name != "cost" and is_small(_youths_measured(outcome, name), few)


def _area(
    name: str, written: dict[str, Any], area: AreaAccess, few: int, half_steps: tuple[float, float]
) -> Iterator[Figure]:
    """Minutes and shares of an area; half a step of either."""
    minutes, share = half_steps
    is_hidden = is_small(area.youths_in_effect, few)
    for service in ("overall", "main", "near"):
        access: Access = getattr(area, service)
        told = _part(written, service)
        where = f"{name}.{service}"
        for key in (
            "mean_generalised_minutes",
            "mean_minutes",
            "median_minutes",
            "percentile_90_minutes",
            "largest_minutes",
        ):
            yield Figure(f"{where}.{key}", _at(told, key), getattr(access, key), minutes, is_hidden)
        within = _told_within(f"{where}.share_within", _at(told, "share_within"), access)
        shares = {key: (_at(told, key), getattr(access, key)) for key in ("served_share", "digital_share")}
        for key, (told_share, counted) in (shares | within).items():
            may_be_hidden = may_hide_share(counted, area.youths_in_effect, few)
            yield Figure(f"{where}.{key}", told_share, counted, share, may_be_hidden)


def _told_within(where: str, written: object, access: Access) -> dict[str, tuple[object, float]]:
    """Shares within each limit, as they are written and counted; the limits have to be the same."""
    limits = [limit for limit, _ in access.share_within]
    told = written if isinstance(written, list) else []
    if [_at(each, "minutes") for each in told] != limits:
        message = f"{where} must hold shares within {', '.join(f'{limit:g}' for limit in limits)} minutes"
        raise VerificationError(message)
    return {
        f"share_within.{limit:g}": (_at(each, "share"), counted)
        for each, (limit, counted) in zip(told, access.share_within, strict=True)
    }


def _places(outcome: Outcome, written: dict[str, Any]) -> Iterator[Figure]:
    """Minutes of municipalities, of all that have cells."""
    by_code, names = outcome.evaluation.by_municipality, outcome.region.municipality_names
    by_name = {name: by_code[code] for code, name in names.items() if code in by_code}
    unlike = sorted({*by_name} ^ {*written})
    if unlike:
        what = "is missing" if unlike[0] in by_name else "is none that takes part and has cells"
        message = f"evaluation.by_municipality: {unlike[0]!r} {what}"
        raise VerificationError(message)
    for name, counted in by_name.items():
        for service in ("overall", "main", "near"):
            for key in ("mean_generalised_minutes", "mean_minutes", "largest_minutes"):
                yield Figure(
                    f"evaluation.by_municipality.{name}.{service}.{key}",
                    _at(_part(written[name], service), key),
                    getattr(getattr(counted, service), key),
                    _half(AREA_DECIMALS),
                    hides_minutes(counted.youths, _few(outcome)),
                )


def _resources(outcome: Outcome, saved: SavedPlan) -> Iterator[Figure]:
    """Staff, money and driving, and the room of open sites."""
    counted, told = outcome.evaluation.resources, saved.resources
    by_role = _part(told, "by_role")
    parts = {f"by_role.{role}": (by_role.get(str(role)), counted.by_role[role]) for role in ROLES}
    parts["teams"] = (told.get("teams"), counted.teams)
    for name, (written, takes) in parts.items():
        posts, sek = _at(written, "full_time_posts"), _at(written, "sek_per_year")
        yield Figure(f"resources.{name}.full_time_posts", posts, takes.full_time_posts, _half(POSTS_DECIMALS))
        yield Figure(f"resources.{name}.sek_per_year", sek, takes.sek_per_year, _half_of_three_digits(sek))
    for name in ("full_time_posts", "stop_visits_per_year"):
        yield Figure(f"resources.{name}", told.get(name), getattr(counted, name), _half(POSTS_DECIMALS))
    for name in ("sek_per_year", "kilometres_per_year"):
        value = told.get(name)
        yield Figure(f"resources.{name}", value, getattr(counted, name), _half_of_three_digits(value))
    for site in saved.sites:
        offer = outcome.region.offer(site.role, site.days_per_week)
        where = f"capacity_visits_per_year of site {site.site_id}"
        yield Figure(where, site.capacity_visits_per_year, offer.capacity_visits_per_year, _half(0))


def _driven(outcome: Outcome, saved: SavedPlan) -> Iterator[Figure]:
    for k, (written, run) in enumerate(zip(saved.rota, outcome.plan.rota, strict=True)):
        for name in ("returns_minute", "driving_minutes", "kilometres"):
            told = getattr(written, name)
            yield Figure(f"rota.{k}.{name}", told, getattr(run, name), _half(DRIVING_DECIMALS))


def _at(tree: object, key: str) -> Any:
    return tree.get(key) if isinstance(tree, dict) else None


def _part(tree: object, key: str) -> dict[str, Any]:
    """Give a part that each file has."""
    part = _at(tree, key)
    if not isinstance(part, dict):
        message = f"{key!r} is missing in the file"
        raise VerificationError(message)
    return part


def _half(decimals: int) -> float:
    return 0.5 * 10.0**-decimals


def _half_of_three_digits(value: object) -> float:
    """Half a step of what is rounded to three digits."""
    if not _is_number(value) or not value:
        return 0.5
    return max(0.5, 0.5 * 10.0 ** (floor(log10(abs(value))) - 2))


def _half_of_minutes(outcome: Outcome, measure: str) -> float:
    return _half(county_decimals(_youths_measured(outcome, measure)))


def _youths_measured(outcome: Outcome, measure: str) -> float:
    youths, choice = outcome.evaluation.county.youths_in_effect, outcome.scenario.choice
    return youths_measured(measure, youths, choice.worst_share)


def _half_of_share(outcome: Outcome, most: int = COUNTY_DECIMALS) -> float:
    """Half a step of a share of the county's visits: its last decimal stands for some youths, not for one.

    Where k takes decimals away, they are rounded off one after the other, each by half of its step.
    """
    youths, few = outcome.evaluation.county.youths_in_effect, _few(outcome)
    most = SHARE_DECIMALS if youths < SMALL_COUNTY_YOUTHS else most
    told, finest = (min(most, share_decimals(youths, each)) for each in (few, finest_beside(few)))
    return sum(_half(each) for each in range(told, finest + 1))


def _few(outcome: Outcome) -> int:
    return outcome.scenario.evaluation.smallest_count_shown


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
