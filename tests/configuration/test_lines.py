from __future__ import annotations

import pytest

from callboard.configuration.lines import line_of

TEXT = """\
# a comment with key = 1
top = 1
[studio]  # where
timezone = "UTC"
media_roots = [
    "/a",
]
[slack.people]
"ada.l" = "U1"
[[many]]
x = 1
automations.deep.key = 2
"""


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("top",), 2),
        (("studio",), 3),
        (("studio", "timezone"), 4),
        (("studio", "media_roots", "0"), 5),
        (("studio", "absent"), 3),
        (("slack", "people", "ada.l"), 8),
        (("many", "0", "x"), 10),
        (("many", "automations", "deep", "key"), 12),
        (("nowhere",), None),
    ],
)
def test_a_key_stands_on_its_line(key: tuple[str, ...], line: int | None) -> None:
    assert line_of(TEXT, key) == line
