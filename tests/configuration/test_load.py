from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from callboard.configuration.discovery import load_automations
from callboard.configuration.load import load
from callboard.errors import ConfigurationError
from callboard.registry import registry
from callboard.settings import Settings

SECRETS = {
    "FTRACK_SERVER": "https://studio.ftrackapp.com/",
    "FTRACK_API_USER": "callboard",
    "FTRACK_API_KEY": "key-of-the-test",
}

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        file = tmp_path / "callboard.toml"
        file.write_text(text, "utf-8")
        return file

    return write


@pytest.fixture
def forget() -> Iterator[None]:
    """Automations that a test makes known are unknown after it; the twelve, which are imported once, stay known."""
    load_automations()
    triggers, actions = dict(registry.triggers), dict(registry.actions)
    yield
    registry.triggers.clear()
    registry.triggers.update(triggers)
    registry.actions.clear()
    registry.actions.update(actions)


def problems(path: Path | None, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigurationError) as caught:
        load(path, SECRETS if environ is None else environ)
    return caught.value.problems


def test_the_file_fills_every_table(write: Write) -> None:
    settings = load(
        write("""
        [ftrack]
        server = "https://studio.ftrackapp.com/"
        api_user = "robot"
        api_key = "abc"
        [review_ftrack]
        server = "https://review.ftrackapp.com"
        api_user = "robot"
        api_key = "def"
        [slack]
        token = "xoxb-1"
        default_channel = "#production"
        [slack.people]
        ada = "U123"
        [studio]
        timezone = "Africa/Johannesburg"
        media_roots = ["/data/production"]
        [database]
        url = "postgresql://callboard@db/callboard"
        [dashboard]
        port = 9000
        [automations.create_task_folder]
        retry_for = "2d"
        projects = ["comet"]
        """),
        {},
    )
    assert settings.ftrack.server == "https://studio.ftrackapp.com"
    assert settings.ftrack.api_key.get_secret_value() == "abc"
    assert settings.review_ftrack is not None
    assert settings.review_ftrack.api_key.get_secret_value() == "def"
    assert settings.slack is not None
    assert settings.slack.people == {"ada": "U123"}
    assert settings.database.url == "postgresql://callboard@db/callboard"
    assert settings.dashboard.address == "http://127.0.0.1:9000"
    automation = settings.automation("create_task_folder")
    assert automation.retry_for == timedelta(days=2)
    assert automation.projects == ["comet"]
    assert automation.studio.timezone == "Africa/Johannesburg"


def test_the_environment_alone_is_enough(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    settings = load(None, SECRETS)
    assert settings.ftrack.api_user == "callboard"
    assert settings.review_ftrack is None
    assert settings.slack is None
    assert settings.source is None


def test_the_environment_wins_over_the_file(write: Write) -> None:
    file = write('[ftrack]\nserver = "https://a.b"\napi_user = "file"\napi_key = "k"\n')
    settings = load(file, {"FTRACK_API_USER": "environment", "SLACK_BOT_TOKEN": "xoxb", "CALLBOARD_PASSWORD": "p"})
    assert settings.ftrack.api_user == "environment"
    assert settings.slack is not None
    assert settings.dashboard.password.get_secret_value() == "p"


def test_the_file_in_the_current_folder_is_found(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(write('[studio]\ntimezone = "Europe/Paris"').parent)
    settings = load(None, SECRETS)
    assert settings.studio.timezone == "Europe/Paris"
    assert settings.source == Path("callboard.toml")


def test_three_mistakes_are_named_at_once_with_line_and_fix(write: Write) -> None:
    file = write(
        "[studio]\n"
        'timezone = "Africa/Johanesburg"\n'
        "[dashboard]\n"
        'port = "soon"\n'
        "[automations.create_task_foldr]\n"
        "enabled = true\n"
    )
    timezone, port, table = problems(file)
    assert timezone == (
        f"{file}, line 2: studio.timezone: 'Africa/Johanesburg' is not a time zone; did you mean Africa/Johannesburg?"
    )
    assert port == f"{file}, line 4: dashboard.port must be a whole number, not 'soon'."
    assert table == (
        f"{file}, line 5: automations.create_task_foldr is not an automation; did you mean create_task_folder?"
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[studio]\nmedia_root = []", "line 2: studio.media_root is not a setting; did you mean media_roots?"),
        ("[database]\nx = 1", "line 2: database.x is not a setting; allowed are keep_days, url."),
        ("[databse]\n", "line 1: databse is not a table; did you mean database?"),
        ("ftrack = 3", "line 1: ftrack must be a table: a line [ftrack] with its settings below."),
        ('[ftrack]\nserver = "studio"', "ftrack.server: 'studio' is not a web address; begin it with http:// or"),
        (
            "[studio]\nproject_root = 'data'",
            "line 2: studio.project_root: 'data' is not an absolute path; begin it with /",
        ),
        ("[studio]\nmedia_roots = 'x'", "line 2: studio.media_roots must be a list in square brackets, not 'x'."),
        ("[database]\nkeep_days = 0", "line 2: database.keep_days must be at least 1, not 0."),
        ("[database]\nurl = 'mysql://x'", "line 2: database.url must begin with sqlite:/// or postgresql://."),
        ("[dashboard]\nport = 70000", "line 2: dashboard.port must be at most 65535, not 70000."),
        ("[slack]\n", "line 1: slack.token is missing; set it here or in the environment variable SLACK_BOT_TOKEN."),
        ("[slack]\ntoken='x'\n[slack.people]\nada = 1", "line 4: slack.people.ada must be text in quotes, not 1."),
        ("automations = []", "line 1: automations must hold tables such as [automations.create_task_folder]."),
        (
            "[automations.create_task_folder]\nenabled = 'perhaps'",
            "line 2: automations.create_task_folder.enabled must be true or false, not 'perhaps'.",
        ),
        (
            "[automations.create_task_folder]\nretry_for = 24",
            "line 2: automations.create_task_folder.retry_for: 24 is not a duration; write a number and w, d, h, m or",
        ),
        ("[automations]\ncreate_task_folder = 1", "line 2: automations.create_task_folder must be a table."),
        (
            "[studio]\nautomations = '/nowhere'",
            "studio.automations: folder /nowhere does not exist; create it, or correct the setting.",
        ),
        ("[studio\n", "line 1, column 8: Expected ']'"),
    ],
)
def test_every_mistake_says_where_it_is_and_what_is_allowed(write: Write, text: str, sentence: str) -> None:
    file = write(text)
    environ = {} if "server" in text else SECRETS
    assert any(sentence in problem for problem in problems(file, environ)), problems(file, environ)


def test_a_missing_secret_names_its_environment_variable(write: Write) -> None:
    file = write('[ftrack]\nserver = "https://a.b"\napi_user = "u"\napi_key = ""\n')
    assert problems(file, {}) == [
        f"{file}, line 4: ftrack.api_key is missing; set it here or in the environment variable FTRACK_API_KEY."
    ]


def test_a_mistake_in_the_environment_names_the_variable(write: Write) -> None:
    [problem] = problems(write(""), SECRETS | {"FTRACK_SERVER": "nonsense"})
    assert problem.startswith("environment variable FTRACK_SERVER: ftrack.server: 'nonsense' is not a web address")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.4", "callboard.studio.lan", "::"])  # noqa: S104 - that is the point
def test_a_dashboard_that_others_can_reach_needs_a_password(write: Write, host: str) -> None:
    file = write(f'[dashboard]\nhost = "{host}"\n')
    [problem] = problems(file)
    assert "dashboard: password is missing" in problem
    assert load(file, SECRETS | {"CALLBOARD_PASSWORD": "p"}).dashboard.host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "localhost"])
