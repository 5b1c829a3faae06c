"""What a client knows of the devices that it monitors, folded from what it was told, as the manual says."""

from collections import defaultdict
from typing import Any

Event = dict[str, Any]

PARTIES = ("party1", "party2", "party3", "party4", "party5", "party6")


def station_of(name: str) -> str:
    """The station of a party: "102" for "102" and for "102#2"; an outside party stands for itself."""
    return name if name.startswith("T") else name.partition("#")[0]


class Told:
    """The knowledge of one client.

    calls:  of each monitored station: call id -> its own state.
    agents: of each monitored split: who is logged in, station -> login id.
    passed: of each monitored VDN: the calls that came by and are not over.
    """

    def __init__(self, vdns: tuple[str, ...] = ()) -> None:
        self.calls: defaultdict[str, dict[int, str]] = defaultdict(dict)
        self.agents: defaultdict[str, dict[str, str]] = defaultdict(dict)
        self.passed: defaultdict[str, set[int]] = defaultdict(set)
        self._vdns = vdns

    def take(self, event: Event) -> None:
        """One more event."""
        device, kind = event.get("monitored", ""), event["eventtype"]
        if kind == "snapshot":
            self._replace(device, event)
        elif kind in ("agentlogin", "agentlogout"):
            self._agent(device, event)
        elif device in self._vdns:
            self._pass(self.passed[device], event)
        else:
            self._own(device, self.calls[device], event)

    def _replace(self, device: str, event: Event) -> None:
        self.calls[device] = {call["callid"]: call["state"] for call in event["list"]}
        self.agents[device] = {one["extension"]: one["agentid"] for one in event.get("agents", ())}
        self.passed[device] = set()

    def _agent(self, split: str, event: Event) -> None:
        if event["eventtype"] == "agentlogin":
            self.agents[split][event["extension"]] = event["agentid"]
        else:
            self.agents[split].pop(event["extension"], None)

    # ---- a station

    def _own(self, device: str, calls: dict[int, str], event: Event) -> None:
        kind, callid = event["eventtype"], event.get("callid", 0)
        if kind == "offer":
            calls[callid] = "alert"
        elif kind in ("alert", "queued"):
            calls.setdefault(callid, "connect")
        elif kind == "connect":
            if station_of(event["answering"]) == device or callid not in calls:
                calls[callid] = "connect"
            elif calls[callid] == "alert" and event["lastredirection"] == device:
                del calls[callid]  # it was answered where it went from here
        elif kind == "fail":
            calls.setdefault(callid, "connect")  # to a tone
        elif kind == "hold" and station_of(event["holding"]) == device:
            calls[callid] = "hold"
        elif kind == "retrieve" and station_of(event["retrieving"]) == device:
            calls[callid] = "connect"
        elif (kind == "disconnect" and station_of(event["releasing"]) == device) or (
            kind == "divert" and station_of(event["diverting"]) == device
        ):
            calls.pop(callid, None)
        elif kind in ("transfer", "conference"):
            self._joined(device, calls, event)
        elif kind == "idle":
            calls.clear()

    def _joined(self, device: str, calls: dict[int, str], event: Event) -> None:
        """Two calls are one, under the second's id; who joined them talks now, the others are as they were."""
        states = [calls.pop(event[key]) for key in ("primarycallid", "secondarycallid") if event[key] in calls]
        if any(station_of(event[party]) == device for party in PARTIES):
            joined = len(states) == 2
            calls[event["secondarycallid"]] = "connect" if joined or not states else states[0]

    # ---- a VDN

    def _pass(self, calls: set[int], event: Event) -> None:
        kind, callid = event["eventtype"], event.get("callid", 0)
        if kind == "offer":
            calls.add(callid)
        elif kind in ("callcleared", "divert"):
            calls.discard(callid)
        elif kind in ("transfer", "conference"):
            known = {event["primarycallid"], event["secondarycallid"]} & calls
            calls -= known
            if known:
                calls.add(event["secondarycallid"])
