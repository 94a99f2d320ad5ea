"""Sheets of what was examined: what is not known, how plans stand it, in which order to open, who pays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..analysis.assumed import drawn_text, is_share, name_of
from ..analysis.cost_shares import sek_of_share
from ..tables import municipality_names
from ..words import read_texts
from .sheets_measures import as_measure, measure_unit
from .sheets_table import ANALYSIS, Column, of_kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..words import Words
    from .sheets_table import Cell, Kind, Material, Record, Sheet

    Rows = Iterator[tuple[Cell, ...]]
DRAWN: Final = "drawn_"
RULES: Final = ("population", "use", "shapley")


def _columns(
    material: Material, place: str, *listed: tuple[str, Kind, str], n_exact: int = 0
) -> tuple[Column, ...]:
    """Make columns of key, kind and where in a part of the examination; the first ones are no estimates."""
    made = [
        Column(
            material.head(key),
            kind,
            is_estimated=rank >= n_exact and kind not in ("text", "long_text"),
            path=f"{place}.{path}" if path else "",
            file=ANALYSIS,
        )
        for rank, (key, kind, path) in enumerate(listed)
    ]
    return (*made,)


def _of_each(material: Material, part: str, rows: Callable[[Record, Record, Material], Rows]) -> Rows:
    """Make the rows of a part of each examination that has it, the option before each."""
    for analysis in material.analyses:
        found = analysis[part]
        if found:
            for row in rows(found, analysis, material):
                yield material.letters.get(analysis["scenario"]["name"]), title_of(analysis, material), *row


def title_of(analysis: Record, material: Material) -> str:
    """Give the title of the scenario that was examined."""
    return str(analysis["scenario"]["resolved"]["title"][material.words.language])


# --- one row for each thing that is not known ---


def sensitivity_sheet(material: Material) -> Sheet:
    """Give each thing that is not known: its reach, what it does to the plan, when another is better."""
    columns = _columns(
        material,
        "uncertainty",
        ("option", "text", ""),
        ("option_title", "text", ""),
        ("assumption", "text", "assumptions[*].key"),
        ("nominal", "number", "assumptions[*].nominal"),
        ("low", "number", "assumptions[*].low"),
        ("high", "number", "assumptions[*].high"),
        ("measure", "text", "objective"),
        ("unit", "text", "unit"),
        ("at_low", "number", "swings[*].chosen_low"),
        ("at_high", "number", "swings[*].chosen_high"),
        ("regret_low", "number", "swings[*].regret_low"),
        ("regret_high", "number", "swings[*].regret_high"),
        ("flips_below", "number", "swings[*].flips_below"),
        ("flips_above", "number", "swings[*].flips_above"),
        ("searched_from", "number", "swings[*].searched[0]"),
        ("searched_to", "number", "swings[*].searched[1]"),
        ("distribution", "text", "assumptions[*].distribution"),
        ("key", "text", "assumptions[*].key"),
    )
    return material.sheet("sensitivity", columns, _of_each(material, "uncertainty", _sensitivity), n_labels=3)


def _sensitivity(found: Record, analysis: Record, material: Material) -> Rows:
    words, shown = material.words, material.shown(analysis["scenario"]["name"])
    swings = {each["key"]: each for each in found["swings"]}
    for each in found["assumptions"]:
        swing: Record = swings.get(each["key"]) or {}
        values = ("chosen_low", "chosen_high", "regret_low", "regret_high")
        tried = (swing.get("flips_below"), swing.get("flips_above"), *(swing.get("searched") or (None, None)))
        kind: Kind = "assumed_share" if is_share(each["key"]) else "factor"
        yield (
            name_of(each["key"], shown),
            *(of_kind(each[key], kind) for key in ("nominal", "low", "high")),
            _measure(found["objective"], words),
            measure_unit(found["objective"], words),
            *(as_measure(swing.get(key), found["objective"]) for key in values),
            *(of_kind(value, kind) for value in tried),
            drawn_text(each["key"], each["distribution"], shown),
            each["key"],
        )


def _measure(name: str, words: Words) -> str:
    return words(f"workbook.measure.{name}")


# --- one row for each plan that was held against the draws ---


def robustness_sheet(material: Material) -> Sheet:
    """Give how each plan stands what is not known."""
    columns = _columns(
        material,
        "uncertainty",
        ("option", "text", ""),
        ("option_title", "text", ""),
        ("plan", "text", "plans[*].name"),
        ("n_draws", "count", "n_draws"),
        ("n_best", "count", "plans[*].n_best"),
        ("n_breaking", "count", "plans[*].n_breaking"),
        ("measure", "text", "objective"),
        ("unit", "text", "unit"),
        ("regret_mean", "number", "plans[*].regret_mean"),
        ("regret_95", "number", "plans[*].regret_95"),
        ("regret_largest", "number", "plans[*].regret_largest"),
        ("percentile_5", "number", "plans[*].objective.percentile_5"),
        ("median_value", "number", "plans[*].objective.median"),
        ("percentile_95", "number", "plans[*].objective.percentile_95"),
        ("places", "long_text", "plans[*].places"),
        n_exact=4,
    )
    return material.sheet("robustness", columns, _of_each(material, "uncertainty", _robustness), n_labels=3)


def _robustness(found: Record, analysis: Record, material: Material) -> Rows:
    words, name = material.words, found["objective"]
    for each in found["plans"]:
        spread = each["objective"]
        yield (
            _plan_name(each["name"], words),
            found["n_draws"],
            each["n_best"],
            each["n_breaking"],
            _measure(name, words),
            measure_unit(name, words),
            *(as_measure(each[key], name) for key in ("regret_mean", "regret_95", "regret_largest")),
            *(as_measure(spread[key], name) for key in ("percentile_5", "median", "percentile_95")),
            _places(each["places"], analysis, material),
        )


def _plan_name(name: str, words: Words) -> str:
    if f"plan_{name}" in read_texts(words.language)["analysis"]["sure"]:
        return words(f"analysis.sure.plan_{name}")
    if name.startswith(DRAWN):
        return words("analysis.sure.plan_drawn", number=name.removeprefix(DRAWN))
    return name


def _places(places: list[Record], analysis: Record, material: Material) -> str:
    words, shown = material.words, material.shown(analysis["scenario"]["name"])
    return "; ".join(
        f"{shown.site(each['site_id'])} ({words('role_short.' + each['role'])})" for each in places
    )


# --- one row for each step of each order ---


def stages_sheet(material: Material) -> Sheet:
    """Give the steps in which places may be opened, by each order that was worked out."""
    columns = _columns(
        material,
        "stages.orders[*]",
        ("option", "text", ""),
        ("option_title", "text", ""),
        ("order", "text", "name"),
        ("step_number", "count", ""),
        ("step", "text", "stages[*].title"),
        ("years", "number", "stages[*].years"),
        ("opened", "long_text", "stages[*].opened"),
        ("raised", "long_text", "stages[*].raised"),
        ("measure", "text", ""),
        ("unit", "text", ""),
        ("value", "number", "stages[*].value"),
        ("own_best", "number", "stages[*].own_best"),
        ("loss", "number", "stages[*].loss"),
        n_exact=6,
    )
    return material.sheet("stages", columns, _of_each(material, "stages", _stages), n_labels=4)


def _stages(found: Record, analysis: Record, material: Material) -> Rows:
    words, shown = material.words, material.shown(analysis["scenario"]["name"])
    for order in found["orders"]:
        for number, step in enumerate(order["stages"], start=1):
            yield (
                words(f"analysis.stages.order_{order['name']}"),
                number,
                step["title"][words.language],
                step["years"],
                *("; ".join(shown.site(each) for each in step[key]) for key in ("opened", "raised")),
                _measure(found["objective"], words),
                measure_unit(found["objective"], words),
                *(as_measure(step[key], found["objective"]) for key in ("value", "own_best", "loss")),
            )


# --- one row for each municipality and its part of the cost ---


def shares_sheet(material: Material) -> Sheet:
    """Give what each municipality gets of an option, and its part of the cost by three rules."""
    columns = _columns(
        material,
        "municipalities.members[*]",
        ("option", "text", ""),
        ("option_title", "text", ""),
        ("municipality", "text", "name"),
        ("youths", "count", "youths"),
        ("visits", "count", "visits_per_year"),
        ("n_places_there", "count", "n_places"),
        ("today_minutes", "whole_minutes", "today_minutes"),
        ("joint_minutes_as_today", "whole_minutes", "joint_minutes_as_today"),
        ("joint_minutes", "whole_minutes", "joint_minutes"),
        ("by_population", "share_tenths", "share_by_population"),
        ("by_use", "share_tenths", "share_by_use"),
        ("by_shapley", "share_tenths", "share_by_shapley"),
        ("sek_by_population", "sek", ""),
        ("sek_by_use", "sek", ""),
        ("sek_by_shapley", "sek", ""),
    )
    return material.sheet("shares", columns, _of_each(material, "municipalities", _members), n_labels=3)


def _members(found: Record, analysis: Record, material: Material) -> Rows:
    names = municipality_names(material.shown(analysis["scenario"]["name"]).outcome)
    for each in found["members"]:
        hidden = material.hidden if each["youths"] is None else None
        minutes = ("today_minutes", "joint_minutes_as_today", "joint_minutes")
        shares: list[float | None] = [each[f"share_by_{rule}"] for rule in RULES]
        yield (
            names.get(each["code"], each["name"]),
            *(material.few if each[key] is None else each[key] for key in ("youths", "visits_per_year")),
            each["n_places"],
            *(hidden if each[key] is None else each[key] for key in minutes),
            *(_share(share, material) for share in shares),
            *(sek_of_share(share, found["sek_per_year"]) for share in shares),
        )


def _share(share: float | None, material: Material) -> Cell:
    return material.hidden if share is None else share
