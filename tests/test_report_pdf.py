"""The report as PDF: complete, tagged, the same each time, and words stay words."""

from __future__ import annotations

import datetime
import io
import re
import struct
import time
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from siting.errors import OutputError
from siting.present.document import (
    Block,
    Bullets,
    Chapter,
    Command,
    Document,
    Formula,
    Heading,
    Paragraph,
    Picture,
    Table,
)
from siting.present.forms.pdf import pdf_bytes
from siting.present.forms.typeset import formula_svg, png_of
from siting.present.pictures.plots import Bar, Dot, Frame, Span, bars, dots, spans
from siting.present.tables import TableView
from siting.present.words import SWEDISH

DAY = datetime.date(2026, 11, 28)
TOWNS = (
    *("Vansbro", "Malung-Sälen", "Gagnef", "Leksand", "Rättvik", "Orsa", "Älvdalen", "Smedjebacken", "Mora"),
    *("Falun", "Borlänge", "Säter", "Hedemora", "Avesta", "Ludvika"),
)
OPTIONS = (
    ("A. Dagens mottagningar", "Falun, Borlänge, Mora, Ludvika"),
    ("B. En huvudmottagning", "Borlänge"),
    ("C. Två huvudmottagningar", "Borlänge, Mora"),
    ("D. Två huvudmottagningar och satelliter", "Borlänge, Mora, Avesta, Ludvika, Malung-Sälen, Rättvik"),
    ("E. Ambulerande team i stället för satelliter", "Borlänge, Mora"),
    ("F. Jämlik restid", "Borlänge, Mora, Malung-Sälen, Avesta"),
)
LONG = (
    "En ungdom som har en riskbruksprofil besöker mottagningen i genomsnitt så många gånger om året som "
    "regionens egen statistik säger; den gäller hela länet och skiljer inte mellan kommunerna."
)
HOSTILE = (
    "#panic() $x_1$ *fet* _kursiv_ @ref <script>alert(1)</script> \\ [hak] {kl} \"citat\" 'enkelt' `kod` "
    '${0} - + / ~ #include("x") <label>'
)


def options_table() -> Table:
    head = (
        "Alternativ",
        "Kommuner med mottagning",
        "Medelrestid, min",
        "Inom 45 min",
        "Sämsta tiondelen, min",
        "Inom 45 min utan bil",
        "Tjänster",
        "Mkr om året",
        "Kommuner som får kortare / längre väg",
    )
    rows = tuple(
        (
            *(
                title,
                towns,
                f"{21.7 + n:.1f}".replace(".", ","),
                f"{91 - n}\xa0%",
                f"{58 + 3 * n},4",
                f"{44 - n}\xa0%",
            ),
            *(f"{11 + n},5", f"{12 + n},9", f"{n} / {2 * n}" if n else "–"),
        )
        for n, (title, towns) in enumerate(OPTIONS)
    )
    return Table(TableView(head, rows, n_text_columns=2), "Restid med bil, enkel väg. Jämfört med A.")


def first_page() -> Chapter:
    sentences = (
        "D ger kortast medelrestid, 21,7 minuter, och 91 % av besöken inom 45 minuter.",
        "C kostar minst av dem som når 85 % inom 45 minuter: 14,9 miljoner kronor om året.",
        "F ger de längst bort kortast väg, men 1,2 minuter längre medelrestid än D.",
    )
    return Chapter(
        "first-page",
        "I korthet",
        (
            Paragraph(
                "Var ska Mini Maria i Dalarna ha mottagningar, så att omkring 22 800 ungdomar som är 13–19 "
                "år når dem? Fem alternativ jämförs med dagens mottagningar.",
                "lead",
            ),
            options_table(),
            Paragraph(
                "Tjänster och kronor är uppskattningar. En väg räknas som ändrad om den blir minst 5 minuter "
                "kortare eller längre.",
                "quiet",
            ),
            Heading("Vad underlaget talar för"),
            Bullets(sentences, ("Kortast väg", "Lägst kostnad", "Jämnast")),
            Heading("Hur säkert är det?"),
            Bullets(
                (
                    "D är bäst i 87 % av 400 dragningar av det som är osäkert.",
                    "Skillnader på ett par minuter betyder inget: restiderna är uppskattade.",
                    "Behovet antas vara lika stort i alla kommuner.",
                ),
            ),
            Heading("Vad skulle ändra det?"),
            Bullets(
                (
                    "Om ett team kostar mindre än 2,1 miljoner kronor om året blir E billigare än D.",
                    "Om hälften av besöken kan ske digitalt blir C lika bra som D.",
                ),
                ("Team", "Digitalt"),
            ),
        ),
    )


