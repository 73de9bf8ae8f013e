"""Discovery of the automations: Callboard's own, and the Python files in the studio's folder."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import sys
import traceback
from hashlib import sha256
from pathlib import Path

from callboard.errors import ConfigurationError
from callboard.registry import Registry, registry


def load_automations(folder: Path | None = None) -> Registry:
    """Import every automation once, so that the registry knows it.

    Args:
        folder: Folder of the studio's own automations: every ``*.py`` whose name does not begin with an underscore.

    Raises:
        ConfigurationError: The folder does not exist, or some of its files cannot be imported.
    """
    package = importlib.import_module("callboard.automations")
    for module in pkgutil.iter_modules(package.__path__):
        importlib.import_module(f"callboard.automations.{module.name}")
    if folder is None:
        return registry
    if not folder.is_dir():
        raise ConfigurationError(
            [f"studio.automations: folder {folder} does not exist; create it, or correct the setting"]
        )
    problems = []
    for file in sorted(folder.glob("[!_]*.py")):
        try:
            _load_file(file)
        except Exception as error:  # noqa: BLE001 - a studio's file may raise anything; the message says which file and where
            problems.append(f"{_place(file, error)}: {type(error).__name__}: {error}")
    if problems:
        raise ConfigurationError(problems)
    return registry


def _load_file(file: Path) -> None:
    # The path is part of the name, so that a studio's file may have the name of an installed package.
    name = f"callboard_studio_{sha256(str(file.resolve()).encode()).hexdigest()[:12]}_{file.stem}"
    if name in sys.modules:
        return
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError("it cannot be imported as Python")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # pydantic resolves a model's annotations through it
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise


def _place(file: Path, error: Exception) -> str:
    if isinstance(error, SyntaxError) and error.lineno is not None:
        return f"{file}, line {error.lineno}"
    lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
    return f"{file}, line {lines[-1]}" if lines else str(file)
