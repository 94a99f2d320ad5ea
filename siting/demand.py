"""`DemandGrid`: cells with young people and the visits a year that they need.

Where a dataset's cells carry ``youths``, these are used: they count the ages that its owner's terms name
(``disclosure.ages``; 13-19 where these name none). Where they carry age classes (``aged_10_14``,
``aged_15_19``) and the municipalities persons by one year of age (``aged_13``), the classes are raked: of
those aged a in a municipality, each cell has the part that it has of the class that holds a. The one-year
counts are met; what is assumed is that each year of age lives where its class does. Where there is neither,
youths are estimated, in two steps that anyone can follow:

1. *Youths of a municipality* aged 13-19: half of those born 2007-2010 + all born 2005-2006 + 1.5 x f x
   those born 2005-2006, standing in for 2002-2004. The factor f makes the county's sum the published
   number of residents aged 13-19; that it is near 1 shows that the two sources agree (Dalarna: 0.974).
   Other age spans take a quarter of the first band, half of the second, and f x half of the second for
   each year of birth in them; farther from 13-19 they are the rougher.
2. *Youths of a cell*: the municipality's youths in proportion to the population under 65.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import pandas as pd

from .dataset import AGE_CLASS
from .errors import ArrayError, DatasetError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from .dataset import Dataset
    from .scenario import AgeSpan, DemandSection

COUNTY_YOUTHS_KEY: Final = "population_13_19"
COUNTED_AGES: Final = (13, 19)
"""Ages, both included, of the published number."""
COUNTED_YEAR: Final = 2021
"""Ages are those reached in this year."""
FIRST_BAND_BIRTHS: Final = (2007, 2010)
SECOND_BAND_BIRTHS: Final = (2005, 2006)
OLDEST_ESTIMATED: Final = 21  # older, the years of birth of 2005-2006 say too little (people move)
SENIOR_AGE: Final = 65
ALIKE: Final = 1e-9  # relative; so near each other rates are the same but for rounding
OLDEST_CLASS: Final = 99  # the classes are all there where they run without a gap from 0 to here or beyond


@dataclass(frozen=True, eq=False)
class DemandGrid:
    """Demand cells: where they lie, how many youths, how many visits a year by risk group."""

    cell_ids: tuple[str, ...]
    municipality_codes: tuple[str, ...]
    centres_metres: NDArray[np.float64]  # (n, 2) easting, northing in the dataset's CRS
    youths: NDArray[np.float64]  # (n,) persons, estimated: not whole numbers
    risk_groups: tuple[str, ...]
    persons: NDArray[np.float64]  # (n, g) persons of each risk group
    visits_per_year: NDArray[np.float64]  # (n, g)
    share_needing_main: NDArray[np.float64]  # (g,) alpha
    youths_are_estimated: bool
    """Nobody counted the youths of each cell: true of raked ones, too, which are derived from counts."""
    youths_standard_error: NDArray[np.float64] = field(default_factory=lambda: np.zeros(0))
    """(n,) persons: from disclosure noise and unknown ages within a class; 0 (default) where not known."""

    def __post_init__(self) -> None:
        n, g = len(self.cell_ids), len(self.risk_groups)
        if not self.youths_standard_error.size:
            object.__setattr__(self, "youths_standard_error", np.zeros(n))
        shapes = {
            "municipality_codes": (np.shape(self.municipality_codes), (n,)),
            "centres_metres": (self.centres_metres.shape, (n, 2)),
            "youths": (self.youths.shape, (n,)),
            "persons": (self.persons.shape, (n, g)),
            "visits_per_year": (self.visits_per_year.shape, (n, g)),
            "share_needing_main": (self.share_needing_main.shape, (g,)),
            "youths_standard_error": (self.youths_standard_error.shape, (n,)),
        }
        for name, (got, expected) in shapes.items():
            if got != expected:
                message = f"DemandGrid.{name} has shape {got}; expected {expected}"
                raise DatasetError(message)
        per_cell = (self.youths, self.youths_standard_error, self.persons, self.visits_per_year)
        for array in (self.centres_metres, *per_cell):
            array.setflags(write=False)

    @property
    def main_visits_per_year(self) -> NDArray[np.float64]:
        """Visits that only a main reception can take, shape (n,)."""
        return self.visits_per_year @ self.share_needing_main

    @property
    def near_visits_per_year(self) -> NDArray[np.float64]:
        """Visits that the nearest open place of either role takes, shape (n,)."""
        return self.visits_per_year @ (1.0 - self.share_needing_main)


def demand_grid(dataset: Dataset, section: DemandSection, *, leaving: Sequence[str] = ()) -> DemandGrid:
    """Count youths, persons in need and visits a year for each cell; none in municipalities that leave.

    Raises
    ------
    DatasetError
        If the dataset holds neither youths by cell nor what they are estimated from.
    InputError
        If the dataset cannot tell the youths of the age span, a municipality is unknown, or nobody is left.
    """
    cells = dataset.table("cells")
    youths, standard_error = _youths(dataset, section.ages)
    if youths.sum() <= 0:
        message = f"{dataset.folder}: the cells hold no youths, so there is no need to place a reception for"
        raise DatasetError(message)
    municipalities = dataset.table("municipalities")
    code_of = dict(zip(municipalities["name"], municipalities["code"], strict=True))
    gone = _codes(leaving, code_of, "leaving_municipalities")
    has_left = cells["municipality_code"].isin(gone)
    youths, standard_error = np.where(has_left, 0.0, youths), np.where(has_left, 0.0, standard_error)
    if youths.sum() <= 0:
        message = "leaving_municipalities: nobody is left; let a municipality with young people take part"
        raise InputError(message)
    codes = _codes(section.municipality_factors, code_of, "demand.municipality_factors")
    factor_of = dict(zip(codes, section.municipality_factors.values(), strict=True))
    factor = cells["municipality_code"].map(lambda code: factor_of.get(code, 1.0)).to_numpy(np.float64)
    need = need_of(section, youths, factor)
    if not need.visits_per_year.sum() > 0:
        message = (
            "demand: nobody makes a visit with these factors, so there is no need to place a reception for"
        )
        raise InputError(message)
    return DemandGrid(
        cell_ids=tuple(cells["cell_id"]),
        municipality_codes=tuple(cells["municipality_code"]),
        centres_metres=cells[["east_metres", "north_metres"]].to_numpy(np.float64),
        youths=youths,
        risk_groups=tuple(section.risk_groups),
        persons=need.persons,
        visits_per_year=need.visits_per_year,
        share_needing_main=need.share_needing_main,
        youths_are_estimated=_is_estimated(dataset),
        youths_standard_error=standard_error,
    )


class Need(NamedTuple):
    """Persons of each risk group in each cell, and the visits that they make; (n, g), (n, g) and (g,)."""

    persons: NDArray[np.float64]
    visits_per_year: NDArray[np.float64]
    share_needing_main: NDArray[np.float64]


def need_of(section: DemandSection, youths: NDArray[np.float64], factor: NDArray[np.float64]) -> Need:
    """Count persons in need and their visits from the youths of each cell, (n,).

    `factor` is the prevalence of each cell over that of all, (n,).
    """
    groups = section.risk_groups.values()
    part = np.array([group.part_of_youths(section.gender_shares) for group in groups])
    visits_each = np.array([group.share_reached * group.visits_per_person_per_year for group in groups])
    persons = (youths * factor)[:, None] * part[None, :]
    return Need(
        persons=persons,
        visits_per_year=persons * visits_each[None, :],
        share_needing_main=np.array([group.share_of_visits_needing_main for group in groups]),
    )


def youths_in_effect(youths: NDArray[np.float64], visits: NDArray[np.float64]) -> float:
    """Count the youths who decide what is said of the visits: all visits, over the most that one youth makes.

    Where all make as many it is all of them. Where factors weigh a few, a mean over the visits is nearly
    these few's, and may be told no more closely than theirs alone. Both arrays are (n,).

    Examples
    --------
    >>> youths_in_effect(np.array([10.0, 90.0]), np.array([20.0, 180.0]))
    100.0
    >>> youths_in_effect(np.array([10.0, 90.0]), np.array([20.0, 0.0]))
    10.0
    """
    lives, everybody = youths > 0, float(youths.sum())
    rates = visits[lives] / youths[lives]
    most = float(rates.max(initial=0.0))
    if not most or float(rates.min()) >= most * (1 - ALIKE):
        return everybody
    return min(everybody, float(visits.sum()) / most)


def standard_error_of_mean(
    demand_youths: NDArray[np.float64], standard_error: NDArray[np.float64], values: NDArray[np.float64]
) -> float:
    r"""Standard error of a mean over youths, such as the mean minutes, from the error of their numbers.

    With y_i youths, e_i their standard error and v_i the value of cell i, the mean is
    :math:`m = \sum_i y_i v_i / \sum_i y_i` and its error
    :math:`\sqrt{\sum_i (e_i (v_i - m))^2} / \sum_i y_i` (first order, the delta method).

    It assumes that the errors of the cells are independent and small beside all the youths, and that the
    values themselves are exact. So it holds what is in the numbers (disclosure noise, and unknown ages within
    a class), and neither that ages may live apart nor what the travel times err by.

    Parameters
    ----------
    demand_youths
        Youths of each cell, shape (n,), persons.
    standard_error
        Of the youths of each cell, shape (n,), persons.
    values
        What the mean is of, shape (n,), finite.

    Raises
    ------
    ArrayError
        If the shapes differ, a value is not finite, or there are no youths.

    Examples
    --------
    >>> standard_error_of_mean(np.array([50.0, 50.0]), np.array([3.0, 4.0]), np.array([10.0, 30.0]))
    0.5
    """
    shapes = {np.shape(each) for each in (demand_youths, standard_error, values)}
    total = float(np.sum(demand_youths))
    if len(shapes) > 1 or not np.isfinite(values).all() or total <= 0:
        message = f"standard_error_of_mean needs youths, and finite values of one shape; got {shapes}"
        raise ArrayError(message)
    mean = float(demand_youths @ values) / total
    return float(np.sqrt(np.sum((standard_error * (values - mean)) ** 2))) / total


def _is_estimated(dataset: Dataset) -> bool:
    column = dataset.manifest.tables["cells"].columns.get("youths")
    return column is None or column.quality == "estimated"


def _youths(dataset: Dataset, ages: AgeSpan) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Youths of each cell and their standard error, from the best that the dataset has."""
    cells = dataset.table("cells")
    if "youths" in cells.columns:
        _require_counted_ages(dataset, ages)
        return cells["youths"].to_numpy(np.float64), np.zeros(len(cells))
    if any(AGE_CLASS.fullmatch(column) for column in cells.columns):
        return _raked_youths(dataset, ages)
    return _estimate_youths(dataset, ages), np.zeros(len(cells))


