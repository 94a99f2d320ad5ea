"""`Analysis`: all parts of the examination of one answer, in the order in which they need each other."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from .. import study
from ..errors import InputError, ScenarioError, SolveError
from ..journal import Journal
from ..optimise.solver import say_nothing
from ..scenario import Scenario
from ..scenario_file import load
from ..study import Outcome
from ..workers import InThisProcess
from .accessibility import accessibility
from .municipalities import municipalities
from .near_best import check_near_best, near_best
from .stages import check_stages, stages
from .trade_offs import check_trade_offs, trade_offs
from .uncertainty import check_uncertainty, uncertainty

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from contextlib import AbstractContextManager
    from pathlib import Path

    from ..cache import Cache
    from ..workers import Workers
    from .accessibility import Accessibility
    from .municipalities import Municipalities
    from .near_best import NearBest
    from .stages import Stages
    from .trade_offs import TradeOffs
    from .uncertainty import Uncertainty

PartName = Literal["near_best", "trade_offs", "uncertainty", "municipalities", "stages", "accessibility"]
PARTS: Final[tuple[PartName, ...]] = get_args(PartName)
SPREAD: Final = frozenset({"uncertainty", "municipalities"})
"""Parts that do the same work many times over, and so may be spread over workers."""


@dataclass(frozen=True, eq=False)
class Analysis:
    """An answer and what its examination led to; parts that were not asked for are None."""

    outcome: Outcome
    near_best: NearBest | None = None
    trade_offs: TradeOffs | None = None
    uncertainty: Uncertainty | None = None
    municipalities: Municipalities | None = None
    stages: Stages | None = None
    accessibility: Accessibility | None = None
    left_out: Mapping[PartName, str] = field(default_factory=dict)
    """Parts that cannot be done for this kind of scenario, and why; only where all were asked for."""


def analyse(
    answered: Outcome | Scenario | str | Path,
    parts: Collection[PartName] | None = None,
    *,
    workers: AbstractContextManager[Workers] | None = None,
    cache: Cache | None = None,
    journal: Journal | None = None,
    on_progress: Callable[[str], None] = say_nothing,
) -> Analysis:
    """Examine an answer: how sure it is, what else there is, how fair, and in what order to open it.

    Parameters
    ----------
    answered
        An outcome, or a scenario to answer first: itself, its file, or the name of an embedded one.
    parts
        Which of `PARTS`; they are done in that order, whatever the order here. Left out: all that can be done
        for this scenario.
    workers
        Who does what is to be done many times over: ``siting.dask_workers(...)``, begun when they are needed
        and ended after; left out: this process.
    cache
        Keeps what takes long to measure, and the journal; by default the user's.
    journal
        Keeps what workers have done until its own block ends, so that an analysis that was killed goes on
        where it was (`siting.journal`); left out: one in the cache, until all is done.
    on_progress
        Called with a short sentence now and then.

    Raises
    ------
    InputError
        If a part that is asked for by name is unknown, or cannot work for this kind of scenario.
    """
    unknown = sorted(set(parts or ()) - set(PARTS))
    if unknown:
        message = f"analysis: there is no part {unknown[0]!r}; there are {', '.join(PARTS)}"
        raise InputError(message)
    outcome = answered
    if not isinstance(outcome, Outcome):
        scenario = outcome if isinstance(outcome, Scenario) else load(outcome)
        _check(scenario, parts or ())
        outcome = study.run(scenario, cache=cache, on_progress=on_progress)
    name = outcome.scenario.name
    with nullcontext(journal) if journal else Journal(cache) as kept:
        return _examine(
            outcome,
            parts,
            workers=workers,
            cache=cache,
            journal=kept,
            tell=lambda text: on_progress(f"{name}: {text}"),
        )


def _check(scenario: Scenario, parts: Collection[PartName]) -> None:
    """Refuse parts asked for by name that this kind of scenario does not bear out, before the work."""
    checks: dict[PartName, Callable[[Scenario], None]] = {
        "near_best": check_near_best,
        "trade_offs": check_trade_offs,
        "uncertainty": check_uncertainty,
        "stages": check_stages,
    }
    for part, check in checks.items():
        if part in parts:
            try:
                check(scenario)
            except InputError as error:
                raise ScenarioError(study.with_place(scenario, str(error))) from error


def _examine(
    outcome: Outcome,
    parts: Collection[PartName] | None,
    *,
    workers: AbstractContextManager[Workers] | None,
    cache: Cache | None,
    journal: Journal,
    tell: Callable[[str], None],
) -> Analysis:
    asked = set(PARTS if parts is None else parts)
    found: dict[PartName, Any] = {}
    left_out: dict[PartName, str] = {}

    def do(part: PartName, work: Callable[[], object]) -> None:
        if part not in asked:
            return
        tell(f"analysis: {part.replace('_', ' ')}")
        try:
            found[part] = work()
        except (InputError, SolveError) as error:
            if parts is not None:
                raise
            left_out[part] = str(error)
            tell(f"{part.replace('_', ' ')} is left out: {error}")

    do("near_best", lambda: near_best(outcome))
    do("trade_offs", lambda: trade_offs(outcome, on_progress=tell))
    here = nullcontext(InThisProcess())
    with (workers or here) if SPREAD & asked else here as first:
        who = journal.remembering(first, on_known=_known(tell))
        near = found.get("near_best")
        do("uncertainty", lambda: uncertainty(outcome, near=near, workers=who, cache=cache, on_progress=tell))
        do("municipalities", lambda: municipalities(outcome, workers=who, on_progress=tell))
    do("stages", lambda: stages(outcome, on_progress=tell))
    do("accessibility", lambda: accessibility(outcome))
    return Analysis(outcome, **found, left_out=left_out)


def _known(tell: Callable[[str], None]) -> Callable[[int, int], None]:
    return lambda known, total: tell(f"{known} of {total} are known from an analysis that was cut short")
