"""Distributions that values are drawn from, each by its inverse: one number in (0, 1) gives one value.

A value hangs on nothing but that number, not on how a library's release draws normal numbers.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, fields
from statistics import NormalDist
from typing import Final, Protocol

from scipy.special import betaincinv

from ..errors import InputError
from ..sentences import shortened

CENTRAL: Final = (0.001, 0.999)
"""What is drawn beyond these shares is left out of what a distribution reaches, where it has long tails."""


class Distribution(Protocol):
    """What a value is drawn from."""

    def value_at(self, u: float) -> float:
        """Give the value below which a share `u` of the draws lies."""

    def reach(self) -> tuple[float, float]:
        """Give the limits of what is drawn; of one with long tails, of the central 99.8 %."""


@dataclass(frozen=True)
class Uniform:
    """Every value between two limits is as likely."""

    least: float
    most: float

    def __post_init__(self) -> None:
        if not self.least < self.most:
            message = f"uniform({self.least:g},{self.most:g}): the first must be less than the second"
            raise InputError(message)

    def value_at(self, u: float) -> float:
        """Give the value below which a share `u` of the draws lies."""
        return self.least + u * (self.most - self.least)

    def reach(self) -> tuple[float, float]:
        """Give the limits of what is drawn."""
        return self.least, self.most


@dataclass(frozen=True)
class Normal:
    """The bell around a mean."""

    mean: float
    standard_deviation: float

    def __post_init__(self) -> None:
        if not self.standard_deviation > 0:
            message = f"normal({self.mean:g},{self.standard_deviation:g}): the second must be more than 0"
            raise InputError(message)

    def value_at(self, u: float) -> float:
        """Give the value below which a share `u` of the draws lies."""
        return NormalDist(self.mean, self.standard_deviation).inv_cdf(u)

    def reach(self) -> tuple[float, float]:
        """Give the limits of the central 99.8 % of what is drawn."""
        return self.value_at(CENTRAL[0]), self.value_at(CENTRAL[1])


@dataclass(frozen=True)
class Triangular:
    """Between two limits, and most likely at the mode."""

    least: float
    mode: float
    most: float

    def __post_init__(self) -> None:
        if not (self.least <= self.mode <= self.most and self.least < self.most):
            message = (
                f"triangular({self.least:g},{self.mode:g},{self.most:g}): must be the least, the most likely "
                "and the largest value, in this order"
            )
            raise InputError(message)

    def value_at(self, u: float) -> float:
        """Give the value below which a share `u` of the draws lies.

        Examples
        --------
        >>> Triangular(0.0, 1.0, 4.0).value_at(0.25), Triangular(0.0, 1.0, 4.0).value_at(0.25 + 0.75 * 0.75)
        (1.0, 2.5)
        """
        width, below, above = self.most - self.least, self.mode - self.least, self.most - self.mode
        if u * width <= below:
            return self.least + math.sqrt(u * width * below)
        return self.most - math.sqrt((1 - u) * width * above)

    def reach(self) -> tuple[float, float]:
        """Give the limits of what is drawn."""
        return self.least, self.most


@dataclass(frozen=True)
class Beta:
    """What is known of a share after so many were counted that belong to it, and so many that do not.

    The posterior from Jeffreys' prior: a beta distribution with both counts + 1/2.
    """

    yes: float
    no: float

    def __post_init__(self) -> None:
        if not (self.yes >= 0 and self.no >= 0):
            message = f"beta({self.yes:g},{self.no:g}): both are counts, yes and no; they must be 0 or more"
            raise InputError(message)

    def value_at(self, u: float) -> float:
        """Give the value below which a share `u` of the draws lies.

        Examples
        --------
        >>> round(Beta(0, 0).value_at(0.75), 12), round(Beta(0.5, 0.5).value_at(0.2), 12)  # arcsine; uniform
        (0.853553390593, 0.2)
        """
        return float(betaincinv(self.yes + 0.5, self.no + 0.5, u))

    def reach(self) -> tuple[float, float]:
        """Give the limits of the central 99.8 % of what is drawn."""
        return self.value_at(CENTRAL[0]), self.value_at(CENTRAL[1])


KINDS: Final[dict[str, type[Uniform | Normal | Triangular | Beta]]] = {
    "uniform": Uniform,
    "normal": Normal,
    "triangular": Triangular,
    "beta": Beta,
}


def read_distribution(text: str) -> Distribution:
    """Read a distribution as it is written: "uniform(0.8,1.2)".

    Raises
    ------
    InputError
        If it is none, or its numbers do not fit.

    Examples
    --------
    >>> read_distribution("normal(1.0, 0.05)")
    Normal(mean=1.0, standard_deviation=0.05)
    """
    written = re.fullmatch(r"\s*(\w+)\s*\((.*)\)\s*", text)
    kind = KINDS.get(written[1]) if written else None
    if written is None or kind is None:
        message = (
            f"{shortened(text)!r} is no distribution; write uniform(a,b), normal(mean,sd), "
            "triangular(a,mode,b) or beta(yes,no)"
        )
        raise InputError(message)
    names = [each.name for each in fields(kind)]
    try:
        numbers = [float(part) for part in written[2].split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != len(names) or not all(map(math.isfinite, numbers)):
        wanted = ", ".join(name.replace("_", " ") for name in names)
        message = f"{shortened(text)!r}: expected {len(names)} numbers: {wanted}"
        if len(numbers) > len(names):
            message += "; write decimals with a point: uniform(0.9,1.1)"
        raise InputError(message)
    distribution = kind(*numbers)
    if not all(math.isfinite(distribution.value_at(u)) for u in (*CENTRAL, 0.5)):
        message = f"{shortened(text)!r}: its numbers are too large to be drawn from"
        raise InputError(message)
    return distribution
