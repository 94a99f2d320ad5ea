"""A customisable contraction hierarchy of a road network: from few places to many nodes, quickly and exactly.

`topology_of` orders the nodes once for a network, `weights_of` weighs its arcs for one set of minutes,
`downhill_to` keeps what is needed to reach some nodes, and `climb` and `sweep` find the ways. The mathematics
stand in docs/travel-times.md. Importing this imports numba, which takes a moment.
"""

from .sweep import LANES, Downhill, Slope, climb, downhill_to, no_labels, sweep
from .topology import TOPOLOGY_VERSION, Topology, topology_of
from .weights import FINEST_UNIT, NEVER, Weights, metres_of, minutes_part, never_of, weights_of, whole

__all__ = [
    "FINEST_UNIT",
    "LANES",
    "NEVER",
    "TOPOLOGY_VERSION",
    "Downhill",
    "Slope",
    "Topology",
    "Weights",
    "climb",
    "downhill_to",
    "metres_of",
    "minutes_part",
    "never_of",
    "no_labels",
    "sweep",
    "topology_of",
    "weights_of",
    "whole",
]
