"""What the AES sends on a stream, before it is octets: confirmations, failures and events in their order."""

from dataclasses import dataclass

from ivrsvr.backends.base import Confirmation, Pdu
from ivrsvr.backends.simulator.aes.sizes import fitted
from ivrsvr.csta.acs import ACSUniversalFailureConf
from ivrsvr.csta.errors import AcsFailure, CstaFailure
from ivrsvr.csta.pdu import EventClass, declaration_of
from ivrsvr.csta.system import UniversalFailureConf


@dataclass(frozen=True, slots=True)
class Message:
    """One message to a client.

    invokeID: of the request that it answers; 0 for events.
    crossRef: of the monitor that it reports for; 0 for everything else.
    private:  in the layout of the stream's version; None = no private data.
    """

    event_class: EventClass
    invokeID: int
    crossRef: int
    pdu: Pdu
    private: Pdu | None = None


def event_class(pdu: Pdu) -> EventClass:
    """The class in which a PDU travels.

    Raises TypeError for private data, which rides on other messages.
    """
    found = declaration_of(pdu).event_class
    if found is None:
        raise TypeError(f"{type(pdu).__name__} does not travel alone")
    return found


def answer(invoke_id: int, outcome: Confirmation | CstaFailure | AcsFailure, version: int | None) -> Message:
    """The message that answers a request."""
    if isinstance(outcome, Confirmation):
        private = fitted(outcome.private, version)
        return Message(event_class(outcome.pdu), invoke_id, 0, outcome.pdu, private)
    pdu: Pdu
    if isinstance(outcome, CstaFailure):
        pdu = UniversalFailureConf(error=outcome.error)
    else:
        pdu = ACSUniversalFailureConf(error=outcome.error)
    return Message(event_class(pdu), invoke_id, 0, pdu)


def event(cross_ref: int, pdu: Pdu, private: Pdu | None, version: int | None) -> Message:
    """The message that reports an event; private data in any layout."""
    return Message(event_class(pdu), 0, cross_ref, pdu, fitted(private, version))
