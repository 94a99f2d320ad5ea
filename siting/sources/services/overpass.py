"""Streets and premises from OpenStreetMap, asked of an Overpass service through OSMnx.

OSMnx has its settings in a module; here they are set for one call and put back. What it lacks is added at
its one opening, a hook on each answer: an end to waiting for a busy service, and an error where the service
gave up half-way (a "remark" in an answer that looks whole).
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import time
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeVar
from urllib.parse import unquote, urlsplit

import requests

from ...errors import FetchError
from ...sentences import first_line
from ..osm.pieces import CONTROLS
from ..osm.street_rules import ALL_CLASSES, FERRY, TAGS
from .manners import BUSY, OFFLINE, Manners, no_addresses_in_log, public_url, user_agent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import geopandas as gpd
    import networkx as nx
    import shapely

PUBLIC: Final = "https://overpass-api.de/api"
STREET_FILTERS: Final = (
    f'["highway"~"^({"|".join(sorted(ALL_CLASSES - {FERRY}))})$"]'
    '["service"!~"^(driveway|parking_aisle|drive-through|emergency_access)$"]',  # many, and no way through
    f'["route"="{FERRY}"]',
)
LARGEST_QUERY_METRES2: Final = 2_500_000_000.0
SPLITTING_TAGS: Final = sorted(set(TAGS) - {"ref", "service"})
"""A street is cut where one of these changes."""
TOGETHER: Final = "splitting_tags"
Found = TypeVar("Found")


@dataclass(frozen=True, kw_only=True)
class Overpass:
    """An Overpass service, and where its answers are kept."""

    url: str
    cache: Path
    manners: Manners = field(default_factory=Manners)
    on_progress: Callable[[str], None] = lambda _: None

    def streets(self, area: shapely.Geometry) -> Path:
        """Give the streets of an area (degrees WGS84) as a GraphML file in the cache.

        Raises
        ------
        FetchError
            If the service cannot be reached, or there are no streets.
        """
        question = f"{public_url(self.url)}\n{area.wkt}\n{STREET_FILTERS}\n{TAGS}"
        path = self.cache / f"streets-{hashlib.sha256(question.encode()).hexdigest()[:32]}.graphml"
        if not path.exists():
            graph = self._ask(lambda: _graph(area), "streets")
            self.on_progress(f"streets: {graph.number_of_nodes()} junctions; saving them")
            _save(graph, path)
        return path

    def features(self, area: shapely.Geometry, tags: dict[str, bool | str | list[str]]) -> gpd.GeoDataFrame:
        """Give what is tagged so in an area (degrees WGS84), one column a tag.

        Raises
        ------
        FetchError
            If the service cannot be reached, or nothing is tagged so.
        """
        import osmnx  # noqa: PLC0415  (slow to import, and only this needs it)

        return self._ask(lambda: osmnx.features_from_polygon(area, tags), "premises")

    def _ask(self, question: Callable[[], Found], what: str) -> Found:
        """Ask again until the whole answer is there; what has come is in OSMnx's cache."""
        watch = _Watch(self, what)
        while True:
            try:
                with osmnx_settings(self, watch), no_addresses_in_log():
                    return question()
            except _BusyError as error:
                watch.wait(str(error), error.retry_after)
            except requests.Timeout:
                watch.wait("does not answer in time")
            except requests.RequestException:
                watch.wait("cannot be reached, or the connection was cut")
            except json.JSONDecodeError as error:
                if not _drop_broken(self.cache):
                    raise self._error(what, "answers with broken JSON") from error
            except ValueError as error:  # OSMnx's own errors; their text may hold the address
                is_empty = "matching" in str(error) or "No data" in str(error)
                text = "has none there" if is_empty else "cannot be made out of what came"
                raise self._error(what, text) from None

    def _error(self, what: str, text: str) -> FetchError:
        return FetchError(
            f"Overpass {public_url(self.url)}: {what}: {text}; try again later, or use an extract{OFFLINE}"
        )


class _BusyError(Exception):
    def __init__(self, how: str, retry_after: str | None = None) -> None:
        super().__init__(how)
        self.retry_after = retry_after


