"""Sheets around the figures: how to read them, the first page's table, what all rests on, places in files."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from ..comparison_tables import assumptions_of_options
from ..notes import estimate_notes_of, rounding_note
from ..tables import sources_table
from .sheets_analyses import title_of
from .sheets_table import COMPARISON, Column, Sheet, of_kind, plain_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from ..figures import Figure
    from ..words import Words
    from .sheets_table import Cell, Kind, Material

    Summary = Sequence[tuple[str, Sequence[tuple[str, Figure]]]]
    """Options by title, each with its figures under their headings."""

DIGEST_DIGITS: Final = 16
PER_CENT: Final = 100
NUMBERS: Final = {"sv": r"-?\d{1,3}(?:[ \xa0]\d{3})*(?:,\d+)?", "en": r"-?\d{1,3}(?:,\d{3})*(?:\.\d+)?"}
SEPARATORS: Final = {"sv": (" ", ","), "en": (",", ".")}


# --- how to read it ---


def readme_sheet(
    material: Material, others: Sequence[Sheet], *, title: str, day: date | None, command: str
) -> Sheet:
    """Say what the workbook is, how it was made, how its cells are to be read, and what each sheet holds."""
    words = material.words
    columns = (Column(plain_text(title), "sheet"), Column("", "long_text"))
    rows = (
        *_made(material, day=day, command=command),
        (words("workbook.readme.sheets"), words("workbook.readme.sheets_text")),
        *((each.name, f"{each.title}. {each.note}") for each in others),
        *_reading(material),
    )
    name, note = words("workbook.sheet.readme.name"), words("workbook.sheet.readme.note")
    return Sheet(name, words("workbook.sheet.readme.title"), note, columns, rows, is_text=True)


def _made(material: Material, *, day: date | None, command: str) -> Iterator[tuple[Cell, ...]]:
    words, record = material.words, material.record

    def line(key: str, text: str) -> tuple[str, str]:
        return words(f"workbook.readme.{key}"), plain_text(text)

    yield line("what", words("workbook.readme.what_text"))
    if day is not None:
        yield line("day", words.date(day))
    for _, plan in material.plans:
        name = plan["scenario"]["name"]
        letter, title = material.option(name)
        digest = plan["scenario"]["sha256"][:DIGEST_DIGITS]
        text = words("workbook.readme.scenario_text", title=title, name=name, digest=digest)
        yield words("workbook.readme.scenario", letter=letter), text
    yield line("base", words("workbook.readme.base_text", letter=material.letters[record["base"]]))
    for analysis in material.analyses:
        digest = analysis["scenario"]["sha256"][:DIGEST_DIGITS]
        name, title = analysis["scenario"]["name"], title_of(analysis, material)
        yield line("analysis", words("workbook.readme.scenario_text", title=title, name=name, digest=digest))
    yield line("version", words("workbook.readme.version_text", version=record["siting_version"]))
    yield line("dataset", record["plans"][0]["dataset"]["name"])
    if command:
        yield line("command", command)


def _reading(material: Material) -> Iterator[tuple[Cell, ...]]:
    words, base = material.words, material.alternatives.base
    values = {"few": material.few, "hidden": material.hidden}
    for key in ("numbers", "empty", "estimated", "layout"):
        yield words(f"workbook.readme.{key}"), words(f"workbook.readme.{key}_text", **values)
    by_letter = {material.letters[each.scenario.name]: each for each in material.alternatives.outcomes}
    notes = list(estimate_notes_of(by_letter, words))
    rounding = rounding_note(base.scenario, words)
    marked = words("estimate.sites")  # here a column of the places says it, not a mark
    notes = [words("workbook.readme.unconfirmed_text") if each == marked else each for each in notes]
    yield words("workbook.readme.small"), plain_text(rounding)
    others = [each for each in dict.fromkeys(notes) if each != rounding]
    for number, note in enumerate(others):
        yield "" if number else words("workbook.readme.estimate"), plain_text(note)


# --- the table of the first page ---


def summary_sheet(material: Material, figures: Summary) -> Sheet:
    """Give the figures of the first page as numbers."""
    heads = {head: figure for _, row in figures for head, figure in row}
    of_town = frozenset(head for head, figure in heads.items() if _town(figure))
    columns = [
        material.column("option_title", "long_text"),
        material.column("suggested", path="value_for_money.suggested"),
    ]
    for head, figure in heads.items():
        columns.append(_summary_column(head, figure, material.words))
        if head in of_town:
            columns.append(Column(material.head("which", head=plain_text(head)), "text", is_estimated=True))

    def cells(row: dict[str, Figure]) -> Iterator[Cell]:
        for head in heads:
            figure = row.get(head)
            yield _told(figure) if figure else None
            if head in of_town:
                yield _town(figure) if figure else None

    suggested, yes = material.record["value_for_money"]["suggested"], material.words("analysis.yes")
    options = [each.scenario.name for each in material.alternatives.outcomes]
    rows = (
        (plain_text(title), yes if name == suggested else None, *cells(dict(row)))
        for name, (title, row) in zip(options, figures, strict=False)  # without figures there is no sheet
    )
    return replace(material.sheet("summary", columns, rows), names_columns=True)


def _summary_column(head: str, figure: Figure, words: Words) -> Column:
    clean, unit = plain_text(head), words(f"workbook.figure_unit.{figure.kind}")
    with_unit = clean if not unit or unit in clean else f"{clean} ({unit})"
    return Column(with_unit, _summary_kind(figure), is_estimated=True)


def _town(figure: Figure) -> str | None:
    """Name the municipality that a figure is of."""
    return figure.of or None


def _summary_kind(figure: Figure) -> Kind:
    if figure.kind == "sek":
        return "million_sek"
    if figure.kind == "minutes" and figure.decimals == 0:
        return "whole_minutes"
    return "share_tenths" if figure.kind == "share" and figure.decimals else figure.kind


def _told(figure: Figure) -> Cell:
    """Give a figure as readers see it; shares as parts of one, which a sheet shows as per cent."""
    if figure.told is None:
        return None
    return round(figure.told / PER_CENT, 4) if figure.kind == "share" else figure.told


# --- what it all rests on ---


def assumptions_sheet(material: Material) -> Sheet:
    """Give every assumption with what it rests on; beside its text the number, where it is one."""
    words = material.words
    columns = (
        material.column("section"),
        material.column("assumption", "long_text"),
        material.column("value_text"),
        material.column("value_number", "number"),
        material.column("is_assumed"),
        material.column("basis", "long_text"),
    )
    rows = (
        (
            plain_text(section),
            plain_text(name),
            plain_text(value),
            _assumed_number(value, words),
            words(f"workbook.{'assumed' if _is_assumed(basis, words) else 'based'}"),
            basis,
        )
        for section, table in assumptions_of_options(material.alternatives, words).items()
        for name, basis, value in table.rows
    )
    return material.sheet("assumptions", columns, rows, n_labels=2)


def _assumed_number(text: str, words: Words) -> Cell:
    """Give an assumption's number, shown as its text is."""
    value = number_in(text, words)
    if value is None:
        return None
    is_share = plain_text(text).endswith("%")
    return of_kind(value, "assumed_share" if is_share else "count" if value.is_integer() else "number")


