"""The answer in sentences: what was chosen, what it means, how sure it is."""

from __future__ import annotations

from collections import Counter
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from ..exchange import teams_year
from ..plan import FULL_WEEK, Status
from ..saved.rounding import WHOLLY_PROVEN
from ..sites import Role
from .measures_table import gap_of, gap_text, largest_gap, minutes_decimals, objective_text, value_text
from .modes import by_mode, modes_of_interest, rests_on_estimated_bus
from .modes_tables import mode_sentences
from .tables import (
    age_span,
    comparable_mean,
    gate_of,
    has_combined_time,
    is_estimated_site,
    mean_label,
    municipality_names,
    offers_digital,
    open_text,
    region,
    served_label,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..evaluate import Access
    from ..plan import Plan
    from ..study import Outcome
    from .words import Words

LEAST_PERCENT: Final = 0.005  # smaller shares would be rounded to none


def places(outcome: Outcome, words: Words) -> str:
    """Name the open places: "1 huvudmottagning (Mora) och 1 närmottagning (Avesta, 2 dagar i veckan)"."""
    plan = outcome.plan
    by_role = {Role.MAIN: plan.main, Role.SATELLITE: plan.satellite, Role.STOP: plan.stop}
    parts = []
    for role, open_sites in by_role.items():
        if open_sites:
            labels = Counter(_place_label(outcome, site_id, role, words) for site_id in open_sites)
            names = [f"{name} ({n})" if n > 1 else name for name, n in sorted(labels.items())]
            noun = words(f"role.{role}" if len(open_sites) == 1 else f"roles.{role}")
            separator = "; " if any("," in name for name in names) else ", "
            parts.append(f"{words.number(len(open_sites))} {noun} ({separator.join(names)})")
    return words.list_of(parts) or words("unit.none")


def _place_label(outcome: Outcome, site_id: str, role: Role, words: Words) -> str:
    """Name the municipality; of a satellite that is not open all week also its days."""
    sites = outcome.region.sites
    code = sites.municipality_codes[sites.site_ids.index(site_id)]
    name = municipality_names(outcome)[code]
    if role is Role.SATELLITE and outcome.plan.days_of(site_id) < FULL_WEEK:
        return f"{name}, {open_text(outcome, site_id, words)}"
    return name


def answer(outcome: Outcome, words: Words) -> tuple[str, ...]:
    """Say what was chosen and how sure it is, in a few sentences."""
    county = outcome.evaluation.county
    chosen = words(
        "report.plan_sentence",
        places=places(outcome, words),
        youths=gate_of(outcome.scenario).text(county.youths, words),
        ages=age_span(outcome.scenario),
        region=region(outcome, words),
    )
    sentences = [f"{chosen} {_travel(outcome, words)}" if county.overall.mean_minutes is not None else chosen]
    sentences += _access_sentences(outcome, words)
    sentences += _team_sentences(outcome, words)
    resources = outcome.evaluation.resources
    posts, sek = words.number(resources.full_time_posts, 1), words.three_digits(resources.sek_per_year)
    sentences.append(words("report.resources_sentence", posts=posts, sek=sek))
    n_unconfirmed = sum(_is_unconfirmed(outcome))
    if n_unconfirmed:
        total = words.number(len(outcome.plan.open_sites))
        count = words.number(n_unconfirmed)
        sentences.append(words("report.unconfirmed_sentence", count=count, total=total))
    sentences.append(_proof(outcome, words))
    return tuple(sentences)


def _travel(outcome: Outcome, words: Words) -> str:
    overall, standard = outcome.evaluation.county.overall, outcome.scenario.choice.standard_minutes
    return words(
        "report.travel_sentence",
        mode=by_mode(outcome.scenario, words),
        mean=words.number(overall.mean_minutes),
        median=words.number(overall.median_minutes),
        share=words.percent(overall.within(standard)),
        standard=words.plain(standard),
    )


def _access_sentences(outcome: Outcome, words: Words) -> Iterator[str]:
    overall, scenario = outcome.evaluation.county.overall, outcome.scenario
    if has_combined_time(scenario) and overall.mean_generalised_minutes is not None:
        mean = words.number(overall.mean_generalised_minutes)
        yield words("report.combined_sentence", mean=mean)
    if overall.digital_share > 0:
        key = "digital_sentence" if outcome.plan.intake is None else "digital_sentence_capacity"
        yield _capital(words(f"report.{key}", share=_share(overall.digital_share, words)))
    elif offers_digital(scenario):
        yield words("report.digital_none")
    if overall.served_share < 1:
        key = "unserved_no_way" if outcome.plan.main else "unserved_sentence"
        share, mode = _share(1 - overall.served_share, words), by_mode(scenario, words)
        yield _capital(words(f"report.{key}", share=share, mode=mode))
    yield from mode_sentences(outcome, words)


def _share(share: float, words: Words) -> str:
    return words("unit.less_than_one_percent") if share < LEAST_PERCENT else words.percent(share)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]


def _team_sentences(outcome: Outcome, words: Words) -> Iterator[str]:
    n_teams = sum(outcome.plan.teams.values())
    if n_teams:
        year = teams_year(outcome.plan.rota, outcome.region.roles)
        noun = words("role.team" if n_teams == 1 else "roles.team")
        yield words(
            "report.teams_sentence",
            teams=f"{words.number(n_teams)} {noun}",
            tours=words.number(year.tours),
            kilometres=words.three_digits(year.kilometres),
        )


