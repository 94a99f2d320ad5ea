"""The internal file: all the numbers, in the only file that has them, which says so in every place."""

from __future__ import annotations

import dataclasses
import inspect
import io
import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import small_counts

import siting
from siting import study
from siting.cache import NO_CACHE
from siting.cli import actions, main
from siting.cli.progress import Progress
from siting.demand import DemandGrid
from siting.errors import InputError, OutputError
from siting.evaluate import evaluate
from siting.plan import Intake
from siting.present import geopackage
from siting.present.files import COMPARISON_FILES, PLAN_FILES, write_map
from siting.present.internal import LOADS, internal_layers
from siting.present.words import Language, Words
from siting.study import Alternatives, Outcome

MARKS: dict[Language, str] = {
    "sv": "INTERNT: små antal, får inte spridas",
    "en": "INTERNAL: small counts, must not be shared",
}
PLAN, COMPARISON = "plan.internal.gpkg", "comparison.internal.gpkg"
WALK = {"roads": "walk", "speed_km_per_hour": 6, "access_speed_km_per_hour": 6}


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A county of few young people, some of whom have digital contact, and walk."""
    folder = tmp_path_factory.mktemp("county")
    small_counts.write_dataset(folder / "data", small_counts.draw(0) * 1.01)
    small_counts.write_scenarios(
        folder,
        access={"digital_minutes": {"near": 60}},
        travel={"access_speed_km_per_hour": 60, "modes": {"walk": WALK}},
    )
    return folder


@pytest.fixture(scope="module")
def alternatives(county: Path) -> Alternatives:
    return study.compare([county / f"{name}.yaml" for name in ("one", "two")], cache=NO_CACHE)


@pytest.fixture(scope="module")
def outcome(alternatives: Alternatives) -> Outcome:
    return alternatives.outcomes[1]


@pytest.fixture(scope="module")
def written(outcome: Outcome, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(siting.write(outcome, tmp_path_factory.mktemp("plan"), internal=True))


@pytest.fixture(scope="module")
def compared(alternatives: Alternatives, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Without the page, which takes seconds, and is made of nothing that the flag changes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("siting.present.reports.report.comparison_html", lambda *_: "a page")
        folder = tmp_path_factory.mktemp("comparison")
        yield Path(siting.write(alternatives, folder, language="en", internal=True))


@pytest.fixture
def no_mask() -> Iterator[None]:
    """New files may be read and written by all."""
    before = os.umask(0)
    yield
    os.umask(before)


def read(folder: Path, layer: str, file: str = PLAN) -> pd.DataFrame:
    frame: pd.DataFrame = gpd.read_file(folder / file, layer=layer)
    return frame


def loads(outcome: Outcome) -> pd.DataFrame:
    """What comes to each place, as the evaluation counts it."""
    by_site = outcome.evaluation.by_site
    return pd.DataFrame({name: {each: getattr(by_site[each], name) for each in by_site} for name in LOADS})


# All the numbers


def test_every_cell_has_its_own_numbers_as_they_are(written: Path, outcome: Outcome) -> None:
    cells, demand = read(written, "internal_cells"), outcome.region.demand
    assert 0 < cells["youths"][cells["youths"] > 0].min() < 5
    assert cells["cell_id"].tolist() == list(demand.cell_ids)
    assert cells["youths"].tolist() == demand.youths.tolist()
    assert cells["persons_1_all"].tolist() == demand.persons[:, 0].tolist()
    assert cells["visits_1_all"].tolist() == demand.visits_per_year[:, 0].tolist()
    assert cells["main_visits_per_year"].tolist() == demand.main_visits_per_year.tolist()
    assert cells["near_visits_per_year"].tolist() == demand.near_visits_per_year.tolist()
    assert cells["youths_standard_error"].isna().all()  # nothing is stated of it


def test_cells_say_where_they_go_and_in_how_many_minutes_by_each_mode(
    written: Path, outcome: Outcome
) -> None:
    cells, walk = read(written, "internal_cells"), outcome.by_mode["walk"]
    near = outcome.evaluation.near
    assert 0 < cells["near_is_digital"].sum() < len(cells)
    assert cells["near_minutes"].isna().tolist() == np.isinf(near.minutes).tolist()
    assert cells["near_generalised_minutes"].tolist() == near.generalised_minutes.tolist()
    assert cells["near_minutes_walk"].dropna().tolist() == walk.near.minutes[walk.near.site >= 0].tolist()
    assert cells["main_minutes_walk"].tolist() == walk.main.minutes.tolist()
    assert set(cells["near_site_walk"].dropna()) == {"A", "B"}
    assert set(cells["main_site_walk"]) == {"B"}


def test_cells_and_places_sum_to_what_the_evaluation_counts(written: Path, outcome: Outcome) -> None:
    cells, places = read(written, "internal_cells"), read(written, "internal_places")
    by_municipality = cells.groupby("municipality_code")["youths"].sum()
    from_places = places.groupby("municipality_code")[list(LOADS)].sum()
    for code, area in outcome.evaluation.by_municipality.items():
        assert by_municipality[code] == pytest.approx(area.youths, rel=1e-12)
        assert from_places["youths_nearest"][code] == pytest.approx(area.youths, rel=1e-12)
        assert from_places["near_visits_per_year"][code] == pytest.approx(area.near.visits_per_year)
        assert from_places["main_visits_per_year"][code] == pytest.approx(area.main.visits_per_year)
    sums = places.groupby("site_id")[list(LOADS)].sum()
    pd.testing.assert_frame_equal(sums, loads(outcome).sort_index(), check_names=False)
    assert places.loc[places["site_id"].isna(), "is_digital"].all()
    assert not places.loc[places["site_id"].notna(), "is_digital"].any()


def test_sites_have_their_loads_as_they_are_and_closed_ones_none(written: Path, outcome: Outcome) -> None:
    sites = read(written, "internal_sites").set_index("site_id")[list(LOADS)].astype(float)
    opened = loads(outcome)
    pd.testing.assert_frame_equal(sites.loc[opened.index], opened, check_names=False, check_exact=True)
    assert sites.drop(opened.index).isna().all(axis=None)


def test_a_cell_that_an_intake_splits_is_counted_at_each_place_by_its_share(outcome: Outcome) -> None:
    n = len(outcome.region.demand.cell_ids)
    cell, share = np.repeat(np.arange(n), 2), np.tile([0.75, 0.25], n)
    intake = {
        "near": Intake(cell, np.tile([1, 0], n), share),
        "main": Intake(np.arange(n), np.full(n, 1), np.ones(n)),
    }
    plan = dataclasses.replace(outcome.plan, intake=intake)
    counted = evaluate(plan, outcome.region, outcome.scenario.evaluation, standard_minutes=30)
    split = dataclasses.replace(outcome, plan=plan, evaluation=counted)
    [places] = [each.frame for each in internal_layers((split,), Words("en")) if "places" in each.name]
    sums = places.groupby("site_id")[list(LOADS)].sum()
    pd.testing.assert_frame_equal(sums, loads(split).sort_index(), check_names=False)
    assert sums["youths_nearest"]["A"] == pytest.approx(outcome.region.demand.youths.sum() / 4)


def test_standard_errors_and_groups_of_any_name_have_their_columns(outcome: Outcome) -> None:
    demand = outcome.region.demand
    more: DemandGrid = dataclasses.replace(
        demand,
        risk_groups=('a "b"', "A 'B'"),
        persons=np.repeat(demand.persons, 2, axis=1),
        visits_per_year=np.repeat(demand.visits_per_year, 2, axis=1),
        share_needing_main=np.repeat(demand.share_needing_main, 2),
        youths_standard_error=np.sqrt(demand.youths),
        youths_are_estimated=True,
    )
    noisy = dataclasses.replace(outcome, region=dataclasses.replace(outcome.region, demand=more))
    cells = next(internal_layers((noisy,), Words("sv"))).frame
    assert cells.columns.str.lower().is_unique
    assert {"persons_1_a_b_", "visits_2_A_B_"} <= set(cells.columns)
    assert cells["youths_are_estimated"].all()
    some = (demand.youths > 0).tolist()
    assert cells["youths_standard_error"][some].tolist() == np.sqrt(demand.youths[some]).tolist()


# The ordinary files


@pytest.mark.parametrize("names", [PLAN_FILES, COMPARISON_FILES], ids=["plan", "comparison"])
def test_the_other_files_are_the_same_to_the_byte_with_and_without(
    names: tuple[str, ...], written: Path, compared: Path, alternatives: Alternatives, tmp_path: Path
) -> None:
    if names == PLAN_FILES:
        folder = written
        siting.write(alternatives.outcomes[1], tmp_path)
    else:
        folder = compared
        siting.write(alternatives, tmp_path, language="en")
    assert {path.name for path in tmp_path.iterdir()} == set(names)
    assert {path.name for path in folder.iterdir()} == {*names, PLAN if folder == written else COMPARISON}
    for name in names:
        assert (tmp_path / name).read_bytes() == (folder / name).read_bytes(), name


def test_the_same_plan_gives_the_same_internal_file(written: Path, outcome: Outcome, tmp_path: Path) -> None:
    siting.write(outcome, tmp_path, internal=True)
    assert (tmp_path / PLAN).read_bytes() == (written / PLAN).read_bytes()


# What it says of itself


@pytest.mark.parametrize(("language", "file"), [("sv", PLAN), ("en", COMPARISON)])
def test_every_layer_and_every_row_says_that_it_must_not_be_shared(
    language: Language, file: str, written: Path, compared: Path
) -> None:
    folder, mark = (written if file == PLAN else compared), MARKS[language]
    with closing(sqlite3.connect(folder / file)) as base:
        contents = base.execute("SELECT table_name, identifier, description FROM gpkg_contents").fetchall()
        metadata = [text for (text,) in base.execute("SELECT metadata FROM gpkg_metadata")]
    suffixes = [""] if file == PLAN else ["_one", "_two"]
    kinds = ("cells", "sites", "places")
    assert [name for name, *_ in contents] == [f"internal_{kind}{end}" for end in suffixes for kind in kinds]
    assert len(metadata) == len(contents)
    assert all(mark in text for row in contents for text in row[1:])
    assert all(mark in text for text in metadata)
    for name, *_ in contents:
        frame = read(folder, name, file)
        assert frame.columns[0] == "internal"
        assert len(frame)
        assert set(frame["internal"]) == {mark}


def test_it_says_what_it_was_made_from_and_what_is_estimated(written: Path, outcome: Outcome) -> None:
    said = pyogrio.read_info(written / PLAN, layer="internal_places")["layer_metadata"]
    assert said["SCENARIO_SHA256"] == outcome.scenario.sha256
    assert all(digest in said["DATASET_SHA256"] for digest in outcome.dataset.digests.values())
    assert said["SITING_VERSION"]
    assert "antaganden" in said["ESTIMATES"]
    assert "avrunda" not in said["ESTIMATES"]  # here nothing is


@pytest.mark.skipif(os.name != "posix", reason="needs permissions")
@pytest.mark.usefixtures("no_mask")
def test_only_its_owner_may_read_it_whatever_the_mask_and_after_it_took_anothers_place(
    outcome: Outcome, tmp_path: Path
) -> None:
    for _ in range(2):
        siting.write(outcome, tmp_path, internal=True)
        assert stat.S_IMODE((tmp_path / PLAN).stat().st_mode) == 0o600
        assert stat.S_IMODE((tmp_path / "plan.json").stat().st_mode) == 0o666
        (tmp_path / PLAN).chmod(0o644)


@pytest.mark.skipif(os.name != "posix", reason="needs permissions")
@pytest.mark.usefixtures("no_mask")
def test_nobody_else_may_read_it_even_while_it_is_written(
    outcome: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill would leave it so."""
    modes: list[tuple[str, int]] = []
    write_layer = pyogrio.write_dataframe

    def look(frame: pd.DataFrame, place: Path | io.BytesIO, **more: Any) -> None:
        for moment in ("before", "after"):
            if moment == "after":
                write_layer(frame, place, **more)
            modes.extend((path.name, stat.S_IMODE(path.stat().st_mode)) for path in tmp_path.iterdir())

    monkeypatch.setattr(geopackage, "write_dataframe", look)
    geopackage.write_internal(tmp_path / PLAN, (outcome,), Words("sv"))
    assert modes == [(PLAN, 0o600)] * 4  # of three layers: the first is made elsewhere


