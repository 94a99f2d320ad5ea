"""How sure the first page is: what is proven, what was tried with other assumptions, what would change it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ...plan import Status
from ...saved.rounding import WHOLLY_PROVEN
from ..analysis.assumed import name_of, value_text
from ..analysis.shown import Shown
from ..measures_table import gap_text, largest_gap
from ..tables import is_estimated_site, weighable_mean
from .options_table import measures_of
from .suggestion import VALUE, step_figures

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ...analysis.analyse import Analysis
    from ...analysis.uncertainty import Uncertainty
    from ...study import Outcome
    from .facts import Facts
    from .options_table import Measure

BEST_BY: Final = ("worst", "within", "within_by", "within_by_estimate")
FEWEST_TO_COMPARE: Final = 2
MOST_FLIPS: Final = 3
CLEARLY_MORE: Final = 1.1  # times the scenario's need, for it to be told


def how_sure(facts: Facts) -> Iterator[tuple[str, str]]:
    """Say what is proven, what was tried, and what rests on estimates."""
    words = facts.words
    yield words("reporting.point.proof"), " ".join(_proof(facts))
    tried = list(_tried(facts))
    yield words("reporting.point.tried"), " ".join(tried) or words("reporting.not_tried")
    yield words("reporting.point.estimates"), " ".join(_estimates(facts))


def _proof(facts: Facts) -> Iterator[str]:
    words = facts.words
    proven = [each for each in facts.options if _is_proven(each) and _gap(each) <= WHOLLY_PROVEN]
    within = [each for each in facts.options if _is_proven(each) and _gap(each) > WHOLLY_PROVEN]
    given = [each for each in facts.options if each.plan.status is Status.GIVEN]
    known = {id(each) for each in (*proven, *within, *given)}
    unproven = [each for each in facts.options if id(each) not in known]
    if len(proven) == len(facts.options):
        yield words("reporting.all_proven")
    elif proven:
        yield words.plural("reporting.some_proven", len(proven), options=_letters(proven, facts))
    for each in within:
        yield words("reporting.proven_within", option=facts.letter(each), gap=gap_text(_gap(each), words))
    for each in unproven:
        yield words("reporting.unproven", option=facts.letter(each), gap=gap_text(_gap(each), words))
    if given:
        yield words.plural("reporting.given", len(given), options=_letters(given, facts))


def _is_proven(outcome: Outcome) -> bool:
    return outcome.plan.status is Status.OPTIMAL


def _letters(outcomes: list[Outcome], facts: Facts) -> str:
    return facts.words.list_of([facts.letter(each) for each in outcomes])


def _tried(facts: Facts) -> Iterator[str]:
    for analysis in facts.analyses:
        if analysis.uncertainty is not None:
            yield facts.words(
                "reporting.tried",
                option=facts.letter(analysis.outcome),
                summary=facts.parts(analysis)["uncertainty"].summary,
            )
    tried = [each.outcome.scenario.name for each in facts.analyses if each.uncertainty is not None]
    if tried and facts.suggested is not None and facts.suggested.scenario.name not in tried:
        yield facts.words("reporting.suggestion_not_tried", option=facts.letter(facts.suggested))


def _estimates(facts: Facts) -> Iterator[str]:
    words = facts.words
    yield words("reporting.estimates")
    for analysis in facts.analyses[:1]:
        if analysis.uncertainty is not None:
            yield from _need(analysis, analysis.uncertainty, facts)
    opened = tuple(sorted({site for each in facts.options for site in each.plan.open_sites}))
    if unsure := unconfirmed(facts.base, opened):
        yield words.plural("reporting.unconfirmed", len(unsure), total=words.number(len(opened)))
    if any(each.scenario.roles != facts.options[0].scenario.roles for each in facts.options):
        yield words("reporting.other_costs")


def _need(analysis: Analysis, found: Uncertainty, facts: Facts) -> Iterator[str]:
    """Say how the scenario's need lies among what was drawn."""
    words, shown = facts.words, Shown(analysis.outcome, facts.words)
    county = analysis.outcome.evaluation.county
    nominal = shown.gate.derived(county.overall.visits_per_year, county.youths_in_effect)
    median = shown.gate.derived(found.visits_per_year.median, county.youths_in_effect)
    if nominal and median and median > CLEARLY_MORE * nominal:
        yield words("reporting.need_is_low", nominal=words.number(nominal), median=words.number(median))


