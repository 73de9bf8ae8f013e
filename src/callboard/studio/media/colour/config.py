"""The OpenColorIO config that a studio works with, and the names in it."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from callboard.errors import Refused

if TYPE_CHECKING:
    import PyOpenColorIO

#: The config without a setting and without ``$OCIO``: the ACES config that OpenColorIO carries.
BUILT_IN = "ocio://default"
#: The display without a setting: what browsers and most desks show.
DISPLAY = "sRGB"
#: From which likeness, of 1, a name may have been meant.
_ALIKE = 0.6


@dataclass(frozen=True)
class ColourSettings:
    """The colour settings of a studio.

    Attributes:
        config: A config's file, or a built-in one such as ``ocio://default``; empty: ``$OCIO``, else the built-in one.
        spaces: Ending of files (``.exr``), with the colour space that is in them.
        display: Name of the display; empty: sRGB.
        view: Name of the display's view; empty: the config's default.
    """

    config: str = ""
    spaces: tuple[tuple[str, str], ...] = ()
    display: str = ""
    view: str = ""

    @property
    def address(self) -> str:
        """The config's file or address, wherever it was set."""
        return self.config or os.environ.get("OCIO", "") or BUILT_IN


def load_config(settings: ColourSettings) -> PyOpenColorIO.Config:
    """Return the studio's config.

    Raises:
        Refused: It cannot be read.
    """
    address = settings.address
    try:
        changed = 0 if address.startswith("ocio://") else Path(address).stat().st_mtime_ns
        return _load(address, changed)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise Refused(
            f"The OpenColorIO config {address} cannot be read ({reason}); correct {_origin(settings)}."
        ) from error


@lru_cache(maxsize=4)
def _load(address: str, changed: int) -> PyOpenColorIO.Config:  # noqa: ARG001 - a changed file is another config
    import PyOpenColorIO

    try:
        return PyOpenColorIO.Config.CreateFromFile(address)
    except failures() as error:
        raise ValueError(first_line(error)) from error


def _origin(settings: ColourSettings) -> str:
    return "studio.ocio" if settings.config else "the environment variable OCIO"


def failures() -> tuple[type[Exception], ...]:
    """Return what OpenColorIO raises; a file that a config names and that is gone is apart from the rest."""
    import PyOpenColorIO

    return PyOpenColorIO.Exception, PyOpenColorIO.ExceptionMissingFile


def first_line(error: Exception) -> str:
    """Return what a library's error says, as part of a sentence."""
    return str(error).strip().partition("\n")[0].rstrip(". ") or "it gives no reason"


def find_space(config: PyOpenColorIO.Config, name: str, setting: str) -> str:
    """Return a colour space's own name.

    Args:
        config: Where it is looked for.
        name: Its name, one of its other names, or a role.
        setting: Where the name was written, for the refusal.

    Raises:
        Refused: The config has none of that name.
    """
    space = config.getColorSpace(name)
    if space is None:
        known = [alias for each in config.getColorSpaces() for alias in (each.getName(), *each.getAliases())]
        raise Refused(f"{setting}: the OpenColorIO config has no colour space {name!r}; {nearest(name, known)}.")
    return str(space.getName())


def find_display(config: PyOpenColorIO.Config, settings: ColourSettings) -> str:
    """Return the display's own name.

    Raises:
        Refused: The config has none of that name.
    """
    displays = list(config.getDisplays())
    wanted = (settings.display or DISPLAY).casefold()
    for fits in (str.__eq__, str.startswith):
        for display in displays:
            if fits(display.casefold(), wanted):
                return str(display)
    if not settings.display:
        return str(config.getDefaultDisplay())
    near = nearest(settings.display, displays)
    raise Refused(f"display: the OpenColorIO config has no display {settings.display!r}; {near}.")


def find_view(config: PyOpenColorIO.Config, settings: ColourSettings, display: str) -> str:
    """Return the view's own name, or the default view of a display.

    Raises:
        Refused: The display has none of that name.
    """
    if not settings.view:
        return str(config.getDefaultView(display))
    views = list(config.getViews(display))
    for view in views:
        if view.casefold() == settings.view.casefold():
            return str(view)
    raise Refused(f"view: the display {display} has no view {settings.view!r}; {nearest(settings.view, views)}.")


def nearest(name: str, known: Iterable[str]) -> str:
    """Return which known names a wrong one is most like, as the rest of a sentence without its full stop."""

    def likeness(other: str) -> tuple[float, float]:
        # Names are long, and people remember a word or two of them.
        words = other.casefold().split()
        found = [max(_ratio(word, each) for each in words) for word in name.casefold().split()]
        return sum(found) / max(1, len(found)), _ratio(name.casefold(), other.casefold())

    names = sorted(known, key=likeness, reverse=True)[:3]
    if names and max(likeness(names[0])) > _ALIKE:
        return "the nearest are " + ", ".join(names)
    return "it has " + ", ".join(names)


def _ratio(one: str, other: str) -> float:
    return difflib.SequenceMatcher(None, one, other).ratio()


def find_mistakes(settings: ColourSettings) -> list[tuple[str, str]]:
    """Return the wrong settings, each with a sentence; what ``callboard check`` says about colour."""
    try:
        config = load_config(settings)
    except Refused as error:
        return [("ocio", str(error))]
    found = []
    for ending, name in settings.spaces:
        try:
            find_space(config, name, f"colour_spaces {ending}")
        except Refused as error:
            found.append(("colour_spaces", str(error)))
    try:
        display = find_display(config, settings)
    except Refused as error:
        return [*found, ("display", str(error))]
    try:
        find_view(config, settings, display)
    except Refused as error:
        found.append(("view", str(error)))
    return found
