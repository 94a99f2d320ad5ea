"""Figures that can be traced: each has its place in comparison.json, from which it was taken."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from .words import Words

Kind = Literal["minutes", "share", "posts", "sek", "count"]
DECIMALS: Final[dict[Kind, int]] = {"minutes": 1, "share": 0, "posts": 1, "sek": 1, "count": 0}
SEK_PER_MILLION: Final = 1_000_000
PLAIN_NAME: Final = re.compile(r"[\w -]+")
STEP: Final = re.compile(r'\.?([\w -]+)|\[(\d+)\]|\[("(?:[^"\\]|\\.)*")\]')


@dataclass(frozen=True)
class Figure:
    """A figure as comparison.json has it, and how readers see it."""

    path: str
    """Where it stands: ``plans[2].resources.sek_per_year``; a sum or a count of several names them all."""
    value: float | None
    """As it stands there; None where it is not known, or may not be told."""
    kind: Kind
    decimals: int | None = None
    """Where others than those of its kind are wanted, such as none for a municipality's minutes."""
    of: str = ""
    """Whose it is, where it is not the option's own: the municipality that has farthest."""

    @property
    def told(self) -> float | None:
        """The value as readers see it: minutes, per cent, posts, millions of SEK or a count."""
        if self.value is None:
            return None
        scale = {"share": 100.0, "sek": 1.0 / SEK_PER_MILLION}.get(self.kind, 1.0)
        digits = DECIMALS[self.kind] if self.decimals is None else self.decimals
        return round(self.value * scale, digits)

    def text(self, words: Words, *, with_unit: bool = True) -> str:
        """Write it.

        Examples
        --------
        >>> from siting.present.words import Words
        >>> Figure("a", 21.736, "minutes").text(Words("sv"), with_unit=False)
        '21,7'
        >>> Figure("b", 12_900_000.0, "sek").text(Words("en"))
        'SEK 12.9 M'
        """
        if self.value is None or self.told is None:
            return words("unit.unknown")
        digits = DECIMALS[self.kind] if self.decimals is None else self.decimals
        if self.kind == "sek" and with_unit:
            return words.money(self.value)
        number = words.number(self.told, digits)
        if self.kind == "share":
            number = words.percent(self.value) if not digits else words.tenths_of_percent(self.value)
            return number if with_unit else number.removesuffix("%").rstrip()
        return words(f"reporting.unit.{self.kind}", number=number) if with_unit else number


def step(name: str) -> str:
    """Write a name as a step of a path; one that is no plain word stands in quotation marks.

    Examples
    --------
    >>> step("Mora"), step('S:t Olof. Norr')
    ('.Mora', '["S:t Olof. Norr"]')
    """
    return f".{name}" if PLAIN_NAME.fullmatch(name) else f"[{json.dumps(name, ensure_ascii=False)}]"


def at(record: dict[str, Any], path: str) -> Any:
    """Give what stands at a path of a record.

    Examples
    --------
    >>> at({"plans": [{"a": {"b. [c": 3}}]}, 'plans[0].a["b. [c"]')
    3
    """
    found: Any = record
    for name, number, quoted in STEP.findall(path):
        found = found[int(number) if number else json.loads(quoted) if quoted else name]
    return found


def taken(record: dict[str, Any], path: str, kind: Kind, decimals: int | None = None) -> Figure:
    """Take a figure from its place.

    Examples
    --------
    >>> taken({"plans": [{"mean": 3.25}]}, "plans[0].mean", "minutes").value
    3.25
    """
    value = at(record, path)
    return Figure(path, None if value is None else float(value), kind, decimals)
