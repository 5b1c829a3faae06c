"""Every executable flow over the wire: what comes out is what comes out in process."""

from pathlib import Path

import pytest

from tests.conformance.flows.file import Flows, Scenario
from tests.conformance.flows.runner import Run
from tests.conformance.over_wire import OverWire
from tests.conformance.tsapi_data import DATA

FILES = sorted(DATA.parent.glob("flows*.json"))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each scenario."""
    file = metafunc.config.getoption("--flows")
    tests = [
        pytest.param(flows, scenario, id=scenario.id)
        for flows in map(Flows.load, [Path(file)] if file else FILES)
        for scenario in flows.scenarios
    ]
    metafunc.parametrize(("flows", "one"), tests)


def test_flow_over_the_wire(flows: Flows, one: Scenario) -> None:
    Run(flows, one, OverWire()).carry_out()
