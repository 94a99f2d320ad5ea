"""The gate for counts of young people: what may be shown of a number.

Counts below the scenario's ``smallest_count_shown`` (k) are shown only as "fewer than k"; the others
are rounded down to multiples of k that have three digits, then zeros: more would be pretence in an estimate.
Numbers that follow from a count at a public rate (visits) are computed from the count that is shown. Every
output that may be shared takes its counts of persons and visits from here.

Why down, and not to the nearest: the counts that a multiple of k stands for then begin at a multiple of k
and end before the next. So of a sum and its parts, what is told of all but one never bounds the last more
closely than by multiples of k, and one that is hidden stays anywhere from none to k. Rounded to the nearest,
a sum told as 5 with a part told as 5 left at most 2 for the rest.

Why k is 5 or a multiple of it: a multiple of 10 is one of 5. So a count told by 10 follows from the same
count told by 5, and so does a class; a share is one of counts rounded down to multiples of 10, which follow
from those to multiples of 5; a share of the county follows from that with more decimals. Files by any number
of k together therefore tell no more than if each group that one of them speaks of were told once, on
multiples of 5. Whoever owns a dataset may begin its ladder elsewhere (`siting.dataset.Terms`): against one
who has many files, what is promised is what the smallest k promises that the dataset lets be shown.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from ..saved.hidden import (
    COUNT_DECIMALS,
    SHARE_DECIMALS,
    count_told,
    finest_beside,
    hides_minutes,
    most_untold,
    share_decimals,
    step_at,
    tells_of_few,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from .words import Words

HALF: Final = 0.5


@dataclass(frozen=True)
class Gate:
    """Counts as they may be shown."""

    smallest_count_shown: int

    def count(self, value: float) -> int | None:
        """Count, rounded down; None means "fewer than k". Nobody at all is 0. More is never told as less.

        Examples
        --------
        >>> gate = Gate(5)
        >>> gate.count(0.0), gate.count(4.9), gate.count(23.0), gate.count(4963.0)
        (0, None, 20, 4960)
        >>> Gate(15).count(998.0), Gate(15).count(1019.0), Gate(15).count(1020.0)
        (990, 990, 1020)
        """
        return count_told(value, self.smallest_count_shown)

    def derived(self, value: float, youths: float) -> int | None:
        """Give a number that follows from a count of youths (visits, persons in need) from the shown count.

        Otherwise the rates, which are public, would give the count of youths away.

        Examples
        --------
        >>> Gate(5).derived(48.0, youths=4.0), Gate(5).derived(600.0, youths=50.0)
        (None, 600)
        """
        shown = self.count(youths)
        if not shown or not youths:
            return shown if shown is None else 0
        visits = round(shown * value / youths, COUNT_DECIMALS)
        if visits < self.smallest_count_shown:
            return None if visits else 0
        # It tells no more than the count that is shown: to the nearest will do.
        step = step_at(visits, self.smallest_count_shown)
        return max(self.smallest_count_shown, int(step * np.floor(visits / step + HALF)))

    def share(self, value: float, youths: float) -> float | None:
        """Give a share of an area's visits; None where it tells of fewer than k youths, or of all but so few.

        In a small municipality a share in whole per cent is a count: 2 % of 180 are three or four persons. So
        it is the share of counts that are rounded down to multiples of k, and tells no more than these do.

        Examples
        --------
        >>> gate = Gate(5)
        >>> gate.share(0.02, youths=180.0), gate.share(0.02, youths=1800.0), gate.share(1.0, youths=180.0)
        (None, 0.02, 1.0)
        >>> gate.share(0.43, youths=480.0), gate.share(0.43, youths=180.0), gate.share(0.43, youths=16.0)
        (0.43, 0.42, 0.33)
        """
        if self.count(youths) is None or tells_of_few(value, youths, self.smallest_count_shown):
            return None
        if not youths or value in (0.0, 1.0):
            return round(value, SHARE_DECIMALS)
        k = self.smallest_count_shown
        part, whole = (int(round(each, COUNT_DECIMALS) // k) for each in (value * youths, youths))
        return round(part / whole, SHARE_DECIMALS)

    def share_of_both(self, parts: Sequence[tuple[float, float]], youths: float) -> float | None:
        """Give a share of a municipality's visits to both services from the shares of each as they are told.

        Counted by itself it would be one more sum over the same cells, and was solved for some in an attack.
        A part that is hidden counts as none or all, whichever it is nearly.

        Parameters
        ----------
        parts
            Of each service the share of its visits, and how many there are: these stand for public rates.
        youths
            Of the area.

        Examples
        --------
        >>> gate = Gate(5)
        >>> gate.share_of_both([(0.5, 30.0), (0.99, 70.0)], youths=180.0)
        0.85
        >>> gate.share_of_both([(0.0, 30.0), (0.02, 70.0)], youths=180.0)
        """
        if self.count(youths) is None:
            return None
        made = [(value, visits) for value, visits in parts if visits] or [(parts[0][0], 1.0)]
        told = [self.share(value, youths) for value, _ in made]
        nearly = [0.0 if value < HALF else 1.0 for value, _ in made]
        sums = [
            (near if shown is None else shown) * visits
            for shown, near, (_, visits) in zip(told, nearly, made, strict=True)
        ]
        share = round(float(sum(sums) / sum(visits for _, visits in made)), SHARE_DECIMALS)
        k = self.smallest_count_shown
        if None in told and (self.count(youths) or 0) < k + most_untold(k):
            return None  # which it is nearly would say whether it is more or less than half of few
        is_exact = share not in (0.0, 1.0) or all(value == share for value, _ in made)
        return share if is_exact else None

    def both_text(self, parts: Sequence[tuple[float, float]], youths: float, words: Words) -> str:
        """Write a share of visits to both services as `share_of_both` gives it, or "<3 %" or ">97 %"."""
        shown = self.share_of_both(parts, youths)
        if shown is not None:
            return words.percent(shown)
        return self._hidden_share_text(all(value < HALF for value, visits in parts if visits), youths, words)

    def hides_minutes(self, youths: float) -> bool:
        """Say whether minutes of a municipality of so many youths may not be told.

        A mean is a sum over the cells, each with known minutes; where few live it tells of single cells.

        Examples
        --------
        >>> Gate(5).hides_minutes(399.0), Gate(5).hides_minutes(400.0), Gate(5).hides_minutes(0.0)
        (True, False, False)
        """
        return hides_minutes(youths, self.smallest_count_shown)

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
        told, shown = share_decimals(youths, self.smallest_count_shown), self.rounded(value, youths, decimals)
        is_none_or_all = shown in (0.0, 1.0) and shown != value
        return None if is_none_or_all and told < SHARE_DECIMALS else shown

    def rounded(self, value: float, youths: float, decimals: int) -> float:
        """Round a share, or a difference of two, to the decimals whose last stands for k youths.

        One decimal after the other goes, from where the smallest k would begin: so it follows from what that
        tells.

        Examples
        --------
        >>> Gate(5).rounded(0.0449, 2_400.0, 3), Gate(50).rounded(0.0449, 2_400.0, 3)
        (0.04, 0.0)
        >>> Gate(5).rounded(0.4451, 20_400.0, 3), Gate(50).rounded(0.4451, 20_400.0, 3)
        (0.445, 0.45)
        """
        few = self.smallest_count_shown
        finest, told = (min(decimals, share_decimals(youths, each)) for each in (finest_beside(few), few))
        for each in range(finest, told - 1, -1):
            value = round(value, each)
        return value

    def share_text(self, value: float | None, youths: float, words: Words) -> str:
        """Write a share as percent; where it tells of fewer than k youths, only that: "<3 %" or ">97 %".

        Examples
        --------
        >>> from siting.present.words import Words
        >>> Gate(5).share_text(0.02, 180.0, Words("en")), Gate(5).share_text(0.99, 180.0, Words("en"))
        ('<3%', '>97%')
        """
        shown = None if value is None else self.share(value, youths)
        if value is None or shown is not None:
            return words.percent(shown)
        return self._hidden_share_text(value < HALF, youths, words)

    def _hidden_share_text(self, is_small: bool, youths: float, words: Words) -> str:
        told = self.count(youths)  # by the youths themselves, the percent would tell how many there are
        most = self.smallest_count_shown if is_small else most_untold(self.smallest_count_shown)
        few = np.ceil(100 * most / told) / 100 if told else 1.0
        if few >= HALF:
            return words("unit.hidden")
        return f"<{words.percent(few)}" if is_small else f">{words.percent(1 - few)}"

    def text(self, value: float, words: Words, *, youths: float | None = None) -> str:
        """Write a count as it may be shown; one that is derived from youths as `derived` gives it."""
        shown = self.count(value) if youths is None else self.derived(value, youths)
        if shown is None:
            return words("unit.fewer_than", count=self.smallest_count_shown)
        return words.number(shown)

    def classes(self, values: NDArray[np.float64], words: Words) -> list[str]:
        """Write each cell's count as a class: a cell's own number is never shown.

        Classes are 0, fewer than k, and powers of two times k: 5-9, 10-19, 20-39 ... They begin at one of
        these whatever k, so that a class by a larger k is several by 5: by 15, fewer than 20, 20-39 ...

        Examples
        --------
        >>> from siting.present.words import Words
        >>> Gate(15).classes(np.array([0.0, 17.0, 20.0]), Words("en"))
        ['0', 'fewer than 20', '20–39']
        """
        finest = finest_beside(self.smallest_count_shown)
        least = finest * 2 ** int(np.ceil(np.log2(self.smallest_count_shown / finest)))
        texts = []
        for value in np.round(values, COUNT_DECIMALS):
            if value == 0:
                texts.append(words.number(0))
            elif value < least:
                texts.append(words("unit.fewer_than", count=least))
            else:
                low = least * 2 ** int(np.log2(value / least))
                texts.append(f"{low}–{2 * low - 1}")
        return texts
