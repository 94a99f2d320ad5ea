"""Sets type: a report as PDF, a formula or a drawing as a picture; the only module that knows Typst.

Words are handed over as data, never as markup. Only fonts that come with Typst and Matplotlib are used, so
that every machine gives the same file.
"""

from __future__ import annotations

import datetime
import json
import re
from functools import lru_cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typst

from ...errors import OutputError
from .signs import holdable

if TYPE_CHECKING:
    from collections.abc import Mapping

POINTS_PER_INCH: Final = 72.0
FONTS_OF_DRAWINGS: Final = "DejaVu Sans, Last Resort High-Efficiency"
_BYTE_ORDER_MARK: Final = "\ufeff"  # nothing to see, and not allowed in PDF/UA
_FORMULA: Final = """\
#set page(width: auto, height: auto, margin: 1pt, fill: none)
#set text(size: 11pt, fill: rgb("#1b2430"))
#math.equation(block: true, eval(sys.inputs.markup, mode: "math"))
"""
_DRAWING: Final = """\
#let width = int(sys.inputs.width) * 1pt
#set page(width: width, height: auto, margin: 0pt, fill: white)
#image(bytes(sys.inputs.svg), format: "svg", width: width)
"""


def report_pdf(content: Mapping[str, Any], *, day: datetime.date) -> bytes:
    """Set a report: tagged PDF/UA-1; the same content and day give the same bytes.

    `content` is what the template asks for; :mod:`siting.present.forms.pdf` makes it.
    """
    noon = datetime.datetime(day.year, day.month, day.day, 12, tzinfo=datetime.UTC)
    return _compiled(_template(), _inputs(content), format="pdf", pdf_standards="ua-1", timestamp=noon)


def _template() -> str:
    return files("siting.present").joinpath("templates/report.typ").read_text(encoding="utf-8")


def _inputs(content: Mapping[str, Any]) -> dict[str, str]:
    return {"document": json.dumps(content)}


def formula_svg(markup: str) -> str:
    """Give a formula in Typst's mathematics as one element ``svg``, without background.

    Its unit is the point, its type 11 points; the names of its signs are those of other formulas' same signs.
    """
    svg = _compiled(_FORMULA, {"markup": markup}, format="svg").decode("utf-8")
    return svg[svg.index("<svg") :].strip()


def png_of(svg: str, *, width_pixels: int) -> bytes:
    """Give a drawing as PNG on white, so many pixels wide."""
    inputs = {"svg": with_fonts(svg), "width": str(width_pixels)}
    return _compiled(_DRAWING, inputs, format="png", ppi=POINTS_PER_INCH)


def as_text(string: str) -> str:
    r"""Leave out what cannot be set.

    Examples
    --------
    >>> as_text("Falu\x07n\r\nMora")
    'Falun\nMora'
    """
    lines = string.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")
    return holdable(lines).replace(_BYTE_ORDER_MARK, "")


def with_fonts(svg: str) -> str:
    """Name fonts for a drawing that leaves them to the page.

    Examples
    --------
    >>> with_fonts('<svg viewBox="0 0 1 1"/>')
    '<svg font-family="DejaVu Sans, Last Resort High-Efficiency" viewBox="0 0 1 1"/>'
    """
    return re.sub(r"<svg\b", f'<svg font-family="{FONTS_OF_DRAWINGS}"', as_text(svg), count=1)


def _folder() -> Path:
    """Find the fonts that Matplotlib brings; it need not be imported for that."""
    found = find_spec("matplotlib")
    if found is None or found.origin is None:
        message = "the fonts of the report come with matplotlib, which is not installed"
        raise OutputError(message)
    return Path(found.origin).parent / "mpl-data" / "fonts" / "ttf"


@lru_cache(maxsize=1)
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, font_paths=[_folder()])


def _given(inputs: dict[str, str]) -> dict[str, Any]:
    """Say what Typst may see: the inputs, and one folder of fonts; no other file can be read."""
    return {
        "root": _folder(),
        "sys_inputs": inputs,
        "font_paths": _fonts(),
        "ignore_system_fonts": True,
    }


def _compiled(source: str, inputs: dict[str, str], **options: Any) -> bytes:
    try:
        made: Any = typst.compile(  # its types do not say what a dictionary of options gives
            source.encode("utf-8"), **_given(inputs), **options
        )
    except typst.TypstError as error:
        message = f"the type could not be set ({options['format']}): {error.message}"
        raise OutputError(message) from error
    return bytes(made)
