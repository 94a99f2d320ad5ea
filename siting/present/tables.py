"""What is to be shown in tables: finished texts, so that whoever draws computes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .disclosure import Gate
from .tours import days_text
from .words import read_texts

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..evaluate import Access, AreaAccess, SiteLoad
    from ..scenario import Scenario
    from ..study import Outcome
    from .words import Words

ESTIMATE_MARK = " *"
NO_BREAK = "\xa0"
FEWEST_DIGITAL = 0.005  # of the visits; fewer are told as 0 per cent, and hardly move a mean


@dataclass(frozen=True)
class TableView:
    """A table as it is to be shown."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    n_text_columns: int = 1
    """The first columns hold text (aligned left); the others numbers (aligned right)."""
    n_sum_rows: int = 0
    """The last rows sum up those before."""
    may_wrap: bool = False
    """Values are texts as well as numbers, and may take several lines."""


def gate_of(scenario: Scenario) -> Gate:
    """Give the gate for counts that the scenario asks for."""
    return Gate(scenario.evaluation.smallest_count_shown)


def age_span(scenario: Scenario) -> str:
    """Ages of the young people who count: "13–19"."""
    ages = scenario.demand.ages
    return f"{ages.youngest}–{ages.oldest}" if ages.youngest < ages.oldest else f"{ages.oldest}"


def offers_digital(scenario: Scenario) -> bool:
    """Whether digital contact may take a visit."""
    digital = scenario.access.digital_minutes
    return digital.main is not None or digital.near is not None


def has_combined_time(scenario: Scenario) -> bool:
    """Whether generalised minutes can be other than travel minutes; if not, nothing is said of them."""
    return scenario.access.waiting_minutes_per_day > 0 or offers_digital(scenario)


def comparable_mean(county: AreaAccess) -> float | None:
    """Mean travel minutes of all visits; None where it would flatter a plan.

    That is where somebody is unserved, or a whole service has no place but digital contact: a mean over the
    visits that still have a place would leave out those that are the worst off.
    """
    services = (county.main, county.near)
    if county.overall.served_share < 1:
        return None
    if any(each.visits_per_year > 0 and each.mean_minutes is None for each in services):
        return None
    return county.overall.mean_minutes


def weighable_mean(county: AreaAccess) -> float | None:
    """Mean travel minutes of all visits, to be weighed against other options; None where it would flatter.

    Those referred to digital contact have farthest and are not in the mean: the more they are, the shorter.
    """
    is_whole = county.overall.digital_share < FEWEST_DIGITAL
    return comparable_mean(county) if is_whole else None


def parts_of(area: AreaAccess, tell: Callable[[Access], float]) -> list[tuple[float, float]]:
    """Give a share of each service's visits, with how many these are."""
    return [(tell(each), each.visits_per_year) for each in (area.main, area.near)]


def visits_shown(load: SiteLoad, gate: Gate) -> tuple[int | None, int | None]:
    """Give the visits a year that need a main, and the others, as they may be shown."""
    return (
        gate.derived(load.main_visits_per_year, load.youths_in_effect_main),
        gate.derived(load.near_visits_per_year, load.youths_in_effect),
    )


def visits_text(load: SiteLoad, gate: Gate, words: Words) -> str:
    """Write all visits a year to a site."""
    shown = sum(each or 0 for each in visits_shown(load, gate))
    if shown or not load.visits_per_year:
        return words.number(shown)
    return words("unit.fewer_than", count=gate.smallest_count_shown)


def _fullness(load: SiteLoad, capacity: float, gate: Gate, words: Words) -> str:
    """Write the part of the room that is taken, from the visits as they are shown."""
    shown = sum(each or 0 for each in visits_shown(load, gate))
    if load.visits_per_year and not shown:
        return words("unit.hidden")
    return words.percent(shown / capacity)


def is_estimated_site(quality: str, status: str) -> bool:
    """Whether a site's position, or that it exists and is open, is not confirmed by a source."""
    return quality == "estimated" or status != "documented"


