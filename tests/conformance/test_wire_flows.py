"""Every executable flow over the wire: what comes out is what comes out in process."""

import pytest

from tests.conformance.flows.file import Flows, Scenario
from tests.conformance.flows.runner import Run
from tests.conformance.over_wire import OverWire
from tests.conformance.tsapi_data import DATA

FLOWS = Flows.load(DATA.parent / "flows.json")


@pytest.mark.parametrize("one", FLOWS.scenarios, ids=lambda one: one.id)
def test_flow_over_the_wire(one: Scenario) -> None:
    Run(FLOWS, one, OverWire()).carry_out()
