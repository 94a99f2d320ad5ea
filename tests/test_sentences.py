"""What errors quote of other programs is one short line, also where these say nothing."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import NoReturn

import geopandas as gpd
import pytest
from pyogrio.errors import FeatureError

from siting import by_matrix
from siting.errors import DatasetError, FetchError, OutputError
from siting.present.files import all_or_nothing
from siting.sentences import LONGEST_PROBLEM, first_line
from siting.sources.services import scb_geodata
from siting.sources.transit import feed_copy


def silent(*_: object, **__: object) -> NoReturn:
    raise ValueError


def test_the_first_line_of_what_an_error_says_is_short_and_never_empty() -> None:
    assert first_line(ValueError("\n  row 3: no number\nrow 4: no number")) == "row 3: no number"
    assert [first_line(each) for each in (ValueError(), OSError("\n"))] == ["ValueError", "OSError"]
    assert len(first_line(ValueError("9" * 1000))) == LONGEST_PROBLEM


def test_a_matrix_that_breaks_without_a_word_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "minutes.csv"
    path.write_text("from,to,minutes\n", encoding="utf-8")
    monkeypatch.setattr(by_matrix, "_read_csv", silent)
    with pytest.raises(DatasetError, match=r"minutes\.csv: cannot be read as csv \(ValueError\)$"):
        by_matrix._read_file(path, [])


def test_a_feed_that_breaks_without_a_word_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "buses.zip"
    with zipfile.ZipFile(path, "w"):
        pass
    monkeypatch.setattr(feed_copy, "_note_transfers", silent)
    with (
        pytest.raises(DatasetError, match=r"cannot be read as a \.zip of tables \(ValueError\)$"),
        feed_copy.as_ridden(path, silent),
    ):
        pass


def test_a_geometry_that_breaks_without_a_word_is_refused_by_its_layer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gpd.GeoDataFrame, "from_features", silent)
    with pytest.raises(FetchError, match=r"a geometry of squares cannot be read \(ValueError\)$"):
        scb_geodata._frame([], "squares")


def test_a_result_that_fails_without_a_word_is_told_by_its_folder(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match=r"could not be written \(FeatureError\)$"),
        all_or_nothing(tmp_path),
    ):
        raise FeatureError
    assert list(tmp_path.iterdir()) == []
