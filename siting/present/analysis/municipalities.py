"""What is in it for each municipality: gain, shares of the cost, what happens without it, and fairness."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..records import COUNTY_DECIMALS, GROUP_DECIMALS
from ..tables import TableView, age_span
from ..words import read_texts
from .blocks import Heading, Paragraph, Part, Plot, Table
from .plots import Frame, Span, spans
from .shown import DECIMALS, INDEX_DECIMALS, signed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...analysis.departures import Departure
    from ...analysis.equity import Equity, GroupEquity
    from ...analysis.municipalities import Membership, Municipalities
    from ...analysis.nobody_worse import NobodyWorse
    from .blocks import Block
    from .shown import Shown

MOST_PAIRS: Final = 10
PER_CENT: Final = 100
MARK: Final = " *"
NOTICEABLE_MINUTES: Final = 0.5  # what is shown as whole minutes
WORST_SHARE: Final = 0.1


def municipalities_part(found: Municipalities, shown: Shown) -> Part:
    """Give the part of the page."""
    words = shown.words
    return Part(words("analysis.area.title"), _summary(found, shown), lambda: _blocks(found, shown))


def _gain(member: Membership) -> float | None:
    """Give the minutes by which the joint plan changes the mean of today; below 0 it is shorter."""
    if member.joint_minutes_as_today is None or member.today_minutes is None:
        return None
    return member.joint_minutes_as_today - member.today_minutes


def _may_be_told(member: Membership, shown: Shown) -> bool:
    return shown.gate.count(member.youths) is not None


def _summary(found: Municipalities, shown: Shown) -> str:
    words = shown.words
    told = [(_gain(each), each) for each in found.members if _may_be_told(each, shown)]
    changed = [(change, each) for change, each in told if change is not None]
    sentences = []
    if changed:
        worse = [each.name for change, each in changed if change >= NOTICEABLE_MINUTES]
        better = sum(change <= -NOTICEABLE_MINUTES for change, _ in changed)
        sentences.append(
            words(
                "analysis.area.summary_worse" if worse else "analysis.area.summary_none_worse",
                better=words.number(better),
                n=words.number(len(changed)),
                worse=words.number(len(worse)),
                names=words.list_of(worse),
                mode=shown.mode,
            )
        )
    if _may_tell_gap(found, shown):
        sentences.append(_gap_sentence(found, shown))
    return " ".join(sentences) or words("analysis.area.summary")


def _may_tell_gap(found: Municipalities, shown: Shown) -> bool:
    told = {each.code for each in found.members if _may_be_told(each, shown)}
    return found.largest_gap_between is not None and set(found.largest_gap_between) <= told


def _gap_sentence(found: Municipalities, shown: Shown) -> str:
    longest, shortest = (shown.names[code] for code in found.largest_gap_between or ("", ""))
    return shown.words(
        "analysis.area.gap",
        minutes=shown.words.number(found.largest_gap_minutes),
        longest=longest,
        shortest=shortest,
    )


def _blocks(found: Municipalities, shown: Shown) -> Iterator[Block]:
    words = shown.words
    yield Paragraph(words("analysis.area.lead", mode=shown.mode), "lead")
    yield from _gain_blocks(found, shown)
    yield from _cost_blocks(found, shown)
    if found.departures:
        yield from _departure_blocks(found, shown)
    if found.nobody_worse is not None:
        yield Heading(words("analysis.area.nobody_worse"))
        yield Paragraph(_nobody_worse(found.nobody_worse, shown))
    yield from _equity_blocks(found, shown)


# --- gain ---


def _gain_blocks(found: Municipalities, shown: Shown) -> Iterator[Block]:
    words = shown.words
    yield Heading(words("analysis.area.gain"))
    caption = words("analysis.area.gain_plot", mode=shown.mode)
    frame = Frame(
        "gain",
        words("analysis.plot_alt", caption=caption),
        words("analysis.unit_minutes"),
        legend=tuple(words(f"analysis.area.{key}") for key in ("today", "joint")),
    )
    rows = [_span(each) for each in found.members if _may_be_told(each, shown)]
    if any(row.start is not None or row.end is not None for row in rows):
        yield Plot(spans(rows, frame, words), caption)
    yield Table(_gain_table(found, shown), words("analysis.area.gain_caption", mode=shown.mode))
    yield Paragraph(words("analysis.area.gain_note"), "quiet")


def _span(member: Membership) -> Span:
    values = (member.today_minutes, member.joint_minutes_as_today)
    return Span(member.name, *(None if each is None else round(each) for each in values))


def _gain_table(found: Municipalities, shown: Shown) -> TableView:
    words = shown.words
    rows = tuple(
        (
            each.name,
            shown.gate.text(each.youths, words),
            _n_places(each, shown),
            shown.area_minutes(each.today_minutes, each.youths),
            shown.area_minutes(each.joint_minutes_as_today, each.youths),
            shown.signed_minutes(each.today_minutes, each.joint_minutes_as_today, each.youths),
            shown.area_minutes(each.joint_minutes, each.youths),
            words("analysis.area.cannot_pay")
            if each.alone_minutes is None
            else shown.area_minutes(each.alone_minutes, each.youths),
        )
        for each in found.members
    )
    keys = ("municipality", "youths", "places", "today", "joint_as_today", "change", "joint", "alone")
    ages = age_span(shown.outcome.scenario)
    return TableView(tuple(words(f"analysis.area.column_{key}", ages=ages) for key in keys), rows)


def _n_places(member: Membership, shown: Shown) -> str:
    words = shown.words
    if not member.n_main:
        return words.number(member.n_places)
    return words(
        "analysis.area.with_mains", n=words.number(member.n_places), mains=words.number(member.n_main)
    )


# --- shares ---


def _cost_blocks(found: Municipalities, shown: Shown) -> Iterator[Block]:
    words = shown.words
    yield Heading(words("analysis.area.shares"))
    yield Paragraph(words("analysis.area.shares_lead", sek=shown.money(found.sek_per_year)))
    key = "none" if found.shapley_reason else "exact" if found.shapley_is_exact else "sampled"
    yield Paragraph(words(f"analysis.area.shapley_{key}", n=words.number(found.n_coalitions)))
    yield Table(_shares_table(found, shown), words("analysis.area.shares_caption"))
    notes = [words("analysis.area.alone_note")]
    if found.least_sek_per_year is not None:
        notes.insert(0, words("analysis.area.least_cost", sek=shown.money(found.least_sek_per_year)))
    yield Paragraph(" ".join(notes), "quiet")


def share_told(share: float, shown: Shown) -> float | None:
    """Give a share of the county's young people or visits; None where it tells of few."""
    return shown.gate.stepped_share(share, shown.youths, decimals=COUNTY_DECIMALS)


