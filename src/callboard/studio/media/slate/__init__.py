"""The slate: the bar at the foot of each picture, the frame before the first one, and the marks of missing frames."""

from callboard.studio.media.slate.bar import SlateBurner
from callboard.studio.media.slate.card import draw_mark, draw_slate_frame
from callboard.studio.media.slate.content import Slate

__all__ = ["Slate", "SlateBurner", "draw_mark", "draw_slate_frame"]
