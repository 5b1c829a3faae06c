"""The two lines of a skill: calls that wait, and agents who could take one. Each operation costs a logarithm."""

from bisect import bisect_left, insort
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import merge
from operator import attrgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ivrsvr.backends.simulator.switch.model import Agent, Call, Party


@dataclass(slots=True, eq=False)
class QueueEntry:
    """A call's place in one queue. Sort key: (-rank, since, order); rank 4 = top … 1 = low, 9 = returned by RONA.

    The sort key of an entry that stands in a queue does not change; its call does when calls merge.
    """

    call: "Call"
    skill: str
    rank: int
    since: float
    order: int
    party: "Party"
    converse: bool = False
    wanted: str = ""
    """Login id of the agent a direct-agent call is for."""

    @property
    def key(self) -> tuple[int, float, int]:
        return (-self.rank, self.since, self.order)


_key = attrgetter("key")


class Queue:
    """The calls that wait for a skill. Direct-agent calls wait in lines of their own and are not counted."""

    __slots__ = ("_calls", "_direct")

    def __init__(self) -> None:
        self._calls: list[QueueEntry] = []
        self._direct: dict[str, list[QueueEntry]] = {}

    def __len__(self) -> int:
        """All calls that wait, direct-agent calls too."""
        return len(self._calls) + sum(map(len, self._direct.values()))

    def __iter__(self) -> Iterator[QueueEntry]:
        """All calls that wait, the next one first."""
        return merge(self._calls, *self._direct.values(), key=_key)

    @property
    def counted(self) -> int:
        """Calls that wait, without direct-agent calls."""
        return len(self._calls)

    def above(self, rank: int) -> int:
        """Calls that wait with this rank or a higher one, without direct-agent calls."""
        return bisect_left(self._calls, (1 - rank,), key=_key)

    def oldest(self, rank: int = 1) -> float | None:
        """Since when the call waits that has waited longest, of those with this rank or a higher one; None without any.

        Direct-agent calls do not count.
        """
        oldest: float | None = None
        place, end = 0, self.above(rank)
        while place < end:
            first = self._calls[place]
            oldest = first.since if oldest is None else min(oldest, first.since)
            # Calls of one rank stand in the order of their waiting.
            place = bisect_left(self._calls, (1 - first.rank,), key=_key)
        return oldest

    def add(self, entry: QueueEntry) -> None:
        line = self._direct.setdefault(entry.wanted, []) if entry.wanted else self._calls
        insort(line, entry, key=_key)

    def remove(self, entry: QueueEntry) -> None:
        """Take out a call that waits here."""
        line = self._direct[entry.wanted] if entry.wanted else self._calls
        del line[bisect_left(line, entry.key, key=_key)]
        if entry.wanted and not line:
            del self._direct[entry.wanted]

    def position(self, entry: QueueEntry) -> int:
        """Which place a call has, counted from 1 and without direct-agent calls."""
        return bisect_left(self._calls, entry.key, key=_key) + 1

    def waiting_for(self, login: str) -> list[QueueEntry]:
        """The direct-agent calls for an agent, the next one first."""
        return list(self._direct.get(login, ()))

    def first_for(self, login: str) -> QueueEntry | None:
        """The call that is next for an agent; None when none waits that it could take."""
        heads = [line[0] for line in (self._calls, self._direct.get(login)) if line]
        return min(heads, key=_key, default=None)


Rank = tuple[float, float, int]
"""What agents are chosen by, the smallest first: level or occupancy, idle since, order."""


class Available:
    """The agents who could take a call now, the next one first."""

    __slots__ = ("_agents", "_ranks")

    def __init__(self) -> None:
        self._ranks: dict[str, Rank] = {}
        self._agents: list[tuple[Rank, Agent]] = []

    def __len__(self) -> int:
        return len(self._agents)

    def __contains__(self, login: str) -> bool:
        return login in self._ranks

    def __iter__(self) -> Iterator["Agent"]:
        return (agent for _, agent in self._agents)

    @property
    def first(self) -> "Agent | None":
        """The agent who is next; None when nobody is available."""
        return self._agents[0][1] if self._agents else None

    def add(self, agent: "Agent", rank: Rank) -> None:
        """The agent is available, or has another rank than before."""
        self.discard(agent)
        self._ranks[agent.login] = rank
        insort(self._agents, (rank, agent), key=_rank)

    def discard(self, agent: "Agent") -> None:
        """The agent is not available, if it was."""
        rank = self._ranks.pop(agent.login, None)
        if rank is not None:
            del self._agents[bisect_left(self._agents, rank, key=_rank)]


def _rank(place: "tuple[Rank, Agent]") -> Rank:
    return place[0]
