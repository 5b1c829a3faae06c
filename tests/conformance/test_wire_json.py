"""Every JSON flow once more, with the server's backend on the other side of TCP: the whole way that production goes."""

import pytest

from tests.conformance.flows.file import Flows, Scenario
from tests.conformance.flows.over_json import OverJson
from tests.conformance.flows.runner import Run
from tests.conformance.tsapi_data import DATA

FLOWS = Flows.load(DATA.parent / "flows.json")


@pytest.mark.parametrize("one", [one for one in FLOWS.scenarios if one.speaks_json], ids=lambda one: one.id)
def test_json_flow_over_the_wire(one: Scenario) -> None:
    Run(FLOWS, one, OverJson("tsapi")).carry_out()