def _is_assumed(basis: str, words: Words) -> bool:
    return basis == words("field.no_basis") or words("workbook.word_for_assumed") in basis.casefold()


def number_in(text: str, words: Words) -> float | None:
    """Read back a number as the texts write it, per cent as a part of one; None where it is none.

    Examples
    --------
    >>> from siting.present.words import Words
    >>> number_in("2,2 %", Words("sv")), number_in("600,000", Words("en")), number_in("13–19", Words("sv"))
    (0.022, 600000.0, None)
    """
    bare = plain_text(text)
    if not re.fullmatch(rf"{NUMBERS[words.language]} ?%?", bare):
        return None
    group, point = SEPARATORS[words.language]
    value = float(bare.removesuffix("%").replace(group, "").replace(point, "."))
    return round(value / PER_CENT, 9) if bare.endswith("%") else value


def sources_sheet(material: Material) -> Sheet:
    """Give the source of each table of the dataset, and the digest of its file."""
    base = material.alternatives.base
    columns = (
        material.column("table"),
        *(material.column(key, "long_text") for key in ("source", "date", "licence")),
        material.column("quality"),
        material.column("digest", path="plans[*].dataset.sha256.*"),
    )
    lines = sources_table(base, material.words).rows
    digests = [base.dataset.digests.get(name, "") for name in base.dataset.manifest.tables]
    rows = ((*line, digest) for line, digest in zip(lines, digests, strict=True))
    return material.sheet("sources", columns, rows)


# --- where each number stands in the files ---


def tracing_sheet(material: Material, sheets: Sequence[Sheet], figures: Summary) -> Sheet:
    """Give the place in the saved records of each figure of the summary and of each column of the others."""
    words = material.words
    columns = (
        material.column("traced_sheet", "sheet"),
        material.column("traced_column"),
        material.column("option_title"),
        material.column("file"),
        material.column("path", "long_text"),
        material.column("value_in_file", "number"),
        material.column("is_estimated"),
    )
    return material.sheet("tracing", columns, (*_figure_lines(figures, words), *_column_lines(sheets, words)))


def _figure_lines(figures: Summary, words: Words) -> Iterator[tuple[Cell, ...]]:
    for title, row in figures:
        for head, figure in row:
            where, yes = words("workbook.sheet.summary.name"), words("analysis.yes")
            yield (
                where,
                plain_text(head),
                plain_text(title),
                COMPARISON,
                figure.path,
                figure.value,
                yes,
            )


def _column_lines(sheets: Sequence[Sheet], words: Words) -> Iterator[tuple[Cell, ...]]:
    for sheet in sheets:
        for column in (*sheet.columns, *sheet.figures):
            if column.path:
                estimated = words("analysis.yes" if column.is_estimated else "analysis.no")
                yield sheet.name, column.head, None, column.file, column.path, None, estimated
