"""The file of Word: nothing is left out, and it is one that people can go on writing in."""

from __future__ import annotations

import datetime
import io
import os
import re
import subprocess
import sys
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import docx
import pytest
import report_by_hand
from docx.document import Document as File
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.table import Table as FileTable
from docx.text.paragraph import Paragraph as FileParagraph

from siting.present.document import Chapter, Document, Formula, Heading, Paragraph, Picture, Table
from siting.present.forms.measures import n_lines, text_points
from siting.present.forms.signs import holdable
from siting.present.forms.word_file import docx_bytes
from siting.present.forms.word_file.bare import TEXT_WIDTH
from siting.present.forms.word_file.first_page import SCALES, scale_of
from siting.present.forms.word_file.widths import column_widths, type_size
from siting.present.tables import TableView

DAY = datetime.date(2026, 11, 28)
SOFT_HYPHEN = "\xad"


@cache
def written(named: report_by_hand.Namer = report_by_hand.same, language: str = "sv") -> bytes:
    return docx_bytes(report_by_hand.document(named, language), day=DAY)


def opened(content: bytes) -> File:
    return docx.Document(io.BytesIO(content))


@pytest.fixture(scope="module")
def file() -> File:
    return opened(written())


def parts(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def paragraphs_of(file: File) -> Iterator[FileParagraph]:
    """All paragraphs in order, those in tables too."""
    for each in file.iter_inner_content():
        if isinstance(each, FileParagraph):
            yield each
        else:
            yield from (paragraph for row in each.rows for cell in row.cells for paragraph in cell.paragraphs)


def with_style(file: File, style: str) -> list[str]:
    return [each.text for each in paragraphs_of(file) if each.style is not None and each.style.name == style]


def tables_of(file: File) -> list[FileTable]:
    """Tables, but not what holds pictures side by side."""
    return [each for each in file.tables if each.style is not None and each.style.name == "Ruled Table"]


def blocks(kind: type[Table]) -> list[Table]:
    found = report_by_hand.blocks_of(report_by_hand.document())
    return [block for block in found if isinstance(block, kind)]


def in_one_line(text: str) -> str:
    return " ".join(text.replace(SOFT_HYPHEN, "").split())


def of_one_table(view: TableView) -> FileTable:
    chapter = Chapter("a", "A", (Table(view, "caption"),))
    return opened(docx_bytes(Document("sv", "T", "R", "D", chapter, (), "C", "F"), day=DAY)).tables[0]


@pytest.mark.parametrize("named", [report_by_hand.same, report_by_hand.hostile])
def test_every_text_is_in_the_file_in_order(named: report_by_hand.Namer) -> None:
    text = in_one_line("\n".join(each.text for each in paragraphs_of(opened(written(named)))))
    position = 0
    for expected in report_by_hand.texts_of(report_by_hand.document(named)):
        wanted = in_one_line(holdable(expected))
        assert wanted in text[position:], f"missing, or before what it follows: {wanted}"
        position = text.index(wanted, position) + len(wanted)


def test_names_that_are_payloads_add_no_element() -> None:
    hostile, harmless = (
        Counter(re.findall(rb"<[\w:]+", parts(written(named))["word/document.xml"]))
        for named in (report_by_hand.hostile, report_by_hand.harmless)
    )
    assert hostile == harmless


def test_headings_have_the_styles_of_headings(file: File) -> None:
    report = report_by_hand.document()
    assert with_style(file, "Title") == [report.title]
    assert with_style(file, "Heading 1") == [
        report.first_page.title,
        *(f"{number}. {chapter.title}" for number, chapter in enumerate(report.chapters, start=1)),
    ]
    assert with_style(file, "Heading 2")[:2] == ["Vad underlaget talar för", report.contents]
    assert with_style(file, "Heading 3") == ["Efter kön", "Efter kön"]
    assert len(with_style(file, "List Bullet")) == 3
    assert file.styles["Heading 1"].paragraph_format.page_break_before  # type: ignore[attr-defined]


def test_names_in_lists_are_bold(file: File) -> None:
    first = next(each for each in paragraphs_of(file) if each.style and each.style.name == "List Bullet")
    assert (first.runs[0].text, first.runs[0].bold) == ("Hur säkert är det? ", True)
    assert not first.runs[1].bold


def test_the_list_of_chapters_leads_to_their_headings(file: File) -> None:
    body = file.element.body
    links = [each.get(qn("w:anchor")) for each in body.iter(qn("w:hyperlink"))]
    marks = list(body.iter(qn("w:bookmarkStart")))
    assert links == [each.get(qn("w:name")) for each in marks]
    headings = [FileParagraph(each.getparent(), file._body).text for each in marks]
    assert headings == with_style(file, "Heading 1")[1:]


def test_cells_stand_where_the_table_has_them(file: File) -> None:
    views = [block.view for block in blocks(Table)]
    assert len(tables_of(file)) == len(views)
    for table, view in zip(tables_of(file), views, strict=True):
        for row, line in zip(table.rows, (view.columns, *view.rows), strict=True):
            said = [cell.text.replace("\xa0*", " *") for cell in row.cells]
            assert said == [value.replace(SOFT_HYPHEN, "") for value in line]


def test_heads_are_repeated_rows_whole_and_numbers_to_the_right(file: File) -> None:
    for table, block in zip(tables_of(file), blocks(Table), strict=True):
        for index, row in enumerate(table.rows):
            properties = row._tr.trPr
            assert properties is not None
            assert properties.find(qn("w:cantSplit")) is not None
            assert (properties.find(qn("w:tblHeader")) is not None) == (index == 0)
            for place, cell in enumerate(row.cells):
                is_right = cell.paragraphs[0].alignment == WD_ALIGN_PARAGRAPH.RIGHT
                assert is_right == (place >= block.view.n_text_columns)
                assert cell.paragraphs[0].style is not None
                assert cell.paragraphs[0].style.name == ("Table Text" if index else "Table Head")


def test_tables_are_no_wider_than_the_text(file: File) -> None:
    for table in tables_of(file):
        for row in table.rows:
            widths = [cell.width or 0 for cell in row.cells]
            assert all(widths)
            assert sum(widths) <= TEXT_WIDTH * 1.001


def test_captions_keep_with_their_tables(file: File) -> None:
    everything = list(file.iter_inner_content())
    above = [everything[place_of(everything, table) - 1] for table in tables_of(file)]
    captions = [each for each in above if isinstance(each, FileParagraph)]
    assert [each.text for each in captions] == [block.caption for block in blocks(Table)]
    assert {each.style.name for each in captions if each.style} == {"Caption"}
    assert file.styles["Caption"].paragraph_format.keep_with_next  # type: ignore[attr-defined]


def place_of(everything: list[FileParagraph | FileTable], table: FileTable) -> int:
    return next(
        index
        for index, each in enumerate(everything)
        if isinstance(each, FileTable) and each._tbl is table._tbl
    )


def test_sums_are_bold_and_set_off() -> None:
    table = of_one_table(TableView(("a", "b"), (("x", "1"), ("y", "2"), ("all", "3")), n_sum_rows=1))
    bold = [[run.bold for run in row.cells[1].paragraphs[0].runs] for row in table.rows]
    assert bold == [[True], [False], [False], [True]]
    ruled = [row.cells[1]._tc.find(f".//{qn('w:top')}") is not None for row in table.rows]
    assert ruled == [False, False, False, True]


def test_of_a_name_in_two_lines_only_the_first_is_bold() -> None:
    table = of_one_table(TableView(("a", "b"), (("Plan\nplaces", "1"),)))
    lines = table.rows[1].cells[0].paragraphs
    assert [(line.text, line.runs[0].bold) for line in lines] == [("Plan", True), ("places", False)]


def test_soft_hyphens_are_those_of_word_and_only_in_heads_that_need_them() -> None:
    """As a letter Word shows them in the middle of a line, and whoever copies a text gets them with it."""
    assert SOFT_HYPHEN.encode() not in parts(written())["word/document.xml"]
    needed = of_one_table(TableView(("a", *["Ungdoms\xad\xadmottagningar"] * 9), (("x", *"123456789"),)))
    roomy = of_one_table(TableView(("a", "Ungdoms\xad\xadmottagningar"), (("mot\xadtagning", "1"),)))
    assert len(list(needed._tbl.iter(qn("w:softHyphen")))) == 9
    assert not list(roomy._tbl.iter(qn("w:softHyphen")))
    assert [cell.text for cell in roomy.rows[1].cells] == ["mottagning", "1"]


def test_pictures_and_formulas_say_what_they_show(file: File) -> None:
    shown = report_by_hand.blocks_of(report_by_hand.document())
    expected = [block.alt for block in shown if isinstance(block, Picture | Formula)]
    assert [each.get("descr") for each in file.element.body.iter(qn("wp:docPr"))] == expected
    assert all(shape.width <= TEXT_WIDTH for shape in file.inline_shapes)


def test_pictures_are_as_wide_as_they_ask_and_stay_on_the_page() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 {}"><rect width="9" height="9"/></svg>'
    drawn = tuple(Picture(svg.format(height), "c", "a", width) for height, width in ((50, 0.6), (900, 1.0)))
    chapter = Chapter("a", "A", drawn)
    file = opened(docx_bytes(Document("sv", "T", "R", "D", chapter, (), "C", "F"), day=DAY))
    wide, tall = file.inline_shapes
    assert wide.width == pytest.approx(0.6 * TEXT_WIDTH, rel=0.01)
    assert wide.height == pytest.approx(wide.width / 2, rel=0.02)
    assert tall.height.mm == pytest.approx(205, rel=0.01)
    assert tall.width == pytest.approx(tall.height / 9, rel=0.02)


@pytest.mark.parametrize(("language", "spoken"), [("sv", "sv-SE"), ("en", "en-GB")])
def test_the_file_says_what_it_is_and_in_which_language(language: str, spoken: str) -> None:
    file = opened(written(language=language))
    about = file.core_properties
    assert about.title == report_by_hand.document().title
    assert about.language == spoken
    assert about.created is not None
    assert about.created.date() == DAY
    assert about.author == about.last_modified_by == about.comments == ""
    defaults = file.styles.element.find(qn("w:docDefaults"))
    assert [each.get(qn("w:val")) for each in defaults.iter(qn("w:lang"))] == [spoken]


def test_nothing_is_left_of_the_library_s_own_empty_file() -> None:
    found = parts(written())
    assert not [name for name in found if "thumbnail" in name or "customXml" in name or "Effects" in name]
    assert not [name for name, content in found.items() if b"python-docx" in content]


def test_each_page_has_a_footer_with_its_number(file: File) -> None:
    footer = file.sections[0].footer
    assert report_by_hand.document().footer in footer.paragraphs[0].text
    fields = [each.get(qn("w:instr")) for each in footer._element.iter(qn("w:fldSimple"))]
    assert fields == ["PAGE"]


def test_the_page_is_a4(file: File) -> None:
    section = file.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)  # type: ignore[union-attr]


