"""Answers that the switch sends in pieces: the extensions of an agent-login query."""

import asyncio
import logging
from dataclasses import dataclass, field

from ivrsvr.clock import Clock
from ivrsvr.csta.private.query import ATTQueryAgentLoginResp
from ivrsvr.service.errors import Own, own

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Collection:
    done: asyncio.Future[list[str]]
    devices: list[str] = field(default_factory=list)


class AgentLists:
    """Collects the pieces by their reference; the piece without devices is the last."""

    def __init__(self, clock: Clock, limit_s: float) -> None:
        self._clock = clock
        self.limit_s = limit_s
        self._open: dict[int, _Collection] = {}

    async def collect(self, reference: int) -> list[str]:
        """Every device of a series, in order of arrival. Call at once after the confirmation that names it.

        Raises RequestError when the end does not come in time.
        """
        collection = _Collection(asyncio.get_running_loop().create_future())
        self._open[reference] = collection
        try:
            async with self._clock.timeout(self.limit_s):
                return await collection.done
        except TimeoutError:
            raise own(
                Own.SWITCH_TIMEOUT,
                f"the switch began the list of agents and did not end it within {self.limit_s:g} s; ask again",
            ) from None
        finally:
            if self._open.get(reference) is collection:
                del self._open[reference]

    def feed(self, piece: ATTQueryAgentLoginResp) -> None:
        """Take a piece; one that nobody waits for any more is logged and dropped."""
        collection = self._open.get(piece.privEventCrossRefID)
        if collection is None:
            log.info("dropped a late piece of agent list %d", piece.privEventCrossRefID)
        elif piece.list:
            collection.devices.extend(piece.list)
        elif not collection.done.done():
            collection.done.set_result(collection.devices)

    def abandon(self) -> None:
        """The link is down: no more pieces will come."""
        for collection in self._open.values():
            if not collection.done.done():
                collection.done.set_exception(own(Own.LINK_DOWN))