def test_reading_it_leaves_nothing_beside_it(written: Path) -> None:
    before = {path.name for path in written.iterdir()}
    read(written, "internal_cells")
    assert {path.name for path in written.iterdir()} == before


def test_git_does_not_take_it() -> None:
    ignored = (Path(__file__).parents[1] / ".gitignore").read_text("utf-8").splitlines()
    assert "*.internal.*" in ignored


# Where it does not go


def test_no_other_module_of_siting_knows_it() -> None:
    """What reads it might tell of it."""
    code = Path(siting.__file__).parent
    telling = {
        str(path.relative_to(code))
        for path in code.rglob("*.py")
        if "internal_layers" in (text := path.read_text("utf-8")) or "internal.gpkg" in text
    }
    assert telling == {
        "present/internal.py",
        "present/geopackage.py",
        "present/files.py",
        "cli/arguments.py",
    }


def test_what_reads_a_folder_takes_no_notice_of_it(county: Path, written: Path, tmp_path: Path) -> None:
    folder = tmp_path / "result"
    folder.mkdir()
    (folder / "plan.json").write_bytes((written / "plan.json").read_bytes())
    (folder / PLAN).write_text("no GeoPackage")
    data = county / "data"
    [verdict] = siting.verify(folder, dataset=data, cache=NO_CACHE)
    assert verdict.holds
    [reopened] = siting.reopen(folder, dataset=data, cache=NO_CACHE)
    write_map([reopened], folder / "map.html")
    order = siting.ReportOrder(day=date(2026, 11, 28), forms=("html",))
    _, names = siting.report(folder, out=tmp_path / "report", order=order, dataset=data, cache=NO_CACHE)
    assert {path.name for path in (tmp_path / "report").iterdir()} == set(names)
    assert (folder / PLAN).read_text() == "no GeoPackage"


