"""Writes a document as a page: one file that needs no script and no network."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import count, zip_longest
from typing import TYPE_CHECKING, Final
from xml.etree import ElementTree

from markupsafe import Markup

from ..document import Bullets, Formula, Picture, Table
from ..report import templates
from ..words import Words
from .abreast import gathered
from .measures import text_points
from .signs import holdable
from .tidied import tidied

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from ..document import Block, Chapter, Document
    from ..tables import TableView

MOST_ROWS_UNFOLDED: Final = 15
LETTERS_OF_SHORT_NAME: Final = 36
SVG: Final = "{http://www.w3.org/2000/svg}"
XLINK: Final = "{http://www.w3.org/1999/xlink}"
NARROW_SCREEN_PIXELS: Final = 340.0  # of a telephone, within its margins
WIDEST_PICTURE_HELD: Final = 370.0  # in its own units
TABLE_TYPE_PIXELS: Final = 13.2  # on a narrow screen
LEAST_COLUMN_PIXELS: Final = 58.0
LEAST_OF_NAMES_PIXELS: Final = 125.0  # where figures may take several lines
CELL_PADDING_PIXELS: Final = 16.0
OTHER_FONTS: Final = 1.2  # may be as much wider than the one that is measured
FORMULA_TYPE_POINTS: Final = 11.0  # in which typeset.py sets formulas
_AT_SPACES: Final = re.compile(r"[ \n]")
_ID_USED: Final = re.compile(r"url\(\s*[\"']?#([^)\"']+)[\"']?\s*\)")


@dataclass(frozen=True)
class ShownBlock:
    """A block with what a page needs besides."""

    block: Block
    label: str = ""
    """Names a table or a picture for those who jump from one to the next; no other on the page has it."""
    drawing: str = ""
    """The element ``svg`` of a picture or a formula, as markup."""
    width: float = 0.0
    """Width of the drawing in its own units."""
    items: tuple[tuple[str, str], ...] = ()
    """Names and texts of a list; the names may be empty."""
    is_wide: bool = False
    """Whether it may be wider than a narrow screen, and is dragged sideways there."""
    has_long_names: bool = False
    """Whether the names of a table's rows need more room than its figures leave them."""

    @property
    def kind(self) -> str:
        """Kind of the block."""
        return self.block.kind


@dataclass(frozen=True)
class ShownChapter:
    """A chapter as the page has it."""

    key: str
    title: str
    rows: tuple[tuple[ShownBlock, ...], ...]
    """Pictures side by side, and all others alone."""


def html_page(document: Document) -> str:
    """Write the page."""
    document = tidied(document)
    first, *chapters = _shown((document.first_page, *document.chapters))
    page = (
        templates()
        .get_template("document.html.j2")
        .render(
            words=Words("sv" if document.language == "sv" else "en"),
            title=document.title,
            region=document.region,
            date=document.date,
            first=first,
            chapters=chapters,
            contents=document.contents,
            map_link=document.map_link,
            footer=document.footer,
            footer_in_css=Markup(_css_string(document.footer)),
            most_rows_unfolded=MOST_ROWS_UNFOLDED,
            formula_type_points=FORMULA_TYPE_POINTS,
        )
    )
    return holdable(page)


def _shown(chapters: tuple[Chapter, ...]) -> list[ShownChapter]:
    """Draw and name the blocks of all chapters."""
    captions = Counter(_caption(block) for chapter in chapters for block in chapter.blocks)
    taken = Counter(chapter.title for chapter in chapters)  # which name what they hold

    def label(caption: str, chapter: Chapter) -> str:
        """Say in which chapter a caption stands where several have it, and which it is in that."""
        name = caption if captions[caption] == 1 else f"{chapter.title}: {caption}"
        taken[name] += 1
        return name if taken[name] == 1 else f"{name} ({taken[name]})"

    return [ShownChapter(chapter.key, chapter.title, tuple(_rows(chapter, label))) for chapter in chapters]


