"""What the page reads of a `MapScene`, as JSON; its counterpart is `map/script/scene.js` and `engine.js`.

Arrays travel as base64 of little-endian numbers. Minutes of all sites are told as differences between
neighbours, which a deflater then makes small: 4,000 cells x 73 sites take 0.2 MB.
"""

from __future__ import annotations

import zlib
from base64 import b64encode
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from .scene import TEXT_KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from .scene import MapMode, MapPlan, MapScene, MapService, MapSite
    from .what_if import MapRules, MapTeams, MapWhatIf

UNREACHABLE_TENTHS: Final = 65535
DIGITAL_TENTHS: Final = 65534
MOST_TENTHS: Final = 65533
UNREACHABLE_THOUSANDTHS: Final = 0xFFFFFF
NOISE_DECIMALS: Final = 6  # below a hundredth, what floating point adds
DEGREES_PER_UNIT: Final = 1e-5  # about 1 m; the page reads coordinates in this unit
WITHIN_NEAR: Final = 1
WITHIN_MAIN: Final = 2


def payload(scene: MapScene) -> dict[str, Any]:
    """Give all that the page reads, in values that JSON knows."""
    return {
        "title": scene.title,
        "texts": {key: scene.texts[key] for key in TEXT_KEYS},
        "ownMode": scene.own_mode,
        "standardMinutes": scene.standard_minutes,
        "noticeableMinutes": scene.noticeable_minutes,
        "degreesPerUnit": DEGREES_PER_UNIT,
        "unreachableTenths": UNREACHABLE_TENTHS,
        "digitalTenths": DIGITAL_TENTHS,
        "cells": _cells(scene),
        "borders": _geojson(scene.borders),
        "lakes": _geojson(scene.lakes),
        "roads": [{"isMain": bool(is_main), "points": _points(shape)} for is_main, shape in scene.roads],
        "localities": [
            {"name": name, "position": [_degrees(lat), _degrees(lon)], "population": float(population)}
            for name, lat, lon, population in scene.localities
        ],
        "sites": [_site(site) for site in scene.sites],
        "plans": [_plan(plan, scene) for plan in scene.plans],
        "whatIf": None
        if scene.what_if is None
        else _what_if(scene.what_if, _labels(scene.cell_municipality)),
        "swept": None if scene.swept is None else asdict(scene.swept),
        "notes": list(scene.notes),
        "source": scene.source,
        "attribution": scene.attribution,
        "tiles": None if scene.tiles is None else asdict(scene.tiles),
    }


def _cells(scene: MapScene) -> dict[str, Any]:
    youths = scene.youths_classes or _labels(scene.cell_youths_label)
    return {
        "corners": _base64(np.rint(scene.cell_corners / DEGREES_PER_UNIT), "<i4"),
        "hasDemand": _base64(scene.cell_has_demand, "<u1"),
        "municipality": _coded(scene.cell_municipality, _labels(scene.cell_municipality)),
        "youths": _coded(scene.cell_youths_label, youths),
    }


def _plan(plan: MapPlan, scene: MapScene) -> dict[str, Any]:
    return {
        "name": plan.name,
        "title": plan.title,
        "roles": plan.roles,
        "days": plan.days,
        "bases": plan.bases,
        "near": _minutes_and_site(plan.near_minutes, plan.near_site, plan.near_is_digital),
        "main": _minutes_and_site(plan.main_minutes, plan.main_site, plan.main_is_digital),
        "coverage": _base64(_coverage(plan, scene.standard_minutes), "<u1"),
        "digitalLabels": plan.digital_labels,
        "bestRule": plan.best_rule,
        "tours": [{**asdict(tour), "line": _points(tour.line)} for tour in plan.tours],
        "facts": plan.facts,
        "siteFacts": plan.site_facts,
        "modes": [_mode(mode) for mode in plan.modes],
        "isochrones": [
            {
                "service": each.service,
                "minutes": each.minutes,
                "lines": [_points(line) for line in each.lines],
            }
            for each in plan.isochrones
        ],
        "tables": [
            {
                "caption": table.caption,
                "columns": table.columns,
                "rows": table.rows,
                "textColumns": table.n_text_columns,
                "sumRows": table.n_sum_rows,
            }
            for table in plan.tables
        ],
        "rules": None if plan.rules is None else _rules(plan.rules),
    }


