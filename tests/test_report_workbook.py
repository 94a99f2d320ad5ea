"""The workbook of the report: numbers as the records have them, text as text, the same bytes each time."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections import defaultdict
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import analysis_by_hand
import by_hand
import openpyxl
import pytest
import toy
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet
from test_hostile_names import rewrite

from siting import study
from siting.present.analysis.cost_shares import sek_of_share, share_told
from siting.present.analysis.page import parts_of
from siting.present.analysis.record import analysis_record
from siting.present.analysis.shown import Shown
from siting.present.document import Table
from siting.present.figures import Figure, taken
from siting.present.forms.workbook import workbook_bytes
from siting.present.notes import estimate_notes, estimate_notes_of
from siting.present.records import comparison_record
from siting.present.reports.sheets import report_sheets
from siting.present.reports.sheets_areas import gathered
from siting.present.reports.sheets_table import Cell, Column, Number, Sheet
from siting.present.words import LANGUAGES, SWEDISH, Language, Words, read_texts
from siting.study import Alternatives

DAY = date(2026, 11, 28)
TITLE = "Sex alternativ & ett beslut"
HOSTILE = (
    '=HYPERLINK("http://example.com","x")',
    "+1+1",
    "-1+1",
    "@SUM(A1)",
    "<img src=x onerror=alert(1)>",
    "${alert(1)} `\"' & </t></si>",
    "https://example.com/",
    "12345",
    "{=1+1}",
    "_x0041_",
)


def longest(record: dict[str, Any], number: int) -> Figure:
    """Trip of the last municipality, whatever its name."""
    name = list(record["plans"][0]["evaluation"]["by_municipality"])[-1]
    value = record["plans"][number]["evaluation"]["by_municipality"][name]["near"]["mean_minutes"]
    path = f"plans[{number}].evaluation.by_municipality.{name}.near.mean_minutes"
    return Figure(path, value, "minutes", 0, of=name)


def figures(record: dict[str, Any]) -> list[tuple[str, list[tuple[str, Figure]]]]:
    return [
        (
            f"Alternativ {number}",
            [
                (
                    "Till när\xadmaste",
                    taken(record, f"plans[{number}].evaluation.county.near.mean_minutes", "minutes"),
                ),
                (
                    "Har mottagning",
                    taken(record, f"plans[{number}].evaluation.county.overall.served_share", "share"),
                ),
                ("Kostnad (Mkr)", taken(record, f"plans[{number}].resources.sek_per_year", "sek")),
                ("Okänt", Figure("", None, "count")),
                ("Längst", longest(record, number)),
            ],
        )
        for number in range(len(record["plans"]))
    ]


class Made:
    """A comparison of four options on the toy, one of them examined, and the workbook made of it."""

    def __init__(self, folder: Path, language: Language = "sv", **sections: Any) -> None:
        analysis = analysis_by_hand.analysis(folder, **sections)
        choice = {"n_main": 1, "n_satellites": 2}
        more = study.run(toy.write_scenario(folder, "more", **{**sections, "choice": choice}))
        self.alternatives: Alternatives = by_hand.side_by_side(
            by_hand.with_teams(folder, **sections),
            by_hand.with_satellites(folder, A=2.0),
            analysis.outcome,
            more,
        )
        self.record = json.loads(json.dumps(comparison_record(self.alternatives)))
        self.examined = analysis
        self.analysis = json.loads(json.dumps(analysis_record(analysis)))
        self.words = Words(language)
        self.sheets = self.sheets_of([self.analysis])
        self.content = self.write(self.sheets)
        self.book: Workbook = openpyxl.load_workbook(io.BytesIO(self.content))

    def sheets_of(self, analyses: list[dict[str, Any]]) -> tuple[Sheet, ...]:
        return report_sheets(
            self.record,
            analyses,
            self.alternatives,
            self.words,
            figures=figures(self.record),
            title=TITLE,
            day=DAY,
            command="siting report x",
        )

    def write(self, sheets: tuple[Sheet, ...]) -> bytes:
        return workbook_bytes(sheets, day=DAY, words=self.words, title=TITLE)

    def page(self, key: str) -> Worksheet:
        return self.book[self.words(f"workbook.sheet.{key}.name")]

    def rows(self, key: str) -> list[dict[str, Any]]:
        """Rows by heading."""
        heads, *rows = self.page(key).iter_rows(values_only=True)
        return [dict(zip(heads, row, strict=True)) for row in rows]

    def head(self, key: str, **values: object) -> str:
        return self.words(f"workbook.column.{key}", **values)


def options(made: Made, sheets: tuple[Sheet, ...] | None = None) -> list[dict[str, Any]]:
    """Each option's figures by their headings with units, as the sheet has them on their side."""
    name = made.words("workbook.sheet.options.name")
    [sheet] = [each for each in sheets or made.sheets if each.name == name]
    heads = [f"{row[0]} ({row[1]})" if row[1] else str(row[0]) for row in sheet.rows]
    columns = list(zip(*sheet.rows, strict=True))[4:]
    return [dict(zip(heads, map(bare, column), strict=True)) for column in columns]


