"""What is in it for each municipality: gain, shares of the cost, what happens without it, and fairness."""

from __future__ import annotations

from math import inf
from typing import TYPE_CHECKING

from ...analysis.nobody_worse import today_of
from ..document import Heading, Paragraph, Part, Picture, Table
from ..pictures.drawing import Frame
from ..pictures.plots import Span, spans
from ..tables import TableView, age_span
from .cost_shares import cost_blocks
from .departures import departure_blocks
from .equity import equity_blocks
from .shown import opened_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...analysis.municipalities import Membership, Municipalities
    from ...analysis.nobody_worse import NobodyWorse
    from ..document import Block
    from ..words import Words
    from .shown import Shown


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
    """Whether minutes may be told of it, or what follows from them."""
    return not shown.gate.hides_minutes(member.youths)


def _summary(found: Municipalities, shown: Shown) -> str:
    words = shown.words
    told = [(_gain(each), each.name) for each in found.members if _may_be_told(each, shown)]
    changed = [(change, name) for change, name in told if change is not None]
    sentences = []
    if _is_today(shown):
        sentences.append(words("analysis.area.is_today"))
    elif changed:
        sentences.append(_changes_sentence(changed, shown))
    if gap_may_be_told(found, shown):
        sentences.append(_gap_sentence(found, shown))
    return " ".join(sentences) or words("analysis.area.summary")


def _changes_sentence(changed: list[tuple[float, str]], shown: Shown) -> str:
    """Say who gets a noticeably shorter way than today, and who a longer one."""
    words, least = shown.words, shown.outcome.scenario.evaluation.noticeable_minutes
    better = [name for change, name in changed if change <= -least]
    worse = [name for change, name in changed if change >= least]

    def count(n: int) -> str:
        known = {0: "nobody", 1: "one"}  # in the gender of a municipality
        return words(f"analysis.area.{known[n]}") if n in known else words.spelt(n)

    def named(names: list[str]) -> str:
        return words("analysis.area.named", names=words.list_of(names)) if names else ""

    return words(
        "analysis.area.summary_changes",
        n=words.spelt(len(changed)),
        minutes=words.plain(least),
        mode=shown.mode,
        better=count(len(better)),
        better_names=named(better),
        worse=count(len(worse)),
        worse_names=named(worse),
        same=count(len(changed) - len(better) - len(worse)),
    )


def _is_today(shown: Shown) -> bool:
    """Whether the plan is the places of today, so that there is nothing to compare."""
    outcome = shown.outcome
    today = outcome.scenario.analysis.municipalities.today
    return today is not None and set(opened_by(today_of(outcome, today))) == set(opened_by(outcome.plan))


def gap_may_be_told(found: Municipalities, shown: Shown) -> bool:
    """Whether there is a gap between municipalities of both of which minutes may be told."""
    told = {each.code for each in found.members if _may_be_told(each, shown)}
    return found.largest_gap_between is not None and set(found.largest_gap_between) <= told


def worse_told(rule: NobodyWorse, found: Municipalities, shown: Shown) -> list[str]:
    """Give the codes of those who are worse off than today; none where few live."""
    told = {each.code for each in found.members if _may_be_told(each, shown)}
    return [code for code in rule.worse_now if code in told]


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
    yield from cost_blocks(found, shown)
    if found.departures:
        yield from departure_blocks(found.departures, shown)
    if found.nobody_worse is not None and not _is_today(shown):
        yield Heading(words("analysis.area.nobody_worse"))
        yield Paragraph(words("analysis.area.two_kinds"))
        yield Paragraph(_nobody_worse(found.nobody_worse, found, shown))
    yield from equity_blocks(found.equity, shown)


# --- gain ---


def _gain_blocks(found: Municipalities, shown: Shown) -> Iterator[Block]:
    words = shown.words
    yield Heading(words("analysis.area.gain"))
    is_compared = any(each.today_minutes is not None for each in found.members) and not _is_today(shown)
    if is_compared:
        yield from _gain_plot(found, shown)
    elif _is_today(shown):
        yield Paragraph(words("analysis.area.is_today"))
    can_pay = any(each.alone_minutes is not None for each in found.members)
    view = _gain_table(found, shown, is_compared=is_compared, has_alone=can_pay)
    yield Table(view, words("analysis.area.gain_caption", mode=shown.mode))
    if not can_pay:
        yield Paragraph(words("analysis.area.nobody_can_pay"))
    notes = ["gain_note"] * is_compared + ["gain_alone_note"] * can_pay
    if notes:
        yield Paragraph(" ".join(words(f"analysis.area.{key}") for key in notes), "quiet")


