"""The scene of the interactive map: one plan, or several to switch between, and all around them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..geo import distances_metres, project, square_cells, unproject
from .backdrop import borders, lakes, named_places, road_lines
from .map_plan import map_plan
from .modes import by_mode
from .modes_tables import shared_modes
from .notes import attributions, estimate_notes
from .scene import TEXT_KEYS, MapScene, MapSite, MapSwept
from .tables import (
    age_span,
    gate_of,
    is_estimated_site,
    kind_label,
    municipality_names,
    option_letters,
    region,
)
from .what_if import map_what_if, modes_counted

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from ..saved import SweptPlans
    from ..study import Outcome
    from .scene import TileSource
    from .words import Words


def map_scene(
    outcomes: Sequence[Outcome],
    title: str,
    words: Words,
    *,
    swept: SweptPlans | None = None,
    tiles: TileSource | None = None,
) -> MapScene:
    """Gather all that the interactive map shows.

    `swept` says what is always, sometimes and never opened; without it the outcomes do. `tiles` is an online
    map to lie underneath, for which the page then asks its maker.
    """
    first = outcomes[0]
    demand, crs = first.region.demand, first.dataset.manifest.crs
    corners = square_cells(demand.centres_metres, first.dataset.manifest.cell_size_metres)
    names = municipality_names(first)
    municipality_of = tuple(names[code] for code in demand.municipality_codes)
    letters = [f"{letter}. " for letter in option_letters(len(outcomes))] if len(outcomes) > 1 else [""]
    counted = modes_counted(outcomes)
    modes = shared_modes(tuple(outcomes)) if counted is None else counted
    standard_minutes, gate = first.scenario.choice.standard_minutes, gate_of(first.scenario)
    return MapScene(
        language=words.language,
        title=title,
        texts=_texts(first, words),
        cell_corners=unproject(corners.reshape(-1, 2), crs).reshape(-1, 4, 2),
        cell_municipality=municipality_of,
        cell_youths_label=tuple(gate.classes(demand.youths, words)),
        youths_classes=tuple(dict.fromkeys(gate.classes(np.sort(demand.youths), words))),
        cell_has_demand=demand.youths > 0,
        borders=borders(first),
        lakes=lakes(first),
        roads=road_lines(first),
        localities=named_places(first),
        sites=_sites(first, words),
        plans=tuple(
            map_plan(
                outcome,
                letter,
                words,
                modes,
                standard_minutes=standard_minutes,
                with_minutes=counted is None,
            )
            for outcome, letter in zip(outcomes, letters, strict=True)
        ),
        notes=(*estimate_notes(first, words), words("map.protected_note", base=gate.smallest_count_shown)),
        own_mode=by_mode(first.scenario, words),
        standard_minutes=standard_minutes,
        noticeable_minutes=first.scenario.evaluation.noticeable_minutes,
        source=words("map.source", region=region(first, words)),
        what_if=None if counted is None else map_what_if(first, modes, municipality_of, words),
        swept=None if swept is None or counted is None else _swept(swept, first, words),
        attribution="; ".join(each for each in attributions(first) if "©" in each),
        tiles=tiles,
    )


def _swept(swept: SweptPlans, outcome: Outcome, words: Words) -> MapSwept:
    position = {site_id: j for j, site_id in enumerate(outcome.region.sites.site_ids)}
    return MapSwept(
        hint=words("map.swept_hint", n=words.number(swept.n_variants), scenario=swept.name),
        plans=tuple(
            (
                n,
                tuple(
                    (position[site_id], outcome.region.offer(role, days).waiting_minutes)
                    for site_id, role, days in plan
                ),
            )
            for n, plan in swept.plans
        ),
    )


def _texts(outcome: Outcome, words: Words) -> dict[str, str]:
    """Give the words of the map; ages and mode are put in here, other {names} by the page."""
    values = {"{ages}": age_span(outcome.scenario), "{mode}": by_mode(outcome.scenario, words)}
    texts = {}
    for key in TEXT_KEYS:
        text = words(f"map.{key}")
        for name, value in values.items():
            text = text.replace(name, value)
        texts[key] = text
    return texts


def _sites(outcome: Outcome, words: Words) -> tuple[MapSite, ...]:
    """Candidates first, in the order of the site table, so that a cell's site is a place in this list."""
    table = outcome.dataset.table("sites").set_index("site_id")
    companions = [site_id for site_id in table.index if site_id not in outcome.region.sites.site_ids]
    rows = table.loc[[*outcome.region.sites.site_ids, *companions]]
    names = municipality_names(outcome)
    return tuple(
        MapSite(
            site_id=str(site_id),
            name=str(row["name"]),
            kind=str(row["kind"]),
            kind_label=kind_label(str(row["kind"]), words),
            municipality=names[row["municipality_code"]],
            latitude=float(row["lat"]),
            longitude=float(row["lon"]),
            is_candidate=bool(row["candidate"]),
            estimate_note=words("estimate.one_site")
            if is_estimated_site(row["quality"], row["status"])
            else "",
            short_name=town,
        )
        for (site_id, row), town in zip(rows.iterrows(), _towns(outcome, rows), strict=True)
    )


def _towns(outcome: Outcome, sites: pd.DataFrame) -> list[str]:
    """Name the named place nearest to each site, as a label; the municipality's where none is known."""
    localities = named_places(outcome)
    if not localities:
        names = municipality_names(outcome)
        return [names[code] for code in sites["municipality_code"]]
    crs = outcome.dataset.manifest.crs
    degrees = np.array([(lat, lon) for _, lat, lon, _ in localities])
    metres = distances_metres(
        project(sites["lon"].to_numpy(np.float64), sites["lat"].to_numpy(np.float64), crs),
        project(degrees[:, 1], degrees[:, 0], crs),
    )
    return [localities[k][0] for k in np.argmin(metres, axis=1)]
