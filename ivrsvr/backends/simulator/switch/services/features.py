"""Queries and settings of stations, trunks and the switch itself. Source: TSAPI supplementary and escape services."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ivrsvr.backends.base import Confirmation
from ivrsvr.backends.simulator.switch import numbering
from ivrsvr.backends.simulator.switch.core import Core, State
from ivrsvr.backends.simulator.switch.equipment import Station
from ivrsvr.backends.simulator.switch.model import Skill
from ivrsvr.backends.simulator.switch.numbering import Leads
from ivrsvr.backends.simulator.switch.services.asked import Asked, Failure
from ivrsvr.csta.enums import (
    ATTDeviceType,
    ATTExtensionClass,
    ATTMwiApplication,
    ATTServiceState,
    DeviceClass,
    DeviceType,
    ForwardingType,
)
from ivrsvr.csta.errors import CstaFailure
from ivrsvr.csta.private.query import (
    ATTQueryCallClassifierConf,
    ATTQueryDeviceInfoConfV5,
    ATTQueryDeviceNameConfV7,
    ATTQueryMwiConf,
    ATTQueryStationStatusConfV10,
    ATTQueryTgConf,
    ATTQueryTodConf,
    ATTQueryUcidConf,
)
from ivrsvr.csta.query import (
    QueryDeviceInfoConf,
    QueryDndConf,
    QueryFwdConf,
    QueryMwiConf,
    SetDndConf,
    SetFwdConf,
    SetMwiConf,
)
from ivrsvr.csta.system import EscapeSvcConf
from ivrsvr.csta.types import CSTAForwardingInfo

LONGEST_NAME = 63
"""Characters of a name that clients have room for."""

STATION_CLASSES = {
    "proprietary": ATTExtensionClass.EC_PROPRIETARY,
    "analog": ATTExtensionClass.EC_ANALOG,
    "bri": ATTExtensionClass.EC_BRI,
    "sip": ATTExtensionClass.EC_PROPRIETARY,
    "data": ATTExtensionClass.EC_DATA,
    "cti": ATTExtensionClass.EC_CTI,
}
"""Type of station -> extension class."""

MWI_BITS = {
    "cti": ATTMwiApplication.AT_CTI,
    "lwc": ATTMwiApplication.AT_LWC,
    "property": ATTMwiApplication.AT_PROPMGT,
    "voice": ATTMwiApplication.AT_VOICE,
    "mcs": ATTMwiApplication.AT_MCS,
}
"""Applications that leave messages, by the names of a world file."""

DEVICE_KINDS: dict[str, tuple[DeviceType, ATTExtensionClass, ATTDeviceType]] = {
    "station": (DeviceType.DT_STATION, ATTExtensionClass.EC_PROPRIETARY, ATTDeviceType.ATT_DT_STATION),
    "agent": (DeviceType.DT_STATION, ATTExtensionClass.EC_LOGICAL_AGENT, ATTDeviceType.ATT_DT_LOGICAL_AGENT),
    "skill": (DeviceType.DT_ACD_GROUP, ATTExtensionClass.EC_ACD_SPLIT, ATTDeviceType.ATT_DT_ACD_SPLIT),
    "vdn": (DeviceType.DT_OTHER, ATTExtensionClass.EC_VDN, ATTDeviceType.ATT_DT_VDN),
    "announcement": (DeviceType.DT_OTHER, ATTExtensionClass.EC_ANNOUNCEMENT, ATTDeviceType.ATT_DT_ANNOUNCEMENT),
    "trunkgroup": (DeviceType.DT_TRUNK_GROUP, ATTExtensionClass.EC_OTHER, ATTDeviceType.ATT_DT_TRUNK_ACCESS_CODE),
}
"""Kind of device -> device type, extension class, device type of the name query."""

_FEATURELESS = frozenset({"vdn", "announcement", "skill", "trunkgroup"})


def _group_or_station(asked: Asked, device: str) -> Station | Skill:
    """The station or hunt group whose calls are forwarded, or whose lamp is lit. Raises CstaFailure as `_station`."""
    skill = asked.core.skills.get(device)
    return skill if skill is not None else _station(asked, device)


def _station(asked: Asked, device: str) -> Station:
    """The station whose feature is asked for.

    Raises CstaFailure INVALID_FEATURE for kinds that lack the feature, INVALID_CSTA_DEVICE_IDENTIFIER for anything
    else that is no station, a login id too.
    """
    station = asked.core.stations.get(device)
    if numbering.kind_of(asked.core.world, device) in _FEATURELESS or (
        station is not None and station.data.type == "data"
    ):
        raise CstaFailure(Failure.INVALID_FEATURE, f"{device} is not a telephone and has no such feature")
    return asked.core.station(device)


def _kind(asked: Asked, device: str) -> str:
    kind = numbering.kind_of(asked.core.world, device)
    if not kind:
        raise CstaFailure(Failure.INVALID_CSTA_DEVICE_IDENTIFIER, f"there is no device {device!r}")
    return kind


def query_device_info(asked: Asked) -> Confirmation:
    core, device = asked.core, asked.pdu.device
    kind = _kind(asked, device)
    device_type, extension_class, _ = DEVICE_KINDS[kind]
    if kind == "vdn":
        device_type = DeviceType[core.world.system.vdnDeviceType]
    associated_class, associated = ATTExtensionClass.EC_OTHER, ""
    if kind == "station":
        station = core.stations[device]
        extension_class = STATION_CLASSES[station.data.type]
        if station.agent is not None:
            associated_class, associated = ATTExtensionClass.EC_LOGICAL_AGENT, station.agent.login
    elif kind == "agent" and (at := core.agents[device].station) is not None:
        associated_class, associated = STATION_CLASSES[at.data.type], at.extension
    is_data = extension_class is ATTExtensionClass.EC_DATA
    data_or_voice = DeviceClass.DC_DATA if is_data else DeviceClass.DC_VOICE
    return Confirmation(
        QueryDeviceInfoConf(device=device, deviceType=device_type, deviceClass=data_or_voice),
        ATTQueryDeviceInfoConfV5(
            extensionClass=extension_class, associatedClass=associated_class, associatedDevice=associated
        ),
    )


def query_device_name(asked: Asked) -> Confirmation:
    core, device = asked.core, asked.private.device
    kind = _kind(asked, device)
    world = core.world
    tables: dict[str, Mapping[str, Any]] = {
        "station": world.stations,
        "agent": world.agents,
        "skill": world.skills,
        "vdn": world.vdns,
        "announcement": world.announcements,
    }
    if kind == "trunkgroup":
        name = next(group.name for group in world.trunkGroups.values() if group.tac == device)
    else:
        name = str(tables[kind][device].name)
    return Confirmation(
        EscapeSvcConf(),
        ATTQueryDeviceNameConfV7(
            deviceType=DEVICE_KINDS[kind][2], device=device, name=plain_name(name), uname=utf16_units(name)
        ),
    )


def plain_name(text: str) -> str:
    """A name as clients without Unicode take it: a question mark for what is not in Latin-1."""
    return text[:LONGEST_NAME].encode("latin-1", "replace").decode("latin-1")


def utf16_units(text: str) -> tuple[int, ...]:
    """A name as UTF-16 code units, as UnicodeDeviceID has it; whole characters, as many as clients have room for."""
    octets = text.encode("utf-16-be", "replace")[: 2 * LONGEST_NAME].decode("utf-16-be", "ignore").encode("utf-16-be")
    return tuple(int.from_bytes(octets[place : place + 2]) for place in range(0, len(octets), 2))


def query_dnd(asked: Asked) -> Confirmation:
    station = _station(asked, asked.pdu.device)
    return Confirmation(QueryDndConf(doNotDisturb=station.sends_all_calls))


def set_dnd(asked: Asked) -> Confirmation:
    _station(asked, asked.pdu.device).send_all_calls = asked.pdu.doNotDisturb
    return Confirmation(SetDndConf())


def query_fwd(asked: Asked) -> Confirmation:
    of = _group_or_station(asked, asked.pdu.device)
    entry = CSTAForwardingInfo(ForwardingType.FWD_IMMEDIATE, bool(of.forward), of.forward)
    return Confirmation(QueryFwdConf(forward=(entry,)))


def set_fwd(asked: Asked) -> Confirmation:
    of = _group_or_station(asked, asked.pdu.device)
    forward = asked.pdu.forward
    if forward.forwardingType != ForwardingType.FWD_IMMEDIATE:
        raise CstaFailure(Failure.VALUE_OUT_OF_RANGE, "only immediate forwarding can be set")
    if not forward.forwardingOn:
        of.forward = ""
        return Confirmation(SetFwdConf())
    check_forwarding(asked.core, of.extension, forward.forwardDN)
    of.forward = forward.forwardDN
    return Confirmation(SetFwdConf())


def check_forwarding(core: Core, extension: str, number: str) -> None:
    """Refuse a number to which the calls of an extension cannot go.

    Raises CstaFailure INVALID_FORWARDING_DESTINATION.
    """
    too_long = len(number) > numbering.MAX_DIGITS
    if too_long or number == extension or numbering.resolve(core.world, number).leads is Leads.NOWHERE:
        raise CstaFailure(Failure.INVALID_FORWARDING_DESTINATION, f"calls of {extension} cannot go to {number!r}")


def query_mwi(asked: Asked) -> Confirmation:
    messages = _group_or_station(asked, asked.pdu.device).messages
    lit = ATTMwiApplication(0)
    for application in messages:
        lit |= MWI_BITS[application]
    return Confirmation(QueryMwiConf(messages=bool(messages)), ATTQueryMwiConf(applicationType=lit))


def set_mwi(asked: Asked) -> Confirmation:
    light = _group_or_station(asked, asked.pdu.device).messages
    if asked.pdu.messages:
        light.add("cti")
    else:
        light.discard("cti")
    return Confirmation(SetMwiConf())


def query_station_status(asked: Asked) -> Confirmation:
    station = asked.core.station(asked.private.device)
    return Confirmation(
        EscapeSvcConf(),
        ATTQueryStationStatusConfV10(
            stationStatus=bool(station.in_state(State.CS_CONNECT)),
            serviceState=ATTServiceState.IN_SERVICE if station.in_service else ATTServiceState.OUT_OF_SERVICE,
        ),
    )


def query_trunk_group(asked: Asked) -> Confirmation:
    tac = asked.private.device
    for number, group in asked.core.trunks.items():
        if asked.core.world.trunkGroups[number].tac == tac:
            return Confirmation(
                EscapeSvcConf(), ATTQueryTgConf(idleTrunks=len(group.free), usedTrunks=group.busy + len(group.used))
            )
    raise CstaFailure(Failure.INVALID_CSTA_DEVICE_IDENTIFIER, f"{tac!r} is not the access code (TAC) of a trunk group")


def query_time_of_day(asked: Asked) -> Confirmation:
    now = datetime.fromtimestamp(asked.core.clock.now(), asked.core.timezone)
    return Confirmation(
        EscapeSvcConf(),
        ATTQueryTodConf(
            year=now.year % 100, month=now.month, day=now.day, hour=now.hour, minute=now.minute, second=now.second
        ),
    )


def query_ucid(asked: Asked) -> Confirmation:
    return Confirmation(EscapeSvcConf(), ATTQueryUcidConf(ucid=asked.core.call(asked.private.call.callID).ucid))


def query_call_classifier(asked: Asked) -> Confirmation:
    classifiers = asked.core.world.classifiers
    used = classifiers.busy + asked.core.classifiers_used
    return Confirmation(
        EscapeSvcConf(), ATTQueryCallClassifierConf(numAvailPorts=classifiers.ports - used, numInUsePorts=used)
    )
