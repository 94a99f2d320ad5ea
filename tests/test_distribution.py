"""Visits by classes of travel minutes: by hand, and as the evaluation counts them."""

from __future__ import annotations

from pathlib import Path

import by_hand
import numpy as np
import pytest

from siting.distribution import distribution, distribution_of
from siting.evaluate import Trips
from siting.study import Outcome


def trips(*rows: tuple[int, int, float, float, float]) -> Trips:
    """Rows of cell, site, share of the cell, travel minutes, generalised minutes."""
    cell, site, share, minutes, felt = zip(*rows, strict=True)
    return Trips(np.array(cell), np.array(site), np.array(share), np.array(minutes), np.array(felt))


def test_visits_fall_in_the_class_whose_upper_limit_they_do_not_exceed() -> None:
    """Ten visits: 1 + 2 within 10, 3 to 20 minutes, 1 beyond, 2 digitally, 1 nowhere."""
    inf = float("inf")
    made = trips(
        (0, 0, 1.0, 0.0, 0.0),
        (1, 0, 1.0, 10.0, 10.0),
        (2, 0, 1.0, 10.1, 40.0),  # waiting does not count here
        (3, 0, 1.0, 20.1, 20.1),
        (4, -1, 1.0, inf, 45.0),
        (5, -1, 1.0, inf, inf),
    )
    spread = distribution(made, np.array([1.0, 2.0, 3.0, 1.0, 2.0, 1.0]), [20.0, 10.0])
    assert spread.upper_minutes == (10.0, 20.0)
    assert spread.shares == pytest.approx((0.3, 0.3, 0.1))
    assert (spread.digital_share, spread.unserved_share) == pytest.approx((0.2, 0.1))
    assert spread.within(20.0) == pytest.approx(0.6)


def test_where_there_are_no_visits_nothing_is_shared() -> None:
    spread = distribution(trips((0, 0, 1.0, 5.0, 5.0)), np.array([0.0]), [10.0])
    assert spread.shares == (0.0, 0.0)


def test_what_may_not_be_asked_for_raises() -> None:
    spread = distribution(trips((0, 0, 1.0, 5.0, 5.0)), np.array([1.0]), [10.0])
    with pytest.raises(ValueError, match="not in tuple"):
        spread.within(15.0)


@pytest.mark.parametrize("service", ["main", "near"])
def test_a_toy_s_classes_agree_with_its_evaluation(toy_folder: Path, service: str) -> None:
    agree(by_hand.with_teams(toy_folder), service)


@pytest.mark.parametrize("service", ["main", "near"])
def test_the_county_s_classes_agree_with_its_evaluation(base_outcome: Outcome, service: str) -> None:
    agree(base_outcome, service)


def agree(outcome: Outcome, service: str) -> None:
    counted = getattr(outcome.evaluation.county, service)
    limits = [limit for limit, _ in counted.share_within]
    spread = distribution_of(outcome.plan, outcome.region, service, limits)  # type: ignore[arg-type]
    for limit, share in counted.share_within:
        assert spread.within(limit) == pytest.approx(share)
    assert sum(spread.shares) + spread.digital_share + spread.unserved_share == pytest.approx(1.0)
    assert spread.digital_share == pytest.approx(counted.digital_share)
