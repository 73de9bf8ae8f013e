"""The page about writes names tests that exist."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = (HERE.parents[2] / "docs" / "sandbox" / "writing.md").read_text()


def test_every_test_that_the_page_names_exists() -> None:
    named = re.findall(r"`(test_\w+\.py)(?:::(test_\w+))?`", PAGE)
    assert named
    for file_name, test in named:
        text = (HERE / file_name).read_text()
        assert not test or f"def {test}(" in text
