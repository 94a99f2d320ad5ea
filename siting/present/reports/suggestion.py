"""The option that the figures speak for, and whether it would be so with other options on the table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..figures import Figure, taken

if TYPE_CHECKING:
    from ...study import Outcome
    from .facts import Facts

VALUE: Final = "value_for_money"


def step_figures(facts: Facts, row: int) -> dict[str, Figure]:
    """Give the figures of a step from an option to the next dearer one."""
    path = f"{VALUE}.steps[{row}]"
    return {
        "minutes": taken(facts.record, f"{path}.minutes_gained", "minutes"),
        "sek": taken(facts.record, f"{path}.sek_more", "sek"),
        "price": taken(facts.record, f"{path}.sek_per_minute", "sek"),
    }


def supported(efficient: list[Outcome], facts: Facts) -> str:
    """Say which option the figures speak for and why, or that none stands out."""
    words, found = facts.words, facts.record[VALUE]
    trip = words(f"reporting.trip.{found['measure']}")
    alike = next(
        (names for names in found["alike"] if efficient and efficient[0].scenario.name in names), None
    )
    if len(efficient) == 1:
        names = (
            words.list_of([facts.letters[each] for each in alike]) if alike else facts.titled(efficient[0])
        )
        return words("reporting.supported_one", option=names, trip=trip)
    letters = words.list_of([facts.letter(each) for each in efficient])
    if facts.put_forward is None:
        return words("reporting.supported_none", options=letters, trip=trip)
    place = found["efficient"].index(found["suggested"])
    before, after = (step_figures(facts, row)["price"] for row in (place - 1, place))
    values = {
        "option": facts.titled(facts.put_forward),
        "letter": facts.letter(facts.put_forward),
        "next": facts.letters[found["efficient"][place + 1]],
        "before": before.text(words),
        "after": after.text(words),
        "rise": words.number(found["rise"], 1),
        "trip": trip,
        "examined": words.list_of([facts.letter(each.outcome) for each in facts.analyses]),
    }
    if facts.suggested is None:
        return words(f"reporting.supported_frail_{facts.holding}", **values)
    rests_on = [facts.letter(each) for each in facts.outcomes if each.scenario.name in found["rests_on"]]
    rests = words("reporting.rests_on", options=words.list_of(rests_on, last="unit.or")) if rests_on else ""
    same = words("reporting.holds", **values) if facts.holding == "same" else ""
    return " ".join(filter(None, (words("reporting.supported", **values), same, rests)))
