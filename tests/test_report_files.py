"""`siting report` as a whole: the same figures in every form, the same bytes twice, bad input refused."""

from __future__ import annotations

import io
import json
import re
import shutil
import zipfile
from datetime import date
from pathlib import Path

import docx
import openpyxl
import pytest
from pypdf import PdfReader

import siting
from siting import study
from siting.cli import main
from siting.errors import InputError, OutputError, SitingError
from siting.present.files import write
from siting.present.report_files import FORMS, ReportOrder, report
from siting.present.reports.facts import Facts
from siting.present.reports.options_table import cells
from siting.present.words import Words
from siting.saved.results import open_results
from siting.study import Alternatives

DAY = date(2026, 11, 28)
NAMES = ["today", "base", "two-mains-satellites"]


@pytest.fixture(scope="module")
def alternatives() -> Alternatives:
    return study.compare(NAMES, base="today")


@pytest.fixture(scope="module")
def saved(alternatives: Alternatives, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return Path(write(alternatives, tmp_path_factory.mktemp("saved") / "comparison"))


@pytest.fixture(scope="module")
def made(saved: Path) -> Path:
    folder, names = report(saved, out=saved.parent / "report", order=ReportOrder(day=DAY))
    assert names == ("comparison.json", *(f"report.{form}" for form in FORMS))
    assert sorted(path.name for path in folder.iterdir()) == sorted(names)
    return folder


def plain(text: str) -> str:
    """Text without what a form may add: breaks, soft hyphens, kinds of spaces."""
    return re.sub(r"\s+", "", text.replace("\xad", "").replace("\u2060", "").replace("\u200b", ""))


def text_of_page(folder: Path) -> str:
    page = (folder / "report.html").read_text(encoding="utf-8")
    return re.sub(r"<[^>]+>", " ", page).replace("&amp;", "&")


def text_of_pdf(folder: Path) -> str:
    return "\n".join(page.extract_text() for page in PdfReader(folder / "report.pdf").pages)


def text_of_word_file(folder: Path) -> str:
    body = docx.Document(str(folder / "report.docx")).element.body
    return "".join(each.text or "" for each in body.iter() if each.tag.endswith("}t"))


def test_every_form_has_the_figures_of_the_first_page(made: Path, alternatives: Alternatives) -> None:
    told = cells(Facts(alternatives, (), Words("sv")))
    rows = ["".join(plain(cell.text) for cell in row) for row in told]
    for text in (text_of_page(made), text_of_pdf(made), text_of_word_file(made)):
        squeezed = plain(text)
        for row in rows:
            assert row in squeezed
    sheet = openpyxl.load_workbook(made / "report.xlsx")["Sammanfattning"]
    values = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    for row, known in zip(values, told, strict=True):
        for cell in known:
            if cell.figure.told is not None:
                value = cell.figure.told / (100 if cell.figure.kind == "share" else 1)
                assert value in [pytest.approx(each) for each in row if isinstance(each, int | float)], cell


def test_every_form_says_the_same_sentences(made: Path) -> None:
    page = (made / "report.html").read_text(encoding="utf-8")
    sentences = [re.sub(r"<[^>]+>", "", each) for each in re.findall(r"<li>(.*?)</li>", page, re.S)][:9]
    assert any("gånger så mycket" in each or "skiljer inte ut" in each for each in sentences)
    pdf, word = plain(text_of_pdf(made)), plain(text_of_word_file(made))
    for each in sentences:
        assert plain(each)[:60] in word
        assert plain(each).replace("-", "")[:60] in pdf.replace("-", "").replace("•", "")


def test_the_same_results_on_the_same_day_give_the_same_bytes(saved: Path, made: Path) -> None:
    again, names = report(saved, out=saved.parent / "again", order=ReportOrder(day=DAY))
    for name in names:
        assert (again / name).read_bytes() == (made / name).read_bytes(), name


def test_the_record_that_goes_with_the_report_is_the_one_it_was_made_from(saved: Path, made: Path) -> None:
    """The saved one has how long the search took; all else is counted again and the same."""
    assert json.loads((made / "comparison.json").read_text()) == json.loads(
        (saved / "comparison.json").read_text()
    )


def test_the_command_makes_the_forms_that_are_asked_for(saved: Path, tmp_path: Path) -> None:
    arguments = ["report", str(saved), "--form", "xlsx", "--language", "en", "--date", "2026-01-02"]
    assert main([*arguments, "--title", "=1+1", "--out", str(tmp_path / "out")]) == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["comparison.json", "report.xlsx"]
    content = (tmp_path / "out" / "report.xlsx").read_bytes()
    book = openpyxl.load_workbook(io.BytesIO(content))
    assert book.properties.created.date() == date(2026, 1, 2)
    assert "Summary" in book.sheetnames
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        assert not [name for name in parts.namelist() if b"<f>" in parts.read(name)]


def test_one_plan_makes_a_report_too(tmp_path: Path) -> None:
    outcome = siting.run("base")
    folder = write(outcome, tmp_path / "plan")
    out, _ = report(folder, out=tmp_path / "out", order=ReportOrder(day=DAY, forms=("html",)))
    assert "ett sätt" in text_of_page(out)


@pytest.mark.parametrize(
    ("arguments", "error", "sentence"),
    [
        (("--date", "28/11"), InputError, "--date 28/11: is no day; write it as 2026-11-28"),
        (("--base", "nobody"), InputError, "the base 'nobody' is not among the scenarios"),
        (("--out", "postgresql://a:secret@b/c"), OutputError, "a report is written as files"),
    ],
)
def test_bad_arguments_get_one_sentence(
    saved: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    arguments: tuple[str, str],
    error: type[SitingError],
    sentence: str,
) -> None:
    out = saved.parent / "refused"
    places = () if "--out" in arguments else ("--out", str(out))
    assert main(["report", str(saved), *arguments, *places]) == error.exit_code
    told = capsys.readouterr().err.strip().splitlines()[-1]
    assert sentence in told
    assert "secret" not in told
    assert not out.exists()


def test_an_analysis_alone_is_told_to_need_its_plan(tmp_path: Path) -> None:
    (tmp_path / "analysis.json").write_text('{"format": "siting-analysis"}')
    with pytest.raises(InputError, match="holds no plan; name a result of siting run or compare"):
        open_results(tmp_path)
    with pytest.raises(InputError, match="holds no plan"):
        open_results(tmp_path / "analysis.json")


def test_a_plan_named_twice_is_refused(saved: Path, tmp_path: Path) -> None:
    shutil.copytree(saved, tmp_path / "copy")
    with pytest.raises(InputError, match="two scenarios have the name"):
        open_results(saved, tmp_path / "copy")


def test_a_report_does_not_replace_the_record_of_a_result(saved: Path) -> None:
    before = {path.name: path.read_bytes() for path in saved.iterdir()}
    with pytest.raises(OutputError, match="holds a result"):
        report(saved, out=saved, order=ReportOrder(day=DAY))
    assert {path.name: path.read_bytes() for path in saved.iterdir()} == before


def test_forms_of_an_earlier_report_do_not_lie_beside_the_record_of_another(
    saved: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    report(saved, out=out, order=ReportOrder(day=DAY, forms=("html", "xlsx")))
    (out / "notes.txt").write_text("mine")
    report(saved, out=out, order=ReportOrder(day=DAY, forms=("html",)))
    assert sorted(path.name for path in out.iterdir()) == ["comparison.json", "notes.txt", "report.html"]


@pytest.mark.parametrize("wrong", [{"title": " \x07 "}, {"question": "\x00"}, {"day": date(1979, 12, 31)}])
def test_what_no_form_can_show_is_refused(wrong: dict) -> None:
    with pytest.raises(InputError):
        ReportOrder(**{"day": DAY, **wrong})