def shapley_told(share: float | None) -> float | None:
    """Give a share of the cost by Shapley: it follows from what places cost, and counts nobody."""
    return None if share is None else round(share, COUNTY_DECIMALS)


def _share(told: float | None, if_none: str, shown: Shown) -> str:
    return shown.words(if_none) if told is None else shown.words.tenths_of_percent(told)


def _amount(told: float | None, if_none: str, sek: float, shown: Shown) -> str:
    return shown.words(if_none) if told is None else shown.money(told * sek)


def _shares_table(found: Municipalities, shown: Shown) -> TableView:
    words, sek = shown.words, found.sek_per_year
    rows = []
    for each in found.members:
        cells = [each.name]
        for share in (each.share_by_population, each.share_by_use):
            told = share_told(share, shown)
            cells += [_share(told, "unit.hidden", shown), _amount(told, "unit.hidden", sek, shown)]
        told = shapley_told(each.share_by_shapley)
        cells.append(f"{_share(told, 'unit.none', shown)}{_margin(each, shown)}")
        cells.append(_amount(told, "unit.none", sek, shown))
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


def _margin(member: Membership, shown: Shown) -> str:
    error = member.shapley_standard_error
    return f" ± {shown.words.number(PER_CENT * error, 1)}" if error else ""


# --- who leaves ---


def change_of_rest(departure: Departure, shown: Shown) -> float | None:
    """Give the change of the others' minutes, as it may be told."""
    if departure.minutes_of_rest_after is None or departure.minutes_of_rest_before is None:
        return None
    return shown.told("mean_minutes", departure.minutes_of_rest_after - departure.minutes_of_rest_before)


def _departure_blocks(found: Municipalities, shown: Shown) -> Iterator[Block]:
    words = shown.words
    yield Heading(words("analysis.area.departures"))
    yield Paragraph(words("analysis.area.departures_lead"))
    single = [each for each in found.departures if len(each.codes) == 1]
    pairs = sorted(
        (each for each in found.departures if len(each.codes) > 1),
        key=lambda each: -(change_of_rest(each, shown) or 0.0),
    )
    if single:
        yield Table(
            _departures_table(single, shown), words("analysis.area.departures_caption", mode=shown.mode)
        )
    if pairs:
        caption = words("analysis.area.pairs_caption", n=min(MOST_PAIRS, len(pairs)), mode=shown.mode)
        yield Table(_departures_table(pairs[:MOST_PAIRS], shown), caption)
    if any(_is_freed(each) for each in found.departures):
        yield Paragraph(words("analysis.area.departures_freed"), "quiet")


def _is_freed(departure: Departure) -> bool:
    """Whether rules that speak of those who leave were left out."""
    return departure.plan is not None and bool(departure.reason)


