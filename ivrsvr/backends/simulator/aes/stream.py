"""One client's stream: it answers every request once, and passes on what its monitors report."""

from collections.abc import Callable
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

from ivrsvr.backends.base import Confirmation, Pdu
from ivrsvr.backends.simulator.aes import local, watching
from ivrsvr.backends.simulator.aes.faults import Fate, magic
from ivrsvr.backends.simulator.aes.message import Message, answer, event, event_class
from ivrsvr.backends.simulator.aes.monitors import Monitor
from ivrsvr.backends.simulator.aes.requests import Carrier, Outcome, Pending, Reply
from ivrsvr.backends.simulator.aes.riders import rider
from ivrsvr.backends.simulator.aes.subjects import SERVICES, Use, device_of, subject_of
from ivrsvr.backends.simulator.world import CtiUser, Tlink
from ivrsvr.clock import Timer
from ivrsvr.csta.acs import (
    ACSAbortStream,
    ACSClientHeartbeat,
    ACSCloseStream,
    ACSCloseStreamConf,
    ACSUniversalFailureEvent,
)
from ivrsvr.csta.call import ClearCall, MakePredictiveCall
from ivrsvr.csta.enums import SystemStatusFilter
from ivrsvr.csta.errors import AcsFailure, ACSUniversalFailure, CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.pdu import EventClass, confirmation_of
from ivrsvr.csta.private.layouts import at_version, newest, uui_room
from ivrsvr.csta.private.query import ATTQueryAgentLogin, ATTQueryAgentLoginConf, ATTQueryAgentLoginResp
from ivrsvr.csta.route import RouteEndRequest, RouteEndRequestInv, RouteSelectRequest, RouteSelectRequestInv
from ivrsvr.csta.system import EscapeSvc, EscapeSvcConf, EscapeSvcReqConf, Private, PrivateStatus, SendPrivate
from ivrsvr.csta.types import ConnectionID

if TYPE_CHECKING:
    from ivrsvr.backends.simulator.aes.aes import Aes

Send = Callable[[Message], None]
Failure = CSTAUniversalFailure

MOST_OUTSTANDING = 10_000
"""Requests of one stream that may wait for their outcome."""

MOST_INVOKE_ID = 0x7FFF_FFFF
"""Greater ones are numbers below zero: on the wire the four octets have no sign."""

LOGINS_AT_ONCE = 10
"""Devices in one piece of the agent-login query."""

CONFIRMED_BY_FAILURE_ONLY = (RouteEndRequestInv, RouteSelectRequestInv)
ONE_WAY = (EscapeSvcReqConf, SendPrivate)
REQUESTS = (EventClass.ACSREQUEST, EventClass.CSTAREQUEST)


def _lost(reply: Reply) -> None:
    """A request that never reaches the switch."""


