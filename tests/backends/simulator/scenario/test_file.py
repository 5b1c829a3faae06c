"""Scenario files: what loads, and what is refused with which line, key and words."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivrsvr.backends.simulator.file_schemas import scenario_schema, world_schema
from ivrsvr.backends.simulator.scenario import file
from ivrsvr.backends.simulator.world import World, WorldError, merge_patch
from ivrsvr.backends.simulator.world_file import locate, parse

ROOT = Path(__file__).parents[4]

GOOD: dict[str, Any] = {
    "description": "small",
    "duration": "10m",
    "closing": 60,
    "staff": [
        {"agents": ["12345"], "stations": ["111"], "habits": "usual", "breaks": [{"at": "2m", "lasting": 30}]},
        {"stations": ["102"]},
    ],
    "habits": {
        "usual": {"answerSeconds": {"uniform": [1, 2]}, "does": {"hold": 1, "transfer": 2}, "colleagues": [102]}
    },
    "behaviours": {"calm": {"patience": 60, "talkSeconds": 20, "presses": [{"digits": "1"}]}},
    "ivrs": {
        "menu": {
            "ports": ["120"],
            "start": "hello",
            "codes": {"42": {"deflect": "102"}},
            "menus": {
                "hello": {"digits": 1, "choices": {"1": {"transfer": "700", "data": "x"}, "2": {"menu": "bye"}}},
                "bye": {"promptSeconds": 2, "then": {"hangup": True}},
            },
        }
    },
    "arrivals": [
        {"to": "700", "perHour": 60, "behaviour": "calm"},
        {"to": "701", "at": [5, "1m"], "uui": "x"},
        {"to": "700", "rates": [{"at": 0, "perHour": 5}, {"at": "5m", "perHour": 9}]},
    ],
    "faults": [
        {"at": "1m", "fault": "linkdown", "lasting": "10s"},
        {"at": 5, "fault": "refuse", "service": "HoldCall", "device": "111", "cause": "RESOURCE_BUSY"},
    ],
    "hands": [{"at": 3, "extension": "101", "action": "dial", "number": "103"}],
    "monitor": ["101-103", "201", "700"],
    "expect": [
        {"figure": "serviceLevel", "within": 20, "atLeast": 50, "skill": "201"},
        {"figure": "events", "event": {"eventtype": "hold", "synthetic": True}, "atMost": 5},
    ],
}


def changed(path: str, value: Any) -> dict[str, Any]:
    """The good scenario with one value changed; ... removes it."""
    data = copy.deepcopy(GOOD)
    *way, last = path.split(".")
    inner: Any = data
    for part in way:
        inner = inner[int(part) - 1] if isinstance(inner, list) else inner[part]
    key: Any = int(last) - 1 if isinstance(inner, list) else last
    if value is ...:
        del inner[key]
    else:
        inner[key] = value
    return data


def refusal(data: Any) -> WorldError | None:
    """How a scenario is refused; None = it loads. Any other exception is a fault."""
    try:
        file.from_data(data)
    except WorldError as error:
        return error
    return None


def test_the_good_one_loads() -> None:
    scenario = file.from_data(GOOD)
    assert float(scenario.data.duration) == 600
    assert scenario.data.habits["usual"].colleagues == ("102",)
    assert scenario.world.behaviours["calm"].patience is not None
    assert "patient" in scenario.world.behaviours, "the world's own are there too"


WRONG: list[tuple[str, Any, str, str]] = [
    # what is set to what -> which key is named, with which words
    ("durration", 5, "durration", "did you mean 'duration'?"),
    ("duration", ..., "duration", "missing"),
    ("duration", "soon", "duration", "1h30m"),
    ("duration", 0, "duration", "above 0"),
    ("seed", -1, "seed", "at least 0"),
    ("aes", 2, "aes", "backend: tsapi"),
    ("backend", "tsapy", "backend", "did you mean 'tsapi'?"),
    ("staff.1.agents", ["12354"], "staff.1.agents", "no agent '12354'; did you mean"),
    ("staff.1.stations", ["111", "112"], "staff.1.stations", "1 agents need as many stations"),
    ("staff.2.stations", ["111"], "staff.2.stations", "111 is in staff.1 already"),
    ("staff.1.habits", "usal", "staff.1.habits", "did you mean 'usual'?"),
    ("staff.1.breaks.1.at", "11m", "staff.1.breaks.1.at", "over after 600 seconds"),
    ("staff.1.breaks.1.reason", 100, "staff.1.breaks.1.reason", "at most 99"),
    ("staff.1.mode", "AUTO", "staff.1.mode", "did you mean 'AUTO_IN'?"),
    ("staff.1.login", "3m", "staff.1.breaks.1.at", "after the login"),
    ("staff.1.logout", 0, "staff.1.logout", "after the login"),
    ("staff.2.logout", 100, "staff.2", "only agents"),
    ("habits.usual.does", {"tranfer": 1}, "habits.usual.does", "did you mean 'transfer'?"),
    ("habits.usual.colleagues", ["199"], "habits.usual.colleagues", "leads nowhere"),
    ("habits.usual.colleagues", ..., "habits.usual.colleagues", "transfer needs numbers"),
    ("habits.usual.answerSeconds", {"unifrm": [1, 2]}, "habits.usual.answerSeconds", "did you mean 'uniform'?"),
    ("behaviours.calm.patients", 5, "behaviours.calm.patients", "did you mean 'patience'?"),
    ("ivrs.menu.ports", ["111"], "ivrs.menu.ports", "111 is in staff already"),
    ("ivrs.menu.ports", [], "ivrs.menu.ports", "at least one"),
    ("ivrs.menu.start", "helo", "ivrs.menu.start", "did you mean 'hello'?"),
    ("ivrs.menu.logins", ["12399", "12345"], "ivrs.menu.logins", "1 ports need as many"),
    ("ivrs.menu.codes.42", {"hangup": True}, "ivrs.menu.codes.42", "deflect"),
    ("ivrs.menu.menus.hello.choices.2", {"menu": "by"}, "ivrs.menu.menus.hello.choices.2.menu", "did you mean 'bye'?"),
    ("ivrs.menu.menus.hello.choices.1", {}, "ivrs.menu.menus.hello.choices.1", "needs one of"),
    ("ivrs.menu.menus.hello.choices.12", {"hangup": True}, "ivrs.menu.menus.hello.choices.12", "nobody can press"),
    ("ivrs.menu.menus.bye.then", {"menu": "bye"}, "", ""),
    ("ivrs.menu.menus.bye", {"promptSeconds": 0, "then": {"menu": "bye"}}, "ivrs.menu.menus.bye", "bye -> bye"),
    ("arrivals.1.perHour", 10**9, "arrivals.1.perHour", "must be below 1000000000"),
    ("seed", 2**31, "seed", "must be below 2147483648"),
    ("arrivals.1.to", "199", "arrivals.1.to", "leads nowhere"),
    ("arrivals.1.to", ..., "arrivals.1.to", "missing"),
    ("arrivals.1.behaviour", "clam", "arrivals.1.behaviour", "did you mean 'calm'?"),
    ("arrivals.1.perHour", ..., "arrivals.1", "needs one of at, every, perHour, rates, csv"),
    ("arrivals.1.every", 5, "arrivals.1", "not every and perHour"),
    ("arrivals.1.perHour", 100_001, "arrivals.1.perHour", "at most 100000"),
    ("arrivals.1.csv", "x.csv", "arrivals.1.csv", "can name none"),
    ("arrivals.2.trunkGroup", "55", "arrivals.2.trunkGroup", "did you mean '5'?"),
    ("arrivals.2.at", ["20m"], "arrivals.2.at", "over after 600 seconds"),
    ("arrivals.2.uui", "ü", "arrivals.2.uui", "plain ASCII"),
    ("arrivals.3.rates.2.at", 0, "arrivals.3.rates", "after the one before"),
    ("arrivals.3.ending", 0, "arrivals.3.ending", "after starting"),
    ("faults.1.fault", "linkdwon", "faults.1.fault", "did you mean 'linkdown'?"),
    ("faults.1.fault", 7, "faults.1.fault", "must be one of"),
    ("faults.1.at", ..., "faults.1.at", "missing"),
    ("faults.1.station", "101", "", ""),
    ("faults.1.fault", "stationout", "faults.1.station", "no station"),
    ("faults.2.cause", "RESOURCE_BUSI", "faults.2.cause", "did you mean 'RESOURCE_BUSY'?"),
    ("faults.2.sevice", "x", "faults.2", "did you mean 'service'?"),
    ("hands.1.action", "dail", "hands.1.action", "dial"),
    ("hands.1.number", ..., "hands.1.number", "dial needs this key"),
    ("hands.1.extension", "1010", "hands.1.extension", "no station '1010'"),
    ("hands.1.nummber", "1", "hands.1.nummber", "did you mean 'number'?"),
    ("monitor", ["109-110", "999"], "monitor.3", "no device '999'"),
    ("expect.1.figure", "servicelevel", "expect.1.figure", "did you mean 'serviceLevel'?"),
    ("expect.1.atLeast", ..., "expect.1", "needs a bound"),
    ("expect.1.atMost", 10, "expect.1.atMost", "below atLeast"),
    (
        "expect.1",
        {"figure": "serviceLevel", "atLeast": 200},
        "expect.1.atLeast",
        "0 to 100, not 200: serviceLevel is a",
    ),
    ("expect.1", {"figure": "abandonedShare", "atMost": 101}, "expect.1.atMost", "0 to 100, not 101"),
    ("expect.1", {"figure": "occupancy", "exactly": 100.5}, "expect.1.exactly", "0 to 100, not 100.5"),
    ("expect.1", {"figure": "callers", "atMost": 200}, "", ""),
    ("expect.1.skill", "2001", "expect.1.skill", "did you mean '201'?"),
    ("expect.1.event", {"a": 1}, "expect.1.event", "only the figure events"),
    ("world", 7, "world", "name of a world file"),
    ("world", "x.yaml", "world", "can name none"),
    ("world", {"stations": {"101": {"cor": "9"}}}, "world.stations.101.cor", "class of restriction"),
    ("patch", {"stations": {"101": {"nam": "x"}}}, "patch.stations.101.nam", "did you mean 'name'?"),
    ("patch", {"stations": {"101": None}}, "", ""),
]


@pytest.mark.parametrize(("where", "value", "path", "words"), WRONG, ids=[f"{row[0]}={row[1]}"[:60] for row in WRONG])
def test_a_mistake_is_named_with_its_place_in_yaml_and_json(
    where: str, value: Any, path: str, words: str, tmp_path: Path
) -> None:
    data = changed(where, value)
    for name, text in (("x.yaml", yaml.safe_dump(data, sort_keys=False)), ("x.json", json.dumps(data, indent="\t"))):
        (tmp_path / name).write_text(text)
    if not words:
        # The row shows what is no mistake, or may be one of another key.
        refused = refusal(data)
        assert refused is None or where in ("patch", "faults.1.station"), refused
        return
    with pytest.raises(WorldError) as raised:
        file.from_data(data)
    assert (raised.value.path, words in raised.value.reason) == (path, True), raised.value
    if "can name none" in words:
        return
    for name in ("x.yaml", "x.json"):
        with pytest.raises(WorldError) as raised:
            file.load(str(tmp_path / name))
        assert raised.value.source.endswith(name)
        if words == "missing" and "." not in path:
            assert raised.value.line == 0
            continue
        line = (tmp_path / name).read_text().splitlines()[raised.value.line - 1]
        last = path.split(".")[-1]
        named = [part for part in path.split(".") if not part.isdigit()][-1]
        # The line has the key itself, or, of an entry of a list or a key that is missing, begins what it belongs to.
        assert raised.value.line > 0
        assert named in line or last.isdigit() or any(word in words for word in ("missing", "needs", "no station")), (
            path,
            line,
        )


def test_a_whole_message(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("duration: 5m\narrivals:\n  - to: '700'\n    perHour: many\n")
    with pytest.raises(WorldError) as raised:
        file.load(str(path))
    assert str(raised.value) == f"{path}: line 4: arrivals.1.perHour: must be a number, not 'many'"


def test_an_error_in_the_world_file_names_that_file(tmp_path: Path) -> None:
    (tmp_path / "world.yaml").write_text("stations:\n  101: {}\n  102:\n    cor: '8'\n")
    path = tmp_path / "mine.yaml"
    path.write_text("duration: 5\nworld: world.yaml\npatch: {stations: {101: {name: x}}}\n")
    with pytest.raises(WorldError, match=r"world\.yaml: line 4: stations\.102\.cor: there is no class"):
        file.load(str(path))
    path.write_text("duration: 5\nworld: word.yaml\n")
    with pytest.raises(WorldError, match=r"mine\.yaml: line 2: world: there is no file 'word\.yaml'") as raised:
        file.load(str(path))
    assert "did you mean 'world.yaml'?" in str(raised.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("to\n700\n", "needs the column `at`"),
        ("at,too\n1,700\n", "line 1: there is no column 'too'; did you mean 'to'?"),
        ("at;to\n1;700\n", "line 1: there is no column 'at;to'; cells are separated by commas"),
        ("at,to\n1,700\nsoon,700\n", "line 3: at: must be a number of seconds"),
        ("at,to\n1\n", "line 2: has 1 cells where there are 2 columns"),
        ("at,from\n1,+49\n", "line 2: from: must be digits"),
        ("at,to\n1,199\n", "the number '199' leads nowhere"),
        ("at,behaviour\n1,nobody\n", "no behaviour 'nobody'"),
        ('at,to\n"1,700\n', "x.csv"),
    ],
)
def test_mistakes_of_csv_files(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(text)
    path = tmp_path / "mine.yaml"
    path.write_text("duration: 5m\narrivals: [{to: '700', csv: x.csv}]\n")
    with pytest.raises(WorldError) as raised:
        file.load(str(path))
    assert words in str(raised.value)


def test_files_that_spreadsheets_and_editors_begin_with_a_mark(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(b"\xef\xbb\xbfat,to\r\n1,700\r\n")
    path = tmp_path / "mine.json"
    path.write_bytes(b'\xef\xbb\xbf{"duration": 60, "arrivals": [{"csv": "x.csv"}]}')
    assert [row.to for row in file.load(str(path)).rows[0]] == ["700"]


def test_names_that_are_none() -> None:
    with pytest.raises(WorldError, match=r"there is no scenario 'quietday'; did you mean 'quiet-day'\?"):
        file.load("quietday")
    with pytest.raises(WorldError, match="cannot be read"):
        file.load("nowhere/x.yaml")


def test_octets_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes(b"duration: \xff\n")
    with pytest.raises(WorldError, match="cannot be read: invalid start byte at octet 10"):
        file.load(str(path))


# ---- whatever is done to a good file

_PLACES: list[str] = []


def _walk(data: Any, path: str) -> None:
    entries = data.items() if isinstance(data, dict) else enumerate(data, 1) if isinstance(data, list) else ()
    for name, inner in entries:
        place = f"{path}.{name}" if path else str(name)
        _PLACES.append(place)
        _walk(inner, place)


_walk(GOOD, "")
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["101", "700", "x1"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=3),
    max_leaves=5,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(_PLACES), JUNK | st.just(...))
def test_any_change_loads_or_is_refused_clearly(place: str, value: Any) -> None:
    refused = refusal(changed(place, value))
    assert refused is None or (refused.reason and "Error" not in refused.reason)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.integers(0, 2000), st.text(max_size=6), st.integers(0, 12))
def test_any_damage_to_the_text_loads_or_is_refused_clearly(at: int, inserted: str, removed: int) -> None:
    for text, json_only in ((yaml.safe_dump(GOOD, sort_keys=False), False), (json.dumps(GOOD, indent=1), True)):
        damaged = text[:at] + inserted + text[at + removed :]
        try:
            data = parse(damaged, json_only=json_only)
        except WorldError as error:
            refused: WorldError | None = error
        else:
            refused = refusal(data)
        assert refused is None or (refused.reason and locate(damaged, refused.path) >= 0)


@settings(max_examples=50, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.sampled_from(["stations", "vdns", "dialPlan", "aes", "skills", "trunkGroups", "coveragePaths", "outside"]), JUNK
)
def test_any_world_loads_or_is_refused_clearly(section: str, value: Any) -> None:
    refused = refusal({"duration": 5, "patch": {section: value}})
    assert refused is None or refused.reason


# ---- schemas


def test_the_published_schemas_are_up_to_date() -> None:
    for name, made in (("schema.json", scenario_schema()), ("worlds/schema.json", world_schema())):
        assert json.loads((ROOT / "scenarios" / name).read_text()) == json.loads(json.dumps(made)), "run `make docs`"
        jsonschema.Draft202012Validator.check_schema(made)


@pytest.mark.parametrize("name", file.names())
def test_the_scenarios_of_the_package_fit_the_schema(name: str) -> None:
    jsonschema.Draft202012Validator(scenario_schema()).validate(
        _plain(parse((file.FOLDER / f"{name}.yaml").read_text()))
    )
    assert file.load(name).data.description


@pytest.mark.parametrize(
    "path", sorted((ROOT / "scenarios" / "worlds").glob("*.yaml")), ids=lambda path: str(path.stem)
)
def test_the_worlds_fit_the_schema(path: Path) -> None:
    World.load(path)
    jsonschema.Draft202012Validator(world_schema()).validate(_plain(parse(path.read_text())))


def test_the_schema_takes_the_good_one_and_refuses_most_mistakes() -> None:
    validator = jsonschema.Draft202012Validator(scenario_schema())
    assert validator.is_valid(GOOD)
    refused = [row for row in WRONG if row[3] and not validator.is_valid(_plain(changed(row[0], row[1])))]
    assert {row[0] for row in refused} >= {
        "durration",
        "duration",
        "backend",
        "staff.1.mode",
        "expect.1.figure",
        "patch",
    } - {"patch"}


def _plain(data: Any) -> Any:
    """As JSON has it: texts as keys."""
    return json.loads(json.dumps(data))


def test_a_merge_patch_may_take_a_range_of_numbers() -> None:
    world = file.from_data({"duration": 5, "patch": {"stations": {"1301-1303": {"name": "Row"}}}}).world
    assert [world.stations[str(number)].name for number in (1301, 1302, 1303)] == ["Row"] * 3
    assert merge_patch({"a": 1}, {"a": None}) == {}
