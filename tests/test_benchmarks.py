"""The benchmarks' own parts: made-up instances, readers, the peers' models, and what is said of answers."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import siting
from siting.by_road import RoadRouter
from siting.plan import Status

sys.path.append(str(Path(__file__).parent / "benchmarks"))

import country
import growth
import harness
import instances
import location_peers
import questions
import report
from harness import Case, Row, read_stored, run_case, run_questions, stored, verdict

SECONDS = 20.0  # of one solve; all take far less
SMALL_NODES, SMALL_CELLS, SMALL_SITES = 15_000, 1_200, 30


@pytest.fixture(scope="module")
def roads() -> siting.roads.RoadNetwork:
    """A hundredth of the country."""
    return country.country_network(SMALL_NODES)


def test_every_node_of_the_country_reaches_every_other(roads: siting.roads.RoadNetwork) -> None:
    tail, _, _ = country.arcs(roads)
    assert len(roads.node_ids) == SMALL_NODES
    assert len(tail) == SMALL_NODES * country.ARCS_PER_NODE
    assert country.is_strongly_connected(roads)
    assert np.isinf(roads.minutes[:, 1]).mean() == pytest.approx(country.ONE_WAY_SHARE, rel=1e-3)
    assert not roads.may_join.all()


def test_the_country_is_the_same_each_time(roads: siting.roads.RoadNetwork) -> None:
    again = country.country_network(SMALL_NODES)
    assert np.array_equal(again.minutes, roads.minutes)
    assert np.array_equal(again.from_node, roads.from_node)
    other = country.country_network(SMALL_NODES, seed=7)
    assert not np.array_equal(other.from_node[:100], roads.from_node[:100])


def test_cells_and_premises_of_the_country_lie_by_its_roads(roads: siting.roads.RoadNetwork) -> None:
    cells, sites, youths = country.country_places(SMALL_CELLS, SMALL_SITES)
    assert (len(cells.ids), len(sites.ids), len(youths)) == (SMALL_CELLS, SMALL_SITES, SMALL_CELLS)
    assert len(np.unique(cells.points_metres, axis=0)) == SMALL_CELLS
    assert (youths > 0).all()
    people = country.POPULATION * SMALL_CELLS / country.N_CELLS
    assert youths.sum() == pytest.approx(people * country.YOUTH_SHARE, rel=0.1)
    times = RoadRouter(roads).times(cells, sites)
    assert np.isfinite(times.minutes).all()
    assert np.median(times.origin_access_metres) < 2_000


def test_the_last_of_two_edges_between_the_same_nodes_holds() -> None:
    nodes, p, edges = instances.read_orlib("3 3 1\n1 2 5\n2 3 4\n2 1 9\n")
    assert (nodes, p) == (3, 1)
    assert instances.lengths(nodes, edges).tolist() == [[0, 9, 13], [9, 0, 4], [13, 4, 0]]


@pytest.mark.parametrize("number", [1, 2, 3, 4, 5])
def test_p_median_proves_the_published_optima(number: int) -> None:
    minutes, demand = instances.load(f"pmed:{number}")
    p = instances.PMED_SIZES[number - 1][1]
    result = siting.p_median(minutes, demand, p, time_limit_seconds=SECONDS)
    assert result.status is Status.OPTIMAL
    assert result.objective == instances.PMED_OPTIMA[number - 1]
    assert result.gap == 0


def test_published_files_are_read_from_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edges = instances.pmed_edges(1) + np.array([1, 1, 0])
    text = "\n".join(" ".join(map(str, row)) for row in [(100, 200, 5), *edges.tolist()])
    (tmp_path / "pmed1.txt").write_text(text, encoding="ascii")
    assert instances.pmed_name(6) == "pmed-like:6"
    monkeypatch.setenv(instances.ORLIB_FOLDER, str(tmp_path))
    assert np.array_equal(instances.pmed_edges(1), instances.pmed_edges(1))
    (tmp_path / "pmed6.txt").write_text(text, encoding="ascii")
    assert instances.pmed_name(6) == "pmed:6"
    assert len(instances.pmed_edges(6)) == 200


def test_look_alikes_have_the_sizes_of_the_published() -> None:
    assert len(instances.PMED_SIZES) == len(instances.PMED_OPTIMA) == 40
    assert instances.PMED_SIZES[39] == (900, 90)
    minutes, demand = instances.load("pmed-like:6")
    assert minutes.shape == (200, 200)
    assert np.isfinite(minutes).all()
    assert np.array_equal(minutes, minutes.round())
    assert demand.tolist() == [1] * 200


def test_a_part_of_a_matrix_is_drawn_by_its_seed(tmp_path: Path) -> None:
    whole = np.arange(200, dtype=np.float32).reshape(20, 10)
    np.save(tmp_path / "minutes.npy", whole)
    np.save(tmp_path / "demand.npy", np.arange(20.0))
    minutes, demand = instances.load(f"roads:{tmp_path}:5x3:1")
    assert minutes.shape == (5, 3)
    assert set(minutes.ravel()) <= set(whole[demand.astype(int)].ravel())
    assert np.array_equal(minutes, instances.load(f"roads:{tmp_path}:5x3:1")[0])
    with pytest.raises(ValueError, match="larger sample"):
        instances.load(f"roads:{tmp_path}:50x3:1")


def test_a_plane_is_the_same_each_time_and_its_numbers_are_real() -> None:
    minutes, demand = instances.load("plane:300x20")
    again, _ = instances.load("plane:300x20:1")
    assert np.array_equal(minutes, again)
    assert not np.array_equal(minutes, instances.load("plane:300x20:2")[0])
    assert minutes.shape == (300, 20)
    assert not np.array_equal(demand, demand.round())


@pytest.mark.parametrize("peer", ["assignment_p_median", "radius_p_median", "textbook_p_median"])
def test_the_models_given_to_peers_have_the_same_optimum(peer: str) -> None:
    minutes, demand = instances.load("plane:60x9")
    found = getattr(location_peers, peer)("plane:60x9", 3, 20.0)
    assert found["proven"]
    result = siting.p_median(minutes, demand, 3, time_limit_seconds=SECONDS)
    assert result.status is Status.OPTIMAL
    assert found["value"] == pytest.approx(result.objective)


def test_the_model_of_coverage_given_to_highs_has_the_same_optimum() -> None:
    minutes, demand = instances.load("plane:60x9")
    found = location_peers.highs_coverage("plane:60x9", 2, 8.0, 20.0)
    result = siting.max_coverage(minutes, demand, 2, 8.0, time_limit_seconds=SECONDS)
    assert result.status is Status.OPTIMAL
    assert found["value"] == pytest.approx(result.objective)


def row(case: str = "siting", *, group: str = "median", question: str = "q", **run: object) -> Row:
    """One run of a case, proven at 10 in a second unless said otherwise."""
    said = {"seconds": 1.0, "value": 10.0, "says": "optimal", "proven": True, "peak_mib": 50.0}
    return Row(group, question, case, case != "siting", "least", None, ({**said, **run},))


def test_an_answer_called_proven_that_is_not_the_best_is_called_wrong() -> None:
    assert verdict(row(), 10.0) == (True, "optimal, proven")
    is_true, words = verdict(row(value=13.0), 10.0)
    assert not is_true
    assert "30.00%" in words
    assert verdict(row(value=13.0, proven=False, says="Optimal"), 10.0)[0]
    assert verdict(row(value=10.005, relative_gap=0.001), 10.0)[0]
    assert not report.is_all_true([row(value=13.0), row("peer", value=10.0)])
    assert report.is_all_true([row(value=10.0), row("peer", value=13.0)])


def test_a_case_runs_in_a_process_of_its_own_and_says_what_is_missing() -> None:
    asked = {"instance": "plane:30x5", "p": 2, "limit_seconds": 10.0}
    cases = (
        Case("siting", "siting_cases:p_median", asked),
        Case("peer", "no_such_module:f", asked, of_peer="no_such_module"),
    )
    question = questions.Question("median", "tiny", cases)
    said: list[str] = []
    own, peer = run_questions([question], peers=sys.executable, repeat=1, peer_repeat=1, tell=said.append)
    minutes, demand = instances.load("plane:30x5")
    assert own.last["proven"]
    result = siting.p_median(minutes, demand, 2, time_limit_seconds=SECONDS)
    assert own.last["value"] == pytest.approx(result.objective)
    assert verdict(peer, 1.0) == (True, "not installed")
    assert len(said) == 4
    broken = run_case(Case("siting", "siting_cases:p_median", {"instance": "plane:30x5"}), sys.executable)
    assert broken["error"].startswith("failed: TypeError")


def test_what_must_be_stopped_counts_as_longer_than_it_ran(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harness, "OVERRUN_SECONDS", 1.0)
    monkeypatch.setattr(harness, "IMPORT_SECONDS", 0.5)
    asked = {"arguments": ["-c", "import time; time.sleep(3)"]}
    stopped = run_case(Case("peer", "siting_cases:command", asked, limit_seconds=0.0), sys.executable)
    assert stopped["error"] == "stopped after 1 s"
    assert 0.4 < stopped["seconds"] < 3
    peer = Row("median", "q", "peer", is_peer=True, sense="least", known=None, runs=(stopped,))
    shown = report.all_rows([row(seconds=0.1), peer], "markdown").splitlines()[-1]
    assert shown.count("> ") == 2


def test_rows_are_read_as_they_were_stored(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    head = '{"measured_on": "a Tuesday"}\n'
    path.write_text(head + stored([row(seconds=9.0), row("peer")]) + stored([row()]), encoding="utf-8")
    assert read_stored(path) == ("a Tuesday", [row(), row("peer")])


def test_tables_are_put_where_a_page_has_room_for_them() -> None:
    page = report.put_into("a\n<!-- figures -->\nold\n<!-- /figures -->\nb", {"figures": "new\n"})
    assert page == "a\n<!-- figures -->\n\nnew\n\n<!-- /figures -->\nb"
    with pytest.raises(ValueError, match="no <!-- rows -->"):
        report.put_into(page, {"rows": ""})


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the high-water mark since a moment")
def test_the_meter_counts_memory_above_what_was_there_before() -> None:
    """In a process of its own: in this one memory that other tests gave back would be taken again."""
    script = """
