"""Every question that ``run.py`` may ask, in groups, and who is asked."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from harness import Case, Question
from instances import PMED_OPTIMA, PMED_SIZES, pmed_name

if TYPE_CHECKING:
    from collections.abc import Callable

FOLDER: Final = Path(tempfile.gettempdir()) / "siting-benchmark-inputs"
SMALL: Final = "plane:40x8"
STANDARD: Final = 15.0
COUNTRY_P: Final = 60
COUNTRY_GAP: Final = 0.001
PEERS_OF_MEDIAN: Final = (
    ("spopt + HiGHS", "spopt_p_median", "spopt"),
    ("textbook PuLP + HiGHS", "textbook_p_median", "pulp"),
    ("x_ij in HiGHS", "assignment_p_median", "highspy"),
    ("radius form in HiGHS", "radius_p_median", "highspy"),
    ("pbp-pmedian", "pbp_p_median", "pbp_pmedian"),
    ("lokigi", "lokigi_p_median", "lokigi"),
)


def median(
    instance: str,
    p: int,
    seconds: float,
    peers: tuple[str, ...],
    *,
    group: str,
    prepare: tuple[Case, ...] = (),
) -> Question:
    """p-median on one instance, siting and some peers."""
    tiny = {"instance": SMALL, "p": 2, "limit_seconds": 30.0}
    asked = {"instance": instance, "p": p, "limit_seconds": seconds}
    cases = [Case("siting", "siting_cases:p_median", asked, tiny, limit_seconds=seconds)]
    for name, function, module in PEERS_OF_MEDIAN:
        if name in peers:
            call = f"location_peers:{function}"
            cases.append(Case(name, call, asked, tiny, module, slow=True, limit_seconds=seconds))
    kind, _, number = instance.partition(":")
    known = float(PMED_OPTIMA[int(number) - 1]) if kind == "pmed" else None
    return Question(group, f"{_words(instance)}, p = {p}", tuple(cases), "least", known, prepare)


def on_roads(share: float) -> tuple[str, Case]:
    """Give the folder of the country's minutes, of which instances are parts, and what writes it."""
    path = str(FOLDER / f"country-matrix-{share:g}")
    asked = {"path": path, "share": share, "n_sites": 500}
    return path, Case("input", "siting_cases:country_matrix", asked)


def location(seconds: float, share: float) -> list[Question]:
    """p-median on made-up geography."""
    path, written = on_roads(share)
    every = tuple(name for name, _, _ in PEERS_OF_MEDIAN)
    arrays = ("x_ij in HiGHS", "radius form in HiGHS", "pbp-pmedian")
    return [
        median("plane:500x100", 10, seconds, ("pbp-pmedian", "lokigi"), group="median"),
        median("plane:1000x50", 8, seconds, every[:5], group="median"),
        median("plane:5000x100", 8, seconds, every[:5], group="median"),
        median("plane:20000x500", 30, seconds, ("pbp-pmedian",), group="median"),
        median(f"roads:{path}:5000x100:1", 8, seconds, every[:5], group="median", prepare=(written,)),
        median(f"roads:{path}:20000x500:1", 30, seconds, every[4:5], group="median", prepare=(written,)),
        median("pmed:5", 33, seconds, ("spopt + HiGHS", *arrays), group="median"),
    ]


def pmed(seconds: float) -> list[Question]:
    """All forty of OR-Library, or look-alikes of those whose files are not at hand."""
    sizes = enumerate(PMED_SIZES, start=1)
    return [median(pmed_name(k), p, seconds, ("pbp-pmedian",), group="pmed") for k, (_, p) in sizes]


