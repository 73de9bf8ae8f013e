"""The project and the people of the story; the people are those of the sandbox's studio."""

from __future__ import annotations

PROJECT = "comet"

PRODUCER = "nadia.okoro"
SUPERVISOR = "tomas.lindgren"
ANIMATOR = "ines.marques"
LIGHTER = "yuki.tanaka"