def _minutes_and_site(
    minutes: NDArray[np.float64], site: NDArray[np.int64], is_digital: NDArray[np.bool_]
) -> dict[str, str]:
    return {"tenths": _base64(_tenths(minutes, is_digital), "<u2"), "site": _base64(site, "<i2")}


def _coverage(plan: MapPlan, standard_minutes: float) -> NDArray[np.uint8]:
    if plan.coverage is not None:
        return plan.coverage
    near, main = (minutes <= standard_minutes for minutes in (plan.near_minutes, plan.main_minutes))
    return np.where(near, WITHIN_NEAR, 0).astype(np.uint8) | np.where(main, WITHIN_MAIN, 0).astype(np.uint8)


def _mode(mode: MapMode) -> dict[str, Any]:
    rough = round(mode.rough_minutes * 10)
    return {
        "label": mode.label,
        "near": _service(mode.near, rough),
        "main": _service(mode.main, rough),
    }


def _service(service: MapService, rough_tenths: int) -> dict[str, Any]:
    words = {
        "legend": service.legend,
        "card": service.card,
        "unreachable": service.unreachable,
        "roughTenths": rough_tenths,
    }
    if service.minutes is None or service.site is None:
        return words  # the page takes them from all sites' minutes
    return words | _minutes_and_site(
        service.minutes, service.site, np.zeros(len(service.minutes), dtype=bool)
    )


def _rules(rules: MapRules) -> dict[str, Any]:
    return {
        "choice": rules.choice,
        "offers": [
            {
                "role": offer.role,
                "days": offer.days_per_week,
                "label": offer.label,
                "openness": offer.openness,
                "waiting": offer.waiting_minutes,
                "hours": offer.hours_per_year,
                "sek": offer.sek_per_year,
            }
            for offer in rules.offers
        ],
        "allowed": {role: may.astype(int).tolist() for role, may in rules.allowed.items()},
        "existing": rules.existing.astype(int).tolist(),
        "mayBase": rules.may_base.astype(int).tolist(),
        "team": _team(rules.teams),
        "planned": _planned(rules),
        "digital": rules.digital_minutes,
        "standard": rules.standard_minutes,
        "hoursPerPost": rules.hours_per_full_time_post,
        "sekPerHour": rules.sek_per_hour,
        "weeksPerYear": rules.weeks_per_year,
        "hasCombinedTime": rules.has_combined_time,
        "hasCapacity": rules.has_capacity,
        "modesOfInterest": rules.modes_of_interest,
        "limits": {
            "sek": rules.most_sek_per_year,
            "posts": rules.most_full_time_posts,
            "counts": rules.counts,
            "linkMinutes": rules.link_minutes,
            "placeIn": rules.place_in,
        },
        "extends": rules.extends,
        "extendsSha256": rules.extends_sha256,
        "staleDays": rules.stale_days,
    }


def _team(teams: MapTeams) -> dict[str, Any]:
    return {
        "stay": teams.minutes_per_stop,
        "day": teams.minutes_per_day,
        "daysPerWeek": teams.days_per_week,
        "mostStops": teams.most_stops,
        "staff": teams.staff,
        "sekPerKilometre": teams.sek_per_kilometre,
        "vehicleSek": teams.vehicle_sek_per_year,
    }


def _planned(rules: MapRules) -> dict[str, Any] | None:
    """Give what the plan's own rota takes, and the stops and bases that it is for."""
    stops = [(site, days) for site, role, days in rules.choice if role == "stop"]
    if not stops:
        return None
    teams = rules.teams
    return {
        "stops": stops,
        "bases": teams.planned_bases,
        "n": teams.n_planned,
        "posts": teams.planned_posts,
        "sek": teams.planned_sek_per_year,
        "kilometres": teams.planned_kilometres,
    }


