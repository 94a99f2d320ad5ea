"""Is another place just as good: near-best plans, and the price of saying no or of insisting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...analysis.near_best import Certainty
from ..document import Heading, Paragraph, Part, Picture, Table
from ..pictures.drawing import Frame
from ..pictures.plots import Bar, bars
from ..tables import TableView
from .shown import COST, SHARE, scaled, unscaled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...analysis.near_best import NearBest, Scope, Worth
    from ..document import Block
    from .shown import Shown

MOST_PLANS: Final = 100
MOST_PLANS_SHOWN: Final = 10
PER_CENT: Final = 100
MOST_WITHIN_NOISE: Final = 0.02
"""A limit of so small a share is much less than what is not known of travel times and costs."""
SCOPES: Final[tuple[Scope, ...]] = ("municipality", "main_municipality", "site", "main_site")


def near_best_part(found: NearBest, shown: Shown) -> Part:
    """Give the part of the page."""
    words = shown.words
    return Part(words("analysis.near.title"), _summary(found, shown), lambda: _blocks(found, shown))


def _summary(found: NearBest, shown: Shown) -> str:
    words, n = shown.words, found.n_plans
    key = "summary_one" if n == 1 else "summary"
    sentence = words(
        f"analysis.near.{key}",
        n=words.number(n),
        within=within_text(found, shown),
        towns=words.number(found.n_by_municipality),
        how_complete=words("analysis.near.complete" if found.is_complete else "analysis.near.cut"),
    )
    kept = [each for each in _of(found, "municipality") if each.certainty is Certainty.ALWAYS]
    names = words.list_of([shown.names[each.key] for each in kept])
    always = words("analysis.near.always", names=names) if kept else words("analysis.near.none_always")
    return f"{sentence} {always} {_what_the_limit_means(found, shown)}"


def _what_the_limit_means(found: NearBest, shown: Shown) -> str:
    """Say how narrow the limit is, and that what lies outside it may be nearly as good."""
    words, name = shown.words, found.objective.name
    never = words("analysis.near.never_may_do")
    if not found.within:
        return never
    key = "limit_wide" if found.within > MOST_WITHIN_NOISE else "limit_cost" if name == COST else "limit_time"
    # The limit less the value would be a difference of two rounded figures.
    narrow = found.within if name == SHARE else found.within * abs(found.objective.value)
    amount = shown.in_words(name, narrow)
    return f"{words(f'analysis.near.{key}', amount=amount)} {never}"


def within_text(found: NearBest, shown: Shown) -> str:
    """Say how much worse a near-best plan may be: "1 %" or "1 procentenheter"."""
    words = shown.words
    if found.objective.name == SHARE:
        return words("unit.points", points=words.plain(PER_CENT * found.within))
    return words.exact_percent(found.within)


def _blocks(found: NearBest, shown: Shown) -> Iterator[Block]:
    words, objective = shown.words, found.objective
    yield Paragraph(
        words(
            "analysis.near.lead",
            measure=shown.measure_inside(objective.name, objective.mode),
            best=shown.value(objective.name, objective.value),
            limit=shown.value(objective.name, found.limit),
            mode=shown.mode,
        ),
        "lead",
    )
    if about := " ".join(_about_the_list(found, shown)):
        yield Paragraph(about)
    yield Paragraph(words("analysis.near.how_to_read"))
    if rows := _price_bars(found, shown):
        caption = words("analysis.near.plot", unit=_unit(found, shown))
        frame = Frame(
            "prices",
            _alt(rows, found, shown),
            _unit(found, shown),
            legend=(words("analysis.near.no"), words("analysis.near.insist")),
        )
        yield Picture(bars(rows, frame, words), caption, frame.alt)
    for scope in SCOPES:
        view = _worth_table(found, scope, shown)
        if view.rows:
            measure = shown.measure_inside(objective.name, objective.mode)
            yield Table(view, words(f"analysis.near.caption_{scope}", measure=measure, mode=shown.mode))
    yield Heading(words("analysis.near.plans"))
    yield Table(_plans_table(found, shown), words("analysis.near.caption_plans", n=MOST_PLANS_SHOWN))


def _about_the_list(found: NearBest, shown: Shown) -> Iterator[str]:
    """Say what the summary does not: how far the list is whole, and why it is so long."""
    if not found.is_complete:
        limit = shown.value(found.objective.name, found.complete_to)
        yield shown.words("analysis.near.not_complete", limit=limit)
    if found.n_by_municipality < found.n_plans:
        yield shown.words("analysis.near.by_municipality")


def _of(found: NearBest, scope: Scope) -> list[Worth]:
    return [each for each in found.worths if each.scope == scope]


def _name(worth: Worth, shown: Shown) -> str:
    return shown.names[worth.key] if worth.scope.endswith("municipality") else shown.marked_site(worth.key)


def _worth_table(found: NearBest, scope: Scope, shown: Shown) -> TableView:
    """Give what is open in some near-best plan; what never is stands in the CSV alone."""
    words, all_of = shown.words, _of(found, scope)
    told = [each for each in all_of if each.in_best or each.certainty is not Certainty.NEVER]
    if scope == "municipality":
        told = all_of
    keys = ("place", "in_plan", "certainty", "share_of_plans", "no", "insist")
    columns = tuple(words(f"analysis.near.column_{key}") for key in keys)
    rows = tuple(
        (
            _name(each, shown),
            words("analysis.yes" if each.in_best else "analysis.no"),
            words(f"analysis.near.certainty_{each.certainty}"),
            words.percent(each.share_of_plans),
            _price_of_no(each, found, shown) if each.in_best else words("unit.unknown"),
            words("unit.unknown") if each.in_best else _price_of_insisting(each, found, shown),
        )
        for each in sorted(told, key=lambda each: (not each.in_best, -each.share_of_plans))
    )
    return TableView(columns, rows, n_text_columns=3)


def _price_of_no(worth: Worth, found: NearBest, shown: Shown) -> str:
    price = worth.price_of_no(found.objective.value)
    return _price(price, found, shown, is_proven=worth.without_is_proven)


def _price_of_insisting(worth: Worth, found: NearBest, shown: Shown) -> str:
    price = worth.price_of_insisting(found.objective.value)
    return _price(price, found, shown, is_proven=worth.with_is_proven)


def _price(price: float | None, found: NearBest, shown: Shown, *, is_proven: bool) -> str:
    """Write a price; one that is not proven may be lower, for a better such plan may exist."""
    words = shown.words
    if price is None:
        return words("analysis.near.impossible" if is_proven else "unit.unknown")
    text = shown.difference(found.objective.name, price)
    return text if is_proven else words("analysis.at_most", amount=text)


def _price_bars(found: NearBest, shown: Shown) -> list[Bar]:
    """Give the price of changing one's mind about each municipality, the dearest first."""
    rows = []
    for each in _of(found, "municipality"):
        price = (each.price_of_no if each.in_best else each.price_of_insisting)(found.objective.value)
        told = shown.told_difference(found.objective.name, price)
        if told:
            price = scaled(found.objective.name, told)
            rows.append(Bar(shown.names[each.key], price, is_other_kind=not each.in_best))
    return sorted(rows, key=lambda row: (row.is_other_kind, -row.value))


