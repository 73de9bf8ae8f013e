"""The sandbox is a distribution of its own: nothing of Callboard, and media only where they are installed."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
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


PAGES = """
import sys
from pathlib import Path
import requests
import callboard_pages, ftrack_sandbox
from ftrack_sandbox.sandbox import Sandbox
from ftrack_sandbox.server import ServerThread

assert all(Path(each.__file__).is_relative_to(sys.argv[1]) for each in (callboard_pages, ftrack_sandbox))
server = ServerThread(Sandbox(Path(sys.argv[2])))
server.start()
browser = requests.Session()
secret = browser.get(server.url).text.partition('name="csrf" value="')[2].partition('"')[0]
page = browser.post(f"{server.url}/sign-in", data={"user": "yuki.tanaka", "csrf": secret}).text
print("Harbour Lights" in page)
for style in (part.partition('"')[0] for part in page.split('<link rel="stylesheet" href="')[1:]):
    print(browser.get(server.url + style).headers["content-type"])
server.stop()
"""


def test_what_is_installed_has_the_pages(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=ALONE, check=True, capture_output=True, timeout=60)
    [wheel] = tmp_path.glob("*.whl")
    installed = tmp_path / "installed"
    zipfile.ZipFile(wheel).extractall(installed)
    result = subprocess.run(
        [sys.executable, "-c", PAGES, str(installed), str(tmp_path / "data")],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(installed)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert result.stdout.splitlines() == ["True", *["text/css; charset=utf-8"] * 2]


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
