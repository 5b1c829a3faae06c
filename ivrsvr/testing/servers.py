"""Servers on a simulated switch, on each backend: what the façade for tests and the scenario runner start."""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import replace

from ivrsvr.app import App, serving
from ivrsvr.assembly.settings import Settings
from ivrsvr.assembly.simulation import simulating
from ivrsvr.assembly.switch import start_aes
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.standby import Standby


def settings_for_tests() -> Settings:
    """Settings of a server that leaves no trace: nothing on disk, any free port."""
    return Settings(
        http="127.0.0.1:0", console=(), uuisvr_listen=False, aes_csta=0, aes_csta_s=0, db=":memory:", ws_ping=0.0
    )


async def open_server(
    backend: str,
    settings: Settings,
    simulator: Simulator,
    stack: AsyncExitStack,
    standbys: Sequence[Standby] = (),
) -> tuple[App, tuple[str, int]]:
    """A server on a simulator, until the stack is left; and the address of the simulator's controls.

    backend: "simulator", or "tsapi": the server reaches the simulator over TCP, by the user and with the private data
             of the world's own stream.
    standbys: more AES before the same switch, which the server may fail over to, in this order.
    """
    if backend == "simulator":
        app = await stack.enter_async_context(serving(settings, simulator.clock, simulator))
        return app, app.http
    apart = replace(settings, aes="127.0.0.1:0")
    simulation = await stack.enter_async_context(simulating(apart, simulator.clock, simulator))
    stream = simulator.world.aes.stream
    places = [(stream.serverID, simulation.aes.name_port)]
    for standby in standbys:
        server = await start_aes(apart, standby)
        stack.push_async_callback(server.stop)
        places.append((standby.world.aes.stream.serverID, server.name_port))
    settings = replace(
        settings,
        backend="tsapi",
        tlinks=tuple(f"{name}@127.0.0.1:{port} {stream.loginID} {stream.passwd}" for name, port in places),
        tsapi_privatedata=stream.privateData.partition("#")[2],
        tsapi_heartbeat=float(stream.heartbeat or 0),
    )
    app = await stack.enter_async_context(serving(settings, simulator.clock))
    return app, simulation.control


async def open_beside(app: App, settings: Settings, simulator: Simulator, stack: AsyncExitStack) -> App:
    """Another server on the switch of a first one, until the stack is left.

    app: the first one. settings: those of the other one, which takes the first one's way to the switch.
    """
    settings = replace(
        settings,
        backend=app.settings.backend,
        tlinks=app.settings.tlinks,
        tsapi_privatedata=app.settings.tsapi_privatedata,
        tsapi_heartbeat=app.settings.tsapi_heartbeat,
    )
    applications = simulator.applications
    other = await stack.enter_async_context(serving(settings, simulator.clock, app.simulator))
    simulator.applications = applications  # those of scenarios stay with the first one
    return other
