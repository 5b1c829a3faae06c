"""One seed gives one event log: in every run, whatever the hash seed, in process and over the wire."""

import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from ivrsvr.testing.facade import Client, RunningServer
from tests.properties import centre

STATIONS = ("101", "102", "103", "104", "105")
AGENTS = (("12345", "67890"), ("12346", "67890"))
NUMBERS = ("101", "102", "103", "201", "700", "967896789", "999")
STEPS = 70
MORNING = {"clock": {"start": "2016-03-23T08:00:00Z"}}


def deeds(server: RunningServer, client: Client, luck: random.Random) -> tuple[Callable[[], object], ...]:
    """What may happen next, for a station, a number and an agent drawn by lot; it may be refused."""
    station, number, (agent, password) = luck.choice(STATIONS), luck.choice(NUMBERS), luck.choice(AGENTS)

    def ask(request: str, **fields: Any) -> Callable[[], object]:
        return lambda: client.ask(request, extension=station, **fields)

    def hand(action: str, **fields: Any) -> Callable[[], object]:
        return lambda: server.http("POST", f"/sim/phones/{station}/{action}", json=fields)

    return (
        lambda: server.http("POST", "/sim/calls", json={"from": f"60{luck.randrange(10**6):06}", "to": number}),
        lambda: server.http("POST", "/sim/calls", json={"from": None, "to": "700"}),
        hand("dial", number=number),
        hand("answer"),
        hand("answer"),
        hand("hangup"),
        ask("makecall", destination=number, data=""),
        ask("answer"),
        ask("hold"),
        ask("retrieve"),
        ask("consultation", destination=number, data="order"),
        ask("transfer", destination=number),
        ask("conference", destination=number),
        ask("singlestepconference", devicetojoin=luck.choice(STATIONS), type="passive"),
        ask("hangup", data=""),
        ask("login", agentid=agent, passwd=password),
        ask("setstate", state=luck.choice(("auto", "manual", "aux", "acw")), reasoncode="0"),
        lambda: server.advance(luck.choice((0.5, 2, 7, 20))),
        lambda: server.advance(luck.choice((0.5, 2, 7, 20))),
    )


def events_of_a_day(backend: str, seed: int) -> bytes:
    """Every JSON event that an application is told in a seeded story, as it came."""
    with RunningServer(patch=MORNING, backend=backend) as server:
        client = server.connect()
        for extension in (*STATIONS, "201", "700"):
            client.ask("startmonitor", extension=extension, events="all")
        luck = random.Random(seed)
        for _ in range(STEPS):
            luck.choice(deeds(server, client, luck))()
        server.advance(200)
        return "\n".join(text for text in client.texts if json.loads(text)["msgtype"] == "event").encode()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_in_process_and_over_the_wire_the_log_is_the_same_byte_for_byte(seed: int) -> None:
    here, wire = events_of_a_day("simulator", seed), events_of_a_day("tsapi", seed)
    assert here.count(b"\n") > 30
    assert wire.splitlines() == here.splitlines(), f"seed {seed}"


def log_of(seed: int, steps: int) -> str:
    """A digest of everything that is told in a story of the whole centre."""
    lines: list[str] = []
    centre.run(centre.story(seed, steps), lines.append)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def test_three_runs_one_log() -> None:
    assert len({log_of(11, 150) for _ in range(3)}) == 1


def test_the_order_of_hashes_does_not_matter() -> None:
    program = "from tests.test_determinism import log_of; print(log_of(12, 150))"
    told = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for hash_seed in ("0", "4711")
    }
    assert len(told) == 1, f"replay: {centre.replay_command(12, 150)}"