def test_a_title_longer_than_word_takes_is_cut_in_what_the_file_says_of_itself() -> None:
    long = replace(report_by_hand.document(), title="x" * 300, chapters=())
    file = opened(docx_bytes(long, day=DAY))
    assert len(file.core_properties.title) == 255
    assert with_style(file, "Title") == ["x" * 300]


def test_the_same_report_gives_the_same_bytes_elsewhere_and_later(tmp_path: Path) -> None:
    """In a process with other hashes, at another time of day."""
    code = (
        "import sys, datetime; sys.path.insert(0, sys.argv[1]); import report_by_hand\n"
        "from siting.present.forms.word_file import docx_bytes\n"
        "content = docx_bytes(report_by_hand.document(), day=datetime.date(2026, 11, 28))\n"
        "open(sys.argv[2], 'wb').write(content)"
    )
    target = tmp_path / "report.docx"
    subprocess.run(
        [sys.executable, "-c", code, str(Path(__file__).parent), str(target)],
        check=True,
        env={**os.environ, "PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"},
    )
    assert target.read_bytes() == written()
    with zipfile.ZipFile(target) as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_another_day_gives_other_bytes() -> None:
    report = replace(report_by_hand.document(), chapters=())
    assert docx_bytes(report, day=DAY) != docx_bytes(report, day=DAY + datetime.timedelta(days=1))


