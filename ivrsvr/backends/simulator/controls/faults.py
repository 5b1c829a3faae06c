"""Controls of faults: rules for messages, and incidents of the site."""

from typing import Any

from pydantic import ConfigDict, Field

from ivrsvr.backends.simulator.aes.faults import FaultError
from ivrsvr.backends.simulator.controls.common import GROUP, Nothing, bad_value
from ivrsvr.backends.simulator.incidents import set_fault
from ivrsvr.backends.simulator.simulator import Simulator
from ivrsvr.registry import Caller, Entry, Number, Request, Response, Text


class FaultRequest(Request):
    """A fault; which keys it has depends on the first."""

    model_config = ConfigDict(extra="allow", frozen=True)

    fault: Text = Field(
        description="refuse, lose, delay, duplicate or reorder messages; or linkdown, aesrestart, streamcut, stall, "
        "stationout, trunksfull."
    )


class FaultSet(Response):
    """The fault is set. number: of a rule, to delete it; 0 = it passes by itself."""

    number: int


class FaultList(Response):
    """The rules in force."""

    faults: list[dict[str, Any]]


class FaultNumber(Request):
    """Which rule; without it, all."""

    number: Number = 0


class FaultsDeleted(Response):
    """How many rules were deleted."""

    deleted: int


ENVELOPE = frozenset({"id", "request", "idempotencykey"})


async def add(simulator: Simulator, request: FaultRequest, caller: Caller) -> FaultSet:  # noqa: ARG001
    data = {
        "fault": request.fault,
        **{key: one for key, one in (request.model_extra or {}).items() if key not in ENVELOPE},
    }
    try:
        rule = set_fault(simulator, data)
    except FaultError as error:
        raise bad_value(str(error)) from error
    return FaultSet(number=0 if rule is None else rule.number)


async def show(simulator: Simulator, request: Nothing, caller: Caller) -> FaultList:  # noqa: ARG001
    return FaultList(faults=[rule.data for rule in simulator.aes.faults])


async def delete(simulator: Simulator, request: FaultNumber, caller: Caller) -> FaultsDeleted:  # noqa: ARG001
    return FaultsDeleted(deleted=simulator.aes.faults.delete(request.number))


_RULE = {
    "number": 1,
    "fault": "refuse",
    "on": "request",
    "service": "HoldCall",
    "device": "101",
    "cause": "INVALID_OBJECT_STATE",
    "count": 1,
    "met": 0,
}

ENTRIES: tuple[Entry, ...] = (
    Entry(
        name="sim fault",
        group=GROUP,
        scope="sim",
        request=FaultRequest,
        response=FaultSet,
        handler=add,
        summary="Set a fault: refuse, lose, delay, duplicate, reorder messages; link, AES, stations, trunks.",
        description="See the manual's page on faults for the keys of each.",
        examples=(
            {
                "id": "1",
                "request": "sim fault",
                "fault": "refuse",
                "service": "HoldCall",
                "device": "101",
                "cause": "INVALID_OBJECT_STATE",
                "count": 1,
            },
        ),
        example_responses=({"msgtype": "response", "id": "1", "result": "success", "number": 1},),
        changes=True,
        routes=(("POST", "/sim/faults"),),
    ),
    Entry(
        name="sim faults",
        group=GROUP,
        scope="sim",
        request=Nothing,
        response=FaultList,
        handler=show,
        summary="List the rules in force.",
        examples=({"id": "1", "request": "sim faults"},),
        example_responses=({"msgtype": "response", "id": "1", "result": "success", "faults": [_RULE]},),
        routes=(("GET", "/sim/faults"),),
    ),
    Entry(
        name="sim nofault",
        group=GROUP,
        scope="sim",
        request=FaultNumber,
        response=FaultsDeleted,
        handler=delete,
        summary="Delete a rule, or all.",
        examples=({"id": "1", "request": "sim nofault", "number": 1},),
        example_responses=({"msgtype": "response", "id": "1", "result": "success", "deleted": 1},),
        changes=True,
        form="sim nofault [number]",
        routes=(("DELETE", "/sim/faults"),),
    ),
)
