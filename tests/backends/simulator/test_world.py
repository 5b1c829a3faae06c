"""World files: what loads, and what is refused with which words."""

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivrsvr.backends.simulator.world import DEFAULT_WORLD, World, WorldError, merge_patch
from ivrsvr.backends.simulator.world_file import parse
from ivrsvr.backends.simulator.world_trunks import members

SMALL: dict[str, Any] = {
    "defaults": {"station": {"callAppearances": 4}, "skill": {"rona": {"rings": 5}}},
    "stations": {"101": {"name": "A"}, "102": {"callAppearances": 1, "coveragePath": "1"}},
    "agents": {"500": {"password": "1", "skills": {"201": 1}}},
    "skills": {"201": {}},
    "announcements": {"801": {"seconds": 5}},
    "vdns": {"700": {"vector": [{"step": "queue-to", "skill": "201", "priority": "high"}, {"step": "stop"}]}},
    "trunkGroups": {"5": {"tac": "405", "members": 8, "busy": ["1-3", "8"]}},
    "dialPlan": {"9": {"kind": "ars", "trunkGroups": ["5"]}, "6": {"trunkGroups": ["5"], "keep": True}},
    "coveragePaths": {"1": {"points": ["101"]}},
    "pickupGroups": {"1": {"members": ["101", "102"]}},
    "aes": {"tlinks": {"AVAYA#CM1#CSTA#AES1": {"link": 1}}, "users": {"cti": {"callControl": ["101"]}}},
}


def patched(patch: Any) -> Any:
    return merge_patch(SMALL, patch)


def test_defaults_fill_what_an_entry_leaves_out() -> None:
    world = World.from_data(SMALL)
    assert world.stations["101"].callAppearances == 4
    assert world.stations["102"].callAppearances == 1
    assert world.skills["201"].rona.rings == 5
    assert world.trunkGroups["5"].busyMembers == {1, 2, 3, 8}
    assert world.dialPlan.codes["6"].keep
    assert world.vdns["700"].vector[0].priority == "high"


def test_the_default_world_has_what_the_documentation_mentions() -> None:
    world = World.default()
    assert all(world.stations[str(extension)].name for extension in range(101, 121))
    assert world.agents["12345"].password == "67890"
    assert "201" in world.skills
    assert {group: world.trunkGroups[group].tac for group in ("5", "8", "10")} == {"5": "405", "8": "408", "10": "410"}
    outside = world.dialPlan.codes["6"]
    assert outside.keep
    assert outside.trunkGroups == ("5",)
    assert world.classifiers.ports - world.classifiers.busy == 439


def test_the_scenarios_folder_shows_the_same_default_world() -> None:
    root = Path(__file__).parents[3]
    assert (root / "scenarios" / "worlds" / "default.yaml").read_text(encoding="utf-8") == DEFAULT_WORLD.read_text(
        encoding="utf-8"
    )


def tlinks(*names: str, **keys: Any) -> dict[str, Any]:
    return {"aes": {"tlinks": {name: {"link": 1, **keys} for name in names}, "stream": {"serverID": names[0]}}}


