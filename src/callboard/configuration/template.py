"""The commented configuration file of ``callboard init``, generated from the models themselves."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, SecretStr
from pydantic.fields import FieldInfo

from callboard.configuration.load import OPTIONAL, TABLES
from callboard.registry import Registry
from callboard.settings.models import ActionSettings, AutomationSettings
from callboard.settings.table import environment_variable

_WIDTH = 110

_HEAD = """\
# Callboard's configuration: every setting, at its default. You may remove lines that begin with #.
# You can keep secrets out of this file: an environment variable named beside a setting overrides it.
# `callboard check` reports what is wrong in this file and how to fix it.
"""

_AUTOMATIONS = """\
# ---- Automations: one table each. Every automation takes
{common}
# and every action also takes
{action}
"""


def configuration_template(registry: Registry) -> str:
    """Return a configuration file with every setting of Callboard and of the automations in *registry*."""
    blocks = [_HEAD, *(_table(name, model) for name, model in TABLES.items())]
    common = "\n".join(
        _comment(f"{name}: {_help(AutomationSettings, name)}") for name in AutomationSettings.model_fields
    )
    extra = [name for name in ActionSettings.model_fields if name not in AutomationSettings.model_fields]
    action = "\n".join(_comment(f"{name}: {_help(ActionSettings, name)}") for name in extra)
    blocks.append(_AUTOMATIONS.format(common=common, action=action))
    blocks += [_automation(each.name, each.summary, each.settings) for each in registry.automations.values()]
    return "\n".join(blocks)


def describe_table(model: type[BaseModel]) -> str:
    """Return the purpose of a table: the first line of its docstring, without the table's name."""
    first = (model.__doc__ or "").strip().partition("\n")[0]
    text = first.partition(": ")[2] or first
    return text[:1].upper() + text[1:]


def defaults(model: type[BaseModel]) -> dict[str, Any]:
    """Return every setting's default as plain TOML values; a required setting is empty text."""
    given = {name: field.get_default(call_default_factory=True) for name, field in model.model_fields.items()}
    filled = {name: value for name, value in given.items() if not model.model_fields[name].is_required()}
    plain = model.model_construct(**filled).model_dump(mode="json")
    return {name: _plain(field, plain.get(name, "")) for name, field in model.model_fields.items()}


def write_value(value: Any) -> str:
    """Return a plain value as TOML on one line; a long list takes several."""
    if isinstance(value, str) and "\n" in value:
        return '"""\n' + value.replace("\\", "\\\\").replace('"""', '\\"\\"\\"') + '"""'
    if isinstance(value, str | bool | int | float):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_key(name)} = {write_value(each)}" for name, each in value.items())
        return f"{{ {inner} }}" if inner else "{}"
    items = [write_value(each) for each in value]
    line = f"[{', '.join(items)}]"
    if len(line) <= _WIDTH:
        return line
    return "[\n" + "".join(f"    {item},\n" for item in items) + "]"


def _plain(field: FieldInfo, value: Any) -> Any:
    if isinstance(field.default, SecretStr):
        return field.default.get_secret_value()
    return value


def _table(name: str, model: type[BaseModel]) -> str:
    values = defaults(model)
    lines = [_comment(describe_table(model)), f"[{name}]"]
    for key, value in values.items():
        if not isinstance(value, dict):
            lines += [_comment(_help(model, key)), f"{key} = {write_value(value)}"]
    for key, value in values.items():
        if isinstance(value, dict):
            lines += [_comment(_help(model, key)), *_subtable(f"{name}.{key}", value)]
    text = "\n".join(lines) + "\n"
    # Without its secrets the table would be a mistake, so it is commented out.
    return textwrap.indent(text, "#", lambda line: not line.startswith("# ")) if name in OPTIONAL else text


def _automation(name: str, summary: str, model: type[AutomationSettings]) -> str:
    values = defaults(model)
    own = [key for key in values if key not in ActionSettings.model_fields]
    shared = [key for key in values if key in ActionSettings.model_fields]
    lines = [_comment(summary), f"[automations.{name}]"]
    lines += [_assignment(key, values[key]) for key in shared]
    for key in own:
        if not isinstance(values[key], dict):
            lines += [_comment(_help(model, key)), _assignment(key, values[key])]
    for key in own:
        if isinstance(values[key], dict):
            lines += [_comment(_help(model, key)), *_subtable(f"automations.{name}.{key}", values[key])]
    return "\n".join(lines) + "\n"


def _subtable(name: str, values: Mapping[str, Any]) -> Iterator[str]:
    yield f"[{name}]"
    for key, value in values.items():
        yield _assignment(_key(key), value)


def _assignment(key: str, value: Any) -> str:
    return f"# {key} is not set" if value is None else f"{key} = {write_value(value)}"


def _help(model: type[BaseModel], key: str) -> str:
    variable = environment_variable(model, key)
    text = model.model_fields[key].description or ""
    return f"{text} Environment variable: {variable}." if variable else text


def _comment(text: str) -> str:
    return "\n".join(f"# {line}" for line in textwrap.wrap(text, _WIDTH))


def _key(name: str) -> str:
    bare = name.replace("-", "").replace("_", "")
    return name if bare.isascii() and bare.isalnum() else json.dumps(name, ensure_ascii=False)
