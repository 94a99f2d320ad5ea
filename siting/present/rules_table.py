"""The rules of a scenario in readers' words: what was asked, beside the question."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..sites import ROLES
from .tables import TableView, kind_label

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ..scenario import ChoiceSection, CountRange, SitesByRole
    from ..study import Outcome
    from .words import Words


def rules_table(outcome: Outcome, words: Words) -> TableView:
    """Every rule in use with its value; a given plan has no other rule."""
    rows = outcome.dataset.table("sites")
    names = dict(zip(rows["site_id"], rows["name"], strict=True))
    choice = outcome.scenario.choice
    if choice.given is not None:
        lines = [("given", _by_role(choice.given, names, words))]
    else:
        lines = [*_sites_rules(outcome, names, words), *_choice_rules(choice, names, words)]
    shown = tuple((words(f"rule.{key}"), value) for key, value in lines if value)
    return TableView((words("column.rule"), words("column.value")), shown, n_text_columns=2)


def _sites_rules(outcome: Outcome, names: dict[str, str], words: Words) -> Iterator[tuple[str, str]]:
    section = outcome.scenario.sites
    for role in ROLES:
        kinds = getattr(section.hosts, role)
        yield f"hosts_{role}", ", ".join(kind_label(kind, words) for kind in kinds)
        yield f"municipalities_{role}", ", ".join(getattr(section.municipalities, role))
    yield "forbidden", _named(section.forbidden, names)


def _choice_rules(choice: ChoiceSection, names: dict[str, str], words: Words) -> Iterator[tuple[str, str]]:
    yield "n_main", _count(choice.n_main, words)
    yield "n_satellites", _count(choice.n_satellites, words)
    standard = words.plain(choice.standard_minutes)
    yield "objectives", ", ".join(words(f"objective.{each}", minutes=standard) for each in choice.objectives)
    yield "existing", _by_role(choice.existing, names, words)
    yield "required", _by_role(choice.required, names, words)
    yield "at_least_one_of", "; ".join(_named(each, names) for each in choice.at_least_one_of)
    yield "at_most_one_of", "; ".join(_named(each, names) for each in choice.at_most_one_of)
    yield "place_in_every_municipality", words("rule.yes") if choice.place_in_every_municipality else ""
    yield "largest_main", _minutes(choice.largest_minutes.main, words)
    yield "largest_near", _minutes(choice.largest_minutes.near, words)
    yield "link_minutes", _minutes(choice.link_minutes, words)
    near = (
        f"{names.get(each.site, each.site)}: {_minutes(each.minutes, words)}" for each in choice.main_near
    )
    yield "main_near", "; ".join(near)


def _count(count: CountRange, words: Words) -> str:
    if count.minimum == count.maximum:
        return words.number(count.minimum)
    return words("rule.between", minimum=count.minimum, maximum=count.maximum)


def _minutes(minutes: float | None, words: Words) -> str:
    return "" if minutes is None else f"{words.plain(minutes)} {words('unit.minutes')}"


def _named(site_ids: Sequence[str], names: dict[str, str]) -> str:
    return ", ".join(names.get(site_id, site_id) for site_id in site_ids)


def _by_role(sites: SitesByRole, names: dict[str, str], words: Words) -> str:
    parts = []
    for role in ROLES:
        named = getattr(sites, role)
        if named:
            noun = words(f"role.{role}" if len(named) == 1 else f"roles.{role}")
            parts.append(f"{noun}: {_named(named, names)}")
    return "; ".join(parts)
