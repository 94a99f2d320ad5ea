"""Run each case in a process of its own, cases of one question in turn, and keep what they answer.

``python tests/benchmarks/harness.py '{"call": "module:function", "arguments": {...}}'`` is what such a
process runs, by this interpreter or by the peers'; its last line is the answer as JSON.
"""

from __future__ import annotations

import importlib
import json
import statistics
import subprocess
import sys
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from meter import peak_mib_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

SAME_VALUE: Final = 1e-6
SAME_MINUTES: Final = 0.02  # a router may round to tenths or thousandths of a minute, or sum in float32
OVERRUN_SECONDS: Final = 240.0  # what a process may take beyond its limit: imports, input, a deaf solver
IMPORT_SECONDS: Final = 30.0  # of a process that had to be stopped, for all but the answer

Sense = Literal["least", "most", "minutes", "nothing"]


@dataclass(frozen=True)
class Case:
    """One contender's way of answering a question."""

    name: str
    call: str  # module:function
    arguments: dict[str, Any] = field(default_factory=dict)
    warm: dict[str, Any] | None = None  # arguments of a small run before the clock starts, for imports
    of_peer: str = ""  # the module that the peers' interpreter must have; "" = siting's own
    runs_here: bool = False  # a peer that siting's own interpreter has
    slow: bool = False  # runs `peer_repeat` times only
    limit_seconds: float = 600.0


@dataclass(frozen=True)
class Question:
    """What is asked; the first case is siting's own."""

    group: str
    name: str
    cases: tuple[Case, ...]
    sense: Sense = "least"
    known: float | None = None  # published optimum
    prepare: tuple[Case, ...] = ()  # what writes the input, once, unless its file exists


@dataclass(frozen=True)
class Row:
    """All runs of one case."""

    group: str
    question: str
    case: str
    is_peer: bool
    sense: Sense
    known: float | None
    runs: tuple[dict[str, Any], ...]

    @property
    def seconds(self) -> float | None:
        """Median of the runs that gave an answer."""
        found = self.all_seconds
        return statistics.median(found) if found else None

    @property
    def all_seconds(self) -> list[float]:
        """Seconds of every answer, in order of size; a run may have repeated its answer."""
        told = [run.get("repeats", [run.get("seconds")]) for run in self.runs]
        return sorted(seconds for each in told for seconds in each if seconds is not None)

    @property
    def last(self) -> dict[str, Any]:
        """Last run."""
        return self.runs[-1]


def run_questions(
    questions: Sequence[Question],
    *,
    peers: str,
    repeat: int,
    peer_repeat: int,
    tell: Callable[[str], None],
) -> Iterator[Row]:
    """Run all cases of each question in turn (A B A B ...) and give their rows."""
    for question in questions:
        for case in question.prepare:
            if not Path(case.arguments["path"]).exists():
                tell(f"{question.group}: {question.name}: writing the input")
                prepared = run_case(case, sys.executable)
                if "error" in prepared:
                    tell(f"  {prepared['error']}")
        runs: dict[str, list[dict[str, Any]]] = {case.name: [] for case in question.cases}
        for turn in range(max(repeat, peer_repeat)):
            for case in question.cases:
                if turn >= (peer_repeat if case.slow else repeat):
                    continue
                tell(f"{question.group}: {question.name}: {case.name}, run {turn + 1}")
                answer = run_case(case, peers if case.of_peer and not case.runs_here else sys.executable)
                runs[case.name].append(answer)
                tell(f"  {answer.get('error') or answer.get('says')}: {answer.get('seconds')} s")
        for case in question.cases:
            yield Row(
                question.group,
                question.name,
                case.name,
                is_peer=bool(case.of_peer),
                sense=question.sense,
                known=question.known,
                runs=tuple(runs[case.name]),
            )