class AesStream:
    """A stream of the AES. Requests are answered with messages to `send`, in the order in which the AES would send.

    version: the private-data version in force; None = no private data on anything.
    api:     the API version: 1 has older routing PDUs.
    """

    def __init__(
        self, aes: "Aes", user: CtiUser, tlink: Tlink, version: int | None, application: str, send: Send, api: int = 2
    ) -> None:
        self.aes = aes
        self.user = user
        self.tlink = tlink
        self.version = version
        self.api = api
        self.application = application
        self.open = True
        self._number = aes.opened
        self.monitors: dict[int, Monitor] = {}
        self.status_filter: SystemStatusFilter | None = None
        self.heartbeat_s = 0
        self.numbers = count(1)
        """Cross references of monitors, registrations and private series."""
        self._send = self._recorded(send)
        self._outstanding: dict[int, Pending] = {}
        self._heartbeat: Timer | None = None
        self._behind: tuple[Pdu, ...] = ()
        """Events that follow on the answer to the present request."""
        self._held: Message | None = None
        """Events that faults tell behind those of another device."""
        self.cut: Callable[[], None] = self.abort
        """Cuts the client's connection off without a word; whoever owns the connection puts its own way here."""

    # ---- sending

    def _recorded(self, send: Send) -> Send:
        """The way to the client, with everything on it remembered."""
        recorder, number = self.aes.recorder, self.aes.opened

        def pass_by(message: Message) -> None:
            recorder.take(number, "<-", message.invokeID, message.crossRef, message.pdu, message.private)
            send(message)

        return pass_by

    def send(self, message: Message) -> None:
        """Send a message; it counts as a sign of life."""
        self._send(message)
        if self.heartbeat_s and self.open:
            self.beat_later()

    def beat_later(self) -> None:
        """Send a heartbeat when nothing else has been sent for the interval."""
        if self._heartbeat is not None:
            self._heartbeat.cancel()
            self._heartbeat = None
        if self.heartbeat_s:
            self._heartbeat = self.aes.clock.call_later(self.heartbeat_s, self._beat)

    def _beat(self) -> None:
        self.send(event(0, ACSClientHeartbeat(), None, None))

    def tell(self, cross_ref: int, pdu: Pdu, private: Pdu | None) -> None:
        """Pass on an event; private data in the newest layout."""
        if not self.open:
            return
        message = event(cross_ref, pdu, private, self.version)
        if message.private is None and isinstance(pdu, Private | PrivateStatus):
            return
        monitor = self.monitors.get(cross_ref) if len(self.aes.faults) else None
        if monitor is None:
            self._say(message)
        else:
            self._suffer(message, self.aes.faults.event(pdu, monitor.device))

    def _suffer(self, message: Message, fate: Fate) -> None:
        """Send a message as faults let it come."""
        if fate.behind and self._held is None:
            self._held = message
            return
        for delay in fate.delays:
            if delay:
                self.aes.clock.call_later(delay, partial(self._late, message))
            else:
                self._say(message)

    def _late(self, message: Message) -> None:
        if self.open:
            self._say(message)

    def _say(self, message: Message) -> None:
        """Send a message, and behind it what was held back until another device has its event.

        What is held goes first where the message is of the same device: each one's events keep their order.
        """
        held = self._held
        if held is None or not message.crossRef:
            self.send(message)
            return
        self._held = None
        for one in (held, message) if message.crossRef == held.crossRef else (message, held):
            self.send(one)

    def ended(self, cross_ref: int) -> None:
        """A monitor is over; its reference is not valid any more."""
        self.monitors.pop(cross_ref, None)

    # ---- requests

    def request(self, invokeID: int, pdu: Pdu, private: Pdu | None = None) -> None:
        """Take a request; its outcome is sent, at once or later.

        private: in any layout.
        Raises AcsFailure TSERVER_NO_ACS_STREAM when the stream is closed.
        """
        if not self.open:
            raise AcsFailure(ACSUniversalFailure.TSERVER_NO_ACS_STREAM, "the stream is closed; open another one")
        self.aes.recorder.take(self._number, "->", invokeID, 0, pdu, private)
        if isinstance(pdu, ACSAbortStream):
            self.abort()
        elif isinstance(pdu, RouteSelectRequest | RouteSelectRequestInv | RouteEndRequest | RouteEndRequestInv):
            self._take_route(invokeID, pdu, rider(pdu, newest(private)))
        elif event_class(pdu) not in REQUESTS:
            self._refuse(invokeID, Failure.UNRECOGNIZED_OPERATION_REJECTION)
        elif isinstance(pdu, ONE_WAY):
            # Of no interest here, and nobody waits for an answer.
            return
        elif confirmation_of(pdu) is None or not 0 < invokeID <= MOST_INVOKE_ID:
            self._refuse(invokeID, Failure.UNRECOGNIZED_OPERATION_REJECTION)
        elif invokeID in self._outstanding:
            self._refuse(invokeID, Failure.DUPLICATE_INVOCATION_REJECTION)
        elif isinstance(pdu, ACSCloseStream):
            self.close(invokeID)
        else:
            self._take(invokeID, pdu, rider(pdu, newest(private)))

    def _refuse(self, invoke_id: int, error: Failure) -> None:
        self.send(answer(invoke_id, CstaFailure(error), self.version))

    def _take(self, invoke_id: int, pdu: Pdu, private: Pdu | None) -> None:
        outcome: Outcome | None
        try:
            handler = local.HANDLERS.get(type(pdu))
            if isinstance(pdu, EscapeSvc) and at_version(private, self.version) is not None:
                handler = local.ESCAPES.get(type(private))
            if handler is not None:
                outcome = handler(self, pdu, private)
            else:
                outcome = None
                self._pass_on(invoke_id, pdu, private)
        except (CstaFailure, AcsFailure) as failure:
            outcome = failure
        if outcome is not None:
            self.send(answer(invoke_id, outcome, self.version))
        behind, self._behind = self._behind, ()
        for pdu in behind:
            self.tell(0, pdu, None)

    def tell_after(self, events: tuple[Pdu, ...]) -> None:
        """Tell what a request has brought about, when it has been answered."""
        self._behind = events

    def _pass_on(self, invoke_id: int, pdu: Pdu, private: Pdu | None) -> None:
        """Send a request on its way to the switch.

        Raises CstaFailure, AcsFailure when the AES itself refuses it.
        """
        starter = watching.STARTERS.get(type(pdu))
        if starter is not None:
            device, service = "", pdu
            self._check_magic(service)
            carry: Carrier = partial(starter, self, pdu, private)
        else:
            service = self._service(pdu, private)
            self._check_magic(service)
            device = self._check(service, private)
            carry = partial(self._ask_switch, pdu, service, private)
        refused = self.aes.faults.refusal(service, device or subject_of(service)) if len(self.aes.faults) else None
        if refused is not None:
            raise refused
        if not self.aes.link_up:
            raise CstaFailure(Failure.SERVICE_TERMINATION_REJECTION)
        if len(self._outstanding) >= MOST_OUTSTANDING:
            raise CstaFailure(
                Failure.OUTSTANDING_REQUEST_LIMIT_EXCEEDED,
                f"{MOST_OUTSTANDING} requests wait; take their answers first",
            )
        if len(self.aes.faults):
            carry = self._on_its_way(carry, self.aes.faults.request(service, device or subject_of(service)))
        pending = Pending(service, device, carry, partial(self._finish, invoke_id, service))
        self._outstanding[invoke_id] = pending
        self.aes.requests.submit(pending)

    def _on_its_way(self, carry: Carrier, fate: Fate) -> Carrier:
        """Carry a request to the switch as faults let it get there; its device waits meanwhile."""
        if not any(fate.delays):
            return carry if fate.delays else _lost

        def arrive(reply: Reply) -> None:
            if self.open and self.aes.link_up:
                carry(reply)

        def set_out(reply: Reply) -> None:
            self.aes.clock.call_later(fate.delays[0], partial(arrive, reply))

        return set_out

    def _check_magic(self, service: Pdu) -> None:
        """Raises CstaFailure for a number that stands for one."""
        failure = magic(service, self.aes.world.aes.magic)
        if failure is not None:
            raise failure

    def _service(self, pdu: Pdu, private: Pdu | None) -> Pdu:
        """The service that is asked for: the PDU, or what an EscapeSvc carries.

        Raises CstaFailure INVALID_FEATURE for what this stream is not offered.
        """
        service = private if isinstance(pdu, EscapeSvc) else pdu
        if type(service) not in SERVICES:
            raise CstaFailure(Failure.INVALID_FEATURE, f"{type(pdu).__name__} is not offered so")
        if service is private and at_version(private, self.version) is None:
            raise CstaFailure(
                Failure.INVALID_FEATURE,
                f"{type(private).__name__} does not exist in private-data version {self.version}",
            )
        return service

    def _check(self, service: Pdu, private: Pdu | None) -> str:
        """Look whether the user may ask for a service; returns the device on which it acts.

        Raises CstaFailure, AcsFailure.
        """
        use, name = SERVICES[type(service)]
        device = device_of(service)
        connection = getattr(service, name) if name else None
        if isinstance(connection, ConnectionID) and not device and not isinstance(service, ClearCall):
            raise CstaFailure(Failure.OBJECT_NOT_KNOWN, f"{name} must name the device of the connection")
        self.aes.access.check_use(self.user, use, device)
        info = getattr(private, "userInfo", None)
        limit = uui_room(self.version)
        if info is not None and len(info.data) > limit:
            raise CstaFailure(
                Failure.GENERIC_UNSPECIFIED, f"the user information has {len(info.data)} octets; at most {limit} fit"
            )
        if isinstance(service, MakePredictiveCall):
            self.aes.access.check_advanced()
        elif use is Use.CONTROL and self.aes.switch.exists(device) == "station":
            self.aes.access.check_basic(device)
        return device

    def _ask_switch(self, pdu: Pdu, service: Pdu, private: Pdu | None, reply: Reply) -> None:
        if isinstance(service, ATTQueryAgentLogin):
            self._list_logins(service.device, reply)
        else:
            self.aes.switch.request(pdu, private if self.version is not None else None, reply)

    def _list_logins(self, skill: str, reply: Reply) -> None:
        """The devices follow the confirmation in pieces; an empty one ends them."""
        try:
            devices = self.aes.switch.logged_in(skill)
        except CstaFailure as failure:
            reply(failure)
            return
        series = next(self.numbers)
        reply(Confirmation(EscapeSvcConf(), ATTQueryAgentLoginConf(privEventCrossRefID=series)))
        for start in range(0, len(devices), LOGINS_AT_ONCE):
            piece = tuple(devices[start : start + LOGINS_AT_ONCE])
            self.tell(0, Private(), ATTQueryAgentLoginResp(privEventCrossRefID=series, list=piece))
        self.tell(0, Private(), ATTQueryAgentLoginResp(privEventCrossRefID=series))

    def _finish(self, invoke_id: int, service: Pdu, outcome: Outcome) -> None:
        del self._outstanding[invoke_id]
        message = answer(invoke_id, outcome, self.version)
        if self.open and len(self.aes.faults):
            self._suffer(message, self.aes.faults.confirmation(service, subject_of(service)))
        else:
            self.send(message)

    def _take_route(
        self,
        invoke_id: int,
        pdu: RouteSelectRequest | RouteSelectRequestInv | RouteEndRequest | RouteEndRequestInv,
        private: Pdu | None,
    ) -> None:
        """Route answers have no confirmation; only the newer PDUs can be told that they failed."""
        try:
            if isinstance(pdu, RouteSelectRequest | RouteSelectRequestInv):
                self.aes.routes.select(self, pdu, private)
            else:
                self.aes.routes.reject(self, pdu)
        except CstaFailure as failure:
            if isinstance(pdu, CONFIRMED_BY_FAILURE_ONLY) and 0 < invoke_id <= MOST_INVOKE_ID:
                self.send(answer(invoke_id, failure, self.version))

    # ---- ending

    def close(self, invokeID: int = 0) -> None:
        """Close in order: what is outstanding is answered first, the confirmation is the last message."""
        if not self.open:
            return
        self.open = False
        self._leave(CstaFailure(Failure.ACS_HANDLE_TERMINATION_REJECTION))
        self._send(answer(invokeID, Confirmation(ACSCloseStreamConf()), self.version))

    def abort(self) -> None:
        """Close at once, as when the client's connection is lost: nothing more is sent."""
        if not self.open:
            return
        self.open = False
        self._send = _nobody
        self._leave(CstaFailure(Failure.ACS_HANDLE_TERMINATION_REJECTION))

    def fail(self, error: ACSUniversalFailure) -> None:
        """The server ends the stream: the client is told why, then nothing more is sent."""
        if self.open:
            self._send(event(0, ACSUniversalFailureEvent(error=error), None, None))
            self.abort()

    def _leave(self, outcome: CstaFailure) -> None:
        """Answer what is outstanding; monitors and registrations end silently. Calls are not touched."""
        self.heartbeat_s = 0
        self.beat_later()
        self.aes.requests.end_all(outcome, list(self._outstanding.values()))
        for monitor in list(self.monitors.values()):
            self.aes.monitors.remove(monitor)
        self.monitors.clear()
        self.aes.forget(self)


def _nobody(message: Message) -> None:
    """Take a message that there is nobody left to send to."""