def unconfirmed(outcome: Outcome, site_ids: tuple[str, ...]) -> list[str]:
    """Give those of some sites whose position or service no source confirms."""
    rows = outcome.dataset.table("sites").set_index("site_id").to_dict("index")
    return [each for each in site_ids if is_estimated_site(rows[each]["quality"], rows[each]["status"])]


def _gap(outcome: Outcome) -> float:
    return largest_gap(outcome.plan, outcome.evaluation.county, outcome.scenario)


def what_would_change(facts: Facts) -> Iterator[tuple[str, str]]:
    """Say at what value of a minute, by what measure and by which assumption another option is the better."""
    words = facts.words
    if price := _by_price(facts):
        yield words("reporting.point.worth"), price
    if len(facts.options) >= FEWEST_TO_COMPARE:
        best = [text for measure in measures_of(facts) if (text := _best_by(measure, facts))]
        if best:
            text = f"{'; '.join(best)}."
            yield words("reporting.point.measure"), text[0].upper() + text[1:]
    flips = [_flips(each, each.uncertainty, facts) for each in facts.analyses if each.uncertainty is not None]
    if flips:
        yield words("reporting.point.assumptions"), " ".join(flips)
    yield words("reporting.point.never_counted"), words("reporting.never_counted")


def _flips(analysis: Analysis, found: Uncertainty, facts: Facts) -> str:
    """Name the assumptions that, each for itself, make another plan of the same size the better one."""
    words, shown = facts.words, Shown(analysis.outcome, facts.words)
    letter = facts.letter(analysis.outcome)
    tried = [each for each in found.swings if each.searched is not None]
    flipping = []
    for each in tried:
        for side in ("flips_below", "flips_above"):
            value = getattr(each, side)
            if value is not None:
                told = value_text(each.assumption.key, value, shown)
                name = name_of(each.assumption.key, shown)
                flipping.append(f"{name} {words(f'analysis.sure.{side}', value=told)}")
    if not tried:
        return words("reporting.flips_not_tried", option=letter)
    if not flipping:
        return words("reporting.flips_none", option=letter)
    return words("reporting.flips", option=letter, assumptions="; ".join(flipping[:MOST_FLIPS]))


def _by_price(facts: Facts) -> str:
    """Say for each efficient option between which values of a minute it is the one to choose."""
    words, found = facts.words, facts.record[VALUE]
    letters = [facts.letters[each] for each in found["efficient"]]
    prices = [step_figures(facts, row)["price"].text(words) for row in range(len(found["steps"]))]
    if not prices:
        return ""
    ranges = [words("reporting.worth_less", option=letters[0], price=prices[0])]
    ranges += [
        words("reporting.worth_between", option=letter, low=low, high=high)
        for letter, low, high in zip(letters[1:-1], prices, prices[1:], strict=False)
    ]
    ranges.append(words("reporting.worth_more", option=letters[-1], price=prices[-1]))
    trip = words(f"reporting.trip.{found['measure']}")
    return words("reporting.worth", trip=trip, ranges="; ".join(ranges))


def _counts_all(outcome: Outcome, measure: Measure) -> bool:
    """Whether a mean is of everybody: those with digital contact or none at all would be left out of it."""
    return measure.key != "worst" or weighable_mean(outcome.evaluation.county) is not None


def _best_by(measure: Measure, facts: Facts) -> str:
    """Name the option that is told to be the best by a measure."""
    if measure.key not in BEST_BY:
        return ""
    words = facts.words
    told = {each: measure.tell(each) for each in facts.options if _counts_all(each, measure)}
    sign = 1.0 if measure.key != "worst" else -1.0
    known = {each: sign * figure.told for each, figure in told.items() if figure.told is not None}
    if not known:
        return ""
    best = max(known.values())
    winners = [each for each, value in known.items() if value == best]
    return words(
        "reporting.best_by",
        measure=measure.inside,
        options=_letters(winners, facts),
        value=told[winners[0]].text(words),
    )