def municipalities_table() -> Table:
    head = ("Kommun", "Ungdomar 13–19 år", "Besök om året", "Medelrestid, min", "Till närmaste, min")
    head += ("Till huvud\xadmottagning, min", "Längsta resa, min", "Sammanvägd tid, min", "Inom 20 min")
    head += ("Inom 30 min", "Inom 45 min", "Digitalt")
    rows = [
        (
            *(town, f"{1000 + 130 * n:,}".replace(",", "\xa0"), f"{90 + 7 * n}", f"{18 + n}", f"{11 + n}"),
            *(f"{25 + n}", f"{70 + n}", f"{21 + n}", f"{40 + n}\xa0%", f"{60 + n}\xa0%", f"{80 + n}\xa0%"),
            f"{3 + n}\xa0%",
        )
        for n, town in enumerate(TOWNS)
    ]
    county = ("Dalarnas län", "22\xa0846", "2\xa0310", "22", "15", "29", "118", "26")
    rows.append((*county, "47\xa0%", "68\xa0%", "91\xa0%", "6\xa0%"))
    caption = "Restid med bil, enkel väg i minuter, för dem som bor i kommunen, och andel av besöken."
    return Table(TableView(head, tuple(rows), n_sum_rows=1), caption)


def assumptions_table() -> Table:
    rows = tuple(
        (
            f"Antagande {n}: {LONG if n % 3 else 'Besök om året för den som har en plats i vården'}",
            "12 månader" if n % 2 else "lågt: 4\nmitt: 6\nhögt: 9",
            "Antagande" if n % 4 else "Region Dalarna, verksamhetsberättelsen för 2024, tabell 7; bearbetad",
        )
        for n in range(1, 61)
    )
    view = TableView(("Antagande", "Värde", "Vad det vilar på"), rows, n_text_columns=3, may_wrap=True)
    return Table(view, "Alla antaganden med värde och källa.")


def plots() -> list[Picture]:
    def frame(name: str, *legend: str) -> Frame:
        return Frame(name, "Kort.", "Medelrestid, minuter", "Kostnad, miljoner kronor", legend)

    ten = [Bar(f"{title}", 20.0 + n) for n, (title, _) in enumerate(OPTIONS)]
    points = [Dot(20.0 + n, 14.0 - n, title[0], n == 3) for n, (title, _) in enumerate(OPTIONS)]
    rows = [Span(town, 40.0 - n, 25.0 + n) for n, town in enumerate(TOWNS)]
    drawn = (
        dots(points, frame("a"), SWEDISH, joined=True),
        bars(ten, frame("b"), SWEDISH),
        spans(rows, frame("c", "i dag", "planen"), SWEDISH),
        dots(points[:3], frame("d"), SWEDISH),
        bars(ten[:3], frame("e"), SWEDISH),
    )
    return [
        Picture(
            svg, f"Bild {n}: planerna i två mått.", f"Alternativtext {n}: D är bäst.", 1.0 if n % 2 else 0.6
        )
        for n, svg in enumerate(drawn)
    ]