# --- widths of columns ---


def test_columns_have_what_they_wish_where_there_is_room() -> None:
    widths = column_widths([["Kommun", "A"], ["Smedjebacken", "12"]], 480, 3.5, 9.5)
    assert widths[0] > widths[1] > 7
    assert sum(widths) < 240


def test_what_is_left_goes_to_the_column_with_most_text() -> None:
    long = "en mottagning i var och en av de övriga kommunerna " * 3
    lines = [["Alternativ", "Kostnad per år", "Restid i dag"], *[[long, "12", "13"]] * 5]
    widths = column_widths(lines, 300, 3.5, 9.5)
    assert sum(widths) == pytest.approx(300)
    assert widths[0] > 180


def test_many_long_words_make_small_type_and_never_a_table_too_wide() -> None:
    short = [["a"] * 5] * 2
    long = [["Ungdomsmottagningarna"] * 7] * 2
    assert type_size(short, 480, 3.5) == 9.0
    assert type_size([["a"] * 9] * 2, 480, 3.5) == 8.0
    assert type_size(long, 480, 3.5) == 6.0
    assert sum(column_widths(long, 480, 3.5, 6.0)) == pytest.approx(480)


def test_a_soft_hyphen_lets_type_be_larger() -> None:
    whole = [["Ungdomsmottagningar"] * 6] * 2
    divided = [["Ungdoms\xadmottag\xadningar"] * 6] * 2
    assert type_size(divided, 480, 3.5) > type_size(whole, 480, 3.5)


