"""`MapScene`: all that the interactive map shows, as values; nothing about a plan is computed here.

The caller fills it (`layers.map_scene`), `payload` packs it for the page, and the scripts in `map/` draw it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from ..errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from .what_if import MapRules, MapWhatIf

TEXT_KEYS: Final = (
    "aim_mean",
    "aim_within",
    "aim_worst",
    "areas",
    "areas_caption",
    "banner",
    "catchment_hint",
    "cell_view",
    "certainty_always",
    "certainty_hint",
    "certainty_never",
    "certainty_sometimes",
    "changes",
    "choose_against",
    "choose_mode",
    "choose_service",
    "click_hint",
    "close",
    "colours",
    "column_before",
    "column_change",
    "column_figure",
    "column_now",
    "copy_link",
    "coverage_both",
    "coverage_near",
    "coverage_none",
    "coverage_title",
    "demand_hint",
    "demand_title",
    "difference_title",
    "driving_text",
    "estimated_mark",
    "every_other_week",
    "every_week",
    "extends_hint",
    "figure_combined",
    "figure_cost",
    "figure_digital",
    "figure_mean",
    "figure_of_met",
    "figure_posts",
    "figure_served",
    "figure_teams",
    "figure_travel",
    "figure_within",
    "figure_within_combined",
    "figure_within_mode",
    "figure_within_mode_combined",
    "figure_within_short",
    "figure_worst",
    "figures_caption",
    "find_step",
    "gains_place",
    "group_main",
    "group_satellite",
    "group_stop",
    "hide_panel",
    "keep",
    "keep_hint",
    "link",
    "link_copied",
    "longer",
    "loses_place",
    "map_label",
    "minutes_legend",
    "minutes_unit",
    "much_longer",
    "much_shorter",
    "municipality",
    "n_found",
    "n_open_of",
    "nearest",
    "nearest_main",
    "needs_script",
    "next_step",
    "next_step_by",
    "no_changes",
    "no_demand",
    "no_main",
    "no_place_either",
    "no_step",
    "not_in_scenario",
    "notes",
    "nothing_to_compare",
    "open_places",
    "own_choice",
    "panel_label",
    "plans",
    "plans_caption",
    "points",
    "reset",
    "role_candidate",
    "role_companion",
    "role_main",
    "role_of",
    "role_satellite",
    "role_stop",
    "same_place_hint",
    "save_scenario",
    "search_sites",
    "sek_millions",
    "service_main",
    "service_near",
    "shorter",
    "show_isochrones",
    "show_panel",
    "show_tiles",
    "show_tours",
    "simple_team",
    "simple_tour",
    "sites",
    "state_closed",
    "step_add_main",
    "step_add_satellite",
    "step_drop",
    "step_role",
    "step_swap",
    "steps_hint",
    "symbols",
    "tab_plan",
    "tab_tables",
    "tab_whatif",
    "tabs",
    "take_back",
    "take_back_one",
    "take_step",
    "to_map",
    "tours",
    "tours_hint",
    "unchanged",
    "undo",
    "unknown_in_link",
    "unreachable",
    "view_catchment",
    "view_certainty",
    "view_coverage",
    "view_demand",
    "view_difference",
    "view_none",
    "view_time",
    "warn_capacity",
    "warn_count",
    "warn_existing",
    "warn_link",
    "warn_no_main",
    "warn_not_allowed",
    "warn_place_in",
    "warn_posts",
    "warn_sek",
    "warn_simple_tours",
    "warn_unvisited",
    "whatif_hint",
    "whatif_honest",
    "whatif_old_browser",
    "whatif_too_large",
    "whatif_unchanged",
    "whatif_wait",
    "whole_area",
    "with_simple_tours",
    "youths",
    "zoom_in",
    "zoom_out",
)
"""Every word the map itself shows; all else comes with the scene."""

ROLES: Final = ("main", "satellite", "stop")
TILE_ADDRESS: Final = re.compile(
    r"(?P<origin>https://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?)/[A-Za-z0-9._~/?&=%+@:{}-]*", re.ASCII
)
"""Nothing that could end an attribute, a policy or a text that it stands in."""


@dataclass(frozen=True)
class TileSource:
    """An online map under the plan: the page asks for it at the one origin of this address, and nowhere else.

    `attribution` is plain text.

    Raises
    ------
    InputError
        If the address is not https with {z}, {x} and {y} once each, or whose map it is is not told.
    """

    url: str
    attribution: str

    def __post_init__(self) -> None:
        braces = sorted(re.findall(r"\{[xyz]\}|[{}]", self.url))
        if not TILE_ADDRESS.fullmatch(self.url) or braces != ["{x}", "{y}", "{z}"]:
            message = (
                f"--tiles {self.url!r}: is not the address of map tiles; give https://host/... (small "
                "letters) with {z}, {x} and {y} once each, and no other braces, quotation marks or spaces"
            )
            raise InputError(message)
        if not self.attribution.strip() or not self.attribution.isprintable():
            message = (
                "--attribution: must say whose map --tiles shows, in one line of text, such as "
                "'© OpenStreetMap contributors'"
            )
            raise InputError(message)

    @property
    def origin(self) -> str:
        """Scheme, host and port: what the page may ask."""
        found = TILE_ADDRESS.fullmatch(self.url)
        return found["origin"] if found else ""


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


@dataclass(frozen=True, eq=False)
class MapTour:
    """A tour of a travelling team; `sites` are positions in `MapScene.sites`: base, stops, base.

    `schedule` gives times of day, each with what happens then; `line` is the way driven, along the roads.
    """

    title: str
    team: str
    sites: tuple[int, ...]
    schedule: tuple[tuple[str, str], ...]
    driving: str
    day: str  # the weekday, as it stands on the map
    line: NDArray[np.float64]  # (k, 2) latitude, longitude


@dataclass(frozen=True, eq=False)
class MapIsochrone:
    """Boundary of the area from which a service is reached within a limit; outer rings and those of holes."""

    service: Literal["near", "main"]
    minutes: float
    lines: tuple[NDArray[np.float64], ...]  # closed, (k, 2) each: latitude, longitude


@dataclass(frozen=True, eq=False)
class MapService:
    """One service by another mode of travel: its words, and minutes to the best place.

    None: the page takes them from the minutes of all sites (`MapWhatIf`).
    """

    legend: str
    card: str  # before the minutes on a cell's card
    unreachable: str
    minutes: NDArray[np.float64] | None = None  # (n,) inf = unreachable
    site: NDArray[np.int64] | None = None  # (n,) -1 = none


@dataclass(frozen=True, eq=False)
class MapMode:
    """Another mode of travel, to any open place and to a main reception."""

    label: str
    near: MapService
    main: MapService
    rough_minutes: float = 0.1
    """Minutes are rounded up to these: a tenth, or more where they are a rough estimate."""


@dataclass(frozen=True)
class MapTable:
    """A table of finished texts, for those who do not read maps."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    n_text_columns: int = 1
    n_sum_rows: int = 0


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
    isochrones: tuple[MapIsochrone, ...] = ()
    coverage: NDArray[np.uint8] | None = None
    """(n,) 1: the near service is within the standard, 2: the main, 3: both; None: by travel minutes."""
    tables: tuple[MapTable, ...] = ()
    rules: MapRules | None = None


