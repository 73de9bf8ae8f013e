"""The choice of a picture's colour transform: by its file, the config's rules about its name, and the settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

from callboard.studio.media.colour.config import (
    ColourSettings,
    failures,
    find_display,
    find_space,
    find_view,
    load_config,
)

if TYPE_CHECKING:
    import PyOpenColorIO

#: OpenColorIO's own rule for a config's colour space that is named in the path.
_NAMED_IN_PATH = "ColorSpaceNamePathSearch"
_ANY = "*"
#: What files hold by their nature: light of the scene, a film's or a camera's logarithm of it, or what is shown.
Kind = Literal["linear", "log", "display"]


@dataclass(frozen=True)
class Transform:
    """A colour transform that a picture is shown through.

    Attributes:
        config: The config's file or address.
        space: The colour space of the picture.
        display: The display that it is shown on.
        view: The view of that display.
        is_linear: Whether the space holds light as it was in the scene, in proportion.
    """

    config: str
    space: str
    display: str
    view: str
    is_linear: bool

    @property
    def text(self) -> str:
        """The transform's name in runs, Jobs and slates."""
        return f"{self.space} to {self.display}, {self.view}"


def choose_transform(path: str, kind: Kind, settings: ColourSettings, header: str = "") -> Transform | None:
    """Return what a picture is shown through, or None where it is shown as it is.

    The first that says something decides: the file's header, a rule of the config about names like this, the setting of
    the ending, a rule of the config about the ending alone, and for linear files the config's scene-linear space. Files
    that are display-referred by their nature follow the setting alone.

    Args:
        path: The file.
        kind: What files like this hold by their nature.
        settings: The studio's.
        header: Name of a colour space that the file itself gives; one that the config does not have is passed over.

    Raises:
        Refused: A name in the settings is not in the config, or the config cannot be read.
    """
    ending = PurePath(path).suffix.lower()
    setting = dict(settings.spaces).get(ending, "")
    if kind == "display" and not setting:
        return None
    config = load_config(settings)
    by_name, by_ending = ("", "") if kind == "display" else _by_rules(config, path)
    if header and kind != "display" and config.getColorSpace(header) is not None:
        space = find_space(config, header, "the file")
    elif setting and not by_name:
        space = find_space(config, setting, f"colour_spaces {ending}")
    else:
        space = by_name or by_ending or (_linear(config) if kind == "linear" else "")
    if not space or config.getColorSpace(space).isData():
        return None
    display = find_display(config, settings)
    view = find_view(config, settings, display)
    return Transform(settings.address, space, display, view, _is_linear(config, space))


def _by_rules(config: PyOpenColorIO.Config, path: str) -> tuple[str, str]:
    """Return the colour space that the config's rules give for such a name, and the one for its ending."""
    try:
        name, index = config.getColorSpaceFromFilepath(path)
        rules = config.getFileRules()
        is_default = index == rules.getNumEntries() - 1
        if is_default or config.getColorSpace(name) is None:
            return "", ""
        space = str(config.getColorSpace(name).getName())
        is_ending = (
            rules.getName(index) != _NAMED_IN_PATH and not rules.getRegex(index) and (rules.getPattern(index) == _ANY)
        )
    except failures():
        return "", ""
    return ("", space) if is_ending else (space, "")


def _linear(config: PyOpenColorIO.Config) -> str:
    for role in ("scene_linear", "rendering", "reference", "default"):
        if config.hasRole(role):
            return str(config.getColorSpace(role).getName())
    return find_space(config, "scene_linear", "the role scene_linear")


def _is_linear(config: PyOpenColorIO.Config, space: str) -> bool:
    import PyOpenColorIO

    try:
        return bool(config.isColorSpaceLinear(space, PyOpenColorIO.REFERENCE_SPACE_SCENE))
    except failures():
        return False