@dataclass
class _Watch:
    """Looks at every answer, and counts how many in a row were no good."""

    overpass: Overpass
    what: str
    failures: int = 0
    answers: int = 0

    def __call__(self, response: requests.Response, *_: object, **__: object) -> None:
        """Let OSMnx have the answer, or raise."""
        if response.status_code in BUSY:
            how = f"answers {response.status_code}"
            raise _BusyError(how, response.headers.get("Retry-After"))
        if not response.ok:
            raise self.overpass._error(self.what, f"answers {response.status_code}")
        if response.is_redirect:  # requests would follow, from https to http as well
            how = "is somewhere else by now, and its redirects are not followed; give its new address"
            raise self.overpass._error(self.what, how)
        if not urlsplit(response.url).path.endswith("/interpreter"):
            return  # the service's word on its free slots, which OSMnx reads
        if not _is_object(response):
            how = "answers with something else than map data"
            raise _BusyError(how)
        if remark := _remark(response):
            how = f"gave up: {first_line(remark)}"
            raise _BusyError(how)
        self.failures = 0
        self.answers += 1
        self.overpass.on_progress(f"{self.what}: {self.answers} answers from Overpass")

    def wait(self, how: str, retry_after: str | None = None) -> None:
        """Wait before the next try, or raise after too many."""
        self.failures += 1
        manners = self.overpass.manners
        if self.failures >= manners.attempts:
            raise self.overpass._error(self.what, f"{how} ({self.failures} tries)") from None
        seconds = manners.wait_seconds(self.failures, retry_after)
        self.overpass.on_progress(f"{self.what}: Overpass {how}; next try in {seconds:.0f} s")
        time.sleep(seconds)


@contextmanager
def osmnx_settings(overpass: Overpass, hook: Callable[..., None]) -> Iterator[None]:
    """Set what OSMnx goes by, and put it back; also the name look-up that it replaces for good."""
    from osmnx import settings  # noqa: PLC0415

    address = urlsplit(overpass.url)
    auth = (unquote(address.username), unquote(address.password or "")) if address.username else None
    wanted: dict[str, Any] = {
        "cache_folder": overpass.cache,
        "use_cache": True,
        "cache_only_mode": False,
        "doh_url_template": None,  # else a failed look-up is asked of a third party
        "http_user_agent": user_agent(),
        "http_referer": "",
        "max_query_area_size": LARGEST_QUERY_METRES2,
        "overpass_url": public_url(overpass.url),
        "overpass_rate_limit": overpass.url
        == PUBLIC,  # others seldom tell of slots, and 429 is obeyed anyway
        "overpass_memory": None,
        "overpass_settings": "[out:json][timeout:{timeout}]{maxsize}",
        "requests_kwargs": {"hooks": {"response": hook}, "auth": auth},
        "requests_timeout": max(1, int(overpass.manners.read_seconds)),
        "useful_tags_node": ["highway", "barrier"],
        "useful_tags_way": TAGS,
        "log_console": False,
        "log_file": False,
    }
    before = {name: getattr(settings, name) for name in wanted}
    look_up = socket.getaddrinfo
    for name, value in wanted.items():
        setattr(settings, name, value)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=".*max query area size", category=UserWarning)
            yield
    finally:
        socket.getaddrinfo = look_up
        for name, value in before.items():
            setattr(settings, name, value)


def _graph(area: shapely.Geometry) -> nx.MultiDiGraph:
    """Streets as OSMnx has them, cut also where a car is stopped or a tag changes."""
    import osmnx  # noqa: PLC0415  (slow to import, and only this needs it)

    graph = osmnx.graph_from_polygon(
        area, simplify=False, retain_all=True, truncate_by_edge=True, custom_filter=list(STREET_FILTERS)
    )
    for _, tags in graph.nodes(data=True):
        if tags.get("highway") not in CONTROLS:
            tags.pop("highway", None)
    for *_, tags in graph.edges(data=True):
        tags[TOGETHER] = str([tags.get(name) for name in SPLITTING_TAGS])  # one to compare, not thirty
    graph = osmnx.simplify_graph(
        graph, node_attrs_include=["highway", "barrier"], edge_attrs_differ=[TOGETHER]
    )
    for *_, tags in graph.edges(data=True):
        del tags[TOGETHER]
    return graph


def _save(graph: nx.MultiDiGraph, path: Path) -> None:
    import osmnx  # noqa: PLC0415

    part = path.with_name(f"{path.name}.part")
    graph.graph.pop("created_date", None)  # the same answers give the same bytes; the manifest has the day
    osmnx.save_graphml(graph, part)
    os.replace(part, path)  # noqa: PTH105  (atomic on every system)


def _is_object(response: requests.Response) -> bool:
    """Whether an answer begins and ends as a JSON object does; to read a hundred MB twice would take long."""
    return response.content.lstrip()[:1] == b"{" and response.content.rstrip()[-1:] == b"}"


def _remark(response: requests.Response) -> str:
    """Give what the service says when it ends half-way; tags may be called so, too."""
    if b'"remark"' not in response.content:
        return ""
    try:
        answer = response.json()
    except requests.JSONDecodeError:  # OSMnx says so
        return ""
    return str(answer.get("remark", "")) if isinstance(answer, dict) else ""


def _drop_broken(cache: Path) -> bool:
    """Remove answers that were cut off while OSMnx wrote them; say whether there were any."""
    broken = []
    for path in cache.glob("*.json"):
        try:
            json.loads(path.read_bytes())
        except ValueError:
            broken.append(path)
            path.unlink()
    return bool(broken)
