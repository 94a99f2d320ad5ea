"""Ready matrices of other routers, as files and as tables of the dataset."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from siting.by_matrix import ready_matrix
from siting.dataset import Dataset, load_dataset
from siting.errors import DatasetError, LabelError
from siting.scenario_travel import MatrixMode
from siting.travel import Places, TravelTimes

CELLS, SITES = ("00", "01", "02"), ("A", "B")
PLAIN = "cell_id,site_id,minutes\n00,A,12.5\n00,B,30\n01,A,7\n01,B,\n02,B,9\n"
EXPECTED = [[12.5, 30], [7, np.inf], [np.inf, 9]]


@pytest.fixture
def dataset(toy_folder: Path) -> Dataset:
    return load_dataset("data", relative_to=toy_folder)


def places(ids: tuple[str, ...]) -> Places:
    return Places(ids, np.zeros((len(ids), 2)))


def ask(
    dataset: Dataset,
    folder: Path,
    *,
    cells: tuple[str, ...] = CELLS,
    sites: tuple[str, ...] = SITES,
    **mode: object,
) -> TravelTimes:
    router = ready_matrix(MatrixMode.model_validate({"matrix": "m.csv", **mode}), dataset, folder)
    return router.times(places(cells), places(sites))


def write(folder: Path, text: str, encoding: str = "utf-8") -> None:
    (folder / "m.csv").write_bytes(text.encode(encoding))


def test_pairs_that_are_left_out_or_empty_cannot_be_reached(dataset: Dataset, tmp_path: Path) -> None:
    write(tmp_path, PLAIN)
    times = ask(dataset, tmp_path)
    assert times.minutes.tolist() == EXPECTED
    assert (times.origin_ids, times.destination_ids) == (CELLS, SITES)


def test_the_order_of_rows_changes_nothing(dataset: Dataset, tmp_path: Path) -> None:
    head, *rows = PLAIN.splitlines(keepends=True)
    write(tmp_path, head + "".join(reversed(rows)))
    assert ask(dataset, tmp_path).minutes.tolist() == EXPECTED


def test_times_are_those_of_the_ids_asked_for_in_their_order(dataset: Dataset, tmp_path: Path) -> None:
    write(tmp_path, PLAIN)
    assert ask(dataset, tmp_path, cells=("02", "00"), sites=("B",)).minutes.tolist() == [[9], [30]]


def test_fixed_minutes_are_added_to_each_trip(dataset: Dataset, tmp_path: Path) -> None:
    write(tmp_path, PLAIN)
    times = ask(dataset, tmp_path, fixed_minutes_per_trip=2)
    np.testing.assert_allclose(times.minutes, np.array(EXPECTED) + 2)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_swedish_export_is_read(dataset: Dataset, tmp_path: Path, encoding: str, separator: str) -> None:
    """Semicolons (or tabs), decimal comma, other columns, headings and encodings."""
    rows = ["från;till;restid (min);linje", "00;A;12,5;1", "00;B;30;1", "01;A;7,0;2", "01;B;;", "02;B;9;2"]
    write(tmp_path, "\r\n".join(rows).replace(";", separator) + "\r\n", encoding)
    columns = {"origin_column": "från", "destination_column": "till", "minutes_column": "restid (min)"}
    assert ask(dataset, tmp_path, **columns).minutes.tolist() == EXPECTED


def test_a_decimal_comma_may_stand_in_quotes_between_commas(dataset: Dataset, tmp_path: Path) -> None:
    write(tmp_path, PLAIN.replace("12.5", '"12,5"'))
    assert ask(dataset, tmp_path).minutes.tolist() == EXPECTED


@pytest.mark.parametrize("as_number", [False, True])
def test_parquet_is_read_and_numbers_are_ids_too(
    dataset: Dataset, tmp_path: Path, *, as_number: bool
) -> None:
    kind = "int64" if as_number else "str"
    frame = pd.DataFrame(
        {
            "from_id": pd.Series([3520006860000, 3520006860000, 3520006862000]).astype(kind),
            "to_id": ["A", "B", "A"],
            "travel_time_p50": [12, 30, None],
        }
    )
    frame.to_parquet(tmp_path / "r5r.parquet")
    times = ask(
        dataset,
        tmp_path,
        cells=("3520006862000", "3520006860000"),
        matrix="r5r.parquet",
        origin_column="from_id",
        destination_column="to_id",
        minutes_column="travel_time_p50",
    )
    assert times.minutes.tolist() == [[np.inf, np.inf], [12, 30]]


def test_a_bigger_matrix_is_fine(dataset: Dataset, tmp_path: Path) -> None:
    write(tmp_path, PLAIN + "99,A,1\n00,Z,1\n")
    assert ask(dataset, tmp_path).minutes.tolist() == EXPECTED


def test_a_table_of_the_dataset_needs_no_row_for_a_cell_without_a_way(
    dataset: Dataset, tmp_path: Path
) -> None:
    table = pd.DataFrame({"cell_id": ["00", "01"], "site_id": ["A", "B"], "minutes": [5.0, 8.0]})
    held = replace(dataset, tables={**dataset.tables, "minutes_bus": table})
    times = ask(held, tmp_path, matrix="minutes_bus")
    assert times.minutes.tolist() == [[5, np.inf], [np.inf, 8], [np.inf, np.inf]]


def test_cells_that_do_not_occur_are_counted_and_the_first_is_named(dataset: Dataset, tmp_path: Path) -> None:
    write(tmp_path, PLAIN)
    with pytest.raises(LabelError, match=r"2 of 5 origins \(cells\) do not occur, the first is '03'"):
        ask(dataset, tmp_path, cells=("00", "04", "01", "03", "02"))


def test_ids_spelled_in_another_way_are_shown_beside_each_other(dataset: Dataset, tmp_path: Path) -> None:
    write(tmp_path, PLAIN)
    with pytest.raises(
        LabelError, match=r"2 of 2 destinations \(sites\).* is 'a' \(the file has such as 'A'\)"
    ):
        ask(dataset, tmp_path, sites=("a", "b"))


def test_a_table_of_the_dataset_must_know_some_of_the_cells(dataset: Dataset, tmp_path: Path) -> None:
    table = pd.DataFrame({"cell_id": ["00"], "site_id": ["A"], "minutes": [5.0]})
    held = replace(dataset, tables={**dataset.tables, "minutes_bus": table})
    with pytest.raises(LabelError, match="2 of 2 origins"):
        ask(held, tmp_path, matrix="minutes_bus", cells=("98", "99"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PLAIN.replace("7", "-7"), r"row 4: minutes '-7.*' is below 0"),
        (PLAIN.replace("7", "NaN"), "row 4: minutes 'NaN' is no number of minutes; leave it empty"),
        (PLAIN.replace("7", "inf"), "row 4: minutes 'inf' is no number of minutes"),
        (PLAIN.replace("7", "seven"), "row 4: minutes 'seven' is no number of minutes"),
        (PLAIN + "00,B,31\n", "row 7: the pair '00', 'B' stands twice"),
        (PLAIN.replace("01,A", ",A"), "row 4: cell_id '' is empty"),
        (PLAIN.replace("01,A", "01,"), "row 4: site_id '' is empty"),
        (PLAIN.replace("site_id", "to"), "no column 'site_id'; it has cell_id, to, minutes"),
        ("cell_id,site_id,minutes\n00,A,750\n00,B,1800\n01,A,420\n", "above 750, which looks like seconds"),
        ("cell_id,site_id,minutes\n", "has no rows"),
        ("x" * 200_000 + ",site_id,minutes\n", r"cannot be read as csv \(field larger"),
        ("", "no column 'cell_id'"),
        (PLAIN + "02,A,1,5\n", "cannot be read as csv .*Expected 3 fields in line 7, saw 4"),
        ("cell_id,site_id,minutes\n00,A,12,5\n01,A,7,0\n", "a decimal comma needs ; between"),
    ],
)
def test_a_broken_file_is_refused_by_its_row(
    dataset: Dataset, tmp_path: Path, text: str, message: str
) -> None:
    write(tmp_path, text)
    with pytest.raises(DatasetError, match=message):
        ask(dataset, tmp_path)


def test_a_file_that_is_no_parquet_is_refused(dataset: Dataset, tmp_path: Path) -> None:
    (tmp_path / "m.parquet").write_bytes(b"cell_id,site_id,minutes")
    with pytest.raises(DatasetError, match=r"m\.parquet: cannot be read as parquet"):
        ask(dataset, tmp_path, matrix="m.parquet")


def test_lists_are_no_ids(dataset: Dataset, tmp_path: Path) -> None:
    pd.DataFrame({"cell_id": [["00"]], "site_id": ["A"], "minutes": [1.0]}).to_parquet(tmp_path / "m.parquet")
    with pytest.raises(DatasetError, match="the column cell_id holds something else than ids"):
        ask(dataset, tmp_path, matrix="m.parquet")


def test_a_file_that_is_not_there_is_named(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"m\.csv: cannot be read \(No such file"):
        ask(dataset, tmp_path)


def test_a_table_that_is_not_there_is_named(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"matrix 'minutes_tram': .* has no such table"):
        ask(dataset, tmp_path, matrix="minutes_tram")


def test_a_large_matrix_is_read_in_seconds(dataset: Dataset, tmp_path: Path) -> None:
    """4,004 cells x 95 sites; the time allowed is twenty times what it takes."""
    cells = tuple(str(3520006860000 + 1000 * each) for each in range(4004))
    sites = tuple(f"S{each}" for each in range(95))
    minutes = np.random.default_rng(0).integers(1, 180, (len(cells), len(sites)))
    rows = (
        f"{c},{s},{m}\n"
        for c, row in zip(cells, minutes, strict=True)
        for s, m in zip(sites, row, strict=True)
    )
    write(tmp_path, "cell_id,site_id,minutes\n" + "".join(rows))
    began = time.perf_counter()
    times = ask(dataset, tmp_path, cells=cells, sites=sites)
    assert time.perf_counter() - began < 10
    np.testing.assert_array_equal(times.minutes, minutes)


def test_a_pair_without_a_way_home_cannot_be_made(dataset: Dataset, tmp_path: Path) -> None:
    rows = PLAIN.splitlines()
    home = ["home_minutes", "20", "", "7.5", "5", "9"]
    write(tmp_path, "\n".join(f"{row},{minutes}" for row, minutes in zip(rows, home, strict=True)))
    assert ask(dataset, tmp_path).minutes.tolist() == [[12.5, np.inf], [7, np.inf], [np.inf, 9]]
