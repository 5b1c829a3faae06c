"""A server that is killed (kill -9) in the middle of requests with idempotency keys, and started again."""

import sqlite3
from pathlib import Path

from tests.drills.rig import Clients, Message, Switch, ask, eventually, get, servers, switch

OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"


def known(path: Path, key: str) -> tuple[str, int] | None:
    """What a server that is killed now leaves behind of a key: the outcome, and whether it has asked the switch."""
    with sqlite3.connect(path) as database:
        found = database.execute("select outcome, asked from tIdempotency where key like ?", [f"%{key}"]).fetchone()
    database.close()
    return None if found is None else (str(found[0]), int(found[1]))


def made(behind: Switch, extension: str) -> int:
    """How many calls the switch was asked to make for an extension."""
    passed = get(f"{behind.control}/sim/trace?most=1000&extension={extension}")[1]["trace"]
    return sum(one["pdu"] == "MakeCall" for one in passed)


def test_a_killed_server_that_is_started_again_knows_what_became_of_every_request(tmp_path: Path) -> None:
    database = tmp_path / "server0/ivrsvr.db"
    calls = {"not asked": ("101", "102"), "asked": ("103", "104"), "lost on the way": ("105", "106")}
    with switch(tmp_path) as behind:
        with servers(tmp_path, 1, *behind.tlinks) as (first,):
            done = ask(first.url, "setmsgwaitingind", "done", extension="102", ind="true")[1]
            behind.fault(fault="lose", service="SetDnd", device="101")
            behind.fault(fault="lose", service="MakeCall", device="103")
            behind.fault(fault="lose", on="request", service="MakeCall", device="105")
            clients = Clients(first.url)
            clients.ask("setdonotdisturb", "before", extension="101", dnd="true")
            eventually(lambda: known(database, "before") == ("", 1), "101 waits for the switch")
            for key, (extension, destination) in calls.items():
                for _ in range(2):  # the second finds the first under way
                    clients.ask("makecall", key, extension=extension, destination=destination)
            eventually(lambda: known(database, "not asked") == ("", 0), "the second request of 101 has begun")
            eventually(lambda: known(database, "lost on the way") == ("", 1), "the switch is asked")
            eventually(lambda: len(behind.calls()) == 1, "the call of 103 is made, and nobody told")
            first.process.kill()
            clients.answers()
        with servers(tmp_path, 1, *behind.tlinks) as (again,):
            assert ask(again.url, "setmsgwaitingind", "done", extension="102", ind="true")[1] == done
            answers: dict[str, list[Message]] = {
                key: [ask(again.url, "makecall", key, extension=one, destination=other)[1] for _ in range(2)]
                for key, (one, other) in calls.items()
            }
            assert [one["error"].partition(":")[0] for one in answers["lost on the way"]] == [OUTCOME_UNKNOWN] * 2
            there = {call["parties"][0]["party"]: (str(call["callid"]), call["ucid"]) for call in behind.calls()}
            assert set(there) == {"101", "103"}
            for key in ("not asked", "asked"):
                assert [(one["callid"], one["ucid"]) for one in answers[key]] == [there[calls[key][0]]] * 2
            assert [made(behind, one) for one in ("101", "103")] == [1, 1]