def municipality_names(outcome: Outcome) -> dict[str, str]:
    """Names by code, in the order of the dataset."""
    table = outcome.dataset.table("municipalities")
    return dict(zip(table["code"], table["name"], strict=True))


def municipalities_with_need(outcome: Outcome) -> dict[str, str]:
    """Names by code of those that take part and have cells."""
    counted = outcome.evaluation.by_municipality
    return {code: name for code, name in outcome.region.municipality_names.items() if code in counted}


def region(outcome: Outcome, words: Words) -> str:
    """Name of the region."""
    return str(getattr(outcome.dataset.manifest.title, words.language))


def kind_label(kind: str, words: Words) -> str:
    """Name a kind of premises; a kind that no text knows keeps its own name."""
    kinds = read_texts(words.language)["kind"]
    return str(kinds.get(kind, kind))


def open_text(outcome: Outcome, site_id: str, words: Words) -> str:
    """Say how often an open site is open."""
    role = outcome.plan.role_of(site_id)
    return words("unit.none") if role is None else days_text(role, outcome.plan.days_of(site_id), words)


def sites_table(outcome: Outcome, words: Words) -> TableView:
    """Open places with role, days, host, what comes to them and what they have room for."""
    gate = gate_of(outcome.scenario)
    names = municipality_names(outcome)
    rows = outcome.dataset.table("sites").set_index("site_id").to_dict("index")
    lines = []
    for site_id in outcome.plan.open_sites:
        site, load = rows[site_id], outcome.evaluation.by_site[site_id]
        mark = ESTIMATE_MARK if is_estimated_site(site["quality"], site["status"]) else ""
        capacity = capacity_of(outcome, site_id)
        lines.append(
            (
                f"{site['name']}{mark}",
                words(f"role_short.{outcome.plan.role_of(site_id)}"),
                open_text(outcome, site_id, words).replace(" ", NO_BREAK),
                names[site["municipality_code"]],
                kind_label(site["kind"], words),
                visits_text(load, gate, words),
                words.number(capacity),
                _fullness(load, capacity, gate, words),
                gate.text(load.youths_nearest, words),
            )
        )
    keys = ("place", "role", "open", "municipality", "kind", "visits", "capacity", "fullness")
    nearest = "column.youths_best" if has_combined_time(outcome.scenario) else "column.youths_nearest"
    columns = (*(words(f"column.{key}") for key in keys), words(nearest, ages=age_span(outcome.scenario)))
    return TableView(columns, tuple(lines), n_text_columns=5)


def capacity_of(outcome: Outcome, site_id: str) -> float:
    """Visits a year that an open site has room for."""
    role = outcome.plan.role_of(site_id)
    if role is None:
        return 0.0
    return outcome.region.offer(role, outcome.plan.days_of(site_id)).capacity_visits_per_year


def access_table(outcome: Outcome, words: Words) -> TableView:
    """Travel times of all visits, and of each service and risk group."""
    county, evaluation = outcome.evaluation.county, outcome.evaluation
    groups = outcome.scenario.demand.risk_groups
    described = [
        *((words(f"service.{name}"), getattr(county, name)) for name in ("overall", "main", "near")),
        *(
            (str(getattr(groups[name].title, words.language)), each)
            for name, each in evaluation.by_risk_group.items()
        ),
    ]
    scenario = outcome.scenario
    keys = [
        "service",
        "mean",
        "median",
        "percentile_90",
        "largest",
        *(["mean_combined"] if has_combined_time(scenario) else []),
    ]
    columns = (*(words(f"column.{key}") for key in keys), *_share_columns(county.overall, scenario, words))
    rows = tuple((label, *_access_cells(access, scenario, words)) for label, access in described)
    return TableView(columns, rows)


def mean_label(scenario: Scenario) -> str:
    """Key of the label of the mean travel time: over all visits, or all that have a place."""
    return "mean_placed" if offers_digital(scenario) else "mean_all"


def served_label(scenario: Scenario, words: Words) -> str:
    """Head of the column that says who is served."""
    return words("column.served_or_digital" if offers_digital(scenario) else "column.served")


