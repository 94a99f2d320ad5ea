"""Statistics Sweden's and Overpass' services for a small made-up part of Dalarna, on loopback.

Mora (2062) and Orsa (2034) are three by three cells of 1 km each, side by side, Mora to the west; a road
runs along each row and column of centres. Everything in a cell follows from its column and row.
`Server.faults` says what goes wrong with the next requests to a path; `Server.requests` what was asked.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from math import prod
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pyproj import Transformer

EAST, NORTH = 480_000, 6_760_000
COLUMNS, ROWS = 6, 3
MUNICIPALITIES = {"2034": "Orsa", "2062": "Mora"}
REGIONS = {
    "00": "Riket",
    "01": "Stockholms län",
    "0180": "Stockholm",
    "09": "Gotlands län",
    "0980": "Gotland",
    "20": "Dalarnas län",
    **MUNICIPALITIES,
}
FIVE_YEARS = [f"ald{age}_{age + 4}" for age in range(0, 100, 5)] + ["ald100w"]
ONE_YEAR = {"2034": 40, "2062": 60}
"""Persons of each sex and year of age: ten times as many are in each five-year class."""
TO_DEGREES = Transformer.from_crs("EPSG:3006", "EPSG:4326", always_xy=True)


def in_class(column: int, row: int) -> int:
    """Persons of each five-year class in a cell: a tenth of the municipality's, two tenths in the middle."""
    tenths = 2 if (column % 3, row) == (1, 1) else 1
    return tenths * ONE_YEAR[municipality(column)]


def municipality(column: int) -> str:
    return "2062" if column < 3 else "2034"


def square(column: float, row: float, columns: float = 1, rows: float = 1) -> dict[str, Any]:
    """A GeoJSON rectangle of that many cells, in SWEREF 99 TM."""
    west, south = EAST + 1000 * column, NORTH + 1000 * row
    east, north = west + 1000 * columns, south + 1000 * rows
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


def areas() -> list[dict[str, Any]]:
    """Statistical areas: two in Mora, one in Orsa."""
    shapes = {"2062A0010": (0, 0, 3, 1), "2062A0020": (0, 1, 3, 2), "2034A0010": (3, 0, 3, 3)}
    return [
        feature(f"DeSO_2025.{n}", square(*shape), desokod=code, kommunkod=code[:4], lanskod=code[:2])
        for n, (code, shape) in enumerate(shapes.items())
    ]


def grid() -> list[dict[str, Any]]:
    """The cells of both municipalities, and one beside them."""
    return [cell(column, row) for row in range(ROWS) for column in range(COLUMNS)] + [cell(COLUMNS, 0)]


def cell(column: int, row: int) -> dict[str, Any]:
    west, south = EAST + 1000 * column, NORTH + 1000 * row
    persons = 5 if column >= COLUMNS else in_class(column, row)
    classes = dict.fromkeys(FIVE_YEARS, persons)
    return feature(
        f"befolkning_1km_2025.{column}.{row}",
        square(column, row),
        rutid_scb=f"{west:06d}{south:07d}",
        rutid_inspire=f"SE_CRS3006RES1000mN{south}E{west}",
        rutstorl=1000,
        referenstid="20251231",
        beftotalt=sum(classes.values()) + (1 if (column + row) % 2 else -1),
        man=persons,
        kvinna=persons,
        **classes,
    )


def feature(name: str, geometry: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "id": name, "geometry": geometry, "properties": properties}


def collection(features: list[dict[str, Any]], matched: int | None = None) -> dict[str, Any]:
    return {
        "type": "FeatureCollection",
        "features": features,
        "numberMatched": len(features) if matched is None else matched,
        "numberReturned": len(features),
    }


