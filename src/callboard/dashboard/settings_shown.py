"""The settings in force as pages show them: each with where its value comes from, and secrets as set or not set."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, SecretStr

from callboard.configuration.template import write_value
from callboard.secrets import without_secrets

#: Names of a studio's own settings that are secrets, though they are declared as texts.
_SECRET = re.compile(r"(token|passw(or)?d|passphrase|secret|credentials?|api_?key|access_?key)$", re.IGNORECASE)
#: What nobody set.
DEFAULT = "default"


@dataclass(frozen=True)
class Setting:
    """One setting in force.

    Attributes:
        key: Its name in its table.
        value: What it is, as it is written in the file; ``set`` or ``not set`` for a secret.
        meaning: Its documentation.
        source: The file and line, the environment variable, or :data:`DEFAULT`.
    """

    key: str
    value: str
    meaning: str
    source: str

    @property
    def is_default(self) -> bool:
        """Whether nobody set it."""
        return self.source == DEFAULT


def settings_of(table: BaseModel, name: str, origins: Mapping[str, str]) -> list[Setting]:
    """Return the settings of a table, those that somebody set first.

    Args:
        table: The table in force.
        name: What it is called in the file, such as ``automations.batch_create``.
        origins: Where each value that somebody set comes from, by its dotted name.
    """
    plain = table.model_dump(mode="json")
    found = [
        Setting(
            key,
            _value(key, getattr(table, key), plain[key]),
            field.description or "",
            origins.get(f"{name}.{key}", DEFAULT),
        )
        for key, field in type(table).model_fields.items()
    ]
    return sorted(found, key=lambda each: each.is_default)


def _value(key: str, value: Any, plain: Any) -> str:
    if isinstance(value, SecretStr):
        return "set" if value.get_secret_value() else "not set"
    if _SECRET.search(key) and isinstance(plain, str):
        return "set" if plain else "not set"
    if plain is None:
        return "not set"
    if isinstance(plain, dict):
        lines = [f"{name} = {_value(name, each, each)}" for name, each in plain.items()]
        return "\n".join(lines) or "none"
    return without_secrets(write_value(plain))
