"""The command ``siting``: arguments, log, progress and exit codes; nothing is computed here."""

from __future__ import annotations

import argparse
import logging
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import SitingError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

DEFAULT_OUT = "maps"
DESCRIPTION = "Where to open receptions so that those who need them can reach them."


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.DEBUG if options.verbose else logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
    )
    try:
        options.action(options)
    except SitingError as error:
        sys.stderr.write(f"siting: {error}\n")
        return error.exit_code
    except BrokenPipeError:  # the reader of our output has had enough, as "siting sites | head" has
        sys.stderr.close()
    except KeyboardInterrupt:
        sys.stderr.write("siting: stopped\n")
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="siting", description=DESCRIPTION)
    parser.add_argument("--version", action="store_true", help="print the version and stop")
    parser.add_argument("--verbose", action="store_true", help="log what the solver does")
    parser.set_defaults(action=_no_command(parser))
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    command = commands.add_parser("run", help="answer one scenario: plan, table, layers, map and report")
    command.add_argument(
        "scenario",
        nargs="?",
        default="base",
        help="scenario file, or name of an embedded one (default: base)",
    )
    _add_output(command, f"{DEFAULT_OUT}/NAME")
    command.set_defaults(action=_run)

    command = commands.add_parser("compare", help="answer several scenarios and say who gains and who loses")
    command.add_argument(
        "scenarios", nargs="+", metavar="scenario", help="scenario files or names, two or more"
    )
    command.add_argument("--base", help="name of the scenario to compare with (default: the first)")
    _add_output(command, f"{DEFAULT_OUT}/comparison")
    command.set_defaults(action=_compare)

    command = commands.add_parser("show", help="print a scenario with all that it extends")
    command.add_argument("scenario", help="scenario file, or name of an embedded one")
    command.set_defaults(action=_show)

    command = commands.add_parser("scenarios", help="list the embedded scenarios")
    command.set_defaults(action=_scenarios)

    command = commands.add_parser(
        "seal", help="write rows and digests of a dataset's tables into its manifest"
    )
    command.add_argument("folder", type=Path, help="dataset folder")
    command.set_defaults(action=_seal)

    command = commands.add_parser("sites", help="list the premises of a dataset with their ids")
    command.add_argument(
        "dataset", nargs="?", default="dalarna", help="dataset folder or name (default: dalarna)"
    )
    command.set_defaults(action=_sites)
    return parser


def _add_output(command: argparse.ArgumentParser, default: str) -> None:
    command.add_argument("--out", help=f"folder for the results (default: {default})")
    command.add_argument("--language", choices=("sv", "en"), default="sv", help="language of map and report")


# The commands import what they need themselves, so that --help does not wait for the whole house.


def _no_command(parser: argparse.ArgumentParser) -> Callable[[argparse.Namespace], None]:
    def act(options: argparse.Namespace) -> None:
        if options.version:
            from importlib.metadata import version  # noqa: PLC0415

            sys.stdout.write(f"siting {version('siting')}\n")
        else:
            parser.print_help()

    return act


def _run(options: argparse.Namespace) -> None:
    from . import study  # noqa: PLC0415
    from .present.files import PLAN_FILES, write_outcome  # noqa: PLC0415

    progress = _Progress()
    outcome = study.run(options.scenario, on_progress=progress)
    progress("drawing map and report")
    out = write_outcome(
        outcome, options.out or Path(DEFAULT_OUT) / outcome.scenario.name, language=options.language
    )
    progress.done(out, PLAN_FILES)


def _compare(options: argparse.Namespace) -> None:
    from . import study  # noqa: PLC0415
    from .present.costs_tables import rate_lines  # noqa: PLC0415
    from .present.files import COMPARISON_FILES, write_alternatives  # noqa: PLC0415
    from .present.words import Words  # noqa: PLC0415

    progress = _Progress()
    alternatives = study.compare(options.scenarios, base=options.base, on_progress=progress)
    progress("drawing map and report")
    out = write_alternatives(
        alternatives, options.out or Path(DEFAULT_OUT) / "comparison", language=options.language
    )
    progress.done(out, COMPARISON_FILES)
    for line in rate_lines(alternatives, Words(options.language)):
        sys.stdout.write(f"{line}\n")


def _show(options: argparse.Namespace) -> None:
    from .scenario_file import load, to_yaml  # noqa: PLC0415

    sys.stdout.write(to_yaml(load(options.scenario)))


def _scenarios(_: argparse.Namespace) -> None:
    from .scenario_file import embedded_scenarios, load  # noqa: PLC0415

    for name in embedded_scenarios():
        sys.stdout.write(f"{name:24} {load(name).title.sv}\n")


def _seal(options: argparse.Namespace) -> None:
    from .dataset import seal  # noqa: PLC0415

    sys.stderr.write(f"sealed {seal(options.folder)} tables of {options.folder}\n")


def _sites(options: argparse.Namespace) -> None:
    from .dataset import load_dataset  # noqa: PLC0415

    dataset = load_dataset(options.dataset)
    municipalities = dataset.table("municipalities").set_index("code")["name"].to_dict()
    for row in dataset.table("sites").query("candidate == 1").to_dict("records"):
        municipality = municipalities[row["municipality_code"]]
        sys.stdout.write(
            f"{row['site_id']:6} {row['kind']:16} {municipality:14} {row['status']:12} {row['name']}\n"
        )


class _Progress:
    """Prints what goes on to stderr, with the seconds since the start."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    def __call__(self, text: str) -> None:
        sys.stderr.write(f"[{time.perf_counter() - self._started:5.1f} s] {text}\n")

    def done(self, folder: Path, names: Sequence[str]) -> None:
        self(f"wrote {folder}: {', '.join(names)}")
