"""Which pictures stand side by side: those that follow one another and leave room for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ..document import Picture

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..document import Block

WIDEST_ABREAST: Final = 0.5  # of the width of the text


def is_narrow(block: Block) -> bool:
    """Whether it is a picture beside which another may stand."""
    return isinstance(block, Picture) and block.width <= WIDEST_ABREAST


def gathered(blocks: Iterable[Block]) -> Iterator[tuple[Block, ...]]:
    """Give narrow pictures in rows that are no wider than the text, and every other block by itself."""
    row: list[Block] = []
    taken = 0.0
    for block in blocks:
        width = block.width if isinstance(block, Picture) and is_narrow(block) else 1.0
        if row and taken + width > 1.0 + 1e-9:
            yield tuple(row)
            row, taken = [], 0.0
        row.append(block)
        taken += width
    if row:
        yield tuple(row)
