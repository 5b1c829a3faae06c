"""The whole life of a call as one ladder: each happening once, whoever's monitors reported it. Pure."""

import json
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from ivrsvr.store.journal import Record

_OF_THE_REPORT = frozenset(
    {"msgtype", "eventtype", "referenceid", "monitored", "eventid", "epoch", "time", "synthetic"}
)
"""Keys that tell of the report, not of what happened."""

WITHIN_S = 2
"""Reports of one happening on several monitors come within this time of each other."""

Rung = dict[str, Any]


def ladder(records: Collection[Record]) -> list[Rung]:
    """The rungs, in order: when, what, seen at which devices, with the keys of the event."""
    rungs: list[Rung] = []
    latest: dict[tuple[str, str], Rung] = {}
    for record in records:
        event: dict[str, Any] = json.loads(record.text)
        said = {key: value for key, value in event.items() if key not in _OF_THE_REPORT}
        same = _happening(record.eventtype, said)
        rung = latest.get(same)
        time = int(event.get("time", record.when))
        if rung is not None and record.device not in rung["seenat"] and time - rung["time"] <= WITHIN_S:
            rung["seenat"].append(record.device)
            continue
        rung = {
            "time": time,
            "eventid": record.eventid,
            "eventtype": record.eventtype,
            "seenat": [record.device],
            "ucid": record.ucid,
            "synthetic": bool(event.get("synthetic", False)),
            "event": said,
        }
        latest[same] = rung
        rungs.append(rung)
    return rungs


def _happening(eventtype: str, said: dict[str, Any]) -> tuple[str, str]:
    """What reports of one happening have in common: that a telephone rings is an offer there, elsewhere an alert."""
    if eventtype in ("offer", "alert"):
        return "rings", f"{said.get('callid')} {said.get('alerting')}"
    return eventtype, json.dumps(said, sort_keys=True)


_WHO: dict[str, str] = {
    "offer": "{calling} calls {called}: {alerting} rings",
    "alert": "{calling} calls {called}: {alerting} rings",
    "connect": "{answering} answers {calling}",
    "fail": "{failing} fails to reach {called} (cause {cause})",
    "hold": "{holding} holds",
    "retrieve": "{retrieving} takes back",
    "disconnect": "{releasing} leaves",
    "transfer": "{transferring} transfers to {transferred}: {parties} on the call",
    "conference": "{controller} adds {addedparty}: {parties} on the call",
    "queued": "waits in {split} at place {position}",
    "callcleared": "the call is over",
    "divert": "{diverting} is left for {destination}",
}


def as_text(rungs: Collection[Rung]) -> str:
    """The ladder as people read it: a heading, then a line per rung with the time since the beginning."""
    rungs = list(rungs)
    if not rungs:
        return ""
    begin, end = rungs[0]["time"], rungs[-1]["time"]
    first = rungs[0]["event"]
    who = f"{first['calling']} calls {first['called']}, " if first.get("calling") and first.get("called") else ""
    names = _outside_names(rungs)
    heading = f"{who}{_moment(begin, '%Y-%m-%d %H:%M:%S')} UTC, {_span(end - begin)}"
    ucids = list(dict.fromkeys(rung["ucid"] for rung in rungs if rung["ucid"]))
    return "\n".join([heading, f"UCID {', '.join(ucids)}", "", *(_line(rung, begin, names) for rung in rungs)])


def _line(rung: Rung, begin: int, names: dict[str, str]) -> str:
    event = {key: names.get(value, value) if isinstance(value, str) else value for key, value in rung["event"].items()}
    parties = " and ".join(event[f"party{n}"] for n in range(1, 7) if event.get(f"party{n}"))
    words = _words(rung["eventtype"], event).format_map(_Known({**event, "parties": parties}))
    calls = [event.get("callid"), event.get("primarycallid"), event.get("secondarycallid")]
    numbers = "+".join(str(call) for call in calls if call)
    at, span = _moment(rung["time"], "%H:%M:%S"), _span(rung["time"] - begin)
    synthetic = ", found out later" if rung["synthetic"] else ""
    seen = f"(seen at {', '.join(rung['seenat'])}{synthetic})"
    return f"{at} {'+' + span:>8}  {rung['eventtype']:<11}  {numbers:<9}  {words}  {seen}"


def _words(eventtype: str, event: dict[str, Any]) -> str:
    """A call that comes to whom it was made to needs no more words."""
    if eventtype in ("offer", "alert") and event.get("alerting") == event.get("called"):
        return "{calling} calls {called}"
    return _WHO.get(eventtype, "")


def _outside_names(rungs: Collection[Rung]) -> dict[str, str]:
    """The number of an outside caller for the names that the switch gives it, where it is the only outside party."""
    callers = {
        rung["event"]["calling"] for rung in rungs if rung["event"].get("trunkgroup") and rung["eventtype"] == "offer"
    }
    inside = {name for rung in rungs for name in rung["seenat"]}
    outside = {name for name in callers - inside if name and not name.startswith("T")}
    spoken = {
        value for rung in rungs for value in rung["event"].values() if isinstance(value, str) and _is_outside(value)
    }
    in_one_call = all(sum(_is_outside(rung["event"].get(f"party{n}", "")) for n in range(1, 7)) <= 1 for rung in rungs)
    return dict.fromkeys(spoken, next(iter(outside))) if len(outside) == 1 and in_one_call else {}


def _is_outside(name: str) -> bool:
    """Whether a name is that of an outside party, `T<call>#<party>`."""
    return name.startswith("T") and "#" in name


def _moment(time: int, form: str) -> str:
    return datetime.fromtimestamp(time, UTC).strftime(form)


def _span(seconds: int) -> str:
    """Minutes and seconds: 1:05."""
    return f"{seconds // 60}:{seconds % 60:02}"


class _Known(dict[str, Any]):
    """Keys of an event; one that it has not is a question mark."""

    def __missing__(self, key: str) -> str:
        return "?"
