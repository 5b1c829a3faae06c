"""Route registrations of clients, and the dialogues between the switch and them."""

from dataclasses import dataclass, fields, replace
from typing import Protocol

from ivrsvr.backends.base import Pdu
from ivrsvr.backends.simulator.switch.dialogues import RouteUse
from ivrsvr.backends.simulator.switch.switch import Switch
from ivrsvr.csta.errors import CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.private.route import ATTRouteRequestV7, ATTRouteSelectV7, ATTRouteUsed
from ivrsvr.csta.route import (
    RouteEnd,
    RouteEndRequest,
    RouteEndRequestInv,
    RouteRegisterAbort,
    RouteRequest,
    RouteRequestExt,
    RouteSelectRequest,
    RouteSelectRequestInv,
    RouteUsed,
    RouteUsedExt,
)
from ivrsvr.csta.types import ExtendedDeviceID

Select = RouteSelectRequest | RouteSelectRequestInv
End = RouteEndRequest | RouteEndRequestInv
ALL = ""
"""Registered for every VDN that nobody else is registered for."""


class Listener(Protocol):
    """A client that can be asked for routes. api: the API version of its stream."""

    @property
    def api(self) -> int: ...
    def tell(self, cross_ref: int, pdu: Pdu, private: Pdu | None) -> None: ...


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """One client's registration for a VDN. number is unique in its stream; link is the CTI link of its TLINK."""

    listener: Listener
    number: int
    vdn: str
    link: int


@dataclass(slots=True, eq=False)
class Dialogue:
    """A route request that has not been ended.

    wants_used: the application asked to be told which route was used.
    destRoute:  the trunk access code that it chose.
    """

    registration: Registration
    wants_used: bool = False
    destRoute: str = ""  # noqa: N815 - TSAPI's name


