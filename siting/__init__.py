"""Where to open receptions so that those who need them can reach them.

The names below load when they are first used, so that ``siting --help`` need not wait for geopandas.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .analysis.accessibility import accessibility as accessibility
    from .analysis.analyse import Analysis as Analysis
    from .analysis.analyse import analyse as analyse
    from .analysis.municipalities import municipalities as municipalities
    from .analysis.near_best import near_best as near_best
    from .analysis.stages import stages as stages
    from .analysis.trade_offs import trade_offs as trade_offs
    from .analysis.uncertainty import uncertainty as uncertainty
    from .dataset import load_dataset as load_dataset
    from .optimise.location import LocationResult as LocationResult
    from .optimise.location import max_coverage as max_coverage
    from .optimise.location import p_center as p_center
    from .optimise.location import p_median as p_median
    from .present.files import write as write
    from .present.layers import assignments_layer as assignments_layer
    from .present.layers import sites_layer as sites_layer
    from .present.layers import tours_layer as tours_layer
    from .present.report_files import ReportOrder as ReportOrder
    from .present.report_files import report as report
    from .present.verifying import verify as verify
    from .roads import from_osmnx as from_osmnx
    from .saved import reopen as reopen
    from .scenario import Scenario as Scenario
    from .scenario_file import load as load
    from .study import Outcome as Outcome
    from .study import compare as compare
    from .study import run as run
    from .variants import Sweep as Sweep
    from .variants import sweep as sweep
    from .workers import dask_workers as dask_workers

_HOME_OF = {
    "Analysis": ".analysis.analyse",
    "LocationResult": ".optimise.location",
    "Outcome": ".study",
    "ReportOrder": ".present.report_files",
    "Scenario": ".scenario",
    "Sweep": ".variants",
    "accessibility": ".analysis.accessibility",
    "analyse": ".analysis.analyse",
    "assignments_layer": ".present.layers",
    "compare": ".study",
    "dask_workers": ".workers",
    "from_osmnx": ".roads",
    "load": ".scenario_file",
    "load_dataset": ".dataset",
    "max_coverage": ".optimise.location",
    "municipalities": ".analysis.municipalities",
    "near_best": ".analysis.near_best",
    "p_center": ".optimise.location",
    "p_median": ".optimise.location",
    "reopen": ".saved",
    "report": ".present.report_files",
    "run": ".study",
    "sites_layer": ".present.layers",
    "stages": ".analysis.stages",
    "sweep": ".variants",
    "tours_layer": ".present.layers",
    "trade_offs": ".analysis.trade_offs",
    "uncertainty": ".analysis.uncertainty",
    "verify": ".present.verifying",
    "write": ".present.files",
}


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        message = f"module 'siting' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_HOME_OF[name], __name__), name)


def __dir__() -> list[str]:
    return sorted(_HOME_OF)
