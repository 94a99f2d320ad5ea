"""How the cost of a plan can be shared by the municipalities."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...saved.rounding import COUNTY_DECIMALS
from ..document import Heading, Paragraph, Table
from ..tables import TableView
from ..words import to_three_digits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...analysis.municipalities import Membership, Municipalities
    from ..document import Block
    from .shown import Shown

PER_CENT: Final = 100
MORE_THAN_ALONE: Final = " †"


def cost_blocks(found: Municipalities, shown: Shown) -> Iterator[Block]:
    """Tell of the three ways to share the cost, and what each would pay alone."""
    words = shown.words
    yield Heading(words("analysis.area.shares"))
    key = "none" if found.shapley_reason else "exact" if found.shapley_is_exact else "sampled"
    n = words.number(found.n_coalitions)
    orders = words(f"analysis.area.orders_{'sampled' if key == 'sampled' else 'exact'}", n=n)
    yield Paragraph(words("analysis.area.shares_lead", sek=shown.money(found.sek_per_year), orders=orders))
    yield Paragraph(words(f"analysis.area.shapley_{key}", n=n))
    view = _shares_table(found, shown)
    yield Table(view, words("analysis.area.shares_caption"))
    notes = [words("analysis.area.alone_note")]
    if any(MORE_THAN_ALONE in cell for row in view.rows for cell in row):
        notes.append(words("analysis.area.more_than_alone"))
    if found.least_sek_per_year is not None:
        notes.insert(0, words("analysis.area.least_cost", sek=shown.money(found.least_sek_per_year)))
    yield Paragraph(" ".join(notes), "quiet")


def share_told(share: float, shown: Shown) -> float | None:
    """Give a share of the county's young people or visits; None where it tells of few."""
    return shown.gate.stepped_share(share, shown.youths, decimals=COUNTY_DECIMALS)


def shapley_told(share: float | None) -> float | None:
    """Give a share of the cost by Shapley: it follows from what places cost, and counts nobody."""
    return None if share is None else round(share, COUNTY_DECIMALS)


def sek_of_share(told: float | None, sek_per_year: float) -> int | None:
    """Give what a share of the cost is in SEK a year: of the cost as it is told, so that readers find it too.

    Examples
    --------
    >>> sek_of_share(0.033, 12_880_000.0), sek_of_share(0.033, 12_900_000.0), sek_of_share(None, 1.0)
    (426000, 426000, None)
    """
    if told is None:
        return None
    amount = to_three_digits(abs(told) * to_three_digits(sek_per_year))
    return -amount if told < 0 else amount


def _share(told: float | None, if_none: str, shown: Shown) -> str:
    if told is None:
        return shown.words(if_none)
    return f"{_sign(told)}{shown.words.tenths_of_percent(abs(told))}"


def _sign(value: float) -> str:
    return "−" if value < 0 else ""


def _amount(told: float | None, if_none: str, each: Membership, sek: float, shown: Shown) -> str:
    """Write what a share is in money, with a mark where it is more than the municipality would pay alone."""
    amount, alone = sek_of_share(told, sek), each.alone_sek_per_year
    if amount is None:
        return shown.words(if_none)
    is_more = alone is not None and amount > to_three_digits(alone)
    return f"{_sign(amount)}{shown.words.number(abs(amount))}{MORE_THAN_ALONE if is_more else ''}"


def _shares_table(found: Municipalities, shown: Shown) -> TableView:
    words, sek = shown.words, found.sek_per_year
    rows = []
    for each in found.members:
        cells = [each.name]
        for share in (each.share_by_population, each.share_by_use):
            told = share_told(share, shown)
            cells += [_share(told, "unit.hidden", shown), _amount(told, "unit.hidden", each, sek, shown)]
        told, error = shapley_told(each.share_by_shapley), each.shapley_standard_error
        cells.append(_share(told, "unit.none", shown))
        cells.append(_amount(told, "unit.none", each, sek, shown))
        if error:
            margins = (words.number(PER_CENT * error, 1), words.number(sek_of_share(error, sek)))
            cells[-2:] = [
                f"{cell.removesuffix(MORE_THAN_ALONE)} ± {margin}"
                f"{MORE_THAN_ALONE if cell.endswith(MORE_THAN_ALONE) else ''}"
                for cell, margin in zip(cells[-2:], margins, strict=True)
            ]
        is_possible = each.alone_sek_per_year is not None
        cells.append(
            shown.money(each.alone_sek_per_year) if is_possible else words("analysis.area.not_possible")
        )
        rows.append(tuple(cells))
    columns = (
        "municipality",
        "population",
        "population_sek",
        "use",
        "use_sek",
        "shapley",
        "shapley_sek",
        "alone_sek",
    )
    return TableView(tuple(words(f"analysis.area.column_{key}") for key in columns), tuple(rows))
