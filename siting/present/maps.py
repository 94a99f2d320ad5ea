"""`map_html`: one self-contained page with the interactive map of one or several plans.

The caller fills a `MapScene`; nothing about a plan is computed here. The page asks the network for nothing
(its content security policy forbids it). No name becomes markup: words travel as JSON and are set as text.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import asdict, dataclass
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from branca.element import Element, Figure, MacroElement
from folium import Map
from jinja2 import Template

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

TEXT_KEYS: Final = (
    "map_label",
    "needs_script",
    "show_panel",
    "hide_panel",
    "plans",
    "cell_view",
    "view_near",
    "view_main",
    "view_catchment",
    "view_none",
    "minutes_legend",
    "minutes_unit",
    "no_main",
    "unreachable",
    "no_demand",
    "catchment_hint",
    "symbols",
    "role_main",
    "role_satellite",
    "role_stop",
    "role_candidate",
    "role_companion",
    "estimated_mark",
    "same_place_hint",
    "open_places",
    "group_main",
    "group_satellite",
    "group_stop",
    "tours",
    "show_tours",
    "tours_hint",
    "click_hint",
    "notes",
    "youths",
    "nearest",
    "nearest_main",
    "zoom_in",
    "zoom_out",
    "whole_area",
    "close",
)
"""Every word the map itself shows; all else comes with the scene."""

ROLES: Final = ("main", "satellite", "stop")
POLICY: Final = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"
UNREACHABLE_TENTHS: Final = 65535
DIGITAL_TENTHS: Final = 65534
MOST_TENTHS: Final = 65533
MAP_NAME: Final = "siting_map"
DEGREES_PER_UNIT: Final = 1e-5  # about 1 m; the page reads coordinates in this unit


@dataclass(frozen=True)
class MapSite:
    """A candidate, or a companion: a neighbouring service that is shown but never opened.

    `short_name` stands beside an open site while the whole county is seen; without it the name does.
    """

    site_id: str
    name: str
    kind: str
    kind_label: str
    municipality: str
    latitude: float
    longitude: float
    is_candidate: bool
    estimate_note: str
    short_name: str = ""


@dataclass(frozen=True)
class MapTour:
    """A tour of a travelling team; `sites` are positions in `MapScene.sites`: base, stops, base.

    `schedule` gives times of day, each with what happens then.
    """

    title: str
    team: str
    sites: tuple[int, ...]
    schedule: tuple[tuple[str, str], ...]
    driving: str


@dataclass(frozen=True, eq=False)
class MapMode:
    """Minutes from each cell to the best place by another mode of travel, and where that is (-1 = none)."""

    view: str  # what the colours show
    legend: str
    card: str  # before the minutes on a cell's card
    unreachable: str
    minutes: NDArray[np.float64]
    site: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class MapPlan:
    """One plan; per cell minutes (inf = unreachable) and positions in `MapScene.sites` (-1 = none).

    `days` says of open sites how often they are open, where that is known, `bases` which of them are bases
    of how many teams; `digital_labels` names digital contact for the near and for the main service;
    `best_rule` says by what a cell is sent to its site.
    """

    name: str
    title: str
    roles: dict[str, str]
    days: dict[str, str]
    bases: dict[str, str]
    near_minutes: NDArray[np.float64]
    near_site: NDArray[np.int64]
    near_is_digital: NDArray[np.bool_]
    main_minutes: NDArray[np.float64]
    main_site: NDArray[np.int64]
    main_is_digital: NDArray[np.bool_]
    digital_labels: tuple[str, str]
    best_rule: str
    tours: tuple[MapTour, ...]
    facts: tuple[tuple[str, str], ...]
    site_facts: dict[str, tuple[tuple[str, str], ...]]
    modes: tuple[MapMode, ...] = ()


@dataclass(frozen=True, eq=False)
class MapScene:
    """All that one page shows.

    `cell_corners` has shape (n_cells, 4, 2), each road shape (k, 2), in degrees of latitude and longitude;
    `roads` say first whether it is a main road; `borders` is a GeoJSON FeatureCollection of municipalities
    with the property `name`, `lakes` one of water that they leave out; `localities` are name, latitude,
    longitude and population.

    Raises
    ------
    ValueError
        If lengths disagree, a plan points at a site that is not there, or a text is missing.
    """

    language: str
    title: str
    texts: dict[str, str]
    cell_corners: NDArray[np.float64]
    cell_municipality: tuple[str, ...]
    cell_youths_label: tuple[str, ...]
    cell_has_demand: NDArray[np.bool_]
    borders: dict[str, Any]
    lakes: dict[str, Any]
    roads: tuple[tuple[bool, NDArray[np.float64]], ...]
    localities: tuple[tuple[str, float, float, float], ...]
    sites: tuple[MapSite, ...]
    plans: tuple[MapPlan, ...]
    notes: tuple[str, ...]
    attribution: str = ""
    """Whose data the map rests on, where a licence asks for that; stands in the map's corner."""

    def __post_init__(self) -> None:
        missing = missing_texts(self.texts)
        if missing:
            msg = f"texts lack {', '.join(missing)}; each key of TEXT_KEYS needs a text"
            raise ValueError(msg)
        if not self.plans:
            msg = "a map needs at least one plan"
            raise ValueError(msg)
        _check_lengths("cells", len(self.cell_corners), _cell_columns(self))
        for plan in self.plans:
            _check_plan(plan, n_cells=len(self.cell_corners), sites=self.sites)


