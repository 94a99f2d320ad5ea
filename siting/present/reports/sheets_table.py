"""What a sheet of the workbook is, and how its cells are taken from the saved records."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Literal

from ..analysis.shown import Shown
from ..comparison_tables import letters_of
from ..tables import gate_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from ...study import Alternatives, Outcome
    from ..words import Words

Kind = Literal[
    "text",
    "long_text",
    "sheet",
    "minutes",
    "whole_minutes",
    "share",
    "share_tenths",
    "gap",
    "posts",
    "sek",
    "million_sek",
    "count",
    "days",
    "kilometres",
    "clock",
    "degrees",
    "index",
    "factor",
    "assumed_share",
    "number",
]
"""What stands in a column; "sheet" names another sheet, "clock" is a part of a day, "number" any other."""
Record = dict[str, Any]
COMPARISON: Final = "comparison.json"
ANALYSIS: Final = "analysis-*.json"
SOFT_HYPHEN: Final = "\xad"
NO_BREAK_SPACE: Final = "\xa0"


@dataclass(frozen=True)
class Number:
    """A number that is shown by its own kind: those of its column are of several."""

    value: float
    kind: Kind


Cell = float | int | str | Number | None


@dataclass(frozen=True)
class Column:
    """A column: its heading with the unit, what its cells are, and where they come from."""

    head: str
    kind: Kind
    is_estimated: bool = False
    path: str = ""
    """Where its values stand in the saved records; "" where they stand in none."""
    file: str = COMPARISON


@dataclass(frozen=True)
class Sheet:
    """A sheet with one table; an empty cell has no value, and what is too small to be told says so."""

    name: str
    title: str
    note: str
    """What a row is, and what a reader must know."""
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    n_labels: int = 1
    """The first columns tell which row it is; they stay in sight."""
    is_text: bool = False
    """To be read from top to bottom, not to be sorted."""
    names_columns: bool = False
    """Each column gets a name of its own, beside the table's."""
    figures: tuple[Column, ...] = ()
    """Where each row is a figure: the figures, as columns that are on their side."""


@dataclass(frozen=True)
class Field:
    """A column whose values are taken from a part of a record."""

    key: str
    """Of its heading."""
    kind: Kind
    path: str
    within: float | None = None
    """Of a list of shares by limits, the limit in minutes."""
    is_estimated: bool = True
    head_values: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, eq=False)
class Material:
    """All that the sheets are made of, in one language."""

    record: Record
    """The content of comparison.json."""
    analyses: Sequence[Record]
    """The content of each analysis.json."""
    alternatives: Alternatives
    words: Words

    @cached_property
    def letters(self) -> dict[str, str]:
        """Letters of the options by scenario name."""
        return letters_of(self.alternatives)

    @cached_property
    def titles(self) -> dict[str, str]:
        """Titles of the options by scenario name, without their letters."""
        return {
            each.scenario.name: str(getattr(each.scenario.title, self.words.language))
            for each in self.alternatives.outcomes
        }

    @property
    def plans(self) -> Iterator[tuple[Outcome, Record]]:
        """Options as they are, beside their records."""
        return zip(self.alternatives.outcomes, self.record["plans"], strict=True)

    @cached_property
    def few(self) -> str:
        """What stands for a count that is too small to be told."""
        gates = (gate_of(each.scenario) for each in self.alternatives.outcomes)
        k = max(each.smallest_count_shown for each in gates)  # true of all options, whatever each says
        return self.words("unit.fewer_than", count=k)

    @cached_property
    def hidden(self) -> str:
        """What stands for a share, or minutes, that would tell of too few."""
        return self.words("unit.hidden")

    @cached_property
    def limits(self) -> tuple[float, ...]:
        """Minutes within which visits are counted, of all options, ascending."""
        counted = (plan["evaluation"]["county"]["overall"]["share_within"] for plan in self.record["plans"])
        return tuple(sorted({each["minutes"] for listed in counted for each in listed}))

    @cached_property
    def modes(self) -> tuple[str, ...]:
        """Other modes of travel than their own by which some options are counted."""
        return tuple(
            dict.fromkeys(mode for plan in self.record["plans"] for mode in plan["evaluation"]["by_mode"])
        )

    def is_reference(self, outcome: Outcome) -> bool:
        """Whether the base is no option: what stands there already, without the service."""
        return outcome.is_reference and len(self.letters) > 1

    def shown(self, name: str) -> Shown:
        """Give what names places and assumptions of a scenario; where it is no option, the base's."""
        known = {each.scenario.name: each for each in self.alternatives.outcomes}
        return Shown(known.get(name, self.alternatives.base), self.words)

    def head(self, key: str, **values: object) -> str:
        """Write the heading of a column."""
        return plain_text(self.words(f"workbook.column.{key}", **values))

    def column(self, key: str, kind: Kind = "text", path: str = "", **more: Any) -> Column:
        """Make a column of its heading's key."""
        return Column(self.head(key), kind, path=path, **more)

    def option_columns(self) -> tuple[Column, Column]:
        """Make the columns of what `option` gives."""
        title = f"plans[*].scenario.resolved.title.{self.words.language}"
        return self.column("option"), self.column("option_title", path=title)

    def option(self, name: str) -> tuple[str, str]:
        """Give letter and title of an option."""
        return self.letters[name], self.titles[name]

    def sheet(
        self,
        key: str,
        columns: Iterable[Column],
        rows: Iterable[tuple[Cell, ...]],
        *,
        n_labels: int = 1,
        **values: object,
    ) -> Sheet:
        """Make a sheet with the name, the title and the note that the texts give it."""
        texts = [self.words(f"workbook.sheet.{key}.{part}") for part in ("name", "title", "note")]
        note = texts[2].format(**values) if values else texts[2]
        return Sheet(texts[0], texts[1], note, tuple(columns), tuple(rows), n_labels=n_labels)


