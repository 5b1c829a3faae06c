"""Parameters: their table, where their values come from, and how wrong ones are told."""

import pytest

from ivrsvr.store.database import MEMORY, open_database
from ivrsvr.store.parameters import BY_NAME, PARAMETERS, ParameterError, find, split_address
from ivrsvr.store.settings import Stored, resolve


def test_every_default_is_a_value() -> None:
    for parameter in PARAMETERS:
        parameter.parse(parameter.default)
        assert parameter.help.endswith(".")
    assert len(BY_NAME) == len(PARAMETERS)


def test_option_beats_environment_beats_database_beats_default() -> None:
    name, variable = "ivr_requesttimeout", "IVRSVR_IVR_REQUESTTIMEOUT"
    sources = [{name: "1"}, {variable: "2"}, {name: "3"}]
    expected = [(1.0, "option"), (2.0, "environment"), (3.0, "database"), (8.0, "default")]
    for wanted in expected:
        setting = resolve(sources[0], sources[1], sources[2])[name]
        assert (setting.value, setting.source) == wanted
        next((source for source in sources if source), {}).clear()


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("ivr_requesttimeout", "soon", "must be a number"),
        ("ivr_requesttimeout", "nan", "must be a number"),
        ("ivr_requesttimeout", "1_0", "must be a number"),
        ("rate_key", "1e-300", "at least 0.01, or 0"),
        ("ivr_requesttimeout", "٣", "must be a number"),
        ("http_origins", "http://[::1", "sites such as"),
        ("http_frames", "https://a.b:c", "sites such as"),
        ("ivr_requesttimeout", "0", "at least 0.1"),
        ("tsapi_heartbeat", "4", "at least 5 and at most 60, or 0"),
        ("tsapi_heartbeat", "61", "at least 5 and at most 60, or 0"),
        ("ivr_custdatamaxsize", "1.5", "whole number"),
        ("ivr_custdatamaxsize", "9" * 19, "at most 18 digits"),
        ("http_maxhead", "1", "at least 256 and at most 1048576"),
        ("ivr_tlink_01", "foo", "no VENDOR#SWITCH#SERVICE#SERVER"),
        ("ivr_tlink_01", "hush anna A#B#C#D", "no VENDOR#SWITCH#SERVICE#SERVER"),
        ("ivr_tlink_01", "A#B#C#D@x anna hush more", "4 words"),
        ("ivr_custdatamaxsize", "-1", "at least 1"),
        ("http", "8080", "HOST:PORT"),
        ("http", "127.0.0.1:99999", "HOST:PORT"),
        ("http", "::1:80", "brackets"),
        ("ws", "127.0.0.1:1,x", "HOST:PORT"),
        ("insecure", "perhaps", "true or false"),
        ("log_format", "xml", "text, json"),
        ("world", "a\x00b", "NUL"),
    ],
)
def test_a_wrong_value_is_told_with_its_place(name: str, text: str, said: str) -> None:
    for source, place in (
        (({name: text}, {}, {}), "option"),
        (({}, {find(name).variable: text}, {}), "environment variable IVRSVR_"),
        (({}, {}, {name: text}), "ivrsvr parameter set"),
    ):
        with pytest.raises(ParameterError) as caught:
            resolve(*source)
        assert said in str(caught.value)
        assert place in str(caught.value)


@pytest.mark.parametrize("text", ["file:a.db?mode=rwc", "file:a.db", ""])
def test_a_database_is_a_file(text: str) -> None:
    """Beside a URI there is no place for the key file: secrets would be stored in clear."""
    with pytest.raises(ParameterError, match=r"the name of a file, such as ivrsvr\.db, and no URI"):
        resolve({}, {"IVRSVR_DB": text})


def test_a_secret_is_not_shown_in_errors_or_lists() -> None:
    with pytest.raises(ParameterError) as caught:
        find("ivr_custdataconfigstring").parse("hush\x00")
    assert "hush" not in str(caught.value)
    assert resolve({"ivr_custdataconfigstring": "hush"}, {})["ivr_custdataconfigstring"].shown == "*****"


def test_any_number_of_tlinks() -> None:
    found = resolve({}, {"IVRSVR_IVR_TLINK_02": "A#B#C#2"}, {"ivr_tlink_01": "A#B#C#1", "ivr_tlink_10": "A#B#C#10"})
    assert [(name, one.value) for name, one in found.items() if "tlink" in name] == [
        ("ivr_tlink_01", "A#B#C#1"),
        ("ivr_tlink_02", "A#B#C#2"),
        ("ivr_tlink_10", "A#B#C#10"),
    ]


def test_an_unknown_name_gets_the_nearest() -> None:
    with pytest.raises(ParameterError, match="did you mean ivr_custdatadll"):
        find("ivr_custdatadl")
    with pytest.raises(ParameterError, match="ivrsvr parameter list"):
        find("q")


def test_addresses() -> None:
    assert split_address("[::1]:80") == ("::1", 80)
    assert split_address("localhost:0") == ("localhost", 0)


def test_the_table_in_the_database() -> None:
    database = open_database(MEMORY)
    stored = Stored(database)
    assert stored.get("ivr_custdatamaxsize") is None
    stored.set("ivr_custdatamaxsize", "100")
    stored.set("ivr_custdatamaxsize", "200")
    assert stored.get("ivr_custdatamaxsize") == "200"
    rows = list(database.execute("select name, value, description from tParameter"))
    assert rows == [("ivr_custdatamaxsize", "200", BY_NAME["ivr_custdatamaxsize"].help)]
    with pytest.raises(ParameterError, match="whole number"):
        stored.set("ivr_custdatamaxsize", "many")
    with pytest.raises(ParameterError, match="IVRSVR_DB"):
        stored.set("db", "other.db")
    database.close()
