"""The documentation page about every setting, generated from the models themselves."""

from __future__ import annotations

from pydantic import BaseModel

from callboard.configuration.load import TABLES
from callboard.configuration.template import defaults, describe_table, write_value
from callboard.registry import Registry
from callboard.settings.models import ActionSettings, AutomationSettings
from callboard.settings.table import environment_variable

_HEAD = """\
# Settings

Callboard reads one TOML file: the one that `-c` names, otherwise `callboard.toml` in the current folder, otherwise
`/etc/callboard.toml`. `callboard init` writes a file with every setting at its default. `callboard check` reports every
mistake in it, with the line and what is allowed.

If a row names an environment variable, that variable overrides the file. With the server and the secrets in the
environment, you need no file at all. Durations are text such as `"90s"`, `"45m"`, `"24h"`, `"2d"` or `"1h30m"`.

`scripts/write_settings_page.py` writes this page from the models that check the file.
"""

_AUTOMATIONS = """\
## Automations

Each automation has a table `[automations.NAME]`, including your own in the folder `studio.automations`.

Every automation takes:
"""


def settings_page(registry: Registry) -> str:
    """Return the page in Markdown, including the automations in *registry*."""
    blocks = [_HEAD]
    for name, model in TABLES.items():
        blocks.append(f"## `[{name}]`\n\n{describe_table(model)}\n\n{_rows(model, list(model.model_fields))}")
    shared = list(AutomationSettings.model_fields)
    blocks.append(_AUTOMATIONS + "\n" + _rows(AutomationSettings, shared))
    actions = [name for name in ActionSettings.model_fields if name not in shared]
    blocks.append("Every action also takes:\n\n" + _rows(ActionSettings, actions))
    for each in registry.automations.values():
        own = [name for name in each.settings.model_fields if name not in ActionSettings.model_fields]
        rows = _rows(each.settings, own) if own else "No settings of its own.\n"
        blocks.append(f"### `[automations.{each.name}]`\n\n{each.summary}\n\n{rows}")
    return "\n".join(blocks)


def _rows(model: type[BaseModel], names: list[str]) -> str:
    values = defaults(model)
    lines = ["| setting | default | meaning |", "| --- | --- | --- |"]
    for name in names:
        field = model.model_fields[name]
        default = "required" if field.is_required() else _code(values[name])
        variable = environment_variable(model, name)
        source = f" Environment variable: `{variable}`." if variable else ""
        meaning = (field.description or "").replace("|", "\\|")
        lines.append(f"| `{name}` | {default} | {meaning}{source} |")
    return "\n".join(lines) + "\n"


def _code(value: object) -> str:
    if value is None:
        return "not set"
    text = " ".join(write_value(value).split()).replace("|", "\\|")
    return f"`{text}`"
