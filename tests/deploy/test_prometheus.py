"""The example rules, scrape and board for Prometheus name figures that exist, in ways that it understands."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families
from tests.dashboard.site import Site, fill

from callboard.engine.store.servers import sign_in

FOLDER = Path(__file__).parents[2] / "deploy" / "prometheus"
PAGE = (FOLDER.parents[1] / "docs" / "operating.md").read_text("utf-8")
_NAME = re.compile(r"\bcallboard_[a-z_]+")


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The names of all figures, as a server shows them."""
    site = Site(f"sqlite:///{tmp_path_factory.mktemp('figures')}/callboard.db")
    site.store.prepare()
    fill(site.store)
    sign_in(site.store, "s1", "connected", [], None, echo_age=3)
    text = site.client().get("/metrics").text
    site.store.close()
    families = list(text_string_to_metric_families(text))
    return {family.name for family in families} | {sample.name for family in families for sample in family.samples}


def expressions() -> dict[str, str]:
    """Every expression of the rules and of the board, by where it stands."""
    [group] = yaml.safe_load((FOLDER / "alerts.yaml").read_text("utf-8"))["groups"]
    found = {rule["alert"]: rule["expr"] for rule in group["rules"]}
    board = json.loads((FOLDER / "grafana.json").read_text("utf-8"))
    return found | {panel["title"]: each["expr"] for panel in board["panels"] for each in panel["targets"]}


@pytest.mark.parametrize("place", expressions())
def test_every_expression_names_figures_that_exist(place: str, names: set[str]) -> None:
    expression = expressions()[place]
    named = set(_NAME.findall(expression))
    assert named
    assert named <= names
    for opening, closing in ("()", "[]", "{}"):
        assert expression.count(opening) == expression.count(closing)


def test_every_alert_says_what_is_wrong_and_what_to_do() -> None:
    [group] = yaml.safe_load((FOLDER / "alerts.yaml").read_text("utf-8"))["groups"]
    for rule in group["rules"]:
        assert rule["labels"]["severity"] in {"page", "warn", "info"}
        assert rule["annotations"].keys() == {"summary", "action"}


def test_every_panel_has_its_own_place() -> None:
    board: dict[str, Any] = json.loads((FOLDER / "grafana.json").read_text("utf-8"))
    taken = [
        (x, y)
        for panel in board["panels"]
        for x in range(panel["gridPos"]["x"], panel["gridPos"]["x"] + panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["y"], panel["gridPos"]["y"] + panel["gridPos"]["h"])
    ]
    assert len(set(taken)) == len(taken)
    assert max(x for x, _ in taken) < 24
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_the_page_explains_every_figure_and_no_other(names: set[str]) -> None:
    explained = set(re.findall(r"`(callboard_[a-z_]+)", PAGE))
    endings = ("_bucket", "_sum", "_count", "_created")
    shown = {name for name in names if not name.endswith(endings)}
    # A counter's family lacks the ending that its figures have.
    shown -= {name for name in shown if f"{name}_total" in shown}
    assert explained == shown


def test_the_scrape_sends_a_password_and_names_servers() -> None:
    [job] = yaml.safe_load((FOLDER / "scrape.yaml").read_text("utf-8"))["scrape_configs"]
    assert job["basic_auth"]["password_file"]
    assert job["static_configs"][0]["targets"]
