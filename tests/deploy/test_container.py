"""The image and its compose file: what can be judged without a builder of images.

The image itself was built from the Containerfile with buildah; that takes minutes and a base image from a registry.
"""

import json
import re
import shlex
import tomllib
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import yaml

from ivrsvr import cli
from ivrsvr.commands import serve
from ivrsvr.store.parameters import ENVIRONMENT, find
from tests.commands import run
from tests.forked import forked

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy/container"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Containerfile with their arguments, in order."""
    text = re.sub(r"\\\n\s*", " ", (FOLDER / "Containerfile").read_text())
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in lines)]


def all_of(word: str) -> list[str]:
    return [rest for one, rest in instructions() if one == word]


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((FOLDER / "compose.yaml").read_text())["services"]["ivrsvr"]
    return found


def test_everything_that_the_package_is_made_of_is_copied() -> None:
    copied = {word.removeprefix("./") for rest in all_of("COPY") if "--from" not in rest for word in rest.split()[:-1]}
    assert all((ROOT / one).exists() for one in copied)
    build = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    wanted = {*build.get("packages", []), *build.get("force-include", {}), PROJECT["project"]["readme"], "LICENSE"}
    assert [
        one for one in {*wanted, "pyproject.toml"} if not any(f"{one}/".startswith(f"{all_}/") for all_ in copied)
    ] == []


def test_what_is_installed_is_there_and_what_is_added_is_named_right() -> None:
    (install,) = (rest for rest in all_of("RUN") if "pip install" in rest)
    (extras,) = re.findall(r"'\.\[([\w,]+)\]'", install)
    assert set(extras.split(",")) <= set(PROJECT["project"]["optional-dependencies"])
    ((name, parameter),) = re.findall(rf"({ENVIRONMENT}(\w+))=/data", all_of("ENV")[0])
    assert find(parameter.lower()).variable == name
    assert all_of("VOLUME") == all_of("WORKDIR")[1:] == ["/data"]


def test_the_image_runs_as_nobody_in_particular() -> None:
    (user,) = all_of("USER")
    assert user.partition(":")[0].isdigit()
    assert user.partition(":")[0] != "0"
    assert f"chown {user} /data" in all_of("RUN")[1]


@pytest.mark.parametrize("command", [json.loads(all_of("CMD")[0]), compose()["command"]])
def test_the_command_is_one_that_there_is(command: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Any] = []

    def note(options: Any) -> int:
        begun.append(options)
        return 0

    monkeypatch.setattr(serve, "run", note)
    assert json.loads(all_of("ENTRYPOINT")[0]) == ["ivrsvr"]
    assert cli.main(command) == 0
    assert begun[0].db == "/data/ivrsvr.db"
    assert begun[0].http.rpartition(":")[2] == all_of("EXPOSE")[0]


def test_the_image_waits_for_a_key_and_its_health_check_works(tmp_path: Path) -> None:
    """As in the container: reachable by others, so a key comes first."""
    words = [word for word in json.loads(all_of("CMD")[0]) if word not in ("--db", "/data/ivrsvr.db")]
    words[words.index("0.0.0.0:8080")] = "0.0.0.0:0"
    own = {"IVRSVR_CONSOLE": "", "IVRSVR_UUISVR_LISTEN": "no"}
    refused = run(*words, folder=tmp_path, **own)
    assert (refused.returncode, "key" in refused.stderr) == (2, True)
    nameless = patch("getpass.getuser", side_effect=KeyError("getpwuid(): uid not found: 10001"))
    with nameless:  # the image's user has no entry in /etc/passwd
        made = run(*key_command(), folder=tmp_path)
    assert made.returncode == 0, made.stderr
    with forked(*words, folder=tmp_path, **own) as (_, printed):
        (port,) = re.findall(r"HTTP +http://[\d.]+:(\d+)/ ", printed)
        check = all_of("HEALTHCHECK")[0].partition("CMD")[2]
        _, _, program = json.loads(check)
        exec(program.replace("8080", port))


def key_command() -> list[str]:
    """The command of the compose file that makes the first key."""
    (line,) = re.findall(r"run --rm ivrsvr (.*)", (FOLDER / "compose.yaml").read_text())
    return shlex.split(line)


def test_the_compose_file_builds_that_image_and_takes_its_privileges_away() -> None:
    service = compose()
    assert (FOLDER / service["build"]["context"] / service["build"]["dockerfile"]).resolve() == FOLDER / "Containerfile"
    assert all(find(name.removeprefix(ENVIRONMENT).lower()) for name in service["environment"])
    assert service["read_only"]
    assert service["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in service["security_opt"]
