"""Who and what the story is about; the people are those of the sandbox's studio."""

from __future__ import annotations

PROJECT = "comet"

PRODUCER = "nomsa"
SUPERVISOR = "yuki"
ANIMATOR = "amara"
LIGHTER = "leila"
