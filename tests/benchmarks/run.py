"""Measure siting beside the named peers: one command, cases in turn, each in a process of its own.

``python tests/benchmarks/run.py --peers PYTHON [--only median,roads] [--save FILE] [--format markdown]``

Groups are those of ``questions.py``; ``figures`` stands for all that the table of figures needs. Peers run
by the interpreter that is given; one that is not installed there is told as such. Results are saved
line by line as they come, and ``--show FILE`` prints the tables of a saved run again.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

import questions
import report
from growth import draw
from harness import Question, Row, read_stored, run_questions, stored
from instances import ORLIB_FOLDER

OF_THE_FIGURES = ("start", "median", "coverage", "roads", "pmed", "country", "map")


def arguments() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    groups = ", ".join(questions.GROUPS)
    parser.add_argument("--only", default="figures", help=f"figures, or some of: {groups}; with commas")
    parser.add_argument("--match", default="", help="only questions whose name holds this")
    parser.add_argument("--cases", default="", help="only cases whose name holds one of these; with commas")
    parser.add_argument("--peers", default=sys.executable, help="the Python that has the peers")
    parser.add_argument("--repeat", type=int, default=3, help="runs of siting")
    parser.add_argument("--peer-repeat", type=int, default=1, help="runs of peers and of what takes minutes")
    parser.add_argument("--seconds", type=float, default=300.0, help="time limit of one solve")
    parser.add_argument("--share", type=float, default=1.0, help="of the country's full size")
    parser.add_argument("--orlib", help="folder of OR-Library's files pmed1.txt ... pmed40.txt")
    parser.add_argument("--save", type=Path, help="add the rows to this file")
    parser.add_argument("--show", type=Path, help="measure nothing, print what a file holds")
    parser.add_argument("--format", choices=["text", "markdown"], default="text")
    parser.add_argument("--into", type=Path, help="put the tables into this Markdown page")
    parser.add_argument("--plot", type=Path, help="draw the growth plot to this SVG")
    options = parser.parse_args()
    unknown = set(options.only.split(",")) - {"figures", *questions.GROUPS}
    if unknown:
        parser.error(f"--only: {', '.join(sorted(unknown))} is none of figures, {groups}")
    return options


def asked(options: argparse.Namespace) -> list[Question]:
    """Choose the questions and the cases."""
    words = options.only.split(",")
    groups = [group for word in words for group in (OF_THE_FIGURES if word == "figures" else [word])]
    words = options.cases.split(",") if options.cases else [""]
    found = []
    for group in groups:
        for question in questions.ask(group, options.seconds, options.share):
            cases = tuple(case for case in question.cases if any(word in case.name for word in words))
            if options.match in question.name and cases:
                found.append(Question(**{**vars(question), "cases": cases}))
    return found


def measured_on() -> str:
    """Give the day and the machine."""
    return f"{datetime.now(tz=UTC).date()}; {report.machine()}"


def measure(options: argparse.Namespace) -> list[Row]:
    """Run what is asked and keep it as it comes."""
    questions.FOLDER.mkdir(exist_ok=True)
    rows = []
    if options.save:
        with options.save.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"measured_on": measured_on()}) + "\n")
    found = run_questions(
        asked(options),
        peers=options.peers,
        repeat=options.repeat,
        peer_repeat=options.peer_repeat,
        tell=lambda words: print(words, file=sys.stderr, flush=True),
    )
    for row in found:
        rows.append(row)
        if options.save:
            with options.save.open("a", encoding="utf-8") as file:
                file.write(stored([row]))
    return rows


def main() -> int:
    """Measure or show; 1 where an answer of siting is not what it says."""
    options = arguments()
    if options.orlib:
        os.environ[ORLIB_FOLDER] = str(Path(options.orlib).absolute())
    where, rows = read_stored(options.show) if options.show else (measured_on(), measure(options))
    if options.plot:
        draw(rows, options.plot)
    but_growth = [row for row in rows if row.group != "growth"]
    head = f"{where}\n\nPeers: {report.peers_versions(rows) or 'none'}\n"
    form = "markdown" if options.into else options.format
    tables = {"figures": report.figures(rows, form), "rows": head + "\n" + report.all_rows(but_growth, form)}
    if options.into:
        page = options.into.read_text(encoding="utf-8")
        options.into.write_text(report.put_into(page, tables), encoding="utf-8")
    else:
        print(head, tables["figures"], tables["rows"].removeprefix(head + "\n"), sep="\n")
    return 0 if report.is_all_true(rows) else 1


if __name__ == "__main__":
    sys.exit(main())