def _raked_youths(dataset: Dataset, ages: AgeSpan) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    cells = dataset.table("cells")
    municipalities = dataset.table("municipalities").set_index("code")
    code = cells["municipality_code"]
    classes = _classes(cells)
    spare = cells["population"] if "population" in cells else cells[list(classes)].sum(axis=1)
    youths, variance = pd.Series(0.0, cells.index), pd.Series(0.0, cells.index)
    noise = _disclosure_noise(cells, classes)
    for column, of_class in _ages_by_class(dataset, ages, classes).items():
        people = municipalities[[f"aged_{age}" for age in of_class]].sum(axis=1)
        # A class that no cell of the municipality has says nothing of where its people live.
        has_class = cells[column].groupby(code).transform("sum") > 0
        basis = cells[column].where(has_class, spare).astype(np.float64)
        in_all = basis.groupby(code).sum()
        lost = people.index[(people > 0) & ~(in_all.reindex(people.index) > 0)]
        if len(lost):
            name = municipalities.loc[lost[0], "name"]
            message = f"{dataset.folder}: cells: none in {name} ({lost[0]}) has people, though it has youths"
            raise DatasetError(message)
        weight = code.map(people / in_all.where(in_all > 0, 1.0))
        youths += weight * basis
        # Noise of the class; and who of it is of the ages that count, as if drawn by lot (binomial). The
        # municipality's sum of a class is taken as exact: the noise of many cells cancels in it.
        counted = np.clip(weight, 0.0, 1.0)
        variance += (noise * weight) ** 2 + basis * counted * (1 - counted)
    standard_error: NDArray[np.float64] = np.sqrt(np.asarray(variance, np.float64))
    return np.asarray(youths, np.float64), standard_error


