"""The simulated switch and its AES alone, with the simulator's controls on a port of their own."""

import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from ivrsvr.assembly.clockwork import drive
from ivrsvr.assembly.loopfaults import tell_faults
from ivrsvr.assembly.protection import bare
from ivrsvr.assembly.settings import Settings
from ivrsvr.assembly.switch import load_world, start_aes
from ivrsvr.backends.simulator.controls import entries as simulator_controls
from ivrsvr.backends.simulator.server import AesServer
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.backends.simulator.standby import Standby
from ivrsvr.clock import Clock
from ivrsvr.interfaces.http.app import HttpDoor, build_pages
from ivrsvr.interfaces.http.rest import Rest
from ivrsvr.interfaces.http.server import HttpLimits, http_listener
from ivrsvr.interfaces.listeners import bind, bound_to
from ivrsvr.registry import Caller, Registry, RequestError
from ivrsvr.service.errors import Own, invalid, own, response
from ivrsvr.service.service import identity_of

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Simulation:
    """A running simulation.

    control: host and port of the controls.
    further: more AES before the same switch.
    """

    simulator: Simulator
    aes: AesServer
    control: tuple[str, int]
    further: tuple[AesServer, ...] = ()


@asynccontextmanager
async def simulating(
    settings: Settings,
    clock: Clock | None = None,
    simulator: Simulator | None = None,
    *,
    further_worlds: Sequence[str] = (),
    further_aes: Sequence[str] = (),
) -> AsyncIterator[Simulation]:
    """Switch, AES and controls for the length of the body.

    settings:  `aes` is the name service, `http` the controls.
    clock:     None = real time.
    simulator: None = a new one of the settings' world. Its clock must be the same.
    further_worlds: files of more switches behind the same AES. The controls reach the first one only.
    further_aes: name services, HOST:PORT, of more AES before the same switch; their TLINKs have any free ports.

    Raises ListenError, ConfigurationError.
    """
    for address in (settings.aes, settings.http, *further_aes):
        bare(settings.insecure).check(address, "aes", encrypted=False)
    if clock is None:
        clock = simulator.clock if simulator is not None else Clock(mode="real", seed=settings.seed)
    if simulator is None:
        simulator = Simulator(load_world(settings.world), clock)
    further = [Simulator(load_world(path), clock) for path in further_worlds]
    async with AsyncExitStack() as stack:
        tell_faults(stack)
        listener = bind(settings.http, "--control")
        stack.callback(listener.close)
        await drive(clock, stack)
        aes = await start_aes(settings, simulator, further)
        stack.push_async_callback(aes.stop)
        several = []
        for place, address in enumerate(further_aes, 2):
            apart = replace(settings, aes=address, aes_csta=0, aes_csta_s=0)
            several.append(await start_aes(apart, Standby(simulator, place)))
            stack.push_async_callback(several[-1].stop)
        registry = Registry(simulator_controls(simulator))
        desk = Desk(registry)
        rest = Rest(registry, desk.handle, body_most=settings.http_maxbody, body_s=settings.http_bodytimeout)
        door = HttpDoor(rest, build_pages(registry))
        await stack.enter_async_context(
            http_listener(
                listener,
                door,
                limits=HttpLimits(
                    head_most=settings.http_maxhead,
                    keepalive_s=settings.http_keepalive,
                    patience_s=settings.http_bodytimeout,
                    connections_most=settings.http_connections,
                ),
            )
        )
        yield Simulation(simulator, aes, bound_to(listener), tuple(several))


@dataclass(frozen=True, slots=True)
class Desk:
    """Carries out the requests of a registry that need no switch behind them."""

    registry: Registry

    async def handle(self, request: dict[str, Any], caller: Caller) -> dict[str, Any]:
        """The whole response object. Never raises, but for cancellation."""
        identity = identity_of(request.get("id"))
        entry = self.registry.get(request["request"])
        assert entry is not None, "the door has found it already"
        try:
            answer = await entry.handler(entry.request.model_validate(request), caller)
        except ValidationError as error:
            return response(identity, invalid(entry.name, error))
        except RequestError as error:
            return response(identity, error)
        except Exception:
            log.exception("failed on %s", entry.name)
            return response(identity, own(Own.INTERNAL_ERROR))
        found: dict[str, Any] = answer.model_dump()
        found["id"] = identity
        return found