def run_case(case: Case, interpreter: str) -> dict[str, Any]:
    """Run one case in a process of its own; what goes wrong is told in ``error``."""
    task = json.dumps({"call": case.call, "arguments": case.arguments, "warm": case.warm})
    started = time.perf_counter()
    line = [interpreter, "-W", "ignore", __file__, task]
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        try:
            said, went_wrong = process.communicate(timeout=case.limit_seconds + OVERRUN_SECONDS)
        except subprocess.TimeoutExpired:
            peak_mib = peak_mib_of(process.pid)
            process.kill()
            process.communicate()
            spent = time.perf_counter() - started
            seconds = spent - IMPORT_SECONDS
            return {"error": f"stopped after {spent:,.0f} s", "seconds": seconds, "peak_mib": peak_mib}
    spent = time.perf_counter() - started
    if process.returncode:
        last = (went_wrong.strip().splitlines() or ["nothing said"])[-1]
        if case.of_peer and f"No module named '{case.of_peer}" in last:
            return {"error": "not installed"}
        return {"error": f"failed: {last[:160]}", "process_seconds": spent}
    answer: dict[str, Any] = json.loads(said.splitlines()[-1])
    return answer | {"process_seconds": spent, "limit_seconds": case.limit_seconds}


def best_value(rows: Sequence[Row]) -> float | None:
    """Give the best value of all cases of a question, or the published one."""
    known = [row.known for row in rows if row.known is not None]
    values = [run["value"] for row in rows for run in row.runs if run.get("value") is not None]
    if not values or rows[0].sense == "nothing":
        return None
    return min([*values, *known]) if rows[0].sense == "least" else max([*values, *known])


def verdict(row: Row, best: float | None) -> tuple[bool, str]:
    """Tell whether what a case says of its answer is true, and in words what it is."""
    run = row.last
    if "error" in run:
        return True, run["error"]
    if row.sense == "minutes":
        return _verdict_on_minutes(run)
    if run["value"] is None or best is None:
        return True, run["says"]
    off = abs(run["value"] - best) / max(abs(best), 1e-12)
    if off <= SAME_VALUE:
        return True, f"{run['says']}, proven" if run["proven"] else f"{run['says']}; the best, not proven"
    words = f"{off:.2%} from the best, says {run['says']!r}"
    if run["proven"] and off > run.get("relative_gap", 0.0) + SAME_VALUE:
        return False, f"WRONG: {words} and proven"
    return True, words


def _verdict_on_minutes(run: dict[str, Any]) -> tuple[bool, str]:
    deviation = run.get("deviation_minutes")
    if deviation is None:
        return True, run["says"]
    if deviation <= SAME_MINUTES:
        return True, f"{run['says']}; equal within {deviation:.1g} min"
    return False, f"{run['says']}; off by {deviation:.2g} min"


def stored(rows: Sequence[Row]) -> str:
    """Give rows as JSON lines."""
    return "".join(json.dumps(asdict(row)) + "\n" for row in rows)


def read_stored(path: Path) -> tuple[str, list[Row]]:
    """Read on what was measured last, and the rows; of a case that stands there twice the last holds."""
    measured_on = ""
    found: dict[tuple[str, str, str], Row] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = json.loads(line)
        if "measured_on" in fields:
            measured_on = fields["measured_on"]
        else:
            row = Row(**{**fields, "runs": tuple(fields["runs"])})
            found[row.group, row.question, row.case] = row
    return measured_on, list(found.values())


def main() -> None:
    """Run one case here and print its answer."""
    task = json.loads(sys.argv[1])
    module, _, name = task["call"].partition(":")
    function = getattr(importlib.import_module(module), name)
    if task.get("warm") is not None:
        function(**task["warm"])
    answer = function(**task["arguments"])
    if answer is not None and "relative_gap" in task["arguments"]:
        answer["relative_gap"] = task["arguments"]["relative_gap"]
    print()
    print(json.dumps(answer or {}))


if __name__ == "__main__":
    main()
