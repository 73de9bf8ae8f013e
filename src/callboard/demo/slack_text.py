"""Slack's markup as HTML, as far as messages of Callboard use it."""

from __future__ import annotations

import re

from markupsafe import Markup

#: Code, links, bold, italic and struck text, which end at the edge of a word in the same line.
_MARKS = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<address>https?://[^\s<>|]+)(?:\|(?P<label>[^<>\n]+))?>"
    r"|(?<![^\W_])(?P<mark>[*_~])(?P<marked>[^\s*_~](?:[^\n]*?[^\s])?)(?P=mark)(?![^\W_])"
)
#: Tag of each mark; so marks can be in each other three deep.
_TAGS = {"*": "strong", "_": "em", "~": "s"}
_ESCAPED = {"&lt;": "<", "&gt;": ">", "&amp;": "&"}


def render(text: str, levels: int = len(_TAGS)) -> Markup:
    """Return mrkdwn as HTML; whatever is not known as markup is shown as it is.

    Args:
        text: What Slack received.
        levels: How deep marks may be in each other.
    """
    if not levels:
        return _plain(text)
    shown, end = Markup(""), 0
    for match in _MARKS.finditer(text):
        shown += _plain(text[end : match.start()]) + _marked(match, levels)
        end = match.end()
    return shown + _plain(text[end:])


def _marked(match: re.Match[str], levels: int) -> Markup:
    if match["code"] is not None:
        return Markup("<code>{}</code>").format(_plain(match["code"]))
    if match["address"] is not None:
        return Markup('<a href="{}" rel="noreferrer">{}</a>').format(
            _unescape(match["address"]), _plain(match["label"] or match["address"])
        )
    tag = _TAGS[match["mark"]]
    return Markup("<{0}>{1}</{0}>").format(Markup(tag), render(match["marked"], levels - 1))  # noqa: S704 - the tag is one of three of our own


def _plain(text: str) -> Markup:
    return Markup("<br>").join(_unescape(text).split("\n"))


def _unescape(text: str) -> str:
    return re.sub("&(?:lt|gt|amp);", lambda match: _ESCAPED[match[0]], text)
