"""A timetable small enough to be worked out by hand, and the street that it lies on.

One street along the meridian 15 degrees east; places by metres north of 60 degrees north. One walks a metre a
second, 15 minutes at most. All lines run Monday to Friday, except line 3, which rests on Friday 15 May
2026 (no school).

    metres   1,710  2,000            12,000 12,110 12,500   17,000 17,290     22,000 22,050     28,000 28,290
    stops           V                T                      F                 W                 X
    line 1          ----- 20 min -----
    line 2                           ---------------- 12 min ------------------
    line 3                           ------------------------- 30 min --------------------------
    line 4                           -------- 9 min ---------
    cells    v                                     t               f                                   x
    sites                                   town                                     west

    there    line 1 from V 15:05, line 3 from X 15:05, line 4 from F 15:05, each every 15 minutes until 16:20;
             line 2 from T 15:00, every 15 minutes until 17:00; line 4 is given by frequencies.txt
    back     line 1 from T 17:40 and 18:40; line 2 from W 17:00, 18:00 and 19:00; line 3 from T 17:00 and
             18:00; line 4 from T 17:00, every 30 minutes until 19:30 (frequencies.txt)

Minutes there, leaving at any minute from 15:00 to 15:59. Everything comes round every 15 minutes, so each of
15 values, a minute apart, comes up four times; the median is the eighth: the quickest trip + 7 minutes.

- v, town: out of the house at 15:00, 290 s to V, 15:05 to T 15:25, 110 s: 26:50; median 33:50.
- v, west: ... T 15:25, change to 15:30, W 15:42, 50 s: 42:50; median 49:50.
- t, town: 390 m on foot: 6:30, always.
- t, west: 500 s to T; who leaves at 15:06 takes 15:15, W 15:27, 50 s: 21:50; median 28:50.
- f, town: 290 s to F, 15:05 to T 15:14, 110 s: 15:50; median 22:50.
- f, west: ... T 15:14, change to 15:15, W 15:27, 50 s: 27:50; median 34:50.
- x, town: 290 s to X, 15:05 to T 15:35, 110 s: 36:50; median 43:50.
- x, west: ... T 15:35, change to 15:45, W 15:57, 50 s: 57:50; median 64:50.
- far (at 6,000 m) is 4 km from any stop.

Home after 60 minutes, of who left at 16:00, from the next whole minute on:

- town, v: out at 17:34, T 17:35:50, 17:40 to V 18:00, 290 s: 18:04:50, 30:50.
- west, v: out at 17:50, W 17:50:50, 18:00 to T 18:12, 18:40 (the last) to V 19:00, 290 s: 19:04:50, 74:50.
- town, t: 6:30 on foot.
- west, t: out at 17:29, 18:00 to T 18:12, 500 s: 18:20:20, 51:20.
- town, f: out at 17:23, T 17:24:50, 17:30 to F 17:39, 290 s: 17:43:50, 20:50.
- west, f: out at 17:35, 18:00 to T 18:12, 18:30 to F 18:39, 290 s: 18:43:50, 68:50.
- town, x: out at 17:44, T 17:45:50, 18:00 (the last) to X 18:30, 290 s: 18:34:50, 50:50.
- west, x: out at 18:05, 19:00 to T 19:12; line 3's last bus has left: x cannot reach west.
"""

from __future__ import annotations

import zipfile
from pathlib import Path

import osmium
import pandas as pd
from osmium.osm.mutable import Node, Way

METRES_PER_DEGREE = 111_195.0
LONGITUDE = 15.0
STREET_METRES = 30_000
SCHOOLDAY, NO_SCHOOL, SUNDAY = "2026-05-05", "2026-05-15", "2026-05-10"
SETTINGS = {"date": SCHOOLDAY, "longest_walk_minutes": 15, "walking_speed_km_per_hour": 3.6}

STOPS = {"V": 2_000, "T": 12_000, "F": 17_000, "W": 22_000, "X": 28_000}
CELLS = {"v": 1_710, "t": 12_500, "f": 17_290, "x": 28_290, "far": 6_000}
SITES = {"town": 12_110, "west": 22_050}


def _minutes(text: str) -> float:
    minutes, seconds = text.split(":")
    return int(minutes) + int(seconds) / 60


