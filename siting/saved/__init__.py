"""Saved results: read plan.json and comparison.json back, and give the outcomes that they were written from.

Nothing is chosen again. What a file does not hold (minutes, counts) is measured and counted anew from the
dataset; what it does hold has to agree with that.
"""

from .analyses import reopen_analysis as reopen_analysis
from .analyses import retold as retold
from .reopening import compare as compare
from .reopening import reopen as reopen
from .results import Results as Results
from .results import open_results as open_results
from .sweeps import SweptPlans as SweptPlans
from .sweeps import read_sweep as read_sweep
