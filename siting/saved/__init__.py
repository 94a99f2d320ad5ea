"""Saved results: read plan.json and comparison.json back, and give the outcomes that they were written from.

Nothing is chosen again. What a file does not hold (minutes, counts) is measured and counted anew from the
dataset; what it does hold has to agree with that. Analyses (`analyses`) and both together (`results`) are
not named here: they load all that analyses are made of.
"""

from .reopening import compare as compare
from .reopening import reopen as reopen
from .sweeps import SweptPlans as SweptPlans
from .sweeps import read_sweep as read_sweep
