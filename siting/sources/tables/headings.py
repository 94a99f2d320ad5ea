"""Common headings of Swedish (and English) tables, and the names that they have here.

A heading is compared without case, accents, spaces, signs and what stands in brackets: "N (SWEREF 99 TM)"
and "n" are the same. A mapping in the sources file goes before all of these.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from typing import TYPE_CHECKING, Final

from ...errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

COORDINATES: Final = {
    "lat": ("lat", "latitud", "latitude", "breddgrad", "latwgs84", "wgs84lat"),
    "lon": ("lon", "long", "lng", "longitud", "longitude", "langdgrad", "lonwgs84", "wgs84lon"),
    "east_metres": ("e", "east", "easting", "ost", "ostlig", "x", "xkoord", "xkoordinat", "esweref",
                    "sweref99e", "esweref99tm", "sweref99x", "eastmetres"),
    "north_metres": ("n", "north", "northing", "nord", "nordlig", "y", "ykoord", "ykoordinat", "nsweref",
                     "sweref99n", "nsweref99tm", "sweref99y", "northmetres"),
}  # fmt: skip
"""On Swedish sheets X is often the northing; the check of coordinates says so where it is."""
BY_TABLE: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "municipalities": {
        "code": ("code", "kommunkod", "kod", "knkod", "kommunkod4", "lankom"),
        "name": ("name", "namn", "kommunnamn", "kommun", "knnamn"),
    },
    "cells": {
        **COORDINATES,
        "cell_id": ("cellid", "ruta", "rutid", "rutidscb", "rutaid", "id"),
        "municipality_code": ("municipalitycode", "kommunkod", "knkod"),
        "municipality_name": ("municipalityname", "kommun", "kommunnamn"),
        "youths": ("youths", "antal", *(f"{antal}{unga}{ages}" for antal in ("", "antal")
                                        for unga in ("ungdomar", "unga") for ages in ("", "1319", "1319ar"))),
        "population": ("population", "befolkning", "folkmangd", "invanare", "antalinvanare", "beftotalt",
                       "totalt"),
        "population_65plus": ("population65plus", "65plus", "65ar", "65arochaldre"),
    },
    "sites": {
        **COORDINATES,
        "site_id": ("siteid", "id", "objektid"),
        "name": ("name", "namn", "benamning", "enhet", "mottagning"),
        "kind": ("kind", "typ", "kategori", "verksamhet"),
        "municipality_code": ("municipalitycode", "kommunkod", "knkod"),
        "municipality_name": ("municipalityname", "kommun", "kommunnamn"),
        "address": ("address", "adress", "gatuadress", "besoksadress"),
        "candidate": ("candidate", "kandidat"),
        "status": ("status",),
        "quality": ("quality", "kvalitet"),
    },
    "localities": {
        **COORDINATES,
        "name": ("name", "namn", "ort", "tatort", "tatortsnamn"),
        "population": ("population", "befolkning", "folkmangd", "invanare", "antal"),
        "is_place_name": ("isplacename",),
    },
    "prevalence": {"key": ("key", "nyckel"), "value": ("value", "varde")},
    "road_nodes": {"node_id": ("nodeid", "id", "nod", "nodid")},
    "road_edges": {
        "from_node": ("fromnode", "from", "u", "franod", "fran"),
        "to_node": ("tonode", "to", "v", "tillnod", "till"),
        "minutes": ("minutes", "minuter", "restid"),
        "length_km": ("lengthkm", "langdkm"),
        "road": ("road", "vag", "vagnummer", "vagnr", "ref"),
        "class": ("class", "klass", "vagklass", "highway"),
        "length_quality": ("lengthquality",),
        "line_wkt": ("linewkt", "wkt"),
        **{each: (each.replace("_", ""),) for each in (
            "minutes_back", "bicycle_minutes", "bicycle_minutes_back", "walk_minutes", "may_join")},
    },
    "minutes": {
        "cell_id": ("cellid", "fromid", "originid", "origin", "fran", "ruta", "rutid", "rutidscb"),
        "site_id": ("siteid", "toid", "destinationid", "destination", "till"),
        "minutes": ("minutes", "minuter", "restid", "traveltime", "traveltimep50"),
        "home_minutes": ("homeminutes", "minuterhem", "hem"),
    },
}  # fmt: skip
SHORTEST_WORD: Final = 3
_AGE_CLASS: Final = re.compile(
    r"(?:aged|ald|alder|age)?[ _]?(\d{1,2})\s?(?:-|–|_|till)\s?(\d{1,2})(?:\s?ar)?"
)
_BORN: Final = re.compile(r"born_\d{4}_\d{4}")
_AGE: Final = re.compile(r"(?:aged|ald|alder|age)?[ _]?(\d{1,2})(?:\s?ar)?")


def our_names(
    headings: Iterable[str], table: str, columns: Mapping[str, str], where: str
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Give the heading of each of our names that is there, and what was guessed.

    Raises
    ------
    InputError
        If a heading of the mapping is not there, or two headings could be the same thing.
    """
    present = list(headings)
    for ours, theirs in columns.items():
        if theirs not in present:
            close = difflib.get_close_matches(theirs, present, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(present[:30])}"
            message = f"{where}: columns.{ours}: there is no column {theirs!r}; {hint}"
            raise InputError(message)
    found: dict[str, list[str]] = {}
    for heading in present:
        known = _known_as(heading, table)
        if known and known not in columns and heading not in columns.values():
            found.setdefault(known, []).append(heading)
    names = dict(columns)
    for ours, several in found.items():
        exact = [heading for heading in several if heading == ours]
        if len(several) > 1 and not exact:
            message = (
                f"{where}: both {several[0]!r} and {several[1]!r} could be {ours}; "
                f"say which: columns: {{{ours}: {several[0]!r}}}"
            )
            raise InputError(message)
        names[ours] = (exact or several)[0]
    told = [f"{names[ours]!r} as {ours}" for ours in found if names[ours] != ours]
    return names, (f"read {', '.join(told)}",) if told else ()


