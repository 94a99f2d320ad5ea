"""What every section of a scenario is: frozen, checked, with its basis; and texts for readers."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

LADDER: Final = 5
"""Counts that are told lie on multiples of this, so that files by any two smallest counts nest."""
SMALLEST_OF_ALL: Final = 3
"""The one smallest count beside the ladder, where whoever owns the dataset wants it for all files."""


def _on_the_ladder(smallest: int) -> int:
    if smallest == SMALLEST_OF_ALL or not smallest % LADDER:
        return smallest
    message = (
        f"must be {LADDER}, {2 * LADDER}, {3 * LADDER} ..., not {smallest}, since files by counts that are "
        "not multiples of each other may together give small numbers away"
    )
    raise ValueError(message)


SmallestCount = Annotated[int, Field(ge=SMALLEST_OF_ALL, le=1000), AfterValidator(_on_the_ladder)]
"""Count of persons that may be shown, where all smaller ones may not."""
Minutes = Annotated[float, Field(gt=0, le=10_000)]

_MODEL_CONFIG: Final = ConfigDict(
    frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True
)


class Section(BaseModel):
    """A part of a scenario: frozen, no unknown keys; the text under a field is its documentation."""

    model_config = _MODEL_CONFIG


class Text(Section):
    """A text for readers, Swedish first."""

    sv: str
    """Swedish."""
    en: str
    """English."""


class BasedSection(Section):
    """A section that says what its values rest on."""

    basis: dict[str, Text] = {}
    """For each field: its source, or the plain word assumption ("antagande")."""

    @model_validator(mode="after")
    def _basis_names_fields(self) -> BasedSection:
        unknown = sorted(set(self.basis) - set(type(self).model_fields))
        if unknown:
            message = f"basis speaks of {unknown[0]!r}, which is not a field of this section"
            raise ValueError(message)
        return self
