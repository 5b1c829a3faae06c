"""The executable flows: each scenario in each way is a test of its own.

``pytest tests/conformance/test_flows.py --flows FILE`` carries out any file of that form. What is not supported yet
stands by name in `not_yet_supported.txt`; that list may only shrink.
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
DEFAULT = HERE / "data" / "flows.json"
LIST = HERE / "not_yet_supported.txt"


def not_yet_supported() -> dict[str, str]:
    """The list: test id -> reason."""
    lines = [line.strip() for line in LIST.read_text(encoding="utf-8").splitlines()]
    parted = [line.partition(" ") for line in lines if line and not line.startswith("#")]
    return {name: reason.strip() for name, _, reason in parted}


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each scenario and way."""
    if "scenario" not in metafunc.fixturenames:
        return
    flows = Flows.load(Path(metafunc.config.getoption("--flows") or DEFAULT))
    listed = not_yet_supported()
    tests = []
    for scenario in flows.scenarios:
        for name, way in WAYS.items():
            if not way().applies(scenario):
                continue
            title = f"{scenario.id}[{name}]"
            reason = f"not yet supported ({listed.get(title)}); when it passes, remove it from {LIST.name}"
            marks = [pytest.mark.xfail(reason=reason, strict=True)] if title in listed else []
            tests.append(pytest.param(flows, scenario, way, id=title, marks=marks))
    metafunc.parametrize(("flows", "scenario", "way"), tests)


def test_flow(flows: Flows, scenario: Scenario, way: Callable[[], Way]) -> None:
    Run(flows, scenario, way()).carry_out()


def test_the_list_of_what_is_not_yet_supported_names_existing_scenarios() -> None:
    known = {f"{scenario.id}[{name}]" for scenario in Flows.load(DEFAULT).scenarios for name in WAYS}
    assert not_yet_supported().keys() <= known
