"""The gate for counts of young people: what may be shown of a number.

Counts below the scenario's ``smallest_count_shown`` (k) are shown only as "fewer than k"; the others
are rounded to three digits and at least to the nearest k: more would be pretence in an estimate. Numbers
that follow from a count at a public rate (visits) are computed from the count that is shown. Every
output takes its counts of persons and visits from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .words import Words

SHARE_DECIMALS: Final = 2
HALF: Final = 0.5


@dataclass(frozen=True)
class Gate:
    """Counts as they may be shown."""

    smallest_count_shown: int

    def count(self, value: float) -> int | None:
        """Rounded count; None means "fewer than k". Nobody at all is 0.

        Examples
        --------
        >>> gate = Gate(5)
        >>> gate.count(0.0), gate.count(4.9), gate.count(23.0), gate.count(4963.0)
        (0, None, 25, 4960)
        """
        k = self.smallest_count_shown
        if value == 0:
            return 0
        if value < k:
            return None
        step = max(k, 10 ** (int(np.log10(value)) - 2))
        return int(step * np.floor(value / step + 0.5))

    def derived(self, value: float, youths: float) -> int | None:
        """Give a number that follows from a count of youths (visits, persons in need) from the shown count.

        Otherwise the rates, which are public, would give the count of youths away.

        Examples
        --------
        >>> Gate(5).derived(48.0, youths=4.0), Gate(5).derived(576.0, youths=48.0)
        (None, 600)
        """
        shown = self.count(youths)
        if not shown or not youths:
            return shown if shown is None else 0
        return self.count(shown * value / youths)

    def share(self, value: float, youths: float) -> float | None:
        """Give a share of an area's visits; None where it tells of fewer than k youths, or of all but so few.

        In a small municipality a share in whole per cent is a count: 2 % of 180 are three or four persons.

        Examples
        --------
        >>> gate = Gate(5)
        >>> gate.share(0.02, youths=180.0), gate.share(0.02, youths=1800.0), gate.share(1.0, youths=180.0)
        (None, 0.02, 1.0)
        """
        few = self.smallest_count_shown
        if self.count(youths) is None or 0 < value * youths < few or 0 < (1 - value) * youths < few:
            return None
        return round(value, SHARE_DECIMALS)

    def stepped_share(self, value: float, youths: float, *, decimals: int = SHARE_DECIMALS) -> float | None:
        """Give a share as `share` does, with no more decimals than have the last one stand for k youths.

        For shares that are told at many limits, as a sweep does: each step between two tells of k youths.

        Examples
        --------
        >>> Gate(5).stepped_share(0.512, youths=180.0), Gate(5).stepped_share(0.97, youths=180.0)
        (0.5, None)
        >>> Gate(5).stepped_share(0.5124, youths=20_000.0, decimals=3)
        0.512
        """
        if not youths or self.share(value, youths) is None:
            return None
        told = max(0, int(np.floor(np.log10(youths / self.smallest_count_shown))))
        shown = round(value, min(decimals, told))
        is_none_or_all = shown in (0.0, 1.0) and shown != value
        return None if is_none_or_all and told < SHARE_DECIMALS else shown

    def share_text(self, value: float | None, youths: float, words: Words) -> str:
        """Write a share as percent; where it tells of fewer than k youths, only that: "<3 %" or ">97 %".

        Examples
        --------
        >>> from siting.present.words import Words
        >>> Gate(5).share_text(0.02, 180.0, Words("en")), Gate(5).share_text(0.99, 180.0, Words("en"))
        ('<3%', '>97%')
        """
        if value is None or self.share(value, youths) is not None:
            return words.percent(value)
        few = np.ceil(100 * self.smallest_count_shown / youths) / 100 if youths else 1.0
        if few >= HALF or self.count(youths) is None:
            return words("unit.hidden")
        return f"<{words.percent(few)}" if value < HALF else f">{words.percent(1 - few)}"

    def text(self, value: float, words: Words, *, youths: float | None = None) -> str:
        """Write a count as it may be shown; one that is derived from youths as `derived` gives it."""
        shown = self.count(value) if youths is None else self.derived(value, youths)
        if shown is None:
            return words("unit.fewer_than", count=self.smallest_count_shown)
        return words.number(shown)

    def classes(self, values: NDArray[np.float64], words: Words) -> list[str]:
        """Write each cell's count as a class: a cell's own number is never shown.

        Classes are 0, fewer than k, and powers of two times k: 5-9, 10-19, 20-39 ...
        """
        k = self.smallest_count_shown
        texts = []
        for value in values:
            if value == 0:
                texts.append(words.number(0))
            elif value < k:
                texts.append(words("unit.fewer_than", count=k))
            else:
                low = k * 2 ** int(np.log2(max(np.floor(value + 0.5), k) / k))
                texts.append(f"{low}–{2 * low - 1}")
        return texts
