"""The arguments of each command, and what its help says."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from . import actions
from .actions import DEFAULT_OUT

if TYPE_CHECKING:
    from collections.abc import Callable

DESCRIPTION: Final = "Where to open receptions so that those who need them can reach them."


def parser() -> argparse.ArgumentParser:
    """Give the parser of all commands."""
    parser = argparse.ArgumentParser(prog="siting", description=DESCRIPTION)
    parser.add_argument("--version", action="store_true", help="print the version and stop")
    parser.add_argument("--verbose", action="store_true", help="log what the solver does")
    parser.set_defaults(action=_no_command(parser))
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    command = _command(
        commands,
        "run",
        "answer one scenario: plan, table, layers, map and report",
        "siting run first.yaml --out result",
        "The scenario is a YAML file, or the name of an embedded one (siting scenarios). Map and report are "
        "files that any browser opens.",
    )
    command.add_argument(
        "scenario",
        nargs="?",
        default="base",
        help="scenario file, or name of an embedded one (default: base)",
    )
    _add_output(command, f"{DEFAULT_OUT}/NAME")
    _add_internal(command, "plan.internal.gpkg")
    _add_no_cache(command)
    command.set_defaults(action=actions.run)

    command = _command(
        commands,
        "compare",
        "answer several scenarios and say who gains and who loses",
        "siting compare base.yaml other.yaml --out comparison",
    )
    command.add_argument(
        "scenarios", nargs="+", metavar="scenario", help="scenario files or names, two or more"
    )
    command.add_argument("--base", help="name of the scenario to compare with (default: the first)")
    _add_output(command, f"{DEFAULT_OUT}/comparison")
    _add_internal(command, "comparison.internal.gpkg")
    _add_no_cache(command)
    command.set_defaults(action=actions.compare)

    _add_map(
        _command(
            commands,
            "map",
            "draw the map of saved results, without choosing anything",
            "siting map result other-result --out map.html",
            "A result is a folder that siting run or compare wrote, or its plan.json or comparison.json. "
            "Several go on one map, with a switch between their plans.",
        )
    )

    _add_report(
        _command(
            commands,
            "report",
            "write the report on saved results: page, PDF, document to write on, workbook",
            "siting report maps/comparison maps/base-analysis --base today --out report",
            "A result is a folder that siting run, compare or analyse wrote, or its plan.json, "
            "comparison.json or analysis.json. Several plans are held side by side; an analysis must be of "
            "one of them. Nothing is chosen again, but every figure of the plans is counted again.",
        )
    )

    _add_verify(
        _command(
            commands,
            "verify",
            "count saved results again and say whether they still hold",
            "siting verify maps/comparison maps/base-analysis",
            "A result is a folder that siting run, compare, analyse, sweep or report wrote, or a plan.json, "
            "comparison.json, analysis.json or sweep.json. No solver is believed. A line for each file says "
            "whether it holds, and if not, where it first says something else; then the exit code is 23.",
        )
    )

    _add_sweep(
        _command(
            commands,
            "sweep",
            "answer one scenario with many values: a table, a row for each",
            "siting sweep two-mains-satellites --vary choice.n_satellites=2,3,4 --out satellites",
            "KEY is a dotted key of the scenario (siting show prints them). Every combination of the values "
            "is answered, each with every draw. docs/sweeps.md tells how to use several machines.",
        )
    )

    _add_analyse(
        _command(
            commands,
            "analyse",
            "examine an answer: other plans, trade-offs, uncertainty, municipalities, order, room",
            "siting analyse two-mains-satellites near-best stages --out analysis",
            "PART is one of near-best, trade-offs, uncertainty, municipalities, stages and accessibility; "
            "without any, all are done. What is asked stands in the scenario under analysis. An analysis "
            "that was cut short goes on where it was when the same command is run again.",
        )
    )

    command = _command(commands, "show", "print a scenario with all that it extends", "siting show base")
    command.add_argument("scenario", help="scenario file, or name of an embedded one")
    command.set_defaults(action=actions.show)

    command = _command(commands, "scenarios", "list the embedded scenarios", "siting scenarios")
    command.set_defaults(action=actions.scenarios)

    command = _command(
        commands,
        "seal",
        "write rows and digests of a dataset's tables into its manifest",
        "siting seal my-region",
        "Needed after a table was changed by hand; without it the dataset is not read.",
    )
    command.add_argument("folder", type=Path, help="dataset folder")
    command.set_defaults(action=actions.seal)

    command = _command(
        commands, "sites", "list the premises of a dataset with their ids", "siting sites my-region"
    )
    command.add_argument(
        "dataset", nargs="?", default="dalarna", help="dataset folder or name (default: dalarna)"
    )
    command.set_defaults(action=actions.sites)

    command = _command(
        commands,
        "check-times",
        "hold the minutes by car against known trips",
        "siting check-times first.yaml --trips trips.csv",
        "The trips are a CSV with the columns from, to, minutes (or Från, Till, Minuter). From and to are a "
        'locality, a premises\' name or id, or "lat lon" in degrees. Give at least 3 trips, short and long.',
    )
    command.add_argument("scenario", nargs="?", default="base", help="scenario file or name (default: base)")
    command.add_argument(
        "--trips", type=Path, metavar="FILE", help="CSV with from, to, minutes (default: the dataset's own)"
    )
    command.set_defaults(action=actions.check_times)

    _add_build(
        _command(
            commands,
            "build",
            "build a dataset from files and tables of one's own",
            "siting build sources.yaml --out my-region",
            "The sources file names the files and what their columns are. A build that fails writes nothing.",
        )
    )
    _add_fetch(
        _command(
            commands,
            "fetch",
            "build a dataset of any Swedish region from public sources",
            "siting fetch Gävleborg --out gavleborg",
            'Needs the internet and the extra "sources" (README, Your own region). FOLDER-sources keeps the '
            "answers and a sources.yaml to change and build again; after an interruption, run the same "
            "command again to go on.",
        )
    )
    return parser


def _command(
    commands: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    what: str,
    example: str,
    more: str = "",
) -> argparse.ArgumentParser:
    description = f"{what[0].upper()}{what[1:]}. {more}".strip()
    return commands.add_parser(name, help=what, description=description, epilog=f"example: {example}")


def _add_map(command: argparse.ArgumentParser) -> None:
    command.add_argument("results", nargs="+", metavar="result", help="folders or files of saved results")
    command.add_argument(
        "--out",
        metavar="PLACE",
        help=f"file.html, or a folder for map.html (default: the result's; of several {DEFAULT_OUT})",
    )
    _add_dataset(command)
    command.add_argument(
        "--sweep",
        metavar="FILE",
        help="sweep.json, or its folder: the map shows what its variants always, sometimes and never open",
    )
    command.add_argument("--language", choices=("sv", "en"), default="sv", help="language of the map")
    command.add_argument(
        "--tiles",
        metavar="URL",
        help="online map to lie underneath, such as https://host/{z}/{x}/{y}.png; whoever opens the map then "
        "asks that host for it (default: none, the map needs no network)",
    )
    command.add_argument("--attribution", metavar="TEXT", help="whose map --tiles is; it asks for this")
    _add_no_cache(command)
    command.set_defaults(action=actions.draw_map)


def _add_report(command: argparse.ArgumentParser) -> None:
    command.add_argument("results", nargs="+", metavar="result", help="folders or files of saved results")
    command.add_argument("--base", help="name of the scenario to compare with (default: the first)")
    command.add_argument(
        "--form",
        action="append",
        choices=("html", "pdf", "xlsx", "docx"),
        help="a form to write (may be repeated; default: all four)",
    )
    command.add_argument("--title", help="title of the report")
    command.add_argument("--question", help="what the report is to answer, in a sentence or two")
    command.add_argument("--date", metavar="YYYY-MM-DD", help="day of the report (default: today)")
    _add_dataset(command)
    command.add_argument(
        "--out", metavar="FOLDER", help=f"folder for the report (default: {DEFAULT_OUT}/report)"
    )
    command.add_argument("--language", choices=("sv", "en"), default="sv", help="language of the report")
    _add_no_cache(command)
    command.set_defaults(action=actions.report)


def _add_verify(command: argparse.ArgumentParser) -> None:
    command.add_argument("results", nargs="+", metavar="result", help="folders or files of saved results")
    command.add_argument(
        "--prove",
        metavar="SECONDS",
        type=_seconds,
        default=0.0,
        help="so long ask a second solver, CBC, of each objective of each plan, where a bound that rests on "
        "no solver does not prove that none is better",
    )
    _add_dataset(command)
    _add_no_cache(command)
    command.set_defaults(action=actions.verify)


def _seconds(text: str) -> float:
    """Read a number of seconds."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not 0.0 <= seconds < float("inf"):
        message = f"{text} is no number of seconds; give one such as 60"
        raise argparse.ArgumentTypeError(message)
    return seconds


