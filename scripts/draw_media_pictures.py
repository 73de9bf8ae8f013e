"""Draws the pictures of docs/media.md: a slate bar, a slate frame and a marked frame, as Upload Media makes them."""

from __future__ import annotations

import tempfile
from pathlib import Path

import av
import numpy as np
import OpenImageIO

from callboard import media

PICTURES = Path(__file__).parents[1] / "docs" / "media"
SIZE = (640, 360)
SLATE = media.Slate(
    line="HERON | SH010 | Compositing | v003 | José Müller",
    date="2026-11-27",
    rows=(
        ("Project", "HERON"),
        ("Shot", "SH010"),
        ("Task", "Compositing"),
        ("Version", "v003"),
        ("Artist", "José Müller"),
        ("Date", "2026-11-27"),
        ("Frames", "1001 to 1004 (4)"),
        ("Rate", "24 frames per second"),
        ("Colour", "ACEScg to sRGB - Display, ACES 2.0 - SDR 100 nits (Rec.709)"),
    ),
    note="Highlights on the water softened, edge of the wing fixed.",
    has_frame=True,
)


def main() -> None:
    """Publish a sequence with a gap, and keep three frames of the movie."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in (1001, 1002, 1004):
            write_frame(folder / f"SH010_comp_v003.{number}.exr", number - 1001)
        colour = media.ColourSettings(spaces=((".exr", "ACEScg"),))
        found = media.probe(f"{folder}/SH010_comp_v003.####.exr", [name], missing="mark", colour=colour)
        made = media.make_reviewable(found, folder, slate=SLATE)
        with av.open(str(made.file)) as movie:
            frames = [frame.to_image() for frame in movie.decode(video=0)]
    PICTURES.mkdir(exist_ok=True)
    for place, picture in ((0, "slate-frame"), (1, "slate-bar"), (3, "marked-frame")):
        frames[place].quantize(64).save(PICTURES / f"{picture}.png", optimize=True)


def write_frame(path: Path, step: int) -> None:
    """Write a picture in scene-linear light: a lamp over water, far brighter than white."""
    width, height = SIZE
    x, y = np.meshgrid(np.linspace(-1.6, 1.6, width), np.linspace(-0.9, 0.9, height))
    sky = np.stack([0.05 + 0.1 * (y + 1), 0.12 + 0.12 * (y + 1), 0.3 + 0.1 * (y + 1)], -1)
    lamp = 40 * np.exp(-80 * ((x - 0.4 - 0.05 * step) ** 2 + (y + 0.25) ** 2))[..., None] * (1.0, 0.6, 0.25)
    water = np.where(y > 0.3, 0.4 + 0.3 * np.sin(60 * y + 9 * x + step), 1.0)[..., None]
    spec = OpenImageIO.ImageSpec(width, height, 3, "half")
    output = OpenImageIO.ImageOutput.create(str(path))
    output.open(str(path), spec)
    output.write_image(((sky + lamp) * water).astype(np.float32))
    output.close()


if __name__ == "__main__":
    main()