WRONG: list[tuple[str, Any, str, str]] = [
    ("TLINK", tlinks("AVAYA#CM1#CSTA"), "aes.tlinks.AVAYA#CM1#CSTA", "write it like AVAYA#CM1#CSTA#AES1"),
    ("TLINK's service", tlinks("A#B#DLG#C"), "aes.tlinks.A#B#DLG#C", "write it like"),
    ("long TLINK", tlinks("A#B#CSTA#" + "C" * 40), "aes.tlinks.A#B#CSTA#" + "C" * 40, "49 characters; clients take 48"),
    ("TLINK twice", tlinks("A#B#CSTA#C", "a#b#csta#c"), "aes.tlinks.A#B#CSTA#C", "stands twice"),
    ("encrypted TLINK", tlinks("A#B#CSTA#C", encrypted=True), "aes.tlinks.A#B#CSTA#C.encrypted", "says the opposite"),
    ("TLINK in clear", tlinks("A#B#CSTA-S#C", encrypted=False), "aes.tlinks.A#B#CSTA-S#C.encrypted", "the opposite"),
    ("unknown section", {"station": {}}, "station", "did you mean 'stations'?"),
    ("unknown key", {"stations": {"101": {"callApearances": 1}}}, "stations.101.callApearances", "'callAppearances'?"),
    ("wrong type", {"stations": {"101": {"callAppearances": "two"}}}, "stations.101.callAppearances", "whole number"),
    ("truth value", {"stations": {"101": {"autoAnswer": 1}}}, "stations.101.autoAnswer", "true or false, not 1"),
    ("too low", {"stations": {"101": {"callAppearances": 0}}}, "stations.101.callAppearances", "at least 1"),
    ("word", {"stations": {"101": {"type": "analogue"}}}, "stations.101.type", "did you mean 'analog'?"),
    ("not an object", {"stations": ["101"]}, "stations", "must be an object, not a list"),
    (
        "coverage path",
        {"stations": {"101": {"coveragePath": "9"}}},
        "stations.101.coveragePath",
        "no coverage path '9'",
    ),
    ("coverage point", {"coveragePaths": {"1": {"points": ["111"]}}}, "coveragePaths.1.points.1", "no number '111'"),
    ("class", {"stations": {"101": {"cor": "7"}}}, "stations.101.cor", "no class of restriction '7'"),
    ("agent's skill", {"agents": {"500": {"skills": {"210": 1}}}}, "agents.500.skills.210", "did you mean '201'?"),
    ("level", {"agents": {"500": {"skills": {"201": 17}}}}, "agents.500.skills.201", "at most 16"),
    ("rona", {"skills": {"201": {"rona": {"to": "701"}}}}, "skills.201.rona.to", "did you mean '700'?"),
    ("number twice", {"skills": {"101": {}}}, "skills.101", "already belongs to stations.101"),
    ("code twice", {"dialPlan": {"405": {}}}, "dialPlan.405", "already belongs to trunkGroups.5.tac"),
    ("exists", {"dialPlan": {"unassigned": ["101"]}}, "dialPlan.unassigned.1", "belongs to stations.101"),
    ("not a number", {"stations": {"10a": {}}}, "stations.10a", "not a number that can be dialled"),
    ("trunk group", {"dialPlan": {"9": {"trunkGroups": ["55"]}}}, "dialPlan.9.trunkGroups.1", "did you mean '5'?"),
    ("member", {"trunkGroups": {"5": {"busy": ["9"]}}}, "trunkGroups.5.busy", "no member 9"),
    ("members", {"trunkGroups": {"5": {"busy": ["3-1"]}}}, "trunkGroups.5.busy", '"1-117"'),
    ("tac missing", {"trunkGroups": {"6": {"members": 3}}}, "trunkGroups.6.tac", "missing"),
    ("step", {"vdns": {"700": {"vector": [{"step": "queue"}]}}}, "vdns.700.vector.1.step", "did you mean 'queue-to'?"),
    ("step's key", {"vdns": {"700": {"vector": [{"step": "stop", "to": 1}]}}}, "vdns.700.vector.1.to", "no such key"),
    ("step lacks", {"vdns": {"700": {"vector": [{"step": "wait"}]}}}, "vdns.700.vector.1.seconds", "needs this key"),
    ("goto", {"vdns": {"700": {"vector": [{"step": "goto-step", "to": 2}]}}}, "vdns.700.vector.1.to", "no step 2"),
    (
        "condition",
        {"vdns": {"700": {"vector": [{"step": "goto-step", "to": 1, "if": {"test": "digit", "op": "=", "value": 1}}]}}},
        "vdns.700.vector.1.if.test",
        "did you mean 'digits'?",
    ),
    ("return", {"vdns": {"700": {"return": "7"}}}, "vdns.700.return", "no VDN '7'"),
    ("pickup", {"pickupGroups": {"1": {"members": ["201"]}}}, "pickupGroups.1.members.1", "no station '201'"),
    ("start", {"clock": {"start": "soon"}}, "clock.start", "not a time"),
    ("zone", {"clock": {"timezone": "Mars/Base"}}, "clock.timezone", "not a time zone"),
    ("call ids", {"system": {"callIdFirst": 9, "callIdLast": 8}}, "system.callIdLast", "below callIdFirst"),
    ("user's device", {"aes": {"users": {"cti": {"routing": ["71"]}}}}, "aes.users.cti.routing.1", "no device '71'"),
    ("group's device", {"aes": {"deviceGroups": {"a": ["71"]}}}, "aes.deviceGroups.a.1", "no device '71'"),
    ("group's name", {"aes": {"deviceGroups": {"101": []}}}, "aes.deviceGroups.101", "another name"),
    ("tlink", {"aes": {"stream": {"serverID": "AVAYA#CM1#CSTA#AES2"}}}, "aes.stream.serverID", "did you mean"),
    ("defaults", {"defaults": {"stations": {}}}, "defaults.stations", "did you mean 'station'?"),
    ("default's key", {"defaults": {"station": {"nam": "x"}}}, "defaults.station.nam", "did you mean 'name'?"),
]


