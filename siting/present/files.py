"""Writes results: each file appears whole under its name, or not at all."""

from __future__ import annotations

import errno
import json
import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pyogrio.errors import DataLayerError, DataSourceError, FeatureError

from ..analysis.analyse import Analysis
from ..errors import InputError, OutputError
from ..postgis import is_address, without_password
from ..sentences import first_line
from ..study import Alternatives
from ..variants import Sweep
from ..whole_files import DRAFT, EARLIER, put_in_place
from .database import write_tables
from .geopackage import write_geopackage, write_internal
from .internal import internal_name, internal_names, require_folder
from .layers import sites_layer
from .map_scene import map_scene
from .maps import map_html
from .records import comparison_record, plan_record
from .report import plan_html
from .sweeps import sweep_frame, sweep_record
from .words import Words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from ..saved import SweptPlans
    from ..study import Outcome
    from .scene import TileSource
    from .words import Language

PLAN_FILES: Final = ("map.html", "plan.gpkg", "plan.json", "report.html", "sites.csv")
COMPARISON_FILES: Final = ("comparison.gpkg", "comparison.json", "map.html", "report.html")
MAP_FILE: Final = "map.html"
ANALYSIS_RECORD: Final = "analysis.json"
ANALYSIS_TABLES: Final = ("municipalities.csv", "near_best.csv")
SWEEP_FILES: Final = ("sweep.csv", "sweep.json")
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")


def write(
    result: Outcome | Alternatives | Sweep | Analysis,
    folder: str | Path,
    *,
    language: Language = "sv",
    internal: bool = False,
) -> Path | str:
    """Write all files of one outcome, of a comparison, of a sweep or of an analysis; return the folder.

    Into a database (``postgresql://...``) go the layers alone; what is returned is its address without the
    password.

    With `internal` there is one file more beside those of an outcome or a comparison, plan.internal.gpkg or
    comparison.internal.gpkg: the numbers as they are, which must not be shared. Without, one of an earlier
    result is deleted: it would lie beside files that are of something else.

    Raises
    ------
    InputError
        If an internal file of a sweep or an analysis is asked for: there is none.
    OutputError
        If the folder or the database cannot be written to, or an internal file is asked for in a database;
        then nothing in it has changed.
    """
    if internal:
        require_folder(folder)
    if isinstance(result, Sweep | Analysis):
        if internal:
            message = "internal: only a plan or a comparison has an internal file; leave it out"
            raise InputError(message)
        if isinstance(result, Sweep):
            return write_sweep(result, folder)
        return write_analysis(result, folder, language=language)
    if is_address(folder):
        write_tables(result, folder, language=language)
        return without_password(folder)
    if isinstance(result, Alternatives):
        return write_alternatives(result, folder, language=language, internal=internal)
    return write_outcome(result, folder, language=language, internal=internal)


def write_outcome(
    outcome: Outcome, folder: str | Path, *, language: Language = "sv", internal: bool = False
) -> Path:
    """Write plan.json, sites.csv, plan.gpkg, map.html and report.html; return the folder."""
    words = Words(language)
    with all_or_nothing(Path(folder), replaced=internal_names(outcome)) as draft:
        write_json(draft / "plan.json", plan_record(outcome))
        _write_csv(draft / "sites.csv", sites_layer(outcome).drop(columns="geometry"))
        write_geopackage(draft / "plan.gpkg", (outcome,), words)
        title = words("report.plan_title")
        _write_text(draft / "map.html", map_html(map_scene((outcome,), title, words)))
        _write_text(draft / "report.html", plan_html(outcome, words))
        if internal:
            write_internal(draft / internal_name(outcome), (outcome,), words)
    return Path(folder)


def write_alternatives(
    alternatives: Alternatives, folder: str | Path, *, language: Language = "sv", internal: bool = False
) -> Path:
    """Write comparison.json, comparison.gpkg, map.html and report.html; return the folder."""
    # They load matplotlib, for which those who write one plan need not wait.
    from .reports.report import comparison_html  # noqa: PLC0415

    words = Words(language)
    with all_or_nothing(Path(folder), replaced=internal_names(alternatives)) as draft:
        write_json(draft / "comparison.json", comparison_record(alternatives))
        write_geopackage(draft / "comparison.gpkg", alternatives.outcomes, words)
        title = words("report.comparison_title")
        _write_text(draft / "map.html", map_html(map_scene(alternatives.outcomes, title, words)))
        _write_text(draft / "report.html", comparison_html(alternatives, words))
        if internal:
            write_internal(draft / internal_name(alternatives), alternatives.outcomes, words)
    return Path(folder)


def write_map(
    outcomes: Sequence[Outcome],
    file: str | Path,
    *,
    language: Language = "sv",
    swept: SweptPlans | None = None,
    tiles: TileSource | None = None,
) -> Path:
    """Write the map alone, of one plan or of several with a switch between them; return the file.

    `swept` says what is always, sometimes and never opened (else the outcomes do); `tiles` is an online map
    to lie underneath, for which the page then asks its maker.

    Raises
    ------
    OutputError
        If the file cannot be written; then it has not changed.
    """
    words, path = Words(language), Path(file)
    title = words("report.plan_title" if len(outcomes) == 1 else "report.comparison_title")
    with all_or_nothing(path.parent) as draft:
        _write_text(draft / path.name, map_html(map_scene(outcomes, title, words, swept=swept, tiles=tiles)))
    return path


