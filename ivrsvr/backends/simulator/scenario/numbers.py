"""Numbers in scenario files: they must lead somewhere."""

from ivrsvr.backends.simulator.switch import numbering
from ivrsvr.backends.simulator.world import World
from ivrsvr.backends.simulator.world_reader import WorldError, describe, nearest


def dialled(number: str, world: World, path: str) -> None:
    """Raises WorldError for a number that leads nowhere."""
    if numbering.resolve(world, number).leads is numbering.Leads.NOWHERE:
        known = [*world.stations, *world.vdns, *world.skills, *world.agents]
        raise WorldError(path, f"the number {describe(number)} leads nowhere{nearest(number, known)}")
