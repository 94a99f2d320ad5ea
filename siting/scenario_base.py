"""What every section of a scenario is: frozen, checked, with its basis; and texts for readers."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, model_validator

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