def write_sweep(sweep: Sweep, folder: str | Path) -> Path:
    """Write sweep.csv, a row for each variant, and sweep.json; return the folder.

    Raises
    ------
    OutputError
        If the folder cannot be written to; then nothing in it has changed.
    """
    if is_address(folder):
        message = "--out: a sweep is written as files; give a folder"
        raise OutputError(message)
    with all_or_nothing(Path(folder)) as draft:
        record = sweep_record(sweep)
        write_json(draft / "sweep.json", record)
        _write_csv(draft / "sweep.csv", sweep_frame(record))
    return Path(folder)


def write_analysis(analysis: Analysis, folder: str | Path, *, language: Language = "sv") -> Path:
    """Write analysis.json, analysis.html, and the tables of the parts that have one; return the folder.

    Tables of an earlier analysis in the folder, of parts that this one does not have, are deleted: they would
    lie beside a record that is of something else.

    Raises
    ------
    OutputError
        If the folder cannot be written to; then nothing in it has changed.
    """
    if is_address(folder):
        message = "--out: an analysis is written as files; give a folder"
        raise OutputError(message)
    # They load matplotlib, for which those who write no analysis need not wait.
    from .analysis.frames import analysis_frames  # noqa: PLC0415
    from .analysis.page import analysis_html  # noqa: PLC0415
    from .analysis.record import analysis_record  # noqa: PLC0415

    tables = ANALYSIS_TABLES if _had_analysis(Path(folder)) else ()
    with all_or_nothing(Path(folder), replaced=tables) as draft:
        write_json(draft / ANALYSIS_RECORD, analysis_record(analysis))
        _write_text(draft / "analysis.html", analysis_html(analysis, Words(language)))
        for name, frame in analysis_frames(analysis):
            _write_csv(draft / f"{name}.csv", frame)
    return Path(folder)


def _had_analysis(folder: Path) -> bool:
    """Whether there is an analysis, or one whose record a kill left set aside: its tables may lie there."""
    return (folder / ANALYSIS_RECORD).is_file() or any(folder.glob(f"{DRAFT}*/{EARLIER}/{ANALYSIS_RECORD}"))


def analysis_files(analysis: Analysis) -> tuple[str, ...]:
    """Name the files of an analysis: the tables are there if their parts were asked for."""
    from .analysis.frames import analysis_frames  # noqa: PLC0415

    tables = (f"{name}.csv" for name, _ in analysis_frames(analysis))
    return tuple(sorted(("analysis.html", ANALYSIS_RECORD, *tables)))


def _write_csv(path: Path, frame: pd.DataFrame) -> None:
    """Write a table for spreadsheets: UTF-8 with its mark, and no text that they take for a formula."""
    table = frame.rename(columns=_no_formula)
    for name in table.columns[table.dtypes.map(lambda dtype: dtype.kind not in "biuf")]:
        table[name] = table[name].map(_no_formula)
    table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def _no_formula(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value


def write_json(path: Path, record: dict[str, Any]) -> None:
    """Write a record, one field a line."""
    _write_text(path, json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n")


def _write_text(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def check_folder(folder: str | Path) -> None:
    """See whether a folder can be made and written to, and make nothing.

    Raises
    ------
    OutputError
        If it cannot, as `write` would tell after the work.
    """
    path = Path(folder).absolute()
    try:
        there = next(each for each in (path, *path.parents) if each.exists() or each.is_symlink())
        code = 0 if there.is_dir() else errno.EEXIST if there == path else errno.ENOTDIR
    except OSError as error:
        there, code = path, error.errno or errno.EIO
    if not code and not os.access(there, os.W_OK | os.X_OK):
        code = errno.EACCES
    if code:
        raise _not_writable(folder, os.strerror(code))


def _not_writable(folder: str | Path, why: str | None) -> OutputError:
    return OutputError(f"--out {folder}: cannot be written to ({why}); choose another folder")


@contextmanager
def all_or_nothing(folder: Path, *, replaced: Sequence[str] = ()) -> Iterator[Path]:
    """Give a draft folder on the same disk; put its files in place when all of them are whole.

    Those named in `replaced` that the draft does not have are deleted then (`siting.whole_files`).
    """
    has_begun = False
    try:
        with put_in_place(folder, replaced=replaced) as draft:
            has_begun = True
            yield draft
            blocked = [path.name for path in draft.iterdir() if (folder / path.name).is_dir()]
            if blocked:
                message = f"--out {folder}: there is a folder named {blocked[0]} in it; choose another folder"
                raise OutputError(message)
    except (OSError, DataSourceError, DataLayerError, FeatureError) as error:
        if not has_begun and isinstance(error, OSError):
            raise _not_writable(folder, error.strerror) from error
        message = f"--out {folder}: could not be written ({first_line(error)})"
        raise OutputError(message) from error
