"""What the data support: which option, what holds in all of them, what falls out, and what a step costs.

Nothing is weighed that the data do not weigh: an option is set aside only if another costs no more and has
no longer trips; one is put forward only where the price of a further minute rises clearly after it
(`frontier`). What a minute is worth is the group's to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..figures import Figure
from ..tables import kind_label
from .options_table import measures_of
from .suggestion import VALUE, step_figures, supported
from .who_moves import who_moves

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from ...study import Outcome
    from .facts import Facts

FEWEST_TO_COMPARE: Final = 2


def recommendation(facts: Facts) -> Iterator[tuple[str, str]]:
    """Give each point with its name, the most important first."""
    words, found = facts.words, facts.record[VALUE]
    efficient = [facts.named(each) for each in found["efficient"]]
    if len(efficient) + len(found["dominated"]) >= FEWEST_TO_COMPARE:
        yield words("reporting.point.supported"), supported(efficient, facts)
    efficient.sort(key=facts.outcomes.index)
    kept = tuple(efficient) if len(efficient) >= FEWEST_TO_COMPARE else facts.options
    if len(kept) >= FEWEST_TO_COMPARE:
        names = words.list_of([facts.letter(each) for each in kept])
        common = _in_all(kept, facts) or words("reporting.in_all_none")
        yield words("reporting.point.in_all", options=names), common
    if (option := facts.put_forward) is not None and (moved := " ".join(who_moves(option, facts))):
        yield words("reporting.point.who", option=facts.letter(option)), moved
    set_aside = [_set_aside(each, facts) for each in found["dominated"]]
    if set_aside:
        yield words("reporting.point.set_aside"), " ".join(set_aside)
    for reason in ("not_all_served", "too_few"):
        missing = [facts.letters[each["option"]] for each in found["left_out"] if each["reason"] == reason]
        if missing:
            names = words.list_of(missing)
            yield words("reporting.point.not_weighed"), words(f"reporting.{reason}", options=names)
    for names in found["alike"]:
        letters = words.list_of(
            [facts.letter(each) for each in facts.outcomes if each.scenario.name in names]
        )
        yield words("reporting.point.alike"), words("reporting.alike", options=letters)


def traced(facts: Facts) -> tuple[tuple[str, Figure], ...]:
    """Give the figures of the sentences, each with what it is."""
    words, found = facts.words, facts.record[VALUE]
    rows = []
    for row, step in enumerate(found["steps"]):
        names = {"cheaper": facts.letters[step["cheaper"]], "dearer": facts.letters[step["dearer"]]}
        rows += [
            (words(f"reporting.trace_step.{key}", **names), figure)
            for key, figure in step_figures(facts, row).items()
        ]
    if found["rise"] is not None:
        rows.append((words("reporting.trace_step.rise"), Figure(f"{VALUE}.rise", found["rise"], "posts")))
    return tuple(rows)


def _in_all(options: tuple[Outcome, ...], facts: Facts) -> str:
    """Name the premises, or else the municipalities, that are in all options."""
    words = facts.words
    parts = []
    main = _common(options, lambda each: set(each.plan.main))
    anyhow = _common(options, lambda each: set(each.plan.open_sites)) - main
    for key, sites in (("main", main), ("anyhow", anyhow)):
        if sites:
            named = [_site(options[0], each, facts) for each in sorted(sites)]
            parts.append(words(f"reporting.in_all_{key}", places=words.list_of(named)))
    known = {facts.towns_of(options[0], (each,))[0] for each in main | anyhow}
    towns = _common(options, lambda each: _towns(each, facts)) - known
    if towns:
        parts.append(words("reporting.in_all_towns", places=words.list_of(sorted(towns))))
    return " ".join(parts)


def _towns(outcome: Outcome, facts: Facts) -> set[str]:
    return {facts.towns_of(outcome, (each,))[0] for each in outcome.plan.open_sites}


def _common(options: tuple[Outcome, ...], tell: Callable[[Outcome], set[str]]) -> set[str]:
    return set.intersection(*(tell(each) for each in options))


def _site(outcome: Outcome, site_id: str, facts: Facts) -> str:
    """Name premises by municipality and kind: all of an address is behind the first page."""
    sites = outcome.region.sites
    kind = kind_label(sites.kinds[sites.site_ids.index(site_id)], facts.words)
    return f"{facts.towns_of(outcome, (site_id,))[0]} ({kind})"


def _set_aside(each: dict[str, Any], facts: Facts) -> str:
    """Say what is better than an option, and in what it is the better one all the same."""
    words = facts.words
    option, by = facts.named(each["option"]), [facts.named(name) for name in each["by"]]
    key = "extended" if each["is_extended"] else "dominated"
    names = words.list_of([facts.letter(other) for other in by])
    trip = words(f"reporting.trip.{facts.record[VALUE]['measure']}")
    sentence = words(f"reporting.{key}", option=facts.letter(option), by=names, trip=trip)
    better = list(_better_in(option, by, facts))
    if not better:
        return sentence
    all_the_same = words(
        "reporting.better_all_the_same", option=facts.letter(option), measures=words.list_of(better)
    )
    return f"{sentence} {all_the_same}"


def _better_in(option: Outcome, by: list[Outcome], facts: Facts) -> Iterator[str]:
    """Name the measures in which an option is told to be better than all that dominate it."""
    for measure in measures_of(facts):
        if measure.key in ("posts", "sek", "mean", "near", "main", "nearer", "farther"):
            continue
        sign = 1.0 if measure.tell(option).kind == "share" else -1.0
        own, others = measure.tell(option).told, [measure.tell(each).told for each in by]
        if own is not None and all(each is not None and sign * (own - each) > 0 for each in others):
            rival = max(by, key=lambda each: sign * (measure.tell(each).told or 0.0))
            yield facts.words(
                "reporting.better_in",
                measure=measure.inside,
                value=measure.tell(option).text(facts.words),
                other=measure.tell(rival).text(facts.words, with_unit=False),
            )
