"""Markdown in the labels of actions' forms: a safe subset, since anybody at the hub may send some."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup, escape

#: Addresses that a link may have: of the web, of mail, or of this server.
_SAFE = re.compile(r"(?:https?://|mailto:|/(?!/)|#)", re.IGNORECASE)
#: Characters of a label that are read; more is shown as it is.
_MOST = 20_000


def _open_link(self: RendererHTML, tokens: Sequence[Token], index: int, options: OptionsDict, _env: EnvType) -> str:
    tokens[index].attrSet("rel", "noopener noreferrer")
    return self.renderToken(tokens, index, options, {})


class _Reader(MarkdownIt):
    """Reads Markdown without HTML, and without pictures, which would tell strangers who looks."""

    def __init__(self) -> None:
        super().__init__("commonmark", {"html": False, "breaks": True})
        self.enable("table").disable("image")
        self.add_render_rule("link_open", _open_link)

    def validateLink(self, url: str) -> bool:  # noqa: N802 - the library's name
        """Return whether a link may have this address."""
        return _SAFE.match(url.strip()) is not None


_READER = _Reader()


def markdown(text: Any) -> Markup:
    """Return a label's text as HTML; raw HTML in it stays text, and links that are not links are dropped."""
    text = "" if text is None else str(text)
    if len(text) > _MOST:
        return Markup("<p>{}</p>").format(escape(text))
    tokens = _READER.parse(text)
    for token in tokens:
        # A label's headings stand below those of the page.
        if token.tag in {"h1", "h2", "h3", "h4"}:
            token.tag = f"h{min(int(token.tag[1]) + 2, 6)}"
    rendered: str = _READER.renderer.render(tokens, _READER.options, {})
    return Markup(rendered)  # noqa: S704 - made of escaped text by the renderer, without HTML of the sender's
