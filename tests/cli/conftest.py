"""Commands are run in the test's own process, which is quick; a few tests start the real one."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from callboard.cli import main


@dataclass(frozen=True)
class Answer:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


Command = Callable[..., Answer]


@pytest.fixture
def callboard(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """``callboard("runs", "--json")`` runs the command."""

    def command(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["callboard", *(str(argument) for argument in arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        code = ended.value.code
        return Answer(code if isinstance(code, int) else 0, said.out, said.err)

    return command


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty current folder, and no ftrack in the environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("FTRACK_SERVER", "FTRACK_API_USER", "FTRACK_API_KEY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(f"REVIEW_{name}", raising=False)
    for name in ("SLACK_BOT_TOKEN", "CALLBOARD_PASSWORD", "CALLBOARD_DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def configured(here: Path) -> Path:
    """A valid configuration in the current folder, of an ftrack that is away."""
    file = here / "callboard.toml"
    file.write_text('[ftrack]\nserver = "http://127.0.0.1:9"\napi_user = "callboard"\napi_key = "the-secret-key"\n')
    file.chmod(0o600)
    return file
