"""What is to be shown in words and tables: finished texts, so that whoever draws computes nothing."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING

from ..plan import Status
from ..sites import Role
from .disclosure import Gate
from .words import read_texts

if TYPE_CHECKING:
    from ..evaluate import Access, AreaAccess, SiteLoad
    from ..plan import ObjectiveValue
    from ..scenario import Scenario
    from ..study import Outcome
    from .words import Words

ESTIMATE_MARK = " *"


@dataclass(frozen=True)
class TableView:
    """A table as it is to be shown."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    n_text_columns: int = 1
    """The first columns hold text (aligned left); the others numbers (aligned right)."""


def gate_of(scenario: Scenario) -> Gate:
    """Give the gate for counts that the scenario asks for."""
    return Gate(scenario.evaluation.smallest_count_shown)


def visits_shown(load: SiteLoad, gate: Gate) -> tuple[int | None, int | None]:
    """Give the visits a year that need a main, and the others, as they may be shown."""
    return (
        gate.derived(load.main_visits_per_year, load.youths_nearest_main),
        gate.derived(load.near_visits_per_year, load.youths_nearest),
    )


def visits_text(load: SiteLoad, gate: Gate, words: Words) -> str:
    """Write all visits a year to a site."""
    shown = sum(each or 0 for each in visits_shown(load, gate))
    return gate.text(shown, words) if shown else words("unit.fewer_than", count=gate.smallest_count_shown)


def is_estimated_site(quality: str, status: str) -> bool:
    """Whether a site's position, or that it exists and is open, is not confirmed by a source."""
    return quality == "estimated" or status != "documented"


def places(outcome: Outcome, words: Words) -> str:
    """Name the open receptions: "2 huvudmottagningar (Mora, Borlänge) och 1 närmottagning (Avesta)"."""
    municipality = municipality_names(outcome)
    code_of = dict(zip(outcome.sites.site_ids, outcome.sites.municipality_codes, strict=True))
    parts = []
    for role, open_sites in ((Role.MAIN, outcome.plan.main), (Role.SATELLITE, outcome.plan.satellite)):
        if open_sites:
            count = Counter(municipality[code_of[site]] for site in open_sites)
            names = [f"{name} ({n})" if n > 1 else name for name, n in sorted(count.items())]
            noun = words(f"role.{role}" if len(open_sites) == 1 else f"roles.{role}")
            parts.append(f"{words.number(len(open_sites))} {noun} ({', '.join(names)})")
    return words.list_of(parts) or words("unit.none")


def municipality_names(outcome: Outcome) -> dict[str, str]:
    """Names by code, in the order of the dataset."""
    table = outcome.dataset.table("municipalities")
    return dict(zip(table["code"], table["name"], strict=True))


def region(outcome: Outcome, words: Words) -> str:
    """Name of the region."""
    return str(getattr(outcome.dataset.manifest.title, words.language))


def answer(outcome: Outcome, words: Words) -> tuple[str, ...]:
    """Say what was chosen and how sure it is, in a few sentences."""
    county = outcome.evaluation.county
    standard = outcome.scenario.choice.standard_minutes
    sentences = [
        words(
            "report.plan_sentence",
            places=places(outcome, words),
            youths=gate_of(outcome.scenario).text(county.youths, words),
            region=region(outcome, words),
            mean=words.number(county.overall.mean_minutes),
            median=words.number(county.overall.median_minutes),
            share=words.percent(county.overall.within(standard)),
            standard=words.plain(standard),
        )
    ]
    if county.overall.served_share < 1:
        unserved = words.percent(1 - county.overall.served_share)
        sentences.append(words("report.unserved_sentence", share=unserved))
    n_unconfirmed = sum(_is_unconfirmed(outcome))
    if n_unconfirmed:
        total = words.number(len(outcome.plan.open_sites))
        count = words.number(n_unconfirmed)
        sentences.append(words("report.unconfirmed_sentence", count=count, total=total))
    sentences.append(proof(outcome, words))
    return tuple(sentences)


def _is_unconfirmed(outcome: Outcome) -> list[bool]:
    rows = outcome.dataset.table("sites").set_index("site_id").to_dict("index")
    open_rows = [rows[site_id] for site_id in outcome.plan.open_sites]
    return [is_estimated_site(row["quality"], row["status"]) for row in open_rows]


