"""Overpass on loopback, through OSMnx."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fake_services
import numpy as np
import osmnx
import pytest
import shapely
from fake_services import Handler, Server, content, json_answer, silence, status

from siting.errors import FetchError
from siting.sources.services import overpass as module
from siting.sources.services.manners import Manners, user_agent
from siting.sources.services.overpass import Overpass
from siting.sources.services.overpass_sites import TAGS

PATH = "/overpass/interpreter"
SOUTH_WEST, NORTH_EAST = (
    fake_services.TO_DEGREES.transform(fake_services.EAST + east, fake_services.NORTH + north)
    for east, north in ((-1000, -1000), (8000, 4000))
)
AREA = shapely.box(*SOUTH_WEST, *NORTH_EAST)
QUICK = Manners(
    attempts=3, read_seconds=1, first_wait_seconds=0.01, longest_wait_seconds=0.05, interval_seconds=0
)


def overpass(server: Server, tmp_path: Path, **more: Any) -> Overpass:
    return Overpass(url=f"{server.address}/overpass", cache=tmp_path, manners=QUICK, **more)


def remark(handler: Handler) -> None:
    handler.send_json(fake_services.overpass('"highway"') | {"remark": "runtime error: Query timed out"})


@pytest.mark.parametrize(
    "trouble", [status(429, Retry_After="0"), status(504), silence(1.2), content("{"), remark]
)
def test_trouble_that_passes_is_waited_out(
    server: Server, tmp_path: Path, trouble: Callable[[Handler], None]
) -> None:
    said: list[str] = []
    server.faults[PATH] = [trouble]
    path = overpass(server, tmp_path, on_progress=said.append).streets(AREA)
    assert sum("next try in" in each for each in said) == 1
    assert len(osmnx.load_graphml(path)) == 14  # crossings and ends of 3 x 6 roads


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([remark] * 3, r"streets: gave up: runtime error: Query timed out \(3 tries\); try again later"),
        ([status(400)], "streets: answers 400"),
        ([status(307, Location="http://127.0.0.1:9/x")], "streets: is somewhere else by now"),
        ([json_answer({"elements": []})] * 2, "streets: has none there"),
        ([content("<html>Dispatcher down</html>")] * 3, r"something else than map data \(3 tries\)"),
    ],
)
def test_answers_that_are_no_map_are_an_error(
    server: Server, tmp_path: Path, answers: list[Any], words: str
) -> None:
    server.faults[PATH] = answers
    with pytest.raises(FetchError, match=words):
        overpass(server, tmp_path).streets(AREA)
    assert not list(tmp_path.glob("*.graphml*"))


def test_no_premises_are_an_error(server: Server, tmp_path: Path) -> None:
    server.faults[PATH] = [json_answer({"elements": []})]
    with pytest.raises(FetchError, match="premises: has none there"):
        overpass(server, tmp_path).features(AREA, TAGS)


def test_nobody_at_home_is_said_without_the_key(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"cannot be reached, .* \(3 tries\)") as caught:
        Overpass(url="http://me:s3cret@127.0.0.1:9/x", cache=tmp_path, manners=QUICK).streets(AREA)
    assert "s3cret" not in str(caught.value)


def test_osmnx_is_left_as_it_was_and_says_who_is_asking(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    before = {name: value for name, value in vars(osmnx.settings).items() if not name.startswith("_")}
    look_up = socket.getaddrinfo
    overpass(server, tmp_path / "cache").streets(AREA)
    after = {name: value for name, value in vars(osmnx.settings).items() if not name.startswith("_")}
    assert after == before
    assert socket.getaddrinfo is look_up
    assert [path.name for path in tmp_path.iterdir()] == ["cache"]
    assert {headers["User-Agent"] for _, _, headers in server.requests} == {user_agent()}


def test_streets_keep_what_stops_a_car_and_end_where_a_tag_changes(server: Server, tmp_path: Path) -> None:
    """Along the lowest road a signal stands at its second node, and the limit changes at its fourth."""
    elements = fake_services.streets()
    signal = next(each for each in elements if each["id"] == 101)
    signal["tags"] = {"highway": "traffic_signals"}
    crossing = next(each for each in elements if each["id"] == 113)
    crossing["tags"] = {"highway": "crossing"}
    tags = {"highway": "secondary"}
    ways = [
        {"type": "way", "id": 1, "nodes": [100, 101, 102, 103], "tags": {**tags, "maxspeed": "60"}},
        {"type": "way", "id": 2, "nodes": [103, 104, 105], "tags": {**tags, "maxspeed": "80"}},
        {"type": "way", "id": 3, "nodes": [105, 115, 114, 113, 112], "tags": {**tags, "maxspeed": "80"}},
    ]
    used = {number for way in ways for number in way["nodes"]}
    nodes = [each for each in elements if each["id"] in used]
    server.faults[PATH] = [json_answer({"elements": nodes + ways})]
    graph = osmnx.load_graphml(overpass(server, tmp_path).streets(AREA))
    assert set(graph.nodes) == {100, 101, 103, 112}
    assert graph.nodes[101]["highway"] == "traffic_signals"
    assert "highway" not in graph.nodes[112]


def test_a_question_is_asked_once(server: Server, tmp_path: Path) -> None:
    for _ in range(2):
        overpass(server, tmp_path).streets(AREA)
    assert len(server.queries) == 2
    assert "driveway" in server.queries[0]
    assert '"route"="ferry"' in server.queries[1]
    corners = np.array(server.queries[0].split("poly:'")[1].split("'")[0].split(), dtype=float)
    assert len(corners.reshape(-1, 2)) < 100
    assert "[timeout:1]" in server.queries[0]


def test_the_public_service_is_asked_for_a_free_slot_first(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = (
        "Connected as: 1\nCurrent time: now\nAnnounced endpoint: none\nRate limit: 2\n2 slots available now."
    )
    monkeypatch.setattr(module, "PUBLIC", f"{server.address}/overpass")
    server.faults["/overpass/status"] = [content(free, "text/plain")] * 2
    overpass(server, tmp_path).streets(AREA)
    assert server.paths() == ["/overpass/status", PATH] * 2


def test_large_regions_are_asked_for_in_parts_without_a_warning(server: Server, tmp_path: Path) -> None:
    """Warnings are errors here; the area is as large as Dalarna."""
    wide = shapely.box(12.2, 59.8, 16.8, 62.3)
    overpass(server, tmp_path).streets(wide)
    assert len({query for query in server.queries if '"highway"' in query}) > 10