def _gain_plot(found: Municipalities, shown: Shown) -> Iterator[Block]:
    words = shown.words
    caption = words("analysis.area.gain_plot", mode=shown.mode)
    rows = sorted((_span(each) for each in found.members if _may_be_told(each, shown)), key=_change_drawn)
    frame = Frame(
        "gain",
        _gain_alt(rows, words),
        words("analysis.unit_minutes"),
        legend=tuple(words(f"analysis.area.{key}") for key in ("today", "joint", "shorter", "longer")),
    )
    if any(row.start is not None or row.end is not None for row in rows):
        yield Picture(spans(rows, frame, words), caption, frame.alt)


def _span(member: Membership) -> Span:
    values = (member.today_minutes, member.joint_minutes_as_today)
    return Span(member.name, *(None if each is None else round(each) for each in values))


def _change_drawn(row: Span) -> float:
    """Give the change that is drawn, as it may be told; those without one stand last."""
    return inf if row.start is None or row.end is None else row.end - row.start


def _gain_alt(rows: list[Span], words: Words) -> str:
    """Say whose way becomes shorter and longer by most."""
    changed = [row for row in rows if row.start is not None and row.end is not None]
    sentences = []
    for key, row in (("shorter", changed[0]), ("longer", changed[-1])) if changed else ():
        change = _change_drawn(row)
        if change and (change < 0) is (key == "shorter"):
            ends = {"start": words.number(row.start), "end": words.number(row.end)}
            sentences.append(words(f"analysis.area.alt_{key}", name=row.label, **ends))
    return " ".join(sentences) or words("analysis.area.alt_same")


def _gain_table(found: Municipalities, shown: Shown, *, is_compared: bool, has_alone: bool) -> TableView:
    words = shown.words
    left_out = {
        *(() if is_compared else ("today", "joint_as_today", "change")),
        *(() if has_alone else ("alone",)),
    }
    rows = []
    for each in found.members:
        cells = {
            "municipality": each.name,
            "youths": shown.gate.text(each.youths, words),
            "places": _n_places(each, shown),
            "today": shown.area_minutes(each.today_minutes, each.youths),
            "joint_as_today": shown.area_minutes(each.joint_minutes_as_today, each.youths),
            "change": shown.signed_minutes(each.today_minutes, each.joint_minutes_as_today, each.youths),
            "joint": shown.area_minutes(each.joint_minutes, each.youths),
            "alone": words("analysis.area.cannot_pay")
            if each.alone_minutes is None
            else shown.area_minutes(each.alone_minutes, each.youths),
        }
        rows.append({key: text for key, text in cells.items() if key not in left_out})
    ages = age_span(shown.outcome.scenario)
    columns = tuple(words(f"analysis.area.column_{key}", ages=ages) for key in rows[0])
    return TableView(columns, tuple(tuple(row.values()) for row in rows))


def _n_places(member: Membership, shown: Shown) -> str:
    words = shown.words
    if not member.n_main:
        return words.number(member.n_places)
    return words(
        "analysis.area.with_mains", n=words.number(member.n_places), mains=words.number(member.n_main)
    )


# --- nobody worse off ---


def _nobody_worse(rule: NobodyWorse, found: Municipalities, shown: Shown) -> str:
    words = shown.words
    names = words.list_of([shown.names[code] for code in worse_told(rule, found, shown)])
    now = words(
        "analysis.area.worse_now" if names else "analysis.area.none_worse_now",
        names=names,
        minutes=words.plain(shown.outcome.scenario.evaluation.noticeable_minutes),
    )
    strict = words("analysis.area.rule_is_exact")
    return " ".join([now, strict, _by_rule(rule, shown), *_cheapest(rule, shown)])


def _by_rule(found: NobodyWorse, shown: Shown) -> str:
    """Tell the best plan that obeys the rule."""
    words, objectives = shown.words, shown.outcome.plan.objectives
    if found.joint_obeys:
        return words("analysis.area.nobody_worse_kept")
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
