"""`DemandGrid`: cells with young people and the visits a year that they need.

Where a dataset's cells carry ``youths`` (the true age layer), these are used. Otherwise they are
estimated, in two steps that anyone can follow:

1. *Youths of a municipality* aged 13-19: half of those born 2007-2010 + all born 2005-2006 + 1.5 x f x
   those born 2005-2006, standing in for 2002-2004. The factor f makes the county's sum the published
   number of residents aged 13-19; that it is near 1 shows that the two sources agree (Dalarna: 0.974).
   Other age spans take a quarter of the first band, half of the second, and f x half of the second for
   each year of birth in them; farther from 13-19 they are the rougher.
2. *Youths of a cell*: the municipality's youths in proportion to the population under 65.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from .errors import DatasetError, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from .dataset import Dataset
    from .scenario import AgeSpan, DemandSection

COUNTY_YOUTHS_KEY: Final = "population_13_19"
COUNTED_AGES: Final = (13, 19)
"""Ages, both included, of the published number and of a dataset's own column youths."""
COUNTED_YEAR: Final = 2021
"""Ages are those reached in this year."""
FIRST_BAND_BIRTHS: Final = (2007, 2010)
SECOND_BAND_BIRTHS: Final = (2005, 2006)
OLDEST_ESTIMATED: Final = 21  # older, the years of birth of 2005-2006 say too little (people move)
SENIOR_AGE: Final = 65


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

    def __post_init__(self) -> None:
        n, g = len(self.cell_ids), len(self.risk_groups)
        shapes = {
            "municipality_codes": (np.shape(self.municipality_codes), (n,)),
            "centres_metres": (self.centres_metres.shape, (n, 2)),
            "youths": (self.youths.shape, (n,)),
            "persons": (self.persons.shape, (n, g)),
            "visits_per_year": (self.visits_per_year.shape, (n, g)),
            "share_needing_main": (self.share_needing_main.shape, (g,)),
        }
        for name, (got, expected) in shapes.items():
            if got != expected:
                message = f"DemandGrid.{name} has shape {got}; expected {expected}"
                raise DatasetError(message)
        for array in (self.centres_metres, self.youths, self.persons, self.visits_per_year):
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
    is_estimated = "youths" not in cells.columns
    if is_estimated:
        youths = _estimate_youths(dataset, section.ages)
    else:
        _require_counted_ages(section.ages)
        youths = cells["youths"].to_numpy(np.float64)
    if youths.sum() <= 0:
        message = f"{dataset.folder}: the cells hold no youths, so there is no need to place a reception for"
        raise DatasetError(message)
    municipalities = dataset.table("municipalities")
    code_of = dict(zip(municipalities["name"], municipalities["code"], strict=True))
    gone = _codes(leaving, code_of, "leaving_municipalities")
    youths = np.where(cells["municipality_code"].isin(gone), 0.0, youths)
    if youths.sum() <= 0:
        message = "leaving_municipalities: nobody is left; let a municipality with young people take part"
        raise InputError(message)
    codes = _codes(section.municipality_factors, code_of, "demand.municipality_factors")
    factor_of = dict(zip(codes, section.municipality_factors.values(), strict=True))
    factor = cells["municipality_code"].map(lambda code: factor_of.get(code, 1.0)).to_numpy(np.float64)
    groups = section.risk_groups
    part = np.array([group.part_of_youths(section.gender_shares) for group in groups.values()])
    visits_each = np.array(
        [group.share_reached * group.visits_per_person_per_year for group in groups.values()]
    )
    persons = (youths * factor)[:, None] * part[None, :]
    if not (persons @ visits_each).sum() > 0:
        message = (
            "demand: nobody makes a visit with these factors, so there is no need to place a reception for"
        )
        raise InputError(message)
    return DemandGrid(
        cell_ids=tuple(cells["cell_id"]),
        municipality_codes=tuple(cells["municipality_code"]),
        centres_metres=cells[["east_metres", "north_metres"]].to_numpy(np.float64),
        youths=youths,
        risk_groups=tuple(groups),
        persons=persons,
        visits_per_year=persons * visits_each[None, :],
        share_needing_main=np.array([group.share_of_visits_needing_main for group in groups.values()]),
        youths_are_estimated=is_estimated,
    )


def _codes(names: Iterable[str], code_of: Mapping[str, str], where: str) -> list[str]:
    for name in names:
        if name not in code_of:
            message = f"{where}: there is no municipality {name!r}; there are {', '.join(code_of)}"
            raise InputError(message)
    return [code_of[name] for name in names]


def _require_counted_ages(ages: AgeSpan) -> None:
    if (ages.youngest, ages.oldest) != COUNTED_AGES:
        message = (
            f"demand.ages: the dataset counts youths of {COUNTED_AGES[0]}-{COUNTED_AGES[1]} only, "
            f"not of {ages.youngest}-{ages.oldest}"
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