@pytest.mark.parametrize("n_columns", [2, 6, 10])
def test_no_word_and_no_number_is_broken_where_smaller_type_avoids_it(n_columns: int) -> None:
    """In Arial, whose widths those of what stands in for it are; bold, which is wider."""
    line = ["Malung-Sälen", *["9\xa0120\xa0000", "13–19", "tjänster"] * 3][:n_columns]
    size = type_size([line, line], 480, 2.2)
    widths = column_widths([line, line], 480, 2.2, size)
    wholes = ["Malung-", *line[1:]]
    assert all(text_points(text, size) <= width - 4.4 for text, width in zip(wholes, widths, strict=True))
    assert sum(widths) <= 480.01


def test_what_is_measured_is_what_arial_takes() -> None:
    assert text_points("Mora, 9", 1000) == pytest.approx(889 + 611 + 389 + 556 + 278 + 278 + 556)
    assert n_lines("ett två tre", text_points("ett två", 10), 10) == 2
    assert n_lines("ett två\ntre", 500, 10) == 2


# --- pages ---


def test_the_first_page_is_set_smaller_until_it_is_one_page() -> None:
    report = report_by_hand.document()
    longer = replace(
        report.first_page, blocks=(*report.first_page.blocks, Paragraph("många ord om lite " * 160))
    )
    scales = [scale_of(each) for each in (report, replace(report, first_page=longer))]
    assert scales[0] > scales[1] >= SCALES[-1]
    sizes = []
    for each in (report, replace(report, first_page=longer)):
        lead = next(
            paragraph
            for paragraph in opened(docx_bytes(each, day=DAY)).paragraphs
            if paragraph.style is not None and paragraph.style.name == "Lead"
        )
        sizes.append(lead.runs[0].font.size.pt if lead.runs[0].font.size else 11.5)
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[0] > sizes[1]


def test_the_list_of_chapters_begins_a_page(file: File) -> None:
    contents = report_by_hand.document().contents
    heading = next(each for each in file.paragraphs if each.text == contents)
    assert heading.paragraph_format.page_break_before


def kept_with_next(table: FileTable) -> list[bool]:
    return [bool(row.cells[0].paragraphs[0].paragraph_format.keep_with_next) for row in table.rows]


def test_no_row_is_alone_on_a_page() -> None:
    short, long = (
        of_one_table(TableView(("a", "b"), tuple((f"{n}", "1") for n in range(n_rows)), n_sum_rows=1))
        for n_rows in (4, 40)
    )
    assert kept_with_next(short) == [*[True] * 4, False]
    assert kept_with_next(long) == [*[True] * 3, *[False] * 35, True, True, False]


def test_what_stands_between_a_heading_and_its_table_is_on_their_page() -> None:
    table = Table(TableView(("a",), (("x",),)), "caption")
    chapter = Chapter("a", "A", (Heading("H"), Paragraph("leads"), table, Paragraph("follows")))
    file = opened(docx_bytes(Document("sv", "T", "R", "D", chapter, (), "C", "F"), day=DAY))
    kept = {each.text: bool(each.paragraph_format.keep_with_next) for each in file.paragraphs}
    assert (kept["leads"], kept["follows"]) == (True, False)


def test_pictures_side_by_side_have_room_and_begin_at_one_height() -> None:
    """Without a width of the table, or where two touch, some programs make the cells too narrow."""
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="9" height="9"/></svg>'
    captions = (
        "kort",
        "en text som är så lång att den tar flera rader i en tredjedels bredd",
        "kort",
        "kort",
    )
    chapter = Chapter("a", "A", tuple(Picture(svg, caption, "alt", 0.32) for caption in captions))
    file = opened(docx_bytes(Document("sv", "T", "R", "D", chapter, (), "C", "F"), day=DAY))
    assert len(file.tables) == 1
    table = file.tables[0]
    width = table._tbl.tblPr.find(qn("w:tblW"))
    cells = [cell.width or 0 for cell in table.rows[0].cells]
    assert width.get(qn("w:type")) == "dxa"
    assert int(width.get(qn("w:w"))) == pytest.approx(sum(cells) / 635, abs=3)
    after = [cell.paragraphs[0].paragraph_format.space_after for cell in table.rows[0].cells]
    assert after[1] is None
    assert after[0] == after[2]
    assert (after[0] or 0) > Pt(9)


def test_rows_of_pictures_do_not_touch() -> None:
    svg = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"><rect width="9" height="9"/></svg>'
    chapter = Chapter("a", "A", (Picture(svg, "c", "alt", 0.32),) * 6)
    file = opened(docx_bytes(Document("sv", "T", "R", "D", chapter, (), "C", "F"), day=DAY))
    kinds = [type(each) for each in file.iter_inner_content()]
    assert kinds[-3:] == [FileTable, FileParagraph, FileTable]
