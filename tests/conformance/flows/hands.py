"""Steps of people and administrators: one function per kind of step, and a table of them.

Each takes the simulator, the step and the symbols, and gives the symbols that the step binds with their values.
"""

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ivrsvr.backends.simulator.simulator import Simulator
from tests.conformance.flows.matching import Bindings, fill
from tests.conformance.flows.rendering import UnknownName

Step: TypeAlias = Mapping[str, Any]
Bound: TypeAlias = dict[str, "int | str"]


def phone(simulator: Simulator, step: Step, bindings: Bindings) -> Bound:
    """A human hand at a station; raises PeopleError."""
    extra = [step[key] for key in ("number", "digits") if key in step]
    which = {"callID": fill(step["call"], bindings)} if "call" in step else {}
    getattr(simulator.people, step["do"])(step["phone"], *extra, **which)
    return {}


def caller(simulator: Simulator, step: Step, bindings: Bindings) -> Bound:  # noqa: ARG001 - one signature for all
    """An outside party calls in; raises PeopleError."""
    call = simulator.people.call_in(
        step["caller"],
        step["to"],
        trunk_group=step.get("trunkGroup", ""),
        member=str(step.get("member", "")),
        uui=step.get("uui", ""),
    )
    names = step.get("as", {})
    if isinstance(names, str):
        return {names: call.callID}
    values: dict[str, int | str] = {"call": call.callID, "ucid": call.ucid}
    return {names[key]: value for key, value in values.items() if key in names}


def party(simulator: Simulator, step: Step, bindings: Bindings) -> Bound:
    """An outside party acts; raises PeopleError."""
    simulator.people.party(
        fill(step["party"], bindings), step["do"], digits=step.get("digits", ""), uui=step.get("uui", "")
    )
    return {}


def agent(simulator: Simulator, step: Step, bindings: Bindings) -> Bound:  # noqa: ARG001 - one signature for all
    """An agent uses the buttons of a station; raises PeopleError."""
    simulator.people.agent(
        step["agent"],
        at=step.get("at", ""),
        login=step.get("login"),
        mode=step.get("mode", ""),
        reason=step.get("reason", 0),
    )
    return {}


def admin(simulator: Simulator, step: Step, bindings: Bindings) -> Bound:  # noqa: ARG001 - one signature for all
    """The link, the switch or a station fails or returns; raises UnknownName."""
    for what, value in step["admin"].items():
        if what == "link":
            simulator.link(value)
        elif what == "switch":
            simulator.stall(value == "stalled")
        elif what == "station":
            for extension, state in value.items():
                simulator.station(extension, state)
        else:
            raise UnknownName(f"nobody can administer {what}")
    return {}


HANDS: Mapping[str, Callable[[Simulator, Step, Bindings], Bound]] = {
    "phone": phone,
    "caller": caller,
    "party": party,
    "agent": agent,
    "admin": admin,
}
