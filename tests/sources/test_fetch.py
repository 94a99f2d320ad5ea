"""From the public services, on loopback, to a dataset and a plan; nothing goes anywhere else."""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from pathlib import Path
from typing import Any

import fake_services
import numpy as np
import pandas as pd
import pytest
import shapely
import toy
from fake_services import Server
from ruamel.yaml import YAML

from siting import cli
from siting.dataset import load_dataset
from siting.demand import demand_grid
from siting.errors import FetchError, InputError, OutputError
from siting.scenario import DemandSection
from siting.sources.build import build
from siting.sources.fetch import Fetching, Services, _area, collect, fetch
from siting.sources.services.manners import Manners

QUICK = Manners(
    attempts=3, read_seconds=1, first_wait_seconds=0.01, longest_wait_seconds=0.05, interval_seconds=0
)
DAY = dt.date(2026, 11, 24)
SOURCES = Path("county-sources") / "sources.yaml"
INTERPRETER = "/overpass/interpreter"


def how(server: Server, **changes: Any) -> Fetching:
    services = Services(
        wfs=f"{server.address}/wfs", pxweb=f"{server.address}/pxweb", overpass=f"{server.address}/overpass"
    )
    return dataclasses.replace(Fetching(services=services, manners=QUICK), **changes)


def demand() -> DemandSection:
    return DemandSection.model_validate(toy.demand_section(alpha=0.5))


