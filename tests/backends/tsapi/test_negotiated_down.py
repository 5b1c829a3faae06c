"""An AES that offers less private data than is asked for: the call's features work all the same, through every door."""

import pytest

from ivrsvr.testing.facade import Client, RunningServer


def server(version: int) -> RunningServer:
    return RunningServer(backend="tsapi", patch={"aes": {"privateDataMax": version}})


def well(client: Client, request: str, **fields: object) -> dict[str, object]:
    answer = client.request(request, **fields)
    assert answer["result"] == "success", answer
    return dict(answer)


@pytest.mark.parametrize("version", [5, 6, 7])
def test_a_call_with_everything(version: int) -> None:
    with server(version) as house:
        client = house.connect()
        well(client, "startmonitor", extension="101")
        made = well(client, "makecall", extension="101", destination="102", data="customer 4711")
        assert made["ucid"]
        well(client, "answer", extension="102")
        well(client, "dtmf", extension="101", dtmf="42#")
        well(client, "hold", extension="101")
        well(client, "retrieve", extension="101")
        well(client, "consultation", extension="101", destination="103")
        well(client, "answer", extension="103")
        well(client, "alternate", extension="101")
        well(client, "conference", extension="101")
        well(client, "selectivelisteninghold", extension="101", party="102")
        well(client, "selectivelisteningretrieve", extension="101", party="102")
        parties = well(client, "snapshot", extension="101")
        assert "103" in str(parties)
        well(client, "hangup", extension="101", data="bye")
        told = [event["eventtype"] for event in client.events]
        assert told == [
            "alert", "connect", "hold", "retrieve", "hold", "alert", "connect", "hold", "retrieve", "conference",
            "disconnect", "idle",
        ]  # fmt: skip


@pytest.mark.parametrize("version", [5, 6, 7])
def test_transfer_and_data_at_the_far_end(version: int) -> None:
    with server(version) as house:
        client = house.connect()
        for extension in ("102", "103"):
            well(client, "startmonitor", extension=extension)
        well(client, "makecall", extension="101", destination="102", data="customer 4711")
        assert client.events[0]["eventtype"] == "offer"
        assert client.events[0]["custdata"] == "customer 4711"
        well(client, "answer", extension="102")
        well(client, "consultation", extension="102", destination="103")
        well(client, "answer", extension="103")
        well(client, "transfer", extension="102")
        assert {"transfer", "idle"} <= {one["eventtype"] for one in client.events}


@pytest.mark.parametrize("version", [5, 6, 7])
def test_agents_and_questions(version: int) -> None:
    with server(version) as house:
        client = house.connect()
        well(client, "login", extension="101", agentid="12345", passwd="67890")
        well(client, "setstate", extension="101", state="auto")
        assert well(client, "queryagentstate", extension="101")
        for request, fields in (
            ("queryacdsplit", {"split": "201"}),
            ("querydevicename", {"extension": "101"}),
            ("querytimeofday", {}),
            ("querystationstatus", {"extension": "101"}),
            ("querytrunkgroup", {"tag": "410"}),
            ("querydeviceinfo", {"extension": "101"}),
        ):
            well(client, request, **fields)
        well(client, "logout", extension="101", agentid="12345", passwd="67890")


def test_what_a_version_has_not_is_refused_with_the_one_that_has() -> None:
    with server(7) as house:
        client = house.connect()
        well(client, "makecall", extension="101", destination="102")
        well(client, "answer", extension="102")
        refused = client.request("singlesteptransfer", extension="101", destination="103")
        what = "singlesteptransfer (extension 101, destination 103)"
        assert refused["error"] == f"INVALID_FEATURE: {what}: this needs private data 8 or later, and the stream has 7"
        well(client, "transfer", extension="101", destination="103")
