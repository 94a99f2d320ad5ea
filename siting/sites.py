"""`SiteTable`: the premises that exist, where they lie and which roles they may take."""

from __future__ import annotations

import difflib
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final

import numpy as np

from .errors import InputError
from .geo import project

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from .dataset import Dataset
    from .scenario import SitesSection


class Role(StrEnum):
    """What a site is opened as."""

    MAIN = "main"
    SATELLITE = "satellite"
    STOP = "stop"


ROLES: tuple[Role, ...] = (Role.MAIN, Role.SATELLITE, Role.STOP)
MOST_ROOM_DAYS: Final = 5.0


@dataclass(frozen=True, eq=False)
class SiteTable:
    """Candidate sites, in the order of the dataset; companions are not in it."""

    site_ids: tuple[str, ...]
    names: tuple[str, ...]
    kinds: tuple[str, ...]
    municipality_codes: tuple[str, ...]
    points_metres: NDArray[np.float64]  # (m, 2) easting, northing in the dataset's CRS
    allowed: NDArray[np.bool_]  # (m, len(ROLES)): may the site take this role?
    room_days_per_week: NDArray[np.float64]  # (m,) days a week that the host lends a room
    may_base_team: NDArray[np.bool_]  # (m,) may a travelling team start here, if it is a main?

    def __post_init__(self) -> None:
        self.points_metres.setflags(write=False)
        self.allowed.setflags(write=False)
        self.room_days_per_week.setflags(write=False)

    def indices(self, site_ids: Sequence[str], where: str) -> NDArray[np.intp]:
        """Find sites by their ids; `where` says who asks, for the message.

        Raises
        ------
        InputError
            If an id is not a candidate site.
        """
        position = {site_id: index for index, site_id in enumerate(self.site_ids)}
        for site_id in site_ids:
            if site_id not in position:
                hint = _closest(site_id, self.site_ids)
                message = f"{where}: there is no candidate site {site_id!r}; {hint}'siting sites' lists them"
                raise InputError(message)
        return np.array([position[site_id] for site_id in site_ids], dtype=np.intp)


def site_table(
    dataset: Dataset, section: SitesSection, *, leaving: Sequence[str] = (), where: str = "sites"
) -> SiteTable:
    """Take the candidates of a dataset and say which roles each may have; none where it is `leaving`.

    Raises
    ------
    InputError
        If a forbidden site, a kind of host or a municipality is not in the dataset.
    """
    rows: pd.DataFrame = dataset.table("sites")
    rows = rows[rows["candidate"] == 1]
    allowed = np.column_stack([_may_take(role, rows, dataset, section, where) for role in ROLES])
    table = SiteTable(
        site_ids=tuple(rows["site_id"]),
        names=tuple(rows["name"]),
        kinds=tuple(rows["kind"]),
        municipality_codes=tuple(rows["municipality_code"]),
        points_metres=project(
            rows["lon"].to_numpy(np.float64), rows["lat"].to_numpy(np.float64), dataset.manifest.crs
        ),
        allowed=allowed,
        room_days_per_week=_room_days(rows, section, where),
        may_base_team=_stands_in(
            section.municipalities.team_base, rows, dataset, f"{where}.municipalities.team_base"
        ),
    )
    closed = np.isin(np.arange(len(rows)), table.indices(section.forbidden, f"{where}.forbidden"))
    municipalities = dataset.table("municipalities")
    _require_known(leaving, municipalities["name"], "leaving_municipalities", "there is no municipality")
    gone = municipalities.loc[municipalities["name"].isin(leaving), "code"]
    closed |= rows["municipality_code"].isin(gone).to_numpy()
    return replace(table, allowed=table.allowed & ~closed[:, None])


def _room_days(rows: pd.DataFrame, section: SitesSection, where: str) -> NDArray[np.float64]:
    asked = section.room_days_per_week
    _require_known(
        tuple(asked.by_kind),
        rows["kind"],
        f"{where}.room_days_per_week.by_kind",
        "no candidate site is of the kind",
    )
    _require_known(
        tuple(asked.by_site),
        rows["site_id"],
        f"{where}.room_days_per_week.by_site",
        "there is no candidate site",
    )
    of_kind = rows["kind"].map(lambda kind: asked.by_kind.get(kind, MOST_ROOM_DAYS))
    days = [asked.by_site.get(site, days) for site, days in zip(rows["site_id"], of_kind, strict=True)]
    return np.array(days, dtype=np.float64)


def all_sites(dataset: Dataset) -> tuple[tuple[str, ...], NDArray[np.float64]]:
    """Give ids and points (n, 2) in metres of all sites, candidates and companions."""
    rows = dataset.table("sites")
    degrees = rows["lon"].to_numpy(np.float64), rows["lat"].to_numpy(np.float64)
    return tuple(rows["site_id"]), project(*degrees, dataset.manifest.crs)


def _may_take(
    role: Role, rows: pd.DataFrame, dataset: Dataset, section: SitesSection, where: str
) -> NDArray[np.bool_]:
    kinds: tuple[str, ...] = getattr(section.hosts, role)
    _require_known(kinds, rows["kind"], f"{where}.hosts.{role}", "no candidate site is of the kind")
    places: tuple[str, ...] = getattr(section.municipalities, role)
    stands = _stands_in(places, rows, dataset, f"{where}.municipalities.{role}")
    return np.asarray(rows["kind"].isin(kinds) & stands, dtype=bool)


def _stands_in(
    places: tuple[str, ...], rows: pd.DataFrame, dataset: Dataset, where: str
) -> NDArray[np.bool_]:
    """Mark the premises in the municipalities named; none named means anywhere."""
    municipalities = dataset.table("municipalities")
    _require_known(places, municipalities["name"], where, "there is no municipality")
    codes = municipalities.loc[municipalities["name"].isin(places), "code"]
    stands = rows["municipality_code"].isin(codes) if places else np.ones(len(rows), dtype=bool)
    return np.asarray(stands, dtype=bool)


def _require_known(asked: Sequence[str], known: pd.Series, where: str, problem: str) -> None:
    names = sorted(set(known))
    for name in asked:
        if name not in names:
            hint = _closest(name, names) or f"there are {', '.join(names)}"
            message = f"{where}: {problem} {name!r}; {hint.strip()}"
            raise InputError(message)


def _closest(asked: str, known: Sequence[str]) -> str:
    """Hint at what may have been meant: a name that begins so, or else one spelt nearly so."""
    begins = [name for name in known if name.casefold().startswith(asked.casefold())]
    close = begins or difflib.get_close_matches(asked, known, n=1)
    return f"did you mean {close[0]}? " if close else ""