def _classes(cells: pd.DataFrame) -> dict[str, range]:
    """Columns of age classes and the ages that each holds, youngest first."""
    found = {column: AGE_CLASS.fullmatch(column) for column in cells.columns}
    spans = {column: range(int(m[1]), int(m[2]) + 1) for column, m in found.items() if m}
    return dict(sorted(spans.items(), key=lambda item: item[1].start))


def _ages_by_class(dataset: Dataset, ages: AgeSpan, classes: dict[str, range]) -> dict[str, list[int]]:
    """Which class holds each age that counts; every age must have one, and its municipal count."""
    counted = dataset.table("municipalities").columns
    of_class: dict[str, list[int]] = {}
    for age in range(ages.youngest, ages.oldest + 1):
        holding = [column for column, span in classes.items() if age in span]
        if len(holding) != 1 or f"aged_{age}" not in counted:
            lacking = f"municipalities a column aged_{age}" if holding else f"cells a class that holds {age}"
            if len(holding) > 1:
                lacking = f"cells one class that holds {age}, not {' and '.join(holding)}"
            message = f"{dataset.folder}: demand.ages {ages}: give {lacking}, or other ages"
            raise InputError(message)
        of_class.setdefault(holding[0], []).append(age)
    for column in of_class:
        if dataset.table("cells")[column].isna().any():
            message = f"{dataset.folder}: cells: {column} is empty in a row; write 0 where nobody is that old"
            raise DatasetError(message)
    return of_class


