"""How municipalities are shaded: by whole minutes to the nearest reception, in the classes of all maps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from ..tables import gate_of
from .drawing import CLASS_UPPER_MINUTES
from .legend import AreaLook

if TYPE_CHECKING:
    from ...study import Outcome
    from ..words import Words

Kind = Literal["minutes", "no_place", "hidden"]


LOOKS: Final = (  # each darker than the one before, and the last ones hatched as well
    AreaLook("#f6fafa"),
    AreaLook("#dcebec"),
    AreaLook("#bcd6d9"),
    AreaLook("#98bec4"),
    AreaLook("#76a5ad", "///", "#cfe2e5"),
    AreaLook("#548994", "xxx", "#b4d0d5"),
)
NO_PLACE: Final = AreaLook("#fff", "...", "#1b2430")
HIDDEN: Final = AreaLook("#fff", "///", "#aab4be")


@dataclass(frozen=True)
class Shade:
    """What a municipality's visits have to the nearest reception on average."""

    kind: Kind
    minutes: int | None = None

    @property
    def look(self) -> AreaLook:
        """How it is drawn."""
        if self.minutes is None:
            return NO_PLACE if self.kind == "no_place" else HIDDEN
        return LOOKS[sum(self.minutes > upper for upper in CLASS_UPPER_MINUTES)]


def shades(outcome: Outcome) -> dict[str, Shade]:
    """Give each municipality's shade by its code: as the tables tell its minutes, or that they do not."""
    gate = gate_of(outcome.scenario)
    counted = outcome.evaluation.by_municipality
    found = {}
    for code in outcome.region.municipality_names:
        area = counted.get(code)
        if area is None or gate.hides_minutes(area.youths):
            found[code] = Shade("hidden")
        elif area.near.mean_minutes is None:
            found[code] = Shade("no_place")
        else:
            found[code] = Shade("minutes", round(area.near.mean_minutes))
    return found


def class_texts(words: Words) -> tuple[str, ...]:
    """Name the classes of whole minutes.

    Examples
    --------
    >>> from siting.present.words import Words
    >>> class_texts(Words("en"))
    ('0–10', '11–20', '21–30', '31–45', '46–60', 'over 60')
    """
    lowest = (0, *(upper + 1 for upper in CLASS_UPPER_MINUTES))
    closed = (f"{low}–{upper}" for low, upper in zip(lowest, CLASS_UPPER_MINUTES, strict=False))
    return (*closed, words("picture.longer", minutes=CLASS_UPPER_MINUTES[-1]))