EXPECTED = {
    ("v", "town"): (_minutes("33:50"), _minutes("30:50")),
    ("v", "west"): (_minutes("49:50"), _minutes("74:50")),
    ("t", "town"): (_minutes("6:30"), _minutes("6:30")),
    ("t", "west"): (_minutes("28:50"), _minutes("51:20")),
    ("f", "town"): (_minutes("22:50"), _minutes("20:50")),
    ("f", "west"): (_minutes("34:50"), _minutes("68:50")),
    ("x", "town"): (_minutes("43:50"), _minutes("50:50")),
}
"""Minutes there and home, by cell and site."""
SLACK_MINUTES = 0.1  # the street's length on the globe is known to a second of walking


def latitude(metres: float) -> float:
    return 60 + metres / METRES_PER_DEGREE


def places(metres: dict[str, int], id_column: str) -> pd.DataFrame:
    """Cells or sites as `transit_minutes` takes them."""
    return pd.DataFrame(
        {
            id_column: list(metres),
            "lat": [latitude(each) for each in metres.values()],
            "lon": [LONGITUDE] * len(metres),
        }
    )


def write_streets(path: Path) -> Path:
    """The street as an extract of OpenStreetMap."""
    with osmium.SimpleWriter(str(path)) as writer:
        marks = range(0, STREET_METRES + 1, 100)
        for number, metres in enumerate(marks, start=1):
            writer.add_node(Node(id=number, location=(LONGITUDE, latitude(metres))))
        tags = {"highway": "residential", "name": "Landsvägen"}
        writer.add_way(Way(id=1, nodes=list(range(1, len(marks) + 1)), tags=tags))
    return path


def feed() -> dict[str, str]:
    """The files of the feed, by name."""
    trips, calls = [], []

    def run(line: int, service: str, ends: str, minutes: int, departures: list[int]) -> None:
        start, to = ends
        for leaves in departures:
            trip = f"{line}-{start}-{leaves}"
            trips.append(f"{line},{service},{trip}")
            calls.append(f"{trip},{_clock(leaves)},{_clock(leaves)},{start},1")
            calls.append(f"{trip},{_clock(leaves + minutes)},{_clock(leaves + minutes)},{to},2")

    three, five = 15 * 60, 17 * 60
    run(1, "weekday", "VT", 20, [*range(three + 5, three + 81, 15)])
    run(1, "weekday", "TV", 20, [five + 40, five + 100])
    run(2, "weekday", "TW", 12, [*range(three, five + 1, 15)])
    run(2, "weekday", "WT", 12, [five, five + 60, five + 120])
    run(3, "schoolday", "XT", 30, [*range(three + 5, three + 81, 15)])
    run(3, "schoolday", "TX", 30, [five, five + 60])
    run(4, "weekday", "FT", 9, [6 * 60])
    run(4, "weekday", "TF", 9, [6 * 60])
    days = "monday,tuesday,wednesday,thursday,friday,saturday,sunday"
    return {
        "agency.txt": "agency_id,agency_name,agency_url,agency_timezone\n"
        "dt,By hand,https://example.org,Europe/Stockholm\n",
        "stops.txt": "stop_id,stop_name,stop_lat,stop_lon\n"
        + _lines(f"{stop},{stop},{latitude(metres):.7f},{LONGITUDE}" for stop, metres in STOPS.items()),
        # Extended route types, as Trafiklab has them: regional bus, local bus, school bus, bus.
        "routes.txt": "route_id,agency_id,route_short_name,route_type\n"
        "1,dt,1,701\n2,dt,2,704\n3,dt,3,712\n4,dt,4,700\n",
        "calendar.txt": f"service_id,{days},start_date,end_date\n"
        "weekday,1,1,1,1,1,0,0,20260401,20260612\nschoolday,1,1,1,1,1,0,0,20260401,20260612\n",
        "calendar_dates.txt": "service_id,date,exception_type\nschoolday,20260515,2\n",
        "trips.txt": "route_id,service_id,trip_id\n" + _lines(trips),
        "stop_times.txt": "trip_id,arrival_time,departure_time,stop_id,stop_sequence\n" + _lines(calls),
        "frequencies.txt": "trip_id,start_time,end_time,headway_secs,exact_times\n"
        "4-F-360,15:05:00,16:21:00,900,1\n4-T-360,17:00:00,19:31:00,1800,1\n",
    }


def write_feed(path: Path, **changes: str | None) -> Path:
    """The feed as a .zip; changes by a file's name (stops, trips): other text, or None to leave it out."""
    files = {**feed(), **{f"{name}.txt": text for name, text in changes.items()}}
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            if text is not None:
                archive.writestr(name, text)
    return path


def _lines(rows) -> str:
    return "".join(f"{row}\n" for row in rows)


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}:00"