def coverage(seconds: float, share: float) -> list[Question]:
    """Coverage and p-center."""
    found = []
    path, written = on_roads(share)
    for instance, p, prepare in (
        ("plane:5000x100", 8, ()),
        ("plane:20000x500", 30, ()),
        (f"roads:{path}:20000x500:1", 30, (written,)),
    ):
        tiny = {"instance": SMALL, "p": 2, "standard": 5.0, "limit_seconds": 30.0}
        asked = {"instance": instance, "p": p, "standard": STANDARD, "limit_seconds": seconds}
        cases = (
            Case("siting", "siting_cases:coverage", asked, tiny, limit_seconds=seconds),
            _peer(
                "spopt + HiGHS", "location_peers:spopt_coverage", asked, tiny, module="spopt", seconds=seconds
            ),
            _peer(
                "a row a cell in HiGHS",
                "location_peers:highs_coverage",
                asked,
                tiny,
                module="highspy",
                seconds=seconds,
            ),
        )
        name = f"{_words(instance)}, p = {p}, within {STANDARD:.0f} min"
        found.append(Question("coverage", name, cases, "most", prepare=prepare))
    for instance, p in (("plane:500x50", 5), ("plane:5000x100", 8)):
        tiny = {"instance": SMALL, "p": 2, "limit_seconds": 30.0}
        asked = {"instance": instance, "p": p, "limit_seconds": seconds}
        cases = (
            Case("siting", "siting_cases:center", asked, tiny, limit_seconds=seconds),
            _peer(
                "spopt + HiGHS", "location_peers:spopt_center", asked, tiny, module="spopt", seconds=seconds
            ),
        )
        found.append(Question("center", f"{_words(instance)}, p = {p}", cases, "least"))
    return found


def county(seconds: float) -> list[Question]:
    """p-median on the embedded county."""
    path = str(FOLDER / "county.npz")
    prepare = (Case("input", "siting_cases:county_file", {"path": path}),)
    found = []
    for p in (4, 8, 15):
        peers = ("textbook PuLP + HiGHS", "radius form in HiGHS")
        asked = median(f"file:{path}", p, seconds, peers, group="county")
        found.append(Question("county", f"embedded county, p = {p}", asked.cases, "least", prepare=prepare))
    return found


def roads(seconds: float) -> list[Question]:
    """100 sites to every node of a county's 200,000."""
    path = str(FOLDER / "roads-county.npz")
    prepare = (Case("input", "road_inputs:county_inputs", {"path": path}),)

    def peer(name: str, function: str, module: str, n_sources: int) -> Case:
        asked = {"path": path, "n_sources": n_sources}
        call = f"road_peers:{function}"
        return Case(name, call, asked, None, module, slow=n_sources < 10, limit_seconds=seconds)

    cases = (
        Case("siting", "siting_roads:node_to_node", {"path": path}, limit_seconds=seconds),
        peer("scipy", "scipy_dijkstra", "scipy", 20),
        peer("pyroutingkit", "routingkit_many_to_many", "pyroutingkit", 100),
        peer("igraph", "igraph_distances", "igraph", 5),
        peer("networkx, as OSMnx", "networkx_dijkstra", "networkx", 3),
        peer("pandana", "pandana_lengths", "pandana", 1),
    )
    return [Question("roads", "100 sites to 200,000 nodes", cases, "minutes", prepare=prepare)]


def country(seconds: float, share: float) -> list[Question]:
    """Travel times of the country, and the whole way to a choice."""
    path = str(FOLDER / f"roads-country-{share:g}.npz")
    prepare = (Case("input", "road_inputs:country_inputs", {"path": path, "share": share}),)

    def peer(name: str, function: str, module: str, n_sources: int) -> Case:
        asked = {"path": path, "n_sources": n_sources}
        return _peer(name, f"road_peers:{function}", asked, None, module=module, seconds=seconds)

    times = (
        Case("siting", "siting_roads:node_to_node", {"path": path}, limit_seconds=seconds, slow=True),
        Case("siting, snapping included", "siting_cases:country_times", {"share": share}, slow=True),
        peer("scipy", "scipy_dijkstra", "scipy", 5),
        peer("pyroutingkit", "routingkit_many_to_many", "pyroutingkit", 100),
        peer("igraph", "igraph_distances", "igraph", 2),
    )
    asked = {"share": share, "p": COUNTRY_P, "relative_gap": COUNTRY_GAP, "limit_seconds": seconds}
    planned = (Case("siting", "siting_cases:country_planned", asked, limit_seconds=900.0, slow=True),)
    size = "" if share == 1 else f" ({share:g} of it)"
    return [
        Question("country", f"3,000 sites to 120,000 cells{size}", times, "minutes", prepare=prepare),
        Question("country", f"cells, sites, graph in; p = {COUNTRY_P} out{size}", planned, "least"),
    ]


