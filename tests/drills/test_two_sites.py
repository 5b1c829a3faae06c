"""A server with two TLINKs and two simulated AES, each a process of its own: one is killed, the other takes over."""

import json
import re
import signal
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.commands import LIMIT_S, post
from tests.forked import forked

PORTS = {"IVRSVR_AES_CSTA": "0", "IVRSVR_AES_CSTA_S": "0"}
SIM = ("sim", "--aes", "127.0.0.1:0", "--control", "127.0.0.1:0")
SERVE = ("serve", "--backend", "tsapi", "--http", "127.0.0.1:0", "--console", "127.0.0.1:0", "--log-format", "json")


def tlink_of(printed: str) -> str:
    (found,) = re.findall(r"IVRSVR_IVR_TLINK_01='(.*)' ivrsvr serve", printed)
    return str(found)


def control_of(printed: str) -> str:
    (found,) = re.findall(r"(http://\S+)/sim/state", printed)
    return str(found)


def until(client: ClientConnection, wanted: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """Every message of a client up to the one that is waited for."""
    seen = []
    while True:
        seen.append(json.loads(client.recv(LIMIT_S)))
        if wanted(seen[-1]):
            return seen


def ready(url: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(f"{url}/health/ready", timeout=LIMIT_S) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)["reason"]


def test_one_site_is_lost_and_then_the_other(tmp_path: Path) -> None:
    with (
        forked(*SIM, folder=tmp_path, **PORTS) as (first, first_printed),
        forked(*SIM, folder=tmp_path, **PORTS) as (second, second_printed),
    ):
        tlinks = {"IVRSVR_IVR_TLINK_01": tlink_of(first_printed), "IVRSVR_IVR_TLINK_02": tlink_of(second_printed)}
        with forked(*SERVE, folder=tmp_path, **tlinks) as (_, printed):
            (url,) = re.findall(r"HTTP\s+(http://\S+?)/ ", printed)
            (ws,) = re.findall(r"(ws://\S+)/ws", printed)
            with connect(f"{ws}/ws") as client:
                client.send('{"id":"1","request":"startmonitor","extension":"101","events":"all"}')
                until(client, lambda one: one.get("id") == "1")
                post(f"{control_of(first_printed)}/sim/calls", {"from": "60123456", "to": "101"})
                until(client, lambda one: one.get("eventtype") == "offer")
                first.send_signal(signal.SIGKILL)
                # The other switch knows nothing of the call: the client is told that it is over.
                told = until(client, lambda one: one.get("eventtype") == "idle")
                assert [one["eventtype"] for one in told] == ["linkdown", "linkup", "disconnect", "idle"]
                assert [one.get("synthetic", False) for one in told] == [False, False, True, True]
                assert ready(url) == (200, "")
                post(f"{control_of(second_printed)}/sim/calls", {"from": "60123456", "to": "101"})
                offer = until(client, lambda one: one.get("eventtype") == "offer")[-1]
                assert offer["referenceid"] == 1
                assert post(f"{url}/api/answer", {"extension": "101"})["result"] == "success"
                second.send_signal(signal.SIGKILL)
                until(client, lambda one: one.get("eventtype") == "linkdown")
                assert ready(url) == (503, "no stream to the switch is open")
                client.send('{"id":"2","request":"makecall","extension":"102","destination":"103"}')
                refused = until(client, lambda one: one.get("id") == "2")[-1]
                assert refused["errorcode"] == 2101
