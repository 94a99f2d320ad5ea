"""The command ``siting``: arguments, log, progress and exit codes; nothing is computed here."""

from __future__ import annotations

import argparse
import logging
import math
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import InputError, OutputError, SitingError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .analysis.analyse import PartName
    from .cache import Cache
    from .present.scene import TileSource
    from .study import Alternatives, Outcome

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
    _add_no_cache(command)
    command.set_defaults(action=_run)

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
    _add_no_cache(command)
    command.set_defaults(action=_compare)

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
    command.set_defaults(action=_show)

    command = _command(commands, "scenarios", "list the embedded scenarios", "siting scenarios")
    command.set_defaults(action=_scenarios)

    command = _command(
        commands,
        "seal",
        "write rows and digests of a dataset's tables into its manifest",
        "siting seal my-region",
        "Needed after a table was changed by hand; without it the dataset is not read.",
    )
    command.add_argument("folder", type=Path, help="dataset folder")
    command.set_defaults(action=_seal)

    command = _command(
        commands, "sites", "list the premises of a dataset with their ids", "siting sites my-region"
    )
    command.add_argument(
        "dataset", nargs="?", default="dalarna", help="dataset folder or name (default: dalarna)"
    )
    command.set_defaults(action=_sites)

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
    command.set_defaults(action=_check_times)

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
    command.add_argument(
        "--dataset",
        metavar="FOLDER",
        help="dataset that the results were made with (default: looked for beside them, in the working "
        "directory, and among the embedded ones)",
    )
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
    command.set_defaults(action=_map)


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
    command.set_defaults(action=_sweep)


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
    command.set_defaults(action=_analyse)


def _add_build(command: argparse.ArgumentParser) -> None:
    command.add_argument("sources", type=Path, help="sources file (docs/your-region.md shows one)")
    command.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="dataset folder")
    command.add_argument("--replace", action="store_true", help="replace a dataset that is there already")
    command.set_defaults(action=_build)


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
    command.set_defaults(action=_fetch)


def _add_output(command: argparse.ArgumentParser, default: str) -> None:
    command.add_argument(
        "--out",
        help=f"folder for the results (default: {default}), or postgresql://user@host/database?schema=NAME "
        "for its layers as tables",
    )
    command.add_argument("--language", choices=("sv", "en"), default="sv", help="language of map and report")


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


def _run(options: argparse.Namespace) -> None:
    from . import study  # noqa: PLC0415
    from .present.files import PLAN_FILES  # noqa: PLC0415

    _check_out(options.out)
    progress = _Progress()
    outcome = study.run(options.scenario, cache=_cache(options), on_progress=progress)
    _write(outcome, options, outcome.scenario.name, PLAN_FILES, progress)


def _compare(options: argparse.Namespace) -> None:
    from . import study  # noqa: PLC0415
    from .present.costs_tables import rate_lines  # noqa: PLC0415
    from .present.files import COMPARISON_FILES  # noqa: PLC0415
    from .present.words import Words  # noqa: PLC0415

    _check_out(options.out)
    progress = _Progress()
    alternatives = study.compare(
        options.scenarios, base=options.base, cache=_cache(options), on_progress=progress
    )
    _write(alternatives, options, "comparison", COMPARISON_FILES, progress)
    for line in rate_lines(alternatives, Words(options.language)):
        sys.stdout.write(f"{line}\n")


def _map(options: argparse.Namespace) -> None:
    from .present.files import write_map  # noqa: PLC0415
    from .saved import read_sweep, reopen  # noqa: PLC0415

    out = _map_file(options)
    tiles = _tiles(options)
    progress = _Progress()
    outcomes = reopen(*options.results, dataset=options.dataset, cache=_cache(options), on_progress=progress)
    swept = read_sweep(options.sweep, outcomes[0]) if options.sweep else None
    progress("drawing map")
    written = write_map(outcomes, out, language=options.language, swept=swept, tiles=tiles)
    progress.done(written.parent, [written.name])


