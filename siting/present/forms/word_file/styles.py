"""How the file looks: its styles, which those who write on it use on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from docx.enum.style import WD_STYLE_TYPE
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from .runs import element

if TYPE_CHECKING:
    from docx.document import Document as File
    from docx.styles.style import ParagraphStyle

FONT: Final = "Arial"  # where it is missing, others with its widths stand in for it
MONOSPACED_FONT: Final = "Consolas"
INK: Final = RGBColor(0x1B, 0x24, 0x30)
QUIET_INK: Final = RGBColor(0x52, 0x60, 0x6D)
DARK: Final = RGBColor(0x00, 0x42, 0x4F)
LEAD: Final = "Lead"
QUIET: Final = "Quiet"
COMMAND: Final = "Command"
CONTENTS: Final = "toc 1"
FORMULA: Final = "Formula"
PICTURE: Final = "Picture"
TABLE: Final = "Ruled Table"
TABLE_HEAD: Final = "Table Head"
TABLE_TEXT: Final = "Table Text"
NORMAL_LEADING: Final = 1.12
CELL_MARGIN: Final = Pt(3.5)
CELL_PADDING: Final = Pt(1.25)  # above and below what a cell says


@dataclass(frozen=True)
class Look:
    """How a style of paragraphs looks; sizes and spaces in points, `line` in lines."""

    name: str
    points: float
    colour: RGBColor = INK
    is_bold: bool = False
    before: float = 0.0
    after: float = 6.0
    line: float | None = None
    """None = as Normal has it."""
    font: str = FONT


LOOKS: Final = (
    Look("Normal", 10, line=NORMAL_LEADING),
    Look("Title", 22, is_bold=True, after=2, line=1.0),
    Look("Subtitle", 10.5, QUIET_INK, after=2),
    Look("Heading 1", 16, DARK, is_bold=True, before=10, line=1.0),
    Look("Heading 2", 12.5, is_bold=True, before=14, after=4, line=1.0),
    Look("Heading 3", 10.5, QUIET_INK, is_bold=True, before=10, after=3, line=1.0),
    Look("List Bullet", 10, after=4),
    Look("Caption", 8.5, QUIET_INK, before=10, after=3, line=1.0),
    Look("Footer", 8, QUIET_INK, after=0),
    Look(LEAD, 11.5),
    Look(QUIET, 8.5, QUIET_INK, after=5),
    Look(CONTENTS, 10, after=4),
    Look(FORMULA, 10, before=4, after=8, line=1.0),
    Look(PICTURE, 10, after=8, line=1.0),
    Look(TABLE_TEXT, 9, after=0, line=1.0),
    Look(TABLE_HEAD, 9, is_bold=True, after=0, line=1.0),
    Look(COMMAND, 9, before=4, after=8, line=1.1, font=MONOSPACED_FONT),
)

_TABLE_STYLE: Final = f"""\
<w:style {nsdecls("w")} w:type="table" w:customStyle="1" w:styleId="RuledTable">
  <w:name w:val="{TABLE}"/><w:basedOn w:val="TableNormal"/><w:uiPriority w:val="59"/><w:qFormat/>
  <w:tblPr>
    <w:tblBorders>
      <w:bottom w:val="single" w:sz="4" w:space="0" w:color="C3CCD4"/>
      <w:insideH w:val="single" w:sz="4" w:space="0" w:color="D3DAE1"/>
    </w:tblBorders>
    <w:tblCellMar>
      <w:top w:w="25" w:type="dxa"/><w:left w:w="70" w:type="dxa"/>
      <w:bottom w:w="25" w:type="dxa"/><w:right w:w="70" w:type="dxa"/>
    </w:tblCellMar>
  </w:tblPr>
  <w:tblStylePr w:type="firstRow"><w:rPr><w:b/><w:bCs/></w:rPr><w:tcPr>
    <w:tcBorders><w:bottom w:val="single" w:sz="12" w:space="0" w:color="1B2430"/></w:tcBorders>
    <w:vAlign w:val="bottom"/>
  </w:tcPr></w:tblStylePr>
  <w:tblStylePr w:type="firstCol"><w:rPr><w:b/><w:bCs/></w:rPr></w:tblStylePr>
</w:style>"""


def set_styles(file: File, language: str) -> None:
    """Say how all looks, and in which language it is written ("sv-SE")."""
    styles: Any = file.styles.element
    for style in styles.findall(qn("w:style")):
        if style.get(qn("w:type")) == "table" and style.get(qn("w:styleId")) != "TableNormal":
            styles.remove(style)
    styles.append(parse_xml(_TABLE_STYLE))
    spoken = styles.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}/{qn('w:lang')}")
    spoken.attrib.clear()
    spoken.set(qn("w:val"), language)
    for look in LOOKS:
        _set(_paragraph_style(file, look.name), look)
    _paragraph_style(file, "Heading 1").paragraph_format.page_break_before = True
    _paragraph_style(file, "Caption").paragraph_format.keep_with_next = True
    _paragraph_style(file, FORMULA).paragraph_format.left_indent = Mm(6)
    contents = _paragraph_style(file, CONTENTS).paragraph_format
    contents.left_indent, contents.first_line_indent = Mm(8), Mm(-8)
    _paragraph_style(file, "Footer").paragraph_format.tab_stops.clear_all()
    _remove(_paragraph_style(file, "Title"), "pBdr")  # a blue rule
    _remove(_paragraph_style(file, "Subtitle"), "numPr")  # a rank that no list has
    _shade(_paragraph_style(file, COMMAND))


def _paragraph_style(file: File, name: str) -> ParagraphStyle:
    if name not in file.styles:
        file.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH, builtin=name == CONTENTS)
    style: Any = file.styles[name]
    found: ParagraphStyle = style
    return found


def _set(style: ParagraphStyle, look: Look) -> None:
    """Set a style; the letters that python-docx's own empty file has for it go, with their theme."""
    element: Any = style.element
    if element.rPr is not None:
        element.remove(element.rPr)
    style.hidden = False
    style.quick_style = True
    style.font.name = look.font
    for script in ("cs", "eastAsia"):
        element.rPr.rFonts.set(qn(f"w:{script}"), look.font)
    style.font.size = Pt(look.points)
    style.font.bold = look.is_bold
    style.font.color.rgb = look.colour
    shape = style.paragraph_format
    shape.space_before, shape.space_after = Pt(look.before), Pt(look.after)
    if look.line is not None:
        shape.line_spacing = look.line


def _remove(style: ParagraphStyle, name: str) -> None:
    properties: Any = style.element.pPr
    properties.remove(properties.find(qn(f"w:{name}")))


def _shade(style: ParagraphStyle) -> None:
    """Set commands off from the text, and keep the spelling checker from them."""
    properties: Any = style.element
    shade = element("shd", val="clear", color="auto", fill="EEF1F4")
    properties.pPr.insert_element_before(shade, "w:tabs", "w:spacing", "w:ind", "w:jc", "w:outlineLvl")
    style.font.no_proof = True