def test_without_the_flag_that_of_an_earlier_run_is_deleted_with_what_was_left_beside(
    outcome: Outcome, tmp_path: Path
) -> None:
    for name in (PLAN, f"{PLAN}-wal", f"{PLAN}-shm", f"{PLAN}.bak", COMPARISON):
        (tmp_path / name).write_text("earlier")
    siting.write(outcome, tmp_path)
    left = {path.name for path in tmp_path.iterdir()} - set(PLAN_FILES)
    assert left == {f"{PLAN}.bak", COMPARISON}  # one's own copy, and that of another result


def test_what_could_not_be_written_leaves_that_of_the_earlier_run(
    outcome: Outcome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / PLAN).write_text("earlier")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("siting.present.files.write_internal", fail)
    with pytest.raises(OutputError, match="No space left"):
        siting.write(outcome, tmp_path, internal=True)
    assert [path.name for path in tmp_path.iterdir()] == [PLAN]


# The command


def test_the_command_says_that_it_wrote_it_and_later_that_it_deleted_it(
    county: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / COMPARISON).write_text("of another result")
    beside = f"{COMPARISON} lies in this folder and must not be shared with it"
    command = ["run", str(county / "two.yaml"), "--out", str(tmp_path)]
    assert main([*command, "--internal"]) == 0
    assert (tmp_path / PLAN).is_file()
    told = capsys.readouterr().err
    assert f"sites.csv, {PLAN}" in told
    assert f"{PLAN} is internal: it holds small counts and must not be shared" in told
    assert told.count(beside) == 1
    assert main(command) == 0
    assert not (tmp_path / PLAN).exists()
    told = capsys.readouterr().err
    assert f"deleted {PLAN}" in told
    assert told.count("must not be shared") == told.count(beside) == 1