def _rows(chapter: Chapter, label: Callable[[str, Chapter], str]) -> Iterator[tuple[ShownBlock, ...]]:
    prefixes = (f"{chapter.key}-{number}-" for number in count())
    for row in gathered(chapter.blocks):
        yield tuple(
            _shown_block(block, label(_caption(block), chapter) if _caption(block) else "", next(prefixes))
            for block in row
        )


def _shown_block(block: Block, label: str, prefix: str) -> ShownBlock:
    match block:
        case Picture():
            drawing, width = drawn(block.svg, block.alt, prefix)
            return ShownBlock(block, label, drawing, width, is_wide=width > WIDEST_PICTURE_HELD)
        case Formula():
            return ShownBlock(block, label, *drawn(_formula_svg(block.markup), block.alt, prefix))
        case Bullets():
            return ShownBlock(block, items=tuple(zip_longest(block.names, block.texts, fillvalue="")))
        case Table():
            longest = max((len(row[0]) for row in block.view.rows), default=0)
            has_long_names = longest > LETTERS_OF_SHORT_NAME
            is_wide = has_long_names or _least_pixels(block.view) > NARROW_SCREEN_PIXELS
            return ShownBlock(block, label, is_wide=is_wide, has_long_names=has_long_names)
        case _:
            return ShownBlock(block)


def _caption(block: Block) -> str:
    return block.caption if isinstance(block, Table | Picture) else ""


def _least_pixels(view: TableView) -> float:
    """How narrow a table can be on a narrow screen; rather too much than too little."""
    return sum(_least_of_column(view, index) for index in range(len(view.columns)))


def _least_of_column(view: TableView, index: int) -> float:
    may_break = view.may_wrap or index < view.n_text_columns
    cells = [row[index] for row in view.rows]
    words = [word for cell in cells for word in (_AT_SPACES.split(cell) if may_break else [cell])]
    words += view.columns[index].split(" ")
    longest = max(text_points(each, TABLE_TYPE_PIXELS) for each in words)
    least = LEAST_OF_NAMES_PIXELS if index == 0 and view.may_wrap else LEAST_COLUMN_PIXELS
    return max(longest * OTHER_FONTS, least) + CELL_PADDING_PIXELS


def _formula_svg(markup: str) -> str:
    from .typeset import formula_svg  # noqa: PLC0415  (Typst is loaded where there is a formula)

    return formula_svg(markup)


def drawn(svg: str, alt: str, prefix: str) -> tuple[Markup, float]:
    """Make a drawing part of a page, and give its width in its own units.

    Its ids get a prefix, for two drawings may have the same; its size is left to the page.

    Raises
    ------
    xml.etree.ElementTree.ParseError
        If it is not XML.
    """
    root = ElementTree.fromstring(holdable(svg))
    for element in root.iter():
        element.tag = element.tag.removeprefix(SVG)
        _rename(element, prefix)
    for size in ("width", "height", "aria-labelledby", "class"):
        root.attrib.pop(size, None)
    root.attrib.update({"role": "img", "aria-label": holdable(alt)})
    width = float(root.attrib["viewBox"].replace(",", " ").split()[2])
    return Markup(ElementTree.tostring(root, encoding="unicode")), width


def _rename(element: ElementTree.Element, prefix: str) -> None:
    attributes: dict[str, Any] = element.attrib
    if "id" in attributes:
        attributes["id"] = prefix + attributes["id"]
    target = attributes.pop(f"{XLINK}href", attributes.get("href", ""))
    if target:
        attributes["href"] = f"#{prefix}{target[1:]}" if target.startswith("#") else target
    for key, value in attributes.items():
        attributes[key] = _ID_USED.sub(rf"url(#{prefix}\1)", value)


def _css_string(text: str) -> str:
    r"""Write a text so that no style sheet can take it for anything else.

    Examples
    --------
    >>> _css_string('a"b')
    '"a\\22 b"'
    """
    plain = holdable(text).replace("\n", " ")
    safe = (letter if letter.isascii() and letter.isalnum() else f"\\{ord(letter):x} " for letter in plain)
    return f'"{"".join(safe)}"'
