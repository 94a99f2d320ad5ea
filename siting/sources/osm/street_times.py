"""`StreetTimes`: minutes along street pieces, by car, by bicycle and on foot.

By car: length / (limit x share that is driven), plus what is lost once on the piece or at its end, times
the winter factor. Lost is the most of: traffic signals or a sign; a junction where three or more streets
open to cars meet, by the class of the street that one comes out of. Driveways, tracks and living streets
make a junction only for those who come out of one; within a roundabout there are none. Traffic signals so
near the ones before that both are of one crossing cost nothing (`signals`).

By bicycle and on foot: length / speed. Ferries, for all: what their duration says, or their own speed, plus
the wait where one boards.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .pieces import CONTROLS
from .signals import of_crossing_before
from .street_rules import FERRY, street_rule

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .pieces import Pieces
    from .street_rules import StreetRule
    from .street_settings import StreetSettings

MINUTES_PER_HOUR: Final = 60.0
SECONDS_PER_MINUTE: Final = 60.0
METRES_PER_KM: Final = 1000.0
BY_THE_WAY: Final = ("service", "track", "living_street")
"""Classes whose mouths are no junction for the other streets."""


@dataclass(frozen=True, eq=False)
class StreetTimes:
    """Minutes along k street pieces; inf = closed."""

    pieces: Pieces
    settings: StreetSettings

    def car_minutes(self) -> NDArray[np.float64]:
        """Minutes from -> to and to -> from, (k, 2)."""
        speed = np.where(self.pieces.stops_cars[:, None], 0.0, self.of_rule("car_km_per_hour"))
        lost = self._lost_seconds(speed > 0) / SECONDS_PER_MINUTE
        return self._or_by_ferry((self._moving(speed) + lost) * self.settings.winter_factor, speed)

    def bicycle_minutes(self) -> NDArray[np.float64]:
        """Minutes from -> to and to -> from, (k, 2)."""
        speed = self.of_rule("bicycle_km_per_hour")
        return self._or_by_ferry(self._moving(speed) * self.settings.winter_factor, speed)

    def walk_minutes(self) -> NDArray[np.float64]:
        """Minutes either way, (k,); of a ferry that one boards at one end only, from there."""
        speed = np.column_stack([self.of_rule("walk_km_per_hour")] * 2)
        either_way: NDArray[np.float64] = self._or_by_ferry(self._moving(speed), speed).max(axis=1)
        return either_way

    def of_rule(self, name: str) -> NDArray[Any]:
        """Give a field of the rule of each piece, (k,) or (k, 2)."""
        values = [getattr(rule, name) for rule in self._rules]
        dtype = object if isinstance(values[0], str) else None
        return np.array(values, dtype=dtype)[self.pieces.tags_of_piece]

    @cached_property
    def _rules(self) -> tuple[StreetRule, ...]:
        return tuple(street_rule(tags, self.settings) for tags in self.pieces.tags)

    @cached_property
    def _kilometres(self) -> NDArray[np.float64]:
        return self.pieces.metres / METRES_PER_KM

    @cached_property
    def _ends(self) -> NDArray[np.intp]:
        """From and to node, numbered from 0, (k, 2)."""
        _, end = np.unique(np.column_stack([self.pieces.from_node, self.pieces.to_node]), return_inverse=True)
        return end.reshape(-1, 2)

    def _moving(self, speed: NDArray[np.float64]) -> NDArray[np.float64]:
        with np.errstate(divide="ignore"):
            minutes: NDArray[np.float64] = self._kilometres[:, None] / speed * MINUTES_PER_HOUR
        return minutes

    def _or_by_ferry(self, minutes: NDArray[np.float64], speed: NDArray[np.float64]) -> NDArray[np.float64]:
        """Put sailing and waiting in the place of minutes, on ferries."""
        is_ferry = self.of_rule("street_class") == FERRY
        way_km = np.bincount(self.pieces.way, weights=self._kilometres)[self.pieces.way]
        stated = self.of_rule("ferry_minutes") * self._kilometres / way_km
        sailing = np.where(np.isnan(stated)[:, None], self._moving(speed), stated[:, None])
        on_land = np.zeros(self._ends.max() + 1, dtype=bool)
        on_land[self._ends[~is_ferry]] = True
        wait = on_land[self._ends] * self.settings.ferry_wait_minutes  # boarding at from, and back at to
        by_ferry = np.where(speed > 0, sailing + wait, np.inf)
        return np.where(is_ferry[:, None], by_ferry, minutes)

    def _lost_seconds(self, is_open: NDArray[np.bool_]) -> NDArray[np.float64]:
        """Seconds that a car loses once on a piece or at its end, (k, 2): the most of what it meets."""
        seconds_at = np.array([self.settings.seconds_at(control) for control in CONTROLS])
        at_control = seconds_at[np.column_stack([self.pieces.control_ahead, self.pieces.control_back])]
        classes = [rule.street_class for rule in self._rules]
        of_class = np.array([self.settings.junction_seconds.get(each, 0.0) for each in classes])
        at_junction = of_class[self.pieces.tags_of_piece] * ~self.of_rule("is_roundabout")
        is_minor = np.isin(classes, BY_THE_WAY)[self.pieces.tags_of_piece]
        is_driven = np.any(is_open, axis=1)
        meets_any, meets_major = self._meets(is_driven), self._meets(is_driven & ~is_minor)
        meets = np.where(is_minor[:, None], meets_any, meets_major)
        lost: NDArray[np.float64] = np.maximum(at_control, meets * at_junction[:, None])
        lost[of_crossing_before(self.pieces, self._ends, is_open, self.settings.one_crossing_metres)] = 0.0
        return lost

    def _meets(self, counted: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Whether three or more of the counted pieces meet where one arrives, (k, 2): at to, back at from."""
        n_meeting = np.bincount(self._ends[counted].ravel(), minlength=self._ends.max() + 1)
        junction: NDArray[np.bool_] = n_meeting[self._ends[:, ::-1]] > 2
        return junction