def _map_file(options: argparse.Namespace) -> Path:
    """Name the file of the map, and see that it can be written."""
    from .present.files import MAP_FILE, check_folder  # noqa: PLC0415

    if "://" in (options.out or ""):  # not shown: it may hold a password
        message = "--out: a map is written as a file; give one, such as map.html, or a folder"
        raise OutputError(message)
    first = Path(options.results[0])
    own = DEFAULT_OUT if len(options.results) > 1 else first if first.is_dir() else first.parent
    out = Path(options.out or own)
    file = out if options.out and out.suffix.lower() in {".html", ".htm"} else out / MAP_FILE
    check_folder(file.parent)
    return file


def _tiles(options: argparse.Namespace) -> TileSource | None:
    from .present.scene import TileSource  # noqa: PLC0415

    if options.tiles is None and options.attribution is None:
        return None
    if options.tiles is None:
        message = "--attribution: says whose map --tiles shows; give --tiles too, or leave both out"
        raise InputError(message)
    return TileSource(options.tiles, options.attribution or "")


def _sweep(options: argparse.Namespace) -> None:
    from . import variants  # noqa: PLC0415
    from .journal import Journal  # noqa: PLC0415
    from .present.files import SWEEP_FILES, write_sweep  # noqa: PLC0415
    from .present.sweep_text import sweep_lines  # noqa: PLC0415
    from .present.words import Words  # noqa: PLC0415
    from .workers import check_workers, workers_for  # noqa: PLC0415

    if "://" in (options.out or ""):  # not shown: it may hold a password
        message = "--out: a sweep is written as files; give a folder"
        raise OutputError(message)
    _check_out(options.out)
    check_workers(scheduler=options.scheduler, n_workers=options.workers)
    progress = _Progress()
    vary, draw = variants.read_all(options.vary, options.draw)
    n_variants = math.prod(map(len, vary.values())) * max(options.draws, 1)
    with Journal(_cache(options)) as journal:  # until all is written
        swept = variants.sweep(
            options.scenario,
            vary=vary,
            draw=draw,
            n_draws=options.draws,
            seed=options.seed,
            cache=_cache(options),
            workers=workers_for(n_variants, scheduler=options.scheduler, n_workers=options.workers),
            journal=journal,
            on_progress=progress,
        )
        for line in sweep_lines(swept, Words(options.language)):
            sys.stdout.write(f"{line}\n")
        out = options.out or Path(DEFAULT_OUT) / f"{swept.scenario.name}-sweep"
        written = write_sweep(swept, out)
    progress.done(written, SWEEP_FILES)


def _analyse(options: argparse.Namespace) -> None:
    from .analysis.analyse import analyse  # noqa: PLC0415
    from .journal import Journal  # noqa: PLC0415
    from .present.analysis.page import analysis_lines  # noqa: PLC0415
    from .present.files import analysis_files, write_analysis  # noqa: PLC0415
    from .present.words import Words  # noqa: PLC0415
    from .scenario_file import load  # noqa: PLC0415
    from .workers import check_workers, workers_for  # noqa: PLC0415

    if "://" in (options.out or ""):  # not shown: it may hold a password
        message = "--out: an analysis is written as files; give a folder"
        raise OutputError(message)
    _check_out(options.out)
    check_workers(scheduler=options.scheduler, n_workers=options.workers)
    parts = _parts(options.parts)
    scenario = load(options.scenario)
    progress = _Progress()
    with Journal(_cache(options)) as journal:  # until all is written
        analysis = analyse(
            scenario,
            parts,
            workers=workers_for(
                scenario.analysis.uncertainty.draws, scheduler=options.scheduler, n_workers=options.workers
            ),
            cache=_cache(options),
            journal=journal,
            on_progress=progress,
        )
        for line in analysis_lines(analysis, Words(options.language)):
            sys.stdout.write(f"{line}\n")
        out = options.out or Path(DEFAULT_OUT) / f"{scenario.name}-analysis"
        written = write_analysis(analysis, out, language=options.language)
    progress.done(written, analysis_files(analysis))


