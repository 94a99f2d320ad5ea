"""Statistics Sweden's services on loopback: residents, borders and grid, and what goes wrong with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import fake_services
import geopandas as gpd
import numpy as np
import pytest
from fake_services import REGIONS, Server, collection, content, json_answer, status

from siting.errors import FetchError, InputError
from siting.sources.services import pxweb, scb_geodata
from siting.sources.services.download import Downloader
from siting.sources.services.manners import Manners

QUICK = Manners(
    attempts=3, read_seconds=2, first_wait_seconds=0.01, longest_wait_seconds=0.05, interval_seconds=0
)
MORA_AND_ORSA = {"2034": "Orsa", "2062": "Mora"}
DATA = "/pxweb/tables/TAB5557/data"


@pytest.fixture
def downloader(tmp_path: Path) -> Downloader:
    return Downloader(tmp_path / "cache", QUICK)


def people(server: Server, downloader: Downloader, year: int = 2025) -> Any:
    address = f"{server.address}/pxweb"
    table = pxweb.population_table(downloader, address, year)
    return pxweb.population(downloader, address, table, MORA_AND_ORSA, year)


def borders(server: Server, downloader: Downloader, **more: Any) -> gpd.GeoDataFrame:
    return scb_geodata.municipality_borders(downloader, f"{server.address}/wfs", MORA_AND_ORSA, **more)


def cells(server: Server, downloader: Downloader, **more: Any) -> Any:
    outline = borders(server, downloader)
    return scb_geodata.population_cells(downloader, f"{server.address}/wfs", outline, 2025, **more)


@pytest.mark.parametrize("year", [2024, 2025])
def test_residents_by_age_are_those_of_both_sexes(server: Server, downloader: Downloader, year: int) -> None:
    found = people(server, downloader, year)
    assert found["code"].tolist() == ["2034", "2062"]
    assert found["name"].tolist() == ["Orsa", "Mora"]
    assert list(found.columns[2:]) == [f"aged_{age}" for age in range(10, 25)]
    assert (found["aged_13"] == [80, 120]).all()


def test_each_table_is_asked_in_its_own_words(server: Server, downloader: Downloader) -> None:
    """Marital status is summed by the older table, and has a total in the newer one."""
    new, old = (pxweb.population_table(downloader, f"{server.address}/pxweb", year) for year in (2025, 2024))
    assert (new.table, old.table) == ("TAB5557", "TAB638")
    assert pxweb._selection(new, 2025)["Civilstand"] == ["SC"]
    assert pxweb._selection(new, 2025)["ContentsCode"] == ["000007ME"]
    assert "Civilstand" not in pxweb._selection(old, 2024)


def table_with(variables: dict[str, dict[str, str]]) -> pxweb.PopulationTable:
    """A table with these variables, all of which may be left out, beside age, year and contents."""
    known = {"Alder": {str(age): "" for age in range(100)}, "Tid": {"2025": "2025"}}
    known |= {"ContentsCode": {"X": "Folkmängd"}, "Kon": {"1": "män", "2": "kvinnor"}}
    named = {**known, **variables}
    return pxweb.PopulationTable(
        "T", {code: pxweb.Variable(code, each, True) for code, each in named.items()}
    )


def test_the_one_total_is_taken_where_there_is_one(server: Server, downloader: Downloader) -> None:
    """The sum of two numbers with noise has more of it than the total that is published."""
    new, old = (pxweb.population_table(downloader, f"{server.address}/pxweb", year) for year in (2025, 2024))
    assert pxweb._selection(new, 2025)["Kon"] == ["TotSa"]
    assert pxweb._selection(old, 2024)["Kon"] == ["1", "2"]
    by_label = {"Kon": {"1": "män", "2": "kvinnor", "1+2": "Totalt"}, "Civilstand": {"G": "", "SC": "totalt"}}
    by_code = {"Kon": {"1": "män", "2": "kvinnor", "TotSa": "båda könen"}, "Civilstand": {"G": "", "tot": ""}}
    none = {"Kon": {"1": "män", "2": "kvinnor"}, "Civilstand": {"G": "gifta"}}
    asked = [pxweb._selection(table_with(each), 2025) for each in (by_label, by_code, none)]
    assert [each["Kon"] for each in asked] == [["1+2"], ["TotSa"], ["1", "2"]]
    assert [each.get("Civilstand") for each in asked] == [["SC"], ["tot"], None]


def test_questions_are_split_where_the_service_gives_no_more_at_once(
    server: Server, downloader: Downloader, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = people(server, downloader)
    monkeypatch.setattr(pxweb, "MOST_VALUES", 25)
    split = people(server, Downloader(downloader.cache / "other", QUICK))
    assert server.paths().count(DATA) == 3
    assert whole.equals(split)


def test_a_year_that_is_not_published_names_those_that_are(server: Server, downloader: Downloader) -> None:
    with pytest.raises(InputError, match="year 2031: Statistics Sweden has residents by age of 2023-2025"):
        pxweb.population_table(downloader, f"{server.address}/pxweb", 2031)


def test_regions_are_found_by_name_or_code() -> None:
    for county in ("Dalarna", "dalarnas LÄN", "20"):
        assert pxweb.find_municipalities(REGIONS, [county]) == MORA_AND_ORSA
    assert pxweb.find_municipalities(REGIONS, ["Mora", "2034"]) == MORA_AND_ORSA
    assert pxweb.find_municipalities(REGIONS, ["Gotland"]) == {"0980": "Gotland"}  # county and municipality
    assert pxweb.find_municipalities(REGIONS | {"0114": "Upplands Väsby"}, ["0180"]) == {"0180": "Stockholm"}
    ambiguous = REGIONS | {"0114": "Upplands Väsby"}
    with pytest.raises(
        InputError, match=r"may be 01 \(Stockholms län\) or 0180 \(Stockholm\); give the code"
    ):
        pxweb.find_municipalities(ambiguous, ["Stockholm"])
    with pytest.raises(InputError, match=r"'Morra': there is no such .* did you mean Mora"):
        pxweb.find_municipalities(REGIONS, ["Morra"])
    for nobody in ("00", "Riket", ""):
        with pytest.raises(InputError, match="there is no such county or municipality"):
            pxweb.find_municipalities(REGIONS, [nobody])


def answer_with(**changes: Any) -> Any:
    ages = [str(age) for age in range(10, 25)]
    asked = {"Region": ["2034", "2062"], "Alder": ages, "Kon": ["TotSa"], "Tid": ["2025"]}
    asked |= {"ContentsCode": ["000007ME"], "Civilstand": ["SC"]}
    whole = fake_services.numbers(
        [{"variableCode": name, "valueCodes": codes} for name, codes in asked.items()]
    )
    return json_answer(whole | changes)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (answer_with(value=[*[4] * 3, None, *[4] * 26]), r'gives no number \(".."[^)]*\) for Orsa, age 13'),
        (answer_with(value={str(at): 4 for at in range(30) if at != 15}), r"for Mora, age 10"),
        (answer_with(value=[4] * 29), "answers with 29 numbers; expected 30"),
        (answer_with(value=[0] * 30), "nobody aged 10-24 in Orsa in 2025"),
        (answer_with(value=["x"] * 30), "something else than numbers"),
        (answer_with(value=[float("inf")] * 30), "for Orsa, age 10"),
        (json_answer({"title": "Missing selection for mandantory variable"}), "Missing selection"),
        (
            json_answer(fake_services.numbers([{"variableCode": "Region", "valueCodes": ["2034"]}])),
            "another question",
        ),
        (content("<html>down</html>"), "a web page in place of data"),
        (status(400), "answers 400"),
    ],
)
def test_numbers_that_are_not_all_there_are_an_error(
    server: Server, downloader: Downloader, answer: Any, words: str
) -> None:
    server.faults[DATA] = [answer]
    with pytest.raises(FetchError, match=words):
        people(server, downloader)


def test_missing_numbers_may_be_left_out_of_the_answer(server: Server, downloader: Downloader) -> None:
    server.faults[DATA] = [answer_with(value={str(at): 8 for at in range(30)})]
    assert (people(server, downloader).iloc[:, 2:] == 8).all(axis=None)


def test_a_table_that_changed_is_named(server: Server, downloader: Downloader) -> None:
    def changed(variable: str, *, names: dict[str, str] | None) -> Any:
        answer = fake_services.metadata("TAB638")
        if names is None:
            del answer["dimension"][variable]
        else:
            answer["dimension"][variable] = fake_services.dimension(names, elimination=False)
        return json_answer(answer)

    address = "/pxweb/tables/TAB638/metadata"
    for answer, words in (
        (changed("Alder", names=None), "has no variable Alder any more"),
        (json_answer({"a": 1}), "does not describe a table"),
        (changed("Alder", names={"10-14": "10-14 år"}), "TAB638 has no Alder 10 any more"),
        (changed("ContentsCode", names={"X": "Antal"}), "no contents named Folkmängd any more"),
    ):
        server.faults[address] = [answer]
        with pytest.raises(FetchError, match=words):
            people(server, Downloader(downloader.cache / str(hash(words)), QUICK), 2024)


def test_borders_are_put_together_from_small_areas(server: Server, downloader: Downloader) -> None:
    found = borders(server, downloader, page=2)
    assert dict(zip(found["code"], found["name"], strict=True)) == MORA_AND_ORSA
    assert found.area.tolist() == [9e6, 9e6]
    assert server.paths() == ["/wfs", "/wfs"]
    for_maps = scb_geodata.for_maps(found)
    assert for_maps.crs == "EPSG:4326"
    assert 14.0 < for_maps.total_bounds[0] < 15.0


def test_cells_lie_where_their_centre_does_and_keep_all_classes(
    server: Server, downloader: Downloader
) -> None:
    found = cells(server, downloader)
    assert len(found) == 18  # the cell beside the region is left out
    mora = found[found["municipality_code"] == "2062"]
    assert mora["east_metres"].max() == 482_500
    assert mora["aged_10_14"].sum() == 600
    first = found[found["cell_id"] == "4800006760000"].iloc[0]
    assert (first["east_metres"], first["north_metres"]) == (480_500, 6_760_500)
    assert first["population"] == 21 * 60 - 1
    assert sum(column.startswith("aged_") for column in found.columns) == 21
    assert found.columns[-1] == "aged_100_120"


def test_pages_are_turned_and_a_broken_off_run_asks_for_the_rest_only(
    server: Server, downloader: Downloader
) -> None:
    server.faults["/wfs"] = [None, None, None, *[status(503)] * 3]
    with pytest.raises(FetchError, match="503"):
        cells(server, downloader, page=5)
    before = len(server.requests)
    assert len(cells(server, downloader, page=5)) == 18
    assert len(server.requests) - before == 2  # of four pages two were there


def test_a_server_that_turns_no_pages_is_asked_for_all_at_once(
    server: Server, downloader: Downloader
) -> None:
    server.turns_pages = False
    assert len(cells(server, downloader, page=5)) == 18
    assert "startIndex" not in server.requests[-1][1]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (json_answer(collection([])), "befolkning_1km_2025 has no features there"),
        (json_answer(collection(fake_services.grid()[:2], matched=0)), None),
        (json_answer({"type": "Topology"}), "something else than features"),
        (json_answer(collection([fake_services.feature("x", fake_services.square(0, 0))])), "no rutid_scb"),
        (
            content("<ServiceException>No such layer</ServiceException>"),
            "answers with an error: No such layer",
        ),
    ],
)
def test_a_page_that_is_no_page_is_an_error(
    server: Server, downloader: Downloader, answer: Any, words: str | None
) -> None:
    server.faults["/wfs"] = [None, answer]
    if words is None:
        assert len(cells(server, downloader)) == 2
    else:
        with pytest.raises(FetchError, match=words):
            cells(server, downloader)


def test_pages_are_turned_where_the_service_says_minus_one_for_unknown(
    server: Server, downloader: Downloader
) -> None:
    pages = [collection(fake_services.grid()[start : start + 10], matched=-1) for start in (0, 10)]
    server.faults["/wfs"] = [None, *map(json_answer, pages)]
    assert len(cells(server, downloader, page=10)) == 18


def test_fewer_features_than_were_promised_are_an_error(server: Server, downloader: Downloader) -> None:
    page = collection(fake_services.grid(), matched=25)
    server.faults["/wfs"] = [None, json_answer(page), json_answer(collection([], matched=25))]
    with pytest.raises(FetchError, match="has no features there"):
        cells(server, downloader)


def change(**properties: Any) -> Any:
    """The grid with some properties of the first cell changed; None takes one away from all."""
    grid = fake_services.grid()
    for name, value in properties.items():
        for each in grid if value is None else grid[:1]:
            each["properties"][name] = value
            if value is None:
                del each["properties"][name]
    return lambda: grid


@pytest.mark.parametrize(
    ("grid", "words"),
    [
        (change(ald15_19=None), "the grid has no ald15_19; it has"),
        (change(beftotalt=None), "has no beftotalt any more"),
        (change(ald10_14="x"), "ald10_14 is not a number of persons"),
        (change(ald10_14=-1), "ald10_14 is not a number of persons"),
        (change(rutid_scb="12"), "rutid_scb '12' is not an easting and a northing"),
        (change(rutid_scb="4900006760000"), "cell 4900006760000 is not drawn where its id says"),
        (change(rutstorl=250), "rutstorl is not 1000 metres"),
    ],
)
def test_a_grid_that_changed_is_named(server: Server, downloader: Downloader, grid: Any, words: str) -> None:
    server.grid = grid
    with pytest.raises(FetchError, match=words):
        cells(server, downloader)


@pytest.mark.parametrize("geometry", [{"type": "Blob", "coordinates": [1, 2]}, [1, 2], {"type": None}])
def test_a_geometry_that_is_none_is_an_error(server: Server, downloader: Downloader, geometry: Any) -> None:
    broken = fake_services.areas()
    broken[1]["geometry"] = geometry
    server.faults["/wfs"] = [json_answer(collection(broken))]
    with pytest.raises(FetchError, match=r"a geometry of stat:DeSO_2025 cannot be read"):
        borders(server, downloader)


def swap(features: list[dict[str, Any]]) -> list[dict[str, Any]]:
    for each in features:
        ring = each["geometry"]["coordinates"][0]
        each["geometry"]["coordinates"][0] = [[north, east] for east, north in ring]
    return features


def test_swapped_axes_are_named(server: Server, downloader: Downloader) -> None:
    server.faults["/wfs"] = [json_answer(collection(swap(fake_services.areas())))]
    with pytest.raises(FetchError, match="easting and northing are swapped"):
        borders(server, downloader)
    server.faults["/wfs"] = [None, json_answer(collection(swap(fake_services.grid())))]
    with pytest.raises(FetchError, match="easting and northing are swapped"):
        cells(server, downloader)


def test_a_municipality_without_area_is_named(server: Server, downloader: Downloader) -> None:
    server.faults["/wfs"] = [json_answer(collection(fake_services.areas()[:2]))]
    with pytest.raises(FetchError, match="has no area in Orsa"):
        borders(server, downloader)


def test_numbers_are_whole(server: Server, downloader: Downloader) -> None:
    found = cells(server, downloader)
    assert found["population"].dtype == np.int64
