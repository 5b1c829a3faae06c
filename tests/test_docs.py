"""The manual: what is made from tables is up to date, what can be pasted works, and nothing is left out."""

import argparse
import itertools
import json
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import get_args

import pytest
import yaml

from ivrsvr.app import all_requests
from ivrsvr.backends.simulator.controls import ENTRIES as CONTROLS
from ivrsvr.backends.simulator.outside.behaviour import Behaviour
from ivrsvr.backends.simulator.scenario.file import from_data as scenario_of
from ivrsvr.backends.simulator.scenario.file import names as scenario_names
from ivrsvr.backends.simulator.scenario.schema import (
    Arrivals,
    Break,
    Claim,
    Deed,
    Figure,
    Habits,
    Ivr,
    Menu,
    RateStep,
    ScenarioData,
    Staff,
)
from ivrsvr.backends.simulator.world import DEFAULTED, Cor, DialCode, DialPlan, World, WorldError
from ivrsvr.backends.simulator.world_reader import keys_of
from ivrsvr.backends.simulator.world_trunks import Preference
from ivrsvr.cli import main
from ivrsvr.commands import uuisvr
from ivrsvr.commands.sim import AES
from ivrsvr.interfaces.console.grammar import Commands, split
from ivrsvr.interfaces.reference import events_reference, requests_reference, settings_reference
from tests.commands import LIMIT_S, post, running
from tests.conformance.services import page as services

