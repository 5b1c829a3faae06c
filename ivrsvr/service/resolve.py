"""What became of a request whose outcome was lost: the server crashed, or the switch's answer did not come."""

from typing import Any

from ivrsvr.backends.base import LinkDown
from ivrsvr.csta.errors import AcsFailure, CstaFailure
from ivrsvr.csta.private.query import ATTQueryUcid, ATTQueryUcidConf
from ivrsvr.registry import Entry, Request
from ivrsvr.service.errors import Own, own, translate
from ivrsvr.service.live import HELD, Leg
from ivrsvr.service.parts import Parts
from ivrsvr.service.requests.calls import (
    ConsultationRequest,
    ConsultationResponse,
    MakeCallRequest,
    MakeCallResponse,
)

CLOCKS_APART_S = 10
"""How far the switch's clock may be behind this server's."""


async def resolve(parts: Parts, entry: Entry, request: Request, began: float) -> dict[str, Any]:
    """The outcome of the first attempt, as far as the switch's state tells it.

    Only a call that is up, and that has begun since, tells for sure that it was made. Everything else is
    OUTCOME_UNKNOWN: never done twice, and the caller is told to look.

    began: the first attempt, seconds since 1970-01-01 UTC.

    Raises RequestError.
    """
    try:
        if isinstance(request, MakeCallRequest | ConsultationRequest):
            legs = await parts.live.legs(request.extension)
            made = await _made(parts, legs, request.destination, began)
            if made is not None:
                leg, ucid = made
                if isinstance(request, MakeCallRequest):
                    return MakeCallResponse(callid=str(leg.connection.callID), ucid=ucid).model_dump()
                before = [one for one in legs if one.state in HELD and one != leg]
                if len(before) == 1:
                    return ConsultationResponse(
                        primarycallid=str(before[0].connection.callID),
                        secondarycallid=str(leg.connection.callID),
                        ucid=ucid,
                    ).model_dump()
    except (CstaFailure, AcsFailure, LinkDown) as failure:
        raise translate(failure) from failure
    raise own(
        Own.OUTCOME_UNKNOWN,
        f"the first {entry.name} with this key was interrupted, and the switch's state does not tell whether it was "
        "carried out; look at the state (snapshot), then use a fresh key",
    )


async def _made(parts: Parts, legs: list[Leg], destination: str, began: float) -> tuple[Leg, str] | None:
    """The one call with a party that has begun since, and its UCID; None = there is none, or more than one."""
    found = []
    for leg in await parts.live.with_party(legs, destination):
        ucid = (await parts.line.escape(ATTQueryUcid(call=leg.connection), ATTQueryUcidConf)).ucid
        if _begun(ucid) >= int(began) - CLOCKS_APART_S:
            found.append((leg, ucid))
    return found[0] if len(found) == 1 else None


def _begun(ucid: str) -> int:
    """When a call began: the last ten digits of its UCID, after the switch's node and a number. 0 = it does not say."""
    return int(ucid[10:]) if len(ucid) == 20 and ucid.isascii() and ucid.isdigit() else 0
