"""The same question with other values: over a grid, or drawn at random by a seed; each variant answered.

A variant is a scenario of its own, chosen, counted and checked as any other (`siting.study.run`).
"""

from __future__ import annotations

from .asking import Variant as Variant
from .asking import read_all as read_all
from .sweeping import Row as Row
from .sweeping import RowStatus as RowStatus
from .sweeping import Sweep as Sweep
from .sweeping import sweep as sweep
