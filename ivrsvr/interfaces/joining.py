"""Being told of several devices in one stream with one position: what SSE and webhooks have in common."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ivrsvr.interfaces.audit import Handle
from ivrsvr.registry import Caller
from ivrsvr.service.stamps import is_notice
from ivrsvr.service.subscribers import Subscriber, Waiting


@dataclass(frozen=True, slots=True)
class Position:
    """After which event a stream goes on. Written as `EPOCH.EVENTID`."""

    epoch: str
    eventid: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.eventid}"

    @classmethod
    def parse(cls, text: str) -> "Position | None":
        """None = it is no position."""
        epoch, dot, number = text.strip().rpartition(".")
        if not dot or not epoch or len(epoch) > 64 or not (number.isascii() and number.isdigit() and len(number) < 17):
            return None
        return cls(epoch, int(number))


@dataclass(frozen=True, slots=True)
class Choice:
    """What a stream is about. eventtypes: only these; () = all. events: as of `startmonitor`."""

    extensions: Sequence[str]
    eventtypes: Sequence[str] = ()
    events: str = "contract"


class NotJoined(Exception):  # noqa: N818 - says what became of it
    """The switch or the server refused one of the devices; `answer` is the failed response."""

    def __init__(self, answer: dict[str, object]) -> None:
        super().__init__(str(answer["error"]))
        self.answer = answer


async def join(
    handle: Handle, caller: Caller, queue: Subscriber, choice: Choice, position: Position | None
) -> list[Waiting]:
    """Have a queue told of devices; what comes first, in the order of its numbers: missed events, then the notices.

    The queue is not to be read meanwhile. handle: carries the requests out.

    Raises NotJoined, and then some of the devices may be joined: the queue is to be given back.
    """
    for extension in choice.extensions:
        request: dict[str, object] = {"request": "startmonitor", "extension": extension}
        request["eventtypes"] = list(choice.eventtypes)
        request["events"] = choice.events
        if position is not None:
            request |= {"since": position.eventid, "epoch": position.epoch}
        answer = await handle(request, caller)
        if answer["result"] != "success":
            raise NotJoined(answer)
        if not queue.reply():
            raise NotJoined({"error": "the queue is closed"})
    return in_order(queue.take_numbered())


def in_order(messages: Iterable[Waiting]) -> list[Waiting]:
    """By the numbers of events, each once; a message without a number stays before the one that it came before.

    A notice comes after the event whose number it bears: who breaks off behind it comes back to that number.
    """
    keyed: list[tuple[tuple[int, bool], int, Waiting]] = []
    following = 2**62, False
    for place, message in reversed(list(enumerate(messages))):
        if message[1]:
            following = message[1], is_notice(message[0])
        keyed.append((following, place, message))
    ordered: list[Waiting] = []
    seen: set[str] = set()
    for _, _, message in sorted(keyed, key=lambda one: one[:2]):
        if message[0] not in seen:
            seen.add(message[0])
            ordered.append(message)
    return ordered


def names_of(text: str) -> list[str]:
    """The parts of a list with commas."""
    return [one for one in (part.strip() for part in text.split(",")) if one]