def missing_texts(texts: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys of `TEXT_KEYS` that have no text.

    Examples
    --------
    >>> missing_texts(dict.fromkeys(TEXT_KEYS[1:], "x"))
    ('map_label',)
    """
    return tuple(key for key in TEXT_KEYS if not texts.get(key))


def map_html(scene: MapScene) -> str:
    """Draw the scene as one HTML page; equal scenes give equal pages."""
    page = _Page(language=scene.language, title=scene.title, needs_script=scene.texts["needs_script"])
    for name, markup in _assets():
        page.header.add_child(_Verbatim(markup), name=name)
    county = _OfflineMap()
    county.add_child(_SceneView(_payload(scene)))
    page.add_child(county)
    return str(page.render())


def _check_lengths(what: str, expected: int, columns: Mapping[str, int]) -> None:
    for name, length in columns.items():
        if length != expected:
            msg = f"{name} has {length} rows; expected {expected}, one for each of the {what}"
            raise ValueError(msg)


def _cell_columns(scene: MapScene) -> dict[str, int]:
    return {
        "cell_municipality": len(scene.cell_municipality),
        "cell_youths_label": len(scene.cell_youths_label),
        "cell_has_demand": len(scene.cell_has_demand),
    }


def _check_plan(plan: MapPlan, *, n_cells: int, sites: Sequence[MapSite]) -> None:
    columns = (
        "near_minutes",
        "near_site",
        "near_is_digital",
        "main_minutes",
        "main_site",
        "main_is_digital",
    )
    _check_lengths("cells", n_cells, {f"{plan.name}.{name}": len(getattr(plan, name)) for name in columns})
    for name in ("near_site", "main_site"):
        positions = getattr(plan, name)
        if positions.size and not -1 <= positions.min() <= positions.max() < len(sites):
            msg = f"{plan.name}.{name} must hold positions -1 to {len(sites) - 1}"
            raise ValueError(msg)
    unknown = sorted(set(plan.roles) - {site.site_id for site in sites if site.is_candidate})
    if unknown:
        msg = f"{plan.name} opens {', '.join(unknown)}, which is no candidate of this scene"
        raise ValueError(msg)
    strange = sorted(set(plan.roles.values()) - set(ROLES))
    if strange:
        msg = f"{plan.name}: a role is {' or '.join(ROLES)}, not {', '.join(strange)}"
        raise ValueError(msg)
    for tour in plan.tours:
        if not set(tour.sites) <= set(range(len(sites))):
            msg = f"{plan.name}: a tour must hold positions 0 to {len(sites) - 1}"
            raise ValueError(msg)


# --- what the page reads; its counterpart is `decode...` in map.js ---


def _payload(scene: MapScene) -> dict[str, Any]:
    return {
        "title": scene.title,
        "texts": {key: scene.texts[key] for key in TEXT_KEYS},
        "degreesPerUnit": DEGREES_PER_UNIT,
        "unreachableTenths": UNREACHABLE_TENTHS,
        "digitalTenths": DIGITAL_TENTHS,
        "cells": _cells_payload(scene),
        "borders": _borders_payload(scene.borders),
        "lakes": _borders_payload(scene.lakes),
        "roads": [{"isMain": bool(is_main), "points": _points(shape)} for is_main, shape in scene.roads],
        "localities": [
            {"name": name, "position": [_degrees(lat), _degrees(lon)], "population": float(population)}
            for name, lat, lon, population in scene.localities
        ],
        "sites": [_site_payload(site) for site in scene.sites],
        "plans": [_plan_payload(plan) for plan in scene.plans],
        "notes": list(scene.notes),
        "attribution": scene.attribution,
    }


def _cells_payload(scene: MapScene) -> dict[str, Any]:
    return {
        "corners": _base64(np.rint(scene.cell_corners / DEGREES_PER_UNIT), "<i4"),
        "hasDemand": _base64(scene.cell_has_demand, "<u1"),
        "municipality": _coded(scene.cell_municipality),
        "youths": _coded(scene.cell_youths_label),
    }


def _plan_payload(plan: MapPlan) -> dict[str, Any]:
    return {
        "title": plan.title,
        "roles": plan.roles,
        "days": plan.days,
        "bases": plan.bases,
        "nearTenths": _base64(_tenths(plan.near_minutes, plan.near_is_digital), "<u2"),
        "nearSite": _base64(plan.near_site, "<i2"),
        "mainTenths": _base64(_tenths(plan.main_minutes, plan.main_is_digital), "<u2"),
        "mainSite": _base64(plan.main_site, "<i2"),
        "digitalLabels": plan.digital_labels,
        "bestRule": plan.best_rule,
        "tours": [asdict(tour) for tour in plan.tours],
        "facts": plan.facts,
        "siteFacts": plan.site_facts,
        "modes": [
            {
                "view": mode.view,
                "legend": mode.legend,
                "card": mode.card,
                "unreachable": mode.unreachable,
                "tenths": _base64(_tenths(mode.minutes, np.zeros(len(mode.minutes), dtype=bool)), "<u2"),
                "site": _base64(mode.site, "<i2"),
            }
            for mode in plan.modes
        ],
    }


def _site_payload(site: MapSite) -> dict[str, Any]:
    return {
        "id": site.site_id,
        "name": site.name,
        "shortName": site.short_name or site.name,
        "kindLabel": site.kind_label,
        "municipality": site.municipality,
        "position": [_degrees(site.latitude), _degrees(site.longitude)],
        "isCandidate": site.is_candidate,
        "estimateNote": site.estimate_note,
    }


def _borders_payload(borders: Mapping[str, Any]) -> dict[str, Any]:
    """Keep of each municipality its name and a geometry in whole units."""
    features = [
        {
            "type": "Feature",
            "properties": {"name": str(feature["properties"]["name"])},
            "geometry": {
                "type": feature["geometry"]["type"],
                "coordinates": _rounded(feature["geometry"]["coordinates"]),
            },
        }
        for feature in borders["features"]
    ]
    return {"type": "FeatureCollection", "features": features}


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, (int, float)):
        return _degrees(coordinates)
    return [_rounded(part) for part in coordinates]


def _degrees(value: float) -> float:
    return round(float(value), 5)


def _points(shape: NDArray[np.float64]) -> list[list[float]]:
    return [[_degrees(lat), _degrees(lon)] for lat, lon in shape]


def _tenths(minutes: NDArray[np.float64], is_digital: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Tenths of a minute, rounded up: 30.04 minutes is not within 30, and must not be coloured as if it were.

    Examples
    --------
    >>> _tenths(np.array([0.0, 30.0, 30.04, np.inf, np.inf]), np.array([False] * 4 + [True])).tolist()
    [0.0, 300.0, 301.0, 65535.0, 65534.0]
    """
    tenths = np.ceil(np.where(np.isfinite(minutes), minutes, 0.0) * 10)
    reached = np.where(np.isfinite(minutes), np.minimum(tenths, MOST_TENTHS), UNREACHABLE_TENTHS)
    return np.where(is_digital, DIGITAL_TENTHS, reached)


def _base64(values: NDArray[Any], dtype: str) -> str:
    return b64encode(np.ascontiguousarray(values).astype(dtype).tobytes()).decode("ascii")


def _coded(labels: Sequence[str]) -> dict[str, Any]:
    """Few labels on many cells: the labels once, and their positions."""
    names = sorted(set(labels))
    position = {name: index for index, name in enumerate(names)}
    return {"labels": names, "positions": _base64(np.array([position[label] for label in labels]), "<u2")}


# --- the page; Folium's own parts would fetch from the network and put names into code ---


def _assets() -> list[tuple[str, str]]:
    here = files("siting.present")
    leaflet, own = here / "vendor" / "leaflet", here / "map"
    licence = f"/* Leaflet\n{(leaflet / 'LICENSE').read_text('utf-8')}*/\n"  # it asks to go along with copies
    return [
        ("leaflet_css", f"<style>{(leaflet / 'leaflet.css').read_text('utf-8')}</style>"),
        ("map_css", f"<style>{(own / 'map.css').read_text('utf-8')}</style>"),
        ("leaflet_js", f"<script>{licence}{(leaflet / 'leaflet.js').read_text('utf-8')}</script>"),
        ("map_js", f"<script>{(own / 'map.js').read_text('utf-8')}</script>"),
    ]


class _Verbatim(Element):
    """Text that goes into the page as it stands: an `Element` would read it as a Jinja template once more."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def render(self, **_kwargs: object) -> str:
        return self._text


class _Page(Figure):
    """The document around the map: language, title and policy, which a `Figure` does not write."""

    _template = Template(
        """<!DOCTYPE html>
<html lang="{{ this.language | e }}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{{ this.policy }}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>{{ this.title | e }}</title>
{{ this.header.render(**kwargs) }}
</head>
<body>
<noscript>{{ this.needs_script | e }}</noscript>
{{ this.html.render(**kwargs) }}
<script>
"use strict";
{
{{ this.script.render(**kwargs) }}
}
</script>
</body>
</html>
"""
    )

    def __init__(self, *, language: str, title: str, needs_script: str) -> None:
        super().__init__(title=title)
        self.language = language
        self.needs_script = needs_script
        self.policy = POLICY
        self.header = Element()  # without the meta element of Figure: the policy has to come first
        self.header._parent = self


class _OfflineMap(Map):
    """A Folium map that brings nothing with it: no scripts, no styles, no tiles."""

    default_js: list[tuple[str, str]] = []  # noqa: RUF012  # Folium types it as an instance variable
    default_css: list[tuple[str, str]] = []  # noqa: RUF012
    _template = Template(
        """
{% macro html(this, kwargs) %}
<div class="siting">
<aside class="panel" id="siting_panel"></aside>
<main class="folium-map" id="{{ this.get_name() }}"></main>
</div>
{% endmacro %}
{% macro script(this, kwargs) %}
const {{ this.get_name() }} = L.map("{{ this.get_name() }}", {
    attributionControl: false, zoomControl: false, zoomSnap: 0.25, minZoom: 5, maxZoom: 15, inertia: false,
    zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
});
{% endmacro %}
"""
    )

    def __init__(self) -> None:
        super().__init__(tiles=None)

    def get_name(self) -> str:
        """Return the same name each time, not Folium's random one, so that pages can be compared."""
        return MAP_NAME


class _SceneView(MacroElement):
    """Hands the scene to map.js: as JSON in an element that is never run."""

    _data = Template('<script type="application/json" id="siting_scene">{{ scene | tojson }}</script>')

    def __init__(self, scene: dict[str, Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._scene = scene

    def render(self, **_kwargs: object) -> str:
        """Add data and call as they are: branca reads what macros give as a template again."""
        page = self.get_root()
        if not isinstance(page, Figure):
            msg = "a scene is rendered as part of a page"
            raise TypeError(msg)
        page.html.add_child(_Verbatim(self._data.render(scene=self._scene)), name="scene")
        page.script.add_child(_Verbatim(f"showSitingMap({MAP_NAME});"), name="show")
        return ""
