"""Two and three servers on one AES behind real balancers: any request on any server, and the loss of one of them."""

import json
import re
import signal
import socket
import subprocess
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redis import Redis

from ivrsvr.clock import Clock
from ivrsvr.interfaces.keys import Keys
from ivrsvr.store.database import open_database
from ivrsvr.store.tables import Configuration
from tests.commands import LIMIT_S
from tests.drills.balancers import ADDRESSES, DEPLOY, Balancer, balancer, configuration, program
from tests.drills.rig import (
    ANY_PORT,
    LOOK_S,
    Clients,
    Message,
    Server,
    Switch,
    ask,
    client,
    eventually,
    get,
    servers,
    switch,
)
from tests.forked import Forked, launch, read
from tests.redis import redis_server

OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"
CALLS = 30
"""That each caller makes under load."""


@dataclass
class Pool:
    """Servers on one switch, with shared idempotency keys and user data."""

    switch: Switch
    keys: Mapping[str, str]
    servers: list[Server]

    def taken(self) -> list[float]:
        """How many requests each server has answered."""
        return [total(get(f"{one.url}/metrics")[1]["text"], "ivrsvr_requests_total") for one in self.servers]


def total(metrics: str, name: str) -> float:
    return sum(float(line.rpartition(" ")[2]) for line in metrics.splitlines() if line.startswith(f"{name}{{"))


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    folder = tmp_path_factory.mktemp("pool")
    with ExitStack() as stack:
        redis = stack.enter_context(redis_server(tmp_path_factory.mktemp("redis")))
        behind = stack.enter_context(switch(folder))
        shared = {
            "IVRSVR_IVR_IDEMPOTENCY": redis.url,
            "IVRSVR_IVR_UUISVR": redis.url,
            "IVRSVR_IVR_REQUESTTIMEOUT": "1",
        }
        yield Pool(behind, shared, stack.enter_context(servers(folder, 3, *behind.tlinks, **shared)))


@pytest.fixture(params=["haproxy", "nginx"])
def front(request: pytest.FixtureRequest, pool: Pool, tmp_path: Path) -> Iterator[Balancer]:
    with balancer(request.param, tmp_path, [one for one in pool.servers if one.process.poll() is None]) as found:
        yield found
    pool.switch.reset()


def console(at: Server, *commands: str) -> str:
    """What the console says to an administrator's commands."""
    with socket.create_connection(("127.0.0.1", at.console), LIMIT_S) as connection:
        lines = ("tcpgate", "tcpgate01", *commands, "quit")
        connection.sendall("".join(f"{line}\r\n" for line in lines).encode())
        octets = b""
        while part := connection.recv(65536):
            octets += part
    return octets.decode("utf-8", "replace")


def test_each_server_carries_on_what_another_began(pool: Pool) -> None:
    one, two, three = (server.url for server in pool.servers)
    made = ask(one, "makecall", extension="101", destination="102")[1]
    assert made["result"] == "success"
    for url, request, extension in [(two, "answer", "102"), (three, "hold", "101"), (one, "retrieve", "101")]:
        assert ask(url, request, extension=extension)[1]["result"] == "success"
    assert ask(two, "snapshot", extension="102")[1] == ask(three, "snapshot", extension="102")[1]
    assert ask(three, "clearcall", extension="101")[1]["result"] == "success"
    assert pool.switch.calls() == []


def test_any_request_on_any_server_in_turn(pool: Pool, front: Balancer) -> None:
    before = pool.taken()
    for _ in range(2):
        for request, extension in [
            ("makecall", "101"), ("answer", "102"), ("hold", "101"), ("retrieve", "101"), ("clearcall", "101"),
        ]:  # fmt: skip
            values = {"destination": "102"} if request == "makecall" else {}
            status, answer = ask(front.url, request, extension=extension, **values)
            assert (status, answer["result"]) == (200, "success"), answer
    done = [after - former for former, after in zip(before, pool.taken(), strict=True)]
    assert sum(done) == 10
    assert max(done) - min(done) <= 1, done


def test_websocket_through_the_balancer(front: Balancer) -> None:
    with client(front.ws) as found:
        found.monitor("101")
        assert ask(front.url, "makecall", extension="101", destination="102")[1]["result"] == "success"
        found.until("alert")
        assert found.ask("clearcall", extension="101")["result"] == "success"
        found.until("idle")


def test_taken_out_by_the_blacklist_and_back(pool: Pool, front: Balancer) -> None:
    def clients() -> list[int]:
        texts = [get(f"{one.url}/metrics")[1]["text"] for one in pool.servers]
        return [int(float(re.findall(r"^ivrsvr_clients(?:\{.*\})? ([\d.]+)$", text, re.M)[0])) for text in texts]

    def requests(number: int) -> float:
        """How many of so many requests the server took."""
        before = pool.taken()[place]
        for _ in range(number):
            assert ask(front.url, "querydevicename", extension="101")[0] == 200
        return pool.taken()[place] - before

    with client(front.ws) as found:
        found.monitor("101")
        place = clients().index(1)
        out = pool.servers[place]
        console(out, f"add blacklist {front.address} maintenance")
        eventually(lambda: requests(6) == 0, "the balancer has taken it out")
        assert requests(30) == 0
        pool.switch.call("101")
        found.until("offer")  # the connection that was open lives on
        assert front.address in console(out, "disp blacklist")
        console(out, f"delete blacklist {front.address}")
        eventually(lambda: requests(6) > 0, "the balancer has taken it back")


