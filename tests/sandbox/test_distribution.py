"""The sandbox is a distribution of its own: nothing of Callboard, and media only where they are installed."""

from __future__ import annotations

import importlib.metadata
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from tests.imports.source import imports, modules
from typer.testing import CliRunner

from ftrack_sandbox.cli import cli

ROOT = Path(__file__).parents[2]
ALONE = ROOT / "packaging" / "ftrack-sandbox"
#: What the sandbox imports only where it is needed, with a sentence where it is missing; pytest runs the plugin.
LAZY = {"av", "PIL", "ftrack_api", "pytest", "OpenImageIO"}


def project(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text("utf-8"))["project"]
    return content


def name(requirement: str) -> str:
    return requirement.partition(">")[0].partition("[")[0]


def test_its_dependencies_are_the_roots() -> None:
    root, alone = project(ROOT), project(ALONE)
    known = {*root["dependencies"], *root["optional-dependencies"]["sandbox"]}
    wanted = [*alone["dependencies"], *(each for extra in alone["optional-dependencies"].values() for each in extra)]
    assert set(wanted) <= known
    assert {name(each) for each in root["optional-dependencies"]["sandbox"]} <= {name(each) for each in wanted}
    assert (alone["version"], alone["requires-python"]) == (root["version"], root["requires-python"])
    assert alone["scripts"].items() <= root["scripts"].items()
    assert alone["entry-points"] == root["entry-points"]
    assert (ALONE / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_it_imports_what_it_depends_on_and_nothing_else() -> None:
    provided = importlib.metadata.packages_distributions()
    own = {name(each) for each in project(ALONE)["dependencies"]} | {"click", "markupsafe"}  # typer's and jinja2's own
    for module, path in (modules("callboard_pages") | modules("ftrack_sandbox")).items():
        for imported in {each.partition(".")[0] for each in imports(path, checking=False)}:
            if imported in sys.stdlib_module_names or imported in OURS or imported in LAZY:
                continue
            assert own & {each.lower() for each in provided.get(imported, [imported])}, f"{module} imports {imported}"


#: The packages that the distribution contains.
OURS = {"callboard_pages", "ftrack_sandbox"}

SERVER = """
import sys

class Missing:
    def find_spec(self, module, path=None, target=None):
        if module.partition(".")[0] in {missing}:
            raise ModuleNotFoundError(f"No module named {{module!r}}", name=module)

sys.meta_path.insert(0, Missing())
from pathlib import Path
import requests
from ftrack_sandbox.sandbox import Sandbox
from ftrack_sandbox.server import ServerThread

server = ServerThread(Sandbox(Path(sys.argv[1]), seed="empty", api_key="key"))
server.start()
headers = {{"ftrack-user": "admin", "ftrack-api-key": "key"}}
batch = [
    {{"action": "query", "expression": "select name from Shot limit 1"}},
    {{"action": "create", "entity_type": "FileComponent", "entity_data": {{"id": "c1", "name": "main"}}}},
]
print(len(requests.post(f"{{server.url}}/api", json=batch, headers=headers).json()))
encode = [{{"action": "encode_media", "component_id": "c1"}}]
print(requests.post(f"{{server.url}}/api", json=encode, headers=headers).json()["content"])
print(requests.get(f"{{server.url}}/img/thumbnail2.png").headers["content-type"])
server.stop()
"""


@pytest.mark.parametrize(("missing", "library"), [("av", "PyAV"), ("PIL", "Pillow")])
def test_it_runs_without_callboard_and_says_what_media_need(tmp_path: Path, missing: str, library: str) -> None:
    away = {missing, "callboard", "numpy", "sqlalchemy", "slack_sdk", "ftrack_api", "fileseq", "OpenImageIO"}
    script = SERVER.format(missing=sorted(away))
    result = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert result.returncode == 0, result.stderr
    answers = result.stdout.splitlines()
    assert answers[0] == "2"
    assert answers[1] == f"encode_media needs {library}, which is not installed: pip install 'ftrack-sandbox[media]'."
    assert answers[2] == "image/png"


def test_the_recipe_of_the_image_copies_what_there_is_and_starts_what_there_is() -> None:
    recipe = (ROOT / "deploy" / "ftrack-sandbox" / "Containerfile").read_text("utf-8")
    copied = {
        Path(word).name for line in re.findall(r"^COPY (.*)$", recipe, re.MULTILINE) for word in line.split()[:-1]
    }
    for line in re.findall(r"^COPY (.*)$", recipe, re.MULTILINE):
        for source in line.split()[:-1]:
            assert (ROOT / source).exists(), source
    built = tomllib.loads((ALONE / "pyproject.toml").read_text("utf-8"))
    files = [built["project"]["readme"], *built["project"]["license-files"], "pyproject.toml"]
    packages = built["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    assert {*files, *(Path(package).name for package in packages)} == copied
    [command] = re.findall(r"^ENTRYPOINT (\[.*\])$", recipe, re.MULTILINE)
    program, verb, *options = json.loads(command)
    assert program in built["project"]["scripts"]
    help_text = CliRunner().invoke(cli, [verb, "--help"], env={"COLUMNS": "200"}).stdout
    assert all(option in help_text for option in options if option.startswith("--"))
