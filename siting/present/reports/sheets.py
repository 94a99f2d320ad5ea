"""The sheets of the workbook that goes with the report, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .sheets_analyses import robustness_sheet, sensitivity_sheet, shares_sheet, stages_sheet
from .sheets_areas import assignments_sheet, changes_sheet, municipalities_sheet
from .sheets_grounds import (
    assumptions_sheet,
    readme_sheet,
    sources_sheet,
    summary_sheet,
    tracing_sheet,
)
from .sheets_measures import measures_sheet, steps_sheet
from .sheets_options import options_sheet
from .sheets_places import places_sheet, stops_sheet, tours_sheet
from .sheets_table import Material
from .sheets_travel import groups_sheet, travel_sheet

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from ...study import Alternatives
    from ..words import Words
    from .sheets_grounds import Summary
    from .sheets_table import Sheet


def report_sheets(
    record: dict[str, Any],
    analyses: Sequence[dict[str, Any]],
    alternatives: Alternatives,
    words: Words,
    *,
    figures: Summary,
    title: str = "",
    day: date | None = None,
    command: str = "",
) -> tuple[Sheet, ...]:
    """Give the sheets that hold anything.

    Parameters
    ----------
    record
        Content of comparison.json, as `comparison_record` gives it.
    analyses
        Content of the analysis.json of each scenario that was examined.
    alternatives
        What the record was written from: names, assumptions and sources are taken from here, and how many
        go where.
    words
        Of the language of the sheets.
    figures
        The first page's figures: options by their title, each with headings and figures.
    title
        Of the workbook.
    day
        On which it is made.
    command
        That makes it again.
    """
    material = Material(record, analyses, alternatives, words)
    made = (
        summary_sheet(material, figures),
        options_sheet(material),
        measures_sheet(material),
        steps_sheet(material),
        travel_sheet(material),
        groups_sheet(material),
        municipalities_sheet(material),
        changes_sheet(material),
        assignments_sheet(material),
        places_sheet(material),
        tours_sheet(material),
        stops_sheet(material),
        sensitivity_sheet(material),
        robustness_sheet(material),
        stages_sheet(material),
        shares_sheet(material),
        assumptions_sheet(material),
        sources_sheet(material),
    )
    filled = tuple(each for each in made if each.rows)
    listed = (*filled, tracing_sheet(material, filled, figures))
    heading = title or words("workbook.sheet.readme.title")
    return (readme_sheet(material, listed, title=heading, day=day, command=command), *listed)
