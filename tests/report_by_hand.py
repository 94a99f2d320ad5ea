"""A report written by hand: every kind of block, with the texts, widths and lengths that real ones have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape

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
from siting.present.tables import TableView

Namer = Callable[[str], str]

PAYLOAD = (
    "<img src=x onerror=alert(1)></script><script>alert(1)</script>${alert(1)}`{{7*7}}"
    '" onfocus="alert(1)" autofocus=\'<!--</title></style></textarea>&lt;b&gt; #let x = [$y$]\\'
)
CONTROL_SIGNS = "\x00\x07\x1b\ufffe"
PLACES = ("Falun", "Mora", "Ludvika", "Avesta", "Borlänge", "Malung", "Älvdalen", "Leksand", "Vansbro")
MUNICIPALITIES = (
    *("Avesta", "Borlänge", "Falun", "Gagnef", "Hedemora", "Leksand", "Ludvika", "Malung-Sälen"),
    *("Mora", "Orsa", "Rättvik", "Smedjebacken", "Säter", "Vansbro", "Älvdalen"),
)


def same(name: str) -> str:
    return name


def harmless(name: str) -> str:
    """A name as long as a hostile one, with its words and spaces."""
    return f"{name} {''.join(letter if letter == ' ' else 'x' for letter in PAYLOAD)}"


def hostile(name: str) -> str:
    """A name with markup of all kinds, and signs that no file can hold."""
    return f"{name} {PAYLOAD}{CONTROL_SIGNS}"


def document(named: Namer = same, language: str = "sv") -> Document:
    """A report whose texts that come from data go through `named`."""
    return Document(
        language,
        named("Mottagningar för unga med risk för missbruk: sex alternativ"),
        named("Region Dalarna"),
        "28 november 2026",
        Chapter("i-korthet", "I korthet", tuple(_first_page(named))),
        (
            Chapter("alternativ-a", named("Alternativ A: två huvudmottagningar"), tuple(_option(named))),
            Chapter("alternativ-b", "Alternativ B: dagens nät", tuple(_option(named))),
            Chapter("metod", "Hur det är räknat", tuple(_method(named))),
        ),
        "Innehåll",
        named("Underlag för beslut, 28 november 2026"),
    )


def _first_page(named: Namer) -> Iterator[Block]:
    yield Paragraph("Var ska regionen öppna mottagningar så att de som behöver dem kan nå dem?", look="lead")
    yield Table(_options(named), "Alternativen sida vid sida. Uppskattningar, med bil.")
    yield Heading("Vad underlaget talar för")
    yield Paragraph(
        named(
            "Alternativ C ger kortast restid: 21,7 minuter i genomsnitt mot 34,2 i dag. Det kostar "
            "12,9 miljoner kronor om året, 1,4 miljoner mer än dagens nät."
        )
    )
    yield Bullets(
        (
            named("Planen är bäst i 87 % av de 200 fall som prövades."),
            "Kostar en tjänst mer än 1,1 miljoner kronor om året är alternativ B billigare.",
            named("Avesta, Hedemora och Säter får kortare väg; ingen kommun får längre."),
        ),
        ("Hur säkert är det?", "Vad skulle ändra svaret?", ""),
    )
    yield Paragraph("Alla tal är uppskattningar. Antal under 5 visas inte.", look="quiet")


def _options(named: Namer) -> TableView:
    measures = (
        ("Restid i genomsnitt, minuter", "34,2", "24,8", "21,7", "22,4", "26,0", "23,1"),
        ("Sämsta tiondelen, minuter", "71,0", "52,3", "44,9", "46,1", "55,2", "47,8"),
        ("Behov inom 30 minuter", "54 %", "68 %", "74 %", "73 %", "66 %", "71 %"),
        ("Når en mottagning utan bil inom 60 minuter", "31 %", "44 %", "52 %", "49 %", "41 %", "47 %"),
        ("Tjänster", "9,5", "10,2", "11,4", "11,0", "9,8", "10,6"),
        ("Kostnad om året, miljoner kronor", "11,5", "12,1", "12,9", "12,7", "11,8", "12,4"),
        ("Kommuner med kortare väg / längre väg", "–", "7 / 1", "9 / 0", "9 / 1", "5 / 2", "8 / 1"),
    )
    columns = ("Mått", *(named(f"{letter}") for letter in "ABCDEF"))
    return TableView(columns, measures, may_wrap=True)


def _option(named: Namer) -> Iterator[Block]:
    """Two chapters have these blocks, so that two tables have one caption."""
    yield Paragraph(named("Huvudmottagningar i Falun och Mora, närmottagningar på fyra orter."))
    yield Picture(
        _map(named), "Mottagningarna på kartan.", named("Karta: två huvudmottagningar, Falun och Mora."), 0.6
    )
    yield Heading("Mottagningarna")
    yield Table(_sites(named), "Öppna mottagningar med värd, öppettider och besök om året.")
    yield Heading("Kommun för kommun")
    yield Table(_municipalities(named), "Restid till närmaste mottagning, minuter med bil.")
    yield Heading("Efter kön", 4)
    yield Paragraph("Skillnaden mellan flickor och pojkar är mindre än en minut.")


def _sites(named: Namer) -> TableView:
    columns = ("Plats", "Roll", "Öppet", "Kommun", "Värd", "Besök om året", "Plats för", "Fylld", "Ungdomar")
    rows = tuple(
        (
            named(f"{place} familjecentral") if index % 2 else f"{place} vårdcentral *",
            "Huvud" if index < 2 else "Nära",
            "5\xa0dagar\xa0i\xa0veckan" if index < 2 else "2\xa0dagar\xa0i\xa0veckan",
            place,
            "Vårdcentral",
            f"{1980 - 170 * index:,}".replace(",", "\xa0"),
            "2\xa0400" if index < 2 else "960",
            f"{82 - 7 * index} %",
            "färre än 5" if index == 8 else f"{4200 - 450 * index:,}".replace(",", "\xa0"),
        )
        for index, place in enumerate(PLACES)
    )
    return TableView(columns, rows, n_text_columns=5)


def _municipalities(named: Namer) -> TableView:
    columns = ("Kommun", "Ungdomar 13–19", "Alter\xadnativet", "I dag", "Skillnad", "Inom 30 minuter")
    rows = [
        (
            name,
            f"{600 + 95 * index}",
            f"{14 + index}",
            f"{19 + 2 * index}",
            f"−{5 + index}",
            f"{96 - 4 * index} %",
        )
        for index, name in enumerate(MUNICIPALITIES)
    ]
    rows.append((named("Dalarna"), "22\xa0846", "21,7", "34,2", "−12,5", "74 %"))
    return TableView(columns, tuple(rows), n_sum_rows=1)


def _method(named: Namer) -> Iterator[Block]:
    yield Paragraph("Planen väljs så att alla besök sammantaget får så kort väg som möjligt:")
    yield Formula("min sum_(i in I) sum_(j in J) w_i t_(i j) x_(i j)", "Minsta summan av vikt gånger restid.")
    yield Picture(
        _bars(named), "Vad som driver kostnaden, miljoner kronor.", named("Lönerna är störst: 8,1.")
    )
    for letter in "ABC":
        yield Picture(_map(named), f"Alternativ {letter}.", named(f"Karta över alternativ {letter}."), 0.32)
    yield Heading("Antaganden")
    yield Table(
        TableView(
            ("Antagande", "Värde", "Källa"),
            (
                ("Besök om året för varje ungdom i behov", "6,5 (spann 4–9)", "Antagande"),
                ("En tjänst kostar", "785\xa0000 kronor\noch 12 % till för vikarier", named("SKR 2025")),
            ),
            n_text_columns=3,
            may_wrap=True,
        ),
        "Det som ingen källa ger är antaget.",
    )
    yield Heading("Gör om rapporten")
    yield Command(named("siting report two-mains-satellites today six-satellites --base today --form docx"))


def _svg(body: str, width: int, height: int) -> str:
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="x">'
        f'<defs><clipPath id="frame"><rect width="{width}" height="{height}"/></clipPath>'
        f'<circle id="dot" r="7" fill="#00424f"/></defs><g clip-path="url(#frame)">{body}</g></svg>'
    )


def _map(named: Namer) -> str:
    marks = "".join(
        f'<use xlink:href="#dot" x="{70 + 47 * index % 300}" y="{60 + 71 * index % 330}"/>'
        f'<text x="{82 + 47 * index % 300}" y="{64 + 71 * index % 330}" font-size="12">{escape(name)}</text>'
        for index, name in enumerate((named("Falun"), *PLACES[1:]))
    )
    border = '<path d="M40 20L300 10L390 180L340 420L120 440L20 260Z" fill="#f3f5f7" stroke="#9aa7b3"/>'
    return _svg(border + marks, 440, 450)


def _bars(named: Namer) -> str:
    rows = (("Löner", 8.1), (named("Lokaler"), 2.3), ("Resor", 1.4), ("Utrustning", 0.6))
    return _svg(
        "".join(
            f'<text x="150" y="{34 + 40 * index}" font-size="12" text-anchor="end">{escape(name)}</text>'
            f'<rect x="160" y="{18 + 40 * index}" width="{value * 50}" height="24" fill="#00424f"/>'
            f'<text x="{170 + value * 50}" y="{34 + 40 * index}" font-size="12">{value:.1f}</text>'.replace(
                f">{value:.1f}<", f">{value:.1f}<".replace(".", ",")
            )
            for index, (name, value) in enumerate(rows)
        ),
        620,
        180,
    )


def blocks_of(report: Document) -> Iterator[Block]:
    """All blocks, in order."""
    for chapter in (report.first_page, *report.chapters):
        yield from chapter.blocks


def texts_of(report: Document) -> Iterator[str]:
    """All texts that readers see, in order, but those of pictures and what paper has on each page."""
    yield from (report.region, report.title, report.date, report.first_page.title)
    for block in report.first_page.blocks:
        yield from _texts_of_block(block)
    yield report.contents
    for chapter in report.chapters:
        yield chapter.title
    for number, chapter in enumerate(report.chapters, start=1):
        yield f"{number}. {chapter.title}"
        for block in chapter.blocks:
            yield from _texts_of_block(block)


def _texts_of_block(block: Block) -> Iterator[str]:
    match block:
        case Paragraph() | Heading() | Command():
            yield block.text
        case Bullets():
            names = block.names or ("",) * len(block.texts)
            for name, text in zip(names, block.texts, strict=True):
                yield from (name, text)
        case Table():
            yield block.caption
            yield from block.view.columns
            for cell in (cell for row in block.view.rows for cell in row):
                yield from cell.splitlines()
        case Picture():
            yield block.caption
