"""The dashboard and the alert rules: every metric that they name is one that a server has."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ivrsvr.testing.facade import RunningServer

DEPLOY = Path(__file__).parents[2] / "deploy"
ELSEWHERE = {"up"}
"""Metrics that Prometheus adds by itself."""

_WORDS = re.compile(r"\b(?:ivrsvr|process)_[a-z_]+\b|\bup\b")


def metrics_of_a_server() -> set[str]:
    """Every name that a server at work tells, with the endings that Prometheus knows."""
    with RunningServer() as server:
        client = server.connect()
        client.request("startmonitor", extension="101")
        server.post("makecall", extension="101", destination="102")
        server.post("retrieve", extension="101")
        text = server.http("GET", "/metrics").text
    return {re.split(r"[{ ]", line, maxsplit=1)[0] for line in text.splitlines() if line and not line.startswith("#")}


@pytest.fixture(scope="module")
def known() -> set[str]:
    return metrics_of_a_server() | ELSEWHERE


def expressions() -> list[tuple[str, str]]:
    rules = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text(encoding="utf-8"))
    found = [(rule["alert"], rule["expr"]) for group in rules["groups"] for rule in group["rules"]]
    board = json.loads((DEPLOY / "grafana/ivrsvr.json").read_text(encoding="utf-8"))
    return found + [(panel["title"], target["expr"]) for panel in board["panels"] for target in panel["targets"]]


@pytest.mark.parametrize(("title", "expression"), expressions())
def test_what_is_asked_for_is_there(known: set[str], title: str, expression: str) -> None:
    names = set(_WORDS.findall(expression))
    assert names, title
    assert names <= known, names - known


def test_every_metric_of_ours_is_shown_or_watched(known: set[str]) -> None:
    asked = set(_WORDS.findall(" ".join(expression for _, expression in expressions())))
    ours = {name for name in known if name.startswith("ivrsvr_") and not name.endswith(("_sum", "_count", "_created"))}
    assert ours - asked == set()


def test_every_alert_says_what_to_do() -> None:
    rules: list[dict[str, Any]] = yaml.safe_load((DEPLOY / "prometheus/alerts.yml").read_text(encoding="utf-8"))[
        "groups"
    ][0]["rules"]
    for rule in rules:
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert len(rule["annotations"]["description"]) > 20
