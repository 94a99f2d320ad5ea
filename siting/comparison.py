"""`Comparison` of plans against a named base: who gains, who loses, by how much."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

import numpy as np

from .errors import InputError, LabelError
from .travel import MINUTES_DECIMALS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from .demand import DemandGrid
    from .evaluate import Assignment, Evaluation

ServiceName = Literal["main", "near"]
SERVICES: tuple[ServiceName, ...] = ("main", "near")


@dataclass(frozen=True)
class Change:
    """How the trips of one area's young people to one service differ from the base.

    Nearer and farther are by travel minutes. A cell that goes from a place to digital contact loses a
    place, and the other way round gains one. Who comes within the standard, or falls outside it, is counted
    beside these: by travel minutes, whatever they change by, and with a gained or a lost place too.
    """

    youths: float
    youths_nearer: float  # shorter by the noticeable minutes or more
    youths_farther: float
    youths_gaining_a_place: float  # had no place to go to
    youths_losing_a_place: float
    youths_from_digital: float  # of those gaining a place: had digital contact
    youths_to_digital: float  # of those losing a place: have digital contact instead
    youths_into_standard: float  # a place within the standard minutes (<=), and none before
    youths_out_of_standard: float
    mean_change_minutes: (
        float | None
    )  # travel, over the visits that have a place in both; None if there are none
    mean_change_generalised_minutes: float | None  # over the visits served in both, at a place or digitally

    @property
    def youths_unchanged(self) -> float:
        """Youths whose trip changes by less than the noticeable minutes."""
        changed = (
            self.youths_nearer
            + self.youths_farther
            + self.youths_gaining_a_place
            + self.youths_losing_a_place
        )
        return max(self.youths - changed, 0.0)


@dataclass(frozen=True)
class Difference:
    """One option against the base, for one service."""

    option: str
    service: ServiceName
    county: Change
    by_municipality: dict[str, Change]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Options side by side; `differences` leave the base out."""

    base: str
    options: tuple[str, ...]
    noticeable_minutes: float
    standard_minutes: float
    differences: tuple[Difference, ...]


def compare(
    evaluations: Mapping[str, Evaluation],
    demand: DemandGrid,
    *,
    base: str,
    noticeable_minutes: float,
    standard_minutes: float,
) -> Comparison:
    """Hold each option's trips against the base's, cell by cell.

    Raises
    ------
    InputError
        If the base is not among the options.
    LabelError
        If an evaluation is of other cells or other young people than the demand.
    """
    if base not in evaluations:
        message = f"--base {base}: is not among the compared scenarios: {', '.join(evaluations)}"
        raise InputError(message)
    for option, evaluation in evaluations.items():
        if len(evaluation.near.minutes) != len(demand.cell_ids):
            message = f"{option}: is evaluated on other cells than the base"
            raise LabelError(message)
        if not np.isclose(evaluation.county.youths, demand.youths.sum()):
            message = f"{option}: is evaluated for other young people than the base"
            raise LabelError(message)
    limits = _Limits(noticeable_minutes, standard_minutes)
    return Comparison(
        base=base,
        options=tuple(evaluations),
        noticeable_minutes=noticeable_minutes,
        standard_minutes=standard_minutes,
        differences=tuple(
            _difference(
                option,
                service,
                evaluations[base],
                evaluation,
                demand=demand,
                limits=limits,
            )
            for option, evaluation in evaluations.items()
            if option != base
            for service in SERVICES
        ),
    )


class _Limits(NamedTuple):
    """Minutes that changes are counted by."""

    noticeable_minutes: float
    standard_minutes: float


def _difference(
    option: str,
    service: ServiceName,
    base: Evaluation,
    evaluation: Evaluation,
    *,
    demand: DemandGrid,
    limits: _Limits,
) -> Difference:
    before: Assignment = getattr(base, service)
    after: Assignment = getattr(evaluation, service)
    visits = demand.main_visits_per_year if service == "main" else demand.near_visits_per_year
    codes = np.array(demand.municipality_codes)

    def change(members: NDArray[np.bool_]) -> Change:
        return _change(
            _Felt(before.minutes[members], before.generalised_minutes[members]),
            _Felt(after.minutes[members], after.generalised_minutes[members]),
            demand.youths[members],
            visits[members],
            limits,
        )

    return Difference(
        option=option,
        service=service,
        county=change(np.ones(len(codes), dtype=bool)),
        by_municipality={str(code): change(codes == code) for code in np.unique(codes)},
    )


class _Felt(NamedTuple):
    """What the cells of an area meet in one plan."""

    minutes: NDArray[np.float64]  # travel; inf = no place
    generalised_minutes: NDArray[np.float64]  # inf = unserved

    @property
    def has_place(self) -> NDArray[np.bool_]:
        """Cells with a place to go to."""
        return np.isfinite(self.minutes)

    @property
    def is_digital(self) -> NDArray[np.bool_]:
        """Cells served without a place."""
        return np.isfinite(self.generalised_minutes) & ~self.has_place

    def within(self, standard_minutes: float) -> NDArray[np.bool_]:
        """Cells with a place within the standard; no place lies within any."""
        return self.minutes <= standard_minutes


def _change(
    before: _Felt,
    after: _Felt,
    youths: NDArray[np.float64],
    visits: NDArray[np.float64],
    limits: _Limits,
) -> Change:
    had, has = before.has_place, after.has_place
    both = had & has
    difference = _difference_where(both, before.minutes, after.minutes)
    youths = np.where(visits > 0, youths, 0.0)  # nobody gains or loses a service that nobody needs
    served = np.isfinite(before.generalised_minutes) & np.isfinite(after.generalised_minutes)
    was_within, is_within = before.within(limits.standard_minutes), after.within(limits.standard_minutes)
    felt = _difference_where(served, before.generalised_minutes, after.generalised_minutes)
    return Change(
        youths=float(youths.sum()),
        youths_nearer=float(youths[both & (difference <= -limits.noticeable_minutes)].sum()),
        youths_farther=float(youths[both & (difference >= limits.noticeable_minutes)].sum()),
        youths_gaining_a_place=float(youths[~had & has].sum()),
        youths_losing_a_place=float(youths[had & ~has].sum()),
        youths_from_digital=float(youths[before.is_digital & has].sum()),
        youths_to_digital=float(youths[had & after.is_digital].sum()),
        youths_into_standard=float(youths[~was_within & is_within].sum()),
        youths_out_of_standard=float(youths[was_within & ~is_within].sum()),
        mean_change_minutes=_mean(difference[both], visits[both]),
        mean_change_generalised_minutes=_mean(felt[served], visits[served]),
    )


def _difference_where(
    known: NDArray[np.bool_], before: NDArray[np.float64], after: NDArray[np.float64]
) -> NDArray[np.float64]:
    difference = np.zeros(len(before))
    np.subtract(after, before, out=difference, where=known)
    return np.round(difference, MINUTES_DECIMALS)  # 5 minutes are 5, not 4.999999999


def _mean(values: NDArray[np.float64], visits: NDArray[np.float64]) -> float | None:
    weight = visits.sum()
    return float(values @ visits / weight) if weight > 0 else None
