"""The examples of docs/writing-an-automation.md work as they stand there."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PAGE = Path(__file__).parent.parent / "docs" / "writing-an-automation.md"


def test_the_examples_pass_their_own_tests(tmp_path: Path) -> None:
    blocks = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    names = ["tell_omitted.py", "test_tell_omitted.py", "set_priority.py", "test_set_priority.py"]
    for name, block in zip(names, blocks, strict=True):
        (tmp_path / name).write_text(block)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "2 passed" in done.stdout, done.stdout + done.stderr
