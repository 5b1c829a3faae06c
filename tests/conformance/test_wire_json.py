"""Every JSON flow once more, with the server's backend on the other side of TCP: the whole way that production goes."""

import pytest

from ivrsvr import app
from ivrsvr.backends.simulator.server import AesServer, Ports
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.tsapi.backend import TsapiBackend
from ivrsvr.backends.tsapi.links import Links, Target
from ivrsvr.backends.tsapi.stream.client_end import Login
from ivrsvr.backends.tsapi.wire.private import parse_offer
from tests.conformance.flows.file import Flows, Scenario
from tests.conformance.flows.over_json import OverJson
from tests.conformance.flows.runner import Run
from tests.conformance.tsapi_data import DATA

FLOWS = Flows.load(DATA.parent / "flows.json")


class OnTheOtherSide(TsapiBackend):
    """The TSAPI backend, with the simulated AES that it connects to."""

    def __init__(self, simulator: Simulator) -> None:
        stream = simulator.world.aes.stream
        offers = parse_offer(stream.privateData)
        login = Login(
            tlink=stream.serverID,
            login=stream.loginID,
            password=stream.passwd,
            application=stream.applicationName,
            versions=offers[0].ranges[0] if offers else None,
            heartbeat_s=stream.heartbeat or None,
        )
        self._server = AesServer(simulator, Ports(names=0, csta=0, csta_s=None))
        super().__init__(
            Links([Target(stream.serverID, "127.0.0.1")], lambda _: login, simulator.clock), simulator.clock
        )

    async def start(self) -> None:
        await self._server.start()
        [target] = self.links.targets
        self.links.targets = (Target(target.tlink, target.host, self._server.name_port),)
        await super().start()

    async def stop(self) -> None:
        await super().stop()
        await self._server.stop()


@pytest.mark.parametrize("one", [one for one in FLOWS.scenarios if one.speaks_json], ids=lambda one: one.id)
def test_json_flow_over_the_wire(one: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "SimulatorBackend", OnTheOtherSide)
    Run(FLOWS, one, OverJson()).carry_out()
