"""Writes the report on saved plans in the forms that are asked for, with the record that it is traced to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, get_args

from ..errors import InputError, OutputError
from ..saved.results import open_results
from .analysis.record import analysis_record
from .files import all_or_nothing, write_json
from .forms.html import html_page
from .forms.pdf import pdf_bytes
from .forms.signs import holdable
from .forms.word_file import docx_bytes
from .forms.workbook import workbook_bytes
from .reports.commands import report_commands
from .reports.facts import Facts
from .reports.options_table import summary_figures
from .reports.report import report_document
from .reports.sheets import report_sheets
from .words import Words

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from ..cache import Cache
    from ..saved.results import Results
    from .document import Document
    from .words import Language

Form = Literal["html", "pdf", "xlsx", "docx"]
FORMS: Final[tuple[Form, ...]] = get_args(Form)
RECORD: Final = "comparison.json"
FIRST_YEAR: Final = 1980


@dataclass(frozen=True, kw_only=True)
class ReportOrder:
    """How a report is wanted."""

    day: date
    language: Language = "sv"
    forms: tuple[Form, ...] = FORMS
    title: str = ""
    """Left out: the language's own."""
    question: str = ""
    """Left out: said from the figures."""

    def __post_init__(self) -> None:
        for name in ("title", "question"):
            text = " ".join(holdable(getattr(self, name)).split())
            if getattr(self, name) and not text:
                message = f"--{name}: has no letter that can be shown; leave it out or write one"
                raise InputError(message)
            object.__setattr__(self, name, text)
        if self.day.year < FIRST_YEAR:
            message = f"--date {self.day}: is too early; office files know no day before {FIRST_YEAR}"
            raise InputError(message)

    @property
    def options(self) -> tuple[str, ...]:
        """As the command takes them."""
        named = {"--title": self.title, "--question": self.question, "--date": self.day.isoformat()}
        language = () if self.language == "sv" else ("--language", self.language)
        forms = () if self.forms == FORMS else tuple(part for form in self.forms for part in ("--form", form))
        return (*(part for name, text in named.items() if text for part in (name, text)), *forms, *language)


def report(
    *results: str | Path,
    out: str | Path,
    order: ReportOrder,
    base: str | None = None,
    dataset: str | Path | None = None,
    cache: Cache | None = None,
    on_progress: Callable[[str], None] = lambda _: None,
) -> tuple[Path, tuple[str, ...]]:
    """Write the report on saved results; return its folder and the names of its files.

    Results, base, dataset and cache are as `siting.saved.results.open_results` takes them.

    Raises
    ------
    InputError
        If a result cannot be read, several cannot stand side by side, or an analysis is of none of the plans.
    DatasetError
        If the dataset is not found, or is not the one that a result was made with.
    VerificationError
        If a plan, counted again, has other figures than were written.
    OutputError
        If the folder cannot be written to; then nothing in it has changed.
    """
    _check_folder(Path(out))
    opened = open_results(*results, base=base, dataset=dataset, cache=cache, on_progress=on_progress)
    return write_report(opened, out, order, on_progress=on_progress)


def _check_folder(folder: Path) -> None:
    """See that a report would not stand among the files of a result, whose record it would replace."""
    for name in ("plan.json", "comparison.gpkg"):
        if (folder / name).is_file():
            message = f"--out {folder}: holds a result ({name}); a report must not replace it: choose another"
            raise OutputError(message)


def write_report(
    results: Results,
    folder: str | Path,
    order: ReportOrder,
    *,
    on_progress: Callable[[str], None] = lambda _: None,
) -> tuple[Path, tuple[str, ...]]:
    """Write the report; return the folder and the names of its files.

    Raises
    ------
    OutputError
        If the folder cannot be written to; then nothing in it has changed.
    """
    writer = _Writer(results, order)
    with all_or_nothing(Path(folder), replaced=_earlier(Path(folder))) as draft:
        for name, record in {RECORD: writer.record, **writer.analyses}.items():
            write_json(draft / name, record)
        for form in order.forms:
            on_progress(f"writing report.{form}")
            (draft / f"report.{form}").write_bytes(_WRITE[form](writer))
    return Path(folder), (*writer.analyses, RECORD, *(f"report.{form}" for form in order.forms))


def _earlier(folder: Path) -> tuple[str, ...]:
    """Name the files of an earlier report, which would lie beside a record of something else."""
    if not (folder / RECORD).is_file():
        return ()
    return (
        *(f"report.{form}" for form in FORMS),
        *sorted(path.name for path in folder.glob("analysis-*.json")),
    )


@dataclass(frozen=True, eq=False)
class _Writer:
    """The contents of a report, worked out once for all forms."""

    results: Results
    order: ReportOrder

    @cached_property
    def words(self) -> Words:
        return Words(self.order.language)

    @cached_property
    def facts(self) -> Facts:
        return Facts(self.results.alternatives, self.results.analyses, self.words)

    @cached_property
    def record(self) -> dict[str, Any]:
        return self.facts.record

    @cached_property
    def commands(self) -> tuple[str, ...]:
        return report_commands(self.facts, options=self.order.options)

    @cached_property
    def analyses(self) -> dict[str, dict[str, Any]]:
        """Records of the analyses by the names of their files."""
        return {
            f"analysis-{self.facts.letter(each.outcome).lower()}.json": analysis_record(each)
            for each in self.results.analyses
        }

    @cached_property
    def document(self) -> Document:
        order = self.order
        return report_document(
            self.facts,
            day=order.day,
            commands=self.commands,
            title=order.title,
            question=order.question,
        )

    def html(self) -> bytes:
        return html_page(self.document).encode()

    def pdf(self) -> bytes:
        return pdf_bytes(self.document, day=self.order.day)

    def docx(self) -> bytes:
        return docx_bytes(self.document, day=self.order.day)

    def xlsx(self) -> bytes:
        title = self.order.title or self.words("reporting.title")
        sheets = report_sheets(
            self.record,
            list(self.analyses.values()),
            self.results.alternatives,
            self.words,
            figures=summary_figures(self.facts),
            title=title,
            day=self.order.day,
            command="\n".join(self.commands),
        )
        return workbook_bytes(sheets, day=self.order.day, words=self.words, title=title)


_WRITE: Final[dict[Form, Callable[[_Writer], bytes]]] = {
    "html": _Writer.html,
    "pdf": _Writer.pdf,
    "xlsx": _Writer.xlsx,
    "docx": _Writer.docx,
}
