"""The report on paper: tagged PDF, A4."""

from __future__ import annotations

import re
from dataclasses import asdict
from itertools import groupby, zip_longest
from typing import TYPE_CHECKING, Any, Final

from ..document import Bullets, Heading, Paragraph, Picture, Table
from ..tables import NO_BREAK
from ..words import Words
from .signs import SOFT_HYPHEN, without_soft_hyphens
from .tidied import tidied
from .typeset import as_text, report_pdf, with_fonts

if TYPE_CHECKING:
    import datetime
    from collections.abc import Iterable, Iterator, Sequence

    from ..document import Block, Chapter, Document
    from ..tables import TableView

LEVEL_OF_CHAPTERS: Final = 2
MOST_MEASURED: Final = 4  # the longest texts of a column by letters; one of them is the widest
LETTERS_WHOLE: Final = 20  # longer words are divided wherever they stand in a table
LETTERS_UNDIVIDED: Final = 12  # shorter words of heads stay whole if they can
LETTERS_DIVIDED: Final = 9  # longer ones are divided where room is scarce
LETTERS_OF_FIGURES: Final = 24  # what is longer is no figure, and may take several lines
LETTERS_THAT_LEAD: Final = 600  # longer paragraphs need not stand on the page of what follows
SMALLEST_PICTURE: Final = 0.2  # as a share of the width of the page
LINES_OF_HEADS: Final = 3  # heads of figures take about so many lines at most
_AT_HYPHENS: Final = re.compile(r"(?<=[^\W\d]-)(?=[^\W\d])")


def pdf_bytes(document: Document, *, day: datetime.date) -> bytes:
    """Give a report as PDF/UA-1; the same document and day give the same bytes.

    Raises
    ------
    OutputError
        If it could not be set.
    """
    return report_pdf(_content(tidied(document)), day=day)