def test_what_lies_beside_new_files_is_told_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    progress = Progress()
    progress.done(tmp_path, ["sweep.csv"])
    for name in (PLAN, COMPARISON, f"{PLAN}-wal", "plan.gpkg"):
        (tmp_path / name).write_text("")
    progress.done("postgresql://nowhere/db", ["plan"])
    progress.done(tmp_path, [PLAN])
    *first, last = capsys.readouterr().err.splitlines()
    assert not any("shared" in line for line in first)
    assert last.endswith(f" {COMPARISON}, {PLAN}-wal lie in this folder and must not be shared with it")


@pytest.mark.parametrize("command", ["run", "compare", "sweep", "analyse", "draw_map", "report"])
def test_every_command_that_writes_files_tells_what_lies_beside_them(command: str) -> None:
    written = inspect.getsource(getattr(actions, command)).strip().splitlines()
    assert any("progress.done(" in line or line.startswith("    _write(") for line in written)


@pytest.mark.parametrize("command", ["run one", "compare one two"])
def test_no_database_takes_it_and_that_is_said_before_anything_is_asked_of_one(
    command: str, county: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked, *names = command.split()
    scenarios = [str(county / f"{name}.yaml") for name in names]
    assert main([asked, *scenarios, "--internal", "--out", "postgresql://anna:secret@nowhere/db"]) == 30
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "--internal: what must not be shared is written into a folder" in told
    assert "secret" not in told


def test_neither_a_database_nor_a_sweep_has_one_in_python(outcome: Outcome, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="written into a folder; give a folder with --out"):
        siting.write(outcome, "postgresql://anna:secret@nowhere/db", internal=True)
    swept = siting.sweep(
        outcome.scenario, vary={"evaluation.noticeable_minutes": [5.0]}, cache=NO_CACHE, workers=None
    )
    with pytest.raises(InputError, match="only a plan or a comparison"):
        siting.write(swept, tmp_path / "sweep", internal=True)
    assert not (tmp_path / "sweep").exists()


@pytest.mark.parametrize("command", ["sweep", "analyse", "map", "report", "verify"])
def test_no_other_command_has_the_flag(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main([command, "base", "--internal"])
    assert stopped.value.code == 2
    assert "--internal" in capsys.readouterr().err
