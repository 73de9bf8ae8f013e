"""One sentence per mistake in the configuration: where it is, what is wrong, and what is allowed."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from pydantic import BaseModel, SecretStr, ValidationError

from callboard.settings.table import environment_variable

#: pydantic's name for a mistake -> what is allowed. ``{…}`` are values of the error's context.
_ALLOWED = {
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "float_parsing": "must be a number",
    "string_type": "must be text in quotes",
    "list_type": "must be a list in square brackets",
    "tuple_type": "must be a list in square brackets",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "time_type": "must be a time of day in quotes, such as '10:00'",
    "time_parsing": "must be a time of day in quotes, such as '10:00'",
    "greater_than_equal": "must be at least {ge}",
    "greater_than": "must be more than {gt}",
    "less_than_equal": "must be at most {le}",
    "less_than": "must be less than {lt}",
    "literal_error": "must be {expected}",
}


def suggest(name: str, known: Iterable[str]) -> str:
    """Return the known name that is closest to a wrong one, or all known names."""
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    if near:
        return f"did you mean {near[0]}?"
    return f"allowed are {', '.join(names[:20])}" + (", ..." if len(names) > 20 else "")


def explain(model: type[BaseModel], error: ValidationError) -> list[tuple[tuple[str, ...], str]]:
    """Return each mistake as the key below the table, and a sentence."""
    return [_explain(model, mistake) for mistake in error.errors(include_url=False)]


def _explain(model: type[BaseModel], mistake: Mapping[str, Any]) -> tuple[tuple[str, ...], str]:
    key = tuple(str(part) for part in mistake["loc"])
    kind = mistake["type"]
    if kind == "extra_forbidden":
        holder = _model_at(model, mistake["loc"][:-1])
        hint = suggest(key[-1], holder.model_fields) if holder else "remove it"
        return key, f"is not a setting; {hint}"
    if kind == "missing":
        variable = environment_variable(model, key[0]) if len(key) == 1 and key[0] in model.model_fields else None
        return key, f"is missing; set it here or in the environment variable {variable}" if variable else "is missing"
    if kind == "value_error":
        return key, str(mistake["ctx"]["error"])
    if kind in _ALLOWED:
        allowed = _ALLOWED[kind].format(**mistake.get("ctx", {}))
        return key, allowed + _instead(model, key, mistake["input"])
    message = str(mistake["msg"])
    return key, message[0].lower() + message[1:] + _instead(model, key, mistake["input"])


def _instead(model: type[BaseModel], key: tuple[str, ...], value: object) -> str:
    """Return the wrong value as text, unless it is a secret or too long to help."""
    field = model.model_fields.get(key[0]) if key else None
    if field is None or field.annotation is SecretStr or isinstance(value, dict | list):
        return ""
    shown = str(value).lower() if isinstance(value, bool) else repr(value)
    return f", not {shown}" if len(shown) <= 60 else ""


def _model_at(model: type[BaseModel] | None, path: tuple[str | int, ...]) -> type[BaseModel] | None:
    """Return the model that holds the key at the end of *path*, through lists and dictionaries of models."""
    for part in path:
        if model is None:
            return None
        if part in model.model_fields:
            model = _model_in(model.model_fields[str(part)].annotation)
    return model


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((model for inner in get_args(annotation) if (model := _model_in(inner))), None)
