"""What each command does: it hands its arguments over to the rooms below, and says what was written.

Each loads what it needs when it runs: `siting --help` waits for no solver and no map.
"""

from __future__ import annotations

import math
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import InputError, OutputError, VerificationError
from .progress import Progress, in_one_line

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

    from ..analysis.analyse import PartName
    from ..cache import Cache
    from ..present.scene import TileSource
    from ..study import Alternatives, Outcome

DEFAULT_OUT: Final = "maps"


def run(options: argparse.Namespace) -> None:
    """Answer one scenario."""
    from .. import study  # noqa: PLC0415
    from ..present.files import PLAN_FILES  # noqa: PLC0415

    _check_out(options.out, internal=options.internal)
    progress = Progress()
    outcome = study.run(options.scenario, cache=_cache(options), on_progress=progress)
    _write(outcome, options, outcome.scenario.name, PLAN_FILES, progress)


def compare(options: argparse.Namespace) -> None:
    """Answer several scenarios and hold them side by side."""
    from .. import study  # noqa: PLC0415
    from ..present.costs_tables import rate_lines  # noqa: PLC0415
    from ..present.files import COMPARISON_FILES  # noqa: PLC0415
    from ..present.words import Words  # noqa: PLC0415

    _check_out(options.out, internal=options.internal)
    progress = Progress()
    alternatives = study.compare(
        options.scenarios, base=options.base, cache=_cache(options), on_progress=progress
    )
    _write(alternatives, options, "comparison", COMPARISON_FILES, progress)
    for line in rate_lines(alternatives, Words(options.language)):
        sys.stdout.write(f"{line}\n")


def draw_map(options: argparse.Namespace) -> None:
    """Draw the map of saved results."""
    from ..present.files import write_map  # noqa: PLC0415
    from ..saved import read_sweep, reopen  # noqa: PLC0415

    out = _map_file(options)
    tiles = _tiles(options)
    progress = Progress()
    outcomes = reopen(*options.results, dataset=options.dataset, cache=_cache(options), on_progress=progress)
    swept = read_sweep(options.sweep, outcomes[0]) if options.sweep else None
    progress("drawing map")
    written = write_map(outcomes, out, language=options.language, swept=swept, tiles=tiles)
    progress.done(written.parent, [written.name])


def _map_file(options: argparse.Namespace) -> Path:
    """Name the file of the map, and see that it can be written."""
    from ..present.files import MAP_FILE, check_folder  # noqa: PLC0415

    _refuse_address(options.out, "a map is written as a file; give one, such as map.html, or a folder")
    first = Path(options.results[0])
    own = DEFAULT_OUT if len(options.results) > 1 else first if first.is_dir() else first.parent
    out = Path(options.out or own)
    file = out if options.out and out.suffix.lower() in {".html", ".htm"} else out / MAP_FILE
    check_folder(file.parent)
    return file


def _tiles(options: argparse.Namespace) -> TileSource | None:
    from ..present.scene import TileSource  # noqa: PLC0415

    if options.tiles is None and options.attribution is None:
        return None
    if options.tiles is None:
        message = "--attribution: says whose map --tiles shows; give --tiles too, or leave both out"
        raise InputError(message)
    return TileSource(options.tiles, options.attribution or "")


def report(options: argparse.Namespace) -> None:
    """Write the report on saved results."""
    from ..present import report_files  # noqa: PLC0415

    _refuse_address(options.out, "a report is written as files; give a folder")
    out = options.out or str(Path(DEFAULT_OUT) / "report")
    _check_out(out)
    order = report_files.ReportOrder(
        language=options.language,
        forms=tuple(dict.fromkeys(options.form or report_files.FORMS)),
        day=_day(options.date),
        title=options.title or "",
        question=options.question or "",
    )
    progress = Progress()
    folder, names = report_files.report(
        *options.results,
        out=out,
        order=order,
        base=options.base,
        dataset=options.dataset,
        cache=_cache(options),
        on_progress=progress,
    )
    progress.done(folder, names)


def verify(options: argparse.Namespace) -> None:
    """Count saved results again, and say of each whether it still holds."""
    from ..present.verifying import verdict_line, verify  # noqa: PLC0415

    verdicts = verify(
        *options.results,
        dataset=options.dataset,
        cache=_cache(options),
        second_seconds=options.prove,
        on_progress=Progress(),
    )
    for each in verdicts:
        sys.stdout.write(f"{in_one_line(verdict_line(each))}\n")
    failed = [each for each in verdicts if not each.holds]
    if failed:
        message = f"verify: of {len(verdicts)} files {len(failed)} do not hold; the first is {failed[0].path}"
        raise VerificationError(message)


def _day(text: str | None) -> date:
    """Read the day that a report is dated; today where none is named."""
    if text is None:
        return date.today()
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:  # Python reads other ways to write a day, too
        message = f"--date {text}: is no day; write it as 2026-11-28"
        raise InputError(message)
    return day


def sweep(options: argparse.Namespace) -> None:
    """Answer one scenario with many values."""
    from .. import variants  # noqa: PLC0415
    from ..journal import Journal  # noqa: PLC0415
    from ..present.files import SWEEP_FILES, write_sweep  # noqa: PLC0415
    from ..present.sweep_text import sweep_lines  # noqa: PLC0415
    from ..present.words import Words  # noqa: PLC0415
    from ..workers import check_workers, workers_for  # noqa: PLC0415

    _refuse_address(options.out, "a sweep is written as files; give a folder")
    _check_out(options.out)
    check_workers(scheduler=options.scheduler, n_workers=options.workers)
    progress = Progress()
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


