"""The executable flows: each scenario in each way is a test of its own, and comes out the same in all of them.

``pytest tests/conformance/test_flows.py --flows FILE`` carries out any file of that form in place of those in `data/`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from tests.conformance.flows.file import OWN, Flows, Scenario
from tests.conformance.flows.in_process import InProcess
from tests.conformance.flows.over_json import OverJson
from tests.conformance.flows.runner import Run, ScenarioFailed
from tests.conformance.flows.ways import Way
from tests.conformance.over_wire import OverWire

WAYS: Mapping[str, Callable[[], Way]] = {
    "process": InProcess,
    "json": OverJson,
    "wire": OverWire,
    "json-wire": lambda: OverJson("tsapi"),
}
"""The last goes the whole way that production goes: from JSON over the server's backend and TCP to the switch."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each scenario and way."""
    file = metafunc.config.getoption("--flows")
    tests = [
        pytest.param(flows, scenario, way, id=f"{scenario.id}[{name}]")
        for flows in map(Flows.load, [Path(file)] if file else OWN)
        for scenario in flows.scenarios
        for name, way in WAYS.items()
        if way().applies(scenario)
    ]
    metafunc.parametrize(("flows", "scenario", "way"), tests)


def test_flow(flows: Flows, scenario: Scenario, way: Callable[[], Way]) -> None:
    report = ""
    try:
        Run(flows, scenario, way()).carry_out()
    except ScenarioFailed as failed:
        report = str(failed)
    if report:
        pytest.fail(report, pytrace=False)
