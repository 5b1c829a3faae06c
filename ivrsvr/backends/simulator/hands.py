"""What a hand at a telephone does, by name: of the control API, the console and scenario files."""

from collections.abc import Callable
from typing import Literal

from pydantic import Field

from ivrsvr.backends.simulator.people import People
from ivrsvr.registry import CallNumber, Device, Request, Text

PhoneAction = Literal[
    "lift",
    "hangup",
    "dial",
    "answer",
    "hold",
    "retrieve",
    "press",
    "transfer",
    "conference",
    "pickup",
    "park",
    "unpark",
    "bridge",
    "forward",
    "sendallcalls",
    "message",
]


class PhoneRequest(Request):
    """A hand at a telephone."""

    extension: Device = Field(description="The telephone.")
    action: PhoneAction
    number: Text = Field(
        default="",
        description="What to dial (dial); whose call to take (pickup; without it, one of the group); where to park "
        "or take a parked call (park, unpark); where calls go (forward; without it, nowhere).",
    )
    of: Text = Field(default="", description="Whose appearance is pressed (bridge); with a number, to call that.")
    when: Literal["always", "busy", "noanswer"] = Field(default="always", description="Which calls are forwarded.")
    on: bool = Field(default=True, description="Switch sendallcalls or the light of a message on, or off.")
    application: Text = Field(default="voice", description="Whose message it is: cti, lwc, property, voice or mcs.")
    digits: Text = Field(default="", description="Keys to press (press).")
    callid: CallNumber | None = Field(default=None, description="Which call, where the telephone has several.")


NEEDED: dict[PhoneAction, str] = {"dial": "number", "press": "digits"}
"""Actions that make no sense without a key."""


def missing(request: PhoneRequest) -> str:
    """The key that the action needs and the request has not; "" = it has all."""
    name = NEEDED.get(request.action, "")
    return name if name and not getattr(request, name) else ""


def act(people: People, request: PhoneRequest) -> None:
    """Let the hand do it. Raises PeopleError."""
    extension, call_id = request.extension, request.callid or 0
    actions: dict[PhoneAction, Callable[[], None]] = {
        "lift": lambda: people.lift(extension),
        "hangup": lambda: people.hangup(extension, call_id),
        "dial": lambda: people.dial(extension, request.number),
        "answer": lambda: people.answer(extension, call_id),
        "hold": lambda: people.hold(extension, call_id),
        "retrieve": lambda: people.retrieve(extension, call_id),
        "press": lambda: people.press(extension, request.digits, call_id),
        "transfer": lambda: people.transfer(extension, call_id),
        "conference": lambda: people.conference(extension, call_id),
        "pickup": lambda: people.pickup(extension, request.number, call_id),
        "park": lambda: people.park(extension, request.number),
        "unpark": lambda: people.unpark(extension, request.number or extension),
        "bridge": lambda: people.bridge(extension, request.of, request.number),
        "forward": lambda: people.forward(extension, request.number, request.when),
        "sendallcalls": lambda: people.send_all_calls(extension, on=request.on),
        "message": lambda: people.message(extension, request.application, waiting=request.on),
    }
    actions[request.action]()