def analyse(options: argparse.Namespace) -> None:
    """Examine an answer."""
    from ..analysis.analyse import analyse  # noqa: PLC0415
    from ..journal import Journal  # noqa: PLC0415
    from ..present.analysis.page import analysis_lines  # noqa: PLC0415
    from ..present.files import analysis_files, write_analysis  # noqa: PLC0415
    from ..present.words import Words  # noqa: PLC0415
    from ..scenario_file import load  # noqa: PLC0415
    from ..workers import check_workers, workers_for  # noqa: PLC0415

    _refuse_address(options.out, "an analysis is written as files; give a folder")
    _check_out(options.out)
    check_workers(scheduler=options.scheduler, n_workers=options.workers)
    parts = _parts(options.parts)
    scenario = load(options.scenario)
    progress = Progress()
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
    from ..analysis.analyse import PARTS  # noqa: PLC0415

    by_word = {part.replace("_", "-"): part for part in PARTS}
    for word in asked:
        if word not in by_word:
            message = f"analyse: there is no part {word!r}; there are {', '.join(by_word)}"
            raise InputError(message)
    return [by_word[word] for word in asked] or None


def _cache(options: argparse.Namespace) -> Cache | None:
    from ..cache import NO_CACHE  # noqa: PLC0415

    return NO_CACHE if options.no_cache else None


def _refuse_address(out: str | None, files_only: str) -> None:
    """See that what is written as files is not asked into a database."""
    if "://" in (out or ""):  # not shown: it may hold a password
        message = f"--out: {files_only}"
        raise OutputError(message)


def _check_out(out: str | None, *, internal: bool = False) -> None:
    """What cannot be written to is told before the plan is made, not after."""
    from .. import postgis  # noqa: PLC0415
    from ..present.files import check_folder  # noqa: PLC0415
    from ..present.internal import require_folder  # noqa: PLC0415

    if internal:
        require_folder(out)
    if postgis.is_address(out):
        postgis.check_destination(out)
    else:
        _refuse_address(
            out, "an address that is not known; give a folder, or postgresql://user@host/database"
        )
        check_folder(out or DEFAULT_OUT)


def _write(
    result: Outcome | Alternatives,
    options: argparse.Namespace,
    name: str,
    files: Sequence[str],
    progress: Progress,
) -> None:
    from ..postgis import is_address, without_password  # noqa: PLC0415
    from ..present.database import write_tables  # noqa: PLC0415
    from ..present.files import write  # noqa: PLC0415
    from ..present.internal import internal_name  # noqa: PLC0415

    if is_address(options.out):
        progress("writing layers")
        tables = write_tables(result, options.out, language=options.language)
        progress.done(without_password(options.out), tables)
        return
    progress("drawing map and report")
    folder, full = Path(options.out or Path(DEFAULT_OUT) / name), internal_name(result)
    had_full = (folder / full).exists()
    write(result, folder, language=options.language, internal=options.internal)
    if options.internal:
        progress.done(folder, (*files, full))
        progress(f"{full} is internal: it holds small counts and must not be shared")
        return
    progress.done(folder, files)
    if had_full:
        progress(f"deleted {full}: it was of an earlier run; --internal writes it anew")


def show(options: argparse.Namespace) -> None:
    """Print a scenario with all that it extends."""
    from ..scenario_file import load, to_yaml  # noqa: PLC0415

    sys.stdout.write(to_yaml(load(options.scenario)))


def scenarios(_: argparse.Namespace) -> None:
    """List the embedded scenarios."""
    from ..scenario_file import embedded_scenarios, load  # noqa: PLC0415

    for name in embedded_scenarios():
        sys.stdout.write(f"{name:24} {load(name).title.sv}\n")


def seal(options: argparse.Namespace) -> None:
    """Write rows and digests of a dataset's tables into its manifest."""
    from ..dataset import seal  # noqa: PLC0415

    sys.stderr.write(f"sealed {seal(options.folder)} tables of {options.folder}\n")


def sites(options: argparse.Namespace) -> None:
    """List the premises of a dataset."""
    from ..dataset import load_dataset  # noqa: PLC0415

    dataset = load_dataset(options.dataset)
    municipalities = dataset.table("municipalities").set_index("code")["name"].to_dict()
    for row in dataset.table("sites").query("candidate == 1").to_dict("records"):
        municipality = municipalities[row["municipality_code"]]
        sys.stdout.write(
            f"{row['site_id']:6} {row['kind']:16} {municipality:14} {row['status']:13} {row['name']}\n"
        )


def check_times(options: argparse.Namespace) -> None:
    """Hold the minutes by car against known trips."""
    from ..by_road import car_router  # noqa: PLC0415
    from ..check_times import check_times, read_trips  # noqa: PLC0415
    from ..dataset import load_dataset  # noqa: PLC0415
    from ..present.times_text import times_lines  # noqa: PLC0415
    from ..roads import road_network  # noqa: PLC0415
    from ..scenario_file import load  # noqa: PLC0415

    scenario = load(options.scenario)
    dataset = load_dataset(scenario.dataset, relative_to=scenario.folder)
    roads = road_network(dataset)
    trips = read_trips(dataset, roads, options.trips)
    for line in times_lines(check_times(trips, car_router(roads, scenario.travel))):
        sys.stdout.write(f"{line}\n")


def build(options: argparse.Namespace) -> None:
    """Build a dataset from files and tables."""
    from ..sources.build import build  # noqa: PLC0415

    progress = Progress()
    out = build(options.sources, options.out, replace=options.replace, on_progress=progress)
    progress(f"wrote {out}: a scenario finds it as dataset: {out}")


def fetch(options: argparse.Namespace) -> None:
    """Build a dataset from public sources."""
    from ..sources.fetch import LATEST_YEAR, Fetching, Services, fetch  # noqa: PLC0415

    progress = Progress()
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
