"""Where a text is looked up: here, or at the service that its key names, within a time limit.

A key that names a service which is not configured is never followed: whoever can send UUI could have the server call
any address otherwise.
"""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ivrsvr.clock import Clock
from ivrsvr.store.userdata import Key, Store, UserDataError, UserDataTimeout

KEPT_S = 2.0
"""For which an answer from elsewhere is good for further events of the same call."""

KEPT_MOST = 1000

AWAY_S = 5.0
"""For which a service that has not answered in time is not asked again."""

AT_ONCE = 64
"""Keys that are asked for at the same time; further ones fail at once, so that nothing piles up."""

HERE = "here"
PEER = "peer"


@dataclass(frozen=True, slots=True)
class Found:
    """What a look-up gave.

    text:    None = nothing is stored there.
    fault:   why it cannot be told; "" = it can.
    foreign: because the key names a service that is not configured.
    """

    text: str | None = None
    fault: str = ""
    foreign: bool = False


NOTHING = Found()


class Local(Protocol):
    """Texts in this very process: nothing waits for them. `ivrsvr.store.userdata.UserDataStore` is one.

    Each raises UserDataError.
    """

    def get(self, key: str) -> str | None: ...

    def set(self, data: str) -> str: ...

    def update(self, key: str, data: str) -> bool: ...


class Embedded:
    """Texts in this very process, asked as those elsewhere are."""

    def __init__(self, local: Local) -> None:
        self.local = local

    async def get(self, key: str) -> str | None:
        return self.local.get(key)

    async def set(self, data: str) -> str:
        return self.local.set(data)

    async def update(self, key: str, data: str) -> bool:
        return self.local.update(key, data)

    async def close(self) -> None:
        """Nothing to do: the database belongs to whoever opened it."""


