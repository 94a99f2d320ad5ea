"""The named peers on travel times from some nodes to others, each as its documentation says.

Run by the peers' interpreter: numpy, scipy and the peer, no siting. All take the file that
``road_inputs.py`` writes. Making the graph, and what a peer prepares once for a graph, is not timed.
Slow peers run a few sources and are scaled to all; each answer tells how far it is at most from scipy's
Dijkstra on the first three sources.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from meter import Meter, versions
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

Answer = dict[str, Any]
SECONDS_PER_MINUTE = 60.0
WHOLE_PER_MINUTE = 60_000.0  # RoutingKit's weights are whole numbers: milliseconds


def road_answer(
    meter: Meter,
    minutes: NDArray[np.floating],
    arrays: dict[str, NDArray[np.float64]],
    of: tuple[str, ...],
    note: str = "",
) -> Answer:
    """Scale the seconds to all sources, and compare with the reference."""
    n_all, n_run = len(arrays["sources"]), len(minutes)
    costs = meter.costs()
    scale = n_all / n_run
    costs["seconds"] = meter.seconds * scale
    checked = min(n_run, len(arrays["reference"]))
    reference = arrays["reference"][:checked]
    deviation = float(np.abs(minutes[:checked] - reference).max())
    scaled = f"{n_run} of {n_all:,} sources, scaled" if scale > 1 else "all sources"
    return {
        **costs,
        "value": float(np.mean(minutes[0], dtype=np.float64)),
        "says": f"{scaled}; {note}" if note else scaled,
        "proven": True,
        "deviation_minutes": deviation,
        "versions": versions(*of),
    }


def read_inputs(path: str) -> dict[str, NDArray[np.float64]]:
    """Give the arrays of an input file."""
    with np.load(path) as arrays:
        return dict(arrays)


def scipy_dijkstra(path: str, n_sources: int) -> Answer:
    """scipy.sparse.csgraph.dijkstra, node numbers as they come."""
    from scipy.sparse.csgraph import dijkstra

    arrays = read_inputs(path)
    n = len(arrays["points"])
    graph = csr_array((arrays["minutes"], (arrays["tail"], arrays["head"])), shape=(n, n))
    few = arrays["sources"][:n_sources]
    with Meter() as meter:
        minutes = np.concatenate([dijkstra(graph, indices=[node])[:, arrays["targets"]] for node in few])
    return road_answer(meter, minutes, arrays, ("scipy",))


def networkx_dijkstra(path: str, n_sources: int) -> Answer:
    """networkx on a MultiDiGraph with travel_time on its edges, as OSMnx users do it."""
    import networkx as nx

    arrays = read_inputs(path)
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(len(arrays["points"])))
    ends = zip(arrays["tail"].tolist(), arrays["head"].tolist(), arrays["minutes"].tolist(), strict=True)
    graph.add_edges_from((tail, head, {"travel_time": minutes}) for tail, head, minutes in ends)
    targets = arrays["targets"].tolist()
    minutes = []
    with Meter() as meter:
        for node in arrays["sources"][:n_sources].tolist():
            found = nx.single_source_dijkstra_path_length(graph, node, weight="travel_time")
            minutes.append([found.get(target, np.inf) for target in targets])
    return road_answer(meter, np.array(minutes), arrays, ("networkx",))


def igraph_distances(path: str, n_sources: int) -> Answer:
    """igraph's distances."""
    import igraph

    arrays = read_inputs(path)
    ends = np.column_stack([arrays["tail"], arrays["head"]])
    graph = igraph.Graph(len(arrays["points"]), ends, directed=True)
    weights = arrays["minutes"].tolist()
    few, targets = arrays["sources"][:n_sources].tolist(), np.asarray(arrays["targets"])
    with Meter() as meter:
        minutes = np.array(graph.distances(few, weights=weights))[:, targets]
    return road_answer(meter, minutes, arrays, ("igraph",))


def pandana_lengths(path: str, n_sources: int) -> Answer:
    """pandana's shortest_path_lengths, its contraction hierarchy made before."""
    import pandana
    import pandas as pd

    arrays = read_inputs(path)
    x, y = (pd.Series(arrays["points"][:, k]) for k in (0, 1))
    weights = pd.DataFrame({"seconds": arrays["minutes"] * SECONDS_PER_MINUTE})  # it keeps three decimals
    tail, head = (pd.Series(arrays[end]).astype("int64") for end in ("tail", "head"))
    network = pandana.Network(x, y, tail, head, weights, twoway=False)
    targets = arrays["targets"].astype("int64")
    seconds = []
    with Meter() as meter:
        for node in arrays["sources"][:n_sources]:
            seconds.append(network.shortest_path_lengths(np.full(len(targets), int(node)), targets))
    return road_answer(meter, np.array(seconds) / SECONDS_PER_MINUTE, arrays, ("pandana",))


def routingkit_many_to_many(path: str, n_sources: int) -> Answer:
    """pyroutingkit's customisable contraction hierarchy, topology built and weights set before."""
    from pyroutingkit import CCHMetric, CCHTopology

    arrays = read_inputs(path)
    points = arrays["points"] / 111_000.0
    topology = CCHTopology()
    ends = (arrays[end].astype(np.uint32) for end in ("tail", "head"))
    latitude, longitude = points[:, 1].astype(np.float32), points[:, 0].astype(np.float32)
    topology.build(*ends, latitude, longitude, len(points))
    metric = CCHMetric(topology)
    metric.customize(np.round(arrays["minutes"] * WHOLE_PER_MINUTE).astype(np.uint32))
    few, targets = (arrays[name].astype(np.uint32) for name in ("sources", "targets"))
    with Meter() as meter:
        whole = metric.distances_many_to_many(few[:n_sources], targets)
    return road_answer(meter, whole / WHOLE_PER_MINUTE, arrays, ("pyroutingkit",), "milliseconds")
