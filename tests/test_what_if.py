"""One's own choice on the map: what the page counts against Python, its protected youths, how it is kept."""

from __future__ import annotations

import zlib
from base64 import b64decode
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from siting import study
from siting.by_mode import count_area, evaluate_modes
from siting.evaluate import evaluate, trips_of
from siting.plan import Plan, Status
from siting.present.map_scene import map_scene
from siting.present.maps import map_html
from siting.present.payload import UNREACHABLE_THOUSANDTHS, pack
from siting.present.protected import protected_youths
from siting.present.what_if import MOST_PAIRS, modes_counted, protected_demand
from siting.present.words import Words
from siting.scenario_file import load, with_values
from siting.teams import StopVisit, TourRun, driven_again

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Page

    from siting.evaluate import Evaluation
    from siting.region import Region
    from siting.study import Outcome

K = 5
N_RANDOM_SETS = 40
Sites = list[tuple[str, str, float]]

# --- protected youths ---


def neighbourhoods(n: int) -> tuple[list[str], np.ndarray]:
    """Cells on a line in two municipalities, the first of n // 3."""
    codes = ["a"] * (n // 3) + ["b"] * (n - n // 3)
    return codes, np.column_stack([np.arange(n) * 1000.0, np.zeros(n)])


@given(
    arrays(np.float64, st.integers(1, 80), elements=st.one_of(st.just(0.0), st.floats(0.25, 60, width=32)))
)
def test_protected_youths_are_multiples_near_the_truth(youths: np.ndarray) -> None:
    codes, places = neighbourhoods(len(youths))
    told = protected_youths(youths, codes, places, smallest_count_shown=K)
    assert (told % K == 0).all()
    assert (told[youths == 0] == 0).all()
    assert (np.abs(told - youths) < K + 1e-9).all()
    for code in set(codes):
        mine = np.array(codes) == code
        assert abs(told[mine].sum() - youths[mine].sum()) < K + 1e-9
    np.testing.assert_array_equal(told, protected_youths(youths, codes, places, smallest_count_shown=K))


@given(
    arrays(np.float64, st.integers(1, 80), elements=st.one_of(st.just(0.0), st.floats(0.25, 60, width=32))),
    st.sampled_from([10, 15, 20, 50, 100]),
)
def test_multiples_of_a_larger_count_are_near_the_truth_and_follow_from_those_of_five(
    youths: np.ndarray, larger: int
) -> None:
    codes, places = neighbourhoods(len(youths))
    by_five = protected_youths(youths, codes, places, smallest_count_shown=K)
    told = protected_youths(youths, codes, places, smallest_count_shown=larger, finest=K)
    assert (told % larger == 0).all()
    assert (told[by_five == 0] == 0).all()
    assert (np.abs(told - by_five) <= larger - K).all()
    assert (np.abs(told - youths) < larger).all()
    for code in set(codes):
        mine = np.array(codes) == code
        assert abs(told[mine].sum() - by_five[mine].sum()) <= larger - K
        assert abs(told[mine].sum() - youths[mine].sum()) < larger


def test_multiples_of_a_larger_count_hang_on_nothing_but_those_of_five_and_the_secret() -> None:
    """Other youths that are told alike by 5 are told alike by 10; with another secret, by another lot."""
    codes, places = ["a"] * 3, np.column_stack([np.arange(3) * 1000.0, np.zeros(3)])
    secrets, found = [bytes([number]) * 32 for number in range(40)], 0
    for secret in secrets:
        told: dict[tuple[float, ...], set[tuple[float, ...]]] = {}
        for first in (6.0, 7.0, 8.0):
            for second in (11.0, 12.0):
                youths = np.array([first, second, 9.0])
                by_five, by_ten = (
                    protected_youths(youths, codes, places, smallest_count_shown=k, secret=secret, finest=K)
                    for k in (5, 10)
                )
                told.setdefault(tuple(by_five), set()).add(tuple(by_ten))
        assert all(len(each) == 1 for each in told.values())
        found += len(told) < 6
    assert found > 20


def test_a_small_cell_has_none_or_k_and_which_of_its_neighbours_is_drawn_by_lot() -> None:
    """Sixteen cells of one youth each: three or four of them get five, and never always the same."""
    codes, places = ["a"] * 16, np.column_stack([np.arange(16) * 1000.0, np.zeros(16)])
    seen = np.zeros(16)
    for trial in range(60):
        youths = np.ones(16) + trial * 1e-9
        told = protected_youths(youths, codes, places, smallest_count_shown=K)
        assert set(told) <= {0.0, 5.0}
        assert told.sum() in (15.0, 20.0)
        seen += told > 0
    assert (seen > 0).all()
    assert (seen < 40).all()


def test_other_municipalities_draw_no_new_lot() -> None:
    """Else pages with and without a neighbour would each tell a little more of the same cells."""
    lot = np.random.default_rng(5)
    youths, places = lot.uniform(0, 9, 60), lot.uniform(0, 50_000, (60, 2))
    codes = ["a"] * 30 + ["b"] * 30
    together = protected_youths(youths, codes, places, smallest_count_shown=K)
    without = np.concatenate([youths[:30], np.zeros(30)])
    alone = protected_youths(without, codes, places, smallest_count_shown=K)
    np.testing.assert_array_equal(together[:30], alone[:30])


@pytest.mark.parametrize("n", [16, 17, 20, 24, 31, 40])
def test_no_cell_can_be_told_for_sure(n: int) -> None:
    """The worst there is: whole counts, mostly ones, whose classes and whose sum are known to all.

    What the page tells is compatible with more than one count of nearly every cell: the sums of parts that
    were shuffled together say no more than within k.
    """
    lot = np.random.default_rng(n)
    n_sure = n_small = 0
    for _ in range(20):
        youths = lot.choice([1.0, 2.0, 3.0, 4.0], n, p=[0.7, 0.15, 0.1, 0.05])
        places = np.column_stack([np.arange(n) * 1000.0, np.zeros(n)])
        told = protected_youths(youths, ["a"] * n, places, smallest_count_shown=K)
        n_small += n
        for part in np.array_split(np.arange(n), max(1, n // 16)):
            # Sums that the told numbers allow: less than k away, and each cell has 1 to 4.
            low = max(told[part].sum() - K + 1, len(part))
            high = min(told[part].sum() + K - 1, 4 * len(part))
            n_sure += len(part) if low == high == len(part) else 0
    assert n_sure / n_small < 0.02


def test_protection_is_unbiased() -> None:
    """A cell of 2 among its neighbours is told as 5 in two cases of five."""
    codes, places = ["a"] * 16, np.column_stack([np.arange(16) * 1000.0, np.zeros(16)])
    truth = np.linspace(0.5, 4.5, 16)
    told = [
        protected_youths(truth + trial * 1e-9, codes, places, smallest_count_shown=K) for trial in range(600)
    ]
    np.testing.assert_allclose(np.mean(told, axis=0), truth, atol=0.5)


def test_the_page_holds_no_youths_but_protected_ones(base: Outcome) -> None:
    scene = map_scene((base,), "Titel", Words("sv"))
    assert scene.what_if is not None
    assert (scene.what_if.youths % K == 0).all()
    np.testing.assert_array_equal(scene.what_if.youths, protected_demand(base).youths)


def test_protection_moves_figures_of_the_county_by_little(base: Outcome) -> None:
    """What the page says of its honesty: tenths of a minute, in small municipalities a minute or so."""
    lot = np.random.default_rng(7)
    ids = base.region.sites.site_ids
    means, shares, areas = [], [], []
    for _ in range(60):
        sites: Sites = [(each, "main", 5.0) for each in lot.choice(ids, lot.integers(1, 9), replace=False)]
        exact, told = (count(base, sites, region=each) for each in (base.region, protected_region(base)))
        means.append(told.measures.mean_minutes - exact.measures.mean_minutes)
        shares.append(told.measures.within_standard - exact.measures.within_standard)
        areas += [
            told.by_municipality[code].overall.mean_minutes - area.overall.mean_minutes
            for code, area in exact.by_municipality.items()
        ]
    assert np.abs(means).max() < 0.1
    assert np.abs(shares).max() < 0.005
    assert np.abs(areas).max() < 1.5
    assert np.abs(areas).mean() < 0.2


# --- packing ---


@settings(max_examples=60)
@given(st.integers(1, 6), st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_packed_minutes_are_read_back_as_they_were(m: int, n: int, seed: int) -> None:
    lot = np.random.default_rng(seed)
    minutes = np.round(lot.uniform(0, 300, (n, m)), 3)
    minutes[lot.random((n, m)) < 0.2] = np.inf
    cells, sites = lot.permutation(n), lot.permutation(m)
    planes = np.frombuffer(zlib.decompress(b64decode(pack(minutes, cells, sites))), dtype=np.uint8)
    zigzag = planes.reshape(3, m, n).astype(np.int64)
    zigzag = zigzag[0] | zigzag[1] << 8 | zigzag[2] << 16
    told = np.where(zigzag % 2, -(zigzag + 1) // 2, zigzag // 2).cumsum(axis=0).cumsum(axis=1) % 2**24
    read = np.empty((n, m))
    read[np.ix_(cells, sites)] = told.T
    expected = np.where(np.isfinite(minutes), np.rint(minutes * 1000), UNREACHABLE_THOUSANDTHS)
    np.testing.assert_array_equal(read, expected)


def test_a_large_region_offers_no_choice_of_ones_own(base: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    assert base.region.times.minutes.size < MOST_PAIRS
    monkeypatch.setattr("siting.present.what_if.MOST_PAIRS", base.region.times.minutes.size - 1)
    assert modes_counted((base,)) is None
    scene = map_scene((base,), "Titel", Words("sv"))
    assert scene.what_if is None
    assert all(mode.near.minutes is not None for mode in scene.plans[0].modes)


def test_plans_with_other_minutes_offer_no_choice_of_ones_own(base: Outcome) -> None:
    slower = replace(base.region.times, minutes=base.region.times.minutes + 1)
    other = replace(base, region=replace(base.region, times=slower))
    assert modes_counted((base, base)) is not None
    assert modes_counted((base, other)) is None


# --- the page against Python ---


@pytest.fixture(scope="module")
def base() -> Outcome:
    return study.run("base")


@pytest.fixture(scope="module")
def weighed() -> Outcome:
    """A scenario where waiting counts, digital contact is offered, and satellites have one to five days."""
    values = {
        "access.waiting_minutes_per_day": 5,
        "access.digital_minutes": {"main": 120, "near": 60},
        "roles.satellite.days_per_week": [1, 2, 3, 5],
    }
    return study.run(with_values(load("today"), values))


def protected_region(outcome: Outcome) -> Region:
    return replace(outcome.region, demand=protected_demand(outcome))


def plan_of(sites: Sites, *, teams: dict[str, int] | None = None, rota: tuple[TourRun, ...] = ()) -> Plan:
    def of(role: str) -> tuple[str, ...]:
        return tuple(site_id for site_id, each, _ in sites if each == role)

    return Plan(
        main=of("main"),
        satellite=of("satellite"),
        stop=of("stop"),
        status=Status.GIVEN,
        objectives=(),
        solve_seconds=0.0,
        days_per_week={site_id: days for site_id, _, days in sites},
        teams=teams or {},
        rota=rota,
    )


def count(outcome: Outcome, sites: Sites, *, region: Region, **plan: Any) -> Evaluation:
    choice = outcome.scenario.choice
    return evaluate(
        plan_of(sites, **plan),
        region,
        outcome.scenario.evaluation,
        standard_minutes=choice.standard_minutes,
        worst_share=choice.worst_share,
    )


def random_sites(outcome: Outcome, lot: np.random.Generator, *, n_stops: int = 0) -> Sites:
    """One to nine places in any role, whatever the scenario allows."""
    n = int(lot.integers(1, 10))
    ids = lot.choice(outcome.region.sites.site_ids, n + n_stops, replace=False).tolist()
    days = outcome.scenario.roles.satellite.days_per_week
    sites: Sites = []
    for k, site_id in enumerate(ids):
        if k >= n:
            sites.append((site_id, "stop", float(lot.choice([1.0, 0.5]))))
        elif k == 0 or lot.random() < 0.3:
            sites.append((site_id, "main", 5.0))
        else:
            sites.append((site_id, "satellite", float(lot.choice(days))))
    return sites


def open_map(page: Page, outcome: Outcome, folder: Path) -> None:
    file = folder / "map.html"
    file.write_text(map_html(map_scene((outcome,), "Titel", Words("sv"))), encoding="utf-8")
    page.goto(file.as_uri())
    page.evaluate("window.sitingMap.ready()")


def page_counts(page: Page, sites: Sites) -> dict[str, Any]:
    found: dict[str, Any] = page.evaluate("sites => window.sitingMap.evaluate(sites)", sites)
    return found


@dataclass(frozen=True)
class Near:
    """Equal to what a number is but for what sums in another order differ by."""

    value: float | None

    def __eq__(self, other: object) -> bool:
        if self.value is None or other is None:
            return self.value is other
        return isinstance(other, float | int) and abs(other - self.value) <= 1e-9 * max(1.0, abs(self.value))

    def __hash__(self) -> int:
        return 0


@pytest.mark.browser
@pytest.mark.parametrize("which", ["base", "weighed"])
def test_the_page_counts_as_python_does(
    which: str, chromium_page: Page, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    outcome: Outcome = request.getfixturevalue(which)
    open_map(chromium_page, outcome, tmp_path)
    region, choice = protected_region(outcome), outcome.scenario.choice
    names = region.municipality_names
    lot = np.random.default_rng(20261124)
    for _ in range(N_RANDOM_SETS):
        sites = random_sites(outcome, lot)
        found, expected = page_counts(chromium_page, sites), count(outcome, sites, region=region)
        county, plan = found["county"], plan_of(sites)
        assert county["mean"] == Near(expected.measures.mean_minutes), sites
        assert county["travelMean"] == Near(expected.county.overall.mean_minutes), sites
        assert county["within"] == Near(expected.measures.within_standard), sites
        assert county["served"] == Near(expected.county.overall.served_share), sites
        assert county["digital"] == Near(expected.county.overall.digital_share), sites
        assert found["resources"]["sek"] == Near(expected.resources.sek_per_year), sites
        assert found["resources"]["posts"] == Near(expected.resources.full_time_posts), sites
        areas = dict(zip(found["names"], found["areas"], strict=True))
        main, near = (trips_of(plan, region, service) for service in ("main", "near"))
        for code, area in expected.by_municipality.items():
            told = areas[names[code]]
            assert told["mean"] == Near(area.overall.mean_generalised_minutes), (sites, names[code])
            assert told["travelMean"] == Near(area.overall.mean_minutes), (sites, names[code])
            share, _ = count_area(region, main, near, code=code, within_minutes=choice.standard_minutes)
            assert told["within"] == Near(share), (sites, names[code])
        worst = max(
            each.overall.mean_generalised_minutes or 0.0 for each in expected.by_municipality.values()
        )
        assert found["worst"]["mean"] == Near(worst)
        assert areas[found["worst"]["name"]]["mean"] == Near(worst)  # two may be equally far
        by_mode = evaluate_modes(plan, region, expected, outcome.scenario.evaluation, choice)
        shares = [each.measures.within_standard for each in by_mode.values()]
        assert found["withinByMode"] == [Near(share) for share in shares], sites
    assert chromium_page.problems == []


def rota_of(found: list[dict[str, Any]], outcome: Outcome) -> tuple[dict[str, int], tuple[TourRun, ...]]:
    """Give the page's tours teams and days, and drive them by Python's own minutes."""
    region, per_week = outcome.region, outcome.scenario.roles.team.days_per_week
    ids, teams, runs = region.sites.site_ids, {}, []
    for week in (1, 2, 3, 4):
        n_at_base: dict[int, int] = {}
        for tour in found:
            if week not in tour["weeks"]:
                continue
            number = n_at_base.get(tour["base"], 0)
            n_at_base[tour["base"]] = number + 1
            team, day = divmod(number, per_week)
            base = ids[tour["base"]]
            teams[base] = max(teams.get(base, 0), team + 1)
            visits = tuple(StopVisit(ids[stop], 0.0, 0.0) for stop in tour["stops"])
            run = TourRun(week, day + 1, base, team + 1, 0.0, 0.0, visits, 0.0, 0.0)
            runs.append(
                driven_again(
                    run,
                    site_ids=ids,
                    minutes=region.between_sites_minutes,
                    kilometres=region.site_kilometres,
                    roles=region.roles,
                )
            )
    return teams, tuple(runs)


@pytest.mark.browser
def test_the_pages_tours_can_be_driven_and_cost_what_it_says(
    weighed: Outcome, chromium_page: Page, tmp_path: Path
) -> None:
    """`evaluate` drives the rota again, leg by leg, and refuses one that breaks a rule."""
    open_map(chromium_page, weighed, tmp_path)
    region = protected_region(weighed)
    lot = np.random.default_rng(3)
    n_driven = n_refused = 0
    for _ in range(40):
        sites = random_sites(weighed, lot, n_stops=int(lot.integers(1, 13)))
        found = page_counts(chromium_page, sites)
        planned = found["resources"]["teams"]
        if planned["unvisited"]:
            n_refused += 1
            assert_out_of_reach(planned["unvisited"], sites, region)
            gone = {region.sites.site_ids[stop] for stop in planned["unvisited"]}
            open_ones = [each for each in sites if each[0] not in gone]
            teams, rota = rota_of(planned["tours"], weighed)
            expected = count(weighed, open_ones, region=region, teams=teams, rota=rota)
            assert found["county"]["mean"] == Near(expected.measures.mean_minutes)
            continue
        n_driven += 1
        teams, rota = rota_of(planned["tours"], weighed)
        expected = count(weighed, sites, region=region, teams=teams, rota=rota)
        assert planned["n"] == sum(teams.values())
        assert found["resources"]["sek"] == pytest.approx(expected.resources.sek_per_year, rel=1e-6)
        assert found["resources"]["posts"] == pytest.approx(expected.resources.full_time_posts, rel=1e-6)
        assert planned["kilometres"] == pytest.approx(expected.resources.kilometres_per_year, rel=1e-6)
        assert found["county"]["mean"] == Near(expected.measures.mean_minutes)
    assert n_driven > 10
    assert n_refused > 0


def assert_out_of_reach(unvisited: list[int], sites: Sites, region: Region) -> None:
    """No main reception is so near that a team can be there and back in a day."""
    ids, roles = region.sites.site_ids, region.roles
    mains = [ids.index(site_id) for site_id, role, _ in sites if role == "main"]
    stay = 60 * (roles.stop.set_up_hours + roles.stop.session_hours)
    for stop in unvisited:
        for base in mains:
            there = region.between_sites_minutes[[base, stop], [stop, base]].sum()
            assert there + stay > 60 * roles.team.working_day_hours - 0.02


@pytest.mark.browser
@pytest.mark.parametrize("aim", ["mean", "within", "worst"])
def test_the_best_next_step_is_the_best_of_all_steps(
    aim: str, weighed: Outcome, chromium_page: Page, tmp_path: Path
) -> None:
    """Every step of each kind is counted by Python; the page's is as good as the best of them."""
    open_map(chromium_page, weighed, tmp_path)
    region = protected_region(weighed)
    allowed = dict(zip(region.sites.site_ids, region.sites.allowed, strict=True))

    def worth(sites: Sites) -> tuple[float, float]:
        found = count(weighed, sites, region=region)
        visits = found.county.overall.visits_per_year
        means = [each.overall.mean_generalised_minutes or 0.0 for each in found.by_municipality.values()]
        value = {
            "mean": found.measures.mean_minutes,
            "within": -found.measures.within_standard,
            "worst": max(means),
        }[aim]
        return visits * (1 - found.county.overall.served_share), float(value or 0.0)

    sites: Sites = [("YC07", "main", 5.0), ("YC01", "satellite", 2.0), ("YC10", "satellite", 5.0)]
    taken = {site_id for site_id, *_ in sites}
    closed = [site_id for site_id in region.sites.site_ids if site_id not in taken]
    may_main, may_satellite = ({each for each in allowed if allowed[each][role]} for role in (0, 1))
    others = [[each for each in sites if each is not site] for site in sites]
    moves: dict[str, list[Sites]] = {
        "add_main": [[*sites, (each, "main", 5.0)] for each in closed if each in may_main],
        "add_satellite": [[*sites, (each, "satellite", 5.0)] for each in closed if each in may_satellite],
        "drop": others,
        "swap": [
            [*rest, (each, role, days)]
            for (_, role, days), rest in zip(sites, others, strict=True)
            for each in closed
            if each in (may_main if role == "main" else may_satellite)
        ],
        "role": [
            [*rest, (site, "satellite" if role == "main" else "main", 5.0)]
            for (site, role, _), rest in zip(sites, others, strict=True)
            if site in (may_satellite if role == "main" else may_main)
        ],
    }
    now = worth(sites)
    found = {
        step["kind"]: tuple(step["value"])
        for step in chromium_page.evaluate(
            "([sites, aim]) => window.sitingMap.steps(sites, aim)", [sites, aim]
        )
    }
    for kind, each in moves.items():
        best = min(map(worth, each))
        if kind != "drop" and best[1] >= now[1] - 1e-9 and best[0] >= now[0] - 1e-9:
            assert kind not in found
            continue
        assert found[kind] == pytest.approx(best, rel=1e-9, abs=1e-9), kind


# --- kept ---


@pytest.mark.browser
def test_a_kept_choice_is_run_and_counts_as_on_the_map(
    base: Outcome, chromium_page: Page, tmp_path: Path
) -> None:
    """Also with stops of a team: the run finds tours that cost no more than the page's simple ones."""
    page = chromium_page
    open_map(page, base, tmp_path)
    sites: Sites = [
        ("SS11", "main", 5.0),
        ("YC07", "satellite", 5.0),
        ("HC16", "stop", 1.0),
        ("HC17", "stop", 0.5),
    ]
    choice = ",".join(
        f"{site_id}:{ {'main': 'm', 'satellite': 's', 'stop': 't'}[role] }{days:g}"
        for site_id, role, days in sites
    )
    page.goto(f"{(tmp_path / 'map.html').as_uri()}#plan=base&choice={choice}")
    page.reload()
    page.get_by_role("button", name="Spara som scenariofil").wait_for()
    with page.expect_download() as download:
        page.get_by_role("button", name="Spara som scenariofil").click()
    file = tmp_path / download.value.suggested_filename
    download.value.save_as(file)
    outcome = study.run(file)
    assert (outcome.plan.main, outcome.plan.satellite, outcome.plan.stop) == (
        ("SS11",),
        ("YC07",),
        ("HC16", "HC17"),
    )
    assert outcome.plan.days_per_week == {site_id: days for site_id, _, days in sites}
    told = page_counts(page, sites)
    measures = outcome.evaluation.measures
    assert told["county"]["mean"] == pytest.approx(measures.mean_minutes, abs=0.2)
    assert told["county"]["within"] == pytest.approx(measures.within_standard, abs=0.005)
    assert measures.cost <= told["resources"]["sek"] * (1 + 1e-6)
    assert page.problems == []
