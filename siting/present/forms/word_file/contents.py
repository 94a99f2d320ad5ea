"""Writes the contents of a document, block by block."""

from __future__ import annotations

import io
from itertools import zip_longest
from typing import TYPE_CHECKING, Final, assert_never

from docx.shared import Pt
from docx.text.paragraph import Paragraph as FileParagraph

from ...document import Bullets, Command, Formula, Heading, Paragraph, Picture, Table
from ..abreast import gathered
from ..signs import holdable
from ..tidied import tidied
from .bare import bare_file
from .first_page import STYLES, largest_in_tables, scale_of, shrink
from .pictures import part, write_abreast, write_formula, write_picture
from .runs import add_text, element, say
from .styles import COMMAND, CONTENTS
from .tables import write_table
from .widths import SIZES_POINTS
from .zipped import with_fixed_times

if TYPE_CHECKING:
    import datetime

    from docx.document import Document as File

    from ...document import Block, Chapter, Document

AIR_AFTER_TABLE: Final = Pt(7)
AIR_ABOVE_FIRST_PAGE: Final = Pt(12)
LETTERS_THAT_LEAD: Final = 600  # longer paragraphs need not stand on the page of what follows


def docx_bytes(document: Document, *, day: datetime.date) -> bytes:
    """Write the file; the same document and day give the same bytes."""
    document = tidied(document)
    file = bare_file(document.language, holdable(document.title), holdable(document.footer), day)
    say(file, document.region, "Subtitle")
    say(file, document.title, "Title")
    say(file, document.date, "Subtitle")
    heading = say(file, document.first_page.title, "Heading 1").paragraph_format
    heading.page_break_before, heading.space_before = False, AIR_ABOVE_FIRST_PAGE
    scale = scale_of(document)
    _write(file, document.first_page, largest_in_tables(scale))
    if scale < 1.0:
        shrink((each for each in file.iter_inner_content() if isinstance(each, FileParagraph)), scale)
    if document.chapters:
        _list_chapters(file, document)
    for number, chapter in enumerate(document.chapters, start=1):
        _mark(say(file, f"{number}. {chapter.title}", "Heading 1"), number)
        _write(file, chapter)
    buffer = io.BytesIO()
    file.save(buffer)
    return with_fixed_times(buffer.getvalue())


def _list_chapters(file: File, document: Document) -> None:
    """List the chapters on a page of their own, each a link to its heading.

    There are no page numbers: only Word knows them, and only once it is asked to work them out.
    """
    say(file, document.contents, "Heading 2").paragraph_format.page_break_before = True
    for number, chapter in enumerate(document.chapters, start=1):
        paragraph = say(file, f"{number}.\t", CONTENTS)
        title = add_text(paragraph, chapter.title)._r
        paragraph._p.append(element("hyperlink", title, anchor=_bookmark(number)))


def _bookmark(number: int) -> str:
    return f"chapter_{number}"


def _mark(heading: FileParagraph, number: int) -> None:
    """Make a heading a place that links lead to."""
    start = element("bookmarkStart", id=str(number), name=_bookmark(number))
    heading._p.insert_element_before(start, "w:r")
    heading._p.append(element("bookmarkEnd", id=str(number)))


def _write(file: File, chapter: Chapter, largest: float = SIZES_POINTS[0]) -> None:
    is_after_table = False
    before: Block | None = None
    rows = list(gathered(chapter.blocks))
    for row, after in zip_longest(rows, rows[1:]):
        block = row[0]
        if len(row) > 1:
            if isinstance(before, Picture):  # two tables that touch would become one
                part(file)
            write_abreast(file, [each for each in row if isinstance(each, Picture)])
            before, is_after_table = block, True
            continue
        first = _write_block(file, block, largest)
        if first is not None and after and _leads(before, block, after[0]):
            first.paragraph_format.keep_with_next = True
        before = block
        if (
            first is not None
            and is_after_table
            and isinstance(block, Paragraph | Bullets | Formula | Command)
        ):
            first.paragraph_format.space_before = AIR_AFTER_TABLE
        is_after_table = isinstance(block, Table)


def _leads(before: Block | None, block: Block, after: Block) -> bool:
    """Whether a paragraph stands between a heading and what it is about, and on the page of both."""
    return (
        isinstance(before, Heading)
        and isinstance(block, Paragraph)
        and isinstance(after, Table | Picture)
        and len(block.text) <= LETTERS_THAT_LEAD
    )


def _write_block(file: File, block: Block, largest: float) -> FileParagraph | None:
    """Write a block and give its first paragraph."""
    match block:
        case Paragraph():
            first = say(file, block.text, STYLES[block.look])
        case Heading():
            first = say(file, block.text, f"Heading {block.level - 1}")
        case Bullets():
            return _write_bullets(file, block)
        case Table():
            first = say(file, block.caption, "Caption")
            write_table(file, block, largest)
        case Picture():
            first = write_picture(file, block)
        case Formula():
            first = write_formula(file, block)
        case Command():
            first = say(file, block.text, COMMAND)
        case _:
            assert_never(block)
    return first


def _write_bullets(file: File, block: Bullets) -> FileParagraph | None:
    paragraphs = []
    for name, text in zip_longest(block.names, block.texts, fillvalue=""):
        paragraph = file.add_paragraph(style="List Bullet")
        if name:
            add_text(paragraph, f"{name} ").bold = True
        add_text(paragraph, text)
        paragraphs.append(paragraph)
    return paragraphs[0] if paragraphs else None