def likely(ours: str, table: str, headings: Iterable[str]) -> str | None:
    """Give the first heading that holds a word for one of our names, as "Mottagningens namn" does."""
    words = [word for word in BY_TABLE.get(table, {}).get(ours, ()) if len(word) >= SHORTEST_WORD]
    return next((each for each in headings if any(word in plain_heading(each) for word in words)), None)


def _known_as(heading: str, table: str) -> str | None:
    plain = plain_heading(heading)
    if table not in BY_TABLE:
        return heading
    for ours, synonyms in BY_TABLE[table].items():
        if plain in synonyms or heading == ours:
            return ours
    return _age_name(heading, table)


def _age_name(heading: str, table: str) -> str | None:
    """Read "Ald10_14" and "10-14 år" as an age class of cells, "13 år" as one year of municipalities."""
    text = _without_accents(heading).strip()
    if table == "cells" and (match := _AGE_CLASS.fullmatch(text)):
        youngest, oldest = map(int, match.groups())
        return f"aged_{youngest}_{oldest}" if youngest <= oldest else None
    if table == "municipalities" and (match := _AGE.fullmatch(text)):
        return f"aged_{int(match[1])}"
    return text if table == "municipalities" and _BORN.fullmatch(text) else None


def plain_heading(heading: str) -> str:
    """Take a heading down to its letters and digits.

    Examples
    --------
    >>> plain_heading("N (SWEREF 99 TM)"), plain_heading("Rutid_SCB"), plain_heading("Längdgrad")
    ('n', 'rutidscb', 'langdgrad')
    """
    return re.sub(r"[^a-z0-9]", "", re.sub(r"\(.*?\)", "", _without_accents(heading)))


def _without_accents(text: str) -> str:
    split = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in split if not unicodedata.combining(each))
