"""The page of a report: nothing is left out, nothing is markup that was text, everybody can read it."""

from __future__ import annotations

import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
import report_by_hand
from browser import assert_no_finding, calls_recorded, record_calls, settle
from playwright.sync_api import Page
from pypdf import PdfReader

from siting.present.document import Chapter, Document, Formula, Paragraph, Picture, Table
from siting.present.forms.abreast import gathered
from siting.present.forms.html import html_page
from siting.present.forms.signs import holdable
from siting.present.tables import TableView

WIDTHS = (390, 768, 1280)


class Parsed(HTMLParser):
    """What a page says, and which elements say it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.said: list[str] = []
        self._is_hidden = False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._is_hidden = tag in {"style", "title"} or (self._is_hidden and tag != "body")

    def handle_data(self, data: str) -> None:
        if not self._is_hidden:
            self.said.append(data)

    @property
    def text(self) -> str:
        return in_one_line("".join(self.said))

    def values(self, attribute: str) -> list[str]:
        return [attributes[attribute] or "" for _, attributes in self.elements if attribute in attributes]


def in_one_line(text: str) -> str:
    return " ".join(text.split())


def assert_says(text: str, report: Document) -> None:
    position = 0
    for expected in map(in_one_line, map(holdable, report_by_hand.texts_of(report))):
        assert expected in text[position:], f"missing, or before what it follows: {expected}"
        position = text.index(expected, position) + len(expected)


def one_chapter(*blocks: Picture | Paragraph | Table) -> Document:
    return Document(
        "sv", "T", "R", "D", Chapter("first", "F", ()), (Chapter("a", "A", blocks),), "C", "footer"
    )


@pytest.fixture(scope="module")
def page() -> str:
    return html_page(report_by_hand.document())


@pytest.mark.parametrize("named", [report_by_hand.same, report_by_hand.hostile])
def test_every_text_is_on_the_page_in_order(named: report_by_hand.Namer) -> None:
    report = report_by_hand.document(named)
    assert_says(Parsed(html_page(report)).text, report)


def test_names_that_are_payloads_add_no_element() -> None:
    hostile, harmless = (
        Counter(tag for tag, _ in Parsed(html_page(report_by_hand.document(named))).elements)
        for named in (report_by_hand.hostile, report_by_hand.harmless)
    )
    assert hostile == harmless


def test_signs_that_no_file_holds_are_left_out() -> None:
    assert not re.search("[\x00\x07\x1b\ufffe]", html_page(report_by_hand.document(report_by_hand.hostile)))


def test_the_page_refers_to_nothing_outside_itself(page: str) -> None:
    parsed = Parsed(page)
    assert "default-src 'none'" in page
    assert "http:" not in page
    assert "https:" not in page
    assert not {"script", "link", "iframe", "img", "object"} & {tag for tag, _ in parsed.elements}
    assert all(target.startswith("#") for target in parsed.values("href"))


def test_every_id_is_there_once_and_every_reference_has_one(page: str) -> None:
    parsed = Parsed(page)
    ids = parsed.values("id")
    assert max(Counter(ids).values()) == 1
    used = re.findall(r"url\(#([^)]*)\)", page)
    referred = [target[1:] for target in parsed.values("href")] + used + parsed.values("aria-labelledby")
    assert used
    assert set(referred) <= set(ids)


def test_chapters_are_numbered_and_listed(page: str) -> None:
    links = re.findall(r'<li><span>(\d+)\.</span> <a href="#([^"]+)">([^<]+)</a>', page)
    assert [(number, key) for number, key, _ in links] == [
        ("1", "alternativ-a"),
        ("2", "alternativ-b"),
        ("3", "metod"),
    ]
    for number, key, title in links:
        assert f'<h2 id="{key}">{number}. {title}</h2>' in page


def test_pictures_and_formulas_say_what_they_show(page: str) -> None:
    drawn = [attributes for tag, attributes in Parsed(page).elements if tag == "svg"]
    expected = [
        block.alt
        for block in report_by_hand.blocks_of(report_by_hand.document())
        if isinstance(block, Picture | Formula)
    ]
    assert [each["aria-label"] for each in drawn] == expected
    assert {each["role"] for each in drawn} == {"img"}


def test_no_two_tables_or_pictures_have_one_name(page: str) -> None:
    regions = [
        str(attributes["aria-label"])
        for _, attributes in Parsed(page).elements
        if attributes.get("role") == "region"
    ]
    assert max(Counter(regions).values()) == 1
    assert "Alternativ B: dagens nät: Mottagningarna på kartan." in regions


def test_tables_of_one_caption_in_one_chapter_are_counted() -> None:
    table = Table(TableView(("a", "b"), (("x", "1"),)), "Same")
    page = html_page(one_chapter(table, table))
    assert set(Parsed(page).values("aria-label")) == {"A: Same", "A: Same (2)"}
    assert page.count('<caption><div class="caption">Same</div></caption>') == 2


def test_long_tables_can_be_folded_away_but_are_open(page: str) -> None:
    folded = [attributes for tag, attributes in Parsed(page).elements if tag == "details"]
    long = [
        block
        for block in report_by_hand.blocks_of(report_by_hand.document())
        if isinstance(block, Table) and len(block.view.rows) > 15
    ]
    assert len(folded) == len(long) == 2
    assert all("open" in each for each in folded)


def test_a_row_without_a_name_has_no_empty_head() -> None:
    page = html_page(one_chapter(Table(TableView(("a", "b"), (("", "1"),)), "Same")))
    assert '<th scope="row"' not in page


def test_narrow_pictures_stand_side_by_side_as_far_as_they_fit(page: str) -> None:
    small = [Picture("", "", "", width) for width in (0.32, 0.32, 0.32, 0.32, 0.6, 0.5, 0.5)]
    text = Paragraph("x")
    rows = list(gathered([text, *small, text, small[0], text]))
    assert [len(row) for row in rows] == [1, 3, 1, 1, 2, 1, 1, 1]
    assert page.count('<div class="abreast">') == 1


def test_a_drawing_that_is_no_xml_is_an_error() -> None:
    with pytest.raises(SyntaxError):
        html_page(one_chapter(Picture('<svg viewBox="0 0 1 1"><text>A & B</text></svg>', "c", "alt")))


def test_the_first_link_leads_past_the_head_to_the_contents(page: str) -> None:
    elements = Parsed(page).elements
    first = next(attributes for tag, attributes in elements if tag == "a")
    assert first == {"class": "skip", "href": "#contents"}
    assert ("main", {"id": "contents", "tabindex": "-1"}) in elements
    assert 'href="#contents">Till innehållet</a>' in page


def test_soft_hyphens_stand_in_heads_only_and_never_two_in_a_row() -> None:
    view = TableView(("mot\xad\xadtagning", "b"), (("mot\xadtagning *", "1"),))
    page = html_page(one_chapter(Paragraph("mot\xadtagning"), Table(view, "mot\xadtagning")))
    assert page.count("\xad") == 1
    assert '<th scope="col">mot\xadtagning</th>' in page
    assert "mottagning\xa0*" in page


def test_what_no_screen_is_too_narrow_for_is_no_region() -> None:
    wide = TableView(tuple(f"Medelrestid {n}" for n in range(9)), (tuple("123456789"),))
    regions = [
        len([each for _, each in Parsed(html_page(one_chapter(Table(view, "c")))).elements if "role" in each])
        for view in (TableView(("a", "b"), (("x", "1"),)), wide)
    ]
    assert regions == [0, 1]


# --- in a browser ---


@pytest.mark.browser
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("language", ["sv", "en"])
def test_the_page_has_no_finding_and_needs_nothing_else(
    chromium_page: Page, tmp_path: Path, *, language: str, width: int
) -> None:
    path = tmp_path / "report.html"
    path.write_text(html_page(report_by_hand.document(language=language)), encoding="utf-8")
    chromium_page.set_viewport_size({"width": width, "height": 800})
    chromium_page.goto(path.as_uri())
    assert_no_finding(chromium_page)
    assert chromium_page.problems == []  # type: ignore[attr-defined]
    assert chromium_page.evaluate("document.documentElement.scrollWidth") <= width
    assert chromium_page.locator("html").get_attribute("lang") == language
    scrolling = chromium_page.evaluate(
        "[...document.querySelectorAll('.scroll')].map(each => "
        "[each.scrollWidth > each.clientWidth + 1, each.hasAttribute('tabindex')])"
    )
    assert [True, False] not in scrolling  # what is dragged sideways takes the keyboard
    shown = chromium_page.locator("caption .cue").first.is_visible()
    assert shown == (width == 390)


@pytest.mark.browser
def test_the_link_to_the_contents_is_seen_when_it_has_the_keyboard(
    chromium_page: Page, tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    path.write_text(html_page(report_by_hand.document()), encoding="utf-8")
    chromium_page.goto(path.as_uri())
    link = chromium_page.locator(".skip")
    above = link.bounding_box()
    assert above is not None
    assert above["y"] + above["height"] <= 0
    chromium_page.keyboard.press("Tab")
    seen = link.bounding_box()
    assert seen is not None
    assert seen["y"] >= 0


@pytest.mark.browser
def test_names_that_are_payloads_do_nothing(chromium_page: Page, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text(html_page(report_by_hand.document(report_by_hand.hostile)), encoding="utf-8")
    record_calls(chromium_page)
    chromium_page.set_viewport_size({"width": 390, "height": 800})
    chromium_page.goto(path.as_uri())
    settle(chromium_page)
    assert calls_recorded(chromium_page) == []
    assert chromium_page.problems == []  # type: ignore[attr-defined]
    assert chromium_page.evaluate("document.documentElement.scrollWidth") <= 390
    assert_no_finding(chromium_page)


@pytest.mark.browser
def test_on_paper_chapters_begin_a_page_and_each_page_has_its_number(
    chromium_page: Page, tmp_path: Path
) -> None:
    report = report_by_hand.document()
    path = tmp_path / "report.html"
    path.write_text(html_page(report), encoding="utf-8")
    chromium_page.goto(path.as_uri())
    chromium_page.pdf(path=tmp_path / "report.pdf", prefer_css_page_size=True)
    pages = [in_one_line(each.extract_text()) for each in PdfReader(tmp_path / "report.pdf").pages]
    assert report.first_page.title in pages[0]
    last = report.first_page.blocks[-1]
    assert isinstance(last, Paragraph)
    assert last.text in pages[0]
    assert report.contents in pages[1]
    for number, text in enumerate(pages, start=1):
        assert text.startswith(f"{number}{report.footer}")
    bodies = [text.partition(report.footer)[2].strip() for text in pages[2:]]
    for number, chapter in enumerate(report.chapters, start=1):
        heading = f"{number}. {chapter.title}"
        with_heading = [text for text in bodies if heading in text]
        assert len(with_heading) == 1
        assert with_heading[0].startswith(heading)
    chromium_page.emulate_media(media="print")
    assert_no_finding(chromium_page)