class Routes:
    """Registrations of all streams, and the open dialogues by their cross reference."""

    def __init__(self, switch: Switch) -> None:
        self._switch = switch
        self._registrations: dict[tuple[int, str], Registration] = {}
        self._dialogues: dict[int, Dialogue] = {}
        # Several AES may stand before one switch: the first at which somebody is registered is asked.
        asked, ended = switch.routing.asker, switch.routing.ender

        def ask(number: int, link: int | None, request: RouteRequestExt, private: ATTRouteRequestV7) -> bool:
            return asked(number, link, request, private) or self._ask(number, link, request, private)

        def end(number: int, error: CSTAUniversalFailure, use: RouteUse | None) -> None:
            ended(number, error, use)
            self._end(number, error, use)

        switch.routing.asker, switch.routing.ender = ask, end

    def register(self, registration: Registration) -> None:
        """Raises CstaFailure OBJECT_MONITOR_LIMIT_EXCEEDED where another application has registered on that link."""
        place = (registration.link, registration.vdn)
        if place in self._registrations:
            where = f"VDN {registration.vdn}" if registration.vdn else "all VDNs"
            raise CstaFailure(
                CSTAUniversalFailure.OBJECT_MONITOR_LIMIT_EXCEEDED,
                f"another application is registered on link {registration.link} to route the calls of {where}",
            )
        self._registrations[place] = registration

    def cancel(self, listener: Listener, number: int) -> tuple[RouteEnd, ...]:
        """End a registration; its open dialogues are given up and their calls go on. The ends to be told.

        Raises CstaFailure INVALID_CROSS_REF_ID.
        """
        for registration in list(self._registrations.values()):
            if registration.listener is listener and registration.number == number:
                return self._withdraw(registration)
        raise CstaFailure(CSTAUniversalFailure.INVALID_CROSS_REF_ID, f"there is no routing registration {number}")

    def forget(self, listener: Listener) -> None:
        """A client is gone: its registrations end silently."""
        for registration in list(self._registrations.values()):
            if registration.listener is listener:
                self._withdraw(registration)

    def abort_all(self) -> None:
        """The link is down: every registration is withdrawn, and its client told."""
        for registration in list(self._registrations.values()):
            for end in self._withdraw(registration):
                registration.listener.tell(0, end, None)
            registration.listener.tell(0, RouteRegisterAbort(routeRegisterReqID=registration.number), None)

    def _withdraw(self, registration: Registration) -> tuple[RouteEnd, ...]:
        """Forget a registration; the ends of its dialogues, since clients wait for each of them."""
        del self._registrations[registration.link, registration.vdn]
        numbers = [number for number, one in self._dialogues.items() if one.registration is registration]
        for number in numbers:
            del self._dialogues[number]
            self._switch.route_end(number)
        return tuple(_end_of(registration, number, CSTAUniversalFailure.GENERIC_UNSPECIFIED) for number in numbers)

    # ---- dialogues

    def select(self, listener: Listener, pdu: Select, private: ATTRouteSelectV7 | None) -> None:
        """The application chose a destination.

        Raises CstaFailure INVALID_CROSS_REF_ID when that is no dialogue of its own.
        """
        dialogue = self._of(listener, pdu)
        dialogue.wants_used = pdu.routeUsedReq
        dialogue.destRoute = "" if private is None else private.destRoute
        if not self._switch.route_select(pdu.routingCrossRefID, pdu.routeSelected, private):
            raise _unknown(pdu)

    def reject(self, listener: Listener, pdu: End) -> None:
        """The application will not route this call.

        Raises CstaFailure INVALID_CROSS_REF_ID when that is no dialogue of its own.
        """
        registration = self._of(listener, pdu).registration
        del self._dialogues[pdu.routingCrossRefID]
        # Real clients wait for the end of every dialogue that they answered, with a refusal too (wire.md section 8).
        _finish(registration, pdu.routingCrossRefID, CSTAUniversalFailure.GENERIC_UNSPECIFIED)
        self._switch.route_end(pdu.routingCrossRefID)

    def _of(self, listener: Listener, pdu: Select | End) -> Dialogue:
        dialogue = self._dialogues.get(pdu.routingCrossRefID)
        if (
            dialogue is None
            or dialogue.registration.listener is not listener
            or dialogue.registration.number != pdu.routeRegisterReqID
        ):
            raise _unknown(pdu)
        return dialogue

    def _ask(self, number: int, link: int | None, request: RouteRequestExt, private: ATTRouteRequestV7) -> bool:
        registration = self._registered(link, request.currentRoute.deviceID) or self._registered(link, ALL)
        if registration is None:
            return False
        self._dialogues[number] = Dialogue(registration)
        asked = replace(request, routeRegisterReqID=registration.number, routingCrossRefID=number)
        registration.listener.tell(0, asked if registration.listener.api > 1 else _older(asked), private)
        return True

    def _registered(self, link: int | None, vdn: str) -> Registration | None:
        """Who is registered for a VDN on that link; None = on whatever link, the first one that registered."""
        if link is not None:
            return self._registrations.get((link, vdn))
        return next((one for one in self._registrations.values() if one.vdn == vdn), None)

    def _end(self, number: int, error: CSTAUniversalFailure, use: RouteUse | None) -> None:
        dialogue = self._dialogues.pop(number, None)
        if dialogue is None:
            return
        registration = dialogue.registration
        if use is not None and dialogue.wants_used:
            used = RouteUsedExt(
                routeRegisterReqID=registration.number,
                routingCrossRefID=number,
                routeUsed=use.route,
                callingDevice=use.caller,
                domain=False,
            )
            told = used if registration.listener.api > 1 else _older(used)
            registration.listener.tell(0, told, ATTRouteUsed(destRoute=dialogue.destRoute))
        _finish(registration, number, error)


def _end_of(registration: Registration, number: int, error: CSTAUniversalFailure) -> RouteEnd:
    return RouteEnd(routeRegisterReqID=registration.number, routingCrossRefID=number, cause=error)


def _finish(registration: Registration, number: int, error: CSTAUniversalFailure) -> None:
    registration.listener.tell(0, _end_of(registration, number, error), None)


_OLDER: dict[type, type] = {RouteRequestExt: RouteRequest, RouteUsedExt: RouteUsed}
"""What API version 1 has in place of a PDU with extended device ids."""


def _older(pdu: Pdu) -> Pdu:
    values = {entry.name: getattr(pdu, entry.name) for entry in fields(pdu)}
    plain = {name: value.deviceID for name, value in values.items() if isinstance(value, ExtendedDeviceID)}
    return _OLDER[type(pdu)](**{**values, **plain})


def _unknown(pdu: Select | End) -> CstaFailure:
    return CstaFailure(
        CSTAUniversalFailure.INVALID_CROSS_REF_ID, f"there is no open routing dialogue {pdu.routingCrossRefID}"
    )
