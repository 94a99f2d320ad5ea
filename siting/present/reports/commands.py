"""The commands that make a report again, whatever the folders were called when it was made."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from ..report import name_in_commands

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .facts import Facts


def comparison_command(facts: Facts, *, out: str = "") -> str:
    """Give the command that makes the plans: `siting run` for one, `siting compare` for several."""
    names = [name_in_commands(each) for each in facts.outcomes]
    verb = ["run"] if len(names) == 1 else ["compare"]
    base = [] if len(names) == 1 else ["--base", facts.alternatives.comparison.base]
    return shlex.join(["siting", *verb, *names, *base, *(["--out", out] if out else [])])


def report_commands(facts: Facts, *, options: Sequence[str] = ()) -> tuple[str, ...]:
    """Give the commands that make plans, analyses and report again; options are those of the last."""
    analyses = [
        (name_in_commands(each.outcome), f"analysis-{facts.letter(each.outcome).lower()}")
        for each in facts.analyses
    ]
    return (
        comparison_command(facts, out="plans"),
        *(shlex.join(["siting", "analyse", name, "--out", out]) for name, out in analyses),
        shlex.join(["siting", "report", "plans", *(out for _, out in analyses), *options, "--out", "report"]),
    )
