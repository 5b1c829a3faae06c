"""Controls of snapshots: save the whole switch under a name, and go back to it."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from ivrsvr.backends.simulator.controls.common import GROUP, Nothing, unknown, wrong_state
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.registry import Caller, Entry, Request, Response

KEPT = 50
"""Snapshots that are kept at a time."""

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]{1,64}$")]


class SnapshotRequest(Request):
    """What to do with a snapshot."""

    action: Literal["save", "restore", "delete"] = Field(
        default="save", description="Save the switch as it is; go back to it; or forget it."
    )
    name: Name = "default"


class Saved(BaseModel):
    """A snapshot."""

    name: str
    at: float = Field(description="The clock when it was taken.")
    calls: int = Field(description="Calls that are up in it.")


class Snapshots(Response):
    """What is saved."""

    snapshots: list[Saved]


async def show(simulator: Simulator, request: Nothing, caller: Caller) -> Snapshots:  # noqa: ARG001
    saved = simulator.snapshots.items()
    return Snapshots(snapshots=[Saved(name=name, at=one.at, calls=one.calls) for name, one in saved])


async def act(simulator: Simulator, request: SnapshotRequest, caller: Caller) -> Snapshots:
    saved = simulator.snapshots
    if request.action == "save":
        if request.name not in saved and len(saved) >= KEPT:
            raise wrong_state(f"there are {KEPT} snapshots already; delete one")
        saved[request.name] = simulator.save()
    elif request.name not in saved:
        names = ", ".join(saved) or "none"
        raise unknown(f"there is no snapshot {request.name}; there are {names}")
    elif request.action == "restore":
        simulator.restore(saved[request.name])
    else:
        del saved[request.name]
    return await show(simulator, Nothing(), caller)


_SAVED = {
    "msgtype": "response",
    "id": "1",
    "result": "success",
    "snapshots": [{"name": "before-transfer", "at": 1458770400.0, "calls": 2}],
}

ENTRIES: tuple[Entry, ...] = (
    Entry(
        name="sim snapshots",
        group=GROUP,
        scope="sim",
        request=Nothing,
        response=Snapshots,
        handler=show,
        summary="List the snapshots of the switch.",
        examples=({"id": "1", "request": "sim snapshots"},),
        example_responses=(_SAVED,),
        routes=(("GET", "/sim/snapshot"),),
    ),
    Entry(
        name="sim snapshot",
        group=GROUP,
        scope="sim",
        request=SnapshotRequest,
        response=Snapshots,
        handler=act,
        summary="Save the whole switch mid-call, or go back to a saved one.",
        description="Going back ends every stream, as a restart of the AES does: clients come back and find the calls "
        "of the snapshot.\nTime is not turned back: what was due in ten seconds is due in ten seconds from now.",
        examples=({"id": "1", "request": "sim snapshot", "action": "save", "name": "before-transfer"},),
        example_responses=(_SAVED,),
        changes=True,
        form="sim snapshot [action] [name]",
        routes=(("POST", "/sim/snapshot"),),
    ),
)
