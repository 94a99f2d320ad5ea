"""The file without contents: its page, its settings, what it says of itself."""

from __future__ import annotations

import datetime
from typing import TYPE_CHECKING, Any, Final

import docx
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml.ns import qn
from docx.shared import Length, Mm

from ...words import Words
from .runs import add_text, element
from .styles import set_styles

if TYPE_CHECKING:
    from docx.document import Document as File
    from docx.opc.rel import Relationships

PAGE_WIDTH: Final = Mm(210)
PAGE_HEIGHT: Final = Mm(297)
MARGIN: Final = Mm(18)
TOP_MARGIN: Final = Mm(16)
BOTTOM_MARGIN: Final = Mm(18)
TEXT_WIDTH: Final = Length(PAGE_WIDTH - 2 * MARGIN)
LONGEST_PROPERTY: Final = 255  # letters of a property of the file
LANGUAGES: Final = {"sv": "sv-SE", "en": "en-GB"}
DECIMAL_SIGNS: Final = {"sv": ",", "en": "."}
NOT_WANTED: Final = ("/thumbnail", "/stylesWithEffects", "/customXml", "/extended-properties")
"""Parts of python-docx's own empty file that say nothing, or nothing true."""


def bare_file(language: str, title: str, footer: str, day: datetime.date) -> File:
    """Make the file: A4, in a language, with a footer that counts the pages."""
    file = docx.Document()
    for relations in (file.part.rels, file.part.package.rels):
        _drop(relations)
    _set_page(file)
    set_styles(file, LANGUAGES[language])
    _set_settings(file, language)
    _set_properties(file, LANGUAGES[language], title, day)
    _set_footer(file, footer, Words("sv" if language == "sv" else "en"))
    return file


def _drop(relations: Relationships) -> None:
    for key in [key for key, relation in relations.items() if relation.reltype.endswith(NOT_WANTED)]:
        del relations[key]


def _set_page(file: File) -> None:
    section = file.sections[0]
    section.page_width, section.page_height = PAGE_WIDTH, PAGE_HEIGHT
    section.left_margin = section.right_margin = MARGIN
    section.top_margin, section.bottom_margin = TOP_MARGIN, BOTTOM_MARGIN
    section.header_distance = section.footer_distance = Mm(9)


def _set_properties(file: File, language: str, title: str, day: datetime.date) -> None:
    about = file.core_properties
    about.title = title[:LONGEST_PROPERTY]
    about.author = about.comments = about.last_modified_by = ""
    about.language = language
    about.created = about.modified = datetime.datetime(day.year, day.month, day.day, 12)
    about.revision = 1


def _set_settings(file: File, language: str) -> None:
    """Set signs and language, and have it opened as a file of today rather than of 2010."""
    settings: Any = file.settings.element
    for name in ("proofState", "savePreviewPicture", "rsids"):
        settings.remove(settings.find(qn(f"w:{name}")))
    zoom = settings.find(qn("w:zoom"))
    zoom.attrib.clear()
    zoom.set(qn("w:percent"), "100")
    compatible = settings.find(qn("w:compat"))
    compatible.remove(compatible.find(qn("w:useFELayout")))
    compatible[0].set(qn("w:val"), "15")
    fonts = settings.find(qn("w:themeFontLang"))
    fonts.attrib.clear()
    fonts.set(qn("w:val"), LANGUAGES[language])
    settings.find(qn("w:decimalSymbol")).set(qn("w:val"), DECIMAL_SIGNS[language])
    settings.find(qn("w:listSeparator")).set(qn("w:val"), ";" if language == "sv" else ",")


def _set_footer(file: File, footer: str, words: Words) -> None:
    paragraph = file.sections[0].footer.paragraphs[0]
    paragraph.style = "Footer"
    paragraph.paragraph_format.tab_stops.add_tab_stop(TEXT_WIDTH, WD_TAB_ALIGNMENT.RIGHT)
    add_text(paragraph, f"{footer}\t{words('form.page')} ")
    paragraph._p.append(element("fldSimple", add_text(paragraph, "1")._r, instr="PAGE"))
