"""Log lines: what happened, and what the server was working on."""

import json
import logging

import pytest

from ivrsvr.logs import formatter, set_up
from ivrsvr.service.about import about, working_on


def line(form: str, text: str = "it is so", **more: object) -> str:
    record = logging.LogRecord("ivrsvr.service", logging.WARNING, __file__, 1, text, (), None)
    record.__dict__.update(more)
    return formatter(form).format(record)


def test_a_line_of_json_says_what_it_is_about() -> None:
    with working_on(request="makecall", extension="101", client=""):
        told = json.loads(line("json"))
    del told["time"]
    assert told == {
        "level": "warning",
        "logger": "ivrsvr.service",
        "message": "it is so",
        "request": "makecall",
        "extension": "101",
    }


def test_a_line_of_text_ends_with_it() -> None:
    with working_on(request="hold", extension="101", callid="48"):
        told = line("text")
    assert told.endswith("WARNING ivrsvr.service: it is so [extension=101 callid=48 request=hold]")
    assert line("text").endswith("ivrsvr.service: it is so")


HOSTILE = "101\n2026-11-25T00:00:00Z INFO    root: all is well\x1b[2J\x9b31m\u202e\u2028\ud800"


def test_what_strangers_write_begins_no_line_and_steers_no_terminal() -> None:
    with working_on(extension=HOSTILE):
        told = line("text", HOSTILE)
        assert told.isprintable()
        assert told.count("101\\n2026") == 2
        as_json = line("json", HOSTILE)
    assert len(as_json.splitlines()) == 1
    assert not any(character in as_json for character in "\x1b\x9b\u202e\u2028\ud800")
    assert json.loads(as_json)["message"] == json.loads(as_json)["extension"] == HOSTILE
    assert "Müller" in line("json", "Müller")
    assert "Müller" in line("text", "Müller")


def test_strangers_do_not_fill_the_log() -> None:
    """Nobody has to log in to send a console thousands of wrong options, each of which the library would tell."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    try:
        set_up("text", "info")
        assert not logging.getLogger("telnetlib3.stream_writer").isEnabledFor(logging.ERROR)
        assert not logging.getLogger("uvicorn.error").isEnabledFor(logging.WARNING)
    finally:
        root.handlers[:], root.level = handlers, level


@pytest.mark.parametrize("form", ["text", "json"])
def test_nor_does_an_error_that_repeats_it(form: str) -> None:
    try:
        raise ValueError(HOSTILE)
    except ValueError as error:
        record = logging.LogRecord("a", logging.ERROR, __file__, 1, "oh", (), (ValueError, error, error.__traceback__))
    told = formatter(form).format(record)
    assert not [one for one in told.splitlines() if one.startswith("2026-11-25T00:00:00Z")]
    assert "\x1b" not in told


def test_what_a_record_brings_by_itself_is_there_too() -> None:
    assert json.loads(line("json", extension="102", secret="x"))["extension"] == "102"
    assert "secret" not in line("json", extension="102", secret="x")


def test_work_within_work_adds_and_then_takes_away() -> None:
    with working_on(request="hold"):
        with working_on(extension="101"):
            assert dict(about()) == {"request": "hold", "extension": "101"}
        assert dict(about()) == {"request": "hold"}
    assert dict(about()) == {}


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_failure_brings_its_trace(form: str) -> None:
    try:
        raise ValueError("broken")
    except ValueError as error:
        record = logging.LogRecord("a", logging.ERROR, __file__, 1, "oh", (), (ValueError, error, error.__traceback__))
    told = formatter(form).format(record)
    assert "ValueError: broken" in told
    assert form == "text" or "ValueError: broken" in json.loads(told)["trace"]


@pytest.mark.parametrize("text", ["a\nb", "\x1b[2J", "\u202e", '{"x": 1}'])
def test_a_line_stays_one_line_of_json(text: str) -> None:
    told = line("json", text)
    assert "\n" not in told
    assert json.loads(told)["message"] == text