def metadata(table: str) -> dict[str, Any]:
    """What PxWebApi 2 tells of a table."""
    is_new = table == "TAB5557"
    ages = {str(age): f"{age} år" for age in range(100)} | (
        {"100+1": "100+ år", "10-14": "10-14 år", "TOT1": "totalt"} if is_new else {"100+": "100+ år"}
    )
    contents = {"000007ME": "Folkmängd"} if is_new else {"BE0101N1": "Folkmängd", "BE0101N2": "Folkökning"}
    both = {"TotSa": "totalt, samtliga män och kvinnor"} if is_new else {}
    civil = {"OG": "ogifta", "G": "gifta"} | ({"SC": "totalt, samtliga civilstånd"} if is_new else {})
    return {
        "class": "dataset",
        "id": ["Region", "Civilstand", "Alder", "Kon", "ContentsCode", "Tid"],
        "dimension": {
            "Region": dimension(REGIONS, elimination=True),
            "Civilstand": dimension(civil, elimination=not is_new),
            "Alder": dimension(ages, elimination=not is_new),
            "Kon": dimension({"1": "män", "2": "kvinnor"} | both, elimination=True),
            "ContentsCode": dimension(contents, elimination=False),
            "Tid": dimension(
                {"2025": "2025"} if is_new else {"2023": "2023", "2024": "2024"}, elimination=False
            ),
        },
    }


def dimension(labels: dict[str, str], *, elimination: bool) -> dict[str, Any]:
    index = {code: at for at, code in enumerate(labels)}
    return {"category": {"index": index, "label": labels}, "extension": {"elimination": elimination}}


def numbers(selection: list[dict[str, Any]]) -> dict[str, Any]:
    """Answer a question to PxWebApi 2: the same number of each sex and age, and twice that of both sexes."""
    codes = {each["variableCode"]: each["valueCodes"] for each in selection}
    size = [len(each) for each in codes.values()]
    both = 1 if {"1", "2"} & set(codes.get("Kon", ())) else 2
    return {
        "class": "dataset",
        "id": list(codes),
        "size": size,
        "dimension": {
            name: dimension({code: code for code in each}, elimination=False) for name, each in codes.items()
        },
        "value": [both * ONE_YEAR[region] for region in codes["Region"] for _ in range(prod(size[1:]))],
    }


def overpass(query: str) -> dict[str, Any]:
    """Answer a query: streets, ferries (none), or premises."""
    if '"route"' in query:
        elements: list[dict[str, Any]] = []
    elif '"highway"' in query:
        elements = streets()
    else:
        elements = premises()
    return {"version": 0.6, "osm3s": {"timestamp_osm_base": "2026-11-01T00:00:00Z"}, "elements": elements}


def streets() -> list[dict[str, Any]]:
    nodes = [
        node(100 + 10 * row + column, column + 0.5, row + 0.5)
        for row in range(ROWS)
        for column in range(COLUMNS)
    ]
    rows = [[100 + 10 * row + column for column in range(COLUMNS)] for row in range(ROWS)]
    columns = [[100 + 10 * row + column for row in range(ROWS)] for column in range(COLUMNS)]
    ways = [
        {"type": "way", "id": 1000 + n, "nodes": each, "tags": {"highway": "secondary", "maxspeed": "60"}}
        for n, each in enumerate(rows + columns)
    ]
    return nodes + ways


def premises() -> list[dict[str, Any]]:
    return [
        node(1, 1.4, 1.5, amenity="clinic", name="Ungdomsmottagningen Mora"),
        node(2, 4.4, 1.5, amenity="doctors", name="Orsa vårdcentral"),
        node(3, 0.4, 0.5, amenity="hospital", name="Mora lasarett"),
        node(4, 9.4, 0.5, amenity="clinic", name="Beside the region"),
    ]


def node(number: int, column: float, row: float, **tags: str) -> dict[str, Any]:
    lon, lat = TO_DEGREES.transform(EAST + 1000 * column, NORTH + 1000 * row)
    return {
        "type": "node",
        "id": number,
        "lon": round(lon, 7),
        "lat": round(lat, 7),
        **({"tags": tags} if tags else {}),
    }