def report(*, options: int = 6) -> Document:
    pictures = plots()
    each_option = tuple(
        Chapter(
            f"option-{n}",
            title,
            (
                Paragraph(f"Planen har mottagningar i {towns}. {LONG}", "lead"),
                pictures[n % 5],
                Heading("Kommun för kommun"),
                Paragraph(LONG),
                municipalities_table(),
                Heading("Turer", 4),
                Bullets(("Mora – Älvdalen – Mora, varannan vecka", LONG)),
                pictures[(n + 1) % 5],
            ),
        )
        for n, (title, towns) in enumerate(OPTIONS * (options // 6))
    )
    method = Chapter(
        "method",
        "Metod",
        (
            Paragraph(f"{LONG} {LONG}"),
            Heading("Målet"),
            Paragraph("Medelrestiden är"),
            Formula("overline(t) = (sum_(i in I) w_i t_i) / (sum_(i in I) w_i)", "Medelvärdet av restiderna"),
            Paragraph("där summan går över rutorna."),
            Formula(
                'min sum_(i in I) sum_(j in J) w_i t_(i j) x_(i j) quad "så att" quad sum_j x_(i j) = 1',
                "Minimera summan av vägda restider så att varje ruta hör till en plats",
            ),
            Heading("Gör om det"),
            Command(
                "siting report results/comparison --analysis results/two-mains-satellites --language sv "
                "--output /home/analytiker/projekt/mini-maria/rapporter/2026-11-28/underlag-slutversion.pdf"
            ),
        ),
    )
    assumptions = Chapter("assumptions", "Antaganden", (assumptions_table(),))
    return Document(
        "sv",
        "Underlag för beslut: var ska Mini Maria ha mottagningar?",
        "Region Dalarna",
        "28 november 2026",
        first_page(),
        (*each_option, method, assumptions),
        "Innehåll",
        "siting 0.7.0 · data 3f2a91c0 · uppskattningar, inte budget",
    )


def only(*blocks: Block, **changes: Any) -> Document:
    """A report of one chapter."""
    document = Document("sv", "T", "R", "D", Chapter("f", "F", ()), (Chapter("c", "K", blocks),), "I", "S")
    return replace(document, **changes)


def read(document: Document) -> PdfReader:
    return PdfReader(io.BytesIO(pdf_bytes(document, day=DAY)))


def letters(text: str) -> str:
    """What is left when no break of line or word matters."""
    return re.sub(r"[\s\xad\u2010-]", "", text)


def letters_of(reader: PdfReader) -> str:
    """Letters of all pages, heads and feet left out."""
    return letters("".join(page.extract_text() for page in reader.pages))


def elements(reader: PdfReader) -> list[dict[str, Any]]:
    """The elements of the tree of tags, in the order in which they are read."""
    found = []

    def walk(node: Any) -> None:
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for each in node:
                walk(each)
        elif isinstance(node, dict):
            if "/S" in node:
                found.append(node)
            walk(node.get("/K"))

    walk(reader.trailer["/Root"]["/StructTreeRoot"])
    return found


def tags(reader: PdfReader) -> list[str]:
    return [element["/S"] for element in elements(reader)]


def texts_of(block: Block) -> list[str]:
    match block:
        case Paragraph(text) | Heading(text) | Command(text):
            return [text]
        case Bullets(texts, names):
            return [*texts, *names]
        case Table(view, caption):
            cells = [line for row in view.rows for cell in row for line in cell.split("\n")]
            return [caption, *view.columns, *cells]
        case Picture(_, caption, _):
            return [caption]
        case _:
            return []


@pytest.fixture(scope="module")
def document() -> Document:
    return report()


@pytest.fixture(scope="module")
def made(document: Document) -> bytes:
    return pdf_bytes(document, day=DAY)


@pytest.fixture(scope="module")
def reader(made: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(made))


@pytest.fixture(scope="module")
def pages(reader: PdfReader) -> list[str]:
    return [page.extract_text() for page in reader.pages]


def test_every_text_of_every_block_is_on_paper(document: Document, pages: list[str]):
    on_paper = letters("".join(pages))
    said = [document.title, document.region, document.date, document.contents, document.footer]
    for chapter in (document.first_page, *document.chapters):
        said.append(chapter.title)
        said += [text for block in chapter.blocks for text in texts_of(block)]
    missing = {text for text in said if letters(text) not in on_paper}
    assert not missing


def test_the_first_page_is_one_page_and_chapters_begin_on_new_ones(document: Document, pages: list[str]):
    pages = [letters(page) for page in pages]
    last_words = letters(document.first_page.blocks[-1].texts[-1])
    assert last_words in pages[0]
    assert letters(document.contents) in pages[1]
    starts = [
        next(n for n, page in enumerate(pages) if n > 1 and letters(f"{number}. {chapter.title}") in page)
        for number, chapter in enumerate(document.chapters, start=1)
    ]
    assert starts[0] == 2
    assert starts == sorted(set(starts))


def test_a_fuller_first_page_is_set_smaller_until_it_fits():
    few = first_page()
    many = replace(few, blocks=(*few.blocks, Bullets((LONG,) * 7, ("Priset för kortare resor",) * 7)))
    roomy, tight = (read(only(first_page=each)) for each in (few, many))
    assert max(type_sizes(roomy)) > max(type_sizes(tight))
    assert letters(tight.pages[0].extract_text()).count(letters(LONG)) == 7


def type_sizes(reader: PdfReader) -> set[float]:
    """Sizes of the type of the first page, but for its title."""
    sizes: set[float] = set()

    def visit(_text: str, _cm: Any, matrix: list[float], _font: Any, size: float) -> None:
        sizes.add(round(abs(matrix[3]) * size, 2))

    reader.pages[0].extract_text(visitor_text=visit)
    return {size for size in sizes if 5.0 < size < 20.0}


def test_a_first_page_that_is_far_too_long_goes_on_and_loses_nothing():
    blocks = tuple(Paragraph(f"Stycke {n}. {LONG}") for n in range(60))
    found = letters_of(read(only(first_page=Chapter("f", "F", blocks))))
    assert all(letters(block.text) in found for block in blocks)


def test_it_is_tagged_and_says_that_it_is_accessible(document: Document, reader: PdfReader):
    root: Any = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"].value is True
    assert root["/Lang"].startswith("sv")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"].value is True
    assert reader.metadata is not None
    assert reader.metadata.title == document.title
    assert reader.metadata.author is None
    assert document.region in reader.metadata["/Keywords"]
    xmp = root["/Metadata"].get_data().decode("utf-8")
    assert re.search(r"pdfuaid:part(>|=\")1", xmp)


def test_english_reports_say_so():
    english = read(only(Paragraph("x"), language="en"))
    assert english.trailer["/Root"]["/Lang"].startswith("en")
    assert "1 of 3" in english.pages[0].extract_text()
    assert "1 (3)" in read(only(Paragraph("x"))).pages[0].extract_text()


def test_every_drawing_and_formula_says_what_it_shows(document: Document, reader: PdfReader):
    blocks = [block for chapter in document.chapters for block in chapter.blocks]
    for kind, tag in ((Picture, "/Figure"), (Formula, "/Formula")):
        told = [element.get("/Alt") for element in elements(reader) if element["/S"] == tag]
        assert told == [block.alt for block in blocks if isinstance(block, kind)]


def test_small_pictures_in_a_row_save_pages_and_lose_nothing():
    svg = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 100 120'/>"
    numbers = ("ett", "två", "tre", "fyra", "fem", "sex", "sju", "åtta")
    small, large = (
        read(only(*(Picture(svg, f"Bild {name}", f"Text {name}", width) for name in numbers)))
        for width in (0.33, 0.6)
    )
    assert len(small.pages) == 3
    assert len(large.pages) > 4
    for reader in (small, large):
        told = [element["/Alt"] for element in elements(reader) if element["/S"] == "/Figure"]
        assert told == [f"Text {name}" for name in numbers]
        assert all(letters(f"Bild {name}") in letters_of(reader) for name in numbers)


def test_short_tables_are_not_broken_over_pages():
    rows = tuple((town, "1") for town in TOWNS)
    tables = (
        Table(TableView(("Ort", "Tal"), (*rows, (f"Summa{n}", "9")), n_sum_rows=1), "") for n in range(9)
    )
    pages = [page.extract_text() for page in read(only(*tables)).pages]
    assert all(page.count("Vansbro") == page.count("Summa") for page in pages)


def test_no_row_is_alone_on_a_page():
    """Wherever on the page a long table begins: at least three rows on each side of a break."""
    rows = tuple((f"Rad{n}x", "1") for n in range(60))
    for n_lines in range(3, 48, 9):
        above = (Paragraph("Rad. " * 3),) * n_lines
        long = Table(TableView(("Ort", "Tal"), (*rows, ("Summa", "9")), n_sum_rows=1), "Under bilden")
        pages = [each.extract_text() for each in read(only(*above, long)).pages][2:]
        counts = [len(re.findall(r"Rad\d+x|Summa", page)) for page in pages]
        assert sum(counts) == 61
        assert all(count >= 3 for count in counts if count), counts
        with_rows = next(page for page, count in zip(pages, counts, strict=True) if count)
        assert "Under bilden" in with_rows


def test_names_are_not_broken_where_smaller_type_avoids_it():
    head = ("Kommun", *(f"Medelrestid till huvudmottagning {n}" for n in range(11)))
    rows = tuple((town, *["100\xa0000"] * 11) for town in TOWNS)
    text = "\n".join(page.extract_text() for page in read(only(Table(TableView(head, rows), "Bred"))).pages)
    words = {part for town in TOWNS for part in re.split(r"(?<=-)", town)}
    assert all(word in text for word in words)


def test_soft_hyphens_are_kept_only_where_a_head_needs_them():
    heads = ("Ort", "Huvud\xad\xadmottagning")
    cells = (("Mo\xadra", "1"),)
    roomy = read(only(Table(TableView(heads, cells), "Mot\xadtagning"), Paragraph("när\xadmottagning")))
    assert "\xad" not in "".join(page.extract_text() for page in roomy.pages)
    full = TableView(("Ort", *["Ungdoms\xadmottagningarna"] * 9), (("Mora", *["1"] * 9),))
    assert "Ungdomsmottagningarna" not in read(only(Table(full, ""))).pages[2].extract_text()


def test_tables_are_tables_with_heads_and_sums(reader: PdfReader, document: Document):
    found = tags(reader)
    tables = [
        block.view for chapter in document.chapters for block in chapter.blocks if isinstance(block, Table)
    ]
    tables += [block.view for block in document.first_page.blocks if isinstance(block, Table)]
    assert found.count("/Table") == len(tables)
    assert found.count("/THead") == len(tables)  # once, although it is repeated on each page
    assert found.count("/TH") == sum(len(view.columns) for view in tables)
    long = [view for view in tables if len(view.rows) > 30]  # their last rows stand together
    assert found.count("/TFoot") == sum(view.n_sum_rows > 0 for view in tables) + len(long)
    assert found.count("/TD") == sum(len(view.columns) * len(view.rows) for view in tables)


def test_heads_of_tables_are_repeated_on_every_page(pages: list[str]):
    with_rows = [page for page in pages if re.search(r"Antagande \d+:", page)]
    assert len(with_rows) > 2
    assert all("Vad det vilar på" in page for page in with_rows)


def test_bookmarks_and_headings_have_no_gaps(document: Document, reader: PdfReader):
    tops = [each["/Title"] for each in reader.outline if not isinstance(each, list)]
    numbered = [f"{number}. {chapter.title}" for number, chapter in enumerate(document.chapters, start=1)]
    assert tops == [document.first_page.title, document.contents, *numbered]
    skipping = read(only(Heading("Fyra först", 4), Heading("Tre", 3), Heading("Fyra", 4)))
    assert [tag for tag in tags(skipping) if tag[1] == "H" and tag[2:].isdigit()] == [
        *("/H1", "/H2", "/H2", "/H2"),
        *("/H3", "/H3", "/H4"),
    ]


@pytest.mark.parametrize(
    "block",
    [
        Paragraph(HOSTILE),
        Paragraph(HOSTILE, "lead"),
        Heading(HOSTILE),
        Bullets((HOSTILE,), (HOSTILE,)),
        Command(HOSTILE),
        Table(TableView((HOSTILE, "B"), ((HOSTILE, "1"), (HOSTILE, HOSTILE)), n_sum_rows=1), HOSTILE),
        Picture("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 9 4'/>", HOSTILE, HOSTILE),
        Formula("x", HOSTILE),
    ],
    ids=lambda block: block.kind,
)
def test_words_stay_words(block: Block):
    reader = read(only(block))
    found = letters_of(reader)
    assert all(letters(text) in found for text in texts_of(block))
    if isinstance(block, (Picture, Formula)):
        assert HOSTILE in [element.get("/Alt") for element in elements(reader)]


def test_words_around_the_blocks_stay_words():
    chapter = Chapter("c", HOSTILE, ())
    document = Document("sv", *[HOSTILE] * 3, replace(chapter, key="f"), (chapter,), HOSTILE, HOSTILE)
    reader = read(document)
    assert reader.metadata is not None
    assert reader.metadata.title == HOSTILE
    assert (
        letters_of(reader).count(letters(HOSTILE)) >= 3 + 1 + 1 + 2 + 3
    )  # first page, contents, chapter, feet


def test_signs_that_no_font_has_and_that_are_none_do_not_stop_it():
    odd = "Fal\x00u\x07n \ud800 \ufeff \U0001f600 \U0002070e ก \u0378 \u200b \u202e \ue000 \uffff"
    odd += " e\u0301 \x85 \u2028 \r\n slut"
    svg = f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 99 9'><text y='9'>{odd}</text></svg>"
    table = Table(TableView((odd, odd), ((odd, odd),)), odd)
    found = read(only(Paragraph(odd), table, Command(odd), Picture(svg, odd, odd), title=odd, footer=odd))
    text = letters_of(found)
    assert "Falun" in text
    assert "\U0001f600" in text
    assert "slut" in text


@pytest.mark.parametrize("letter", ["a", "0", "/"])
def test_very_long_words_are_broken_not_cut_off(letter: str):
    word = letter * 600
    command, table = Command(word), Table(TableView((word, "B", "C"), ((word, "1", word),)), word)
    reader = read(only(Paragraph(word), Bullets((word,)), command, table, Heading(word), title=word))
    found = "\n".join(page.extract_text() for page in reader.pages)
    assert letters(found).count(letter) >= 600 * (3 + 3 + 2 + 1)
    assert max(len(line) for line in found.splitlines()) < 500  # narrow signs of small type


@pytest.mark.parametrize("n_columns", [1, 2, 13, 24])
def test_tables_of_any_width_are_within_the_margins(n_columns: int):
    columns = tuple(f"Medelrestid till nummer {n}" for n in range(n_columns))
    rows = tuple((f"Ort{n}", *["100\xa0000"] * (n_columns - 1)) for n in range(5))
    reader = read(only(Table(TableView(columns, rows), "Bred")))
    boxes = [
        attributes["/BBox"]
        for element in elements(reader)
        if element["/S"] == "/Table"
        for attributes in element["/A"]
        if "/BBox" in attributes
    ]
    left, right = 20 / 25.4 * 72, 190 / 25.4 * 72
    assert boxes
    assert all(left - 1 <= box[0] and box[2] <= right + 1 for box in boxes)


def test_empty_and_odd_tables_are_set():
    view = TableView(("A", "B"), ())
    sums = TableView(("A", "B"), (("x", ""), ("y", "1")), n_sum_rows=2)
    tall = TableView(("A", "B"), (("rad " * 3000, "1"), ("sist", "2")), may_wrap=True)
    reader = read(only(Table(view, "Tom"), Table(sums, ""), Table(tall, "Hög")))
    found = letters_of(reader)
    assert found.count("rad") == 3000
    assert "sist" in found


def test_the_same_report_gives_the_same_bytes(document: Document, made: bytes):
    assert pdf_bytes(document, day=DAY) == made


def test_another_day_differs_only_in_its_dates(document: Document, made: bytes):
    other = pdf_bytes(document, day=DAY + datetime.timedelta(days=1))
    assert other != made

    def without_dates(pdf: bytes) -> bytes:
        known = re.sub(rb"\(D:\d+[^)]*\)|\d{4}-\d\d-\d\dT[\d:+Z.]+", b"", pdf)
        # Names made of the content follow from the dates: the file's two, and XMP's.
        known = re.sub(rb"/ID ?\[.*?\]", b"", known, flags=re.DOTALL)
        return re.sub(rb"<xmpMM:(Document|Instance)ID>.*?</xmpMM:\1ID>", b"", known)

    assert without_dates(other) == without_dates(made)


def test_forty_pages_take_seconds(document: Document):
    chapters = document.chapters * 3
    start = time.perf_counter()
    reader = read(replace(document, chapters=chapters))
    assert len(reader.pages) > 40
    assert time.perf_counter() - start < 20  # about 1 s on a machine with nothing else to do


def test_a_mistake_in_a_formula_is_told_in_one_sentence():
    with pytest.raises(OutputError, match=r"could not be set \(svg\): unclosed delimiter"):
        formula_svg("nonsense(x")
    with pytest.raises(OutputError, match="unknown variable: nonsense"):
        pdf_bytes(only(Formula("nonsense", "x")), day=DAY)


def test_formulas_cannot_read_files():
    with pytest.raises(OutputError):
        formula_svg('#read("/../../../../../../../../../etc/hostname")')


def test_a_formula_is_one_drawing_on_nothing():
    svg = formula_svg("sum_(i in I) w_i t_i")
    root = ElementTree.fromstring(svg)
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert "#ffffff" not in svg
    assert "<script" not in svg
    assert formula_svg("sum_(i in I) w_i t_i") == svg


def test_a_drawing_becomes_a_picture_as_wide_as_asked():
    svg = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 200 100'><text x='9' y='50'>Hej</text></svg>"
    png = png_of(svg, width_pixels=333)
    assert png.startswith(b"\x89PNG")
    width, height = struct.unpack(">II", png[16:24])
    assert (width, height) in {(333, 166), (333, 167)}
    blank = png_of("<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 200 100'/>", width_pixels=333)
    assert len(png) > len(blank) + 100  # the word is there
    assert png_of(svg, width_pixels=333) == png
