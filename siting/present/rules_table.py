"""The rules of a scenario in readers' words: what was asked, beside the question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..sites import ROLES, Role
from .measures_table import objective_text
from .modes import marked_mode
from .tables import TableView, has_combined_time, kind_label
from .tours import days_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from ..scenario import Aim, ChoiceSection, ModeLimit, MunicipalLimits, NobodyWorse, Scenario, SitesSection
    from ..scenario_choice import CountRange, SitesByRole
    from ..study import Outcome
    from .words import Words

Line = tuple[str, str]  # key of the rule, value; no value: the rule is not used


def rules_table(outcome: Outcome, words: Words) -> TableView:
    """Every rule in use with its value; a given plan has no other rule than who takes part."""
    rows = outcome.dataset.table("sites")
    names = dict(zip(rows["site_id"], rows["name"], strict=True))
    scenario = outcome.scenario
    choice = scenario.choice
    lines: list[Line] = []
    if choice.given is not None:
        lines.append(("given", _by_role(choice.given, names, words)))
    else:
        lines += _counts(choice, words)
        lines += _objectives(scenario, words)
        lines += _sites_rules(scenario.sites, names, words)
        lines += _named_sites(choice, names, words)
        lines += _promises(scenario, names, words)
        lines += _means(choice, words)
    lines.append(("leaving_municipalities", ", ".join(scenario.leaving_municipalities)))
    shown = tuple((words(f"rule.{key}"), value) for key, value in lines if value)
    return TableView((words("column.rule"), words("column.value")), shown, n_text_columns=2)


def _counts(choice: ChoiceSection, words: Words) -> Iterator[Line]:
    yield "n_main", _count(choice.n_main, words)
    yield "n_satellites", _count(choice.n_satellites, words)
    if choice.n_stops.maximum or choice.n_teams.maximum:
        yield "n_stops", _count(choice.n_stops, words)
        yield "n_teams", _count(choice.n_teams, words)
    by_kind = (
        f"{kind_label(kind, words)}: {_count(count, words)}" for kind, count in choice.n_by_kind.items()
    )
    yield "n_by_kind", "; ".join(by_kind)


def _objectives(scenario: Scenario, words: Words) -> Iterator[Line]:
    choice = scenario.choice
    yield "objectives", words("unit.then").join(_objective(aim, scenario, words) for aim in choice.objectives)
    is_used = any(aim.measure == "within_standard" for aim in choice.objectives)
    if is_used or choice.least_share_within_standard is not None:
        yield "standard_minutes", _minutes(choice.standard_minutes, words)


def _objective(aim: Aim, scenario: Scenario, words: Words) -> str:
    mode = "" if aim.mode in (None, scenario.travel.mode) else str(aim.mode)
    text = objective_text(aim.measure, scenario, words, mode)
    if not aim.tolerance:
        return text
    tolerance = (
        words("unit.points", points=words.plain(aim.tolerance * 100))
        if aim.measure == "within_standard"
        else words.exact_percent(aim.tolerance)
    )
    return words("rule.objective_tolerance", objective=text, tolerance=tolerance)


def _sites_rules(section: SitesSection, names: Mapping[str, str], words: Words) -> Iterator[Line]:
    for role in ROLES:
        kinds = getattr(section.hosts, role)
        yield f"hosts_{role}", ", ".join(kind_label(kind, words) for kind in kinds)
        yield f"municipalities_{role}", ", ".join(getattr(section.municipalities, role))
    yield "municipalities_team_base", ", ".join(section.municipalities.team_base)
    yield "forbidden", _named(section.forbidden, names)
    room = section.room_days_per_week
    days = [f"{kind_label(kind, words)}: {words.plain(days)}" for kind, days in room.by_kind.items()]
    days += [f"{names.get(site, site)}: {words.plain(days)}" for site, days in room.by_site.items()]
    yield "room_days", "; ".join(days)


def _named_sites(choice: ChoiceSection, names: Mapping[str, str], words: Words) -> Iterator[Line]:
    yield "existing", _by_role(choice.existing, names, words)
    yield "required", _by_role(choice.required, names, words)
    yield "at_least_one_of", "; ".join(_named(each, names) for each in choice.at_least_one_of)
    yield "at_most_one_of", "; ".join(_named(each, names) for each in choice.at_most_one_of)
    near = (
        f"{names.get(each.site, each.site)}: {_minutes(each.minutes, words)}" for each in choice.main_near
    )
    yield "main_near", "; ".join(near)
    yield "link_minutes", _minutes(choice.link_minutes, words)


def _promises(scenario: Scenario, names: Mapping[str, str], words: Words) -> Iterator[Line]:
    choice = scenario.choice
    yield "place_in_every_municipality", words("rule.yes") if choice.place_in_every_municipality else ""
    yield "place_in", ", ".join(choice.place_in)
    yield "largest_main", _minutes(choice.largest_minutes.main, words)
    yield "largest_near", _minutes(choice.largest_minutes.near, words)
    limits = (_municipal(each, words) for each in choice.municipality_limits)
    yield "municipality_limits", "; ".join(each for each in limits if each)
    yield "mode_limits", "; ".join(_mode_limit(each, scenario, words) for each in choice.mode_limits)
    if set(choice.modes_named) - {None, scenario.travel.mode}:
        yield "unreachable_minutes", _minutes(choice.unreachable_minutes, words)
    if choice.nobody_worse_than is not None:
        yield "nobody_worse_than", _nobody_worse(choice.nobody_worse_than, names, words)
    least = choice.least_share_within_standard
    yield "least_share_within_standard", "" if least is None else words.exact_percent(least)
    suffix = "_combined" if has_combined_time(scenario) else ""
    yield f"most_mean_minutes{suffix}", _minutes(choice.most_mean_minutes, words)


def _municipal(limits: MunicipalLimits, words: Words) -> str:
    promised = {
        "limit_main": limits.largest_minutes.main,
        "limit_near": limits.largest_minutes.near,
        "limit_mean": limits.mean_minutes,
    }
    parts = [
        words(f"rule.{key}", minutes=words.plain(minutes))
        for key, minutes in promised.items()
        if minutes is not None
    ]
    return f"{limits.municipality}: {', '.join(parts)}" if parts else ""


def _mode_limit(limit: ModeLimit, scenario: Scenario, words: Words) -> str:
    who = [limit.municipality] if limit.municipality else []
    parts = []
    if limit.least_share is not None:
        within = words.plain(limit.within_minutes or scenario.choice.standard_minutes)
        share = words.exact_percent(limit.least_share)
        parts.append(words("rule.limit_share", share=share, minutes=within))
    if limit.mean_minutes is not None:
        parts.append(words("rule.limit_mean", minutes=words.plain(limit.mean_minutes)))
    return f"{', '.join([*who, marked_mode(scenario, words, limit.mode)])}: {', '.join(parts)}"


def _nobody_worse(rule: NobodyWorse, names: Mapping[str, str], words: Words) -> str:
    parts = [_by_role(rule.plan, names, words), words(f"rule.worse_by_{rule.by}")]
    if rule.slack_minutes:
        parts.append(words("rule.worse_slack", minutes=words.plain(rule.slack_minutes)))
    return "; ".join(part for part in parts if part)


def _means(choice: ChoiceSection, words: Words) -> Iterator[Line]:
    least = (
        words("rule.least_visits_of", role=words(f"role.{role}"), visits=words.plain(visits))
        for role in ROLES
        if (visits := getattr(choice.least_visits_per_year, role))
    )
    yield "least_visits", "; ".join(least)
    yield "with_capacity", words("rule.yes") if choice.with_capacity else ""
    posts, sek = choice.most_full_time_posts, choice.most_sek_per_year
    yield "most_full_time_posts", "" if posts is None else words.plain(posts)
    yield "most_sek_per_year", "" if sek is None else words("rule.sek", sek=words.number(sek))


def _count(count: CountRange, words: Words) -> str:
    if count.minimum == count.maximum:
        return words.number(count.minimum)
    return words("rule.between", minimum=count.minimum, maximum=count.maximum)


def _minutes(minutes: float | None, words: Words) -> str:
    return "" if minutes is None else f"{words.plain(minutes)} {words('unit.minutes')}"


def _named(site_ids: Sequence[str], names: Mapping[str, str]) -> str:
    return ", ".join(names.get(site_id, site_id) for site_id in site_ids)


def _by_role(sites: SitesByRole, names: Mapping[str, str], words: Words) -> str:
    parts = []
    for role in ROLES:
        named = getattr(sites, role)
        if named:
            noun = words(f"role.{role}" if len(named) == 1 else f"roles.{role}")
            labels = (_with_days(site_id, role, sites, names, words) for site_id in named)
            parts.append(f"{noun}: {', '.join(labels)}")
    return "; ".join(parts)


def _with_days(site_id: str, role: Role, sites: SitesByRole, names: Mapping[str, str], words: Words) -> str:
    name = names.get(site_id, site_id)
    days = sites.days_per_week.get(site_id)
    return name if days is None else f"{name} ({days_text(role, days, words)})"
