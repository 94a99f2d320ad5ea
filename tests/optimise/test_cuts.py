"""The closed-form cuts: tight at the openings they are made for, valid at all others."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting.optimise.cuts import prepare_cuts
from siting.optimise.problem import Service


def random_service(rng: np.random.Generator, n_cells: int, n_sites: int) -> Service:
    minutes = rng.integers(0, 12, (n_cells, n_sites)).astype(float)
    minutes[rng.random(minutes.shape) < 0.1] = np.inf
    minutes[:, 0] = np.where(np.isinf(minutes[:, 0]), 20.0, minutes[:, 0])  # every cell reaches site 0
    return Service("cells", rng.uniform(0, 3, n_cells), minutes, (0,))


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 30), st.integers(1, 6))
def test_cuts_are_tight_where_made_and_valid_elsewhere(seed: int, n_cells: int, n_sites: int) -> None:
    rng = np.random.default_rng(seed)
    service = random_service(rng, n_cells, n_sites)
    total = service.demand.sum()
    maker = prepare_cuts(service, total_demand=total, usable=np.ones(n_sites, dtype=bool))

    def mean_minutes(opening: np.ndarray) -> float:
        return float(service.demand @ service.nearest_minutes(opening[:, None] > 0.5) / total)

    def value(opening: np.ndarray) -> float:
        cuts = maker.cuts_at(opening)
        return float((cuts.constant - cuts.slope @ opening).sum())

    whole = np.zeros(n_sites)
    whole[0] = 1  # so that everybody can be reached
    whole[rng.random(n_sites) < 0.4] = 1
    assert value(whole) == pytest.approx(mean_minutes(whole))
    fractional = rng.random(n_sites)
    cuts = maker.cuts_at(fractional)
    assert (cuts.constant - cuts.slope @ whole).sum() <= mean_minutes(whole) + 1e-9


def test_many_cells_share_as_many_thetas_as_there_are_sites() -> None:
    rng = np.random.default_rng(1)
    service = Service("cells", np.ones(500), rng.uniform(0, 60, (500, 7)), (0,))
    assert prepare_cuts(service, total_demand=500.0, usable=np.ones(7, dtype=bool)).n_groups == 7


def test_cells_without_demand_or_way_are_left_out() -> None:
    service = Service("cells", np.array([1.0, 0.0, 1.0]), np.array([[1.0], [1.0], [np.inf]]), (0,))
    maker = prepare_cuts(service, total_demand=1.0, usable=np.array([True]))
    assert maker.n_groups == 1