@pytest.mark.parametrize(("patch", "path", "words"), [row[1:] for row in WRONG], ids=[row[0] for row in WRONG])
def test_a_mistake_is_named_with_its_path_and_what_would_be_right(patch: Any, path: str, words: str) -> None:
    with pytest.raises(WorldError) as raised:
        World.from_data(patched(patch))
    assert raised.value.path == path
    assert words in raised.value.reason


def test_the_error_of_a_file_names_the_file(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("stations: {101: {cor: '8'}}\n", encoding="utf-8")
    with pytest.raises(
        WorldError, match=r"mine\.yaml: line 1: stations\.101\.cor: there is no class of restriction '8'"
    ):
        World.load(file)
    with pytest.raises(WorldError, match=r"other\.yaml: cannot be read"):
        World.load(tmp_path / "other.yaml")


def test_yaml_and_json_say_the_same(tmp_path: Path) -> None:
    file = tmp_path / "world.json"
    file.write_text(json.dumps(SMALL), encoding="utf-8")
    twin = tmp_path / "world.yaml"
    twin.write_text(json.dumps(SMALL), encoding="utf-8")
    assert World.load(file) == World.load(twin) == World.from_data(SMALL)


def test_yaml_keeps_leading_zeros_and_times_as_text() -> None:
    assert parse("a: 0123\nb: 12\nc: 2016-03-23T22:00:00Z\nd: 12:30\ne: on\nf: 1.5\ng:\n") == {
        "a": "0123",
        "b": 12,
        "c": "2016-03-23T22:00:00Z",
        "d": "12:30",
        "e": True,
        "f": 1.5,
        "g": None,
    }


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("stations: {101: {}, 101: {}}", "line 1: the key '101' stands here twice"),
        ("a: &x {b: 1}\nc: *x", "line 2: aliases are not allowed"),
        ("a: [1, 2", "line 1"),
        ("[" * 5000, "nested too deeply"),
        ("- " * 40 + "a", "nested too deeply"),
        ("a: !!python/object:os.system {}", "line 1: tags are not allowed"),
        ("a: !!bool maybe", "line 1: tags are not allowed"),
        ("? [a, b]\n: c", "a key must be a text"),
        ("? {a: b}\n: c", "a key must be a text"),
        ("<<: {a: b}", "<<: there is no such key"),
        ("\x00", ""),
        ("just a text", ""),
    ],
)
def test_hostile_yaml_is_refused(text: str, words: str) -> None:
    with pytest.raises(WorldError) as raised:
        World.from_data(parse(text))
    assert words in str(raised.value)


@pytest.mark.parametrize("text", ['{"stations": {}, "stations": {}}', "{", "[" * 100_000, "1" * 5000, "[]"])
def test_hostile_json_is_refused(text: str) -> None:
    with pytest.raises(WorldError):
        World.from_data(parse(text, json_only=True))


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def spoiled(draw: st.DrawFn) -> Any:
    """The small world with anything at all in any one place."""
    world = json.loads(json.dumps(SMALL))
    place: Any = world
    while True:
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        chosen = draw(st.sampled_from(keys))
        if draw(st.booleans()) and isinstance(place[chosen], dict | list) and place[chosen]:
            place = place[chosen]
            continue
        place[chosen] = draw(json_values)
        return world


@given(st.text(alphabet="ab:-[]{}&*!<>?|'\"#,\n \t%@`0", max_size=40))
@settings(max_examples=300, deadline=None)
def test_any_text_is_data_or_a_world_error(text: str) -> None:
    with suppress(WorldError):
        World.from_data(parse(text))


@given(spoiled())
@settings(max_examples=300, deadline=None)
def test_any_data_is_a_world_or_a_world_error(data: Any) -> None:
    with suppress(WorldError):
        assert World.from_data(data).timers.ringSeconds >= 0


@given(json_values, json_values)
def test_merge_patch_is_idempotent(target: Any, patch: Any) -> None:
    once = merge_patch(target, patch)
    assert repr(merge_patch(once, patch)) == repr(once)


def test_merge_patch_follows_the_examples_of_its_rfc() -> None:
    assert merge_patch({"a": "b", "c": {"d": 1, "e": 2}}, {"a": None, "c": {"e": None, "f": [1]}}) == {
        "c": {"d": 1, "f": [1]}
    }
    assert merge_patch([1], {"a": {"b": None}}) == {"a": {}}
    assert merge_patch({"a": 1}, None) is None


def test_members_are_texts_with_ranges() -> None:
    assert members(("7", "1-3")) == {1, 2, 3, 7}
    with pytest.raises(ValueError, match="not a member"):
        members(("0-3",))
