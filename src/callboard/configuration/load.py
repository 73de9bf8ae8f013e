"""Loading of the configuration from the file and the environment, with all mistakes reported together."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from callboard.configuration.discovery import load_automations
from callboard.configuration.lines import line_of
from callboard.configuration.mistakes import explain, suggest
from callboard.errors import ConfigurationError
from callboard.registry import Registry, registry
from callboard.settings.models import (
    AutomationSettings,
    DashboardSettings,
    DatabaseSettings,
    FtrackSettings,
    ReviewFtrackSettings,
    Settings,
    SlackSettings,
    StudioSettings,
)
from callboard.settings.table import environment_variable

#: Where to look for the file when none is named.
SEARCHED = (Path("callboard.toml"), Path("/etc/callboard.toml"))

#: The tables of the file, except those of the automations.
TABLES: Mapping[str, type[BaseModel]] = {
    "ftrack": FtrackSettings,
    "review_ftrack": ReviewFtrackSettings,
    "slack": SlackSettings,
    "studio": StudioSettings,
    "database": DatabaseSettings,
    "dashboard": DashboardSettings,
}

#: Tables that exist only when something is set in them.
OPTIONAL = frozenset({"review_ftrack", "slack"})


def load(path: Path | None, environ: Mapping[str, str]) -> Settings:
    """Read the configuration and import the automations that it has settings for.

    Args:
        path: The file; None looks for ``callboard.toml`` here, then in ``/etc``, and uses the environment alone when
            neither exists.
        environ: Environment variables; they override the file.

    Raises:
        ConfigurationError: With every mistake, each in one sentence.
    """
    path = path or next((candidate for candidate in SEARCHED if candidate.is_file()), None)
    reader = _Reader(path, _read(path) if path else "", environ)
    tables = {name: reader.table(name, model) for name, model in TABLES.items()}
    automations = reader.automations(tables["studio"])
    reader.refuse_unknown_tables()
    if reader.problems:
        raise ConfigurationError(reader.problems)
    return Settings.model_validate({**tables, "automations": automations, "source": path, "origins": reader.origins})


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise ConfigurationError([f"{path} does not exist; `callboard init {path}` writes one."]) from None
    except UnicodeDecodeError as error:
        raise ConfigurationError([f"{path} is not UTF-8 text (byte {error.start})."]) from None
    except OSError as error:
        raise ConfigurationError([f"{path} cannot be read ({error.strerror})."]) from None


class _Reader:
    """Reads one file and collects the mistakes."""

    def __init__(self, path: Path | None, text: str, environ: Mapping[str, str]) -> None:
        self.problems: list[str] = []
        #: Where each value that somebody set comes from, by its dotted name.
        self.origins: dict[str, str] = {}
        self._path = path
        self._text = text
        self._environ = environ
        try:
            self._content: dict[str, Any] = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            sentence = re.sub(r"^(.*) \(at (.*)\)$", r"\2: \1", str(error))
            raise ConfigurationError([f"{path}, {sentence}."]) from None

    def table(self, name: str, model: type[BaseModel]) -> BaseModel | None:
        """Return the table's settings, or None when it is optional and absent, or has a mistake."""
        given = self._content.get(name, {})
        if not isinstance(given, dict):
            self._mistake((name,), f"must be a table: a line [{name}] with its settings below")
            return None
        values, wrong = self._with_environment(model, given)
        self._note_origins((name,), values, wrong)
        if name in OPTIONAL and name not in self._content and not values:
            return None
        try:
            settings = model.model_validate(values)
        except ValidationError as error:
            for key, sentence in explain(model, error):
                self._mistake((name, *key), sentence, variable=wrong.get(key[0]) if key else None)
            return None
        return self._beside_file(settings) if isinstance(settings, DatabaseSettings) else settings

    def _with_environment(self, model: type[BaseModel], given: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the table's values, and the environment variables that some of them came from."""
        # Empty text where a value is required is a blank that was never filled in.
        values = {
            key: value
            for key, value in given.items()
            if value != "" or key not in model.model_fields or not model.model_fields[key].is_required()
        }
        variables = {
            field: variable for field in model.model_fields if (variable := environment_variable(model, field))
        }
        taken = {field: variable for field, variable in variables.items() if self._environ.get(variable)}
        return values | {field: self._environ[variable] for field, variable in taken.items()}, taken

    def _note_origins(self, table: tuple[str, ...], keys: Iterable[str], variables: Mapping[str, str]) -> None:
        for key in keys:
            line = line_of(self._text, (*table, key))
            file = f"{self._path}, line {line}" if line else str(self._path)
            place = f"environment variable {variables[key]}" if key in variables else file
            self.origins[".".join((*table, key))] = place

    def _beside_file(self, database: DatabaseSettings) -> DatabaseSettings:
        """Resolve a relative SQLite file beside the configuration, wherever the command is given."""
        prefix = "sqlite:///"
        file = database.url.removeprefix(prefix)
        if not database.url.startswith(prefix) or file in {"", ":memory:"} or Path(file).is_absolute():
            return database
        return database.model_copy(update={"url": f"{prefix}{self._folder() / file}"})

    def _folder(self) -> Path:
        return self._path.resolve().parent if self._path else Path.cwd()

    def automations(self, studio: BaseModel | None) -> dict[str, AutomationSettings]:
        """Return the settings of every known automation."""
        known = self._known_automations(studio)
        models: dict[str, type[AutomationSettings]] = {name: each.settings for name, each in known.automations.items()}
        tables = self._content.get("automations", {})
        if not isinstance(tables, dict):
            self._mistake(("automations",), "must hold tables such as [automations.create_task_folder]")
            return {}
        for name in tables.keys() - models.keys():
            self._mistake(("automations", name), f"is not an automation; {suggest(name, models)}")
        settings = {}
        for name, model in models.items():
            if isinstance(given := tables.get(name), dict):
                self._note_origins(("automations", name), given, {})
            try:
                settings[name] = model.model_validate(tables.get(name, {}))
            except ValidationError as error:
                for key, sentence in explain(model, error):
                    self._mistake(("automations", name, *key), sentence)
        return settings

    def _known_automations(self, studio: BaseModel | None) -> Registry:
        folder = studio.automations if isinstance(studio, StudioSettings) else ""
        try:
            return load_automations(self._folder() / folder if folder else None)
        except ConfigurationError as error:
            self.problems += [f"{problem}." for problem in error.problems]
            return registry

    def refuse_unknown_tables(self) -> None:
        """Report every table that Callboard does not know."""
        for name in self._content.keys() - TABLES.keys() - {"automations"}:
            self._mistake((name,), f"is not a table; {suggest(name, [*TABLES, 'automations'])}")

    def _mistake(self, key: tuple[str, ...], sentence: str, *, variable: str | None = None) -> None:
        line = line_of(self._text, key)
        if variable:
            place = f"environment variable {variable}"
        elif self._path is None:
            place = "no callboard.toml here or in /etc"
        else:
            place = f"{self._path}, line {line}" if line else str(self._path)
        joint = " " if sentence.startswith(("is ", "must ")) else ": "
        ending = "" if sentence.endswith((".", "?")) else "."
        self.problems.append(f"{place}: {'.'.join(key)}{joint}{sentence}{ending}")
