"""The base of every table in the configuration file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class Table(BaseModel):
    """A table of the configuration file: an unknown key is a mistake, and nothing changes after the start."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def from_environment(variable: str, description: str, **more: Any) -> Any:
    """Return a field whose value may also come from an environment variable, which wins over the file."""
    return Field(description=description, json_schema_extra={"environment": variable}, **more)


def environment_variable(model: type[BaseModel], field: str) -> str | None:
    """Return the environment variable that a field may come from, or None."""
    extra = model.model_fields[field].json_schema_extra
    return str(extra["environment"]) if isinstance(extra, Mapping) and "environment" in extra else None