def test_a_dashboard_on_loopback_needs_none(write: Write, host: str) -> None:
    assert load(write(f'[dashboard]\nhost = "{host}"\n'), SECRETS).dashboard.host == host


def test_no_file_no_environment_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert problems(None, {})[0] == (
        "no callboard.toml here or in /etc: ftrack.server is missing; "
        "set it here or in the environment variable FTRACK_SERVER."
    )


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    missing = tmp_path / "no.toml"
    assert problems(missing) == [f"{missing} does not exist; `callboard init {missing}` writes one."]
    binary = tmp_path / "binary.toml"
    binary.write_bytes(b"\xff\xfe")
    assert problems(binary) == [f"{binary} is not UTF-8 text (byte 0)."]
    assert problems(tmp_path) == [f"{tmp_path} cannot be read (Is a directory)."]


def test_secrets_are_shown_nowhere(write: Write) -> None:
    secrets = SECRETS | {"SLACK_BOT_TOKEN": "xoxb-topsecret", "CALLBOARD_PASSWORD": "topsecret-too"}
    shown = repr(load(write(""), secrets)) + str(load(write(""), secrets).model_dump())
    assert "key-of-the-test" not in shown
    assert "topsecret" not in shown
    file = write('[ftrack]\napikey = "topsecret"\napi_key = ["topsecret"]\n[slack]\ntoken = 3456789\n')
    listed = "\n".join(problems(file, {}))
    assert "topsecret" not in listed
    assert "3456789" not in listed


def test_a_relative_database_lies_beside_the_file(write: Write, tmp_path: Path) -> None:
    assert load(write(""), SECRETS).database.url == f"sqlite:///{tmp_path}/callboard.db"
    assert load(write('[database]\nurl = "sqlite:////srv/x.db"'), SECRETS).database.url == "sqlite:////srv/x.db"


def test_the_studios_own_automations_are_known(write: Write, tmp_path: Path, forget: None) -> None:
    folder = tmp_path / "studio"
    folder.mkdir()
    (folder / "greet.py").write_text(
        "from pydantic import Field\n"
        "from callboard import AutomationSettings, Skip, on_created\n"
        "class GreetSettings(AutomationSettings):\n"
        "    word: str = Field(default='hello', description='What to say.')\n"
        "@on_created('Task', settings=GreetSettings)\n"
        "def greet_everybody(change, settings):\n"
        '    """Greet."""\n'
        "    yield Skip(reason=settings.word)\n"
    )
    (folder / "_helper.py").write_text("raise RuntimeError('is not imported by itself')\n")
    file = write("[studio]\nautomations = 'studio'\n[automations.greet_everybody]\nword = 'hi'\n")
    for _ in range(2):
        assert load(file, SECRETS).automation("greet_everybody").word == "hi"


def test_a_broken_automation_of_the_studio_is_named_with_its_line(write: Write, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import callboard\nnonsense\n")
    (tmp_path / "wrong.py").write_text("def x(:\n")
    first, second = problems(write(f"[studio]\nautomations = '{tmp_path}'\n"))
    assert first == f"{tmp_path}/broken.py, line 2: NameError: name 'nonsense' is not defined."
    assert second.startswith(f"{tmp_path}/wrong.py, line 1: SyntaxError: invalid syntax")


def test_an_automation_that_is_off_says_why(write: Write) -> None:
    settings: Settings = load(write("[automations.create_task_folder]\nenabled = false\n"), SECRETS)
    assert settings.why_off("create_task_folder") == (
        "create_task_folder is turned off in [automations.create_task_folder]."
    )
    assert settings.why_off("status_handler", ("slack",)) == (
        "status_handler is off, because the configuration has no [slack]."
    )
    assert settings.why_off("assign_task_status") is None