def _add_dataset(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--dataset",
        metavar="FOLDER",
        help="dataset that the results were made with (default: looked for beside them, in the working "
        "directory, and among the embedded ones)",
    )


def _add_sweep(command: argparse.ArgumentParser) -> None:
    command.add_argument("scenario", help="scenario file, or name of an embedded one")
    command.add_argument(
        "--vary",
        action="append",
        default=[],
        metavar="KEY=V1,V2,...",
        help="values of a key (may be repeated); a comma separates values, decimals have a point: 0.9",
    )
    command.add_argument(
        "--draw",
        action="append",
        default=[],
        metavar="KEY=DIST",
        help="distribution of a key: uniform(a,b), normal(mean,sd), triangular(a,mode,b) or beta(yes,no) "
        "(may be repeated); decimals have a point: 0.9",
    )
    command.add_argument("--draws", type=int, default=0, metavar="N", help="how often it is drawn")
    command.add_argument("--seed", type=int, default=1, metavar="S", help="seed of the draws (default: 1)")
    _add_workers(command)
    command.add_argument(
        "--out",
        metavar="FOLDER",
        help=f"folder for the results (default: {DEFAULT_OUT}/NAME-sweep)",
    )
    command.add_argument("--language", choices=("sv", "en"), default="sv", help="language of the table")
    _add_no_cache(command)
    command.set_defaults(action=actions.sweep)


