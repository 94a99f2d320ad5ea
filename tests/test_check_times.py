"""Known trips against the model, on a straight road and on the embedded county."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import toy

from siting.by_road import RoadRouter
from siting.check_times import check_times, fit_calibration, read_trips
from siting.cli import main
from siting.dataset import Dataset, load_dataset
from siting.errors import DatasetError, InputError
from siting.present.times_text import times_lines
from siting.roads import road_network

TRIPS = "from,to,minutes\nA,E,30\nA,D,55\nB,C,35\n"


@pytest.fixture
def toyland(toy_folder: Path) -> Dataset:
    return load_dataset(str(toy_folder / "data"))


def router(data: Dataset, **fields: float) -> RoadRouter:
    return RoadRouter(road_network(data), **fields)


def written(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "trips.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_model_minutes_stand_against_known_ones_trip_by_trip(toyland: Dataset, tmp_path: Path) -> None:
    # The toy takes 10 minutes a step: A-E 4 steps, A-D 8, B-C 4.
    car = router(toyland)
    check = check_times(read_trips(toyland, car.roads, written(tmp_path, TRIPS)), car)
    assert check.model_minutes.tolist() == [40, 80, 40]
    assert check.errors.tolist() == [10, 25, 5]
    assert check.is_near.tolist() == [False, False, True]  # 15 % of 35 is 5.25
    # Least squares through (40, 30), (80, 55), (40, 35): slope 22.5 / 40, level 32.5 at 40.
    assert check.speed_factor == pytest.approx(40 / 22.5, abs=1e-5)
    assert check.fixed_minutes_per_trip == pytest.approx(10, abs=1e-4)
    assert check.fitted_minutes == pytest.approx([32.5, 55, 32.5], abs=1e-3)


def test_the_scenarios_own_factor_and_fixed_minutes_are_in_the_model_not_in_the_fit(
    toyland: Dataset, tmp_path: Path
) -> None:
    path = written(tmp_path, TRIPS)
    fitted = [
        (check.model_minutes[0], check.speed_factor, check.fixed_minutes_per_trip)
        for car in (router(toyland), router(toyland, speed_factor=2.0, fixed_minutes_per_trip=3.0))
        for check in [check_times(read_trips(toyland, car.roads, path), car)]
    ]
    assert [minutes for minutes, *_ in fitted] == [40, 23]
    assert fitted[0][1:] == fitted[1][1:]


def test_access_legs_are_not_scaled_by_the_fitted_factor(toyland: Dataset, tmp_path: Path) -> None:
    # 1 km west of A, at a minute a km: known = access + network / 2 + 1 for each trip.
    lon, lat = toy.lon_lat(-1, 0)
    text = f"from;to;minutes\n{lat} {lon};E;22\n{lat} {lon};D;42\nA;E;21\nB;C;21\n"
    car = router(toyland, access_speed_km_per_hour=60, access_detour_factor=1.0)
    check = check_times(read_trips(toyland, car.roads, written(tmp_path, text)), car)
    assert check.speed_factor == pytest.approx(2, rel=1e-3)
    assert check.fixed_minutes_per_trip == pytest.approx(1, abs=0.01)


def test_a_range_is_kept_and_its_middle_is_fitted(toyland: Dataset, tmp_path: Path) -> None:
    text = "from,to,minutes_low,minutes_high\nA,E,35,39\nA,D,60,70\nB,C,41,45\n"
    car = router(toyland)
    check = check_times(read_trips(toyland, car.roads, written(tmp_path, text)), car)
    assert check.beyond_minutes.tolist() == [1, 10, 1]
    assert check.errors.tolist() == [3, 15, -3]


def test_a_trip_left_out_is_foretold_by_the_others_or_by_none(toyland: Dataset, tmp_path: Path) -> None:
    car = router(toyland)
    check = check_times(read_trips(toyland, car.roads, written(tmp_path, TRIPS)), car)
    # Without A-D both others take 40 minutes on the network: nothing can be fitted.
    assert np.isnan(check.foretold_minutes).tolist() == [False, True, False]
    assert check.leave_one_out_minutes is None
    assert any("hangs on one trip" in line for line in times_lines(check))
    more = check_times(read_trips(toyland, car.roads, written(tmp_path, f"{TRIPS}E,C,60\n")), car)
    # Without A-E: (80, 55), (40, 35), (80, 60): slope 22.5 / 40, so 35 at 40 minutes.
    assert more.foretold_minutes[0] == pytest.approx(35, abs=1e-3)
    assert more.leave_one_out_minutes == pytest.approx(np.mean([5, 5, 5, 5]), abs=1e-3)


def test_places_are_ids_names_road_nodes_or_degrees_and_decimal_commas_are_read(
    toyland: Dataset, tmp_path: Path
) -> None:
    lon, lat = toy.lon_lat(0, 0)
    swedish = f"{lat} {lon}".replace(".", ",")
    text = f"\ufeffFrom;To;Minutes\nA;E;30,5\nplace a;N40;30.5\nN00;Place E;30,5\n{swedish};e;30,5\n"
    trips = read_trips(toyland, road_network(toyland), written(tmp_path, text))
    assert trips.minutes.tolist() == [30.5] * 4
    np.testing.assert_allclose(trips.starts_metres, [toy.east_north(0, 0)] * 4, atol=0.01)
    np.testing.assert_allclose(trips.ends_metres, [toy.east_north(4, 0)] * 4, atol=0.01)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "has the columns none; expected from, to, and minutes"),
        ("from,minutes\nA,3\n", "has the columns from, minutes; expected from, to, and minutes"),
        ("from,to,minutes_low\nA,E,3\n", "or minutes_low and minutes_high"),
        ("from,to,minutes\nA,E,30,5\n", "row 2: has 4 values; the head has 3"),
        ("from,to,minutes\nA,E,30\n\nA,E,soon\n", "row 4: minutes is 'soon'; expected a number > 0"),
        ("from,to,minutes\nA,E,0\n", "row 2: minutes is '0'"),
        ("from,to,minutes\nA,E,nan\n", "row 2: minutes is 'nan'"),
        ("from,to,minutes\nA,E,\n", "row 2: minutes is ''"),
        ("from,to,minutes_low,minutes_high\nA,E,9,8\n", "row 2: minutes_low is 9 but minutes_high is 8"),
        ("from,to,minutes\nA,Place F,30\n", "row 2: to 'Place F' is not known .* did you mean 'Place"),
        ("from,to,minutes\nqqq,E,30\n", "row 2: from 'qqq' is not known .* give a locality, a site"),
        ("from,to,minutes\nA,15.0 60.4,30\n", "row 2: to '15.0 60.4' lies .* km .* latitude first"),
        ("from,to,minutes\nA,600000 6700000,30\n", "row 2: to '600000 6700000' is no latitude"),
        (TRIPS.replace("B,C,35\n", ""), "2 known trips are too few; give at least 3"),
        ("from,to,minutes\n", "0 known trips are too few"),
        (TRIPS.replace("55", "5"), "do not grow"),
        (TRIPS.replace("A,D,55\n", "A,E,31\n"), "all take the same minutes"),
        ("from,to,minutes\nA,E,2400\nA,D,4800\nB,C,2400\n", "speed factor is 0.01.* in minutes?"),
        ('from,to,minutes\n"A,E,3\n', "cannot be read .* save it as CSV in UTF-8"),
    ],
)
def test_a_broken_file_of_trips_gets_one_sentence(
    toyland: Dataset, tmp_path: Path, text: str, problem: str
) -> None:
    car = router(toyland)
    with pytest.raises(InputError, match=problem) as caught:
        check_times(read_trips(toyland, car.roads, written(tmp_path, text)), car)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_absent_or_not_utf_8_is_named(toyland: Dataset, tmp_path: Path) -> None:
    roads = road_network(toyland)
    with pytest.raises(InputError, match=r"none\.csv: cannot be read \(No such file"):
        read_trips(toyland, roads, tmp_path / "none.csv")
    with pytest.raises(InputError, match=r"trips\.csv: cannot be read .* UTF-8"):
        read_trips(toyland, roads, written(tmp_path, "from,to,minutes\nSälen,Mora,70\n", "cp1252"))
    with pytest.raises(InputError, match="has no table known_trips; give a file"):
        read_trips(toyland, roads)


def test_a_name_that_two_places_have_is_refused(dalarna: Dataset, tmp_path: Path) -> None:
    names = dalarna.table("localities")["name"]
    twice = names[names.duplicated()].iloc[0]
    path = written(tmp_path, f"from,to,minutes\nFalun,{twice},60\n")
    with pytest.raises(InputError, match="is the name of 2 places; give the id"):
        read_trips(dalarna, road_network(dalarna), path)


def test_a_trip_without_a_way_is_named(toyland: Dataset, tmp_path: Path) -> None:
    car = router(toyland)
    minutes = car.roads.minutes.copy()
    cut = np.isin(car.roads.node_ids, ["N44"]).nonzero()[0]
    minutes[np.isin(car.roads.from_node, cut) | np.isin(car.roads.to_node, cut)] = np.inf
    cut_off = RoadRouter(dataclasses.replace(car.roads, minutes=minutes))
    with pytest.raises(InputError, match="row 3: there is no way by road from A to D"):
        check_times(read_trips(toyland, car.roads, written(tmp_path, TRIPS)), cut_off)


def test_fixed_minutes_are_never_fitted_below_nothing() -> None:
    factor, fixed = fit_calibration(np.array([10.0, 20.0]), np.array([8.0, 18.0]))  # line: x - 2
    assert fixed == 0
    assert factor == pytest.approx(500 / 440)
    with pytest.raises(DatasetError, match="all take the same minutes"):
        fit_calibration(np.array([10.0, 10.0]), np.array([8.0, 18.0]))


def test_known_times_that_are_all_alike_fit_no_factor() -> None:
    for known in (20.0, 25.3):
        with pytest.raises(DatasetError, match="do not grow"):
            fit_calibration(np.array([10.0, 20.0, 40.0]), np.full(3, known))


def test_the_command_says_what_to_paste(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-times"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("28 known trips of ")
    assert lines[3].split()[:2] == ["Falun", "Borlänge"]
    assert lines[3].endswith("beyond 15 % and 3 minutes")
    assert "within 15 % or 3 min      96% of the trips (27 of 28)" in lines
    paste = lines.index("travel:")
    assert lines[paste + 1 : paste + 3] == ["  speed_factor: 1.039", "  fixed_minutes_per_trip: 2.41"]


def test_the_command_reads_a_file_and_shows_the_worst_trips_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [f"Falun,{to},{minutes}\n" for to, minutes in (("Mora", 75), ("Rättvik", 44), ("Avesta", 58))]
    path = written(tmp_path, "from,to,minutes\n" + "".join(rows * 20))
    assert main(["check-times", "base", "--trips", str(path)]) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"60 known trips of {path}")
    assert "... and 20 more, all of them nearer" in out
    assert main(["check-times", "--trips", str(tmp_path / "none.csv")]) == InputError.exit_code


def test_swedish_headings_are_understood(toyland: Dataset, tmp_path: Path) -> None:
    path = written(tmp_path, "Från;Till;Minuter\nA;E;30\nA;D;55,5\nB;C;35\n")
    assert read_trips(toyland, road_network(toyland), path).minutes.tolist() == [30, 55.5, 35]


def test_trips_that_nothing_fits_are_told_with_their_file(toyland: Dataset, tmp_path: Path) -> None:
    car = router(toyland)
    trips = read_trips(toyland, car.roads, written(tmp_path, "from,to,minutes\nA,E,30\nE,A,32\nB,C,35\n"))
    with pytest.raises(DatasetError, match=r"trips\.csv: known trips: all take the same minutes"):
        check_times(trips, car)
