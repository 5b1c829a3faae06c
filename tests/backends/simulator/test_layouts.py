"""Private data between versions: what is kept, what is lost, and what has no layout."""

from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivrsvr.csta.enums import (
    AgentState,
    ATTConsultMode,
    ATTTalkState,
    ATTWorkMode,
    ReasonForCallInfo,
    UserEnteredCodeType,
    UUIProtocolType,
)
from ivrsvr.csta.private.call import (
    ATTConsultationCall,
    ATTConsultationCallV6,
    ATTConsultationCallV10,
    ATTSingleStepTransferCallConf,
    ATTSingleStepTransferCallConfV9,
)
from ivrsvr.csta.private.events import (
    ATTDelivered,
    ATTDeliveredV5,
    ATTDeliveredV6,
    ATTDeliveredV7,
    ATTFailedV7,
    ATTFailedV8,
    ATTHeldV9,
    ATTOriginated,
    ATTOriginatedV9,
    ATTTransferredV6,
    ATTTransferredV7,
)
from ivrsvr.csta.private.layouts import FAMILIES, at_version, is_in_version, newest
from ivrsvr.csta.private.query import (
    ATTQueryAgentStateConf,
    ATTQueryAgentStateConfV6,
    ATTQueryStationStatus,
    ATTQueryStationStatusConf,
    ATTQueryStationStatusConfV10,
    ATTQueryStationStatusV10,
    ATTSetAgentState,
    ATTSetAgentStateV5,
    ATTSetAgentStateV6,
)
from ivrsvr.csta.private.structures import (
    ATTLookaheadInfo,
    ATTLookaheadInfoV5,
    ATTOriginalCallInfo,
    ATTOriginalCallInfoV5,
    ATTOriginalCallInfoV7,
    ATTTrunkInfo,
    ATTUserEnteredCode,
    ATTUserToUserInfo,
)
from ivrsvr.csta.types import ConnectionID, DeviceHistoryEntry, provided

ORIGINAL = ATTOriginalCallInfoV7(
    reason=ReasonForCallInfo.OR_CONSULTATION,
    callingDevice=provided("60123456"),
    calledDevice=provided("700"),
    trunkGroup="5",
    trunkMember="20",
    lookaheadInfo=ATTLookaheadInfoV5(sourceVDN="700", uSourceVDN=(55, 48, 48)),
    userEnteredCode=ATTUserEnteredCode(type=UserEnteredCodeType.UE_CALL_PROMPTER, data="42"),
    userInfo=ATTUserToUserInfo(UUIProtocolType.UUI_IA5_ASCII, b"hello"),
    ucid="00001000481428289124",
    deviceHistory=(DeviceHistoryEntry(oldDeviceID="101"),),
)
DELIVERED = ATTDeliveredV7(
    trunkGroup="5", split="201", originalCallInfo=ORIGINAL, ucid="00001000491428289140", distributingVDN=provided("700")
)


def test_down_loses_what_the_older_layout_does_not_have() -> None:
    v6 = at_version(DELIVERED, 6)
    assert isinstance(v6, ATTDeliveredV6)
    assert v6.ucid == DELIVERED.ucid
    assert isinstance(v6.originalCallInfo, ATTOriginalCallInfoV5)
    assert v6.originalCallInfo.ucid == ORIGINAL.ucid
    assert isinstance(at_version(DELIVERED, 5), ATTDeliveredV5)

    v4 = at_version(DELIVERED, 4)
    assert isinstance(v4, ATTDelivered)
    assert type(v4.originalCallInfo) is ATTOriginalCallInfo
    assert type(v4.originalCallInfo.lookaheadInfo) is ATTLookaheadInfo
    assert v4.originalCallInfo.lookaheadInfo.sourceVDN == "700"
    assert v4.originalCallInfo.userInfo.data == b"hello"
    assert not hasattr(v4, "ucid")


def test_up_leaves_absent_what_the_older_layout_did_not_have() -> None:
    up = newest(at_version(DELIVERED, 4))
    assert isinstance(up, ATTDeliveredV7)
    assert up.ucid == ""
    assert up.split == "201"
    assert up.originalCallInfo.deviceHistory == ()
    assert up.originalCallInfo.callingDevice == provided("60123456")