@dataclass
class Caller:
    """Makes and ends calls at one extension, each with a key of its own, and asks again until there is an outcome."""

    url: str
    extension: str
    destination: str
    made: list[str] = field(default_factory=list)
    unknown: int = 0
    keys: Counter[str] = field(default_factory=Counter)
    wrong: list[Message] = field(default_factory=list)

    def run(self) -> None:
        while self.keys["makecall"] < CALLS and not self.wrong:
            answer = self._insist("makecall", destination=self.destination)
            if answer["result"] == "success":
                self.made.append(answer["ucid"])
            elif OUTCOME_UNKNOWN in answer["error"]:
                self.unknown += 1
            else:
                self.wrong.append(answer)
            while ask_until_answered(self.url, "snapshot", "", extension=self.extension)["list"]:
                self._insist("clearcall")

    def _insist(self, request: str, **values: str) -> Message:
        self.keys[request] += 1
        key = f"{self.url} {self.extension} {request} {self.keys[request]}"
        return ask_until_answered(self.url, request, key, extension=self.extension, **values)


def ask_until_answered(url: str, request: str, key: str, **values: str) -> Message:
    """As a careful client: no answer, or one that blames the way, has it asked again under the same key."""
    pause = threading.Event()
    for _ in range(200):
        try:
            status, answer = ask(url, request, key, **values)
        except OSError:
            status, answer = 0, {}
        if status not in (0, 502, 503, 504) and "result" in answer:
            return answer
        pause.wait(LOOK_S)
    raise AssertionError(f"{request} is never answered: {status} {answer}")


def test_one_is_killed_under_load(pool: Pool, front: Balancer) -> None:
    """Three servers behind HAProxy; the two that are left behind nginx."""
    lines = [("101", "102"), ("103", "104"), ("105", "106")]
    callers = [Caller(front.url, extension, destination) for extension, destination in lines]
    threads = [threading.Thread(target=caller.run) for caller in callers]
    begun = get(f"{pool.switch.control}/sim/trace?most=1")[1]["last"]
    for thread in threads:
        thread.start()
    victim = next(one for one in pool.servers if one.process.poll() is None)

    try:
        eventually(lambda: max(len(one.made) for one in callers) >= 5, "calls are made")
        victim.process.kill()
    finally:
        for thread in threads:
            thread.join()
    assert [one.wrong for one in callers] == [[], [], []]
    assert sum(len(one.made) + one.unknown for one in callers) == CALLS * len(callers)
    for caller in callers:
        trace = f"{pool.switch.control}/sim/trace?since={begun}&most=1000&extension={caller.extension}"
        passed = get(trace)[1]["trace"]
        asked = [one["text"] for one in passed if one["pdu"] == "MakeCall"]
        confirmed = " ".join(one["text"] for one in passed if one["pdu"] == "MakeCallConf")
        assert len(caller.made) <= len(asked) <= caller.keys["makecall"], asked  # none is carried out twice
        assert len(set(caller.made)) == len(caller.made)
        assert all(ucid in confirmed for ucid in caller.made)  # none that was confirmed is lost
    assert pool.switch.calls() == []


def test_one_is_killed_in_the_middle_of_requests_and_another_answers_them(pool: Pool, tmp_path: Path) -> None:
    calls = {"not asked": ("101", "102"), "asked": ("103", "104"), "lost on the way": ("105", "106")}
    survivor = next(one for one in pool.servers if one.process.poll() is None)
    redis = Redis.from_url(pool.keys["IVRSVR_IVR_IDEMPOTENCY"])

    def begun(key: str) -> object:
        """Whether the switch was asked; None = the request has not begun."""
        found = redis.get(f"ivrsvr:idempotency:\x1f{key}")
        assert found is None or isinstance(found, bytes)
        return None if found is None else json.loads(found)[4]

    with redis, servers(tmp_path, 1, *pool.switch.tlinks, **pool.keys) as (victim,):
        pool.switch.fault(fault="lose", service="SetDnd", device="101")
        pool.switch.fault(fault="lose", service="MakeCall", device="103")
        pool.switch.fault(fault="lose", on="request", service="MakeCall", device="105")
        console(survivor, "change parameter ivr_requesttimeout 0.4")
        clients, others = Clients(victim.url), Clients(survivor.url)
        clients.ask("setdonotdisturb", "before", extension="101", dnd="true")
        eventually(lambda: begun("before"), "101 waits for the switch")
        for key, (extension, destination) in calls.items():
            clients.ask("makecall", key, extension=extension, destination=destination)
        eventually(lambda: begun("not asked") is False, "the second request of 101 has begun")
        eventually(lambda: begun("lost on the way"), "the switch is asked")
        eventually(lambda: len(pool.switch.calls()) == 1, "the call of 103 is made, and nobody told")
        for key, (extension, destination) in calls.items():
            for _ in range(2):  # in flight twice, while the first is under way elsewhere
                others.ask("makecall", key, extension=extension, destination=destination)
        victim.process.kill()
        clients.answers()
    answers = others.answers()
    assert {one["error"].partition(":")[0] for one in answers["lost on the way"]} == {OUTCOME_UNKNOWN}
    there = {one["parties"][0]["party"]: (str(one["callid"]), one["ucid"]) for one in pool.switch.calls()}
    assert set(there) == {"101", "103"}
    for key in ("not asked", "asked"):
        assert [(one["callid"], one["ucid"]) for one in answers[key]] == [there[calls[key][0]]] * 2
    pool.switch.reset()


