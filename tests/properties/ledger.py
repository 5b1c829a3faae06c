"""The life of every call, as the switch tells it: it begins once, ends once, and its id then rests."""

from dataclasses import dataclass, field

from ivrsvr.backends.simulator.switch.core import Core
from ivrsvr.backends.simulator.switch.model import Call, Kind, Party
from ivrsvr.backends.simulator.switch.reports import Report
from ivrsvr.csta.enums import LocalConnectionState
from ivrsvr.csta.events import CallCleared

State = LocalConnectionState


@dataclass
class Ledger:
    """Compares what the switch has with what it had."""

    core: Core
    live: dict[int, Call] = field(default_factory=dict)
    ended: dict[int, float] = field(default_factory=dict)
    """Call id -> when the last call with it ended."""
    told_ended: set[int] = field(default_factory=set)
    """Ids of calls whose end was reported since the last look."""
    touched: set[int] = field(default_factory=set)
    """Ids of calls that were told of since the last look."""
    ucids: set[str] = field(default_factory=set)
    callers: dict[Party, str] = field(default_factory=dict)
    """Callers from outside who are on a call -> the best that has happened to them."""
    outcomes: dict[Party, str] = field(default_factory=dict)
    """Callers who are gone -> answered, abandoned (hung up before) or dropped (by the switch)."""

    def hear(self, report: Report) -> None:
        """The switch reports something."""
        if report.event is None:
            return
        self.touched.add(report.callID)
        for callID in [report.ended] if report.ended else []:
            self._end(callID)
        if isinstance(report.event, CallCleared):
            self._end(report.callID)

    def _end(self, callID: int) -> None:
        assert callID not in self.told_ended, f"the end of call {callID} is told twice"
        self.told_ended.add(callID)

    def look(self, *, thorough: bool) -> None:
        """Something may have happened: which calls are new, which are over?

        thorough: look at every caller, not only at those of calls that were told of.
        """
        now = self.core.clock.now()
        rest = self.core.world.timers.callIdReuseSeconds
        calls = self.core.calls
        for callID, call in list(self.live.items()):
            if calls.get(callID) is not call:
                assert call.ended, f"call {callID} was lost: it is gone and has not ended"
                assert callID in self.told_ended, f"nobody was told that call {callID} ended"
                del self.live[callID]
                self.ended[callID] = now
        for callID, call in calls.items():
            if callID not in self.live:
                self.live[callID] = call
                assert now - self.ended.get(callID, -rest) >= rest, f"call id {callID} is used again too early"
                assert call.ucid not in self.ucids, f"UCID {call.ucid} is used again"
                self.ucids.add(call.ucid)
        # A call that began and ended between two looks was told too; it leaves nothing else.
        self.told_ended.clear()
        told, self.touched = self.touched, set()
        for party, so_far in list(self.callers.items()):
            if thorough or party.call.callID in told:
                self._look_at(party, so_far)
        back = [party.name for party in self.outcomes if party.present] if thorough else []
        assert not back, f"callers {back} are on a call again after they had left"

    def _look_at(self, party: Party, so_far: str) -> None:
        call = party.call
        if party.present:
            assert self.core.calls.get(call.callID) is call, f"caller {party.name} is on a call that is over"
            assert party in call.parties, f"caller {party.name} was lost by call {call.callID}"
            if any(other.kind is Kind.STATION and other.talking for other in call.parties):
                self.callers[party] = "answered"
        else:
            assert party not in call.parties, f"caller {party.name} has left and is still on call {call.callID}"
            self.outcomes[party] = so_far or "dropped"
            del self.callers[party]