def start(seconds: float) -> list[Question]:
    """How long a person waits for the command."""

    def ran(name: str, arguments: list[str], cache: str) -> Question:
        asked = {"arguments": arguments, "cache": cache}
        case = Case("siting", "siting_cases:command", asked, limit_seconds=seconds)
        return Question("start", name, (case,), "nothing")

    base = ["-m", "siting", "run", "scenarios/base.yaml", "--out", "{out}"]
    small = "import siting; siting.p_median([[0, 4, 9], [4, 0, 5], [9, 5, 0]], [1, 1, 1], n_sites=1)"
    return [
        ran("siting --help", ["-m", "siting", "--help"], "as it is"),
        ran("import siting and a tiny p_median, warm cache", ["-c", small], "warm"),
        ran("import siting and a tiny p_median, cold cache", ["-c", small], "cold"),
        ran("siting run scenarios/base.yaml, warm cache", base, "warm"),
        ran("siting run scenarios/base.yaml, cold cache", base, "cold"),
    ]


def growth(seconds: float, share: float) -> list[Question]:
    """siting alone, for the plot: time against cells, sites and p."""
    path, written = on_roads(share)
    return [
        median(f"roads:{path}:{cells}x{sites}:{seed}", p, seconds, (), group="growth", prepare=(written,))
        for cells, sites, p in GROWTH
        for seed in GROWTH_SEEDS
    ]


def scenarios(seconds: float) -> list[Question]:
    """The choice of scenarios on the embedded county, by their own time limits."""
    found = []
    all_rules = str(Path(__file__).with_name("all-rules.yaml"))
    for scenario in (*SCENARIOS, all_rules):
        slow = scenario == all_rules
        asked = {"scenario": scenario}
        case = Case("siting", "siting_cases:choice", asked, slow=slow, limit_seconds=seconds)
        name = "all rules and teams" if slow else scenario
        found.append(Question("scenarios", f"{name}, the choice", (case,), "nothing"))
    return found


def network(seconds: float) -> list[Question]:
    """A county's street network from the places' side, and a county clipped from an extract."""
    names = {
        "minutes 20,000 cells x 100 sites, snapping included": "network:siting_times",
        "kilometres 100 x 100 along the quickest ways": "network:siting_kilometres",
        "50,000 places to the nearest street": "network:siting_snapping",
        "streets from a .osm.pbf of 100 MB, clipped to a county": "siting_cases:extract",
    }
    return [
        Question("network", name, (Case("siting", call, limit_seconds=seconds),), "nothing")
        for name, call in names.items()
    ]


def maps(seconds: float) -> list[Question]:
    """Size of the interactive map, and how fast it opens in Chromium; plain Folium beside it."""
    asked = {
        "the embedded county, one plan": "county",
        "the embedded county, six plans": "county x 6",
        "made up, 20,000 cells x 100 sites": "made-up:20000x100",
    }
    found = []
    for name, what in asked.items():
        own = Case("siting", "maps_in_browser:siting_page", {"what": what}, slow=True, limit_seconds=seconds)
        peer = Case(
            *("plain Folium", "maps_in_browser:folium_page", {"what": what}),
            of_peer="folium",
            runs_here=True,
            slow=True,
            limit_seconds=seconds,
        )
        found.append(Question("map", name, (own, peer), "nothing"))
    return found


