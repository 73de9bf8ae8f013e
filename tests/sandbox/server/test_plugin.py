"""The pytest plugin, as other projects use it."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from ftrack_sandbox.testing import SandboxFactory, SandboxServer

pytest_plugins = ["pytester"]


def project_names(server: SandboxServer) -> set[str]:
    return {project["name"] for project in server.session().query("select name from Project")}


def test_two_servers_know_nothing_of_each_other(ftrack_sandbox_factory: SandboxFactory) -> None:
    one, two = ftrack_sandbox_factory("studio"), ftrack_sandbox_factory("studio")
    session = one.session()
    schema = session.query("ProjectSchema").first()
    session.create("Project", {"name": "alone", "full_name": "alone", "project_schema": schema})
    session.commit()
    assert project_names(one) == {"alone"}
    assert project_names(two) == set()


def test_seeds_can_be_chosen(ftrack_sandbox_factory: SandboxFactory) -> None:
    assert project_names(ftrack_sandbox_factory("demo"))
    assert not project_names(ftrack_sandbox_factory("empty"))


def test_a_stopped_server_continues_where_it_ended(ftrack_sandbox: SandboxServer) -> None:
    url, names = ftrack_sandbox.url, project_names(ftrack_sandbox)
    ftrack_sandbox.stop()
    ftrack_sandbox.start()
    assert (ftrack_sandbox.url, project_names(ftrack_sandbox)) == (url, names)


def test_the_environment_is_what_the_official_client_reads(
    ftrack_sandbox_session: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    import ftrack_api

    for name, value in ftrack_sandbox_session.environment.items():
        monkeypatch.setenv(name, value)
    session = ftrack_api.Session(schema_cache_path=False)
    assert session.query("User").first()
    session.close()


def test_another_project_can_use_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("""
        def test_one(ftrack_sandbox):
            assert ftrack_sandbox.session().query("Project").first()
    """)
    pytester.runpytest_subprocess("-W", "ignore::DeprecationWarning").assert_outcomes(passed=1)


def test_the_plugin_itself_imports_nothing_heavy() -> None:
    heavy = "{'av', 'PIL', 'ftrack_api', 'pydantic', 'starlette', 'uvicorn', 'requests'}"
    script = f"import sys, ftrack_sandbox.testing; print(sorted({heavy} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
