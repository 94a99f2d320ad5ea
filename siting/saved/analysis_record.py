"""What is read of analysis.json (`siting/schemas/analysis.schema.json` describes it)."""

from __future__ import annotations

from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict

from ..scenario_analysis import AnalysisSection
from ..sites import Role
from .analysis_areas import SavedAccessibility, SavedMunicipalities
from .analysis_draws import SavedUncertainty
from .analysis_plans import SavedNearBest, SavedStages, SavedTradeOffs
from .analysis_types import CONFIG
from .record import Digest, SavedDataset

ANALYSIS_FORMAT: Final = "siting-analysis"
ANALYSIS_FORMAT_VERSION: Final = 2


class SavedParts(BaseModel):
    """What was found; None for what was not asked for."""

    model_config = CONFIG
    near_best: SavedNearBest | None
    trade_offs: SavedTradeOffs | None
    uncertainty: SavedUncertainty | None
    municipalities: SavedMunicipalities | None
    stages: SavedStages | None
    accessibility: SavedAccessibility | None
    left_out: dict[
        Literal["near_best", "trade_offs", "uncertainty", "municipalities", "stages", "accessibility"], str
    ]


class SavedAsked(BaseModel):
    """What was examined, and how."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)
    name: str
    sha256: Digest
    resolved: dict[str, Any]
    analysis: AnalysisSection


class SavedAnswer(BaseModel):
    """The places of the plan that was examined."""

    model_config = ConfigDict(frozen=True)
    places: tuple[SavedOpen, ...]


class SavedOpen(BaseModel):
    """A place of the plan that was examined, whether or not any candidate has its name."""

    model_config = CONFIG
    site_id: str
    role: Role
    days_per_week: float


class SavedAnalysis(BaseModel):
    """An analysis, its parts not read yet: they speak of places that its outcome has to know."""

    model_config = ConfigDict(frozen=True)
    scenario: SavedAsked
    dataset: SavedDataset
    plan: SavedAnswer