ROWS: list[tuple[Any, int | None, Any]] = [
    (ATTHeldV9(consultMode=ATTConsultMode.ATT_CM_CONSULTATION), 9, "same"),
    (ATTHeldV9(), 8, None),
    (ATTFailedV8(callingDevice=provided("101")), 7, ATTFailedV7()),
    (ATTFailedV8(), 6, None),
    (ATTOriginatedV9(physicalTerminal="101"), 5, ATTOriginated(physicalTerminal="101")),
    (ATTSetAgentState(workMode=ATTWorkMode.WM_AUX_WORK), 5, ATTSetAgentStateV5(workMode=ATTWorkMode.WM_AUX_WORK)),
    (
        ATTSetAgentStateV5(workMode=ATTWorkMode.WM_AUX_WORK, reasonCode=3),
        8,
        ATTSetAgentStateV6(workMode=ATTWorkMode.WM_AUX_WORK, reasonCode=3),
    ),
    (ATTSingleStepTransferCallConfV9(ucid="1"), 8, ATTSingleStepTransferCallConf()),
    (ATTSingleStepTransferCallConfV9(ucid="1"), 7, None),
    (ATTConsultationCallV10(destRoute="9"), 9, ATTConsultationCallV6(destRoute="9")),
    (ATTConsultationCallV10(destRoute="9"), 5, ATTConsultationCall(destRoute="9")),
    (ATTQueryStationStatusV10(device="101"), 8, ATTQueryStationStatus(device="101")),
    (ATTQueryStationStatusConfV10(stationStatus=True), 9, ATTQueryStationStatusConf(stationStatus=True)),
    (
        ATTQueryAgentStateConfV6(talkState=ATTTalkState.TS_IDLE, reasonCode=2),
        4,
        ATTQueryAgentStateConf(talkState=ATTTalkState.TS_IDLE),
    ),
    (
        ATTTransferredV7(trunkList=(ATTTrunkInfo(ConnectionID(1, "T1#1"), "5", "20"),)),
        6,
        ATTTransferredV6(trunkList=(ATTTrunkInfo(ConnectionID(1, "T1#1"), "5", "20"),)),
    ),
    (DELIVERED, None, None),
    (None, 8, None),
]


@pytest.mark.parametrize(("private", "version", "expected"), ROWS)
def test_rows(private: Any, version: int | None, expected: Any) -> None:
    assert at_version(private, version) == (private if expected == "same" else expected)


def test_a_version_can_have_two_layouts_of_one_thing() -> None:
    """Clients log in with PDU 87 even where 102 exists; both are read, and both lift to the same."""
    assert is_in_version(ATTSetAgentStateV5(workMode=ATTWorkMode.WM_AUX_WORK), 8)
    assert newest(ATTSetAgentStateV5(workMode=ATTWorkMode.WM_AUX_WORK)) == ATTSetAgentStateV6(
        workMode=ATTWorkMode.WM_AUX_WORK
    )
    assert not is_in_version(ATTSetAgentState(workMode=ATTWorkMode.WM_AUX_WORK), 5)


def test_what_is_no_pdu_is_refused() -> None:
    with pytest.raises(KeyError):
        at_version(AgentState.AG_NULL, 8)


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any value of an annotation of the vocabulary."""
    if get_origin(kind) is tuple:
        return st.lists(values(get_args(kind)[0]), max_size=2).map(tuple)
    if is_dataclass(kind) and isinstance(kind, type):
        hints = get_type_hints(kind)
        return st.builds(kind, **{entry.name: values(hints[entry.name]) for entry in fields(kind)})
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind)) if list(kind) else st.just(kind(0))
    simple: dict[Any, st.SearchStrategy[Any]] = {
        bool: st.booleans(),
        int: st.integers(0, 9),
        float: st.floats(0, 9),
        bytes: st.binary(max_size=3),
        str: st.text("0123#T", max_size=3),
    }
    return simple[kind]


newest_values = st.sampled_from([kinds[-1] for kinds in FAMILIES.values()]).flatmap(values)


@given(newest_values, st.integers(2, 10))
def test_down_and_up_again_changes_nothing_the_second_time(private: Any, version: int) -> None:
    lowered = at_version(private, version)
    if lowered is None:
        return
    assert is_in_version(lowered, version)
    lifted = newest(lowered)
    assert type(lifted) is type(private)
    assert at_version(lifted, version) == lowered
    for entry in fields(lowered):
        value = getattr(private, entry.name, None)
        if not is_dataclass(value) and hasattr(private, entry.name):
            assert getattr(lowered, entry.name) == value


@given(newest_values)
def test_the_newest_layout_is_where_lifting_ends(private: Any) -> None:
    assert newest(private) is private