def analysis(seconds: float) -> list[Question]:
    """The examination of an answer on the embedded county; other ways to list plans beside it."""
    found = []
    for within in (0.01, 0.05):
        asked = {"within": within}
        cases = [Case("siting", "analysis_cases:near_best", asked, {"within": 0.0}, limit_seconds=600.0)]
        limited = {"within": within, "limit_seconds": seconds}
        for name, function in (
            ("siting's solver, each plan forbidden in turn", "no_good_cuts"),
            ("x_ij in HiGHS, each plan forbidden in turn", "textbook_no_good_cuts"),
        ):
            call = f"analysis_cases:{function}"
            peer = Case(
                name, call, limited, of_peer="highspy", runs_here=True, slow=True, limit_seconds=seconds
            )
            cases.append(peer)
        found.append(Question("analysis", f"all plans within {within:.0%}", tuple(cases), "most"))
    alone = {
        "1,000 draws, two workers": ("draws", {"n": 1000, "n_workers": 2}),
        "each municipality leaves": ("departures", {"most_leaving": 1}),
        "each municipality, and any two, leave": ("departures", {"most_leaving": 2}),
        "siting analyse, all parts": (
            "command",
            {
                "arguments": ["-m", "siting", "analyse", "two-mains-satellites", "--out", "{out}"],
                "cache": "warm",
            },
        ),
    }
    for name, (function, arguments) in alone.items():
        module = "siting_cases" if function == "command" else "analysis_cases"
        case = Case("siting", f"{module}:{function}", arguments, slow=True, limit_seconds=1_800.0)
        found.append(Question("analysis", name, (case,), "nothing"))
    return found


def reports(seconds: float) -> list[Question]:
    """The report on seven plans of the embedded county in its forms; a browser that prints it beside."""
    asked = {
        "page": ["html"],
        "PDF": ["pdf"],
        "Word file": ["docx"],
        "workbook": ["xlsx"],
        "all four forms": ["html", "pdf", "xlsx", "docx"],
    }
    found = []
    for name, forms in asked.items():
        limits = {"slow": True, "limit_seconds": seconds}
        cases = [Case("siting", "report_cases:forms", {"names": forms}, **limits)]
        if name == "PDF":
            peer = {"of_peer": "playwright", "runs_here": True}
            cases.append(Case("the page printed by Chromium", "report_cases:printed", {}, **peer, **limits))
        found.append(Question("report", name, tuple(cases), "nothing"))
    return found


SCENARIOS: Final = (
    "two-mains-satellites",
    "two-mains-linked",
    "north-satellites",
    "north-two-teams",
    "budget",
)
GROWTH_SEEDS: Final = (1, 2, 3)
GROWTH_CELLS: Final = tuple((1_000 * k, 100, 10) for k in (1, 2, 5, 10, 20, 50, 100))
GROWTH_SITES: Final = tuple((10_000, sites, 10) for sites in (25, 50, 100, 200, 400))
GROWTH_P: Final = tuple((10_000, 200, p) for p in (2, 5, 10, 20, 40, 80))
GROWTH: Final = tuple(dict.fromkeys((*GROWTH_CELLS, *GROWTH_SITES, *GROWTH_P)))

GROUPS: Final = (
    *("start", "median", "coverage", "roads", "pmed", "country", "map"),  # what the table of figures needs
    *("analysis", "report", "growth", "county", "scenarios", "network"),
)


def ask(group: str, seconds: float, share: float) -> list[Question]:
    """Give the questions of a group, each solve limited to some seconds, of a country of some share."""
    of_the_country = {"median": location, "coverage": coverage, "country": country, "growth": growth}
    if group in of_the_country:
        return of_the_country[group](seconds, share)
    others: dict[str, Callable[[float], list[Question]]] = {
        "start": start,
        "roads": roads,
        "pmed": pmed,
        "county": county,
        "scenarios": scenarios,
        "network": network,
        "map": maps,
        "analysis": analysis,
        "report": reports,
    }
    return others[group](seconds)


def _peer(name: str, call: str, asked: dict, warm: dict | None, *, module: str, seconds: float) -> Case:
    return Case(name, call, asked, warm, module, slow=True, limit_seconds=seconds)


def _words(instance: str) -> str:
    kind, _, rest = instance.partition(":")
    if kind == "roads":
        folder, size, seed = rest.rsplit(":", 2)
        share = folder.rpartition("-")[2]
        kind = kind if share == "1" else f"{kind} of {share} of the country"
    elif kind == "plane":
        size, _, seed = rest.partition(":")
    else:
        return f"{kind}{rest}"
    cells, sites = (int(number) for number in size.split("x"))
    words = f"{kind} {cells:,} x {sites:,}"
    return f"{words}, seed {seed}" if int(seed or 1) > 1 else words
