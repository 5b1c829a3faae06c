"""What became of a request whose outcome was lost: the server crashed, or the switch's answer did not come."""

from typing import Any

from ivrsvr.backends.base import LinkDown
from ivrsvr.csta.errors import AcsFailure, CstaFailure
from ivrsvr.csta.private.query import ATTQueryUcid, ATTQueryUcidConf
from ivrsvr.registry import Entry, Request
from ivrsvr.service.errors import Own, own, translate
from ivrsvr.service.live import Leg
from ivrsvr.service.parts import Parts
from ivrsvr.service.requests.calls import MakeCallRequest, MakeCallResponse


async def resolve(parts: Parts, entry: Entry, request: Request) -> dict[str, Any]:
    """The outcome of the first attempt, as far as the switch's state tells it.

    Only a call that is up tells for sure that it was made. Everything else is OUTCOME_UNKNOWN: never done twice, and
    the caller is told to look.

    Raises RequestError.
    """
    try:
        if isinstance(request, MakeCallRequest):
            leg = await _made(parts, request)
            if leg is not None:
                return await _answer(parts, leg)
    except (CstaFailure, AcsFailure, LinkDown) as failure:
        raise translate(failure) from failure
    raise own(
        Own.OUTCOME_UNKNOWN,
        f"the first {entry.name} with this key was interrupted, and the switch's state does not tell whether it was "
        "carried out; look at the state (snapshot), then use a fresh key",
    )


async def _made(parts: Parts, request: MakeCallRequest) -> Leg | None:
    found = await parts.live.with_party(await parts.live.legs(request.extension), request.destination)
    return found[0] if len(found) == 1 else None


async def _answer(parts: Parts, leg: Leg) -> dict[str, Any]:
    found = await parts.line.escape(ATTQueryUcid(call=leg.connection), ATTQueryUcidConf)
    return MakeCallResponse(callid=str(leg.connection.callID), ucid=found.ucid).model_dump()