def _alt(rows: list[Bar], found: NearBest, shown: Shown) -> str:
    """Say what costs most and least to change one's mind about."""
    sentences = []
    for key, is_other_kind in (("no", False), ("insist", True)):
        of_kind = [row for row in rows if row.is_other_kind is is_other_kind]
        if of_kind:
            most, least = of_kind[0], of_kind[-1]
            told = {
                "most": most.label,
                "most_amount": _amount(most.value, found, shown),
                "least": least.label,
                "least_amount": _amount(least.value, found, shown),
            }
            only = "_only" if len(of_kind) == 1 else ""
            sentences.append(shown.words(f"analysis.near.alt_{key}{only}", **told))
    return " ".join(sentences)


def _amount(drawn: float, found: NearBest, shown: Shown) -> str:
    return shown.difference(found.objective.name, unscaled(found.objective.name, drawn))


def _unit(found: NearBest, shown: Shown) -> str:
    units = {COST: "analysis.unit_millions", SHARE: "analysis.unit_points"}
    return shown.words(units.get(found.objective.name, "analysis.unit_minutes"))


def best_plans(found: NearBest, most: int, shown: Shown) -> list[tuple[int, float | None]]:
    """Give rank in the list and what each plan is worse by, as it may be told, of the best few.

    The best plan is first. Of the others those that are told to be equally good stand in the order of their
    places in the tables: which of them is better by a hair would again tell of the cells.
    """
    column = {site_id: j for j, site_id in enumerate(shown.outcome.region.sites.site_ids)}

    def by_places(rank: int) -> list[tuple[int, str, float]]:
        places = [found.places[place] for place in found.plans[rank].tolist() if place >= 0]
        return sorted((column[each.site_id], each.role, each.days_per_week) for each in places)

    worse = [
        shown.told_difference(found.objective.name, abs(value - found.objective.value))
        for value in found.values[:most].tolist()
    ]
    order = sorted(range(len(worse)), key=lambda rank: (rank > 0, worse[rank] or 0.0, by_places(rank)))
    return [(rank, worse[rank]) for rank in order]


def _plans_table(found: NearBest, shown: Shown) -> TableView:
    words = shown.words
    columns = tuple(words(f"analysis.near.column_{key}") for key in ("plan", "without", "instead", "worse"))
    rows = []
    best = best_plans(found, MOST_PLANS, shown)[:MOST_PLANS_SHOWN]
    for number, (rank, _) in enumerate(best, start=1):
        opened = [found.places[place] for place in found.plans[rank].tolist() if place >= 0]
        without, instead = shown.otherwise((each.site_id, each.role, each.days_per_week) for each in opened)
        worse = shown.difference(found.objective.name, float(found.values[rank]) - found.objective.value)
        rows.append((words.number(number), without, instead, worse))
    return TableView(columns, tuple(rows), n_text_columns=3)
