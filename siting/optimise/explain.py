"""Says which rule to relax, and by how much, where no plan obeys all of them at once.

Each rule in use is relaxed alone, the others kept; for a limit the smallest value that suffices is
found by bisection. Each trial asks the solver only whether any plan is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from ..errors import InfeasibleError, InputError
from ..scenario import ChoiceSection, CountRange, LargestMinutes, SitesByRole
from .solver import is_feasible

if TYPE_CHECKING:
    from .problem import SitingProblem

MOST_MINUTES: Final = 600
MOST_MORE_SITES: Final = 15

State = Callable[[ChoiceSection], "SitingProblem"]
Relaxed = Callable[[int], ChoiceSection]


def what_to_relax(choice: ChoiceSection, state: State) -> tuple[str, ...]:
    """Name each single relaxation that leaves a plan, such as "raise choice.link_minutes to 74"."""
    found = []
    for key, lowest, highest, relaxed in _limits(choice):
        enough = _smallest(lowest, highest, relaxed, state)
        if enough is not None:
            found.append(f"raise {key} to {enough}")
    for key, without in _all_or_nothing(choice):
        if _leaves_a_plan(without, state):
            found.append(f"take {key} away")
    return tuple(found)


def _leaves_a_plan(choice: ChoiceSection, state: State) -> bool:
    try:
        return is_feasible(state(choice))
    except (InfeasibleError, InputError):
        return False


def _limits(choice: ChoiceSection) -> Iterator[tuple[str, int, int, Relaxed]]:
    """Each limit with the values to try between and the choice with another value."""
    for key in ("n_main", "n_satellites"):
        count: CountRange = getattr(choice, key)

        def more(value: int, key: str = key, count: CountRange = count) -> ChoiceSection:
            return choice.model_copy(update={key: CountRange(minimum=count.minimum, maximum=value)})

        yield f"the maximum of choice.{key}", count.maximum + 1, count.maximum + MOST_MORE_SITES, more
    if choice.link_minutes is not None:
        yield (
            "choice.link_minutes",
            int(choice.link_minutes) + 1,
            MOST_MINUTES,
            lambda value: choice.model_copy(update={"link_minutes": float(value)}),
        )
    for service in ("main", "near"):
        limit = getattr(choice.largest_minutes, service)
        if limit is not None:

            def longer(value: int, service: str = service) -> ChoiceSection:
                limits: LargestMinutes = choice.largest_minutes.model_copy(update={service: float(value)})
                return choice.model_copy(update={"largest_minutes": limits})

            yield f"choice.largest_minutes.{service}", int(limit) + 1, MOST_MINUTES, longer


def _all_or_nothing(choice: ChoiceSection) -> Iterator[tuple[str, ChoiceSection]]:
    """Each rule without a number, and the choice without it."""
    nothing: dict[str, object] = {
        "place_in_every_municipality": False,
        "required": SitesByRole(),
        "at_least_one_of": (),
        "at_most_one_of": (),
        "main_near": (),
    }
    for key, without in nothing.items():
        if getattr(choice, key) != without:
            yield f"choice.{key}", choice.model_copy(update={key: without})


def _smallest(lowest: int, highest: int, relaxed: Relaxed, state: State) -> int | None:
    """Find the smallest whole number that leaves a plan, if the highest does."""
    if not _leaves_a_plan(relaxed(highest), state):
        return None
    while lowest < highest:
        middle = (lowest + highest) // 2
        if _leaves_a_plan(relaxed(middle), state):
            highest = middle
        else:
            lowest = middle + 1
    return highest
