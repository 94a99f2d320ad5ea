"""Writes text as Word wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from ..signs import SOFT_HYPHEN, holdable

if TYPE_CHECKING:
    from docx.document import Document as File
    from docx.text.paragraph import Paragraph
    from docx.text.run import Run


def say(file: File, text: str, style: str) -> Paragraph:
    """Write a paragraph."""
    paragraph = file.add_paragraph(style=style)
    add_text(paragraph, text)
    return paragraph


def add_text(paragraph: Paragraph, text: str) -> Run:
    """Write a text at the end of a paragraph, without signs that no file can hold."""
    run = paragraph.add_run()
    # As a letter, Word shows a soft hyphen even where no line ends.
    for index, part in enumerate(holdable(text).split(SOFT_HYPHEN)):
        if index:
            run._r.append(element("softHyphen"))
        run.add_text(part)
    return run


def element(name: str, /, *children: object, **values: str) -> Any:
    """Make an element of Word's, with its children and values."""
    made: Any = OxmlElement(f"w:{name}")
    for key, value in values.items():
        made.set(qn(f"w:{key}"), value)
    made.extend(children)
    return made
