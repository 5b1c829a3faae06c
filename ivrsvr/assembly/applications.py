"""Where the applications of a scenario connect: to the service, as a WebSocket would, but without the socket."""

import itertools
import json
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from ivrsvr.registry import Caller
from ivrsvr.service.service import Service
from ivrsvr.service.stamps import encode

Message: TypeAlias = Mapping[str, Any]


class Applications:
    """Connections of scenarios to one server."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def connect(self, heard: Callable[[str, Message], None]) -> "Application":
        """A new connection; heard gets every event, as it was sent and as an object."""
        application = Application(self._service, heard)
        self._service.spawn(application.live())
        return application


class Application:
    """One connection. Everything that a WebSocket client would get comes here, in the same order."""

    def __init__(self, service: Service, heard: Callable[[str, Message], None]) -> None:
        self._service = service
        self._queue = service.subscribe("scenario")
        self._caller = Caller(door="scenario", subscriber=self._queue)
        self._heard = heard
        self._numbers = itertools.count(1)
        self._waiting: dict[str, Callable[[Message], None]] = {}

    async def live(self) -> None:
        """Take what comes until the connection is closed."""
        while texts := await self._queue.take():
            for text in texts:
                self._take(text)

    def ask(self, request: Message, answered: Callable[[Message], None]) -> None:
        """Send a request; its response comes when it comes."""
        number = str(next(self._numbers))
        self._waiting[number] = answered
        self._service.spawn(self._answer({"id": number, **request}))

    async def _answer(self, request: Message) -> None:
        """Nothing waits between the outcome and the queue: events come after it."""
        self._queue.reply(encode(await self._service.handle(request, self._caller)))

    def close(self) -> None:
        """Hang up; the monitors of the connection end."""
        self._service.unsubscribe(self._queue)

    def _take(self, text: str) -> None:
        message: Message = json.loads(text)
        if message.get("msgtype") == "event":
            self._heard(text, message)
            return
        answered = self._waiting.pop(str(message.get("id")), None)
        if answered is not None:
            answered(message)