def _disclosure_noise(cells: pd.DataFrame, classes: dict[str, range]) -> float:
    r"""Standard deviation of the noise in one published count (persons); 0 where it cannot be told.

    Where k classes cover all ages, the total of a cell differs from their sum by the noise of k + 1 counts.
    Taken as independent and equally spread, each has :math:`\sqrt{\overline{(p - \sum_k c_k)^2} / (k + 1)}`.
    Where counts of nobody carry none, that of the others is larger than this.
    """
    spans = list(classes.values())
    follow = all(older.start == younger.stop for younger, older in pairwise(spans))
    if "population" not in cells or spans[0].start > 0 or spans[-1].stop <= OLDEST_CLASS or not follow:
        return 0.0
    left = cells["population"] - cells[list(classes)].sum(axis=1)
    return float(np.sqrt((left**2).mean() / (len(classes) + 1)))


def _codes(names: Iterable[str], code_of: Mapping[str, str], where: str) -> list[str]:
    for name in names:
        if name not in code_of:
            message = f"{where}: there is no municipality {name!r}; there are {', '.join(code_of)}"
            raise InputError(message)
    return [code_of[name] for name in names]


def _require_counted_ages(dataset: Dataset, ages: AgeSpan) -> None:
    counted = dataset.manifest.disclosure.ages_of_youths
    if ages != counted:
        message = (
            f"demand.ages: the column youths of {dataset.folder} counts {counted}, not {ages}; ask for "
            f"{counted}, or give age classes in its place (docs/dataset.md)"
        )
        raise InputError(message)


def _estimate_youths(dataset: Dataset, ages: AgeSpan) -> NDArray[np.float64]:
    cells = dataset.table("cells")
    for table, column in (
        ("cells", "population"),
        ("cells", "population_65plus"),
        ("municipalities", "born_2007_2010"),
        ("municipalities", "born_2005_2006"),
    ):
        if column not in dataset.table(table).columns:
            message = f"{dataset.folder}: give {table} the column {column}, or cells a column youths"
            raise DatasetError(message)
    by_municipality = youths_by_municipality(
        dataset.table("municipalities"),
        county_youths=_county_youths(dataset.table("prevalence")),
        ages=(ages.youngest, ages.oldest),
    )
    under_senior = (cells["population"] - cells["population_65plus"]).clip(lower=0).astype(np.float64)
    of_municipality = under_senior.groupby(cells["municipality_code"]).transform("sum")
    empty = [
        code for code, n in of_municipality.groupby(cells["municipality_code"]).first().items() if n == 0
    ]
    if empty:
        message = f"{dataset.folder}: cells: nobody in municipality {empty[0]} is under {SENIOR_AGE}"
        raise DatasetError(message)
    share: pd.Series = under_senior / of_municipality
    return (share * cells["municipality_code"].map(by_municipality)).to_numpy(np.float64)


def _county_youths(prevalence: pd.DataFrame) -> float:
    row = prevalence.loc[prevalence["key"] == COUNTY_YOUTHS_KEY, "value"]
    if row.empty:
        message = f"prevalence: there is no row {COUNTY_YOUTHS_KEY!r}, to which the youths are summed"
        raise DatasetError(message)
    return float(row.iloc[0])


def youths_by_municipality(
    municipalities: pd.DataFrame, *, county_youths: float, ages: tuple[int, int] = COUNTED_AGES
) -> pd.Series:
    """Estimate residents of an age span on 31 December 2021, by municipality code.

    Parameters
    ----------
    municipalities
        With the columns code, born_2007_2010 and born_2005_2006 (persons).
    county_youths
        Published number of those aged 13-19 in the whole county, to which their estimate sums (persons).
    ages
        Youngest and oldest, both included, between 11 and 21 (years).

    Raises
    ------
    InputError
        If the span goes beyond the years of birth that the bands tell of.
    """
    first_year, last_year = COUNTED_YEAR - ages[1], COUNTED_YEAR - ages[0]
    if last_year > FIRST_BAND_BIRTHS[1] or ages[1] > OLDEST_ESTIMATED:
        youngest = COUNTED_YEAR - FIRST_BAND_BIRTHS[1]
        message = (
            f"demand.ages: the bands of birth years tell of ages {youngest}-{OLDEST_ESTIMATED}, "
            f"not of {ages[0]}-{ages[1]}"
        )
        raise InputError(message)
    bands = municipalities.set_index("code")
    first, second = bands["born_2007_2010"], bands["born_2005_2006"]
    counted = first / 2 + second
    older = 1.5 * second
    factor = (county_youths - counted.sum()) / older.sum()
    years = range(first_year, last_year + 1)
    n_first = sum(year >= FIRST_BAND_BIRTHS[0] for year in years)
    n_second = sum(SECOND_BAND_BIRTHS[0] <= year <= SECOND_BAND_BIRTHS[1] for year in years)
    n_older = len(years) - n_first - n_second
    return first * n_first / 4 + second * n_second / 2 + factor * second * n_older / 2
