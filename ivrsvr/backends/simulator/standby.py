"""One more AES before the switch of a simulator: what a server fails over to."""

from dataclasses import replace

from ivrsvr.backends.simulator.aes import Aes
from ivrsvr.backends.simulator.simulator import Simulator


class Standby:
    """The AES number `place` (2 and up) of a site. Its TLINKs are those of the first, named after a server AES<place>.

    It has the part of `Simulator` that an `AesServer` needs. A reset or a restored snapshot of the simulator ends it.
    """

    def __init__(self, simulator: Simulator, place: int) -> None:
        self.clock = simulator.clock
        first = simulator.world.aes
        tlinks = {renamed(name, place): tlink for name, tlink in first.tlinks.items()}
        stream = replace(first.stream, serverID=renamed(first.stream.serverID, place))
        self.world = replace(simulator.world, aes=replace(first, tlinks=tlinks, stream=stream))
        self.aes = Aes(self.world, simulator.switch, simulator.clock)


def renamed(tlink: str, place: int) -> str:
    """The name of a TLINK at another AES: AVAYA#CM1#CSTA#AES1 at the second is AVAYA#CM1#CSTA#AES2."""
    beginning, mark, _ = tlink.rpartition("#")
    return f"{beginning}{mark}AES{place}"
