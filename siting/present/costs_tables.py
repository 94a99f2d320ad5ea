"""What a plan takes in staff and money; and what a day at a satellite costs in visits of a team."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..exchange import ExchangeRate, exchange_rates
from ..sites import Role
from .tables import TableView

if TYPE_CHECKING:
    from ..resources import RoleResources
    from ..study import Alternatives, Outcome
    from .words import Words

MOST_NAMED: Final = 3


def resources_table(outcome: Outcome, words: Words) -> TableView:
    """Full-time posts and SEK a year by role and for the teams, the sum last."""
    plan, resources = outcome.plan, outcome.evaluation.resources
    amounts = {Role.MAIN: len(plan.main), Role.SATELLITE: len(plan.satellite), Role.STOP: len(plan.stop)}
    lines = [
        _row(words(f"resource.{role}"), amounts[role], resources.by_role[role], words)
        for role in Role
        if amounts[role]
    ]
    n_teams = sum(plan.teams.values())
    if n_teams:
        lines.append(_row(words("resource.team"), n_teams, resources.teams, words))
    posts, sek = words.number(resources.full_time_posts, 1), words.three_digits(resources.sek_per_year)
    lines.append((words("column.sum"), "", posts, sek))
    keys = ("resource", "amount", "posts_estimate", "sek_estimate")
    return TableView(tuple(words(f"column.{key}") for key in keys), tuple(lines), n_sum_rows=1)


def _row(label: str, amount: int, each: RoleResources, words: Words) -> tuple[str, ...]:
    posts, sek = words.number(each.full_time_posts, 1), words.three_digits(each.sek_per_year)
    return label, words.number(amount), posts, sek


@dataclass(frozen=True)
class OptionsRate:
    """A day a week at satellites of one outcome, in stops of the same or another."""

    satellites: Outcome
    stops: Outcome
    rate: ExchangeRate


def rates_within(outcome: Outcome) -> tuple[OptionsRate, ...]:
    """Rates of a plan that has both satellites and stops."""
    return _rates(outcome, outcome)


def rates_between(alternatives: Alternatives) -> tuple[OptionsRate, ...]:
    """For each option and the base: the satellites of one against the stops of the other.

    Where only one of the two has satellites or stops, and the same one has both, its own are compared.
    """
    base = alternatives.base
    found: dict[tuple[str, str], tuple[OptionsRate, ...]] = {}
    for option in alternatives.outcomes:
        pair = [each for each in (option, base) if not each.is_reference]  # that costs another service
        with_stops = [each for each in pair if each.plan.stop]
        with_satellites = [each for each in pair if each.plan.satellite]
        if option is base or not with_stops or not with_satellites:
            continue
        stops = with_stops[0]
        satellites = next((each for each in with_satellites if each is not stops), with_satellites[0])
        found[satellites.scenario.name, stops.scenario.name] = _rates(satellites, stops)
    return tuple(rate for rates in found.values() for rate in rates)


def _rates(satellites: Outcome, stops: Outcome) -> tuple[OptionsRate, ...]:
    rates = exchange_rates(
        satellites.plan,
        satellites.region.roles,
        resources=stops.evaluation.resources,
        stop_roles=stops.region.roles,
    )
    return tuple(OptionsRate(satellites, stops, rate) for rate in rates)


def rate_sentence(each: OptionsRate, labels: dict[str, str], words: Words) -> str:
    """Say in one sentence what a day costs in stops; with the labels of the options if there are several."""
    rate, names = each.rate, _places(each, words)
    values = {
        "sites": names,
        "day": words.three_digits(rate.satellite_day_sek_per_year),
        "stop": words.three_digits(rate.fortnightly_stop_sek_per_year),
        "stops": words.number(rate.stops_per_satellite_day, 1),
    }
    if not labels:
        return words("report.exchange_sentence", **values)
    return words(
        "report.exchange_between",
        satellite_option=labels[each.satellites.scenario.name],
        stop_option=labels[each.stops.scenario.name],
        **values,
    )


def rate_lines(alternatives: Alternatives, words: Words) -> tuple[str, ...]:
    """Write a line for each rate between options, named as their scenarios are."""
    names = {each.scenario.name: each.scenario.name for each in alternatives.outcomes}
    return tuple(rate_sentence(each, names, words) for each in rates_between(alternatives))


def rate_hours_sentence(each: OptionsRate, words: Words) -> str:
    """Say how many hours of reception the same money gives in either way."""
    rate = each.rate
    return words(
        "report.exchange_hours",
        day_hours=words.number(rate.satellite_day_hours_per_year),
        stop_hours=words.number(rate.stops_per_satellite_day * rate.fortnightly_stop_hours_per_year),
    )


def _places(each: OptionsRate, words: Words) -> str:
    """Name the satellites by their municipalities, or say how many they are."""
    sites, names = each.satellites.region.sites, each.satellites.region.municipality_names
    code_of = dict(zip(sites.site_ids, sites.municipality_codes, strict=True))
    places = sorted({names[code_of[site_id]] for site_id in each.rate.satellites})
    if len(places) > MOST_NAMED:
        return words("report.exchange_any", count=words.number(len(each.rate.satellites)))
    last = words("unit.or")
    named = last.join([", ".join(places[:-1]), places[-1]]) if len(places) > 1 else places[0]
    return words("report.exchange_at", places=named)
