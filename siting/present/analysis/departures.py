"""What happens to the others when a municipality leaves, or two."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING, Final

from ...saved.rounding import AREA_DECIMALS, SMALL_COUNTY_YOUTHS
from ..document import Heading, Paragraph, Table
from ..tables import TableView
from ..words import to_three_digits
from .shown import DECIMALS, opened_by, signed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ...analysis.departures import Departure
    from ...plan import Plan
    from ..document import Block
    from .shown import Shown

MOST_PAIRS: Final = 10
FREED_MARK: Final = " †"


def change_of_rest(departure: Departure, shown: Shown) -> float | None:
    """Give the change of the others' minutes, as it may be told."""
    if departure.minutes_of_rest_after is None or departure.minutes_of_rest_before is None:
        return None
    if shown.youths_of_rest(departure.codes) is None:
        return None
    change = departure.minutes_of_rest_after - departure.minutes_of_rest_before
    return shown.told("mean_minutes", change, decimals=_decimals(departure, shown))


def _decimals(departure: Departure, shown: Shown) -> int:
    """Give those of a municipality's minutes where one is left, or few live in those that are."""
    rest, n_staying = shown.rest_in_effect(departure.codes), len(shown.names) - len(departure.codes)
    is_small = n_staying == 1 or rest < SMALL_COUNTY_YOUTHS
    return AREA_DECIMALS if is_small else DECIMALS


def head_before(departure: Departure, shown: Shown) -> int | None:
    """Give the yearly cost for each youth of all, from the count of them that is shown."""
    youths = shown.outcome.evaluation.county.youths
    return _per_head(departure.sek_per_head_before * youths, youths, shown)


def head_after(departure: Departure, shown: Shown) -> int | None:
    """Give the yearly cost for each youth of those who stay, from the count of them that is shown."""
    rest = shown.youths_of_rest(departure.codes)
    if departure.sek_per_head_after is None or rest is None:
        return None
    return _per_head(departure.sek_per_head_after * rest, rest, shown)


def _per_head(sek: float, youths: float, shown: Shown) -> int | None:
    counted = shown.gate.count(youths)
    return to_three_digits(sek / counted) if counted else None


def _change_per_head(departure: Departure, shown: Shown) -> int | None:
    """Give the change of the others' yearly cost per youth, from what is told of both."""
    before, after = head_before(departure, shown), head_after(departure, shown)
    return None if before is None or after is None else after - before


def departure_blocks(found: Sequence[Departure], shown: Shown) -> Iterator[Block]:
    """Tell of each municipality that leaves, then of the pairs that matter most."""
    words = shown.words
    is_given = shown.outcome.scenario.choice.given is not None
    yield Heading(words("analysis.area.departures"))
    yield Paragraph(words(f"analysis.area.departures_{'given' if is_given else 'lead'}"))
    told = {"sek": shown.money(head_before(found[0], shown)), "mode": shown.mode}
    single = [each for each in found if len(each.codes) == 1]
    pairs = _pairs_that_matter(found, shown)
    if single:
        yield Table(_table(single, shown), words("analysis.area.departures_caption", **told))
    if pairs:
        caption = words("analysis.area.pairs_caption", n=words.number(len(pairs)), **told)
        yield Table(_table(pairs, shown), caption)
    if not is_given and any(_is_freed(each) for each in (*single, *pairs)):
        yield Paragraph(words("analysis.area.departures_freed"), "quiet")


def _pairs_that_matter(found: Sequence[Departure], shown: Shown) -> list[Departure]:
    """Give the pairs whose leaving changes most for the others; those that change nothing are left out."""
    weight = {each.codes: _weight(each, shown) for each in found if len(each.codes) > 1}
    pairs = [each for each in found if weight.get(each.codes)]
    return sorted(pairs, key=lambda each: (-weight[each.codes], each.codes))[:MOST_PAIRS]


def _weight(departure: Departure, shown: Shown) -> float:
    """Give the larger of the relative changes of the others' cost per youth and of their minutes, as told."""
    if departure.plan is None:
        return inf
    before = head_before(departure, shown)
    mean = shown.told("mean_minutes", shown.outcome.evaluation.measures.mean_minutes)
    changes = ((_change_per_head(departure, shown), before), (change_of_rest(departure, shown), mean))
    return max(abs(change) / whole if change and whole else 0.0 for change, whole in changes)


def _is_freed(departure: Departure) -> bool:
    """Whether rules that speak of those who leave were left out."""
    return departure.plan is not None and bool(departure.reason)


def _roles(plan: Plan) -> dict[str, str]:
    return {site_id: str(role) for site_id, role, _ in opened_by(plan)}


def _opened(departure: Departure, shown: Shown) -> str:
    """Name what the others open that the joint plan did not have, or had in another role."""
    if departure.plan is None:
        return shown.words("unit.unknown")
    joint, names = _roles(shown.outcome.plan), []
    for site_id, role in _roles(departure.plan).items():
        if joint.get(site_id) != role:
            key = "becomes" if site_id in joint else "in_role"
            role_text = shown.words(f"role_short.{role}")
            names.append(shown.words(f"analysis.area.{key}", site=shown.marked_site(site_id), role=role_text))
    return "\n".join(names) or shown.words("unit.unknown")


def _closed(departure: Departure, shown: Shown) -> str:
    if departure.plan is None:
        return shown.words("analysis.no_plan")
    return "\n".join(map(shown.marked_site, departure.places_moved)) or shown.words("unit.unknown")


def _table(departures: Sequence[Departure], shown: Shown) -> TableView:
    """Give a row for each; of a plan that is given nothing is sought, so nothing opens or is proven."""
    words = shown.words
    is_given = shown.outcome.scenario.choice.given is not None
    rows = []
    for each in departures:
        minutes, sek = change_of_rest(each, shown), _change_per_head(each, shown)
        name = words.list_of([shown.names[code] for code in each.codes])
        chosen = (
            f"{name}{FREED_MARK if _is_freed(each) else ''}",
            _closed(each, shown),
            _opened(each, shown),
            words("analysis.yes" if each.is_proven else "analysis.no"),
        )
        changes = (
            words("unit.none") if minutes is None else signed(minutes, words, _decimals(each, shown)),
            words("unit.none") if sek is None else signed(sek, words),
        )
        rows.append(((name,) if is_given else chosen) + changes)
    keys = ("leaving", *(() if is_given else ("moved", "opened", "proven")), "rest", "head")
    columns = tuple(words(f"analysis.area.column_{key}") for key in keys)
    return TableView(columns, tuple(rows), n_text_columns=len(keys) - 2)
