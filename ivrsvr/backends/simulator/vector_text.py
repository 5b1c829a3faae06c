"""Vector steps as an administrator writes them, such as `02 goto step 6 if available-agents in skill 201 < 1`.

`step` turns one line into the keys of a step of a world file (see `world_schema.VECTOR_STEPS`); `lines` cuts a text
into steps. Words may be in any case and spacing. Source: the change vector screen; docs/vectors.md.
"""

import re
from collections.abc import Callable, Collection, Sequence

DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
PRIORITIES = {"l": "low", "m": "medium", "h": "high", "t": "top"}
UNITS = {"sec": 1, "secs": 1, "min": 60, "mins": 60, "hr": 3600, "hrs": 3600}
HEARING = {"silence": "silence", "ringback": "ringback", "music": "music", "i-silent": "silence"}
OPERATORS = ("=", "<>", "<", ">", "<=", ">=")
YES = {"y": True, "yes": True, "n": False, "no": False}
PASSED = ("ani", "digits", "none", "qpos", "vdn", "wait")

SPELT_ELSEWHERE = {"=<": "<=", "=>": ">=", "==": "=", "!=": "<>", "><": "<>"}
"""Comparisons as other languages write them, with the switch's."""

_WORD = re.compile(r"[=<>!]{1,2}|[^\s=<>!]+")
_LINE_NUMBER = re.compile(r"\s*(\d{1,2})[\s.)](?=\s*\S)")
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")