ROOT = Path(__file__).parents[1]
PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("**/*.md")])


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What a running server says of itself, as a reader of the manual has it."""
    with running(folder=tmp_path_factory.mktemp("server")) as (_, told):
        yield told


@pytest.fixture
def server(printed: str) -> str:
    """HOST:PORT of that server; each test begins with the world as it was."""
    return str(re.findall(r"HTTP\s+http://([\d.:]+)/", printed)[0])


@pytest.fixture
def address(server: str) -> str:
    assert post(f"http://{server}/sim/reset", {})["result"] == "success"
    return server


def blocks(page: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize(
    ("page", "made"),
    [
        ("requests", lambda: requests_reference(all_requests())),
        ("events", events_reference),
        ("settings", settings_reference),
        ("tsapi-services", services.page),
    ],
)
def test_pages_made_from_tables_are_up_to_date(page: str, made: "object") -> None:
    assert callable(made)
    assert (ROOT / f"docs/{page}.md").read_text() == made(), "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=[str(page.relative_to(ROOT)) for page in PAGES])
def test_links_lead_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)]+)\)", page.read_text()):
        path, _, place = target.partition("#")
        if "://" in target or path.startswith("mailto:"):
            continue
        found = (page.parent / path) if path else page
        assert found.exists(), f"{page.name} links to {target}"
        if place:
            headings = re.findall(r"^#+ (.*)$", found.read_text(), re.MULTILINE)
            assert place in {re.sub(r"[^\w -]", "", one).lower().replace(" ", "-") for one in headings}


def test_every_page_is_in_the_table_of_contents() -> None:
    contents = (ROOT / "mkdocs.yml").read_text()
    named = set(re.findall(r"([\w/-]+\.md)", contents))
    assert yaml.safe_load(contents)["docs_dir"] == "docs"
    assert named == {str(page.relative_to(ROOT / "docs")) for page in (ROOT / "docs").glob("*.md")}


def test_every_dependency_is_justified() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    text = (ROOT / "docs/dependencies.md").read_text()
    extras = project["optional-dependencies"].values()
    for requirement in [*project["dependencies"], *itertools.chain.from_iterable(extras)]:
        name = re.match(r"[\w-]+", requirement)
        assert name is not None
        assert name[0] == "ivrsvr" or f"`{name[0]}`" in text


def test_every_key_of_a_world_and_every_control_is_in_the_manual() -> None:
    text = (ROOT / "docs/simulator.md").read_text()
    for field in fields(World):
        assert f"| `{field.name}` |" in text
    for entry in all_requests():
        for _, path in entry.routes:
            assert not path.startswith("/sim/") or path in text


def test_every_key_of_a_world_file_is_explained() -> None:
    text = (ROOT / "docs/world.md").read_text()
    sections = dict(re.findall(r"^## (\w+)[^\n]*\n(.*?)(?=^## |\Z)", text, re.M | re.S))
    kinds: list[tuple[str, type]] = [
        *((section, kind) for section, (_, kind) in DEFAULTED.items()),
        *((field.name, type(getattr(World(), field.name))) for field in fields(World) if field.name not in DEFAULTED),
        ("dialPlan", DialCode),
        ("routePatterns", Preference),
        ("cors", Cor),
        ("behaviours", Behaviour),
    ]
    for section, kind in kinds:
        keys = keys_of(kind) if is_dataclass(kind) and section != "outside" and kind is not DialPlan else ()
        for name in keys:
            assert f"`{name}`" in sections[section], f"{section}.{name}"


def test_every_key_and_figure_of_a_scenario_is_explained() -> None:
    text = (ROOT / "docs/scenarios.md").read_text()
    for kind in (ScenarioData, Staff, Habits, Arrivals, Ivr, Menu):
        for name in keys_of(kind):
            assert f"`{name}`" in text, f"{kind.__name__}.{name}"
    for name in (*get_args(Figure), *(key for kind in (Deed, Claim, Break, RateStep) for key in keys_of(kind))):
        assert re.search(rf"\b{name}\b", text), name
    assert all(f"`{name}`" in text for name in scenario_names())


def test_the_example_scenarios_load() -> None:
    whole, *parts = [yaml.safe_load(example) for example in blocks("docs/scenarios.md", "yaml")]
    for part in parts:
        scenario = scenario_of({**whole, **(part or {})})
        assert scenario.data.expect


def test_the_simulators_commands_in_the_text_are_understood() -> None:
    commands = Commands(CONTROLS)
    quoted = {line for page in PAGES for line in re.findall(r"`(sim [a-z][^`]*)`", page.read_text()) if "<" not in line}
    assert len(quoted) > 5
    for line in quoted:
        words = split(line)
        if any(command.words == tuple(words) for command in commands):
            continue  # the name of a command alone
        command, rest = commands.find(words)
        assert command.entry.request.model_validate({"id": "1", **command.fill(rest)}), line


AROUND = {"skills": {"201": {}, "202": {}}, "announcements": {"801": {"seconds": 1}, "802": {"seconds": 1}}}
"""What the vectors of the manual need."""


def test_the_vectors_of_the_manual_load_and_a_wrong_one_is_refused_as_printed() -> None:
    (example,) = blocks("docs/vectors.md", "yaml")
    world = World.from_data({**AROUND, **yaml.safe_load(example)})
    assert [step.step for step in world.vectors["1"]][-2:] == ["check", "disconnect"]
    (printed,) = blocks("docs/vectors.md", "text")
    wrong = example.replace("queue-to skill 201 pri m\n", "queue-to skil 201 pri m\n", 1)
    with pytest.raises(WorldError) as refused:
        World.from_data({**AROUND, **yaml.safe_load(wrong)})
    assert f"my-world.yaml: {refused.value}\n" == printed


def first_cells(table: str) -> list[str]:
    return re.findall(r"^\| `([^`]+)` \|", table, re.M)


def test_every_step_is_written_as_the_manual_says() -> None:
    """Each first cell of the tables of steps and conditions is a step of a vector, or a condition of one."""
    around = {**AROUND, "stations": {"1234": {}}, "vectors": {"12": "stop\nstop\nstop"}, "holidays": {"1": {}}}
    steps, conditions = re.findall(r"^\| written .*?\n\n", (ROOT / "docs/vectors.md").read_text(), re.M | re.S)
    # The condition of a check step is about the step's own skill.
    written = [
        step.replace("CONDITION", "calls-queued < 5" if step.startswith("check") else "staffed-agents in skill 201 = 0")
        for step in first_cells(steps)
    ]
    written += [f"goto step 6 if {condition}" for condition in first_cells(conditions)]
    assert len(written) > 25
    for line in written:
        assert World.from_data({**around, "vdns": {"700": {"vector": [line, *["stop"] * 8]}}}), line


def test_the_example_worlds_load() -> None:
    assert all(World.from_data(yaml.safe_load(example)) for example in blocks("docs/world.md", "yaml"))
    world, *parts = [World.from_data(yaml.safe_load(example)) for example in blocks("docs/simulator.md", "yaml")]
    assert world.stations["101"].name == "Peter"
    assert all(part != World() for part in parts)


def test_the_first_steps_work_when_pasted(address: str) -> None:
    first, script, *steps = blocks("README.md", "sh")
    assert first == "make run\n"
    steps = [block for block in steps if "curl" in block]

    def here(text: str) -> str:
        return text.replace("127.0.0.1:8080", address)

    command, *program = script.splitlines()
    assert (command, program.pop()) == (".venv/bin/python -u - <<'END'", "END")
    watching = subprocess.Popen(
        [sys.executable, "-u", "-c", here("\n".join(program))], stdout=subprocess.PIPE, text=True
    )
    try:
        assert watching.stdout is not None
        seen = [json.loads(watching.stdout.readline())]
        answers = [run(here(line)) for block in steps for line in block.splitlines()]
        while sum(one.get("eventtype") == "idle" for one in seen) < 2:
            seen.append(json.loads(watching.stdout.readline()))
    finally:
        watching.terminate()
        watching.communicate()
    *fine, refused = answers
    assert [answer["result"] for answer in fine] == ["success"] * len(fine)
    assert str(refused["error"]).startswith("NO_HELD_CALL")
    assert seen[0]["result"] == "success"
    told = [one["eventtype"] for one in seen[1:]]
    assert told[:4] == ["offer", "connect", "hold", "retrieve"]
    assert told[told.index("transfer") + 1] == "idle"


def test_the_pair_of_simulator_and_server_is_as_the_simulator_prints_it() -> None:
    *_, simulator, server = blocks("README.md", "sh")
    assert simulator == ".venv/bin/ivrsvr sim\n"
    stream = World.default().aes.stream
    tlink = f"{stream.serverID}@{AES} {stream.loginID} {stream.passwd}"
    assert server == f"IVRSVR_IVR_TLINK_01='{tlink}' .venv/bin/ivrsvr serve --backend tsapi\n"


def run(command: str) -> dict[str, object]:
    done = subprocess.run(command, shell=True, capture_output=True, timeout=LIMIT_S, check=True)
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


@pytest.mark.parametrize("page", ["docs/rest.md", "docs/simulator.md", "docs/scenarios.md", "docs/faults.md"])
def test_the_commands_of_a_page_are_understood(page: str, address: str) -> None:
    commands = [line for block in blocks(page, "sh") for line in block.splitlines() if line.startswith("curl")]
    assert commands
    for command in commands:
        assert run(command.replace("127.0.0.1:8080", address))["result"] == "success", command


def test_the_python_example_of_the_websocket_page_runs(address: str) -> None:
    (example,) = blocks("docs/websocket.md", "python")
    done = subprocess.run(
        [sys.executable, "-c", example.replace("127.0.0.1:8080", address)],
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=True,
    )
    assert done.stdout == "success\n"


def test_the_protocol_of_user_data_is_as_printed(printed: str) -> None:
    place = re.findall(r"User data\s+http://([\d.:]+)/", printed)[0]
    protocol, *_ = blocks("docs/userdata.md", "sh")
    key, answers = "", []
    for command in protocol.splitlines():
        answers.append(run(command.replace("127.0.0.1:5100", place).replace("$KEY", key)))
        key = key or str(answers[0]["key"])
    assert [one.get("key") for one in answers] == [key, key, key, None]
    assert answers[1]["data"] == "order 4711"
    assert answers[-1]["service"] == "uuisvr"


def test_the_commands_of_user_data_are_understood(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    parser = argparse.ArgumentParser()
    uuisvr.add(parser.add_subparsers())
    lines = [line for block in blocks("docs/userdata.md", "sh")[1:] for line in block.splitlines()]
    assert len(lines) > 8
    for line in lines:
        program, *arguments = shlex.split(line, comments=True)
        assert program == "ivrsvr"
        if arguments[0] == "uuisvr":
            assert parser.parse_args(arguments).uuisvr == "10.0.0.5:5100"
        else:
            assert main(arguments) == 0, line


def test_the_plug_in_of_the_manual_runs_and_prints_what_it_says() -> None:
    (example,) = blocks("docs/userdata.md", "python")
    done = subprocess.run([sys.executable, "-c", example], capture_output=True, text=True, timeout=LIMIT_S, check=True)
    assert done.stdout == "MINE0 another\n"
