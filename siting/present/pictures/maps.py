"""Draws maps of options for page and paper: open places by role, tours, and how far each municipality has."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import shapely
from matplotlib.patches import PathPatch

from ...sites import Role
from ..answer import places
from ..by_car import tour_lines
from ..document import Picture
from ..modes import by_mode
from ..tables import municipality_names, region
from .drawing import DARK, HALO, INK, QUIET, WARM, WIDTH, Frame, broken, canvas, name_of, svg, text_width
from .ground import FINEST_DETAIL, ground_of, path_of
from .legend import AreaLook, Entry, LineLook, MarkLook, draw_legend, draw_mark, draw_scale_bar
from .placing import Box, Wanted, around, placed
from .shading import HIDDEN, LOOKS, NO_PLACE, class_texts, shades

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from matplotlib.axes import Axes

    from ...study import Outcome
    from ..words import Words
    from .ground import Ground
    from .shading import Shade

MAP_WIDTH: Final = 400.0
MAP_HEIGHT: Final = 470.0
LEGEND_LEFT: Final = 424.0
LEAST_HEIGHT: Final = 400.0  # what the legend needs
EDGE: Final = 8.0
SMALL_WIDTH: Final = 220.0
SMALL_HEIGHT: Final = 250.0
SMALL_SHARE: Final = 0.32  # of the width of the text: three stand beside one another
PLACE_SIZE: Final = 12.0
QUIET_SIZE: Final = 10.5
LETTERS_OF_NAME: Final = 22
LAND: Final = AreaLook("#fff")
WATER: Final = AreaLook("#fff", "-----", "#7fa6cc", edge="#5f8bb5")  # lines: no class of minutes
ROAD: Final = LineLook("#a9967f", 0.9)
BORDER: Final = LineLook("#8b98a5", 0.8)
COUNTY_BORDER: Final = LineLook(QUIET, 1.4)
TEAM: Final = "#5a2d82"
TOUR: Final = LineLook(TEAM, 1.8, (4, 2))
MARKS: Final = {
    Role.MAIN: MarkLook("s", 12.0, DARK, "#fff", 1.2),
    Role.SATELLITE: MarkLook("o", 9.5, "#fff", WARM, 2.6),
    Role.STOP: MarkLook("D", 7.0, TEAM, "#fff", 1.0),
}


@dataclass(frozen=True)
class _Mark:
    """An open place, in units of the picture."""

    x: float
    y: float
    role: Role
    municipality_code: str


def option_map(outcome: Outcome, words: Words, *, title: str = "") -> Picture:
    """Draw an option: its places, tours, and how far each municipality has to the nearest reception."""
    ground = ground_of(outcome, most_width=MAP_WIDTH, most_height=MAP_HEIGHT, edge=EDGE)
    marks, tours = _marks(outcome, ground), _tours(outcome, ground)
    found = shades(outcome) if ground.municipalities else {}
    mode = by_mode(outcome.scenario, words)
    alt = _alt(outcome, found, words)
    height = max(LEAST_HEIGHT, ground.scale.height)
    with canvas(WIDTH, height) as (figure, axes):
        _draw_ground(axes, ground, {code: shade.look for code, shade in found.items()}, with_roads=True)
        _draw_lines(axes, tours, TOUR)
        _draw_marks(axes, marks)
        _name_places(axes, marks, ground, municipality_names(outcome))
        draw_legend(
            axes,
            (LEGEND_LEFT, EDGE),
            list(_entries(marks, ground, tours, found=found, mode=mode, words=words)),
        )
        draw_scale_bar(axes, (LEGEND_LEFT, height - EDGE), ground.scale.units_per_metre, words)
        drawn = svg(figure, Frame(name_of("map", outcome.scenario.name, title), alt, ""))
    key = "picture.map_caption" if found else "picture.places_caption"
    caption = words(key, places=_places(outcome, words), mode=mode)
    return Picture(drawn, f"{title}. {caption}" if title else caption, alt)


def small_map(outcome: Outcome, words: Words) -> Picture:
    """Draw where an option has its places, as small as an overview needs it."""
    ground = ground_of(outcome, most_width=SMALL_WIDTH, most_height=SMALL_HEIGHT, edge=EDGE)
    caption = words("picture.places_caption", places=_places(outcome, words))
    alt = words("picture.places_alt", region=region(outcome, words), places=_places(outcome, words))
    with canvas(SMALL_WIDTH, ground.scale.height) as (figure, axes):
        _draw_ground(axes, ground, {}, with_roads=False)
        _draw_lines(axes, _tours(outcome, ground), TOUR)
        _draw_marks(axes, _marks(outcome, ground))
        drawn = svg(figure, Frame(name_of("small", outcome.scenario.name), alt, ""))
    return Picture(drawn, caption, alt, width=SMALL_SHARE)


def _entries(
    marks: Sequence[_Mark],
    ground: Ground,
    tours: Sequence[shapely.Geometry],
    *,
    found: Mapping[str, Shade],
    mode: str,
    words: Words,
) -> Iterator[Entry]:
    """Say what is what; the classes of minutes are all there, so that maps can be laid side by side."""
    for role in MARKS:
        if any(mark.role is role for mark in marks):
            yield Entry(words(f"picture.role.{role}"), MARKS[role])
    if tours:
        yield Entry(words("picture.tour"), TOUR)
    if not ground.roads.is_empty:
        yield Entry(words("picture.road"), ROAD)
    if not ground.lakes.is_empty:
        yield Entry(words("picture.lake"), WATER)
    if found:
        yield Entry(words("picture.shaded", mode=mode))
        for text, look in zip(class_texts(words), LOOKS, strict=True):
            yield Entry(text, look)
        kinds = {shade.kind for shade in found.values()}
        if "no_place" in kinds:
            yield Entry(words("picture.no_place"), NO_PLACE)
        if "hidden" in kinds:
            yield Entry(words("unit.hidden"), HIDDEN)


def _tours(outcome: Outcome, ground: Ground) -> list[shapely.Geometry]:
    """Give the ways that some tour is driven, each once: dashes upon dashes would be no dashes."""
    lines = [shapely.LineString(ground.scale.place(line)) for line in tour_lines(outcome) if len(line) > 1]
    ways = shapely.line_merge(shapely.union_all(lines))
    return list(shapely.simplify(shapely.get_parts(ways), FINEST_DETAIL))


def _places(outcome: Outcome, words: Words) -> str:
    return places(outcome, words) if outcome.plan.open_sites else words("picture.no_places")


def _alt(outcome: Outcome, found: dict[str, Shade], words: Words) -> str:
    """Say where the places are, and who has it near and far."""
    where = words("picture.places_alt", region=region(outcome, words), places=_places(outcome, words))
    minutes = {code: shade.minutes for code, shade in found.items() if shade.minutes is not None}
    if not minutes:
        return where
    names = municipality_names(outcome)
    limit = outcome.scenario.choice.standard_minutes
    n_longer = sum(each > limit for each in minutes.values())
    longer = words(
        "picture.longer_in" if n_longer else "picture.longer_in_none",
        count=words.number(n_longer),
        all=words.number(len(minutes)),
        minutes=words.plain(limit),
    )
    said = words(
        "picture.map_alt",
        mode=by_mode(outcome.scenario, words),
        **_extreme("shortest", min(minutes.values()), minutes, names, words),
        **_extreme("longest", max(minutes.values()), minutes, names, words),
        longer=longer,
    )
    return f"{where} {said}"


def _extreme(
    key: str, value: int, minutes: dict[str, int], names: dict[str, str], words: Words
) -> dict[str, str]:
    those = [names[code] for code, each in minutes.items() if each == value]
    return {f"{key}_in": words.list_of(those), key: words.number(value)}


def _marks(outcome: Outcome, ground: Ground) -> list[_Mark]:
    """Give the open places, those on top last."""
    sites = outcome.region.sites
    position = {site_id: j for j, site_id in enumerate(sites.site_ids)}
    order = (Role.STOP, Role.SATELLITE, Role.MAIN)
    by_role = {
        Role.MAIN: outcome.plan.main,
        Role.SATELLITE: outcome.plan.satellite,
        Role.STOP: outcome.plan.stop,
    }
    found = []
    for role in order:
        for j in sorted(position[site_id] for site_id in by_role[role]):
            ((x, y),) = ground.scale.place(sites.points_metres[[j]])
            found.append(_Mark(x, y, role, sites.municipality_codes[j]))
    return found


def _draw_ground(axes: Axes, ground: Ground, shaded: Mapping[str, AreaLook], *, with_roads: bool) -> None:
    """Draw areas, water, roads and borders, each kind as one path."""
    areas: dict[AreaLook, list[shapely.Geometry]] = {}
    for code, area in ground.municipalities.items():
        areas.setdefault(shaded.get(code, LAND), []).append(area)
    for look, those in areas.items():
        _draw_areas(axes, those, look)
    _draw_areas(axes, [ground.lakes], WATER)
    if with_roads:
        _draw_lines(axes, [ground.roads], ROAD)
    _draw_lines(axes, list(ground.municipalities.values()), BORDER)
    _draw_lines(axes, [ground.county_border], COUNTY_BORDER)


def _draw_areas(axes: Axes, areas: Sequence[shapely.Geometry], look: AreaLook) -> None:
    path = path_of(areas)
    if path is not None:
        width = 0.0 if look.edge == "none" else 0.8
        axes.add_patch(PathPatch(path, facecolor=look.face, edgecolor=look.edge, linewidth=width))
        if look.hatch:
            lines = {"edgecolor": look.hatch_colour, "hatch": look.hatch, "linewidth": 0.0}
            axes.add_patch(PathPatch(path, facecolor="none", **lines))


def _draw_lines(axes: Axes, lines: Sequence[shapely.Geometry], look: LineLook) -> None:
    path = path_of(lines)
    if path is not None:
        style = (0, look.dashes) if look.dashes else "-"
        axes.add_patch(
            PathPatch(path, facecolor="none", edgecolor=look.colour, linewidth=look.width, linestyle=style)
        )


def _draw_marks(axes: Axes, marks: Sequence[_Mark]) -> None:
    for mark in marks:
        draw_mark(axes, mark.x, mark.y, MARKS[mark.role])


def _name_places(axes: Axes, marks: Sequence[_Mark], ground: Ground, names: dict[str, str]) -> None:
    """Name each municipality once: by its foremost place; where it has none and there is room, quietly."""
    labels = [*_names_of_marks(marks, names), *_names_of_others(marks, ground, names)]
    taken = [around(mark.x, mark.y, MARKS[mark.role].size / 2 + 2.0) for mark in marks]
    bounds = Box(1.0, 1.0, MAP_WIDTH + 12.0, ground.scale.height - 1.0)
    for number, (label, place) in enumerate(
        zip(labels, placed([wanted for _, _, wanted in labels], taken, bounds), strict=True)
    ):
        if place is not None:
            text, is_quiet, _ = label
            axes.text(
                *(place.x, place.y, text),
                ha=place.align,
                va="center",
                fontsize=QUIET_SIZE if is_quiet else PLACE_SIZE,
                fontweight="normal" if is_quiet else "bold",
                color=QUIET if is_quiet else INK,
                gid=f"{HALO}{number}",
            )


def _names_of_marks(marks: Sequence[_Mark], names: dict[str, str]) -> Iterator[tuple[str, bool, Wanted]]:
    named = set()
    for mark in reversed(marks):
        if mark.municipality_code not in named:
            named.add(mark.municipality_code)
            text = broken(names[mark.municipality_code], LETTERS_OF_NAME).partition("\n")[0]
            gap = MARKS[mark.role].size / 2 + 3.0
            size = (text_width(text, PLACE_SIZE) * 1.08, PLACE_SIZE * 1.2)  # bold is wider
            yield text, False, Wanted(mark.x, mark.y, *size, (gap, gap + 5.0, gap + 10.0))


def _names_of_others(
    marks: Sequence[_Mark], ground: Ground, names: dict[str, str]
) -> Iterator[tuple[str, bool, Wanted]]:
    with_place = {mark.municipality_code for mark in marks}
    for code, area in ground.municipalities.items():
        if code not in with_place and code in names and not area.is_empty:
            text = broken(names[code], LETTERS_OF_NAME).partition("\n")[0]
            middle = shapely.point_on_surface(area)
            size = (text_width(text, QUIET_SIZE), QUIET_SIZE * 1.2)
            yield text, True, Wanted(middle.x, middle.y, *size, (0.0, 4.0, 12.0))