def _parts(asked: Sequence[str]) -> list[PartName] | None:
    """Name the parts that are asked for; None: all that can be done."""
    from .analysis.analyse import PARTS  # noqa: PLC0415

    by_word = {part.replace("_", "-"): part for part in PARTS}
    for word in asked:
        if word not in by_word:
            message = f"analyse: there is no part {word!r}; there are {', '.join(by_word)}"
            raise InputError(message)
    return [by_word[word] for word in asked] or None


def _cache(options: argparse.Namespace) -> Cache | None:
    from .cache import NO_CACHE  # noqa: PLC0415

    return NO_CACHE if options.no_cache else None


def _check_out(out: str | None) -> None:
    """What cannot be written to is told before the plan is made, not after."""
    from . import postgis  # noqa: PLC0415
    from .present.files import check_folder  # noqa: PLC0415

    if postgis.is_address(out):
        postgis.check_destination(out)
    elif out is not None and "://" in out:  # not shown: it may hold a password
        message = "--out: an address that is not known; give a folder, or postgresql://user@host/database"
        raise OutputError(message)
    else:
        check_folder(out or DEFAULT_OUT)


def _write(
    result: Outcome | Alternatives,
    options: argparse.Namespace,
    name: str,
    files: Sequence[str],
    progress: _Progress,
) -> None:
    from .postgis import is_address, without_password  # noqa: PLC0415
    from .present.database import write_tables  # noqa: PLC0415
    from .present.files import write  # noqa: PLC0415

    if is_address(options.out):
        progress("writing layers")
        tables = write_tables(result, options.out, language=options.language)
        progress.done(without_password(options.out), tables)
        return
    progress("drawing map and report")
    progress.done(write(result, options.out or Path(DEFAULT_OUT) / name, language=options.language), files)


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
            f"{row['site_id']:6} {row['kind']:16} {municipality:14} {row['status']:13} {row['name']}\n"
        )


def _check_times(options: argparse.Namespace) -> None:
    from .by_road import car_router  # noqa: PLC0415
    from .check_times import check_times, read_trips  # noqa: PLC0415
    from .dataset import load_dataset  # noqa: PLC0415
    from .present.times_text import times_lines  # noqa: PLC0415
    from .roads import road_network  # noqa: PLC0415
    from .scenario_file import load  # noqa: PLC0415

    scenario = load(options.scenario)
    dataset = load_dataset(scenario.dataset, relative_to=scenario.folder)
    roads = road_network(dataset)
    trips = read_trips(dataset, roads, options.trips)
    for line in times_lines(check_times(trips, car_router(roads, scenario.travel))):
        sys.stdout.write(f"{line}\n")


def _build(options: argparse.Namespace) -> None:
    from .sources.build import build  # noqa: PLC0415

    progress = _Progress()
    out = build(options.sources, options.out, replace=options.replace, on_progress=progress)
    progress(f"wrote {out}: a scenario finds it as dataset: {out}")


def _fetch(options: argparse.Namespace) -> None:
    from .sources.fetch import LATEST_YEAR, Fetching, Services, fetch  # noqa: PLC0415

    progress = _Progress()
    how = Fetching(
        year=options.year or LATEST_YEAR,
        cache=options.cache,
        services=Services(overpass=options.overpass) if options.overpass else Services(),
        with_osm=not options.no_osm,
        replace=options.replace,
        on_progress=progress,
    )
    recipe = fetch(options.regions, options.out, how)
    progress.done(recipe.parent, [recipe.name])
    if options.no_osm:
        sys.stdout.write(f"Put premises and streets in {recipe}, then siting build it\n")
    else:
        progress.done(options.out, ["dataset.yaml"])


class _Progress:
    """Prints what goes on to stderr, with the seconds since the start."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    def __call__(self, text: str) -> None:
        sys.stderr.write(f"[{time.perf_counter() - self._started:5.1f} s] {text}\n")

    def done(self, place: Path | str, names: Sequence[str]) -> None:
        self(f"wrote {place}: {', '.join(names)}")
