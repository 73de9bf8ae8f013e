"""Slack's markup, mrkdwn: makes data arrive unchanged.

Slack documents how to escape ``&``, ``<`` and ``>``, and has no escape for ``*``, ``_``, ``~`` and the backtick. So
what it would take for formatting is shown as inline code, in which nothing is formatted.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

#: What opens or closes a format, which it does only at the edge of a word (``heron_010_comp`` is plain), and emoji.
_FORMATS = re.compile(r"(?<![^\W_])[*_~]|[*_~](?![^\W_])|:[\w+'-]+:")
_NAME = re.compile(r"\{(\w+)\}")
#: Looks like a backtick, and opens no code.
_GRAVE_ACCENT = "\N{MODIFIER LETTER GRAVE ACCENT}"


def escape(text: str) -> str:
    """Return a text as mrkdwn that Slack shows unchanged, for names and other data in a message."""
    plain = text.replace("`", _GRAVE_ACCENT).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return "\n".join(f"`{line}`" if _FORMATS.search(line) else line for line in plain.splitlines())


def fill(template: str, values: Mapping[str, str]) -> str:
    """Return mrkdwn with the names in braces replaced by their values, which are shown unchanged.

    Args:
        template: Mrkdwn such as ``*{shot}* is omitted.``; without values it is returned as it is.
        values: Name -> text.

    Raises:
        ValueError: The template has a name that is not among the values.
    """

    def value(match: re.Match[str]) -> str:
        if match[1] not in values:
            raise ValueError(f"the text has {match[0]}, which is not among its values")
        return escape(values[match[1]])

    return _NAME.sub(value, template) if values else template
