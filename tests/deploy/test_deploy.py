"""The recipes of ``deploy/``, as far as they can be tried without the tools they are for."""

from __future__ import annotations

import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

DEPLOY = Path(__file__).parents[2] / "deploy"
ROOT = DEPLOY.parent


def documents(name: str) -> list[dict[str, Any]]:
    return [each for each in yaml.safe_load_all((DEPLOY / name).read_text("utf-8")) if each]


def test_systemd_understands_the_unit(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not on this machine; the unit was not verified")
    unit = (DEPLOY / "systemd" / "callboard.service").read_text()
    # It looks for the program, which a studio has in another place than this machine.
    (tmp_path / "callboard.service").write_text(
        unit.replace("/opt/callboard/bin/callboard", shutil.which("true") or "")
    )
    done = subprocess.run(
        ["systemd-analyze", "verify", str(tmp_path / "callboard.service")], capture_output=True, text=True, check=False
    )
    said = [line for line in done.stderr.splitlines() if "callboard" in line]
    assert said == []


def test_the_unit_says_what_the_server_does() -> None:
    unit = (DEPLOY / "systemd" / "callboard.service").read_text()
    assert {"Type=notify", "WatchdogSec=60", "ProtectSystem=strict", "NoNewPrivileges=yes"} <= set(unit.split("\n"))


@pytest.mark.parametrize("path", sorted(DEPLOY.rglob("Containerfile")), ids=lambda path: str(path.relative_to(DEPLOY)))
def test_an_image_is_not_roots_and_copies_what_exists(path: Path) -> None:
    recipe = path.read_text()
    users = re.findall(r"^USER (\w+)$", recipe, re.MULTILINE)
    assert users
    assert "root" not in users
    assert "HEALTHCHECK" in recipe
    for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", recipe, re.MULTILINE):
        for source in sources.split():
            assert (ROOT / source).exists(), source


def test_compose_runs_two_servers_that_wait_for_their_database() -> None:
    [compose] = documents("compose/compose.yaml")
    servers = [compose["services"][name] for name in ("first", "second")]
    for server in servers:
        assert server["depends_on"]["database"]["condition"] == "service_healthy"
        assert server["read_only"] is True
        assert (ROOT / "deploy" / "compose" / server["build"]["context"]).resolve() == ROOT
        assert (ROOT / server["build"]["dockerfile"]).is_file()


def test_kubernetes_runs_them_with_as_little_as_they_need() -> None:
    configuration, deployment = documents("kubernetes/callboard.yaml")
    tomllib.loads(configuration["data"]["callboard.toml"])
    spec = deployment["spec"]["template"]["spec"]
    [container] = spec["containers"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    mounted = {each["name"] for each in container["volumeMounts"]}
    assert mounted == {each["name"] for each in spec["volumes"]}
    labels = deployment["spec"]["selector"]["matchLabels"]
    assert labels == deployment["spec"]["template"]["metadata"]["labels"]