def _share_columns(access: Access, scenario: Scenario, words: Words) -> tuple[str, ...]:
    limits = (words("column.within", minutes=words.plain(limit)) for limit, _ in access.share_within)
    digital = [words("column.digital")] if offers_digital(scenario) else []
    return (*limits, *digital, served_label(scenario, words))


def _access_cells(access: Access, scenario: Scenario, words: Words) -> tuple[str, ...]:
    minutes = [
        access.mean_minutes,
        access.median_minutes,
        access.percentile_90_minutes,
        access.largest_minutes,
        *([access.mean_generalised_minutes] if has_combined_time(scenario) else []),
    ]
    shares = [
        *(share for _, share in access.share_within),
        *([access.digital_share] if offers_digital(scenario) else []),
        access.served_share,
    ]
    return (*(words.number(each) for each in minutes), *(words.percent(each) for each in shares))


def municipalities_table(outcome: Outcome, words: Words) -> TableView:
    """Travel times municipality by municipality, the county last."""
    scenario, areas = outcome.scenario, outcome.evaluation.by_municipality
    rows = [
        _municipality_row(name, areas[code], scenario, words)
        for code, name in municipalities_with_need(outcome).items()
    ]
    county = outcome.evaluation.county
    rows.append(_municipality_row(region(outcome, words), county, scenario, words, is_county=True))
    combined = ["mean_combined"] if has_combined_time(scenario) else []
    keys = ["persons_in_need", "mean", "near_mean", "main_mean", "largest", *combined]
    limits = (
        words("column.within", minutes=words.plain(limit))
        for limit, _ in outcome.evaluation.county.overall.share_within
    )
    columns = (
        words("column.municipality"),
        words("column.youths", ages=age_span(scenario)),
        *(words(f"column.{key}") for key in keys),
        *limits,
        *([words("column.digital")] if offers_digital(scenario) else []),
    )
    return TableView(columns, tuple(rows), n_sum_rows=1)


def _municipality_row(
    name: str, area: AreaAccess, scenario: Scenario, words: Words, *, is_county: bool = False
) -> tuple[str, ...]:
    gate = gate_of(scenario)
    minutes = [
        area.overall.mean_minutes,
        area.near.mean_minutes,
        area.main.mean_minutes,
        area.overall.largest_minutes,
        *([area.overall.mean_generalised_minutes] if has_combined_time(scenario) else []),
    ]
    in_effect = area.youths_in_effect
    hides_minutes = gate.hides_minutes(area.youths) and not is_county
    cells = [words("unit.hidden") if hides_minutes else words.number(each) for each in minutes]
    tellers: list[Callable[[Access], float]] = [
        *((lambda access, at=limit: access.within(at)) for limit, _ in area.overall.share_within),
        *([lambda access: access.digital_share] if offers_digital(scenario) else []),
    ]
    cells += [
        gate.share_text(tell(area.overall), in_effect, words)
        if is_county
        else gate.both_text(parts_of(area, tell), area.youths, words)
        for tell in tellers
    ]
    if gate.count(in_effect) is None:
        cells = [words("unit.hidden")] * len(cells)
    return (
        name,
        gate.text(area.youths, words),
        gate.text(area.persons_in_need, words, youths=in_effect),
        *cells,
    )


def sources_table(outcome: Outcome, words: Words) -> TableView:
    """Where each table of the dataset comes from."""
    lines = [
        (
            str(read_texts(words.language)["table"].get(name, name)),
            table.source,
            table.date,
            table.licence,
            words(f"quality.{table.quality}"),
        )
        for name, table in outcome.dataset.manifest.tables.items()
    ]
    keys = ("table", "source", "date", "licence", "quality")
    return TableView(tuple(words(f"column.{key}") for key in keys), tuple(lines), n_text_columns=5)


def option_letters(n: int) -> tuple[str, ...]:
    """Count as spreadsheets do: A ... Z, AA, AB ..."""
    alphabet = [chr(ord("A") + index) for index in range(26)]
    return tuple([*alphabet, *(first + second for first in alphabet for second in alphabet)][:n])
