"""Invented people in place of the real ones: the same person always becomes the same invented one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

_FIRST: Final = (
    *("Abel", "Alma", "Amara", "Anders", "Bela", "Carmen", "Cleo", "Dario", "Edda", "Elif", "Emil", "Farah", "Felix"),
    *("Gita", "Hana", "Henrik", "Ines", "Ivo", "Jonas", "Kaito", "Kira", "Lale", "Leon", "Lina", "Malik", "Mira"),
    *("Nadia", "Noa", "Omar", "Otto", "Paola", "Quinn", "Rafa", "Rosa", "Sami", "Selma", "Tarek", "Thea", "Uma"),
    *("Viktor", "Wanda", "Yara", "Yusuf", "Zora"),
)
_LAST: Final = (
    *("Abara", "Adler", "Amado", "Bakker", "Berg", "Cruz", "Dahl", "Duarte", "Ek", "Farkas", "Fuchs", "Garcia"),
    *("Haddad", "Holm", "Ito", "Jansen", "Kaya", "Keller", "Khan", "Lind", "Lopes", "Marin", "Mbeki", "Moreau"),
    *("Nagy", "Novak", "Okafor", "Olsen", "Park", "Petrov", "Quist", "Reyes", "Rossi", "Sato", "Silva", "Tanaka"),
    *("Torres", "Urban", "Vega", "Vogel", "Weber", "Yamada", "Zeman"),
)
_ADDRESS: Final = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
#: Attributes that hold what people wrote.
_TEXTS: Final = {
    "Note": ("content",),
    "AssetVersion": ("comment",),
    "ReviewSession": ("description",),
    "ReviewSessionObject": ("description",),
    "Timelog": ("comment",),
}
#: Keys of a note's metadata that name who wrote it.
_NAMING: Final = re.compile(r"name|e-?mail", re.IGNORECASE)


class Pseudonyms:
    """Replaces names, e-mail addresses and portraits.

    Args:
        users: The real users, with ``first_name``, ``last_name`` and ``email``: where texts name them, the invented
            name stands afterwards.
    """

    def __init__(self, users: Iterable[Mapping[str, Any]]) -> None:
        self._names: dict[str, str] = {}
        for user in users:
            full = f"{user.get('first_name') or ''} {user.get('last_name') or ''}".strip()
            if " " in full:
                invented = " ".join(_name(str(user["id"])))
                self._names |= {full: invented, full.casefold(): invented}
        found = sorted(map(re.escape, self._names), key=len, reverse=True)
        self._full_names = re.compile(rf"\b(?:{'|'.join(found)})\b", re.IGNORECASE) if found else None

    def apply(self, type_name: str, values: dict[str, Any]) -> dict[str, Any] | None:
        """Return a row as it is kept; None when it is about a person and nothing but.

        Args:
            type_name: The row's type.
            values: By attribute.
        """
        if type_name == "User":
            first, last = _name(str(values["id"]))
            mark = _digest(str(values["id"]))[:4]
            username = f"{first}.{last}.{mark}".lower()
            invented = {"first_name": first, "last_name": last, "username": username, "thumbnail_id": None}
            return {**values, **invented, "email": f"{username}@example.com"}
        if type_name == "ReviewSessionInvitee":
            # The same client is invited to many sessions.
            first, last = _name(str(values.get("email") or values["id"]).casefold())
            return {**values, "name": f"{first} {last}", "email": f"{first}.{last}@client.example.com".lower()}
        if type_name == "Metadata" and values.get("parent_type") == "User":
            return None
        if type_name == "UserCustomAttributeValue":
            return None
        if type_name == "Metadata" and values.get("value") and _NAMING.search(str(values["key"])):
            return {**values, "value": " ".join(_name(str(values["value"]).casefold()))}
        texts = {name: self._text(values[name]) for name in _TEXTS.get(type_name, ()) if values.get(name)}
        return {**values, **texts}

    def _text(self, text: str) -> str:
        text = _ADDRESS.sub(lambda found: f"{'.'.join(_name(found[0].casefold()))}@example.com".lower(), text)
        if self._full_names is None:
            return text
        return self._full_names.sub(self._invented, text)

    def _invented(self, found: re.Match[str]) -> str:
        # A few letters have no lower case of their own: then any invented name is better than the real one.
        name = found[0]
        return self._names.get(name) or self._names.get(name.casefold()) or " ".join(_name(name.casefold()))


def _name(identity: str) -> tuple[str, str]:
    number = int(_digest(identity), 16)
    return _FIRST[number % len(_FIRST)], _LAST[number // len(_FIRST) % len(_LAST)]


def _digest(identity: str) -> str:
    return hashlib.sha256(identity.encode()).hexdigest()