@dataclass(frozen=True)
class MapSwept:
    """What a sweep's variants opened: how many came to each plan, its sites and their waiting minutes."""

    hint: str
    plans: tuple[tuple[int, tuple[tuple[int, float], ...]], ...]  # positions in `MapScene.sites`


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
    own_mode: str = ""
    """How one travels, in words."""
    standard_minutes: float = 30.0
    noticeable_minutes: float = 5.0
    youths_classes: tuple[str, ...] = ()
    """The labels of `cell_youths_label` in ascending order."""
    source: str = ""
    """A line in the map's corner that says what it rests on."""
    what_if: MapWhatIf | None = None
    """What one's own choice is counted on; None: the page offers none."""
    swept: MapSwept | None = None
    """What is always, sometimes and never opened; None: the plans say so."""
    attribution: str = ""
    """Whose data the map rests on, where a licence asks for that; stands in the map's corner."""
    tiles: TileSource | None = None
    """An online map underneath; None: the page asks the network for nothing."""

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
        if self.what_if is not None and any(plan.rules is None for plan in self.plans):
            msg = "one's own choice needs rules of every plan"
            raise ValueError(msg)


def missing_texts(texts: Mapping[str, str]) -> tuple[str, ...]:
    """Return the keys of `TEXT_KEYS` that have no text.

    Examples
    --------
    >>> missing_texts(dict.fromkeys(TEXT_KEYS[1:], "x"))
    ('aim_mean',)
    """
    return tuple(key for key in TEXT_KEYS if not texts.get(key))


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