import numpy as np
from meter import Meter
before = np.ones(20_000_000)
with Meter() as meter:
    within = np.ones(8_000_000)
print(meter.increment_mib, meter.peak_mib)
"""
    folder = Path(__file__).parent / "benchmarks"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=folder
    )
    increment_mib, peak_mib = map(float, done.stdout.split())
    assert 50 < increment_mib < 120
    assert peak_mib > 8 * 28_000_000 / 2**20


def test_figures_say_what_is_reached() -> None:
    question = "plane 5,000 x 100, p = 8"
    rows = [
        row(question=question, seconds=0.5, increment_mib=20.0),
        row("spopt + HiGHS", question=question, seconds=300.0, proven=False),
    ]
    lines = report.figures(rows, "markdown").splitlines()
    assert len(lines) == 2 + len(report.FIGURES)
    assert lines[2].endswith("> 300 s, 50 MiB (> 600 x) | yes |")
    slow = [dataclasses.replace(rows[0], runs=({**rows[0].last, "seconds": 2.0},)), rows[1]]
    assert report.figures(slow, "markdown").splitlines()[2].endswith("| no |")
    assert "not measured" in lines[3]


def test_every_figure_is_read_off_a_question_that_is_asked() -> None:
    asked = {
        (question.group, question.name): row(group=question.group, question=question.name)
        for group in questions.GROUPS
        for question in questions.ask(group, 10.0, 1.0)
    }
    rows = list(asked.values())
    snapped = "siting, snapping included"
    rows.append(row(snapped, group="country", question="3,000 sites to 120,000 cells"))
    assert "not measured" not in report.figures(rows, "text")


def test_growth_gives_the_exponent_of_a_power() -> None:
    seconds = {cells: cells**1.5 / 1e5 for cells in (1_000, 2_000, 5_000, 10_000)}
    rows = [
        row(group="growth", question=f"roads {cells:,} x 100, seed {seed}, p = 10", seconds=spent)
        for cells, spent in seconds.items()
        for seed in (1, 2)
    ]
    cells_line = growth.lines(rows)[0]
    assert cells_line.others == "100 sites, p = 10"
    assert cells_line.power[0] == pytest.approx(1.5)
