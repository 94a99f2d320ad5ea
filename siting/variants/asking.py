"""`Variant`: which value each varied key takes; a grid over given values, times seeded draws."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Final

import numpy as np
from ruamel.yaml import YAML

from ..errors import InputError
from ..sentences import shortened
from ..yaml_file import bounded
from .distributions import Distribution, read_distribution

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

MOST_VARIANTS: Final = 100_000
NOT_VARIED: Final = ("dataset", "name", "title", "question")
"""A sweep is over one dataset, and of one scenario."""
_BITS: Final = 52  # of a number in (0, 1)


@dataclass(frozen=True)
class Variant:
    """One variant of a scenario."""

    number: int
    """From 1, in the order of the grid within each draw."""
    draw: int | None
    """From 1; None where nothing is drawn."""
    values: Mapping[str, object]
    """What stands at each varied key (dotted); a number, a text, or a list of these."""


def ask(
    vary: Mapping[str, Sequence[object]],
    draw: Mapping[str, str | Distribution],
    *,
    n_draws: int,
    seed: int,
) -> tuple[Variant, ...]:
    """Give every combination of the given values, each with every draw.

    Draw number d of a key is the same whatever else is varied or drawn, however many draws there are.

    Raises
    ------
    InputError
        If nothing is varied, a key twice, one that cannot be, or draws and their number do not go together.
    """
    _check(vary, draw, n_draws=n_draws, seed=seed)
    drawn_from = {
        key: read_distribution(each) if isinstance(each, str) else each for key, each in draw.items()
    }
    combinations = [dict(zip(vary, values, strict=True)) for values in product(*vary.values())]
    draws: Sequence[int | None] = range(1, n_draws + 1) if draw else [None]
    if len(combinations) * len(draws) > MOST_VARIANTS:
        message = f"{len(combinations)} x {len(draws)} variants are more than {MOST_VARIANTS}; take fewer"
        raise InputError(message)
    variants: list[Variant] = []
    for number in draws:
        drawn = (
            {}
            if number is None
            else {key: draw_value(each, number, seed, key) for key, each in drawn_from.items()}
        )
        variants += [
            Variant(len(variants) + offset, number, {**combination, **drawn})
            for offset, combination in enumerate(combinations, start=1)
        ]
    return tuple(variants)


def _check(
    vary: Mapping[str, Sequence[object]], draw: Mapping[str, object], *, n_draws: int, seed: int
) -> None:
    if not vary and not draw:
        message = "nothing is varied: give keys and values, such as choice.n_satellites=2,3,4"
        raise InputError(message)
    for key in (*vary, *draw):
        if key.split(".")[0] in NOT_VARIED:
            message = f"{shortened(key)} cannot be varied; make a sweep for each"
            raise InputError(message)
    both = sorted(set(vary) & set(draw))
    if both:
        message = f"{shortened(both[0])} is both varied and drawn; do one of them"
        raise InputError(message)
    empty = [key for key, values in vary.items() if not values]
    if empty:
        message = f"{shortened(empty[0])}: no values are given; write them so: choice.n_satellites=1,2,3"
        raise InputError(message)
    if n_draws < 0:
        message = f"--draws is {n_draws}; it must be 1 or more"
        raise InputError(message)
    if bool(draw) != (n_draws > 0):
        message = (
            "draws are asked for, but nothing to draw: name a key and its distribution"
            if n_draws
            else "there is something to draw, but the number of draws is not given: give --draws N"
        )
        raise InputError(message)
    if seed < 0:
        message = f"the seed is {seed}; it must be a whole number >= 0"
        raise InputError(message)


def draw_value(distribution: Distribution, number: int, seed: int, key: str) -> float:
    """Draw the value of a key in draw `number` (from 1)."""
    return distribution.value_at(float(shares_drawn(number, seed, key)[0]))


def shares_drawn(number: int, seed: int, key: str, n: int = 1) -> NDArray[np.float64]:
    """Draw n numbers in (0, 1), each as likely, from the seed's own child for this draw and this key.

    They are the middles of equal parts of (0, 1): never 0 or 1, where a normal value would be infinite.
    The first is the same however many are drawn.
    """
    of_key = int.from_bytes(hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()[:4])
    child = np.random.SeedSequence(seed, spawn_key=(number - 1, of_key))
    states = child.generate_state(1, np.uint64)
    if n > 1:  # numpy keeps what its bit generators give from release to release
        states = np.concatenate([states, np.random.PCG64(child).random_raw(n - 1)])
    whole = (states >> np.uint64(64 - _BITS)).astype(np.float64)
    return (whole + 0.5) / 2.0**_BITS


def read_all(
    vary: Sequence[str], draw: Sequence[str]
) -> tuple[dict[str, tuple[object, ...]], dict[str, Distribution]]:
    """Read keys with their values, and keys with their distributions, as they are written on a command line.

    Raises
    ------
    InputError
        If one is not written so, or a key is named twice.
    """
    values, distributions = [read_values(each) for each in vary], [read_draw(each) for each in draw]
    keys = [key for key, _ in (*values, *distributions)]
    twice = sorted({key for key in keys if keys.count(key) > 1})
    if twice:
        message = f"{shortened(twice[0])} is named twice; give all its values at once, or draw it"
        raise InputError(message)
    return dict(values), dict(distributions)


def read_values(text: str) -> tuple[str, tuple[object, ...]]:
    """Read a key and its values as they are written: "choice.n_satellites=2,3,4"; each as in a scenario file.

    Raises
    ------
    InputError
        If it is not written so.

    Examples
    --------
    >>> read_values("leaving_municipalities=[],[Mora]")
    ('leaving_municipalities', ([], ['Mora']))
    """
    key, given = _halves(text, "choice.n_satellites=2,3,4")
    try:
        yaml = YAML(typ="safe", pure=True)
        yaml.Composer = bounded(MOST_VARIANTS, merging=False)
        values = yaml.load(f"[{given}]")
    except Exception:  # on what is no YAML the parser ends in almost anything
        values = None
    if not isinstance(values, list) or not values:
        message = f"{shortened(text)!r}: expected a key and its values, such as choice.n_satellites=2,3,4"
        raise InputError(message)
    return key, tuple(values)


def read_draw(text: str) -> tuple[str, Distribution]:
    """Read a key and its distribution as they are written: "travel.speed_factor=uniform(0.9,1.1)".

    Raises
    ------
    InputError
        If it is not written so.
    """
    key, given = _halves(text, "travel.speed_factor=uniform(0.9,1.1)")
    return key, read_distribution(given)


def _halves(text: str, example: str) -> tuple[str, str]:
    key, separator, given = text.partition("=")
    if not key.strip() or not separator:
        message = f"{shortened(text)!r}: expected KEY=..., such as {example}"
        raise InputError(message)
    return key.strip(), given
