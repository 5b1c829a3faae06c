"""Who may do what: the security database, and TSAPI licences."""

from collections.abc import Iterable

from ivrsvr.backends.base import Confirmation
from ivrsvr.backends.simulator.aes.monitors import Kind, Monitors
from ivrsvr.backends.simulator.aes.subjects import Use
from ivrsvr.backends.simulator.switch.reports import Outcome
from ivrsvr.backends.simulator.switch.switch import Switch
from ivrsvr.backends.simulator.world import CtiUser, World
from ivrsvr.csta.enums import CSTALevel
from ivrsvr.csta.errors import AcsFailure, ACSUniversalFailure, CstaFailure, CSTAUniversalFailure
from ivrsvr.csta.monitor import SnapshotDevice
from ivrsvr.csta.types import DeviceList

PAGE = 20
"""Devices in one answer to GetDeviceList, at most."""


class Access:
    """The security database and the licences of one AES."""

    def __init__(self, world: World, switch: Switch, monitors: Monitors) -> None:
        self._world = world
        self._switch = switch
        self._monitors = monitors
        self._controlled: set[str] = set()
        everything = (*world.stations, *world.skills, *world.vdns)
        self._all_devices = {
            CSTALevel.CSTA_HOME_WORK_TOP: everything,
            CSTALevel.CSTA_AWAY_WORK_TOP: everything,
            CSTALevel.CSTA_DEVICE_DEVICE_MONITOR: everything,
            CSTALevel.CSTA_CALL_DEVICE_MONITOR: everything,
            CSTALevel.CSTA_CALL_CONTROL: everything,
            CSTALevel.CSTA_ROUTING: tuple(world.vdns),
        }

    # ---- the security database

    def check_use(self, user: CtiUser, use: Use, device: str) -> None:
        """Raises AcsFailure when the user may not use the device like that. Dynamic ids belong to no list."""
        if not self._restricts(user) or not device or "#" in device:
            return
        if use is Use.CONTROL:
            error = ACSUniversalFailure.TSERVER_DEVICE_NOT_ON_CALL_CONTROL_LIST
            self._demand(device, self._devices(user.callControl), error)
            return
        anything = (*user.callControl, *user.monitorDevice, *user.monitorCallsVia, *user.routing)
        self._demand(device, self._devices(anything), ACSUniversalFailure.TSERVER_DEVICE_NOT_ON_LIST)

    def check_monitor(self, user: CtiUser, kind: Kind, device: str) -> None:
        """Raises AcsFailure when the user may not start that monitor."""
        if not self._restricts(user):
            return
        if kind is Kind.CALL:
            if not user.monitorCalls:
                raise AcsFailure(
                    ACSUniversalFailure.TSERVER_NO_CALL_CALL_MONITOR_PERMISSION, "this user may not monitor calls"
                )
        elif kind is Kind.VIA:
            error = ACSUniversalFailure.TSERVER_DEVICE_NOT_ON_MONITOR_CALL_DEVICE_LIST
            self._demand(device, self._devices(user.monitorCallsVia), error)
        else:
            error = ACSUniversalFailure.TSERVER_DEVICE_NOT_ON_MONITOR_DEVICE_LIST
            self._demand(device, self._devices(user.monitorDevice), error)

    def check_routing(self, user: CtiUser, vdn: str) -> None:
        """Raises AcsFailure when the user may not route the calls of a VDN ("" = of all)."""
        if self._restricts(user):
            error = ACSUniversalFailure.TSERVER_DEVICE_NOT_ON_ROUTE_LIST
            self._demand(vdn, self._devices(user.routing), error)

    def may_monitor_calls(self, user: CtiUser) -> bool:
        return user.monitorCalls or not self._restricts(user)

    def devices(self, user: CtiUser, level: CSTALevel) -> DeviceList:
        """The devices that a user may use at a level.

        Raises AcsFailure TSERVER_BAD_GET_DEVICE_LEVEL.
        """
        if level not in self._all_devices:
            raise AcsFailure(ACSUniversalFailure.TSERVER_BAD_GET_DEVICE_LEVEL, f"there is no device list {level.name}")
        if not self._restricts(user):
            return self._all_devices[level]
        mine = {
            CSTALevel.CSTA_DEVICE_DEVICE_MONITOR: user.monitorDevice,
            CSTALevel.CSTA_CALL_DEVICE_MONITOR: user.monitorCallsVia,
            CSTALevel.CSTA_ROUTING: user.routing,
        }
        return self._devices(mine.get(level, user.callControl))

    def _devices(self, listed: Iterable[str]) -> DeviceList:
        """What a user's list names, the devices of its groups in their place; each device once."""
        groups = self._world.aes.deviceGroups
        return tuple(dict.fromkeys(device for name in listed for device in groups.get(name, (name,))))

    def _restricts(self, user: CtiUser) -> bool:
        return self._world.aes.sdbEnabled and not user.unrestricted

    @staticmethod
    def _demand(device: str, listed: Iterable[str], error: ACSUniversalFailure) -> None:
        if device not in listed:
            raise AcsFailure(error, f"this user may not use the device {device!r} so; see its lists on the AES")

    # ---- licences

    def check_basic(self, device: str) -> None:
        """Take a basic licence for a station or split, unless it has one.

        It is held as long as the device is monitored or has a call.
        Raises CstaFailure GENERIC_SUBSCRIBED_RESOURCE_AVAILABILITY when none is left.
        """
        limit = self._world.licences.basic
        if limit is None or not device or "#" in device:
            return
        monitored = self._monitors.devices(Kind.DEVICE, Kind.SPLIT)
        self._controlled = {one for one in self._controlled if self._has_call(one)}
        holders = monitored | self._controlled
        if device not in holders and len(holders) >= limit:
            raise CstaFailure(
                CSTAUniversalFailure.GENERIC_SUBSCRIBED_RESOURCE_AVAILABILITY,
                f"all {limit} basic TSAPI licences are in use; stop a monitor or end a call",
            )
        self._controlled.add(device)

    def _has_call(self, device: str) -> bool:
        found: list[bool] = []

        def take(outcome: Outcome) -> None:
            found.append(isinstance(outcome, Confirmation) and bool(outcome.pdu.snapshotData))

        self._switch.request(SnapshotDevice(snapshotObject=device), None, take)
        return any(found)

    def check_advanced(self) -> None:
        """Predictive calls and routing need an advanced licence.

        Raises CstaFailure GENERIC_SUBSCRIBED_RESOURCE_AVAILABILITY when there is none.
        """
        if self._world.licences.advanced == 0:
            raise CstaFailure(
                CSTAUniversalFailure.GENERIC_SUBSCRIBED_RESOURCE_AVAILABILITY, "there is no advanced TSAPI licence"
            )