GREETING = "Grüße, die unter einem Schlüssel reisen"


def test_data_in_redis_outlive_the_server_that_set_them(pool: Pool, tmp_path: Path) -> None:
    survivor = next(one for one in pool.servers if one.process.poll() is None)
    with servers(tmp_path, 1, *pool.switch.tlinks, **pool.keys) as (victim,):
        told_after_the_loss(pool, victim, survivor)


def test_data_of_a_service_of_its_own_outlive_the_server_that_set_them(pool: Pool, tmp_path: Path) -> None:
    database = open_database(str(tmp_path / "data.db"))
    keys = Keys(Configuration(database), Clock(mode="real"))
    allowed, other = (keys.create(scope, scope, "*", "", "test") for scope in ("call", "query"))
    database.close()
    with service(tmp_path) as (process, place):
        for key, status in ((allowed, 200), (other, 403), (allowed[:-1] + "x", 401), ("", 401)):
            assert get(f"http://{place}/status", key)[0] == status, key
        shared = {"IVRSVR_IVR_UUISVR": place, "IVRSVR_IVR_UUISVR_KEY": allowed}
        with servers(tmp_path, 2, *pool.switch.tlinks, **shared) as (victim, survivor):
            told_after_the_loss(pool, victim, survivor)
            kept = ask(survivor.url, "userdata", extension="102", type="set", data=GREETING)[1]["uui"]
        process.kill()
    with service(tmp_path) as (process, place):
        assert get(f"http://{place}/userdata/{kept}", allowed)[1]["data"] == GREETING
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT_S) == 0


@contextmanager
def service(folder: Path) -> Iterator[tuple[Forked, str]]:
    """An `ivrsvr uuisvr` that asks for keys, and where it listens."""
    arguments = ("uuisvr", "--uuisvr", ANY_PORT, "--db", "data.db")
    process, printed = launch(*arguments, folder=folder, variables={"IVRSVR_SECURITY": "on"})
    try:
        yield process, re.findall(r"ivr_uuisvr (\S+)", read(printed))[0]
    finally:
        process.kill()
        printed.close()


def told_after_the_loss(pool: Pool, victim: Server, survivor: Server) -> None:
    """A call is made with data at one server, which is killed; the other one tells them with all that follows."""
    with client(survivor.ws) as found:
        found.monitor("102")
        assert ask(victim.url, "makecall", extension="101", destination="102", data=GREETING)[1]["result"] == "success"
        victim.process.kill()
        (offer,) = found.until("offer")
        pool.switch.hand("102", "answer")
        (connect,) = found.until("connect")
        assert [one["custdata"] for one in (offer, connect)] == [GREETING] * 2
        assert found.ask("userdata", extension="102", type="get", uui=connect["uui"])["data"] == GREETING
    pool.switch.reset()


@pytest.mark.parametrize("name", ["haproxy", "nginx"])
def test_files_for_balancers_are_right(name: str, tmp_path: Path) -> None:
    path = configuration(name, tmp_path, 18080, [18081, 18082, 18083])
    arguments = ["-c", "-f", str(path)] if name == "haproxy" else ["-t", "-c", str(path)]
    done = subprocess.run([program(name), *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "10.0.0." not in path.read_text().replace("bind 10.0.0.10:443", "").replace("listen 10.0.0.10:443", "")
    assert ADDRESSES[name] in path.read_text()


def test_files_for_lvs_are_right_and_say_the_same() -> None:
    path = DEPLOY / "lvs/keepalived.conf"
    rules = (DEPLOY / "lvs/ipvsadm.rules").read_text()
    servers = re.findall(r"real_server (\S+) (\d+)", path.read_text())
    ((virtual, port),) = re.findall(r"virtual_server (\S+) (\d+)", path.read_text())
    service, *members = (
        rules.splitlines()
    )  # as `ipvsadm --save -n` writes them; only a kernel with IPVS could load them
    assert re.fullmatch(rf"-A -t {re.escape(virtual)}:{port} -s rr", service)
    form = rf"-a -t {re.escape(virtual)}:{port} -r (\S+):(\d+) -g -w 1"
    assert [match.groups() for one in members if (match := re.fullmatch(form, one))] == servers
    assert len(members) == len(servers)
    done = subprocess.run(
        [program("keepalived"), "--config-test", "-f", str(path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
