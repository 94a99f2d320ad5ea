"""Words and numbers for readers, in Swedish or English, from one file of texts for each language."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final, Literal

from babel import Locale
from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from ruamel.yaml import YAML

if TYPE_CHECKING:
    from datetime import date

Language = Literal["sv", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("sv", "en")
_LOCALES: Final = {"sv": "sv_SE", "en": "en_GB"}


@dataclass(frozen=True)
class Words:
    """Texts and number formats of one language."""

    language: Language

    def __call__(self, key: str, **values: object) -> str:
        """Give the text of a dotted key, its {names} filled in.

        Examples
        --------
        >>> Words("sv")("unit.fewer_than", count=5)
        'färre än 5'
        """
        text: Any = read_texts(self.language)
        for part in key.split("."):
            text = text[part]
        return str(text).format(**values) if values else str(text)

    def plural(self, key: str, count: float, **values: object) -> str:
        """Give the text for so many: that of the dotted key's form ("one", "other") in this language.

        Examples
        --------
        >>> Words("sv").plural("unit.municipalities", 1), Words("sv").plural("unit.municipalities", 3)
        ('1 kommun', '3 kommuner')
        """
        form = Locale.parse(_LOCALES[self.language]).plural_form(count)
        return self(f"{key}.{form}", count=self.number(count), **values)

    def spelt(self, count: int) -> str:
        """Write a small count as a word, as in running text; a larger one in digits.

        Examples
        --------
        >>> Words("sv").spelt(7), Words("en").spelt(13)
        ('sju', '13')
        """
        known = read_texts(self.language)["count"]
        return str(known.get(str(count), self.number(count)))

    def date(self, day: date) -> str:
        """Write a day as it is written in running text.

        Examples
        --------
        >>> from datetime import date
        >>> Words("sv").date(date(2026, 11, 28)), Words("en").date(date(2026, 11, 28))
        ('28 november 2026', '28 November 2026')
        """
        return str(format_date(day, "long", locale=_LOCALES[self.language]))

    def number(self, value: float | None, decimals: int = 0) -> str:
        """Write a number with its language's separators; None and infinity as "none".

        Examples
        --------
        >>> Words("en").number(22846)
        '22,846'
        """
        if value is None or not math.isfinite(value):
            return self("unit.none")
        pattern = "#,##0." + "0" * decimals if decimals else "#,##0"
        return str(format_decimal(value, pattern, locale=_LOCALES[self.language]))

    def plain(self, value: float) -> str:
        """Write a number with as many decimals as it needs (an assumption's value)."""
        return str(format_decimal(value, "#,##0.####", locale=_LOCALES[self.language]))

    def exact_percent(self, share: float) -> str:
        """Write a share as percent with the decimals it needs (an assumption's value)."""
        space = "\xa0" if self.language == "sv" else ""
        return str(format_percent(share, f"#,##0.##{space}%", locale=_LOCALES[self.language]))

    def tenths_of_percent(self, share: float) -> str:
        r"""Write a share as percent with one decimal, so that shares stand under each other.

        Examples
        --------
        >>> Words("en").tenths_of_percent(0.78), Words("sv").tenths_of_percent(0.723)
        ('78.0%', '72,3\xa0%')
        """
        space = "\xa0" if self.language == "sv" else ""
        return str(format_percent(share, f"#,##0.0{space}%", locale=_LOCALES[self.language]))

    def three_digits(self, value: float) -> str:
        """Write an estimate to three digits; more would be pretence.

        Examples
        --------
        >>> Words("en").three_digits(10_413_256.9)
        '10,400,000'
        """
        return self.number(to_three_digits(value))

    def money(self, sek: float) -> str:
        r"""Write an estimate of money to three digits, in millions from one million.

        Examples
        --------
        >>> Words("sv").money(12_900_000), Words("sv").money(374_000), Words("en").money(2_800_000)
        ('12,9 Mkr', '374\xa0000 kr', 'SEK 2.8 M')
        """
        told = to_three_digits(sek)
        if abs(told) < SEK_PER_MILLION:
            return self("unit.money", number=self.number(told))
        return self("unit.money_millions", number=self.plain(told / SEK_PER_MILLION))

    def percent(self, share: float | None) -> str:
        """Write a share as whole percent; only nothing is 0 %, and only all is 100 %.

        Examples
        --------
        >>> Words("en").percent(0.9996), Words("en").percent(1.0), Words("en").percent(0.001)
        ('>99%', '100%', '<1%')
        """
        if share is None:
            return self("unit.none")
        whole, sign = round(share, 2), ""
        if whole in (0.0, 1.0) and abs(share - whole) > 1e-9:
            whole, sign = (0.01, "<") if whole == 0.0 else (0.99, ">")
        return f"{sign}{format_percent(whole, locale=_LOCALES[self.language])}"

    def list_of(self, parts: list[str], *, last: str = "unit.and") -> str:
        """Join with commas and a last "and", or another word by its key."""
        return self(last).join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


SEK_PER_MILLION: Final = 1_000_000
SWEDISH: Final = Words("sv")


def to_three_digits(value: float) -> int:
    """Round an estimate to three digits, and to a whole number at least.

    Examples
    --------
    >>> to_three_digits(10_413_256.9), to_three_digits(98.4), to_three_digits(0.0)
    (10400000, 98, 0)
    """
    return int(round(value, min(0, 2 - math.floor(math.log10(abs(value)))))) if value else 0


@lru_cache(maxsize=len(LANGUAGES))
def read_texts(language: Language) -> dict[str, Any]:
    """Read the file of texts of one language."""
    source = files("siting.present").joinpath(f"texts/{language}.yaml")
    return dict(YAML(typ="safe", pure=True).load(source.read_text(encoding="utf-8")))