class Lookups:
    """Asks the store of this server, then the one that the key names.

    own:      where this server keeps its texts.
    peers:    the other services that may be asked, by their address `HOST:PORT`.
    me:       the address of this server's own service; it is never asked as a peer.
    server:   the id of this server, where it makes all keys with that address itself; 0 = others make them as well.
    limit_s:  for one look-up, all together.
    any_key:  the own store has keys of its own making, so every UUI may be one.
    fragile:  an own store that did not answer in time is left alone for a while, as peers are.

    counts:   (where, outcome) -> how many; where: here, peer; outcome: found, nothing, failed, timeout, given up
              (who asked is gone), skipped, foreign (the key names a service that is not configured).
    """

    def __init__(
        self,
        own: Store,
        clock: Clock,
        *,
        peers: Mapping[str, Store] | None = None,
        me: str = "",
        server: int = 0,
        limit_s: float = 1.0,
        any_key: bool = False,
        fragile: bool = False,
    ) -> None:
        self.own = own
        self.counts: Counter[tuple[str, str]] = Counter()
        self.namesake = ""
        """Who else uses this server's id; "" = nobody that is known."""
        self.limit_s = limit_s
        self.peers = dict(peers or {})
        self.me = me
        self._server = server
        self._local = own.local if isinstance(own, Embedded) else None
        self._clock = clock
        self._any_key = any_key
        self._fragile = fragile
        self._kept: dict[str, tuple[float, Found]] = {}
        self._asking: dict[str, asyncio.Event] = {}
        self._away: dict[str, float] = {}

    @classmethod
    def embedded(cls, local: Local, clock: Clock) -> "Lookups":
        """Those of a server that keeps its texts itself, and asks nobody else."""
        return cls(Embedded(local), clock)

    @property
    def under_way(self) -> int:
        """Keys that are being asked for."""
        return len(self._asking)

    def away(self) -> list[str]:
        """The services that have not answered in time, and are left alone for now."""
        return sorted(name for name, until in self._away.items() if until > self._clock.now())

    def at_hand(self, uui: str) -> Found | None:
        """The answer where nothing has to be waited for; None = `find` must be awaited."""
        kept = self._kept.get(uui)
        if kept is not None and kept[0] >= self._clock.now():
            return kept[1]
        key = Key.parse(uui)
        if key is None and not self._any_key:
            return NOTHING
        if self._local is None:
            return None
        try:
            text = self._local.get(uui)
        except UserDataError as error:
            self.counts[HERE, "failed"] += 1
            return Found(fault=str(error))
        if text is not None:
            self.counts[HERE, "found"] += 1
            return Found(text)
        if key is None or self._peer_of(key) is None:
            return self._missing(key, HERE)
        return None

    async def find(self, uui: str) -> Found:
        """The answer, within the time limit. Never raises, but for cancellation."""
        found = self.at_hand(uui)
        if found is not None:
            return found
        began = self._clock.now()
        try:
            async with self._clock.timeout(self.limit_s):
                while (other := self._asking.get(uui)) is not None:
                    await other.wait()
                    began = self._clock.now()
                    found = self.at_hand(uui)
                    if found is not None:
                        return found
                if len(self._asking) >= AT_ONCE:
                    self.counts[HERE, "skipped"] += 1
                    return Found(fault=f"{AT_ONCE} keys are being asked for already")
                return await self._first(uui, began)
        except TimeoutError:
            return self._keep(uui, Found(fault=f"no answer within {self.limit_s:g} s"))

    async def set(self, data: str) -> str:
        """Keep a text, and return its key. Raises UserDataError."""
        try:
            async with self._clock.timeout(self.limit_s):
                return await self.own.set(data)
        except TimeoutError:
            raise UserDataTimeout(f"no answer within {self.limit_s:g} s") from None

    async def update(self, uui: str, data: str) -> bool:
        """Replace a text where it is kept. False = there is none. Raises UserDataError."""
        self._kept.pop(uui, None)
        try:
            async with self._clock.timeout(self.limit_s):
                if await self.own.update(uui, data):
                    return True
                key = Key.parse(uui)
                peer = self._peer_of(key) if key is not None else None
                return peer is not None and await self.peers[peer].update(uui, data)
        except TimeoutError:
            raise UserDataTimeout(f"no answer within {self.limit_s:g} s") from None
        finally:
            self._kept.pop(uui, None)

    async def close(self) -> None:
        """Give back what the stores hold."""
        for store in (self.own, *self.peers.values()):
            await store.close()

    async def _first(self, uui: str, began: float) -> Found:
        """Ask, with others who want the same waiting for it. began: when the time for it began to run."""
        done = self._asking[uui] = asyncio.Event()
        try:
            return self._keep(uui, await self._look(uui, began))
        finally:
            del self._asking[uui]
            done.set()

    async def _look(self, uui: str, began: float) -> Found:
        key = Key.parse(uui)
        found = NOTHING
        if self._local is None:
            found = await self._ask(self.own, HERE, uui, HERE if self._fragile else "", began)
            if found.text is not None:
                return found
            began = self._clock.now()
        peer = self._peer_of(key) if key is not None else None
        if peer is None:
            return found if found.fault else self._missing(key, "")
        return await self._ask(self.peers[peer], PEER, uui, peer, began)

    async def _ask(self, store: Store, where: str, uui: str, name: str, began: float) -> Found:
        """name: of the service, to be left alone when it does not answer in time; "" = never.

        began: when its time began to run.
        """
        if name and self._away.get(name, began) > self._clock.now():
            self.counts[where, "skipped"] += 1
            return Found(fault=f"{self._called(name)} did not answer in time a moment ago")
        outcome = "given up"
        try:
            text = await store.get(uui)
            outcome = "nothing" if text is None else "found"
            return Found(text)
        except UserDataError as error:
            outcome = "timeout" if isinstance(error, UserDataTimeout) else "failed"
            return Found(fault=str(error))
        except asyncio.CancelledError:
            if self._clock.now() - began >= self.limit_s:
                outcome = "timeout"
            raise
        finally:
            self.counts[where, outcome] += 1
            if name and outcome == "timeout":
                self._away[name] = self._clock.now() + AWAY_S
            elif name and outcome != "given up":
                self._away.pop(name, None)

    def _called(self, name: str) -> str:
        return "the user-data service" if name == HERE else f"the user-data service at {name}"

    def _missing(self, key: Key | None, counted: str) -> Found:
        """Nothing is stored where this server may look."""
        if key is not None and self._is_foreign(key):
            self.counts[HERE, "foreign"] += 1
            return Found(fault=f"the key names {key.place}, which is not one of ivr_uuisvr_peers", foreign=True)
        if counted:
            self.counts[counted, "nothing"] += 1
        if key is not None and self._server not in (0, key.server):
            return Found(
                fault=f"the key was made by server {key.server}, whose uuisvr is {self.me} as that of this server; let "
                "each name an address that others reach, and add it to their ivr_uuisvr_peers",
                foreign=True,
            )
        return NOTHING

    def _is_foreign(self, key: Key) -> bool:
        return key.place != self.me and bool(self.me)

    def _peer_of(self, key: Key) -> str | None:
        place = key.place
        return place if place in self.peers and place != self.me else None

    def _keep(self, uui: str, found: Found) -> Found:
        if len(self._kept) >= KEPT_MOST:
            del self._kept[next(iter(self._kept))]
        self._kept.pop(uui, None)
        self._kept[uui] = (self._clock.now() + KEPT_S, found)
        return found