def _is_unconfirmed(outcome: Outcome) -> list[bool]:
    rows = outcome.dataset.table("sites").set_index("site_id").to_dict("index")
    open_rows = [rows[site_id] for site_id in outcome.plan.open_sites]
    return [is_estimated_site(row["quality"], row["status"]) for row in open_rows]


def status_text(outcome: Outcome, words: Words) -> str:
    """Say in a few words how sure it is that no plan is better."""
    county = outcome.evaluation.county
    return sureness_text(outcome.plan, largest_gap(outcome.plan, county, outcome.scenario), words)


def sureness_text(plan: Plan, gap: float, words: Words) -> str:
    """Say it of a plan whose largest gap is told."""
    if plan.status is Status.OPTIMAL and gap > WHOLLY_PROVEN:
        return words("status.within", gap=gap_text(gap, words))
    return words(f"status.{plan.status}")


def _proof(outcome: Outcome, words: Words) -> str:
    """Say how sure it is that no plan is better."""
    plan, scenario = outcome.plan, outcome.scenario
    if plan.status is Status.GIVEN:
        return words("report.proof_given_stops" if plan.stop else "report.proof_given")
    if plan.status is Status.OPTIMAL:
        names = [objective_text(each.name, scenario, words, each.mode) for each in plan.objectives]
        objective = words("unit.then").join(names)
        gap = largest_gap(plan, outcome.evaluation.county, scenario)
        if gap > WHOLLY_PROVEN:
            return words("report.proof_within", objective=objective, gap=gap_text(gap, words))
        return words("report.proof_optimal", objective=objective)
    open_one = next(each for each in plan.objectives if each.status is not Status.OPTIMAL)
    decimals = minutes_decimals(open_one.name, outcome.evaluation.county, scenario)
    return words(
        "report.proof_unproven",
        objective=objective_text(open_one.name, scenario, words, open_one.mode),
        value=value_text(open_one.name, open_one.value, words, decimals),
        bound=value_text(open_one.name, open_one.bound, words, decimals),
        gap=gap_text(gap_of(open_one, outcome.evaluation.county, scenario), words),
    )


def how_made(outcome: Outcome, words: Words) -> str:
    """Say by which program and scenario a plan was made, how long it took and how it was checked."""
    scenario = outcome.scenario
    made = words(
        "report.reproduce_text",
        version=version("siting"),
        scenario=scenario.name,
        digest=scenario.sha256[:16],
    )
    if outcome.plan.status is Status.GIVEN:
        return made
    seconds = words.number(outcome.plan.solve_seconds, 1)
    gap = gap_text(largest_gap(outcome.plan, outcome.evaluation.county, scenario), words)
    return f"{made} {words('report.proof_seconds', seconds=seconds, gap=gap)}"


def headline(outcome: Outcome, words: Words) -> tuple[tuple[str, str], ...]:
    """Give label and value of the few figures that stand beside a map."""
    plan, county, scenario = outcome.plan, outcome.evaluation.county, outcome.scenario
    overall, resources = county.overall, outcome.evaluation.resources
    standard = scenario.choice.standard_minutes

    def mean(access: Access) -> str:
        return _minutes(access.mean_minutes if access.served_share == 1 else None, words)

    facts = [
        ("n_main", words.number(len(plan.main))),
        ("n_satellites", words.number(len(plan.satellite))),
    ]
    if plan.stop:
        facts.append(("n_stops", words.number(len(plan.stop))))
        facts.append(("n_teams", words.number(sum(plan.teams.values()))))
    facts.append((mean_label(scenario), _minutes(comparable_mean(county), words)))
    if has_combined_time(scenario):
        facts.append(("mean_combined_minutes", _minutes(overall.mean_generalised_minutes, words)))
    facts += [("near_mean", mean(county.near)), ("main_mean", mean(county.main))]
    if offers_digital(scenario):
        facts.append(("digital", words.percent(overall.digital_share)))
    within = words("column.within", minutes=words.plain(standard))
    if outcome.by_mode:
        within = f"{within} {by_mode(scenario, words)}"
    return (
        *((words(f"column.{key}"), value) for key, value in facts),
        (within, words.percent(overall.within(standard))),
        *_headline_by_modes(outcome, words),
        (served_label(scenario, words), words.percent(overall.served_share)),
        (words("column.posts_estimate"), words.number(resources.full_time_posts, 1)),
        (words("column.sek_estimate"), words.three_digits(resources.sek_per_year)),
        (words("column.status"), status_text(outcome, words)),
    )


def _headline_by_modes(outcome: Outcome, words: Words) -> Iterator[tuple[str, str]]:
    standard = outcome.scenario.choice.standard_minutes
    for mode in modes_of_interest(outcome):
        mark = "_estimate" if rests_on_estimated_bus(outcome.scenario, mode) else ""
        name = by_mode(outcome.scenario, words, mode)
        head = words(f"column.within_by_mode{mark}", minutes=words.plain(standard), mode=name)
        yield head, words.percent(outcome.by_mode[mode].county.overall.within(standard))


def _minutes(minutes: float | None, words: Words) -> str:
    return words.number(minutes) if minutes is None else f"{words.number(minutes)} {words('unit.minutes')}"
