"""Write what all contenders of a question about travel times take: arcs, points, sources and targets.

``python tests/benchmarks/road_inputs.py county|country FILE.npz [--share 0.01]``
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import numpy as np
from country import N_CELLS, N_NODES, N_SITES, arcs, country_network, country_places
from network import sites_and_cells, street_network
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import KDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from siting.roads import RoadNetwork

N_REFERENCE = 3


def county_inputs(path: str) -> None:
    """100 sites to every node of a county's streets."""
    roads, (sites, _) = street_network(), sites_and_cells()
    points = roads.node_points()
    write(path, roads, nearest(points, sites.points_metres), np.arange(len(points)))


def country_inputs(path: str, share: float = 1.0) -> None:
    """All premises of the country to all its populated cells, from nearest node to nearest node."""
    roads = country_network(round(N_NODES * share))
    cells, sites, _ = country_places(round(N_CELLS * share), round(N_SITES * share))
    points = roads.node_points()
    sources, targets = (nearest(points, each.points_metres) for each in (sites, cells))
    write(path, roads, sources, targets)


def nearest(points: NDArray[np.float64], of: NDArray[np.float64]) -> NDArray[np.intp]:
    """Nearest nodes of places."""
    found: NDArray[np.intp] = KDTree(points).query(of)[1]
    return found


def write(path: str, roads: RoadNetwork, sources: NDArray[np.intp], targets: NDArray[np.intp]) -> None:
    """Write the arrays, with scipy's minutes from the first sources as the reference."""
    tail, head, minutes = arcs(roads)
    n = len(roads.node_ids)
    graph = csr_array((minutes, (tail, head)), shape=(n, n))
    np.savez(
        path,
        tail=tail.astype(np.int32),
        head=head.astype(np.int32),
        minutes=minutes,
        points=roads.node_points(),
        sources=sources.astype(np.int32),
        targets=targets.astype(np.int32),
        reference=dijkstra(graph, indices=sources[:N_REFERENCE])[:, targets],
    )


def main() -> None:
    """Write one file."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("which", choices=["county", "country"])
    parser.add_argument("path")
    parser.add_argument("--share", type=float, default=1.0, help="of the country's full size")
    options = parser.parse_args()
    if options.which == "county":
        county_inputs(options.path)
    else:
        country_inputs(options.path, options.share)


if __name__ == "__main__":
    main()
