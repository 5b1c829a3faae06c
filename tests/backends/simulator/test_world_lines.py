"""Where a mistake of a world file stands: lines in YAML and JSON, and mistakes of whole files."""

import json
from pathlib import Path
from typing import Any

import pytest

from ivrsvr.backends.simulator.world import World, WorldError
from ivrsvr.backends.simulator.world_file import locate, parse

TEXT = """\
stations:
  101: {name: A}
  102:
    name: B
    coveragePath: "9"
  "201-203": {cor: "7"}
outside:
  "6...":
    called: answer
aes:
  tlinks:
    "AVAYA#CM1#CSTA#AES1": {link: 1}
vectors:
  1: |
    01 wait-time 2 secs hearing silence

    02 stop
  2:
    - {step: stop}
    - step: busy
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("stations", 1),
        ("stations.101.name", 2),
        ("stations.102.coveragePath", 5),
        ("stations.102.nowhere", 3),
        ("stations.202.cor", 6),
        ("outside.6....called", 9),
        ("aes.tlinks.AVAYA#CM1#CSTA#AES1.link", 12),
        ("vectors.1.2", 17),
        ("vectors.2.2.step", 20),
        ("nowhere", 0),
        ("", 0),
    ],
)
def test_a_path_is_found_in_yaml(path: str, line: int) -> None:
    assert locate(TEXT, path) == line


def test_a_path_is_found_in_json_with_tabs_and_escapes() -> None:
    text = json.dumps({"stations": {"101": {"name": "A/\u00fc"}, "102": {"cor": "7"}}}, indent="\t").replace("/", "\\/")
    assert locate(text, "stations.102.cor") == 7


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("w.json", '{\n"stations": {"101": {"cor": "8"}}}', "line 2: stations.101.cor: there is no class"),
        ("w.json", '{\n"stations": {},\n"stations": {}}', "line 3: the key 'stations' stands here twice"),
        ("w.json", '{"stations":\n{]', "line 2: Expecting"),
        ("w.json", '{"timers": {"ringSeconds": NaN}}', "NaN is no number of JSON"),
        ("w.yaml", "stations:\n  101: {}\n  101: {}\n", "line 3: the key '101' stands here twice"),
        ("w.yaml", "a: &x 1\nb: *x\n", "line 2: aliases are not allowed"),
        ("w.yaml", "stations: {101: {name: [}}\n", "line 1: "),
        ("w.yaml", "stations: {'105-103': {}}\n", "line 1: stations.105-103: 105-103 is no range"),
        ("w.yaml", "stations: {'101-103': {}, 102: {}}\n", "stations.102: 102 stands here twice"),
    ],
)
def test_a_message_names_file_and_line(name: str, text: str, words: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text)
    with pytest.raises(WorldError) as raised:
        World.load(path)
    assert str(raised.value).startswith(f"{path}: ")
    assert words in str(raised.value)


IMPOSSIBLE: list[tuple[dict[str, Any], str, str]] = [
    (
        {"trunkGroups": {"5": {"tac": "4", "members": 1}}, "dialPlan": {"41": {"trunkGroups": ["5"]}}},
        "dialPlan.41",
        "4",
    ),
    (
        {
            "trunkGroups": {"5": {"tac": "4", "members": 1}},
            "routePatterns": {"1": {"preferences": [{"trunkGroup": "5"}]}},
            "dialPlan": {"9": {"analysis": [{"digits": "0123", "length": 3, "pattern": "1"}]}},
        },
        "dialPlan.9.analysis.1.length",
        "no number of 3 digits",
    ),
    (
        {
            "trunkGroups": {"5": {"tac": "4", "members": 1}},
            "routePatterns": {"1": {"preferences": [{"trunkGroup": "5"}]}},
            "dialPlan": {
                "9": {"analysis": [{"digits": "01", "pattern": "1"}, {"digits": "01", "length": 7, "deny": True}]}
            },
        },
        "dialPlan.9.analysis.2.digits",
        "an entry before it",
    ),
    (
        {
            "vdns": {
                "700": {"vector": [{"step": "goto-vdn", "vdn": "701"}]},
                "701": {"vector": [{"step": "goto-step", "to": 2}, {"step": "goto-vdn", "vdn": "700"}]},
            }
        },
        "vdns.700.vector.1.vdn",
        "round in circles",
    ),
    (
        {"vectors": {"1": "goto vector 2 @step 1 if unconditionally", "2": "goto vector 1 @step 1 if unconditionally"}},
        "vectors.1.1.vector",
        "vectors.1.1 -> vectors.2.1 -> vectors.1.1",
    ),
]


@pytest.mark.parametrize(("data", "path", "words"), IMPOSSIBLE, ids=[row[1] for row in IMPOSSIBLE])
def test_what_could_never_work_is_refused(data: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(WorldError) as raised:
        World.from_data(data)
    assert raised.value.path == path
    assert words in raised.value.reason


def test_a_vector_that_waits_before_it_goes_on_may_go_in_circles() -> None:
    wait = {"step": "wait", "seconds": 5}
    vdns = {
        "700": {"vector": [wait, {"step": "goto-vdn", "vdn": "701"}]},
        "701": {"vector": [{"step": "goto-vdn", "vdn": "700"}]},
    }
    assert World.from_data({"vdns": vdns}).vdns["701"].vector


def test_text_that_is_no_data_is_refused() -> None:
    for text in ("[" * 100, "? {a: 1}\n: 2\n", "!!python/object:os.system {}", "a: b: c"):
        with pytest.raises(WorldError):
            parse(text)