def _what_if(what_if: MapWhatIf, municipalities: Sequence[str]) -> dict[str, Any]:
    def square(values: NDArray[np.float64] | None) -> str | None:
        return None if values is None else _base64(values, "<f4")

    return {
        "unit": what_if.youths_step,
        "units": _base64(np.rint(what_if.youths / what_if.youths_step), "<u2"),
        "visitsPerYouth": {
            service: [each.get(name, 0.0) for name in municipalities]
            for service, each in what_if.visits_per_youth.items()
        },
        "minutes": [pack(each, what_if.cell_order, what_if.site_order) for each in what_if.minutes],
        "cellOrder": _base64(what_if.cell_order, "<u4"),
        "siteOrder": _base64(what_if.site_order, "<u2"),
        "siteMinutes": square(what_if.site_minutes),
        "siteKilometres": square(what_if.site_kilometres),
        "saved": {"title": what_if.saved_title, "question": what_if.saved_question},
    }


def pack(minutes: NDArray[np.float64], cell_order: NDArray[np.intp], site_order: NDArray[np.intp]) -> str:
    """Pack minutes (n, m) as whole thousandths, told as differences between neighbours, deflated.

    Of a row of cells for each site, in the orders given, each number is told as what it differs by from the
    cell before, and that as what it differs by from the site before; all modulo 2^24, small ones in small
    numbers, and the lowest bytes of all before the higher. Nothing is lost: minutes have three decimals.
    """
    reached = np.isfinite(minutes)
    thousandths = np.minimum(np.rint(np.where(reached, minutes, 0.0) * 1000.0), UNREACHABLE_THOUSANDTHS - 1)
    told = np.where(reached, thousandths, UNREACHABLE_THOUSANDTHS).T[np.ix_(site_order, cell_order)]
    by_cell = np.diff(told.astype(np.int64), axis=1, prepend=0)
    by_site = np.diff(by_cell, axis=0, prepend=0).astype(np.int32).ravel()
    signed = by_site << 8 >> 8  # of 24 bits: the shifts carry the sign of the last of them up
    zigzag = ((signed << 1) ^ (signed >> 23)) & 0xFFFFFF
    planes = zigzag.astype("<u4").view(np.uint8).reshape(-1, 4).T[:3]
    return b64encode(zlib.compress(planes.tobytes(), 6)).decode("ascii")


def _site(site: MapSite) -> dict[str, Any]:
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


def _geojson(features: Mapping[str, Any]) -> dict[str, Any]:
    """Keep of each feature its name and a geometry in whole units."""
    kept = [
        {
            "type": "Feature",
            "properties": {"name": str(feature["properties"]["name"])},
            "geometry": {
                "type": feature["geometry"]["type"],
                "coordinates": _rounded(feature["geometry"]["coordinates"]),
            },
        }
        for feature in features["features"]
    ]
    return {"type": "FeatureCollection", "features": kept}


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
    tenths = np.ceil(np.round(np.where(np.isfinite(minutes), minutes, 0.0) * 10, NOISE_DECIMALS))
    reached = np.where(np.isfinite(minutes), np.minimum(tenths, MOST_TENTHS), UNREACHABLE_TENTHS)
    return np.where(is_digital, DIGITAL_TENTHS, reached)


def _base64(values: NDArray[Any], dtype: str) -> str:
    return b64encode(np.ascontiguousarray(values).astype(dtype).tobytes()).decode("ascii")


def _labels(labels: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(set(labels)))


def _coded(labels: Sequence[str], names: Sequence[str]) -> dict[str, Any]:
    """Few labels on many cells: the labels once, and their positions."""
    position = {name: index for index, name in enumerate(names)}
    return {"labels": names, "positions": _base64(np.array([position[label] for label in labels]), "<u2")}