def _content(document: Document) -> dict[str, Any]:
    words = Words("en" if document.language == "en" else "sv")
    numbered = enumerate(document.chapters, start=1)
    content = {
        "language": document.language,
        "title": document.title,
        "region": document.region,
        "date": document.date,
        "contents": document.contents,
        "footer": document.footer,
        "page_of": words("form.page_of"),
        "letters_whole": LETTERS_WHOLE,
        "first_page": _chapter(document.first_page, document.first_page.title),
        "chapters": [_chapter(each, f"{number}. {each.title}") for number, each in numbered],
    }
    cleaned: dict[str, Any] = _cleaned(content)
    return cleaned


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        return as_text(value)
    if isinstance(value, dict):
        return {key: _cleaned(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [_cleaned(each) for each in value]
    return value


def _chapter(chapter: Chapter, title: str) -> dict[str, Any]:
    blocks = list(_side_by_side(_blocks(chapter.blocks)))
    return {"title": title, "blocks": blocks}


def _side_by_side(blocks: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Put small pictures that follow one another in rows."""
    for per_row, those in groupby(blocks, key=_pictures_in_a_row):
        if per_row == 1:
            yield from those
            continue
        pictures = list(those)
        for start in range(0, len(pictures), per_row):
            row = pictures[start : start + per_row]
            yield {"kind": "pictures", "per_row": per_row, "pictures": row}


def _pictures_in_a_row(block: dict[str, Any]) -> int:
    return int(1.0 / block["width"]) if block["kind"] == Picture.kind else 1


def _blocks(blocks: Sequence[Block]) -> Iterator[dict[str, Any]]:
    level = LEVEL_OF_CHAPTERS
    for before, each, after in zip((None, *blocks), blocks, (*blocks[1:], None), strict=False):
        if isinstance(each, Heading):  # who hears the page read must not wonder which heading was left out
            level = min(each.level, level + 1)
            yield {"kind": each.kind, "text": each.text, "level": level}
        elif isinstance(each, Table):
            yield {"kind": each.kind, "caption": each.caption, **_table(each.view)}
        elif isinstance(each, Bullets):
            yield {"kind": each.kind, "items": list(zip_longest(each.names, each.texts, fillvalue=""))}
        elif isinstance(each, Picture):
            width = min(1.0, max(each.width, SMALLEST_PICTURE))
            yield {"kind": each.kind, **asdict(each), "svg": with_fonts(each.svg), "width": width}
        elif isinstance(each, Paragraph):  # what stands between a heading and a table stays with both
            leads = isinstance(before, Heading) and isinstance(after, (Table, Picture))
            yield {"kind": each.kind, **asdict(each), "leads": leads and len(each.text) <= LETTERS_THAT_LEAD}
        else:
            yield {"kind": each.kind, **asdict(each)}


def _table(view: TableView) -> dict[str, Any]:
    return {
        "columns": view.columns,
        "rows": view.rows,
        "n_text_columns": view.n_text_columns,
        "n_sum_rows": view.n_sum_rows,
        "needs": [_needs(view, column) for column in range(len(view.columns))],
    }


def _needs(view: TableView, column: int) -> dict[str, list[dict[str, Any]]]:
    """Give the texts that decide how wide a column must be, and how wide it would be.

    `whole`: if no word is divided; `divided`: if long ones are, but for names of rows; `head`: if its head
    takes no more than a few lines; `lines`: if no line is broken.
    """
    head, is_text = view.columns[column], column < view.n_text_columns
    breaks = is_text or view.may_wrap or any(len(row[column]) > LETTERS_OF_FIGURES for row in view.rows)
    n_plain = len(view.rows) - view.n_sum_rows
    needs: dict[str, list[dict[str, Any]]] = {"whole": [], "divided": [], "head": [], "lines": []}

    def add(key: str, texts: Iterable[str], *, is_bold: bool) -> None:
        longest = sorted(dict.fromkeys(texts), key=lambda text: (-len(text), text))[:MOST_MEASURED]
        needs[key] += [{"text": each, "bold": is_bold} for each in longest]

    def add_words(words: Sequence[str], *, is_bold: bool, may_be_divided: bool) -> None:
        whole = [part for each in words for part in _AT_HYPHENS.split(without_soft_hyphens(each))]
        add("whole", (_cut(each, LETTERS_WHOLE) for each in whole), is_bold=is_bold)
        parts = (part for each in words for part in each.split(SOFT_HYPHEN)) if may_be_divided else whole
        most = LETTERS_DIVIDED if may_be_divided else LETTERS_WHOLE
        add("divided", (_cut(each, most) for each in parts), is_bold=is_bold)

    for rows, is_bold in ((view.rows[:n_plain], False), (view.rows[n_plain:], True)):
        lines = [line for row in rows for line in row[column].split("\n")]
        add("lines", lines, is_bold=is_bold or column == 0)  # names of rows may be bold
        if breaks:
            words = [word for line in lines for word in line.split(" ")]
            add_words(words, is_bold=is_bold or column == 0, may_be_divided=column > 0)
        else:
            add("whole", lines, is_bold=is_bold)
            add("divided", lines, is_bold=is_bold)
    # A long word of a head that says where it may be divided asks for no more than its longest part.
    heads = [_parts(each) if len(each) > LETTERS_UNDIVIDED else [each] for each in head.split(" ")]
    add_words([part for parts in heads for part in parts], is_bold=True, may_be_divided=True)
    if is_text:
        add("lines", [without_soft_hyphens(head)], is_bold=True)
    else:
        plain = without_soft_hyphens(head)
        add("head", [plain[: -(-len(plain) // LINES_OF_HEADS)]], is_bold=True)
    return needs


def _parts(word: str) -> list[str]:
    *parts, last = word.split(SOFT_HYPHEN)
    return [*(f"{each}-" for each in parts), last]


def _cut(word: str, letters: int) -> str:
    """Cut a word that may be divided down to what must have room; what has a number stays whole."""
    return word if len(word) <= letters or NO_BREAK in word else word[:LETTERS_DIVIDED] + "-"