class VectorTextError(ValueError):
    """A line that is no step. word, words: what was written, and what could have been; for a hint."""

    def __init__(self, reason: str, word: str = "", words: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.word = word
        self.words = tuple(words)


class _Words:
    """The words of a line, taken one after the other."""

    def __init__(self, text: str) -> None:
        self._words = _WORD.findall(text.lower())
        self._place = 0

    @property
    def next(self) -> str:
        """The word whose turn it is; "" at the end."""
        return self._words[self._place] if self._place < len(self._words) else ""

    def take(self) -> str:
        word = self.next
        self._place += bool(word)
        return word

    def may(self, *words: str) -> bool:
        """Take the next word if it is one of these."""
        found = self.next in words
        self._place += found
        return found

    def one_of(self, words: Collection[str], what: str) -> str:
        """Take the next word, which must be one of these."""
        word = self.next
        if (meant := SPELT_ELSEWHERE.get(word)) in words:
            raise VectorTextError(f"{_said(word)} where {what} should stand; did you mean {meant!r}?")
        if word not in words:
            raise VectorTextError(f"{_said(word)} where {what} should stand", word, list(words))
        return self.take()

    def must(self, word: str) -> None:
        self.one_of((word,), f"the word {word}")

    def number(self, what: str, most: int = 9999) -> int:
        word = self.take()
        if not (word.isdecimal() and word.isascii() and int(word) <= most):
            raise VectorTextError(f"{_said(word)} where {what} should stand, a number up to {most}")
        return int(word)

    def digits(self, what: str, more: str = "") -> str:
        word = self.take()
        if not word or not all(mark in f"0123456789*#{more}" for mark in word):
            raise VectorTextError(f"{_said(word)} where {what} should stand")
        return word

    def end(self) -> None:
        if self.next:
            raise VectorTextError(f"{_said(self.next)} follows a step that is complete already")


def _said(word: str) -> str:
    return repr(word) if word else "the line ends"


Keys = dict[str, object]


def lines(text: str) -> list[str]:
    """The steps of a text, one a line; empty lines are none."""
    return [line.strip() for line in text.splitlines() if line.strip()]


def step(line: str, place: int) -> Keys:
    """The keys of the step that a line says; it may begin with its number, which must be its place (from 1).

    Raises VectorTextError.
    """
    numbered = _LINE_NUMBER.match(line)
    if numbered is not None:
        if int(numbered[1]) != place:
            raise VectorTextError(
                f"step {numbered[1]} stands in place {place}; steps are numbered 1, 2, 3 without gaps"
            )
        line = line[numbered.end() :]
    if line.lstrip().startswith("#"):
        return {"step": "comment"}
    words = _Words(line)
    kind = words.one_of(_KINDS, "a kind of step")
    keys = _KINDS[kind](words)
    words.end()
    return keys


# ---- what several steps say


def _skill(words: _Words) -> str:
    words.one_of(("skill", "split"), "skill or split")
    return words.digits("the number of a skill")


def _priority(words: _Words) -> str:
    words.one_of(("pri", "priority"), "pri")
    word = words.one_of((*PRIORITIES, *PRIORITIES.values()), "a priority: l, m, h or t")
    return PRIORITIES.get(word, word)


def _condition(words: _Words, skill: str = "") -> Keys | None:
    """What stands after `if`; None = unconditionally. skill: the one that a check step is about."""
    word = words.one_of(_TESTS if not skill else (*_SKILL_TESTS, "unconditionally"), "a condition")
    if word == "unconditionally":
        return None
    if word == "time-of-day":
        return _time_of_day(words)
    if word in ("ani", "digit", "digits", "vdn"):
        test = {"ani": "calling", "vdn": "vdn"}.get(word, "digits")
        op = words.one_of(("=", "<>"), "= or <>")
        value = "none" if words.may("none") else words.digits("the number to compare with", "?+")
        return {"test": test, "op": op, "value": value}
    if word == "holiday":
        op = words.one_of(("in", "not-in"), "in or not-in")
        words.must("table")
        return {"test": "holiday", "op": op, "value": words.digits("the number of a table")}
    condition: Keys = {"test": word}
    if word == "rolling-asa":
        words.must("for")
        condition |= {"vdn": _vdn(words)} if words.may("vdn") else {"skill": _skill(words)}
    elif skill:
        condition["skill"] = skill
    elif word == "expected-wait":
        words.must("for")
        if not words.may("call"):
            condition |= {"skill": _skill(words), "priority": _priority(words)}
    else:
        words.must("in")
        condition["skill"] = _skill(words)
        if word in ("calls-queued", "oldest-call-wait") and words.next in ("pri", "priority"):
            condition["priority"] = _priority(words)
    condition["op"] = words.one_of(OPERATORS, "a comparison")
    condition["value"] = words.number("what to compare with")
    return condition


def _vdn(words: _Words) -> str:
    return words.take() if words.next in ("active", "latest") else words.digits("a VDN, active or latest")


def _time_of_day(words: _Words) -> Keys:
    words.must("is")
    return {"test": "time-of-day", "op": "in", "value": f"{_moment(words)} to {_moment(words, 'to')}"}


def _moment(words: _Words, before: str = "") -> str:
    if before:
        words.must(before)
    day = words.one_of(("all", *DAYS), "a day: all or sun to sat")
    clock = words.take()
    if not _CLOCK.fullmatch(clock):
        raise VectorTextError(f"{_said(clock)} where a time such as 08:00 should stand")
    return f"{day} {clock}"


def _if(words: _Words, keys: Keys, skill: str = "") -> Keys:
    """The condition at the end of a line."""
    if not words.next:
        return keys
    words.must("if")
    condition = _condition(words, skill)
    return keys if condition is None else {**keys, "if": condition}


# ---- the steps


def _queue_to(words: _Words) -> Keys:
    words.may("main")
    return {"step": "queue-to", "skill": _skill(words), "priority": _priority(words)}


def _check(words: _Words) -> Keys:
    words.may("backup")
    skill = _skill(words)
    return _if(words, {"step": "check", "skill": skill, "priority": _priority(words)}, skill)


def _wait_time(words: _Words) -> Keys:
    count = words.number("how long to wait", 999)
    keys: Keys = {"step": "wait", "seconds": count * UNITS[words.one_of(tuple(UNITS), "secs, mins or hrs")]}
    words.must("hearing")
    if words.next.isdecimal():
        keys["announcement"] = words.digits("an announcement")
        words.must("then")
        heard = words.one_of((*HEARING, "continue"), "silence, ringback, music or continue")
    else:
        heard = words.one_of(tuple(HEARING), "silence, ringback or music")
    return {**keys, "hearing": HEARING.get(heard, "silence")}


def _announcement(words: _Words) -> Keys:
    return {"step": "announcement", "announcement": words.digits("the number of an announcement")}


def _after_announcement(words: _Words) -> Keys:
    words.must("after")
    words.must("announcement")
    return {} if words.may("none") else {"announcement": words.digits("the number of an announcement, or none")}


def _collect(words: _Words) -> Keys:
    keys: Keys = {"step": "collect", "digits": words.number("how many digits", 24)}
    words.one_of(("digits", "digit"), "the word digits")
    keys |= _after_announcement(words)
    if words.may("for"):
        words.must("none")
    return keys


def _goto(words: _Words) -> Keys:
    if words.one_of(("step", "vector"), "step or vector") == "step":
        return _if(words, {"step": "goto-step", "to": words.number("the number of a step", 99)})
    keys: Keys = {"step": "goto-vector", "vector": str(words.number("the number of a vector"))}
    if words.may("@step"):
        keys["to"] = words.number("the number of a step", 99)
    return _if(words, keys)


def _route_to(words: _Words) -> Keys:
    if words.one_of(("number", "digits"), "number or digits") == "number":
        number = words.digits("the number to go to")
    else:
        number = "digits"
    keys: Keys = {"step": "route-to", "number": number}
    words.may("with")
    if words.may("cov", "coverage"):
        keys["coverage"] = YES[words.one_of(tuple(YES), "y or n")]
    return _if(words, keys)


def _adjunct_routing(words: _Words) -> Keys:
    words.may("routing")
    words.must("link")
    return {"step": "adjunct-routing", "link": words.number("the number of a link", 64)}


def _converse_on(words: _Words) -> Keys:
    keys: Keys = {"step": "converse-on", "skill": _skill(words), "priority": _priority(words)}
    if words.may("passing"):
        first = _passed(words)
        words.must("and")
        keys["passing"] = [first, _passed(words)]
    return keys


def _passed(words: _Words) -> str:
    if words.next[:1].isdecimal():
        return words.digits("what to pass")
    return words.one_of(PASSED, "what to pass")


def _messaging(words: _Words) -> Keys:
    keys: Keys = {"step": "messaging", "skill": _skill(words)}
    if words.may("for"):
        words.must("extension")
        if not words.may("active", "latest", "none"):
            keys["extension"] = words.digits("an extension, active or latest")
    return keys


def _disconnect(words: _Words) -> Keys:
    return {"step": "disconnect", **(_after_announcement(words) if words.next else {})}


_KINDS: dict[str, Callable[[_Words], Keys]] = {
    "adjunct": _adjunct_routing,
    "adjunct-routing": _adjunct_routing,
    "announcement": _announcement,
    "busy": lambda _: {"step": "busy"},
    "check": _check,
    "collect": _collect,
    "converse-on": _converse_on,
    "disconnect": _disconnect,
    "goto": _goto,
    "messaging": _messaging,
    "queue-to": _queue_to,
    "route-to": _route_to,
    "stop": lambda _: {"step": "stop"},
    "wait-time": _wait_time,
}
"""First word of a line -> what reads the rest of it."""

_SKILL_TESTS = ("available-agents", "calls-queued", "expected-wait", "oldest-call-wait", "staffed-agents")
_TESTS = (*_SKILL_TESTS, "ani", "digit", "digits", "holiday", "rolling-asa", "time-of-day", "unconditionally", "vdn")