def proof(outcome: Outcome, words: Words) -> str:
    """Say how sure it is that no plan is better."""
    plan = outcome.plan
    if plan.status is Status.GIVEN:
        return words("report.proof_given")
    if plan.status is Status.OPTIMAL:
        names = [_objective_name(outcome, each, words) for each in plan.objectives]
        return words(
            "report.proof_optimal",
            objective=words("unit.then").join(names),
        )
    open_one = next(each for each in plan.objectives if each.status is not Status.OPTIMAL)
    return words(
        "report.proof_unproven",
        objective=_objective_name(outcome, open_one, words),
        value=_objective_value(open_one.value, open_one, words),
        bound=_objective_value(open_one.bound, open_one, words),
        gap=_gap(open_one.gap, words),
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
    gap = _gap(max(each.gap for each in outcome.plan.objectives), words)
    return f"{made} {words('report.proof_seconds', seconds=seconds, gap=gap)}"


def _gap(gap: float, words: Words) -> str:
    return f"{words.number(gap * 100, 2 if gap else 0)} %"


def _objective_name(outcome: Outcome, objective: ObjectiveValue, words: Words) -> str:
    standard = words.plain(outcome.scenario.choice.standard_minutes)
    return words(f"objective.{objective.name}", minutes=standard)


def _objective_value(value: float, objective: ObjectiveValue, words: Words) -> str:
    return (
        words.percent(value)
        if objective.unit == "share"
        else f"{words.number(value, 1)} {words('unit.minutes')}"
    )


def headline(outcome: Outcome, words: Words) -> tuple[tuple[str, str], ...]:
    """Give label and value of the few figures that stand beside a map."""
    county = outcome.evaluation.county
    overall = county.overall
    standard = outcome.scenario.choice.standard_minutes

    def mean(access: Access) -> str:
        if access.served_share < 1:
            return words("unit.none")
        return f"{words.number(access.mean_minutes)} {words('unit.minutes')}"

    return (
        (words("column.n_main"), words.number(len(outcome.plan.main))),
        (words("column.n_satellites"), words.number(len(outcome.plan.satellite))),
        (words("column.mean_all_minutes"), mean(overall)),
        (words("column.near_mean"), mean(county.near)),
        (words("column.main_mean"), mean(county.main)),
        (words("column.within", minutes=words.plain(standard)), words.percent(overall.within(standard))),
        (words("column.served"), words.percent(overall.served_share)),
        (words("column.status"), words(f"status.{outcome.plan.status}")),
    )


def sites_table(outcome: Outcome, words: Words) -> TableView:
    """Open receptions with role, host and what comes to them."""
    gate = gate_of(outcome.scenario)
    names = municipality_names(outcome)
    rows = outcome.dataset.table("sites").set_index("site_id").to_dict("index")
    lines = []
    for site_id in outcome.plan.open_sites:
        site, load = rows[site_id], outcome.evaluation.by_site[site_id]
        mark = ESTIMATE_MARK if is_estimated_site(site["quality"], site["status"]) else ""
        role = outcome.plan.role_of(site_id)
        lines.append(
            (
                f"{site['name']}{mark}",
                words(f"role.{role}"),
                names[site["municipality_code"]],
                kind_label(site["kind"], words),
                visits_text(load, gate, words),
                gate.text(load.youths_nearest, words),
            )
        )
    keys = ("place", "role", "municipality", "kind", "visits", "youths_nearest")
    return TableView(tuple(words(f"column.{key}") for key in keys), tuple(lines), n_text_columns=4)


def kind_label(kind: str, words: Words) -> str:
    """Name a kind of premises; a kind that no text knows keeps its own name."""
    kinds = read_texts(words.language)["kind"]
    return str(kinds.get(kind, kind))


def access_table(outcome: Outcome, words: Words) -> TableView:
    """Travel times of all visits, and of each service and risk group."""
    county, evaluation = outcome.evaluation.county, outcome.evaluation
    groups = outcome.scenario.demand.risk_groups
    rows = [
        _access_row(words("service.overall"), county.overall, words),
        _access_row(words("service.main"), county.main, words),
        _access_row(words("service.near"), county.near, words),
        *(
            _access_row(str(getattr(groups[name].title, words.language)), each, words)
            for name, each in evaluation.by_risk_group.items()
        ),
    ]
    return TableView(_access_columns(county.overall, words), tuple(rows))


def _access_columns(access: Access, words: Words) -> tuple[str, ...]:
    keys = ("service", "mean", "median", "percentile_90", "largest")
    limits = (words("column.within", minutes=words.plain(limit)) for limit, _ in access.share_within)
    return (*(words(f"column.{key}") for key in keys), *limits, words("column.served"))


def _access_row(label: str, access: Access, words: Words) -> tuple[str, ...]:
    minutes = (
        access.mean_minutes,
        access.median_minutes,
        access.percentile_90_minutes,
        access.largest_minutes,
    )
    return (
        label,
        *(words.number(each) for each in minutes),
        *(words.percent(share) for _, share in access.share_within),
        words.percent(access.served_share),
    )


def municipalities_table(outcome: Outcome, words: Words) -> TableView:
    """Travel times municipality by municipality, the county last."""
    rows = [
        _municipality_row(name, outcome.evaluation.by_municipality[code], outcome, words)
        for code, name in municipality_names(outcome).items()
        if code in outcome.evaluation.by_municipality
    ]
    rows.append(_municipality_row(region(outcome, words), outcome.evaluation.county, outcome, words))
    keys = ("municipality", "youths", "persons_in_need", "mean", "near_mean", "main_mean", "largest")
    limits = (
        words("column.within", minutes=words.plain(limit))
        for limit, _ in outcome.evaluation.county.overall.share_within
    )
    return TableView((*(words(f"column.{key}") for key in keys), *limits), tuple(rows))


def _municipality_row(name: str, area: AreaAccess, outcome: Outcome, words: Words) -> tuple[str, ...]:
    gate = gate_of(outcome.scenario)
    minutes = (
        area.overall.mean_minutes,
        area.near.mean_minutes,
        area.main.mean_minutes,
        area.overall.largest_minutes,
    )
    return (
        name,
        gate.text(area.youths, words),
        gate.text(area.persons_in_need, words, youths=area.youths),
        *(words.number(each) for each in minutes),
        *(words.percent(share) for _, share in area.overall.share_within),
    )


def assumptions_table(scenario: Scenario, words: Words) -> TableView:
    """Every assumption with its value and what it rests on."""
    lines = []
    for group in scenario.demand.risk_groups.values():
        title = getattr(group.title, words.language)
        for field in ("prevalence", "visits_per_person_per_year", "share_of_visits_needing_main"):
            lines.append(
                _assumption(f"field.{field}", getattr(group, field), group.basis.get(field), words, title)
            )
    for field in (
        "speed_factor",
        "fixed_minutes_per_trip",
        "access_speed_km_per_hour",
        "access_detour_factor",
    ):
        value, basis = getattr(scenario.travel, field), scenario.travel.basis.get(field)
        lines.append(_assumption(f"field.{field}", value, basis, words, ""))
    keys = ("assumption", "basis", "value")
    return TableView(tuple(words(f"column.{key}") for key in keys), tuple(lines), n_text_columns=2)


def _assumption(key: str, value: float, basis: object, words: Words, group: str) -> tuple[str, ...]:
    rests_on = str(getattr(basis, words.language)) if basis else words("field.no_basis")
    is_share = key in ("field.prevalence", "field.share_of_visits_needing_main")
    return (words(key, group=group), rests_on, words.exact_percent(value) if is_share else words.plain(value))


def sources_table(outcome: Outcome, words: Words) -> TableView:
    """Where each table of the dataset comes from."""
    lines = [
        (
            _table_label(name, words),
            table.source,
            table.date,
            table.licence,
            words(f"quality.{table.quality}"),
        )
        for name, table in outcome.dataset.manifest.tables.items()
    ]
    keys = ("table", "source", "date", "licence", "quality")
    return TableView(tuple(words(f"column.{key}") for key in keys), tuple(lines), n_text_columns=5)


def _table_label(name: str, words: Words) -> str:
    return str(read_texts(words.language)["table"].get(name, name))


def estimate_notes(outcome: Outcome, words: Words) -> tuple[str, ...]:
    """Say which inputs are estimates, and how good they are."""
    times = outcome.times
    unreachable = times.n_unreachable_pairs
    kilometres = [
        f"{words.number(float(metres.max()) / 1000, 1)} km"
        for metres in (times.origin_access_metres, times.destination_access_metres)
    ]
    return (
        *(str(getattr(note, words.language)) for note in outcome.dataset.manifest.notes),
        words("estimate.car"),
        words("estimate.need"),
        words("estimate.sites"),
        words("estimate.access", metres=kilometres[0], site_metres=kilometres[1]),
        *([words("estimate.unreachable", pairs=words.number(unreachable))] if unreachable else []),
        rounding_note(outcome.scenario, words),
    )


def rounding_note(scenario: Scenario, words: Words) -> str:
    """Say how counts of persons are rounded and protected."""
    k = scenario.evaluation.smallest_count_shown
    return words("report.rounding_note", base=words.number(k), count=words.number(k))


def option_letters(n: int) -> tuple[str, ...]:
    """Count as spreadsheets do: A ... Z, AA, AB ..."""
    alphabet = [chr(ord("A") + index) for index in range(26)]
    return tuple([*alphabet, *(first + second for first in alphabet for second in alphabet)][:n])
