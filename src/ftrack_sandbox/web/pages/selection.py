"""The selection that actions work on: in the words of the hub, and with its names for people."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ftrack_sandbox.errors import ValidationError
from ftrack_sandbox.web.pages.client import Client, Entity, quoted

#: Type at the hub -> type of the API, and what its name is made of.
_TYPES: Final = {
    "task": ("TypedContext", "link"),
    "show": ("Project", "full_name"),
    "assetversion": ("AssetVersion", "link"),
    "asset": ("Asset", "name"),
    "list": ("List", "name"),
    "reviewsession": ("ReviewSession", "name"),
    "user": ("User", "username"),
}
_MOST = 1000
_ON = re.compile(r"([a-z]+):([0-9A-Za-z_.-]{1,64})", re.ASCII)


@dataclass(frozen=True)
class Selected:
    """A selected entity.

    Attributes:
        hub_type: Its type as events name it: ``task`` for every typed context, ``show``, ``assetversion``, ``list``.
        id: Its id.
        name: Its name for people.
    """

    hub_type: str
    id: str
    name: str

    @property
    def address(self) -> str:
        """The address of its page; of a user, that of their jobs."""
        return "/jobs" if self.hub_type == "user" else f"/entity/{self.hub_type}/{self.id}"


def read_selection(client: Client, given: Sequence[str]) -> list[Selected]:
    """Return what was selected, in its order.

    Args:
        client: Reads the names.
        given: ``TYPE:ID`` each, with the hub's types.

    Raises:
        ValidationError: Nothing was selected, too much, or what is not there.
    """
    matches = [_ON.fullmatch(each) for each in dict.fromkeys(given)]
    wanted = [(match[1], match[2]) for match in matches if match is not None and match[1] in _TYPES]
    if not wanted or len(wanted) < len(matches):
        raise ValidationError("Select what an action is to work on, then choose Actions.")
    if len(wanted) > _MOST:
        raise ValidationError(f"Select at most {_MOST} entities, not {len(wanted)}.")
    names: dict[tuple[str, str], str] = {}
    for hub_type in {each for each, _ in wanted}:
        api_type, attribute = _TYPES[hub_type]
        listed = ", ".join(quoted(entity_id) for each, entity_id in wanted if each == hub_type)
        for entity in client.query(f"select {attribute} from {api_type} where id in ({listed})"):
            names[hub_type, entity["id"]] = _name(entity, attribute)
    if len(names) < len(wanted):
        raise ValidationError("Some of what was selected is no longer there; reload the page and select again.")
    return [Selected(hub_type, entity_id, names[hub_type, entity_id]) for hub_type, entity_id in wanted]


def _name(entity: Entity, attribute: str) -> str:
    value = entity[attribute]
    if attribute != "link":
        return str(value or entity["id"])
    steps = [step["name"] for step in value]
    return " / ".join(steps[1:] or steps)
