"""The meaning of replies from the hub: the actions that are offered, and the answer to a launch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ftrack_sandbox.web.pages.forms import Form, read_form_data


@dataclass(frozen=True)
class Offer:
    """An action in the menu.

    Attributes:
        item: All keys that the listener gave; a launch sends them back.
        label: The action's name.
        variant: Its variant, such as a version of an application; or empty.
        description: What it does; or empty.
        icon: The address of its icon, or empty.
    """

    item: Mapping[str, Any]
    label: str
    variant: str
    description: str
    icon: str


@dataclass(frozen=True)
class Widget:
    """A page that an action shows.

    Attributes:
        address: Where it is; empty if it is not an address of the web.
        title: What stands above it.
        framed: Whether it may stand inside a page: it is one of this server's widgets.
    """

    address: str
    title: str
    framed: bool


@dataclass(frozen=True)
class Answer:
    """The answer to a launch, or what an action shows without one; any of the three may be missing.

    Attributes:
        success: Whether the message is good news.
        message: One sentence, or empty.
        form: A form to fill in, or None.
        widget: A page to show, or None.
    """

    success: bool = True
    message: str = ""
    form: Form | None = None
    widget: Widget | None = None


def offers(data: Any) -> list[Offer]:
    """Return the actions in a reply to ``ftrack.action.discover``; what makes no sense is left out."""
    items = data.get("items") if isinstance(data, Mapping) else None
    return [
        Offer(item, _text(item.get("label")) or _text(item.get("actionIdentifier")), _text(item.get("variant")),
              _text(item.get("description")), web_address(item.get("icon")))
        for item in (items if isinstance(items, list) else [])
        if isinstance(item, Mapping) and (item.get("label") or item.get("actionIdentifier"))
    ]  # fmt: skip


def read_answer(data: Any, base_url: str, prefix: str = "item") -> Answer:
    """Return what an action answers.

    Args:
        data: The data of its reply, or of ``ftrack.action.trigger-user-interface``.
        base_url: The server's own address, whose widgets may be framed.
        prefix: What the keys of the form's fields begin with.
    """
    if not isinstance(data, Mapping):
        return Answer(success=bool(data), message="" if isinstance(data, bool) else f"The action answered {data!r}.")
    message = _text(data.get("message"))
    success = bool(data.get("success", True))
    widget = form = None
    if data.get("url") and data.get("type") in ("widget", None):
        widget = _widget(data, base_url)
    elif isinstance(data.get("items"), list):
        form = read_form_data(data, prefix)
    return Answer(success, message, form, widget)


def web_address(value: Any) -> str:
    """Return an address if it is one of the web, else nothing: ftrack also knows icons by names of its own."""
    address = _text(value).strip()
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    return address if parts.scheme in {"http", "https"} and parts.netloc else ""


def origin(address: str) -> str:
    """Return scheme, host and port of an address of the web."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _widget(data: Mapping[str, Any], base_url: str) -> Widget:
    address = web_address(data.get("url"))
    framed = bool(address) and origin(address) == origin(base_url) and urlsplit(address).path.startswith("/widget/")
    return Widget(address, _text(data.get("title")), framed)


def _text(value: Any) -> str:
    return "" if value is None else str(value)