def of_kind(value: Cell, kind: Kind) -> Cell:
    """Give a number its own kind; what is text or empty stays that.

    Examples
    --------
    >>> of_kind(0.5, "share"), of_kind("few", "share"), of_kind(None, "share")
    (Number(value=0.5, kind='share'), 'few', None)
    """
    return Number(value, kind) if isinstance(value, float | int) else value


def plain_text(text: str) -> str:
    r"""Leave out what only helps to break lines: it would make two names of one.

    Examples
    --------
    >>> plain_text("När\xadmottagningar,\xa0antal")
    'Närmottagningar, antal'
    """
    return text.replace(SOFT_HYPHEN, "").replace(NO_BREAK_SPACE, " ")


def within_fields(material: Material, path: str, kind: Kind) -> tuple[Field, ...]:
    """Give a field for each limit of minutes."""
    return tuple(
        Field("within", kind, path, limit, head_values=(("minutes", material.words.plain(limit)),))
        for limit in material.limits
    )


def columns_of(fields: Iterable[Field], material: Material, place: str) -> Iterator[Column]:
    """Make the columns of fields whose values stand under a place, such as ``plans[*].evaluation``."""
    for each in fields:
        path = f"{place}.{each.path}"
        if each.within is not None:
            path += f"[minutes={each.within:g}].share"
        head = material.head(each.key, **dict(each.head_values))
        yield Column(head, each.kind, each.is_estimated, path)


def cells_of(
    fields: Iterable[Field], part: Record | None, material: Material, *, youths: float | None = 0
) -> Iterator[Cell]:
    """Take the values of fields from a part of a record; what may not be told says so.

    `youths` are those of the area as they may be shown: where they may not, its minutes may not either.
    """
    for each in fields:
        if part is None or (each.within is not None and not _counts_within(part, each)):
            yield None
            continue
        value = _found(part, each)
        if value is not None:
            yield value
        elif each.kind == "count":
            yield material.few
        elif each.kind in ("share", "share_tenths") or youths is None:
            yield material.hidden
        else:
            yield None


def _counts_within(part: Record, field: Field) -> bool:
    """Whether the option counts visits within this limit: if not, nothing is hidden."""
    return any(each["minutes"] == field.within for each in _at(part, field.path))


def _found(part: Record, field: Field) -> Cell:
    found = _at(part, field.path)
    if field.within is not None:
        found = next(each["share"] for each in found if each["minutes"] == field.within)
    return None if found is None else float(found) if isinstance(found, float) else int(found)


def _at(part: Record, path: str) -> Any:
    found: Any = part
    for step in path.split("."):
        found = found[step]
    return found
