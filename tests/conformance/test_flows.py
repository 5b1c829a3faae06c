"""The executable flows: each scenario in each way is a test of its own, and comes out the same in all of them.

``pytest tests/conformance/test_flows.py --flows FILE`` carries out any file of that form in place of those in `data/`;
``--backend`` chooses among the ways as it does among the features, and without it there are all.
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

OF_BACKEND: Mapping[str, tuple[str, ...]] = {"simulator": ("process", "json"), "tsapi": ("wire", "json-wire")}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each scenario and way."""
    file = metafunc.config.getoption("--flows")
    names = OF_BACKEND.get(metafunc.config.getoption("--backend"), tuple(WAYS))
    ways = {name: WAYS[name]() for name in names}
    tests = [
        pytest.param(flows, scenario, WAYS[name], id=f"{scenario.id}[{name}]")
        for flows in map(Flows.load, [Path(file)] if file else OWN)
        for scenario in flows.scenarios
        for name, way in ways.items()
        if way.applies(scenario)
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
