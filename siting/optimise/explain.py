"""Says which rules to relax, and by how much, where no plan obeys all of them at once.

The rules in use are relaxed alone, then two, then three at a time, the others kept; the smallest sets that
leave a plan are named. For a limit the smallest amount that suffices is found by bisection. Each trial
asks the solver only whether any plan is left.

Of a limit on visits, on a share of them or on their mean minutes the amount is not sought: it would be a
figure of those who live there, to the last visit, in a message that passes no gate (docs/threat-model.md).
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Final

from ..errors import InfeasibleError, InputError
from ..scenario_choice import CountRange, SitesByRole
from .rules import state_problem
from .solver import is_feasible

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from ..region import Region
    from ..scenario import ByService, ChoiceSection, Hosts

MOST_MINUTES: Final = 600
MOST_MORE_SITES: Final = 15
MOST_MORE_POSTS: Final = 1_000
SEK_STEP: Final = 10_000
MOST_SEK_STEPS: Final = 100_000
MOST_RULES_TOGETHER: Final = 3
MOST_SETS_NAMED: Final = 4
SECONDS: Final = 60.0
"""The search for sets of two and three ends after this."""


@dataclass(frozen=True)
class Way:
    """A rule and how it may be relaxed: by steps from 1 to `n_steps`, each giving way more."""

    n_steps: int
    relaxed: Callable[[ChoiceSection, int], ChoiceSection]
    say: Callable[[int], str]


def what_to_relax(choice: ChoiceSection, region: Region, hosts: Hosts) -> tuple[str, ...]:
    """Name the smallest sets of relaxations that leave a plan: "raise choice.link_minutes to 74"."""
    started = time.perf_counter()

    def leaves_a_plan(other: ChoiceSection) -> bool:
        try:
            return is_feasible(state_problem(region, other, hosts)[0])
        except (InfeasibleError, InputError):
            return False

    ways = tuple(ways_to_relax(choice))
    for size in range(1, MOST_RULES_TOGETHER + 1):
        found: list[str] = []
        for together in combinations(ways, size):
            if size > 1 and (len(found) == MOST_SETS_NAMED or time.perf_counter() - started > SECONDS):
                break
            said = _smallest(choice, together, leaves_a_plan)
            if said is not None:
                found.append(said)
        if found:
            return tuple(found)
    return ()


def _smallest(
    choice: ChoiceSection, ways: tuple[Way, ...], leaves_a_plan: Callable[[ChoiceSection], bool]
) -> str | None:
    """Relax some rules together, each in turn as little as the others, taken as they stand, allow."""
    steps = [way.n_steps for way in ways]

    def relaxed() -> ChoiceSection:
        other = choice
        for way, step in zip(ways, steps, strict=True):
            other = way.relaxed(other, step)
        return other

    if not leaves_a_plan(relaxed()):
        return None
    for index, way in enumerate(ways):
        low, high = 1, way.n_steps
        while low < high:
            steps[index] = (low + high) // 2
            if leaves_a_plan(relaxed()):
                high = steps[index]
            else:
                low = steps[index] + 1
        steps[index] = high
    return " and ".join(way.say(step) for way, step in zip(ways, steps, strict=True))


def ways_to_relax(choice: ChoiceSection) -> Iterator[Way]:
    """Each rule in use with how it gives way."""
    for key in ("n_main", "n_satellites", "n_stops", "n_teams"):
        yield _more_sites(choice, key)
    if choice.link_minutes is not None:
        yield _longer(
            "choice.link_minutes",
            choice.link_minutes,
            lambda other, value: other.model_copy(update={"link_minutes": value}),
        )
    for service in ("main", "near"):
        limit = getattr(choice.largest_minutes, service)
        if limit is not None:
            yield _longer(f"choice.largest_minutes.{service}", limit, _set_largest(service))
    yield from _municipality_limits(choice)
    yield from _resources(choice)
    yield from _figures_of_people(choice)
    yield from _all_or_nothing(choice)


def _more_sites(choice: ChoiceSection, key: str) -> Way:
    count: CountRange = getattr(choice, key)

    def relaxed(other: ChoiceSection, step: int) -> ChoiceSection:
        more = CountRange(minimum=count.minimum, maximum=count.maximum + step)
        return other.model_copy(update={key: more})

    return Way(
        MOST_MORE_SITES, relaxed, lambda step: f"raise the maximum of choice.{key} to {count.maximum + step}"
    )


def _longer(key: str, limit: float, put: Callable[[ChoiceSection, float], ChoiceSection]) -> Way:
    whole = int(limit)
    return Way(
        max(MOST_MINUTES - whole, 1),
        lambda other, step: put(other, float(whole + step)),
        lambda step: f"raise {key} to {whole + step}",
    )


def _set_largest(service: str) -> Callable[[ChoiceSection, float], ChoiceSection]:
    def put(other: ChoiceSection, value: float) -> ChoiceSection:
        limits: ByService = other.largest_minutes.model_copy(update={service: value})
        return other.model_copy(update={"largest_minutes": limits})

    return put


def _municipality_limits(choice: ChoiceSection) -> Iterator[Way]:
    for index, each in enumerate(choice.municipality_limits):
        for service in ("main", "near"):
            limit = getattr(each.largest_minutes, service)

            def put(
                other: ChoiceSection, value: float, index: int = index, service: str = service
            ) -> ChoiceSection:
                limits = list(other.municipality_limits)
                longer = limits[index].largest_minutes.model_copy(update={service: value})
                limits[index] = limits[index].model_copy(update={"largest_minutes": longer})
                return other.model_copy(update={"municipality_limits": tuple(limits)})

            if limit is not None:
                key = f"choice.municipality_limits ({each.municipality}) largest_minutes.{service}"
                yield _longer(key, limit, put)


def _resources(choice: ChoiceSection) -> Iterator[Way]:
    posts, sek = choice.most_full_time_posts, choice.most_sek_per_year
    if posts is not None:
        yield Way(
            MOST_MORE_POSTS,
            lambda other, step: other.model_copy(update={"most_full_time_posts": int(posts) + float(step)}),
            lambda step: f"raise choice.most_full_time_posts to {int(posts) + step}",
        )
    if sek is not None:
        whole = int(sek // SEK_STEP)
        yield Way(
            MOST_SEK_STEPS,
            lambda other, step: other.model_copy(
                update={"most_sek_per_year": float((whole + step) * SEK_STEP)}
            ),
            lambda step: f"raise choice.most_sek_per_year to {(whole + step) * SEK_STEP}",
        )


def _figures_of_people(choice: ChoiceSection) -> Iterator[Way]:
    """Rules on visits, on a share of them or on their mean minutes: how they give way, but not how far."""
    if choice.most_mean_minutes is not None:
        yield _far_enough("raise choice.most_mean_minutes", _without("most_mean_minutes"))
    if choice.least_share_within_standard is not None:
        yield _far_enough("lower choice.least_share_within_standard", _without("least_share_within_standard"))
    for index, limit in enumerate(choice.municipality_limits):
        if limit.mean_minutes is not None:
            yield _far_enough(
                f"raise choice.municipality_limits ({limit.municipality}) mean_minutes",
                _without_part("municipality_limits", index, "mean_minutes"),
            )
    for index, by_mode in enumerate(choice.mode_limits):
        where = f"choice.mode_limits ({by_mode.municipality or 'all'}, {by_mode.mode})"
        for how, part in (("raise", "mean_minutes"), ("lower", "least_share")):
            if getattr(by_mode, part):
                yield _far_enough(f"{how} {where} {part}", _without_part("mode_limits", index, part))
    for role in ("main", "satellite", "stop"):
        if getattr(choice.least_visits_per_year, role):
            yield _far_enough(f"lower choice.least_visits_per_year.{role}", _without_least(role))


def _far_enough(how: str, without: Callable[[ChoiceSection], ChoiceSection]) -> Way:
    return Way(1, lambda other, _: without(other), lambda _: f"{how} far enough")


def _without(key: str) -> Callable[[ChoiceSection], ChoiceSection]:
    return lambda other: other.model_copy(update={key: None})


def _without_part(key: str, index: int, part: str) -> Callable[[ChoiceSection], ChoiceSection]:
    def without(other: ChoiceSection) -> ChoiceSection:
        limits = list(getattr(other, key))
        limits[index] = limits[index].model_copy(update={part: None})
        return other.model_copy(update={key: tuple(limits)})

    return without


def _without_least(role: str) -> Callable[[ChoiceSection], ChoiceSection]:
    def without(other: ChoiceSection) -> ChoiceSection:
        least = other.least_visits_per_year.model_copy(update={role: 0.0})
        return other.model_copy(update={"least_visits_per_year": least})

    return without


def _all_or_nothing(choice: ChoiceSection) -> Iterator[Way]:
    """Each rule without an amount."""
    nothing: dict[str, object] = {
        "place_in_every_municipality": False,
        "place_in": (),
        "required": SitesByRole(),
        "at_least_one_of": (),
        "at_most_one_of": (),
        "n_by_kind": {},
        "main_near": (),
        "nobody_worse_than": None,
        "with_capacity": False,
    }
    for key, without in nothing.items():
        if getattr(choice, key) != without:

            def relaxed(
                other: ChoiceSection, _: int, key: str = key, without: object = without
            ) -> ChoiceSection:
                return other.model_copy(update={key: without})

            yield Way(1, relaxed, lambda _, key=key: f"take choice.{key} away")  # type: ignore[misc]
