"""Residents of Swedish municipalities by one year of age, from Statistics Sweden through PxWebApi 2.

The tables are asked for their own codes and names (metadata), so neither municipalities nor codes of ages,
sexes and contents stand here. Two tables hold the residents by year: to 2024 as counted; from 2025 each
number carries a small random noise (cell key method) that protects individuals.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd

from ...errors import FetchError, InputError
from ...sentences import first_line, shortened
from .answers import json_object

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from .download import Downloader

WHO: Final = "PxWeb (Statistics Sweden)"
TABLES: Final = ("TAB638", "TAB5557")
"""Residents by region, marital status, age and sex: 1968-2024, and from 2025."""
AGES: Final = range(10, 25)
"""The three five-year classes that can be raked to the ages of youths."""
SEXES: Final = ["1", "2"]
"""Added up where the table has no total of both."""
CONTENTS: Final = "folkmängd"
MOST_VALUES: Final = 150_000
"""In one answer of the service."""


@dataclass(frozen=True)
class Variable:
    """A dimension of a table: its values by code, and whether it may be left out (then it is summed)."""

    code: str
    names: dict[str, str]
    may_be_left_out: bool


@dataclass(frozen=True)
class PopulationTable:
    """One of the tables, with its own words."""

    table: str
    variables: dict[str, Variable]

    @property
    def regions(self) -> dict[str, str]:
        """Names of counties and municipalities by code."""
        return self.variables["Region"].names


def population_table(downloader: Downloader, pxweb: str, year: int) -> PopulationTable:
    """Find the table that holds a year.

    Raises
    ------
    FetchError
        If the service cannot be reached, or a table is not as expected.
    InputError
        If no table holds the year.
    """
    years: list[str] = []
    for table in TABLES:
        path = downloader.get(
            f"{pxweb}/tables/{table}/metadata", {"lang": "sv"}, check=_check_metadata, suffix=".json"
        )
        variables = _variables(json_object(path, WHO))
        if str(year) in variables["Tid"].names:
            return PopulationTable(table, variables)
        years.extend(variables["Tid"].names)
    message = (
        f"year {year}: Statistics Sweden has residents by age of {min(years)}-{max(years)}; give one of these"
    )
    raise InputError(message)


def find_municipalities(names_of_regions: dict[str, str], wanted: Sequence[str]) -> dict[str, str]:
    """Codes and names of the municipalities that are meant by names or codes of these or of counties.

    Raises
    ------
    InputError
        If a name is unknown, or may mean two things.

    Examples
    --------
    >>> regions = {"20": "Dalarnas län", "2034": "Orsa", "2062": "Mora", "2101": "Ockelbo"}
    >>> find_municipalities(regions, ["dalarna", "2101"])
    {'2034': 'Orsa', '2062': 'Mora', '2101': 'Ockelbo'}
    """
    found: set[str] = set()
    for name in wanted:
        meant = {code: _within(code, names_of_regions) for code in _codes(name, names_of_regions)}
        if not meant:
            shown = [*names_of_regions.values(), *map(_short, names_of_regions.values())]
            close = difflib.get_close_matches(name, shown, n=3)
            hint = f"did you mean {' or '.join(close)}?" if close else "give a name such as Dalarna or a code"
            message = f"region {name!r}: there is no such county or municipality in Sweden; {hint}"
            raise InputError(message)
        if len(set(map(tuple, meant.values()))) > 1:
            several = " or ".join(f"{code} ({names_of_regions[code]})" for code in meant)
            message = f"region {name!r}: may be {several}; give the code"
            raise InputError(message)
        found.update(*meant.values())
    return {code: names_of_regions[code] for code in sorted(found)}


def titles(names_of_regions: dict[str, str], wanted: Sequence[str]) -> list[str]:
    """Names of what is wanted as Statistics Sweden writes them, each once; the wider of two."""
    found = [min(_codes(name, names_of_regions), key=len) for name in wanted]
    return [names_of_regions[code] for code in dict.fromkeys(found)]


def population(
    downloader: Downloader, pxweb: str, table: PopulationTable, municipalities: dict[str, str], year: int
) -> pd.DataFrame:
    """Residents of each municipality on 31 December: code, name, aged_10 ... aged_24.

    Raises
    ------
    FetchError
        If the service cannot be reached, or does not give every number.
    """
    selection = _selection(table, year)
    at_once = MOST_VALUES // prod(len(codes) for codes in selection.values())
    parts = []
    for start in range(0, len(municipalities), at_once):
        asked = {"Region": list(municipalities)[start : start + at_once], **selection}
        path = downloader.post(
            f"{pxweb}/tables/{table.table}/data?lang=sv&outputFormat=json-stat2",
            {"selection": [{"variableCode": name, "valueCodes": each} for name, each in asked.items()]},
            check=_check_numbers,
        )
        parts.append(_sums(json_object(path, WHO), asked, municipalities))
    persons = pd.concat(parts)
    nobody = persons.index[persons.sum(axis=1) == 0]
    if len(nobody):
        message = f"{WHO}: nobody aged {AGES[0]}-{AGES[-1]} in {municipalities[nobody[0]]} in {year}"
        raise FetchError(message)
    persons.columns = pd.Index([f"aged_{age}" for age in AGES])
    names = pd.DataFrame({"code": persons.index, "name": [municipalities[code] for code in persons.index]})
    return pd.concat([names, persons.reset_index(drop=True)], axis=1)


def _codes(name: str, names_of_regions: dict[str, str]) -> list[str]:
    """Codes that a name may mean; the whole country (code 00) is none."""
    plain = name.strip().casefold()
    return [
        code
        for code, full in names_of_regions.items()
        if code != "00" and plain in {code, full.casefold(), _short(full).casefold()}
    ]


def _short(name: str) -> str:
    """Take "Dalarnas län" for "Dalarna", and "Örebro län" for "Örebro"."""
    county = name.removesuffix(" län")
    return county.removesuffix("s") if county != name else name


def _within(code: str, names_of_regions: dict[str, str]) -> list[str]:
    if len(code) == 4:
        return [code]
    return [each for each in names_of_regions if len(each) == 4 and each.startswith(code)]


def _selection(table: PopulationTable, year: int) -> dict[str, list[str]]:
    """Codes to ask for in every variable but the region: a total where there is one.

    Where numbers carry noise, a published total carries it once, a sum once for each part. A variable
    without a total may perhaps be left out: then the service sums it.
    """
    selection = {"Alder": [str(age) for age in AGES], "Tid": [str(year)]}
    contents = table.variables["ContentsCode"].names
    selection["ContentsCode"] = [code for code, name in contents.items() if name.casefold() == CONTENTS]
    for name, variable in table.variables.items():
        if name == "Region" or name in selection:
            continue
        if totals := _totals(variable):
            selection[name] = totals[:1]
        elif name == "Kon":
            selection[name] = SEXES
        elif not variable.may_be_left_out:
            selection[name] = list(variable.names)
    for name, codes in selection.items():
        lacking = [code for code in codes if code not in table.variables[name].names]
        if lacking or not codes:
            what = f"{name} {lacking[0]}" if lacking else "contents named Folkmängd"
            message = f"{WHO}: table {table.table} has no {what} any more; give ready tables instead"
            raise FetchError(message)
    return selection


def _totals(variable: Variable) -> list[str]:
    """Codes of totals, those named so first: SC, "totalt, samtliga civilstånd", or TotSa."""
    is_named = [code for code, text in variable.names.items() if text.strip().casefold().startswith("tot")]
    return is_named + [code for code in variable.names if code.casefold().startswith("tot")]


def _sums(answer: dict[str, Any], asked: dict[str, list[str]], names: dict[str, str]) -> pd.DataFrame:
    """Add up what was asked for to regions x ages."""
    dimensions: list[str] = answer["id"]
    codes = {name: _index(answer["dimension"][name]) for name in dimensions}
    if any(sorted(codes.get(name, ())) != sorted(each) for name, each in asked.items()):
        message = f"{WHO}: answers to another question than was asked; try again"
        raise FetchError(message)
    values = np.array(_values(answer), dtype=np.float64).reshape([len(codes[name]) for name in dimensions])
    unknown = np.argwhere(~np.isfinite(values))
    if len(unknown):
        place = {name: codes[name][at] for name, at in zip(dimensions, unknown[0], strict=True)}
        where = f"{names[place['Region']]}, age {place['Alder']}"
        message = f'{WHO}: gives no number (".." or the like) for {where}; take another year'
        raise FetchError(message)
    kept = (dimensions.index("Region"), dimensions.index("Alder"))
    summed = values.sum(axis=tuple(set(range(values.ndim)) - set(kept)))
    table = summed if kept[0] < kept[1] else summed.T
    frame = pd.DataFrame(table, index=codes["Region"], columns=codes["Alder"])
    return frame.loc[asked["Region"], asked["Alder"]].astype(np.int64)


def _values(answer: dict[str, Any]) -> list[float | None]:
    """List the numbers; JSON-stat may leave out those that are missing."""
    values = answer["value"]
    if isinstance(values, dict):
        return [values.get(str(at)) for at in range(prod(answer["size"]))]
    return list(values)


def _index(dimension: dict[str, Any]) -> list[str]:
    index = dimension["category"]["index"]
    return sorted(index, key=index.__getitem__) if isinstance(index, dict) else list(index)


def _variables(metadata: dict[str, Any]) -> dict[str, Variable]:
    return {
        name: Variable(
            name,
            {str(code): str(dimension["category"]["label"][code]) for code in _index(dimension)},
            bool(dimension.get("extension", {}).get("elimination", False)),
        )
        for name, dimension in metadata["dimension"].items()
    }


def _check_metadata(path: Path) -> None:
    answer = json_object(path, WHO)
    try:
        lacking = {"Region", "Alder", "Kon", "ContentsCode", "Tid"} - set(_variables(answer))
    except (KeyError, TypeError, AttributeError) as error:
        message = f"{WHO}: answers with JSON that does not describe a table ({first_line(answer)})"
        raise FetchError(message) from error
    if lacking:
        message = f"{WHO}: the table has no variable {min(lacking)} any more; give ready tables instead"
        raise FetchError(message)


def _check_numbers(path: Path) -> None:
    answer = json_object(path, WHO)
    try:
        n_values = prod(len(_index(answer["dimension"][name])) for name in answer["id"])
        values = np.array(_values(answer), dtype=np.float64)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        said = answer.get("title") or answer.get("detail") or answer.get("error") or shortened(answer)
        message = f"{WHO}: answers with something else than numbers: {first_line(said)}"
        raise FetchError(message) from error
    if values.shape != (n_values,):
        message = f"{WHO}: answers with {values.size} numbers; expected {n_values}; try again"
        raise FetchError(message)