@dataclass
class Server:
    """The services; `faults[path]` are taken one by one by the next requests to it, None = all is well."""

    address: str = ""
    requests: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    faults: dict[str, list[Callable[[Handler], None] | None]] = field(
        default_factory=lambda: defaultdict(list)
    )
    grid: Callable[[], list[dict[str, Any]]] = grid
    turns_pages: bool = True
    fails_from: int | None = None
    """The number of requests after which all fail."""
    queries: list[str] = field(default_factory=list)
    """What Overpass was asked."""

    def paths(self) -> list[str]:
        return [path for path, _, _ in self.requests]

    def wfs(self, query: dict[str, str]) -> dict[str, Any]:
        if query["typeNames"].startswith("stat:DeSO"):
            codes = re.findall(r"'(\d+)'", query["CQL_FILTER"])
            features = [each for each in areas() if each["properties"]["kommunkod"] in codes]
        else:
            west, _, east, _ = (float(each) for each in query["bbox"].split(",")[:4])
            features = [
                each
                for each in self.grid()
                if west < each["geometry"]["coordinates"][0][2][0]
                and each["geometry"]["coordinates"][0][0][0] < east
            ]
        start = int(query.get("startIndex", 0)) if self.turns_pages else 0
        return collection(features[start : start + int(query.get("count", 10**6))], len(features))


class Handler(BaseHTTPRequestHandler):
    """Answers as the services do, or as the next fault does."""

    protocol_version = "HTTP/1.1"
    fake: Server

    def do_GET(self) -> None:
        self.answer(b"")

    def do_POST(self) -> None:
        self.answer(self.rfile.read(int(self.headers["Content-Length"])))

    def answer(self, body: bytes) -> None:
        parts = urlsplit(self.path)
        self.fake.requests.append((parts.path, self.path, dict(self.headers)))
        if self.fake.fails_from is not None and len(self.fake.requests) > self.fake.fails_from:
            status(503)(self)
            return
        waiting = self.fake.faults[parts.path]
        fault = waiting.pop(0) if waiting else None
        if fault is not None:
            fault(self)
            return
        query = {key: values[0] for key, values in parse_qs(parts.query).items()}
        if parts.path == "/wfs":
            self.send_json(self.fake.wfs(query))
        elif match := re.fullmatch(r"/pxweb/tables/(\w+)/metadata", parts.path):
            self.send_json(metadata(match[1]))
        elif re.fullmatch(r"/pxweb/tables/\w+/data", parts.path):
            self.send_json(numbers(json.loads(body)["selection"]))
        elif parts.path == "/overpass/interpreter":
            self.fake.queries.append(parse_qs(body.decode())["data"][0])
            self.send_json(overpass(self.fake.queries[-1]))
        else:
            self.send(404, b"not here", "text/plain")

    def send_json(self, answer: object) -> None:
        self.send(200, json.dumps(answer).encode(), "application/json")

    def send(self, status: int, content: bytes, kind: str = "text/html", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        for name, value in {"Content_Length": str(len(content)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


def status(code: int, **headers: str) -> Callable[[Handler], None]:
    return lambda handler: handler.send(code, b"busy", **headers)


def content(text: str | bytes, kind: str = "text/html") -> Callable[[Handler], None]:
    """Something else than was asked for, with status 200."""
    return lambda handler: handler.send(200, text if isinstance(text, bytes) else text.encode(), kind)


def json_answer(answer: object) -> Callable[[Handler], None]:
    return lambda handler: handler.send_json(answer)


def silence(seconds: float) -> Callable[[Handler], None]:
    def fault(handler: Handler) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return fault


def file_with_ranges(
    whole: bytes, *, cut_after: int | None = None, etag: str = '"v1"', ranges: bool = True
) -> Callable[[Handler], None]:
    """A file that can be asked for in parts; the connection is cut after so many bytes of an answer."""

    def fault(handler: Handler) -> None:
        asked = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        start = int(asked[1]) if asked and ranges and handler.headers.get("If-Range") == etag else 0
        left = whole[start:]
        handler.send_response(206 if start else 200)
        if ranges:
            handler.send_header("Accept-Ranges", "bytes")
            handler.send_header("ETag", etag)
        if start:
            handler.send_header("Content-Range", f"bytes {start}-{len(whole) - 1}/{len(whole)}")
        handler.send_header("Content-Length", str(len(left)))
        handler.end_headers()
        handler.wfile.write(left[:cut_after])
        if cut_after is not None:
            handler.wfile.flush()
            handler.connection.close()
            handler.close_connection = True

    return fault


@contextmanager
def running() -> Iterator[Server]:
    """Serve on a free port of loopback."""
    fake = Server()
    handler = type("FakeHandler", (Handler,), {"fake": fake})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # a client that hangs up is what is tested
    fake.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