def _departures_table(departures: list[Departure], shown: Shown) -> TableView:
    words = shown.words
    rows = []
    for each in departures:
        change = change_of_rest(each, shown)
        if each.plan is None:
            moved = words("analysis.no_plan")
        else:
            moved = "; ".join(map(shown.site, each.places_moved)) or words("unit.unknown")
        rows.append(
            (
                words.list_of([shown.names[code] for code in each.codes]) + (MARK if _is_freed(each) else ""),
                moved,
                words("analysis.yes" if each.is_proven else "analysis.no"),
                words("unit.none") if change is None else signed(change, words, DECIMALS),
                shown.money(each.sek_per_head_before),
                shown.money(each.sek_per_head_after),
            )
        )
    keys = ("leaving", "moved", "proven", "rest", "head_before", "head_after")
    columns = tuple(words(f"analysis.area.column_{key}") for key in keys)
    return TableView(columns, tuple(rows), n_text_columns=3)


def _nobody_worse(found: NobodyWorse, shown: Shown) -> str:
    words = shown.words
    names = words.list_of([shown.names[code] for code in found.worse_now])
    now = words("analysis.area.worse_now", names=names) if names else words("analysis.area.none_worse_now")
    return " ".join([now, _by_rule(found, shown), *_cheapest(found, shown)])


def _by_rule(found: NobodyWorse, shown: Shown) -> str:
    """Tell the best plan that obeys the rule."""
    words, objectives = shown.words, shown.outcome.plan.objectives
    if found.plan is None:
        return words(
            "analysis.area.nobody_worse_none" if found.is_proven else "analysis.area.nobody_worse_unknown"
        )
    measure = objectives[0].name if objectives else "mean_minutes"
    return words(
        "analysis.area.nobody_worse_plan",
        measure=shown.measure_inside(measure),
        value=shown.value(measure, found.value),
        joint=shown.value(measure, found.joint_value),
        places=shown.plan(found.plan),
        proof=words("analysis.proven" if found.is_proven else "analysis.not_proven"),
    )


def _cheapest(found: NobodyWorse, shown: Shown) -> Iterator[str]:
    """Tell what it takes with any number of places."""
    if found.least_cost_plan is not None and found.least_sek_per_year is not None:
        yield shown.words(
            "analysis.area.nobody_worse_cheapest",
            sek=shown.money(found.least_sek_per_year),
            places=shown.plan(found.least_cost_plan),
        )


# --- fairness ---


def _equity_blocks(found: Municipalities, shown: Shown) -> Iterator[Block]:
    words, equity = shown.words, found.equity
    yield Heading(words("analysis.area.equity"))
    gap = [_gap_sentence(found, shown)] if _may_tell_gap(found, shown) else []
    yield Paragraph(" ".join([words("analysis.area.equity_lead"), *gap]))
    if equity.share_between_municipalities is not None:
        between = words.percent(round(equity.share_between_municipalities, INDEX_DECIMALS))
        yield Paragraph(words("analysis.area.between", share=between))
    yield Table(_equity_table(equity, shown), words("analysis.area.equity_caption", mode=shown.mode))
    if equity.by_gender or equity.by_risk_group:
        yield Table(_groups_table(equity, shown), words("analysis.area.groups_caption", mode=shown.mode))
        yield Paragraph(words("analysis.area.groups_note"), "quiet")


def _equity_table(equity: Equity, shown: Shown) -> TableView:
    """Give the indices of each municipality, and how much of the county's worst tenth lives there."""
    words = shown.words
    shares = dict(equity.worst_visits_share_by_municipality)
    rows = [
        (
            shown.names[each.key],
            shown.area_minutes(each.mean_minutes, each.youths),
            shown.area_minutes(each.worst_tenth_minutes, each.youths),
            shown.index(each.gini, each.youths),
            shown.gate.share_text(shares.get(each.key, 0.0), WORST_SHARE * shown.youths, words),
        )
        for each in equity.by_municipality
    ]
    every = equity.overall
    rows.append(
        (
            words("analysis.area.all"),
            shown.area_minutes(every.mean_minutes, every.youths),
            shown.area_minutes(every.worst_tenth_minutes, every.youths),
            shown.index(every.gini, every.youths),
            words.percent(1.0),
        )
    )
    keys = ("municipality", "mean", "worst", "gini", "of_worst")
    columns = tuple(words(f"analysis.area.column_{key}") for key in keys)
    return TableView(columns, tuple(rows), n_sum_rows=1)


def _groups_table(equity: Equity, shown: Shown) -> TableView:
    words = shown.words
    genders = read_texts(words.language)["gender"]
    groups = shown.outcome.scenario.demand.risk_groups

    def row(label: str, group: GroupEquity) -> tuple[str, ...]:
        hidden = shown.gate.count(group.youths) is None
        minutes = (group.mean_minutes, group.worst_tenth_minutes)
        cells = [words("unit.hidden") if hidden else words.number(each, GROUP_DECIMALS) for each in minutes]
        return (label, *cells, shown.index(group.gini, group.youths))

    rows = [row(str(genders.get(each.key, each.key)), each) for each in equity.by_gender]
    rows += [row(getattr(groups[each.key].title, words.language), each) for each in equity.by_risk_group]
    keys = ("group", "mean", "worst", "gini")
    return TableView(tuple(words(f"analysis.area.column_{key}") for key in keys), tuple(rows))
