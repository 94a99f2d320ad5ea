"""Premises that OpenStreetMap knows in a region, asked of Overpass; kinds and names as from an extract."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import pandas as pd

from ...errors import FetchError
from ...geo import WGS84
from ..osm.premises import WANTED, sites_of

if TYPE_CHECKING:
    import shapely

    from .overpass import Overpass

TAGS: Final[dict[str, bool | str | list[str]]] = {
    key: [value for each, value in WANTED if each == key] for key, _ in WANTED
}


def sites_in(overpass: Overpass, area: shapely.Geometry, borders: gpd.GeoDataFrame) -> pd.DataFrame:
    """Give the premises in the municipalities, one row each, with the columns of a table of sites.

    Parameters
    ----------
    overpass
        The service.
    area
        Where to ask (degrees WGS84), around the municipalities.
    borders
        Polygons with the column code.

    Raises
    ------
    FetchError
        If the service cannot be reached, or there are none.
    """
    found = overpass.features(area, TAGS)
    points = found.geometry.representative_point()
    rows = found.drop(columns="geometry").to_dict("records")
    places = pd.DataFrame(
        {
            "site_id": [f"osm-{element[0]}{number}" for element, number in found.index],
            "tags": [{key: text for key, text in row.items() if isinstance(text, str)} for row in rows],
            "lon": points.x.round(7).to_numpy(),
            "lat": points.y.round(7).to_numpy(),
        }
    )
    sites = sites_of(places)
    drawn = gpd.GeoDataFrame(sites, geometry=gpd.points_from_xy(sites["lon"], sites["lat"]), crs=WGS84)
    joined = drawn.to_crs(borders.crs).sjoin(borders[["code", "geometry"]], predicate="intersects")
    inside = joined[~joined.index.duplicated()].sort_values("site_id")
    if inside.empty:
        message = (
            "OpenStreetMap has no clinic or social service in the region; give a table of premises instead"
        )
        raise FetchError(message)
    columns = inside.drop(columns=["geometry", "index_right"]).rename(columns={"code": "municipality_code"})
    return pd.DataFrame(columns).assign(candidate=1)
