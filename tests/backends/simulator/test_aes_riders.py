"""Requests with private data that does not belong there: dropped, and every request is answered exactly once."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrsvr.backends.simulator.aes.riders import RIDERS, rider
from ivrsvr.csta.call import MakeCall
from ivrsvr.csta.monitor import MonitorCallsViaDevice
from ivrsvr.csta.pdu import BY_NAME, DECLARATIONS, EventClass, Family, confirmation_of, declaration_of
from ivrsvr.csta.private.call import ATTClearConnectionV6, ATTMakeCallV6
from ivrsvr.csta.private.monitor import ATTMonitorFilter
from ivrsvr.csta.private.query import ATTQueryCallClassifier
from ivrsvr.csta.system import EscapeSvc, PrivateStatus
from tests.backends.simulator.site import Client, site
from tests.backends.simulator.values import pdus

PDUS = json.loads((Path(__file__).parents[2] / "conformance/data/tsapi/pdus.json").read_text(encoding="utf-8"))
REQUESTS = [kind for kind, known in DECLARATIONS.items() if known.event_class is EventClass.CSTAREQUEST]
PRIVATE = [kind for kind, known in DECLARATIONS.items() if known.family is Family.PRIVATE]


def test_the_table_is_the_specifications() -> None:
    found: dict[type, set[type]] = {}
    for row in PDUS["private_pdus"]:
        words = re.findall(r"\w+", row["accompanies"])
        if row["direction"] != "client->server" or "CSTAEscapeSvc" in words:
            continue
        for word in words:
            if word in BY_NAME:
                found.setdefault(BY_NAME[word], set()).add(_newest_of(BY_NAME[row["name"]]))
    found[MonitorCallsViaDevice].add(ATTMonitorFilter)
    assert {kind: set(riders) for kind, riders in RIDERS.items()} == found


def _newest_of(kind: type) -> type:
    names = declaration_of(kind).asn1_name.rstrip("0123456789").removesuffix("V")
    family = [one for one in PRIVATE if declaration_of(one).asn1_name.rstrip("0123456789").removesuffix("V") == names]
    return max(family, key=lambda one: (declaration_of(one).versions or (0,))[0])


def test_what_does_not_belong_to_a_request_is_dropped() -> None:
    make = MakeCall(callingDevice="101", calledDevice="102")
    assert rider(make, ATTMakeCallV6()) == ATTMakeCallV6()
    assert rider(make, ATTClearConnectionV6()) is None
    assert rider(make, ATTQueryCallClassifier()) is None
    assert rider(EscapeSvc(), ATTQueryCallClassifier()) == ATTQueryCallClassifier()
    assert rider(make, None) is None


@pytest.mark.parametrize("kind", REQUESTS, ids=lambda kind: kind.__name__)
@given(st.data())
@settings(max_examples=10, deadline=None)
def test_any_request_with_any_private_data_has_one_answer(kind: type, data: st.DataObject) -> None:
    client = Client(site(), "ECS#2-10")
    client.simulator.people.lift("101")
    client.simulator.people.dial("101", "102")
    for _ in range(3):
        pdu = data.draw(pdus(kind))
        private: Any = data.draw(st.none() | st.sampled_from(PRIVATE).flatmap(pdus))
        invoke = client.send(pdu, private)
        client.simulator.clock.advance(40)
        answers = client.answers(invoke)
        if confirmation_of(kind) is None:
            assert len(answers) <= 1
        else:
            assert len(answers) == 1
    assert not [one for one in client.mail if isinstance(one.pdu, PrivateStatus) and one.private is None]
