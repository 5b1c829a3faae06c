"""The executable flows: each scenario in each way is a test of its own.

``pytest tests/conformance/test_flows.py --flows FILE`` carries out any file of that form in place of those in `data/`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.conformance.flows.file import Flows, Scenario
from tests.conformance.flows.in_process import InProcess
from tests.conformance.flows.over_json import OverJson
from tests.conformance.flows.runner import Run
from tests.conformance.flows.ways import Way

WAYS: Mapping[str, Callable[[], Way]] = {"process": InProcess, "json": OverJson}
HERE = Path(__file__).parent
FILES = sorted((HERE / "data").glob("flows*.json"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each scenario and way."""
    if "scenario" not in metafunc.fixturenames:
        return
    file = metafunc.config.getoption("--flows")
    tests = [
        pytest.param(flows, scenario, way, id=f"{scenario.id}[{name}]")
        for flows in map(Flows.load, [Path(file)] if file else FILES)
        for scenario in flows.scenarios
        for name, way in WAYS.items()
        if way().applies(scenario)
    ]
    metafunc.parametrize(("flows", "scenario", "way"), tests)


def test_flow(flows: Flows, scenario: Scenario, way: Callable[[], Way]) -> None:
    Run(flows, scenario, way()).carry_out()