def _add_workers(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--workers",
        type=int,
        metavar="N",
        help="processes on this machine; 1: this one alone (default: this one, and one for each processor "
        'where that pays and the extra "cluster" is installed)',
    )
    command.add_argument(
        "--scheduler", metavar="ADDRESS", help="dask scheduler to use instead, such as tcp://host:8786"
    )


def _add_analyse(command: argparse.ArgumentParser) -> None:
    command.add_argument("scenario", help="scenario file, or name of an embedded one")
    command.add_argument("parts", nargs="*", metavar="PART", help="parts to do (default: all)")
    _add_workers(command)
    command.add_argument(
        "--out",
        metavar="FOLDER",
        help=f"folder for the results (default: {DEFAULT_OUT}/NAME-analysis)",
    )
    command.add_argument("--language", choices=("sv", "en"), default="sv", help="language of page and text")
    _add_no_cache(command)
    command.set_defaults(action=actions.analyse)


def _add_build(command: argparse.ArgumentParser) -> None:
    command.add_argument("sources", type=Path, help="sources file (docs/your-region.md shows one)")
    command.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="dataset folder")
    command.add_argument("--replace", action="store_true", help="replace a dataset that is there already")
    command.set_defaults(action=actions.build)


def _add_fetch(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "regions", nargs="+", metavar="REGION", help="county or municipality, by name or code"
    )
    command.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="dataset folder; raw files: FOLDER-sources"
    )
    command.add_argument("--year", type=int, help="of the population (default: the latest)")
    command.add_argument(
        "--cache",
        type=Path,
        metavar="DIR",
        help="answers of the services, kept for good (default: FOLDER-sources/cache)",
    )
    command.add_argument("--overpass", metavar="URL", help="another Overpass service, such as one's own")
    command.add_argument("--no-osm", action="store_true", help="fetch the population only, and build nothing")
    command.add_argument("--replace", action="store_true", help="replace a dataset that is there already")
    command.set_defaults(action=actions.fetch)


def _add_output(command: argparse.ArgumentParser, default: str) -> None:
    command.add_argument(
        "--out",
        help=f"folder for the results (default: {default}), or postgresql://user@host/database?schema=NAME "
        "for its layers as tables",
    )
    command.add_argument("--language", choices=("sv", "en"), default="sv", help="language of map and report")


def _add_internal(command: argparse.ArgumentParser, name: str) -> None:
    command.add_argument(
        "--internal",
        action="store_true",
        help=f"write {name} too, which holds every square's own numbers and must not be shared; the other "
        "files are the same with and without",
    )


def _add_no_cache(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--no-cache",
        action="store_true",
        help="measure all ways anew, and keep none (else kept in the user's cache folder, or SITING_CACHE)",
    )


# The commands import what they need themselves, so that --help does not wait for the whole house.


def _no_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], None]:
    def act(options: argparse.Namespace) -> None:
        if options.version:
            from importlib.metadata import version  # noqa: PLC0415

            sys.stdout.write(f"siting {version('siting')}\n")
        else:
            parser.print_help()

    return act