def bare(cell: Cell) -> float | int | str | None:
    return cell.value if isinstance(cell, Number) else cell


def dataset(folder: Path) -> Path:
    toy.write_dataset(folder / "data")
    return folder


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(dataset(tmp_path_factory.mktemp("workbook")))


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Sites, municipalities and titles with names that a program might run or read as something else."""
    folder = dataset(tmp_path_factory.mktemp("hostile"))
    names = iter(HOSTILE)
    rewrite(folder / "data", "sites", lambda row: {**row, "name": next(names)})
    rewrite(folder / "data", "municipalities", lambda row: {**row, "name": next(names)})
    return Made(folder, title={"sv": HOSTILE[0], "en": HOSTILE[0]})


# --- what is in it ---


def test_sheets_stand_in_order_and_each_holds_something(made: Made) -> None:
    keys = list(read_texts("sv")["workbook"]["sheet"])
    assert made.book.sheetnames == [made.words(f"workbook.sheet.{key}.name") for key in keys]
    assert all(sheet.rows for sheet in made.sheets)
    assert made.book.active is not None
    assert made.book.active.title == made.book.sheetnames[0]


def test_without_analyses_and_teams_their_sheets_are_left_out(made: Made) -> None:
    names = {sheet.name for sheet in made.sheets_of([])}
    assert {sheet.name for sheet in made.sheets} - names == {
        made.words(f"workbook.sheet.{key}.name") for key in ("sensitivity", "robustness", "stages", "shares")
    }


def test_county_and_municipalities_are_as_in_the_record(made: Made) -> None:
    for row, plan in zip(options(made), made.record["plans"], strict=True):
        county, resources = plan["evaluation"]["county"], plan["resources"]
        assert row[made.head("youths")] == county["youths"]
        assert row[made.head("near_mean")] == county["near"]["mean_minutes"]
        assert row[made.head("sek")] == resources["sek_per_year"]
        assert row[made.head("served")] == county["overall"]["served_share"]
        for each in county["overall"]["share_within"]:
            assert row[made.head("within", minutes=f"{each['minutes']:g}")] == each["share"]
    expected = [
        (name, area["youths"], area["near"]["mean_minutes"])
        for plan in made.record["plans"]
        for name, area in plan["evaluation"]["by_municipality"].items()
    ]
    keys = [made.head(key) for key in ("municipality", "youths", "near_mean")]
    assert [tuple(row[key] for key in keys) for row in made.rows("municipalities")] == expected


def test_changes_are_as_in_the_record(made: Made) -> None:
    expected = [
        (each["option"], name, change["youths_farther"], change["youths_into_standard"])
        for each in made.record["differences"]
        for name, change in each["by_municipality"].items()
    ]
    letters = dict(zip((plan["scenario"]["name"] for plan in made.record["plans"]), "ABCD", strict=True))
    keys = [made.head(key) for key in ("option", "municipality", "farther", "into_standard")]
    rows = [tuple(row[key] for key in keys) for row in made.rows("changes")]
    assert rows == [(letters[option], *rest) for option, *rest in expected]
    assert any(farther for _, _, farther, _ in rows)


def test_steps_are_as_in_the_record(made: Made) -> None:
    [step] = made.record["value_for_money"]["steps"]
    [row] = made.rows("steps")
    assert (row[made.head("cheaper")], row[made.head("dearer")]) == ("C", "D")
    keys = ("minutes_gained", "sek_more", "sek_per_minute")
    assert [row[made.head(key)] for key in keys] == [step[key] for key in keys]


def test_places_tours_and_stops_are_as_in_the_record(made: Made) -> None:
    places = made.rows("places")
    assert len(places) == sum(len(plan["sites"]) for plan in made.record["plans"])
    [b] = [row for row in places if row["Alternativ"] == "A" and row["Platsens beteckning"] == "B"]
    site = next(each for each in made.record["plans"][0]["sites"] if each["site_id"] == "B")
    assert b[made.head("days")] == 5
    assert b[made.head("capacity")] == site["capacity_visits_per_year"]
    visits = site["main_visits_per_year"] + site["near_visits_per_year"]
    assert b[made.head("fullness")] == round(visits / site["capacity_visits_per_year"], 2)
    runs = made.record["plans"][0]["rota"]
    tours = made.rows("tours")
    assert [row[made.head("tour_kilometres")] for row in tours] == [run["kilometres"] for run in runs]
    leaves = tours[0][made.head("leaves")]
    assert leaves.hour * 60 + leaves.minute == round(runs[0]["leaves_minute"])
    assert len(made.rows("stops")) == sum(len(run["visits"]) for run in runs)


def test_sensitivity_robustness_and_shares_are_as_in_the_analysis(made: Made) -> None:
    found = made.analysis["uncertainty"]
    rows = made.rows("sensitivity")
    assert [row[made.head("key")] for row in rows] == [each["key"] for each in found["assumptions"]]
    assert [row[made.head("low")] for row in rows] == [each["low"] for each in found["assumptions"]]
    swings = {each["key"]: each for each in found["swings"]}
    assert swings
    for row in rows:
        if row[made.head("key")] in swings:
            assert row[made.head("flips_above")] == swings[row[made.head("key")]]["flips_above"]
    regrets = [row[made.head("regret_largest")] for row in made.rows("robustness")]
    assert regrets == [each["regret_largest"] for each in found["plans"]]
    shares = [row[made.head("by_use")] for row in made.rows("shares")]
    assert shares == [each["share_by_use"] for each in made.analysis["municipalities"]["members"]]
    assert {row["Alternativ"] for row in rows} == {"C"}


def test_the_summary_has_the_figures_of_the_first_page_as_numbers(made: Made) -> None:
    page = made.page("summary")
    [_, *heads], *rows = page.iter_rows(values_only=True)
    assert heads == [
        "Förslag",
        "Till närmaste (min)",
        "Har mottagning",
        "Kostnad (Mkr)",
        "Okänt",
        "Längst (min)",
        "Längst: vilken kommun",
    ]
    assert made.record["value_for_money"]["suggested"] is None
    for (title, listed), row in zip(figures(made.record), rows, strict=True):
        minutes, share, sek, unknown, far = (figure for _, figure in listed)
        assert row == (title, None, minutes.told, (share.told or 0) / 100, sek.told, None, far.told, "Öst")
        assert unknown.told is None
    assert [cell.number_format for cell in page[2]][2:5] == ["0.0", "0 %", "#,##0.0"]


def test_the_option_that_is_suggested_is_marked(made: Made) -> None:
    record = json.loads(json.dumps(made.record))
    record["value_for_money"]["suggested"] = record["plans"][2]["scenario"]["name"]
    sheets = report_sheets(record, [], made.alternatives, made.words, figures=figures(record))
    [sheet] = [each for each in sheets if each.name == made.words("workbook.sheet.summary.name")]
    place = [column.head for column in sheet.columns].index(made.head("suggested"))
    assert [row[place] for row in sheet.rows] == [None, None, "ja", None]


def test_a_column_of_numbers_holds_nothing_else(made: Made) -> None:
    """Texts say only why there is no number: what is not known is empty, so that sums work."""
    reasons = {made.words("unit.fewer_than", count=5), made.words("unit.hidden")}
    texts = [
        value
        for sheet in made.sheets
        if sheet.name != made.words("workbook.sheet.options.name")  # its status is text
        for row in sheet.rows
        for column, value in zip(sheet.columns, row, strict=True)
        if column.kind not in ("text", "long_text", "sheet") and isinstance(value, str)
    ]
    assert set(texts) <= reasons


def test_each_figure_of_the_summary_is_traced_to_its_value(made: Made) -> None:
    traced = made.rows("tracing")
    for title, listed in figures(made.record):
        for _, figure in listed:
            [row] = [
                each
                for each in traced
                if each[made.head("option_title")] == title and (each[made.head("path")] or "") == figure.path
            ]
            assert row[made.head("value_in_file")] == figure.value


def test_paths_of_columns_lead_into_the_records(made: Made) -> None:
    """Each path, its stars and conditions filled in, leads somewhere."""
    files = {"comparison.json": made.record, "analysis-*.json": made.analysis}
    paths = {
        (row[made.head("file")], row[made.head("path")])
        for row in made.rows("tracing")
        if row[made.head("option_title")] is None
    }
    assert len(paths) > 100
    missing = [
        (file, path) for file, joint in paths for path in joint.split(", ") if not found(files[file], path)
    ]
    assert not missing


def found(part: Any, path: str) -> list[Any]:
    parts = [part]
    for name, condition in re.findall(r"([^.\[\]]+)|\[([^\]]+)\]", path):
        if name:
            parts = [value for each in parts for value in named(each, name)]
        else:
            parts = [value for each in parts for value in listed(each, condition)]
    return parts


def named(part: Any, name: str) -> list[Any]:
    if not isinstance(part, dict):
        return []
    pattern = re.escape(name).replace(r"\*", ".*")
    return [value for key, value in part.items() if re.fullmatch(pattern, key)]


def listed(part: Any, condition: str) -> list[Any]:
    if not isinstance(part, list):
        return []
    if condition == "*":
        return part
    if condition.isdigit():
        return part[int(condition) : int(condition) + 1]
    key, _, value = condition.partition("=")
    return [each for each in part if str(each[key]) in (value, f"{value}.0")]


# --- what must not be told ---


def test_places_with_few_are_put_together_until_they_are_not_few() -> None:
    assert gathered({1: 100.0, 2: 4.0, 3: 50.0}, 5) == [((1,), 100.0), ((3, 2), 54.0)]
    assert gathered({1: 100.0, 2: 4.0, 3: 3.0}, 5) == [((1,), 100.0), ((2, 3), 7.0)]
    assert gathered({1: 100.0, 2: 4.0}, 5) == [((1, 2), 104.0)]
    assert gathered({1: 2.0, 2: 1.0}, 5) == [((1, 2), 3.0)]
    assert gathered({}, 5) == []


def test_of_places_that_are_told_alike_the_order_does_not_say_which_has_more() -> None:
    assert gathered({1: 21.0, 2: 24.0}, 5) == [((1,), 21.0), ((2,), 24.0)]
    assert gathered({1: 24.0, 2: 21.0}, 5) == [((1,), 24.0), ((2,), 21.0)]
    assert gathered({1: 21.0, 2: 24.0, 3: 1.0, 4: 2.0}, 5)[-1] == ((2, 3, 4), 27.0)


@pytest.mark.parametrize("k", [5, 250])
def test_assignments_sum_to_the_municipality_and_none_is_few(tmp_path: Path, k: int) -> None:
    made = Made(dataset(tmp_path), evaluation={"smallest_count_shown": k})
    outcome = made.alternatives.outcomes[0]
    sums: dict[tuple[str, str], int] = defaultdict(int)
    rows = [row for row in made.rows("assignments") if row["Alternativ"] == "A"]
    for row in rows:
        count = row[made.head("youths")]
        assert count >= k
        sums[row[made.head("municipality")], row[made.head("service")]] += count
    names = outcome.region.municipality_names
    for (municipality, _), count in sums.items():
        [code] = [code for code, name in names.items() if name == municipality]
        places = sum(row[made.head("municipality")] == municipality for row in rows)
        assert abs(count - outcome.evaluation.by_municipality[code].youths) <= places * k / 2
    assert len(sums) == 2 * len(names)


def test_what_is_too_small_says_so_and_what_has_no_value_is_empty(made: Made) -> None:
    record = json.loads(json.dumps(made.record))
    few = record["plans"][1]["evaluation"]["by_municipality"]["Väst"]
    few["youths"] = few["near"]["mean_minutes"] = few["overall"]["served_share"] = None
    far = record["plans"][1]["evaluation"]["by_municipality"]["Öst"]
    far["near"]["mean_minutes"] = None  # with many young people: nobody has a place
    sheets = report_sheets(record, [], made.alternatives, made.words, figures=())
    [sheet] = [each for each in sheets if each.name == "Kommuner"]
    heads = [column.head for column in sheet.columns]
    rows = {row[:2]: dict(zip(heads, row, strict=True)) for row in sheet.rows}
    assert rows["B", "Väst"][made.head("youths")] == "färre än 5"
    assert rows["B", "Väst"][made.head("near_mean")] == "visas inte"
    assert rows["B", "Väst"][made.head("served")] == "visas inte"
    assert rows["B", "Öst"][made.head("near_mean")] is None
    assert rows["A", "Öst"][made.head("near_mean")] is not None


def test_a_yardstick_has_no_cost_and_the_base_no_changes(made: Made) -> None:
    base = made.alternatives.outcomes[0]
    yardstick = replace(base, scenario=base.scenario.model_copy(update={"is_reference": True}))
    alternatives = replace(made.alternatives, outcomes=(yardstick, *made.alternatives.outcomes[1:]))
    sheets = report_sheets(made.record, [], alternatives, made.words, figures=())
    first, second, *_ = options(made, sheets)
    assert (first[made.head("sek")], first[made.head("posts")]) == (None, None)
    assert options(made)[0][made.head("sek")] is not None
    assert first[made.head("near_farther")] is None
    assert second[made.head("near_farther")] is not None


# --- text stays text ---


def test_names_are_never_formulas_links_or_numbers(hostile: Made) -> None:
    cells = [cell for page in hostile.book for row in page.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in cells if cell.data_type == "f"]
    texts = {cell.value for cell in cells if cell.data_type == "s"}
    assert {*HOSTILE[:4], HOSTILE[0]} <= texts
    links = [cell.hyperlink for cell in cells if cell.hyperlink]
    assert links
    assert all(link.location and not link.target for link in links)
    with zipfile.ZipFile(io.BytesIO(hostile.content)) as parts:
        sheets = [name for name in parts.namelist() if name.startswith("xl/worksheets/")]
        assert not [name for name in sheets if re.search(rb"<f[ >]", parts.read(name))]
        assert not [name for name in parts.namelist() if b"TargetMode" in parts.read(name)]


def test_each_hostile_text_is_read_back_as_it_was_and_quoted() -> None:
    column = Column("=1+1", "text")
    content = workbook_bytes(
        [Sheet("Blad", "&A&P =1", "", (column, Column("n", "count")), tuple((each, 1) for each in HOSTILE))],
        day=DAY,
        words=SWEDISH,
        title="&D & co",
    )
    page = openpyxl.load_workbook(io.BytesIO(content))["Blad"]
    cells = [page.cell(row, 1) for row in range(2, len(HOSTILE) + 2)]
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        strings = parts.read("xl/sharedStrings.xml").decode()
    assert "_x005F_x0041_" in strings  # else read back as A
    assert [cell.value for cell in cells[:-1]] == list(HOSTILE[:-1])
    assert {cell.data_type for cell in cells} == {"s"}
    assert [cell.quotePrefix for cell in cells] == [each[0] in "=+-@" for each in HOSTILE]
    header = page.HeaderFooter.oddHeader if hasattr(page, "HeaderFooter") else page.oddHeader
    assert header.left.text == "&&D && co"
    assert header.right.text == "&&A&&P =1"


# --- how it is to be used ---


def test_tables_start_in_a1_with_headings_filters_and_names(made: Made) -> None:
    for sheet, page in zip(made.sheets, made.book, strict=True):
        heads = [cell.value for cell in page[1]]
        assert not page.merged_cells.ranges
        assert page.freeze_panes is not None
        if sheet.is_text:
            continue
        assert None not in heads
        assert len({head.casefold() for head in heads}) == len(heads)
        assert page.auto_filter.ref == page.dimensions
        assert page.max_row == len(sheet.rows) + 1
        name = re.sub(r"\W", "_", f"{sheet.name}_tabell")
        [(title, area)] = made.book.defined_names[name].destinations
        assert (title, area.replace("$", "")) == (sheet.name, page.dimensions)


def test_columns_of_the_summary_have_names(made: Made) -> None:
    [(_, area)] = made.book.defined_names["Sammanfattning_Kostnad_Mkr"].destinations
    assert area == "$E$2:$E$5"


def test_pages_print_on_a4_with_headings_on_each(made: Made) -> None:
    for sheet, page in zip(made.sheets, made.book, strict=True):
        assert (page.page_setup.orientation, page.page_setup.paperSize) == ("landscape", 9)
        assert page.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.is_text or page.print_title_rows == "$1:$1"
    assert made.book.properties.title == TITLE
    assert made.book.properties.created.date() == DAY


def test_numbers_are_formatted_by_what_they_are(made: Made) -> None:
    page = made.page("municipalities")
    formats = {cell.value: page.cell(2, cell.column).number_format for cell in page[1]}
    assert formats[made.head("youths")] == "#,##0"
    assert formats[made.head("near_mean")] == "0"
    assert formats[made.head("within", minutes="30")] == "0 %"
    assert made.page("tours").cell(2, 6).number_format == "hh:mm"


def test_rows_of_several_units_are_formatted_by_row(made: Made) -> None:
    by_unit = {"minuter": "0.0", "andel": "0.0 %", "kronor per år": "#,##0"}
    rows = list(made.page("measures").iter_rows(min_row=2))
    heads = [cell.value for cell in made.page("measures")[1]]
    value, unit = heads.index(made.head("value")), heads.index(made.head("unit"))
    told = {(row[unit].value, row[value].number_format) for row in rows if row[value].value is not None}
    assert told == set(by_unit.items())
    page = made.page("options")
    formats = {row[0].value: row[4].number_format for row in page.iter_rows(min_row=2)}
    assert formats["Kostnad"] == "#,##0"
    assert formats["Besök inom 30 min"] == "0.0 %"
    assert formats["Genomsnittlig restid till närmaste mottagning"] == "0.0"
    nothing_said = [
        (name, cell.coordinate)
        for name in ("measures", "sensitivity", "robustness", "options")
        for row in made.page(name).iter_rows(min_row=2)
        for cell in row
        if isinstance(cell.value, float) and cell.number_format == "General"
    ]
    assert not nothing_said
    letter = made.page("measures").cell(1, value + 1).column_letter
    assert made.page("measures").column_dimensions[letter].width >= 12  # room for millions
    lows = {row[made.head("key")]: row[made.head("low")] for row in made.rows("sensitivity")}
    assert all(isinstance(low, float | int | None) for low in lows.values())


def test_options_stand_side_by_side_on_one_paper(made: Made) -> None:
    page = made.page("options")
    assert page.max_column == 4 + len(made.record["plans"])
    assert page.page_setup.fitToWidth in (None, 1)  # one paper wide is what is left out
    assert [cell.value for cell in page[1]][4].startswith("A. ")


def test_the_tables_of_the_analysis_and_the_workbook_tell_the_same_shares_and_stages(made: Made) -> None:
    parts = {part.title: list(part.blocks()) for part in parts_of(made.examined, made.words)}
    tables = [each.view for blocks in parts.values() for each in blocks if isinstance(each, Table)]
    [shares] = [view for view in tables if made.words("analysis.area.column_population_sek") in view.columns]
    told = {row[0]: dict(zip(shares.columns, row, strict=True)) for row in shares.rows}
    rows = made.rows("shares")
    assert len(rows) == len(told) > 1
    for row in rows:
        texts = told[row[made.head("municipality")]]
        for key in ("population", "use", "shapley"):
            sek, share = row[made.head(f"sek_by_{key}")], row[made.head(f"by_{key}")]
            for text, value, write in (
                (texts[made.words(f"analysis.area.column_{key}_sek")], sek, made.words.number),
                (texts[made.words(f"analysis.area.column_{key}")], share, made.words.tenths_of_percent),
            ):
                assert re.split(r" [±†]", text)[0].replace("−", "-") == write(value).replace("−", "-")
    steps = made.words("analysis.stages.column_own_best")
    orders = [view for view in tables if steps in view.columns]
    listed = [row[2:4] for view in orders for row in view.rows]
    heads = [made.head("value"), made.head("own_best")]
    found = [tuple(f"{made.words.number(row[head], 1)} min" for head in heads) for row in made.rows("stages")]
    assert listed
    assert listed == found[: len(listed)]


def test_the_cost_that_is_shared_is_the_one_that_is_told(made: Made) -> None:
    """Of two bases that are told alike no share differs."""
    assert made.examined.municipalities is not None
    members = replace(made.examined.municipalities, sek_per_year=12_876_543.0)
    record = json.loads(json.dumps(analysis_record(replace(made.examined, municipalities=members))))
    assert record["municipalities"]["sek_per_year"] == 12_900_000
    [sheet] = [
        each for each in made.sheets_of([record]) if each.name == made.words("workbook.sheet.shares.name")
    ]
    place = [column.head for column in sheet.columns].index(made.head("sek_by_population"))
    shown = Shown(made.examined.outcome, made.words)
    for row, member in zip(sheet.rows, members.members, strict=True):
        told = share_told(member.share_by_population, shown)
        assert row[place] == sek_of_share(told, 12_876_543.0) == sek_of_share(told, 12_900_000.0)


def test_a_note_that_does_not_hold_for_all_options_says_for_which(made: Made) -> None:
    *_, one, other = made.alternatives.outcomes
    filled = replace(other, plan=replace(other.plan, intake={}))
    notes = estimate_notes_of({"A": replace(one, plan=replace(one.plan, intake=None)), "B": filled}, SWEDISH)
    nearest, intake = (SWEDISH(f"estimate.{key}") for key in ("nearest", "intake"))
    assert f"{nearest} Det gäller alternativ A." in notes
    assert f"{intake} Det gäller alternativ B." in notes
    assert SWEDISH("estimate.money") in notes
    assert len(set(notes)) == len(notes)
    assert nearest in estimate_notes(replace(one, plan=replace(one.plan, intake=None)), SWEDISH)


def test_the_readme_heads_what_to_bear_in_mind_once(made: Made) -> None:
    heads = [row[0] for row in made.book.worksheets[0].iter_rows(values_only=True)]
    assert heads.count(made.words("workbook.readme.estimate")) == 1
    assert len([head for head in heads if head]) == len({head for head in heads if head})


def test_estimated_numbers_are_marked_in_heading_and_tracing(made: Made) -> None:
    page = made.page("places")
    italic = {cell.value for cell in page[1] if cell.font.italic}
    assert made.head("youths_nearest") in italic
    assert made.head("days") not in italic
    told = {
        row[made.head("traced_column")]: row[made.head("is_estimated")]
        for row in made.rows("tracing")
        if row[made.head("traced_sheet")] == page.title
    }
    assert (told[made.head("youths_nearest")], told[made.head("days")]) == ("ja", "nej")


def test_assumptions_say_whether_they_are_and_give_numbers(made: Made) -> None:
    rows = made.rows("assumptions")
    numbers = [row[made.head("value_number")] for row in rows]
    assert any(isinstance(number, float) and 0 < number < 1 for number in numbers)  # per cent
    assert {row[made.head("is_assumed")] for row in rows} <= {"antagande", "har underlag"}


def test_the_same_input_and_day_give_the_same_bytes(made: Made) -> None:
    assert made.write(made.sheets_of([made.analysis])) == made.content
    assert workbook_bytes(made.sheets, day=date(2026, 11, 29), words=made.words, title=TITLE) != made.content


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_languages_fill_every_heading(toy_folder: Path, language: Language) -> None:
    made = Made(toy_folder, language)
    for sheet in made.sheets:
        assert len(sheet.name) <= 31
        assert "{" not in "".join(column.head for column in sheet.columns) + sheet.title + sheet.note
    readme = {row[0]: row[1] for row in made.book.worksheets[0].iter_rows(values_only=True)}
    assert {sheet.name for sheet in made.sheets[1:]} <= set(readme)
    assert readme[made.words("workbook.readme.command")] == "siting report x"


def keys_of(texts: Any, before: str = "") -> set[str]:
    if not isinstance(texts, dict):
        return {before}
    return {key for name, each in texts.items() for key in keys_of(each, f"{before}.{name}")}


def test_both_languages_have_the_same_texts() -> None:
    assert keys_of(read_texts("sv")["workbook"]) == keys_of(read_texts("en")["workbook"])
