"""`Options`: what may be opened, sites with their offers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from ..offers import Offer
    from ..sites import Role


@dataclass(frozen=True, eq=False)
class Options:
    """What may be opened: pairs of site and offer, side by side."""

    site: NDArray[np.intp]  # (q,)
    offers: tuple[Offer, ...]  # (q,)

    def where(self, role: Role) -> NDArray[np.bool_]:
        """Mark the options of a role, (q,)."""
        return np.array([offer.role is role for offer in self.offers], dtype=bool)

    def column(self, name: str) -> NDArray[np.float64]:
        """One number of each option's offer, (q,)."""
        return np.array([getattr(offer, name) for offer in self.offers], dtype=np.float64)