@pytest.fixture(scope="module")
def county(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which county/ was fetched, with its cache; the services are gone."""
    folder = tmp_path_factory.mktemp("fetched")
    with fake_services.running() as server:
        given = how(server, cache=folder / "cache")
        assert fetch(["Dalarna"], folder / "county", given, compiled=DAY) == folder / SOURCES
    return folder


def test_youths_of_a_fetched_county_are_raked(county: Path) -> None:
    """Mora has 7 x 120 youths, two tenths of them in its middle cell, and Orsa 7 x 80."""
    grid = demand_grid(load_dataset(str(county / "county")), demand())
    youths = dict(zip(grid.cell_ids, grid.youths, strict=True))
    assert youths["4810006761000"] == pytest.approx(0.2 * 840)
    assert grid.youths.sum() == pytest.approx(7 * (120 + 80))
    # Totals are one off the sum of their 21 parts: a noise of 1 / sqrt(22) in each count, of two classes.
    noise = np.hypot(240 / 600, 600 / 600) / np.sqrt(22)
    by_lot = 60 * 0.4 * 0.6  # who of the 60 aged 10-14 in the cell is 13 or 14
    error = np.sqrt(noise**2 + by_lot)
    assert grid.youths_standard_error[grid.cell_ids.index("4800006760000")] == pytest.approx(error)


def test_a_fetched_county_gets_a_plan_and_a_map(county: Path, tmp_path: Path) -> None:
    sites = load_dataset(str(county / "county")).table("sites")
    assert set(sites["kind"]) == {"youth_clinic", "health_centre", "hospital"}
    assert set(sites["municipality_code"]) == {"2034", "2062"}
    scenario = toy.write_scenario(tmp_path, dataset=str(county / "county"))
    assert cli.main(["run", str(scenario), "--out", str(tmp_path / "maps")]) == 0
    plan = json.loads((tmp_path / "maps" / "plan.json").read_text(encoding="utf-8"))
    assert plan["youths_are_estimated"]
    roles = {site["site_id"]: site["role"] for site in plan["sites"] if site["role"]}
    assert roles == {"osm-n1": "main", "osm-n2": "satellite"}  # the middle of Mora, the larger, and of Orsa


def test_what_was_fetched_says_where_it_is_from(county: Path) -> None:
    manifest = load_dataset(str(county / "county")).manifest
    assert manifest.title.sv == "Dalarnas län"
    today = dt.datetime.now(dt.UTC).date().isoformat()
    for name, licence in (("cells", "CC0 1.0"), ("municipalities", "CC0 1.0"), ("road_edges", "ODbL 1.0")):
        table = manifest.tables[name]
        assert licence in table.licence
        assert today in table.date
        assert "sha256" in table.source
    assert "TAB5557" in (county / SOURCES).read_text(encoding="utf-8")
    assert any("cell key" in note.en for note in manifest.notes)
    assert any("OpenStreetMap" in note.sv for note in manifest.notes)


def test_the_dataset_is_built_again_without_any_service(county: Path, tmp_path: Path) -> None:
    build(county / SOURCES, tmp_path / "again", compiled=DAY)
    first, again = (load_dataset(str(folder)) for folder in (county / "county", tmp_path / "again"))
    assert first.digests == again.digests


def test_a_second_fetch_asks_nothing_anew(server: Server, tmp_path: Path) -> None:
    given = how(server, cache=tmp_path / "cache")
    streets = []
    for regions in (["Dalarna"], ["2034", "Mora"]):
        collect(regions, tmp_path / "Mora & Orsa", given)
        streets.append((tmp_path / "Mora & Orsa-sources" / "raw" / "streets.graphml").read_bytes())
    assert len(server.requests) == 8
    assert streets[0] == streets[1]
    assert b"created_date" not in streets[0]  # else the second at which it was written were in all digests
    recipe = YAML(typ="safe").load(tmp_path / "Mora & Orsa-sources" / "sources.yaml")
    assert recipe["name"] == "mora-orsa"
    assert recipe["title"]["sv"] == "Orsa, Mora"


def test_a_dataset_is_not_written_over_by_mistake(county: Path, server: Server) -> None:
    with pytest.raises(OutputError, match=r"county: is there already; .* say --replace"):
        fetch(["Orsa"], county / "county", how(server), compiled=DAY)
    assert server.requests == []


def test_a_fetch_broken_off_at_any_request_leaves_no_half_and_goes_on(server: Server, tmp_path: Path) -> None:
    """Eight requests: two tables' metadata, numbers, borders, grid, premises, streets, ferries."""
    sources = tmp_path / "county-sources"
    for _ in range(7):
        server.requests.clear()
        server.fails_from = 1
        with pytest.raises(FetchError, match=r"answers 503 \(3 tries\)"):
            collect(["Dalarna"], tmp_path / "county", how(server))
        assert not (sources / "sources.yaml").exists()
        assert len(server.requests) == 1 + 3  # one that was still missing, then three tries of the next
    server.requests.clear()
    server.fails_from = None
    collect(["Dalarna"], tmp_path / "county", how(server))
    assert len(server.requests) == 1
    assert (sources / "sources.yaml").exists()
    assert not list(sources.rglob("*part*"))


def test_older_sources_stay_until_all_new_ones_are_there(server: Server, tmp_path: Path) -> None:
    population = how(server, with_osm=False)
    recipe = collect(["Mora"], tmp_path / "county", population)
    server.fails_from = 0
    with pytest.raises(FetchError):
        collect(["Dalarna"], tmp_path / "county", population)
    assert YAML(typ="safe").load(recipe)["title"]["sv"] == "Mora"
    assert len(pd.read_csv(recipe.parent / "raw" / "cells.csv")) == 9
    server.fails_from = None
    collect(["Dalarna"], tmp_path / "county", population)
    assert len(pd.read_csv(recipe.parent / "raw" / "cells.csv")) == 18
    kept = sorted(path.name for path in recipe.parent.iterdir())
    assert kept == ["cache", "raw", "sources.yaml", "sources.yaml.old"]


def test_a_fetch_that_was_killed_goes_on(server: Server, tmp_path: Path) -> None:
    def stop(text: str) -> None:
        if "streets:" in text:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(["Dalarna"], tmp_path / "county", how(server, on_progress=stop), compiled=DAY)
    assert not (tmp_path / "county").exists()
    overpass = tmp_path / "county-sources" / "cache" / "overpass"
    answers = list(overpass.glob("*.json"))
    for path in answers:  # as if killed while OSMnx wrote it
        path.write_text(path.read_text()[:50])
    assert answers
    assert collect(["Dalarna"], tmp_path / "county", how(server)).exists()


def test_population_alone_is_fetched_without_openstreetmap(server: Server, tmp_path: Path) -> None:
    recipe = fetch(["Dalarna"], tmp_path / "county", how(server, with_osm=False), compiled=DAY)
    assert INTERPRETER not in server.paths()
    assert not (tmp_path / "county").exists()
    content = YAML(typ="safe").load(recipe.read_text(encoding="utf-8"))
    assert content["sites"]["file"] == "sites.xlsx"
    cells = pd.read_csv(recipe.parent / "raw" / "cells.csv")
    assert len(cells) == 18
    with pytest.raises(InputError, match=r"sites\.xlsx"):
        build(recipe, tmp_path / "county", compiled=DAY)


def test_streets_are_asked_for_beyond_the_border_and_between_parts() -> None:
    """A municipality of 30 x 30 km, and the same with another one 100 km to the east."""
    near = shapely.box(480_000, 6_760_000, 510_000, 6_790_000)
    far = shapely.affinity.translate(near, xoff=130_000)
    east, north = 470_500, 6_775_000
    beyond = shapely.Point(fake_services.TO_DEGREES.transform(east, north))
    between = shapely.Point(fake_services.TO_DEGREES.transform(560_000, north))
    alone, both = _area(near, 10_000), _area(shapely.union_all([near, far]), 10_000)
    assert alone.contains(beyond)
    assert not alone.contains(between)
    assert both.contains(between)
    assert max(shapely.get_num_coordinates([alone, both])) < 60


def test_a_grid_of_other_people_is_refused(server: Server, tmp_path: Path) -> None:
    def halved() -> list[dict[str, Any]]:
        grid = fake_services.grid()
        for each in grid:
            each["properties"]["ald15_19"] //= 2
        return grid

    server.grid = halved
    with pytest.raises(
        FetchError, match="500 persons aged 15-19 in the cells, but 1000 in the municipalities"
    ):
        fetch(["Dalarna"], tmp_path / "county", how(server), compiled=DAY)


def test_the_command_fetches(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from siting.sources import fetch as module

    monkeypatch.setattr(module, "Services", lambda **more: dataclasses.replace(how(server).services, **more))
    monkeypatch.setattr(module, "Fetching", lambda **more: Fetching(manners=QUICK, **more))
    out = str(tmp_path / "county")
    address = f"{server.address}/overpass".replace("http://", "http://me:s3cret@")
    arguments = ["fetch", "Dalarna", "--out", out, "--overpass", address, "--cache", str(tmp_path / "c")]
    assert cli.main(arguments) == 0
    told = capsys.readouterr().err
    assert "s3cret" not in told
    assert load_dataset(out).manifest.compiled
    assert (
        cli.main(["fetch", "Morra", "--out", str(tmp_path / "x"), "--year", "2024"]) == InputError.exit_code
    )
    assert "did you mean Mora" in capsys.readouterr().err
    assert cli.main(["fetch", "Mora", "--out", str(tmp_path / "x"), "--no-osm"]) == 0
    assert "then siting build it" in capsys.readouterr().out
    kept = "".join(path.read_text(errors="replace") for path in tmp_path.rglob("*") if path.is_file())
    assert "s3cret" not in kept


def test_a_sources_file_that_was_changed_is_kept_beside_the_new_one(tmp_path: Path, server: Server) -> None:
    recipe = fetch(["Orsa"], tmp_path / "county", how(server, with_osm=False), compiled=DAY)
    recipe.write_text("# my own\n", encoding="utf-8")
    again = fetch(["Orsa"], tmp_path / "county", how(server, with_osm=False), compiled=DAY)
    assert "municipalities" in again.read_text(encoding="utf-8")
    assert recipe.with_name("sources.yaml.old").read_text(encoding="utf-8") == "# my own\n"
