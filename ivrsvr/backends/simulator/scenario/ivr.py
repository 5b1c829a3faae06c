"""IVRs: applications that answer ports, play menus, collect keys and pass callers on, all by the server's interface.

What a port's caller presses is heard in its voice channel, as a real IVR would; everything else goes by requests and
events.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ivrsvr.backends.simulator.scenario.api import Connection, Message
from ivrsvr.backends.simulator.scenario.schema import Deed, Ivr, Menu
from ivrsvr.backends.simulator.switch.core import Core
from ivrsvr.clock import Timer

HANG_UP = Deed(hangup=True)

Ask = Callable[[Connection, Message, Callable[[Message], None]], None]


@dataclass(slots=True, eq=False)
class Port:
    """One port. ask: sends a request and counts what becomes of it."""

    core: Core
    extension: str
    ivr: Ivr
    ask: Ask
    connection: Connection | None = None
    menu: Menu | None = None
    keys: str = ""
    tries: int = 0
    callid: int = 0
    answering: bool = False
    timer: Timer | None = None

    def begin(self, login: str, password: str) -> None:
        """Take the port, and log its agent in where there is one."""
        self.core.stations[self.extension].occupant = self
        self._request("startmonitor")
        if login:
            self._request("login", agentid=login, passwd=password)
            self._request("setstate", state="auto")

    def stop(self) -> None:
        """Act no more."""
        self._wait(None)
        station = self.core.stations[self.extension]
        if station.occupant is self:
            station.occupant = None
        if self.connection is not None:
            self.connection.close()

    # ---- what comes

    def event(self, _text: str, event: Message) -> None:
        """The server tells something about the port."""
        kind = event.get("eventtype")
        if kind == "offer" and not self.answering and self.menu is None:
            self._offered(event)
        elif kind == "connect" and event.get("answering") == self.extension and self.menu is None:
            self.callid = int(event["callid"])
            self.answering = False
            self._enter(self.ivr.start)
        elif kind == "idle":
            self._reset()

    def changed(self) -> None:
        """The application learns from events alone."""

    def heard(self, tones: str) -> None:
        """The caller presses keys."""
        menu = self.menu
        if menu is None or not menu.digits:
            return
        for tone in tones:
            if tone == "#" and self.keys:
                self._wait(0, self._choose)
            elif len(self.keys) < menu.digits:
                self.keys += tone
        if len(self.keys) >= menu.digits:
            self._wait(0, self._choose)

    # ---- what follows

    def _offered(self, event: Message) -> None:
        self.callid = int(event["callid"])
        deed = self.ivr.codes.get(str(event.get("uec", "")))
        if deed is not None and deed.deflect:
            self._request("deflectcall", destination=deed.deflect, callid=self.callid)
            return
        self.answering = True
        if not self.core.stations[self.extension].data.autoAnswer:
            self._wait(self.ivr.answerSeconds, lambda: self._request("answer", callid=self.callid))

    def _enter(self, name: str) -> None:
        self.menu = self.ivr.menus[name]
        self.tries = 0
        self._speak()

    def _speak(self) -> None:
        menu = self.menu
        if menu is None:
            return
        self.keys = ""
        self._wait(menu.promptSeconds + (menu.waitSeconds if menu.digits else 0.0), self._choose)

    def _choose(self) -> None:
        """The prompt is over, and whatever was to be pressed has been pressed or not."""
        menu = self.menu
        if menu is None:
            return
        deed = menu.choices.get(self.keys) if menu.digits else None
        if deed is None and (not menu.digits or self.keys):
            deed = menu.then
        if deed is None and menu.digits:
            self.tries += 1
            if self.tries < menu.tries:
                self._speak()
                return
            deed = menu.otherwise
        self._do(deed or HANG_UP)

    def _do(self, deed: Deed) -> None:
        self._wait(None)
        if deed.menu:
            self._enter(deed.menu)
        elif deed.transfer and deed.data:
            self._request("transfer", destination=deed.transfer, data=deed.data, callid=self.callid)
        elif deed.transfer:
            self._request("singlesteptransfer", destination=deed.transfer, callid=self.callid)
        elif deed.dtmf:
            self._request("dtmf", dtmf=str(deed.dtmf), callid=self.callid)
            self._wait(len(deed.dtmf) * 0.5, lambda: self._do(HANG_UP))
        else:
            self._request("hangup", callid=self.callid)

    def _reset(self) -> None:
        self._wait(None)
        self.menu, self.keys, self.tries, self.callid, self.answering = None, "", 0, 0, False

    def _wait(self, seconds: float | None, then: Callable[[], object] | None = None) -> None:
        if self.timer is not None:
            self.timer.cancel()
        self.timer = None if seconds is None or then is None else self.core.clock.call_later(seconds, then)

    def _request(self, name: str, **keys: object) -> None:
        connection = self.connection
        if connection is not None:
            request: Mapping[str, Any] = {"request": name, "extension": self.extension, **keys}
            self.ask(connection, request, lambda answer: self._answered(name, answer))

    def _answered(self, name: str, answer: Message) -> None:
        """A caller who cannot be passed on is not left in silence."""
        if answer.get("result") != "success" and name in ("transfer", "singlesteptransfer") and self.callid:
            self._do(HANG_UP)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        """A snapshot of the switch has nobody who acts for a scenario."""
        return
