"""The contact centre of the randomised test: 30 agents, 5 skills, 10 VDNs that use every step of a vector."""

from typing import Any

AGENTS = tuple(str(500 + n) for n in range(30))
STATIONS = tuple(str(100 + n) for n in range(36))
"""30 sets for agents; then an analog set, one that must be lifted, one that answers by itself, one that forwards, one
with coverage, and a CTI port."""

SKILLS = ("201", "202", "203", "204", "205")
"""Three for callers, one of voice ports, and a hunt group that is dialled."""

ASK: dict[str, Any] = {"step": "adjunct-routing", "link": 1}
VDNS = tuple(str(700 + n) for n in range(10))
TLINK = "AVAYA#CM1#CSTA#AES1"


def _agent(n: int) -> dict[str, Any]:
    if n >= 27:
        return {"password": "1", "skills": {"204": 1}, "autoAnswer": n == 27}
    skills = {SKILLS[n % 3]: 1, SKILLS[(n + 1) % 3]: 2 + n % 3}
    if n % 5 == 0:
        skills["205"] = 1
    return {"password": "1", "skills": skills, "timedAcw": 10 if n % 4 == 0 else 0, "autoAnswer": n % 9 == 8}


_ODD_STATIONS: dict[str, Any] = {
    "130": {"type": "analog", "callAppearances": 1},
    "131": {"offHookMode": "prompt"},
    "132": {"autoAnswer": True},
    "133": {"forward": "100", "bridged": ["101", "134"]},
    "134": {"coveragePath": "1"},
    "135": {"type": "cti"},
    "101": {"coveragePath": "2"},
    "127": {"type": "cti"},
    "108": {"offHook": True},
    "117": {"offHook": True},
    "126": {"offHook": True},
}


def _vectors() -> list[list[dict[str, Any]]]:
    queue = {"step": "queue-to", "priority": "medium"}
    music = {"step": "wait", "seconds": 20, "hearing": "music"}
    return [
        [
            queue | {"skill": "201"},
            {"step": "announcement", "announcement": "801"},
            music,
            {"step": "goto-step", "to": 2},
        ],
        [queue | {"skill": "202"}, queue | {"skill": "203", "priority": "high"}, ASK, {"step": "stop"}],
        [
            {"step": "collect", "digits": 2, "announcement": "802"},
            {"step": "goto-step", "to": 5, "if": {"test": "digits", "op": "=", "value": "12"}},
            queue | {"skill": "201", "priority": "low"},
            {"step": "goto-vdn", "vdn": "700"},
            queue | {"skill": "203", "priority": "top"},
            music,
            {"step": "goto-step", "to": 6},
        ],
        [
            ASK,
            {"step": "wait", "seconds": 4, "hearing": "ringback"},
            queue | {"skill": "202"},
            music,
            {"step": "busy"},
        ],
        [{"step": "route-to", "number": "134", "coverage": True}, {"step": "route-to", "number": "700"}],
        [queue | {"skill": "201"}, {"step": "converse-on", "skill": "204", "priority": "medium"}, music, music],
        [{"step": "busy"}],
        [{"step": "announcement", "announcement": "801"}, {"step": "disconnect", "announcement": "802"}],
        [
            {
                "step": "check",
                "skill": "203",
                "priority": "medium",
                "if": {"test": "available-agents", "skill": "203", "op": ">", "value": 0},
            },
            queue | {"skill": "202", "priority": "low"},
            {"step": "wait", "seconds": 15, "hearing": "silence"},
            queue | {"skill": "202", "priority": "top"},
            {
                "step": "goto-vdn",
                "vdn": "706",
                "if": {"test": "oldest-call-wait", "skill": "202", "op": ">", "value": 120},
            },
            {"step": "goto-step", "to": 3},
        ],
        [{"step": "route-to", "number": "912345"}, {"step": "disconnect"}],
    ]


WORLD: dict[str, Any] = {
    "system": {"callIdFirst": 1, "callIdLast": 300, "trunkToTrunkTransfer": True},
    "timers": {"ringSeconds": 6, "callIdReuseSeconds": 60, "parkSeconds": 40},
    "stations": {extension: _ODD_STATIONS.get(extension, {}) for extension in STATIONS},
    "agents": {login: _agent(n) for n, login in enumerate(AGENTS)},
    "skills": {
        "201": {},
        "202": {"rona": {"rings": 2, "to": "701"}},
        "203": {"queueLength": 5},
        "204": {},
        "205": {"vectorControlled": False, "queueLength": 3},
    },
    "announcements": {"801": {"seconds": 5}, "802": {"seconds": 2}},
    "vdns": {
        number: {"vector": vector} | ({"return": "700"} if number == "702" else {})
        for number, vector in zip(VDNS, _vectors(), strict=True)
    },
    "trunkGroups": {
        "5": {"tac": "405", "type": "isdn", "members": 40},
        "8": {"tac": "408", "type": "co", "members": 10},
    },
    "dialPlan": {"9": {"kind": "ars", "trunkGroups": ["5"]}, "8": {"kind": "aar", "trunkGroups": ["8"]}},
    "coveragePaths": {"1": {"points": ["102", "700"]}, "2": {"points": ["134", "103"]}},
    "pickupGroups": {"1": {"members": ["101", "102", "103", "134"]}},
    "aes": {
        "tlinks": {TLINK: {"link": 1}},
        "monitorEndedWithCall": True,
        "users": {"cti": {"password": "x", "unrestricted": True}},
    },
}
