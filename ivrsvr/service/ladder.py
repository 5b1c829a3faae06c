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
        same = record.eventtype, json.dumps(said, sort_keys=True)
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


_WHO: dict[str, str] = {
    "offer": "{calling} calls {called}: {alerting} rings",
    "alert": "{calling} calls {called}: {alerting} rings",
    "connect": "{answering} answers {calling}",
    "fail": "{failing} fails calling {called} (cause {cause})",
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
    """The ladder as people read it: a line per rung, times in UTC."""
    return "\n".join(_line(rung) for rung in rungs)


def _line(rung: Rung) -> str:
    event = rung["event"]
    parties = ", ".join(event[f"party{n}"] for n in range(1, 7) if event.get(f"party{n}"))
    words = _WHO.get(rung["eventtype"], "").format_map(_Known({**event, "parties": parties}))
    calls = [event.get("callid"), event.get("primarycallid"), event.get("secondarycallid")]
    numbers = "+".join(str(call) for call in calls if call)
    at = datetime.fromtimestamp(rung["time"], UTC).strftime("%Y-%m-%d %H:%M:%S")
    synthetic = "  (found out later)" if rung["synthetic"] else ""
    return f"{at}  {rung['eventtype']:<10}  {numbers:<11}  {words}  [{', '.join(rung['seenat'])}]{synthetic}"


class _Known(dict[str, Any]):
    """Keys of an event; one that it has not is a question mark."""

    def __missing__(self, key: str) -> str:
        return "?"
